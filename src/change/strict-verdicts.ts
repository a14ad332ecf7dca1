import type { StatedPolicy } from '../access-policy.ts';
import type { Denial } from '../aws-auth/denied-entries.ts';
import { administratorBy, isNodeGrant, MASTERS } from '../aws-auth/groups.ts';
import { describeGrant, ignoredText, type LoadedEntry, unparsableSentence } from '../aws-auth/loaded.ts';
import type { ListableEntry, OtherEntries, OtherEntry } from '../aws-auth/other-entries.ts';
import type { RoleFacts } from '../directory/role-facts.ts';
import { accessPolicyOf, isClusterAdminPolicy, policiesText, wholePolicyText } from '../eks.ts';
import { formatLocation } from '../errors.ts';
import type { DesiredEntry, MapKey } from '../map-entry.ts';
import type { PossibleGrant } from '../mapping/wanted.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import { yamlQuoted } from '../yaml/quote.ts';
import type { UnwantedRole } from './change.ts';
import { UNDECIDED } from './describe-change.ts';

/**
 * How an item of a map, or an access entry, differs from the config, what it grants, and the next step: accept it in
 * the config, or undo it.
 */
export interface StrictVerdict {
  /**
   * `unlisted`: effective, but nothing names it. `altered`: effective, but different from what names it. `unmapped`:
   * not effective, or for a provisioned role that nothing wants.
   */
  readonly kind: 'unlisted' | 'altered' | 'unmapped';
  readonly reason: string;
  /** The values that an altered entry should have; null if unspecified or unknown. */
  readonly expected: {
    readonly arn: string | null;
    readonly username: string | null;
    readonly groups: readonly string[] | null;
    /** Only for access entries. */
    readonly policies: readonly StatedPolicy[] | null;
  };
  readonly message: string;
  readonly help: string;
}

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
): StrictVerdict | null {
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
): StrictVerdict | null {
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

/** Where an entry is: a map of aws-auth, or EKS, with the command that deletes the access entry. */
type EntrySource = MapKey | { readonly deletion: string };

interface OfEntry {
  readonly source: EntrySource;
  readonly entry: ListableEntry;
}

interface OfWanted {
  readonly entry: LoadedEntry;
  readonly wanted: DesiredEntry;
}

/** Two entries for one caller; people have to decide which of the two should go. */
interface OfTwo {
  readonly entry: LoadedEntry;
  /** The entry that takes effect instead, and its place. */
  readonly by: { readonly entry: LoadedEntry; readonly place: string } | null;
}

/** The facts that each verdict is about. */
interface Facts {
  readonly unlisted: OfEntry;
  readonly 'out-of-scope': OfEntry;
  readonly 'other-partition': OfEntry;
  readonly 'account-unread': OfEntry;
  readonly newer: OfEntry;
  readonly lookalike: OfEntry;
  readonly pattern: OfEntry;
  readonly 'unlisted-account': { readonly account: string };
  readonly 'arn-case': OfWanted;
  /** `canState`: a mapping could set the entry's username. */
  readonly mapping: OfWanted & { readonly canState: boolean };
  readonly 'node-role': OfWanted;
  readonly 'node-role-type': OfEntry;
  readonly possible: OfEntry & { readonly groups: readonly string[] };
  readonly 'other-entry': {
    readonly entry: ListableEntry;
    readonly item: OtherEntry;
    readonly stated: Stated;
  };
  readonly denied: { readonly entry: LoadedEntry; readonly denial: Denial };
  readonly gone: OfEntry;
  readonly unmapped: OfEntry;
  /** `isRead`: false if its role wasn't read. */
  readonly superseded: OfEntry & { readonly isRead: boolean };
  readonly shadowed: OfTwo;
  readonly overridden: OfTwo;
  readonly ambiguous: OfTwo;
  readonly 'duplicate-account': { readonly account: string };
  readonly 'not-an-account': { readonly account: string };
  /** A part of a map's text that becomes no entry. */
  readonly dropped: { readonly map: MapKey; readonly what: string };
  readonly unparsable: { readonly map: MapKey; readonly what: string };
  readonly 'ignored-content': { readonly map: MapKey };
}

type Stated = Pick<OtherEntry, 'username' | 'groups' | 'policies'>;

interface Row<Of> {
  readonly kind: StrictVerdict['kind'];
  /** Stable, kebab-case; by default, the name of the row. */
  readonly reason?: (facts: Of) => string;
  readonly expected?: (facts: Of) => Partial<StrictVerdict['expected']>;
  readonly message: (facts: Of) => string;
  readonly help: (facts: Of) => string;
}

export function verdict<Name extends keyof Facts>(name: Name, facts: Facts[Name]): StrictVerdict {
  const row: Row<Facts[Name]> = VERDICTS[name];
  return {
    kind: row.kind,
    reason: row.reason?.(facts) ?? name,
    expected: { arn: null, username: null, groups: null, policies: null, ...row.expected?.(facts) },
    message: row.message(facts),
    help: row.help(facts),
  };
}

/** @param why why something that seems to name the entry doesn't, to continue the sentence */
function unlisted(why: (facts: OfEntry) => string): Row<OfEntry> {
  return {
    kind: 'unlisted',
    message: (facts) => `nothing in the config names ${grantText(facts.entry)}${why(facts)}`,
    help: ({ source, entry }) => {
      const role = parseProvisionedRoleArn(entry.arn);
      if (!role && isNodeGrant(entry))
        return `If nodes of this cluster use this role, add it to nodeRoles, or to otherEntries: ${itemOf(entry)}\nOtherwise ${removalFrom(source, ': nodes with this role lose access')}`;
      const accept = role
        ? 'map its permission set in that account, or add to otherEntries:'
        : 'add to otherEntries in the config:';
      return `If it belongs in the cluster, ${accept} ${itemOf(entry)}\nOtherwise ${removalFrom(source)}`;
    },
  };
}

const overridden: Row<OfTwo> = {
  kind: 'unmapped',
  message: ({ entry, by }) =>
    `the entry for ${printable(entry.arn)} has no effect: ${by?.place ?? 'a later entry for the same role or user'} overrides it (${bothText({ entry, by })})`,
  help: ({ entry, by }) => {
    const next = by
      ? ` If you remove the other one instead, this one takes effect: ${valuesText(entry)}.`
      : '';
    return `Remove it: it has no effect.${next}`;
  },
};

const REMOVE = () => 'Remove or fix it: `aws-auth-sso check` has the details.';

const VERDICTS: { readonly [Name in keyof Facts]: Row<Facts[Name]> } = {
  unlisted: unlisted(() => ''),
  'out-of-scope': unlisted(({ entry }) => `; ${UNDECIDED['out-of-scope'](entry.arn)}`),
  'other-partition': unlisted(({ entry }) => `; ${UNDECIDED['other-partition'](entry.arn)} in scope`),
  'account-unread': unlisted(({ entry }) => `; ${UNDECIDED['account-unread'](entry.arn)}`),
  newer: unlisted(({ entry }) => `; ${UNDECIDED.newer(entry.arn)}`),
  lookalike: unlisted(() => "; the role has an Identity Center name, but Identity Center didn't create it"),
  pattern: unlisted(({ entry }) =>
    entry.policies
      ? '; a pattern in otherEntries matches it, but covers cluster admins only if its policies say so'
      : '; a pattern in otherEntries matches it, but covers cluster admins only if its groups say so',
  ),
  'unlisted-account': {
    kind: 'unlisted',
    reason: () => 'unlisted',
    message: ({ account }) =>
      `nothing in the config names account ${account}: all of its roles and users have access, with their ARN as username and no groups`,
    help: ({ account }) =>
      `If it belongs in the cluster, add to otherEntries in the config: - account: "${account}"\nOtherwise remove it from mapAccounts.`,
  },
  'arn-case': {
    kind: 'altered',
    expected: ({ wanted }) => ({ arn: wanted.rolearn }),
    message: ({ entry, wanted }) => `${grantText(entry)} differs in case from ${wanted.rolearn}`,
    help: ({ wanted }) =>
      `Write ${wanted.rolearn}: the authenticator ignores case, but other tools may not. If that spelling is wrong, change nodeRoles.`,
  },
  mapping: {
    kind: 'altered',
    expected: ({ wanted: { username } }) => ({ username }),
    message: ({ entry, wanted }) =>
      `the mapping of ${printable(entry.arn)} sets no username, so it should be ${quoted(wanted.username)}, but the entry has ${valuesText(entry)}`,
    help: ({ entry, wanted, canState }) => {
      const keep = canState
        ? `To keep it, add to the mapping: username: ${yamlQuoted(entry.username)}`
        : `A config can't set this username. To keep it, add to otherEntries: ${itemOf(entry)}, with its current username and groups`;
      return `${keep}\nOtherwise set username: ${JSON.stringify(wanted.username)}`;
    },
  },
  'node-role': {
    kind: 'altered',
    expected: ({ wanted: { username, groups } }) => ({ username, groups }),
    message: ({ entry }) =>
      `${printable(entry.arn)} is a node role, but its entry doesn't have the username and groups that EKS documents for nodes: ${valuesText(entry)}`,
    help: ({ entry, wanted }) =>
      `Set ${describeGrant(wanted)}.\nIf the entry is intentional, remove the role from nodeRoles, and add to otherEntries: ${itemOf(entry)}`,
  },
  // Only access entries of the other types grant access to nodes.
  'node-role-type': {
    kind: 'altered',
    reason: () => 'node-role',
    message: ({ entry }) =>
      `${printable(entry.arn)} is a node role, but its access entry is for people: ${valuesText(entry)}`,
    help: ({ source, entry }) =>
      `If nodes use it, replace it with an entry for nodes, which \`aws-auth-sso access-entries --nodes\` writes. First, ${removalFrom(source)}\nIf the entry is intentional, remove the role from nodeRoles, and add to otherEntries: ${itemOf(entry)}`,
  },
  // It grants more than any mapping that may want the role.
  possible: {
    kind: 'altered',
    expected: ({ groups }) => ({ groups }),
    message: ({ entry }) =>
      `can't tell whether a mapping wants ${printable(entry.arn)}, but none would set ${valuesText(entry)}`,
    help: ({ source, entry }) =>
      `If it belongs in the cluster, add to otherEntries in the config: ${itemOf(entry)}\nOtherwise ${typeof source === 'string' ? 'remove it.' : removalFrom(source)}`,
  },
  'other-entry': {
    kind: 'altered',
    expected: ({ stated }) => stated,
    message: ({ entry, item, stated: { username, groups, policies } }) => {
      const stated = [
        ...(username === null ? [] : [`username ${quoted(username)}`]),
        ...(groups === null ? [] : [`groups [${groups.map(quoted).join(', ')}]`]),
        ...(policies === null
          ? []
          : [`policies [${policies.map((one) => wholePolicyText(accessPolicyOf(one, ''))).join(', ')}]`]),
      ].join(', ');
      return `otherEntries (${formatLocation(item.location)}) lists ${stated} for ${grantText(entry)}`;
    },
    help: () => 'If the entry is right, update the item in otherEntries; otherwise revert the entry.',
  },
  denied: {
    kind: 'unmapped',
    reason: ({ denial }) => denial.reason,
    message: ({ entry, denial }) => `this entry (${describeGrant(entry)}) grants no access: ${denial.what}`,
    help: REMOVE,
  },
  gone: {
    kind: 'unmapped',
    message: ({ entry }) => `the role doesn't exist, and no mapping names ${grantText(entry)}`,
    help: () =>
      'If people still need it, map the permission set. Otherwise remove it, for example with --prune.',
  },
  superseded: {
    kind: 'unmapped',
    message: ({ entry, isRead }) =>
      isRead
        ? `a newer role of the permission set is mapped instead of ${grantText(entry)}, whose role still exists`
        : `another role of the permission set is mapped instead of ${grantText(entry)}, whose role wasn't read`,
    help: ({ source }) =>
      typeof source === 'string'
        ? '--prune keeps such an entry. Delete the older role, or remove the entry.'
        : `Delete the older role, or ${removalFrom(source)}`,
  },
  unmapped: {
    kind: 'unmapped',
    message: ({ entry }) => `no mapping names the role ${grantText(entry)}`,
    help: ({ source, entry }) =>
      `If it belongs in the cluster, map its permission set, or add to otherEntries in the config: ${itemOf(entry)}\nOtherwise ${typeof source === 'string' ? 'remove it: --prune removes such entries.' : removalFrom(source)}`,
  },
  shadowed: overridden,
  overridden,
  ambiguous: {
    kind: 'unmapped',
    message: ({ entry, by }) =>
      `whether the entry for ${printable(entry.arn)} takes effect is random: ${by?.place ?? entry.map} has another one whose ARN differs only in case (${bothText({ entry, by })})`,
    help: () => 'Remove one of them.',
  },
  'duplicate-account': {
    kind: 'unmapped',
    message: ({ account }) => `mapAccounts lists account ${printable(account)} twice`,
    help: () => 'Remove one of them.',
  },
  'not-an-account': {
    kind: 'unmapped',
    message: ({ account }) => `${quoted(account)} in mapAccounts isn't an account ID, so it grants no access`,
    help: REMOVE,
  },
  dropped: {
    kind: 'unmapped',
    message: ({ map, what }) => `the authenticator drops an item of ${map}: ${what}`,
    help: REMOVE,
  },
  unparsable: {
    kind: 'unmapped',
    message: ({ map, what }) => unparsableSentence(map, { message: what }),
    help: REMOVE,
  },
  'ignored-content': { kind: 'unmapped', message: ({ map }) => ignoredText(map), help: REMOVE },
};

/** How to remove an entry, to continue a sentence. */
function removalFrom(source: EntrySource, effect = ''): string {
  return typeof source === 'string'
    ? `remove it from ${source}${effect}.`
    : `delete the access entry${effect}:\n${source.deletion}`;
}

/** Both grants, since people have to decide which of the two should go. */
function bothText({ entry, by }: OfTwo): string {
  return `this entry has ${valuesText(entry)}${by ? `; that entry has ${valuesText(by.entry)}` : ''}`;
}

/** Omits the groups, so the reader has to review what the entry grants instead of copying it. */
function itemOf({ arn }: ListableEntry): string {
  return `- arn: ${yamlQuoted(arn)}`;
}

/** `arn:… (username "…", groups […], cluster admin)` */
function grantText(entry: ListableEntry): string {
  return `${printable(entry.arn)} (${valuesText(entry)})`;
}

function valuesText(entry: ListableEntry): string {
  const policies = entry.policies ? `, ${policiesText(entry.policies)}` : '';
  const values = `${describeGrant(entry)}${policies}`;
  const by = administratorBy(entry);
  if (entry.policies?.some(isClusterAdminPolicy)) return `${values}, cluster admin`;
  if (!by) return values;
  if (by.field === 'username') return `${values}, a username that Kubernetes and EKS reserve`;
  return by.name === MASTERS
    ? `${values}, cluster admin`
    : `${values}, where ${quoted(by.name)} can become ${MASTERS}`;
}
