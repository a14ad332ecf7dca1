import { formatArn, parseArn, stripPath } from '../arn.ts';
import {
  DEFAULT_USERNAME,
  type DesiredEntry,
  NODE_GROUPS,
  NODE_USERNAME,
  withoutDuplicates,
} from '../entry.ts';
import { Failure, type Problem } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Account, Role } from '../inventory/model.ts';
import { compareStrings, quoted } from '../text.ts';
import { type Mapping, mappingProblem } from './mapping.ts';
import { selectorText } from './selector.ts';

/** Entries for the nodes of these roles, in order; paths are stripped, and of one role named twice the first stays. */
export function nodeEntries(nodeRoles: readonly string[]): DesiredEntry[] {
  const entries = nodeRoles.map((text): DesiredEntry => {
    const arn = parseArn(text);
    const rolearn = arn ? formatArn(stripPath(arn)) : text;
    return { rolearn, username: NODE_USERNAME, groups: NODE_GROUPS, usernameStated: true, role: null };
  });
  return withoutDuplicates(entries);
}

/**
 * Entries for people: accounts in the given order, then permission set names; the groups of all mappings that reach a role, in order.
 * @throws Failure (exit 2) naming every role for which two mappings state different usernames
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
    .flatMap((id) => (byAccount.get(id) ?? []).sort(([one], [other]) => bySetName(one, other)))
    .map(([role, mappings]) => roleEntry(role, mappings, names.get(role.accountId) ?? null, problems));
  if (problems.length > 0) throw new Failure(2, problems);
  return entries;
}

function bySetName(one: Role, other: Role): number {
  return compareStrings(one.permissionSet, other.permissionSet);
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
    const message = `conflicting usernames for ${role.roleArn}: ${one}, ${two}`;
    const help = `Set the same username in both, or narrow ${quoted(selectorText(other.mapping.selector))} so that it does not match permission set ${quoted(role.permissionSet)} there.`;
    problems.push(mappingProblem(other.mapping, message, help));
  }
  return first.username;
}
