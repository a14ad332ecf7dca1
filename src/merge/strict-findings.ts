import { describeGrant } from '../authenticator/caller.ts';
import { administratorBy, isNodeGrant, MASTERS } from '../authenticator/groups.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import { yamlQuoted } from '../configmap/quote.ts';
import type { MapKey } from '../entry.ts';
import { type Finding, formatLocation, type Location } from '../errors.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import type { StrictDifference, UnmappedReason } from './strict.ts';

/** Findings of a merge that say of several entries what a strict difference says of each. */
export const TOLD_BY_STRICT: ReadonlySet<string> = new Set([
  'role-gone',
  'unmapped-entry',
  'shadowed-entry',
  'dropped-entry',
  'never-matches',
  'ignored-content',
  'unparsable-map-users',
  'unparsable-map-accounts',
  'overridden-user',
]);

/** What is different, where, what it grants, and how to go on: accept it in the config, or undo it. */
export function strictFinding(difference: StrictDifference, document: AwsAuthDocument): Finding {
  const { kind } = difference;
  const { message, help } = textsOf(difference, document);
  return { severity: 'warning', code: kind, message, location: placeOf(difference, document), help };
}

/** Where it is in the file. */
export function placeOf({ map, start, end }: StrictDifference, document: AwsAuthDocument): Location {
  const text = document[map];
  if (!text) return { file: document.file };
  const { line: endLine } = end === null ? { line: undefined } : text.locationOf(Math.max(start, end - 1));
  return { ...text.locationOf(start), ...(endLine === undefined ? {} : { endLine }) };
}

interface Texts {
  readonly message: string;
  readonly help: string;
}

function textsOf(difference: StrictDifference, document: AwsAuthDocument): Texts {
  switch (difference.kind) {
    case 'unlisted':
      return difference.entry ? unlistedEntry(difference, difference.entry) : unlistedAccount(difference);
    case 'altered':
      return alteredTexts(difference);
    case 'unmapped':
      return unmappedTexts(difference, document);
  }
}

type Of<Kind extends StrictDifference['kind']> = Extract<StrictDifference, { readonly kind: Kind }>;

function unlistedEntry({ map, reason }: Of<'unlisted'>, entry: LoadedEntry): Texts {
  const role = parseProvisionedRoleArn(entry.arn);
  const causes: Record<typeof reason, string> = {
    unlisted: '',
    'out-of-scope': ` (account ${role?.accountId} is not in scope)`,
    'account-unread': ` (account ${role?.accountId} was not read)`,
    lookalike: ' (the role is named as if Identity Center made it, but it did not)',
    pattern:
      ' (a pattern of otherEntries matches it, but covers administrators only where its groups say so)',
  };
  const message = `nothing in the config names ${grantText(entry)}${causes[reason]}`;
  if (!role && isNodeGrant(entry))
    return {
      message,
      help: `If nodes of this cluster have this role, add it to nodeRoles, or to otherEntries: ${itemOf(entry)}\nOtherwise remove it from ${map}: nodes with this role lose access.`,
    };
  const accept = role
    ? `If it belongs there, map its permission set in that account, or add to otherEntries: ${itemOf(entry)}`
    : `If it belongs there, add to otherEntries in the config: ${itemOf(entry)}`;
  return { message, help: `${accept}\nOtherwise remove it from ${map}.` };
}

/** Without groups: what the entry grants is to be read, not to be copied. */
function itemOf({ arn }: LoadedEntry): string {
  return `- arn: ${yamlQuoted(arn)}`;
}

/** `arn:…: username "…", groups […], a cluster administrator` */
function grantText(entry: LoadedEntry): string {
  return `${printable(entry.arn)}: ${describeGrant(entry)}${administratorText(entry)}`;
}

function administratorText(entry: Pick<LoadedEntry, 'username' | 'groups'>): string {
  const by = administratorBy(entry);
  if (!by) return '';
  if (by.field === 'username') return ', a username that Kubernetes and EKS keep for themselves';
  return by.name === MASTERS
    ? ', a cluster administrator'
    : `, where ${quoted(by.name)} can become ${MASTERS}`;
}

function unlistedAccount({ account }: Of<'unlisted'>): Texts {
  return {
    message: `nothing in the config names account ${account}: all of its roles and users have access, with their ARN as username and no groups`,
    help: `If it belongs there, add to otherEntries in the config: - account: "${account}"\nOtherwise remove it from mapAccounts.`,
  };
}

function alteredTexts({ entry, reason, expected, item, canState }: Of<'altered'>): Texts {
  if (!entry) return { message: 'an entry was altered', help: '' };
  const arn = printable(entry.arn);
  switch (reason) {
    case 'arn-case':
      return {
        message: `${grantText(entry)}: its ARN differs by upper and lower case from ${expected.arn}`,
        help: `Write ${expected.arn}: the authenticator ignores case, other tools may not. If that is the wrong one, change nodeRoles.`,
      };
    case 'mapping':
      return {
        message: `the mapping of ${arn} states no username, so it is ${quoted(expected.username ?? '')}, but the entry has ${describeGrant(entry)}${administratorText(entry)}`,
        help: `${keepName(entry, canState)}\nOtherwise write username: ${JSON.stringify(expected.username)}`,
      };
    case 'node-role':
      return {
        message: `${arn} is a node role, but its entry does not have the username and groups that EKS documents for nodes: ${describeGrant(entry)}${administratorText(entry)}`,
        help: `Nodes have ${describeGrant({ username: expected.username ?? '', groups: expected.groups })}; write that.\nIf the entry is meant, take the role out of nodeRoles, and add to otherEntries: ${itemOf(entry)}`,
      };
    case 'possible':
      return {
        message: `it is not known whether a mapping wants ${arn}, but none would grant ${describeGrant(entry)}${administratorText(entry)}`,
        help: `If it belongs there, add to otherEntries in the config: ${itemOf(entry)}\nOtherwise remove it.`,
      };
    case 'other-entry': {
      const stated = [
        ...(expected.username === null ? [] : [`username ${quoted(expected.username)}`]),
        ...(expected.groups === null ? [] : [`groups [${expected.groups.map(quoted).join(', ')}]`]),
      ].join(', ');
      const place = item ? ` (${formatLocation(item.location)})` : '';
      return {
        message: `otherEntries${place} states ${stated} of ${grantText(entry)}`,
        help: 'If the entry is right, change the item of otherEntries; otherwise change the entry back.',
      };
    }
  }
}

const REMOVE = 'Remove it, or correct it: `aws-auth-sso check` says more about it.';
const ACCEPT = 'If it belongs there, map its permission set, or add to otherEntries in the config:';

/** What is said of an entry or item that has no effect, or that no mapping wants. */
const UNMAPPED: Partial<Record<UnmappedReason, { readonly what: string; readonly help?: string }>> = {
  gone: { what: 'the role no longer exists, and no mapping names', help: 'Remove it: --prune does.' },
  unmapped: { what: 'no mapping names the role' },
  superseded: {
    what: 'a newer role of the permission set is mapped instead of',
    help: 'Its role still exists, so --prune keeps the entry. Delete the older role, or remove the entry.',
  },
};

function unmappedTexts(
  { map, entry, account, reason, what, by }: Of<'unmapped'>,
  document: AwsAuthDocument,
): Texts {
  const overriding = by && { ...by, line: document[by.map]?.locationOf(by.entry.node.contentStart).line };
  if (account !== null) {
    return reason === 'duplicate-account'
      ? { message: `mapAccounts lists account ${printable(account)} twice`, help: 'Remove one of them.' }
      : {
          message: `${quoted(account)} in mapAccounts is not an account ID, so nobody has access by it`,
          help: REMOVE,
        };
  }
  if (!entry) {
    const losses: Partial<Record<UnmappedReason, string>> = {
      dropped: `the authenticator drops an item of ${map}`,
      unparsable: `the authenticator cannot parse ${map}`,
      'ignored-content': `the authenticator reads only the first YAML document of ${map}, and ignores what follows`,
    };
    const loss = losses[reason] ?? reason;
    return { message: what === null ? loss : `${loss}: ${what}`, help: REMOVE };
  }
  if (reason === 'shadowed' || reason === 'overridden' || reason === 'ambiguous')
    return duplicateTexts(reason, entry, overriding);
  const known = UNMAPPED[reason];
  if (!known) return { message: `${what}, so it grants no access: ${describeGrant(entry)}`, help: REMOVE };
  const { help = `${ACCEPT} ${itemOf(entry)}\nOtherwise remove it: --prune removes such entries.` } = known;
  return { message: `${known.what} ${grantText(entry)}`, help };
}

/** Both grants: which of the two should go is for people to say. */
function duplicateTexts(
  reason: 'shadowed' | 'overridden' | 'ambiguous',
  entry: LoadedEntry,
  by: { readonly map: MapKey; readonly entry: LoadedEntry; readonly line: number | undefined } | null,
): Texts {
  const other = by
    ? `${by.map}${by.line === undefined ? '' : ` (line ${by.line})`}: ${describeGrant(by.entry)}${administratorText(by.entry)}`
    : 'a later entry for the same role or user';
  return reason === 'ambiguous'
    ? {
        message: `which entry counts for ${grantText(entry)} is random: another one differs only in case, in ${other}`,
        help: 'Remove one of them.',
      }
    : {
        message: `${grantText(entry)} has no effect: it is overridden by ${other}`,
        help: by
          ? `Remove it: it has no effect. If you remove the other one instead, this one takes effect: ${describeGrant(entry)}${administratorText(entry)}.`
          : 'Remove it: it has no effect.',
      };
}

/** How the config can keep the username of a mapped entry; some names no config can state. */
function keepName(entry: LoadedEntry, canState: boolean): string {
  return canState
    ? `To keep it, add to the mapping: username: ${yamlQuoted(entry.username)}`
    : `A config cannot state this username. To keep it, add to otherEntries: ${itemOf(entry)}, with username and groups as they are`;
}
