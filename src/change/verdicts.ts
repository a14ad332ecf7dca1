import { accessPolicyOf, isClusterAdminPolicy, policiesText, wholePolicyText } from '../access-entry.ts';
import type { StatedPolicy } from '../access-policy-names.ts';
import type { Denial } from '../authenticator/gets-in.ts';
import { administratorBy, isNodeGrant, MASTERS } from '../authenticator/groups.ts';
import { describeGrant, ignoredText, type LoadedEntry, unparsableSentence } from '../authenticator/loaded.ts';
import type { ListableEntry, OtherEntry } from '../authenticator/other-entries.ts';
import type { DesiredEntry, MapKey } from '../entry.ts';
import { formatLocation } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import { yamlQuoted } from '../yaml/quote.ts';
import type { UnwantedRole } from './unwanted.ts';

/**
 * How an item of a map, or an access entry, differs from the config, what it grants, and the next step: accept it in
 * the config, or undo it.
 */
export interface Verdict {
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

const NOTHING: Verdict['expected'] = { arn: null, username: null, groups: null, policies: null };

/** Where an entry is: a map of aws-auth, or EKS, with the command that deletes the access entry. */
export type EntrySource = MapKey | { readonly deletion: string };

/** How to remove an entry, to continue a sentence. */
function removalFrom(source: EntrySource, effect = ''): string {
  return typeof source === 'string'
    ? `remove it from ${source}${effect}.`
    : `delete the access entry${effect}:\n${source.deletion}`;
}

/** Why something that seems to name an entry doesn't. */
const NOT_NAMED = {
  unlisted: () => '',
  'out-of-scope': ({ arn }: ListableEntry) => `; account ${accountOf(arn)} isn't in scope`,
  'other-partition': () => '; it is in another partition than the accounts in scope',
  'account-unread': ({ arn }: ListableEntry) => `; account ${accountOf(arn)} wasn't read`,
  newer: () => '; it was created after the roles were read',
  lookalike: () => "; the role has an Identity Center name, but Identity Center didn't create it",
  pattern: ({ policies }: ListableEntry) =>
    policies
      ? '; a pattern in otherEntries matches it, but covers administrators only if its policies say so'
      : '; a pattern in otherEntries matches it, but covers cluster admins only if its groups say so',
};

function accountOf(roleArn: string): string {
  return parseProvisionedRoleArn(roleArn)?.accountId ?? '';
}

function unlistedEntry(source: EntrySource, entry: ListableEntry, reason: keyof typeof NOT_NAMED): Verdict {
  const role = parseProvisionedRoleArn(entry.arn);
  const message = `nothing in the config names ${grantText(entry)}${NOT_NAMED[reason](entry)}`;
  const unlisted = { kind: 'unlisted', reason, expected: NOTHING, message } as const;
  if (!role && isNodeGrant(entry))
    return {
      ...unlisted,
      help: `If nodes of this cluster use this role, add it to nodeRoles, or to otherEntries: ${itemOf(entry)}\nOtherwise ${removalFrom(source, ': nodes with this role lose access')}`,
    };
  const accept = role
    ? 'map its permission set in that account, or add to otherEntries:'
    : 'add to otherEntries in the config:';
  const help = `If it belongs in the cluster, ${accept} ${itemOf(entry)}\nOtherwise ${removalFrom(source)}`;
  return { ...unlisted, help };
}

function unlistedAccount(account: string): Verdict {
  return {
    kind: 'unlisted',
    reason: 'unlisted',
    expected: NOTHING,
    message: `nothing in the config names account ${account}: all of its roles and users have access, with their ARN as username and no groups`,
    help: `If it belongs in the cluster, add to otherEntries in the config: - account: "${account}"\nOtherwise remove it from mapAccounts.`,
  };
}

function altered(
  reason: string,
  expected: Partial<Verdict['expected']>,
  message: string,
  help: string,
): Verdict {
  return { kind: 'altered', reason, expected: { ...NOTHING, ...expected }, message, help };
}

/** @returns null if the ARN is spelled as wanted */
function otherCase(entry: LoadedEntry, { rolearn }: DesiredEntry): Verdict | null {
  if (entry.arn === rolearn) return null;
  return altered(
    'arn-case',
    { arn: rolearn },
    `${grantText(entry)} differs in case from ${rolearn}`,
    `Write ${rolearn}: the authenticator ignores case, but other tools may not. If that spelling is wrong, change nodeRoles.`,
  );
}

/** @param canState true if a mapping could set the entry's username */
function otherName(entry: LoadedEntry, { username }: DesiredEntry, canState: boolean): Verdict {
  const keep = canState
    ? `To keep it, add to the mapping: username: ${yamlQuoted(entry.username)}`
    : `A config can't set this username. To keep it, add to otherEntries: ${itemOf(entry)}, with its current username and groups`;
  return altered(
    'mapping',
    { username },
    `the mapping of ${printable(entry.arn)} sets no username, so it should be ${quoted(username)}, but the entry has ${valuesText(entry)}`,
    `${keep}\nOtherwise set username: ${JSON.stringify(username)}`,
  );
}

function otherThanNodes(entry: LoadedEntry, { username, groups }: DesiredEntry): Verdict {
  return altered(
    'node-role',
    { username, groups },
    `${printable(entry.arn)} is a node role, but its entry doesn't have the username and groups that EKS documents for nodes: ${valuesText(entry)}`,
    `Set ${describeGrant({ username, groups })}.\nIf the entry is intentional, remove the role from nodeRoles, and add to otherEntries: ${itemOf(entry)}`,
  );
}

/** An access entry for people with a node role: only the other types grant access to nodes. */
function otherTypeThanNodes(source: EntrySource, entry: ListableEntry): Verdict {
  return altered(
    'node-role',
    {},
    `${printable(entry.arn)} is a node role, but its access entry is for people: ${valuesText(entry)}`,
    `If nodes use it, replace it with an entry for nodes, which \`aws-auth-sso access-entries --nodes\` writes. First, ${removalFrom(source)}\nIf the entry is intentional, remove the role from nodeRoles, and add to otherEntries: ${itemOf(entry)}`,
  );
}

/** The entry grants more than any mapping that may want the role. */
function moreThanPossible(source: EntrySource, entry: ListableEntry, groups: readonly string[]): Verdict {
  return altered(
    'possible',
    { groups },
    `can't tell whether a mapping wants ${printable(entry.arn)}, but none would set ${valuesText(entry)}`,
    `If it belongs in the cluster, add to otherEntries in the config: ${itemOf(entry)}\nOtherwise ${typeof source === 'string' ? 'remove it.' : removalFrom(source)}`,
  );
}

/** @param differs the fields in which the item differs */
function otherThanListed(entry: ListableEntry, item: OtherEntry, differs: readonly string[]): Verdict {
  const username = differs.includes('username') ? item.username : null;
  const groups = differs.includes('groups') ? item.groups : null;
  const policies = differs.includes('policies') ? item.policies : null;
  const stated = [
    ...(username === null ? [] : [`username ${quoted(username)}`]),
    ...(groups === null ? [] : [`groups [${groups.map(quoted).join(', ')}]`]),
    ...(policies === null
      ? []
      : [`policies [${policies.map((one) => wholePolicyText(accessPolicyOf(one, ''))).join(', ')}]`]),
  ].join(', ');
  return altered(
    'other-entry',
    { username, groups, policies },
    `otherEntries (${formatLocation(item.location)}) lists ${stated} for ${grantText(entry)}`,
    'If the entry is right, update the item in otherEntries; otherwise revert the entry.',
  );
}

function unmapped(reason: string, message: string, help: string): Verdict {
  return { kind: 'unmapped', reason, expected: NOTHING, message, help };
}

const REMOVE = 'Remove or fix it: `aws-auth-sso check` has the details.';

function denied(entry: LoadedEntry, { reason, what }: Denial): Verdict {
  return unmapped(reason, `this entry (${describeGrant(entry)}) grants no access: ${what}`, REMOVE);
}

/** @param isRead false if the role wasn't read */
function unwanted(source: EntrySource, entry: ListableEntry, reason: UnwantedRole, isRead = true): Verdict {
  const grant = grantText(entry);
  switch (reason) {
    case 'gone':
      return unmapped(
        reason,
        `the role doesn't exist, and no mapping names ${grant}`,
        'Remove it, for example with --prune.',
      );
    case 'superseded':
      return unmapped(
        reason,
        isRead
          ? `a newer role of the permission set is mapped instead of ${grant}, whose role still exists`
          : `another role of the permission set is mapped instead of ${grant}, whose role wasn't read`,
        typeof source === 'string'
          ? '--prune keeps such an entry. Delete the older role, or remove the entry.'
          : `Delete the older role, or ${removalFrom(source)}`,
      );
    case 'unmapped':
      return unmapped(
        reason,
        `no mapping names the role ${grant}`,
        `If it belongs in the cluster, map its permission set, or add to otherEntries in the config: ${itemOf(entry)}\nOtherwise ${typeof source === 'string' ? 'remove it: --prune removes such entries.' : removalFrom(source)}`,
      );
  }
}

/**
 * Shows both grants, since people have to decide which of the two should go.
 * @param by the entry that takes effect instead, and its place
 */
function doubled(
  reason: 'shadowed' | 'overridden' | 'ambiguous',
  entry: LoadedEntry,
  by: { readonly entry: LoadedEntry; readonly place: string } | null,
): Verdict {
  const that = by ? `; that entry has ${valuesText(by.entry)}` : '';
  const both = `this entry has ${valuesText(entry)}${that}`;
  const arn = printable(entry.arn);
  if (reason === 'ambiguous')
    return unmapped(
      reason,
      `whether the entry for ${arn} takes effect is random: ${by?.place ?? entry.map} has another one whose ARN differs only in case (${both})`,
      'Remove one of them.',
    );
  const next = by ? ` If you remove the other one instead, this one takes effect: ${valuesText(entry)}.` : '';
  return unmapped(
    reason,
    `the entry for ${arn} has no effect: ${by?.place ?? 'a later entry for the same role or user'} overrides it (${both})`,
    `Remove it: it has no effect.${next}`,
  );
}

function duplicateAccount(account: string): Verdict {
  const message = `mapAccounts lists account ${printable(account)} twice`;
  return unmapped('duplicate-account', message, 'Remove one of them.');
}

function notAnAccount(account: string): Verdict {
  const message = `${quoted(account)} in mapAccounts isn't an account ID, so it grants no access`;
  return unmapped('not-an-account', message, REMOVE);
}

/** A part of a map's text that becomes no entry. */
function lost(reason: 'dropped' | 'unparsable', map: MapKey, what: string): Verdict {
  const message =
    reason === 'dropped'
      ? `the authenticator drops an item of ${map}: ${what}`
      : unparsableSentence(map, { message: what });
  return unmapped(reason, message, REMOVE);
}

function ignored(map: MapKey): Verdict {
  return unmapped('ignored-content', ignoredText(map), REMOVE);
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
  return `${describeGrant(entry)}${policies}${administratorText(entry)}`;
}

function administratorText(entry: ListableEntry): string {
  const by = administratorBy(entry);
  if (entry.policies?.some(isClusterAdminPolicy)) return ', cluster admin';
  if (!by) return '';
  if (by.field === 'username') return ', a username that Kubernetes and EKS reserve';
  return by.name === MASTERS ? ', cluster admin' : `, where ${quoted(by.name)} can become ${MASTERS}`;
}

/** All verdicts. */
export const verdicts = {
  unlistedEntry,
  unlistedAccount,
  otherCase,
  otherName,
  otherThanNodes,
  otherTypeThanNodes,
  moreThanPossible,
  otherThanListed,
  denied,
  unwanted,
  doubled,
  duplicateAccount,
  notAnAccount,
  lost,
  ignored,
};
