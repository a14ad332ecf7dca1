import { policyName, unknownRules } from '../access-entry.ts';
import { hasPublishedRules } from '../access-policy-names.ts';
import { clusterAdminBy, possibleAdminBy } from '../authenticator/groups.ts';
import type { KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { policyReaches } from '../rbac/access-policies.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { type BoundRole, boundRoleText } from '../rbac/model.ts';
import type { Asked } from '../rbac/question.ts';
import { rolesAllowing, rolesForNames, verbsReturning } from '../rbac/request.ts';
import { listed, quoted } from '../text.ts';
import { policiesText, TEST_AS_CALLER } from './caller-rights.ts';
import type { CallerExplanation, MatchedEntry } from './explain-caller.ts';
import { addRbac } from './findings.ts';

/** The answer to a part of `--can` for one caller. */
export interface CallerAnswer {
  readonly asked: Asked;
  readonly answer: 'yes' | 'no' | 'unknown';
  /** The group or access policy that allows everything, without any binding; null if none does. */
  readonly admin: string | null;
  /** The caller's roles and access policies that allow it; if the session decides, those of some sessions. */
  readonly through: readonly BoundRole[];
  /** The reason why the answer isn't yes; null if just nothing allows it. */
  readonly why: string | null;
  /** The next step, if the answer is unknown. */
  readonly help: string | null;
}

const NOTHING = { admin: null, through: [], why: null, help: null } as const;

/**
 * Answers each part of a question for a caller.
 * @param authorizer of the caller's cluster; without bindings, a permission that no access policy grants is unknown
 */
export function answersFor(
  { matches, hasAccess }: Pick<CallerExplanation, 'matches' | 'hasAccess'>,
  asked: readonly Asked[],
  authorizer: Authorizer,
): CallerAnswer[] {
  return asked.map((one) => {
    const [first, ...others] = matches.map((match) => answerOf(match, one, authorizer));
    if (!first) return { ...NOTHING, asked: one, answer: 'no', why: 'the caller has no access' };
    if (!hasAccess)
      return { ...NOTHING, asked: one, answer: 'no', why: "the caller's role no longer exists" };
    // Which of several entries applies is random.
    if (others.every(({ answer }) => answer === first.answer)) return first;
    const why = 'the answer depends on which of the entries applies, which is random for each call';
    return { ...NOTHING, asked: one, answer: 'unknown', why, help: 'Keep only one of them.' };
  });
}

function answerOf({ identity }: MatchedEntry, asked: Asked, authorizer: Authorizer): CallerAnswer {
  const base = { ...NOTHING, asked };
  const rights = authorizer.rightsOf(identity);
  const held = [...rights.own, ...rights.everybody];
  const through = rolesAllowing(held, asked.request, asked.isAnywhere);
  const admin = clusterAdminBy(identity);
  if (admin !== null || through.length > 0) return { ...base, answer: 'yes', admin, through };
  const unknown = unpublished(identity, asked) ?? bySession(identity, rights.possible, asked);
  if (unknown) return { ...base, answer: 'unknown', ...unknown };
  if (!authorizer.knowsBindings)
    return {
      ...base,
      answer: 'unknown',
      why: "bindings might allow it, but they're unknown without --rbac",
      help: addRbac(),
    };
  return { ...base, answer: 'no', why: certainNames(held, asked) ?? returnedSecrets(held, asked) };
}

type Unknown = Pick<CallerAnswer, 'why' | 'help'> & Partial<Pick<CallerAnswer, 'through'>>;

/** Access policies that apply where the request is made, but whose rules are unknown. */
function unpublished({ policies = [] }: KubernetesIdentity, { request, isAnywhere }: Asked): Unknown | null {
  const open = policies.filter(
    (policy) => !hasPublishedRules(policyName(policy)) && policyReaches(policy, request, isAnywhere),
  );
  if (open.length === 0) return null;
  return {
    why: `${unknownRules(open)}, and they might allow it: ${policiesText(open)}`,
    help: TEST_AS_CALLER,
  };
}

/** The caller's roles that allow it, but only for objects with certain names; null without any. */
function certainNames(held: readonly BoundRole[], { request, isAnywhere }: Asked): string | null {
  const texts = rolesForNames(held, request, isAnywhere).map(
    ({ bound, names }) => `${listed(names.map(quoted))} through ${boundRoleText(bound)}`,
  );
  return texts.length === 0 ? null : `allowed only for objects with certain names: ${listed(texts)}`;
}

/** The caller's roles that don't allow reading secrets, but requests whose response contains them. */
function returnedSecrets(held: readonly BoundRole[], { request, isAnywhere }: Asked): string | null {
  const texts = held.flatMap((bound) => {
    const verbs = verbsReturning(bound, request, isAnywhere);
    return verbs.length > 0 ? `${listed(verbs)} through ${boundRoleText(bound)}` : [];
  });
  return texts.length === 0
    ? null
    : `no role allows it, but these requests return secrets, even in a dry run: ${listed(texts)}`;
}

/** Permissions of names that the session fills in. */
function bySession(
  identity: KubernetesIdentity,
  possible: () => readonly BoundRole[],
  { request, isAnywhere }: Asked,
): Unknown | null {
  const through = rolesAllowing(possible(), request, isAnywhere);
  if (through.length === 0 && possibleAdminBy(identity) === null) return null;
  const why = 'the answer depends on the session name, which is part of the username or a group';
  return { why, help: 'Pass the ARN that `aws sts get-caller-identity` prints.', through };
}
