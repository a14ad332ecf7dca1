import { TemplateNames, templateMatcher } from '../authenticator/templates.ts';
import { type Finding, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memo, once } from '../memo.ts';
import { quoted } from '../text.ts';
import type { Authorizer } from './authorizer.ts';
import { bindingText } from './model.ts';
import { adminText } from './risks.ts';

/** A user of a binding that nobody is, because usernames have `-` in place of the `@` of a session. */
interface UnreplacedMail {
  /** `sso:erin@example.com` */
  readonly name: string;
  /** `RoleBinding payments/erin at rbac.yaml:3:1` */
  readonly binding: string;
  /** `no session is the user "sso:erin@example.com" of RoleBinding payments/erin at rbac.yaml:3:1` */
  readonly what: string;
  readonly help: string;
}

/** The users of bindings with `@` in their names, in the order of the bindings, and in the same order as sessions have them. */
const mailsIn = memo((authorizer: Authorizer) => {
  const names = [...authorizer.boundNames('User')].filter((name) => name.includes('@'));
  const replaced = names.map((name) => name.replaceAll('@', '-'));
  const byReplaced = groupBy(names.keys(), (index) => replaced[index] ?? '');
  // Only for usernames with variables, since it takes longer.
  return { names, replaced, byReplaced, templateNames: once(() => new TemplateNames(replaced)) };
});

/** The users of bindings that a username would be, or become, were `@` left in it. */
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
      // Another entry may have {{SessionNameRaw}}, so the binding keeps the user that it names.
      help: `{{SessionName}} has - in place of @: add the user ${quoted(changed)} to the subjects of the binding${adminText(first, authorizer)}.`,
    };
  });
}

/** Warns of users in bindings that one of these usernames would be, were `@` left in it. */
export function mailFindings(usernames: Iterable<string>, authorizer: Authorizer): Finding[] {
  const mails = [...new Set(usernames)].flatMap((one) => unreplacedMails(one, authorizer));
  return [...groupBy(mails, ({ name }) => name).values()].flatMap(([mail]) =>
    mail ? warning('unreplaced-mail', mail.what, { help: mail.help }) : [],
  );
}
