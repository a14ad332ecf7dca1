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
import type { Mapping } from './mapping.ts';
import { selectorText } from './selector.ts';

/** A role with the mappings that reach it, in their order. */
export interface ReachedRole {
  readonly role: Role;
  readonly mappings: readonly Mapping[];
}

/** Entries for the nodes of these roles, in order; paths are stripped, and of one role named twice the first stays. */
export function nodeEntries(nodeRoles: readonly string[]): DesiredEntry[] {
  const entries = nodeRoles.map((text): DesiredEntry => {
    const arn = parseArn(text);
    const rolearn = arn ? formatArn(stripPath(arn)) : text;
    return {
      rolearn,
      username: NODE_USERNAME,
      groups: NODE_GROUPS,
      usernameStated: true,
      role: null,
    };
  });
  return withoutDuplicates(entries);
}

/**
 * Entries for people: accounts in the given order, then permission set names; the groups of all mappings that reach a role, in order.
 * @throws Failure (exit 2) naming every role for which two mappings state different usernames
 */
export function roleEntries(
  reached: readonly ReachedRole[],
  accountOrder: readonly string[],
  accounts: readonly Account[],
): DesiredEntry[] {
  const rank = new Map(accountOrder.map((id, index) => [id, index]));
  const names = new Map(accounts.map(({ id, name }) => [id, name]));
  const problems: Problem[] = [];
  const entries = [...reached]
    .sort(({ role: one }, { role: other }) => {
      const byAccount = (rank.get(one.accountId) ?? 0) - (rank.get(other.accountId) ?? 0);
      return byAccount || compareStrings(one.permissionSet, other.permissionSet);
    })
    .map(({ role, mappings }) => roleEntry(role, mappings, names.get(role.accountId) ?? null, problems));
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
    problems.push({
      message: `two usernames for one role: ${first.origin.text} gives ${role.roleArn} the username ${quoted(first.username ?? '')}, ${other.origin.text} gives it ${quoted(other.username ?? '')}`,
      help: `Let both state the same username, or let ${quoted(selectorText(other.selector))} no longer reach permission set ${quoted(role.permissionSet)} there.`,
      ...(other.origin.place ? { location: other.origin.place } : {}),
    });
  }
  return first.username;
}
