import type { ListableEntry, OtherEntries } from '../authenticator/other-entries.ts';
import type { RoleFacts } from '../inventory/role-facts.ts';
import type { PossibleGrant } from '../mapping/wanted.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { UnwantedRole } from './change.ts';
import { type EntrySource, type Verdict, verdict } from './verdicts.ts';

/** The content of the config, and what is known about the roles of entries that no mapping names. */
export interface UnnamedContext {
  readonly others: OtherEntries;
  /** IDs of the accounts that the mappings cover. */
  readonly scope: ReadonlySet<string>;
  readonly roles: RoleFacts;
  /** The most that unresolved mappings would grant a role; null if none may want it. */
  readonly mayWant: (accountId: string, permissionSet: string) => PossibleGrant | null;
}

/** The facts about an entry's role. */
interface KnownRole {
  /** Why no mapping wants it; null if one may. */
  readonly reason: UnwantedRole | null;
  /** True if Identity Center didn't create the role, despite its name. */
  readonly isLookalike: boolean;
  /** True if the role may be newer than what is known about roles. */
  readonly isNewer?: boolean;
  /** The permission sets with a mapped role, see `setsOf`. */
  readonly wantedSets: ReadonlySet<string>;
}

/** The strict verdict on an entry that no mapping and no node role names; null if the config accepts it. */
export function verdictOnUnnamed(
  source: EntrySource,
  entry: ListableEntry,
  known: KnownRole,
  context: UnnamedContext,
): Verdict | null {
  const found = verdictOf(source, entry, known, context);
  return found && parseProvisionedRoleArn(entry.arn)
    ? context.roles.about(entry.arn).readTime.tell(found)
    : found;
}

function verdictOf(
  source: EntrySource,
  entry: ListableEntry,
  { reason, isLookalike, isNewer = false, wantedSets }: KnownRole,
  { others, scope, roles, mayWant }: UnnamedContext,
): Verdict | null {
  const facts = { source, entry };
  if (reason === 'gone') return verdict(reason, facts);
  const listing = others.listingOf(entry);
  if (listing) {
    const { item, differs } = listing;
    if (!differs) return null;
    const stated = {
      username: differs.includes('username') ? item.username : null,
      groups: differs.includes('groups') ? item.groups : null,
      policies: differs.includes('policies') ? item.policies : null,
    };
    return verdict('other-entry', { entry, item, stated });
  }
  if (reason) return verdict(reason, { ...facts, isRead: true });
  const role = parseProvisionedRoleArn(entry.arn);
  if (!role) return verdict(others.matching(entry.arn).length > 0 ? 'pattern' : 'unlisted', facts);
  if (role.partition !== roles.partition) return verdict('other-partition', facts);
  if (isLookalike) return verdict('lookalike', facts);
  if (isNewer) return verdict('newer', facts);
  if (wantedSets.has(roles.setKeyOf(role)))
    return verdict('superseded', { ...facts, isRead: roles.about(role.roleArn).made !== null });
  const possible = mayWant(role.accountId, role.permissionSet);
  if (possible)
    return possible.covers(entry) ? null : verdict('possible', { ...facts, groups: [...possible.groups] });
  if (!scope.has(role.accountId)) return verdict('out-of-scope', facts);
  return verdict(roles.isRead(role.accountId) ? 'unmapped' : 'account-unread', facts);
}
