import { TemplateNames, templateMatcher } from '../authenticator/templates.ts';
import { type Finding, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memo, once } from '../memo.ts';
import { quoted } from '../text.ts';
import type { Authorizer } from './authorizer.ts';
import { bindingText } from './model.ts';
import { adminText } from './risks.ts';

/** A user in a binding that nobody can be, because usernames have `-` instead of the `@` of a session. */
interface UnreplacedMail {
  /** `sso:erin@example.com` */
  readonly name: string;
  /** `RoleBinding payments/erin at rbac.yaml:3:1` */
  readonly binding: string;
  /** `no session is the user "sso:erin@example.com" of RoleBinding payments/erin at rbac.yaml:3:1` */
  readonly what: string;
  readonly help: string;
}

/**
 * The users in bindings with `@` in their names, in binding order, and the usernames of their sessions in the same
 * order.
 */
const mailsIn = memo((authorizer: Authorizer) => {
  const names = [...authorizer.boundNames('User')].filter((name) => name.includes('@'));
  const replaced = names.map((name) => name.replaceAll('@', '-'));
  const byReplaced = groupBy(names.keys(), (index) => replaced[index] ?? '');
  // Only needed for usernames with variables, and slower.
  return { names, replaced, byReplaced, templateNames: once(() => new TemplateNames(replaced)) };
});

/** The users in bindings that a username would match if `@` were not replaced. */
export function unreplacedMails(username: string, authorizer: Authorizer): UnreplacedMail[] {
  const { names, replaced, byReplaced, templateNames } = mailsIn(authorizer);
  const matches = templateMatcher(username);
  const meant = matches ? templateNames().matching(username) : byReplaced.get(username);
  return (meant ?? []).flatMap((index) => {
    const [name = '', changed = ''] = [names[index], replaced[index]];
    const [first] = authorizer.ofName('User', name).bindings;
    if (matches?.(name) || !first) return [];
    const binding = bindingText(first);
    return {
      name,
      binding,
      what: `no session is the user ${quoted(name)} of ${binding}`,
      // Another entry may use {{SessionNameRaw}}, so the binding keeps its user.
      help: `{{SessionName}} replaces @ with -: add the user ${quoted(changed)} to the subjects of the binding${adminText(first, authorizer)}.`,
    };
  });
}

/** Warns about users in bindings that one of these usernames would match if `@` were not replaced. */
export function mailFindings(usernames: Iterable<string>, authorizer: Authorizer): Finding[] {
  const mails = [...new Set(usernames)].flatMap((one) => unreplacedMails(one, authorizer));
  return [...groupBy(mails, ({ name }) => name).values()].flatMap(([mail]) =>
    mail ? warning('unreplaced-mail', mail.what, { help: mail.help }) : [],
  );
}
