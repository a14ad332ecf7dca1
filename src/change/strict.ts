import type { ListableEntry, OtherEntries } from '../authenticator/other-entries.ts';
import type { RoleFacts } from '../inventory/role-facts.ts';
import type { PossibleGrant } from '../mapping/wanted.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import type { UnwantedRole } from './unwanted.ts';
import { type EntrySource, type Verdict, verdicts } from './verdicts.ts';

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
  const verdict = verdictOf(source, entry, known, context);
  return verdict && parseProvisionedRoleArn(entry.arn)
    ? context.roles.about(entry.arn).readTime.tell(verdict)
    : verdict;
}

function verdictOf(
  source: EntrySource,
  entry: ListableEntry,
  known: KnownRole,
  context: UnnamedContext,
): Verdict | null {
  const { reason } = known;
  if (reason === 'gone') return verdicts.unwanted(source, entry, reason);
  const listing = context.others.listingOf(entry);
  if (listing) return listing.differs && verdicts.otherThanListed(entry, listing.item, listing.differs);
  if (reason) return verdicts.unwanted(source, entry, reason);
  const role = parseProvisionedRoleArn(entry.arn);
  if (role) return verdictOnRoleOfSet(source, entry, { ...known, role }, context);
  const isMatched = context.others.matching(entry.arn).length > 0;
  return verdicts.unlistedEntry(source, entry, isMatched ? 'pattern' : 'unlisted');
}

function verdictOnRoleOfSet(
  source: EntrySource,
  entry: ListableEntry,
  { role, isLookalike, isNewer = false, wantedSets }: KnownRole & { readonly role: ProvisionedRoleArn },
  { scope, roles, mayWant }: UnnamedContext,
): Verdict | null {
  if (role.partition !== roles.partition) return verdicts.unlistedEntry(source, entry, 'other-partition');
  if (isLookalike) return verdicts.unlistedEntry(source, entry, 'lookalike');
  if (isNewer) return verdicts.unlistedEntry(source, entry, 'newer');
  if (wantedSets.has(roles.setKeyOf(role)))
    return verdicts.unwanted(source, entry, 'superseded', roles.about(role.roleArn).made !== null);
  const possible = mayWant(role.accountId, role.permissionSet);
  if (possible)
    return possible.covers(entry) ? null : verdicts.moreThanPossible(source, entry, [...possible.groups]);
  if (!scope.has(role.accountId)) return verdicts.unlistedEntry(source, entry, 'out-of-scope');
  return roles.isRead(role.accountId)
    ? verdicts.unwanted(source, entry, 'unmapped')
    : verdicts.unlistedEntry(source, entry, 'account-unread');
}
