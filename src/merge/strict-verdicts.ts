import type { Denial } from '../authenticator/gets-in.ts';
import { administratorBy, isNodeGrant, MASTERS } from '../authenticator/groups.ts';
import { describeGrant, type LoadedEntry } from '../authenticator/loaded.ts';
import type { OtherEntry } from '../authenticator/other-entries.ts';
import type { DesiredEntry, MapKey } from '../entry.ts';
import { formatLocation } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import { yamlQuoted } from '../yaml/quote.ts';
import type { UnwantedReason } from './plan.ts';

/** How something in a map is not as the config says, what it grants, and how to go on: accept it in the config, or undo it. */
interface Verdict {
  /**
   * `unlisted`: effective, and nothing names it. `altered`: effective, and what names it would have it otherwise. `unmapped`: not effective,
   * or of a provisioned role that nothing wants.
   */
  readonly kind: 'unlisted' | 'altered' | 'unmapped';
  readonly reason: string;
  /** What an altered entry should have; null where that is not stated, or not known. */
  readonly expected: {
    readonly arn: string | null;
    readonly username: string | null;
    readonly groups: readonly string[] | null;
  };
  readonly message: string;
  readonly help: string;
}

const NOTHING: Verdict['expected'] = { arn: null, username: null, groups: null };

/** Why what seems to name an entry does not. */
const NOT_NAMED = {
  unlisted: () => '',
  'out-of-scope': (accountId = '') => ` (account ${accountId} is not in scope)`,
  'account-unread': (accountId = '') => ` (account ${accountId} was not read)`,
  lookalike: () => ' (the role is named as if Identity Center made it, but it did not)',
  pattern: () =>
    ' (a pattern of otherEntries matches it, but covers administrators only where its groups say so)',
};

function unlistedEntry(map: MapKey, entry: LoadedEntry, reason: keyof typeof NOT_NAMED): Verdict {
  const role = parseProvisionedRoleArn(entry.arn);
  const message = `nothing in the config names ${grantText(entry)}${NOT_NAMED[reason](role?.accountId)}`;
  const unlisted = { kind: 'unlisted', reason, expected: NOTHING, message } as const;
  if (!role && isNodeGrant(entry))
    return {
      ...unlisted,
      help: `If nodes of this cluster have this role, add it to nodeRoles, or to otherEntries: ${itemOf(entry)}\nOtherwise remove it from ${map}: nodes with this role lose access.`,
    };
  const accept = role
    ? 'map its permission set in that account, or add to otherEntries:'
    : 'add to otherEntries in the config:';
  const help = `If it belongs there, ${accept} ${itemOf(entry)}\nOtherwise remove it from ${map}.`;
  return { ...unlisted, help };
}

function unlistedAccount(account: string): Verdict {
  return {
    kind: 'unlisted',
    reason: 'unlisted',
    expected: NOTHING,
    message: `nothing in the config names account ${account}: all of its roles and users have access, with their ARN as username and no groups`,
    help: `If it belongs there, add to otherEntries in the config: - account: "${account}"\nOtherwise remove it from mapAccounts.`,
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

/** @returns null where the ARN is written as it is wanted */
function otherCase(entry: LoadedEntry, { rolearn }: DesiredEntry): Verdict | null {
  if (entry.arn === rolearn) return null;
  return altered(
    'arn-case',
    { arn: rolearn },
    `${grantText(entry)}: its ARN differs by upper and lower case from ${rolearn}`,
    `Write ${rolearn}: the authenticator ignores case, other tools may not. If that is the wrong one, change nodeRoles.`,
  );
}

/** @param canState whether a mapping could state the username that the entry has */
function otherName(entry: LoadedEntry, { username }: DesiredEntry, canState: boolean): Verdict {
  const keep = canState
    ? `To keep it, add to the mapping: username: ${yamlQuoted(entry.username)}`
    : `A config cannot state this username. To keep it, add to otherEntries: ${itemOf(entry)}, with username and groups as they are`;
  return altered(
    'mapping',
    { username },
    `the mapping of ${printable(entry.arn)} states no username, so it is ${quoted(username)}, but the entry has ${valuesText(entry)}`,
    `${keep}\nOtherwise write username: ${JSON.stringify(username)}`,
  );
}

function otherThanNodes(entry: LoadedEntry, { username, groups }: DesiredEntry): Verdict {
  return altered(
    'node-role',
    { username, groups },
    `${printable(entry.arn)} is a node role, but its entry does not have the username and groups that EKS documents for nodes: ${valuesText(entry)}`,
    `Nodes have ${describeGrant({ username, groups })}; write that.\nIf the entry is meant, take the role out of nodeRoles, and add to otherEntries: ${itemOf(entry)}`,
  );
}

/** More than what any mapping that may want the role would give. */
function moreThanPossible(entry: LoadedEntry, groups: readonly string[]): Verdict {
  return altered(
    'possible',
    { groups },
    `it is not known whether a mapping wants ${printable(entry.arn)}, but none would grant ${valuesText(entry)}`,
    `If it belongs there, add to otherEntries in the config: ${itemOf(entry)}\nOtherwise remove it.`,
  );
}

/** @param differs what the item states of it otherwise */
function otherThanListed(entry: LoadedEntry, item: OtherEntry, differs: readonly string[]): Verdict {
  const username = differs.includes('username') ? item.username : null;
  const groups = differs.includes('groups') ? item.groups : null;
  const stated = [
    ...(username === null ? [] : [`username ${quoted(username)}`]),
    ...(groups === null ? [] : [`groups [${groups.map(quoted).join(', ')}]`]),
  ].join(', ');
  return altered(
    'other-entry',
    { username, groups },
    `otherEntries (${formatLocation(item.location)}) states ${stated} of ${grantText(entry)}`,
    'If the entry is right, change the item of otherEntries; otherwise change the entry back.',
  );
}

function unmapped(reason: string, message: string, help: string): Verdict {
  return { kind: 'unmapped', reason, expected: NOTHING, message, help };
}

const REMOVE = 'Remove it, or correct it: `aws-auth-sso check` says more about it.';

function denied(entry: LoadedEntry, { reason, what }: Denial): Verdict {
  return unmapped(reason, `${what}, so it grants no access: ${describeGrant(entry)}`, REMOVE);
}

function unwanted(entry: LoadedEntry, reason: Exclude<UnwantedReason, 'shadowed'>): Verdict {
  const grant = grantText(entry);
  switch (reason) {
    case 'gone':
      return unmapped(
        reason,
        `the role no longer exists, and no mapping names ${grant}`,
        'Remove it: --prune does.',
      );
    case 'superseded':
      return unmapped(
        reason,
        `a newer role of the permission set is mapped instead of ${grant}`,
        'Its role still exists, so --prune keeps the entry. Delete the older role, or remove the entry.',
      );
    case 'unmapped':
      return unmapped(
        reason,
        `no mapping names the role ${grant}`,
        `If it belongs there, map its permission set, or add to otherEntries in the config: ${itemOf(entry)}\nOtherwise remove it: --prune removes such entries.`,
      );
  }
}

/**
 * Both grants: which of the two should go is for people to say.
 * @param by the entry that counts in its place, and where it is
 */
function doubled(
  reason: 'shadowed' | 'overridden' | 'ambiguous',
  entry: LoadedEntry,
  by: { readonly entry: LoadedEntry; readonly place: string } | null,
): Verdict {
  const other = by ? `${by.place}: ${valuesText(by.entry)}` : 'a later entry for the same role or user';
  if (reason === 'ambiguous')
    return unmapped(
      reason,
      `which entry counts for ${grantText(entry)} is random: another one differs only in case, in ${other}`,
      'Remove one of them.',
    );
  const next = by ? ` If you remove the other one instead, this one takes effect: ${valuesText(entry)}.` : '';
  return unmapped(
    reason,
    `${grantText(entry)} has no effect: it is overridden by ${other}`,
    `Remove it: it has no effect.${next}`,
  );
}

function duplicateAccount(account: string): Verdict {
  const message = `mapAccounts lists account ${printable(account)} twice`;
  return unmapped('duplicate-account', message, 'Remove one of them.');
}

function notAnAccount(account: string): Verdict {
  const message = `${quoted(account)} in mapAccounts is not an account ID, so nobody has access by it`;
  return unmapped('not-an-account', message, REMOVE);
}

/** What is in the text of a map and becomes no entry. */
function lost(reason: 'dropped' | 'unparsable', map: MapKey, what: string): Verdict {
  const loss = reason === 'dropped' ? `drops an item of ${map}` : `cannot parse ${map}`;
  return unmapped(reason, `the authenticator ${loss}: ${what}`, REMOVE);
}

function ignored(map: MapKey): Verdict {
  const message = `the authenticator reads only the first YAML document of ${map}, and ignores what follows`;
  return unmapped('ignored-content', message, REMOVE);
}

/** Without groups: what the entry grants is to be read, not to be copied. */
function itemOf({ arn }: LoadedEntry): string {
  return `- arn: ${yamlQuoted(arn)}`;
}

/** `arn:…: username "…", groups […], a cluster administrator` */
function grantText(entry: LoadedEntry): string {
  return `${printable(entry.arn)}: ${valuesText(entry)}`;
}

function valuesText(entry: LoadedEntry): string {
  return `${describeGrant(entry)}${administratorText(entry)}`;
}

function administratorText(entry: LoadedEntry): string {
  const by = administratorBy(entry);
  if (!by) return '';
  if (by.field === 'username') return ', a username that Kubernetes and EKS keep for themselves';
  return by.name === MASTERS
    ? ', a cluster administrator'
    : `, where ${quoted(by.name)} can become ${MASTERS}`;
}

/** All that there is to say of a difference, each from what it is about. */
export const verdicts = {
  unlistedEntry,
  unlistedAccount,
  otherCase,
  otherName,
  otherThanNodes,
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
