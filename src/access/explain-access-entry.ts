import type { AccessEntry } from '../access-entry.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Caller, renderIdentity } from '../authenticator/resolve-caller.ts';
import { type JudgedAccessEntry, principalKey } from '../cluster/access-entry-state.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { accessEntriesOf, ClusterState } from '../cluster/cluster.ts';
import { type ClusterAccessEntry, clusterAccessEntry } from '../cluster/entry.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import {
  clusterLocation,
  type EksCluster,
  type ExistingAccessEntry,
  type Inventory,
} from '../inventory/model.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import { correction, differenceOf, lossesIn, replacement } from '../lint/correct-access-entry.ts';
import { createEntry, deleteEntry } from '../lint/eks-commands.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { printable, quoted, shellWord } from '../text.ts';
import { SIGN_IN_AGAIN } from './caller-notes.ts';
import { addEntryHelp, clusterArgument, meantParts } from './named-caller.ts';
import { differenceFrom, type NearMiss, type Search } from './near-misses.ts';

/** The access entry of a caller. */
export interface OwnAccessEntry extends ClusterAccessEntry {
  readonly judged: JudgedAccessEntry;
}

type Known = Pick<Search, 'caller' | 'inventory'>;

/**
 * The access entry that counts for a caller, by the ARN without the path; whether it lets the caller in is another question. One whose role
 * is gone counts for whoever calls as that role all the same: they have another one of that name, if any.
 */
export function accessEntryOf({ caller, inventory }: Known, cluster: EksCluster): OwnAccessEntry | undefined {
  if (cluster.authenticationMode === 'CONFIG_MAP') return undefined;
  const state = ClusterState.of(cluster, inventory);
  const judged =
    state.overriderOf({ arn: caller.canonicalArn }) ??
    state.judged.find(({ entry }) => principalKey(entry) === callerKey(caller.canonicalArn));
  return judged && { ...clusterAccessEntry(judged.entry, cluster), judged };
}

/**
 * Why an access entry that is the caller's does not let the caller in; null where it does.
 * @param file the aws-auth of the cluster; null where it is not given
 */
export function deniedAccess(own: OwnAccessEntry, { caller }: Known, file: AwsAuth | null): NearMiss | null {
  const loss = lossOf(own, file) ?? (renderIdentity(own, caller) ? null : forInstances(own));
  if (!loss) return null;
  return { nearness: 'exact', ...placeOf(own), ...loss, isEnough: true };
}

function placeOf({ accessEntry, cluster }: ClusterAccessEntry) {
  return { map: 'accessEntries', arn: accessEntry.principalArn, location: clusterLocation(cluster) } as const;
}

type Loss = Pick<NearMiss, 'why' | 'help'>;

function forInstances({ accessEntry }: ClusterAccessEntry): Loss {
  return {
    why: `the access entry is the caller's, but its type, ${quoted(accessEntry.type)}, is for EC2 instances, and the session is not named after one`,
    help: 'Create an access entry of type STANDARD for another role if people are meant: the type of an entry cannot be changed.',
  };
}

/** Where the role is another one than when the entry was created, or gone. */
function lossOf({ accessEntry, cluster, judged }: OwnAccessEntry, file: AwsAuth | null): Loss | null {
  const { state, role, successor } = judged;
  const next = state === 'dead' ? role : successor;
  const steps = replacement(cluster, file, judged, next).join('\n');
  if (state === 'dead' && role) return { why: earlierRoleText(accessEntry, role), help: steps };
  if (state !== 'orphan') return null;
  const why = judged.isPossible
    ? "the access entry is the caller's, but its role no longer exists"
    : 'the access entry is of no IAM role or user that the cluster can know';
  return { why, help: successor ? `${SIGN_IN_AGAIN}\n${steps}` : steps };
}

function earlierRoleText(
  { principalArn, createdAt }: ExistingAccessEntry,
  role: NonNullable<JudgedAccessEntry['role']>,
): string {
  const isOther = foldKey(role.pathArn) !== foldKey(principalArn);
  const before = isOther
    ? `the access entry is of ${printable(principalArn)}, and the role that has this name now is ${printable(role.pathArn)}`
    : `the access entry was created on ${createdAt}, before the role that has this name now (${role.createdAt})`;
  return `${before}: EKS keeps the unique id of the role that there was, and answers 401 to this one`;
}

/** The access entries that nearly match a caller who has none, in the order of the cluster. */
export function nearAccessEntries(search: Search, cluster: EksCluster): NearMiss[] {
  const standard = accessEntriesOf(cluster).filter(({ accessEntry }) => accessEntry.type === 'STANDARD');
  return standard.flatMap((entry) => {
    const other = meantParts(entry.arn, null);
    if (!other) return [];
    const { accessEntry } = entry;
    const rewriting = [
      'replace it, for its principal cannot be changed:',
      deleteEntry(cluster, accessEntry.principalArn),
      ...creation(search, cluster, accessEntry),
    ].join('\n');
    const difference = differenceFrom(search, { granted: entry, rewriting }, other);
    return difference ? { ...placeOf(entry), ...difference } : [];
  });
}

/** The commands that give a caller what an access entry gives. */
function creation({ caller, inventory }: Known, cluster: EksCluster, entry: AccessEntry): string[] {
  const principal = principalArnOf(caller, inventory);
  if (principal !== null) return createEntry(cluster, entry, principal);
  const name = caller.canonicalArn.slice(caller.canonicalArn.lastIndexOf('/') + 1);
  return [
    ...createEntry(cluster, entry, 'ROLE_ARN'),
    `ROLE_ARN is the ARN of the role with its path: aws iam get-role --role-name ${shellWord(name)} --query Role.Arn`,
  ];
}

/** With the path of a role; null where that is not known. */
function principalArnOf({ kind, canonicalArn }: Caller, inventory: Inventory | null): string | null {
  if (kind !== 'role') return canonicalArn;
  return (inventory && RoleFacts.of(inventory).about(canonicalArn).made?.pathArn) ?? null;
}

/** How an access entry for a caller is created. */
export function addAccessEntryHelp(known: Known, cluster: EksCluster): string {
  const { kind, canonicalArn, accountId } = known.caller;
  const role = parseProvisionedRoleArn(canonicalArn);
  if (role)
    return `aws-auth-sso access-entries --map ${shellWord(role.permissionSet)}=GROUP --account ${shellWord(accountId)} --cluster ${clusterArgument(cluster)}`;
  if (kind === 'federated-user') return 'EKS has no access entries for federated users: call as a role.';
  const entry = { principalArn: canonicalArn, type: 'STANDARD', username: null, policies: [] };
  const commands = creation(known, cluster, { ...entry, kubernetesGroups: ['GROUP'] });
  const root = 'AWS advises against using the root user: call as a role. All the same:';
  return [...(kind === 'root' ? [root] : []), ...commands].join('\n');
}

/** How an entry for a caller is added where aws-auth counts, too: as long as the mode allows it, as an access entry first. */
export function addHelp(known: Known, cluster: EksCluster | null, file: string): string {
  const inFile = addEntryHelp(known.caller, file);
  const hasEntries = cluster?.authenticationMode === 'API_AND_CONFIG_MAP';
  if (!hasEntries || known.caller.kind === 'federated-user') return inFile;
  return [addAccessEntryHelp(known, cluster), 'Or in aws-auth:', inFile].join('\n');
}

/** Warns, as `check` does, of an entry of aws-auth that gives more than the access entry that overrides it. */
export function lossNotes(
  entry: LoadedEntry,
  { accessEntry, cluster }: OwnAccessEntry,
  location: Location,
): Finding[] {
  const difference = differenceOf(entry, accessEntry);
  const losses = lossesIn(difference);
  if (losses.length === 0) return [];
  const message = `the access entry overrides this entry, and takes away ${losses.join(' and ')}`;
  const help = correction(cluster, accessEntry, difference);
  return [warning('overridden-by-access-entry', message, { help, location })];
}

/**
 * Which of the two answers in the mode of a cluster.
 * @param file the aws-auth; null where there is none
 */
export function modeNote(
  { authenticationMode, name }: EksCluster,
  file: string | null,
  isFound: boolean,
): Finding[] {
  const cluster = `cluster ${name}`;
  switch (authenticationMode) {
    case 'CONFIG_MAP':
      return [
        note(
          'config-map-mode',
          `${cluster} is in mode CONFIG_MAP: it has no access entries, and aws-auth alone counts`,
        ),
      ];
    case 'API':
      return file === null
        ? []
        : [note('config-map-ignored', `${cluster} is in mode API and ignores ${file}`)];
    case 'API_AND_CONFIG_MAP':
      return isFound
        ? []
        : [note('no-access-entry', `${cluster} has no access entry for the caller, so aws-auth counts`)];
  }
}
