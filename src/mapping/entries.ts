import { formatArn, parseArn, stripPath } from '../arn.ts';
import {
  DEFAULT_USERNAME,
  type DesiredEntry,
  NODE_GROUPS,
  NODE_USERNAME,
  withoutDuplicates,
} from '../entry.ts';
import { Failure, type Problem } from '../errors.ts';
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
  const rank = new Map(accountOrder.map((id, index) => [id, index]));
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const problems: Problem[] = [];
  const entries = [...mappingsByRole]
    .sort(([one], [other]) => {
      const byAccount = (rank.get(one.accountId) ?? 0) - (rank.get(other.accountId) ?? 0);
      return byAccount || compareStrings(one.permissionSet, other.permissionSet);
    })
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
    role: { accountId, accountName, permissionSet, pathArn },
  };
}

function usernameOf(role: Role, mappings: readonly Mapping[], problems: Problem[]): string | null {
  const stating = mappings.filter((mapping) => mapping.username !== null);
  const [first] = stating;
  const other = stating.find((mapping) => mapping.username !== first?.username);
  if (!first) return null;
  if (other) {
    const message = `conflicting usernames for ${role.roleArn}: ${first.origin.text} sets ${quoted(first.username ?? '')}, ${other.origin.text} sets ${quoted(other.username ?? '')}`;
    const help = `Set the same username in both, or narrow ${quoted(selectorText(other.selector))} so that it does not match permission set ${quoted(role.permissionSet)} there.`;
    problems.push(mappingProblem(other, message, help));
  }
  return first.username;
}
