import { type StatedPolicy, shortPolicyName } from '../access-policy.ts';
import { withoutPath } from '../arn.ts';
import type { Account, Role } from '../directory/model.ts';
import { Failure, type Problem } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import {
  DEFAULT_USERNAME,
  type DesiredEntry,
  NODE_GROUPS,
  NODE_USERNAME,
  withoutDuplicates,
} from '../map-entry.ts';
import { compareStrings, listed, printable, quoted } from '../text.ts';
import { type Mapping, mappingProblem } from './mapping.ts';
import { selectorText } from './selector.ts';

/** Entries for node roles, in order; paths are stripped, and only the first entry of a repeated role is kept. */
export function nodeEntries(nodeRoles: readonly string[]): DesiredEntry[] {
  const entries = nodeRoles.map((text): DesiredEntry => {
    return {
      rolearn: withoutPath(text),
      username: NODE_USERNAME,
      groups: NODE_GROUPS,
      usernameStated: true,
      role: null,
    };
  });
  return withoutDuplicates(entries);
}

/**
 * Entries for people: in the given order of accounts, then by permission set name, with the groups and access
 * policies of all matching mappings in order.
 * @throws Failure (exit 2) with every role for which two mappings set different usernames, or limit a policy differently
 */
export function roleEntries(
  mappingsByRole: ReadonlyMap<Role, readonly Mapping[]>,
  accountOrder: readonly string[],
  accounts: readonly Account[],
): DesiredEntry[] {
  const byAccount = groupBy(mappingsByRole, ([{ accountId }]) => accountId);
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const problems: Problem[] = [];
  const entries = accountOrder
    .flatMap((id) =>
      (byAccount.get(id) ?? []).sort(([one], [other]) =>
        compareStrings(one.permissionSet, other.permissionSet),
      ),
    )
    .map(([role, mappings]) => roleEntry(role, mappings, names.get(role.accountId) ?? null, problems));
  if (problems.length > 0) throw new Failure(2, problems);
  return entries;
}

function roleEntry(
  role: Role,
  mappings: readonly Mapping[],
  accountName: string | null,
  problems: Problem[],
): DesiredEntry {
  const { accountId, permissionSet, pathArn } = role;
  const stated = usernameOf(role, mappings, problems);
  return {
    rolearn: role.roleArn,
    username: stated ?? DEFAULT_USERNAME,
    groups: [...new Set(mappings.flatMap((mapping) => mapping.groups))],
    usernameStated: stated !== null,
    accessPolicies: unitedPolicies(role, mappings, problems),
    role: { accountId, accountName, permissionSet, pathArn },
  };
}

function usernameOf(role: Role, mappings: readonly Mapping[], problems: Problem[]): string | null {
  const [first, ...others] = mappings.flatMap((mapping) =>
    mapping.username === null ? [] : [{ mapping, username: mapping.username }],
  );
  if (!first) return null;
  const other = others.find(({ username }) => username !== first.username);
  if (other) {
    const [one, two] = [first, other].map(
      ({ mapping, username }) => `${mapping.origin.text} sets ${quoted(username)}`,
    );
    const message = `conflicting usernames for ${roleText(role)}: ${one}, ${two}`;
    const help = `Set the same username in both, or narrow ${quoted(selectorText(other.mapping.selector))} so it doesn't match permission set ${quoted(role.permissionSet)} there.`;
    problems.push(mappingProblem(other.mapping, message, help));
  }
  return first.username;
}

/**
 * The access policies of a role that several mappings reach. Unites namespaces in order, as groups are united. A policy
 * that only one of the mappings limits to namespaces is a problem: uniting the two would lift the limit.
 */
function unitedPolicies(
  role: Role,
  mappings: readonly Mapping[],
  problems: Problem[],
): readonly StatedPolicy[] {
  const united = new Map<string, { readonly stated: StatedPolicy; readonly by: Mapping }>();
  for (const mapping of mappings)
    for (const stated of mapping.policies) {
      const before = united.get(stated.policy);
      if (!before) united.set(stated.policy, { stated, by: mapping });
      else if ((before.stated.namespaces === null) !== (stated.namespaces === null))
        problems.push(scopeConflict(role, [before.by, before.stated], [mapping, stated]));
      else if (before.stated.namespaces && stated.namespaces) {
        const namespaces = [...new Set([...before.stated.namespaces, ...stated.namespaces])];
        united.set(stated.policy, { stated: { ...before.stated, namespaces }, by: before.by });
      }
    }
  return [...united.values()].map(({ stated }) => stated);
}

function roleText({ permissionSet, accountId }: Role): string {
  return `permission set ${quoted(permissionSet)}${accountId === '' ? '' : ` in account ${accountId}`}`;
}

type OfMapping = readonly [Mapping, StatedPolicy];

function scopeConflict(role: Role, one: OfMapping, other: OfMapping): Problem {
  const [, { policy }] = one;
  const [mapping] = other;
  // `cluster-wide`, `in payments, team-*`
  const scopeText = ({ namespaces }: StatedPolicy) =>
    namespaces === null ? 'cluster-wide' : `in ${listed(namespaces.map(printable), 3)}`;
  const texts = [one, other].map(([{ origin }, stated]) => `${origin.text} grants it ${scopeText(stated)}`);
  const message = `conflicting namespaces of access policy ${shortPolicyName(policy)} for ${roleText(role)}: ${texts.join(', ')}`;
  const help = `Write the same namespaces in both, or limit one so that only the other matches permission set ${quoted(role.permissionSet)} there.`;
  return mappingProblem(mapping, message, help);
}
