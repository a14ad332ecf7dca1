import type { AccessEntry } from '../access-entry.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Caller, renderIdentity } from '../authenticator/resolve-caller.ts';
import { type JudgedAccessEntry, principalKey } from '../cluster/access-entry-state.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { accessEntriesOf, ClusterState, clusterArgument, ONLY_CONFIG_MAP } from '../cluster/cluster.ts';
import { type ClusterAccessEntry, clusterAccessEntry } from '../cluster/entry.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import {
  clusterLocation,
  clusterText,
  type EksCluster,
  type ExistingAccessEntry,
  type Inventory,
} from '../inventory/model.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import { differenceOf, lossesIn, replacement } from '../lint/correct-access-entry.ts';
import { createEntry, deleteEntry } from '../lint/eks-commands.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { fileArgument, printable, quoted, shellWord } from '../text.ts';
import { SIGN_IN_AGAIN } from './caller-notes.ts';
import { addEntryHelp, meantParts, ROOT_USER } from './named-caller.ts';
import { differenceFrom, type NearMiss, type Search } from './near-misses.ts';

/** A caller's access entry. */
export interface OwnAccessEntry extends ClusterAccessEntry {
  readonly judged: JudgedAccessEntry;
}

type Known = Pick<Search, 'caller' | 'inventory'>;

/**
 * The access entry that applies to a caller, found by the ARN without the path, even if it grants no access. Includes an
 * entry whose role is gone: a caller with that ARN has another role with that name.
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
 * The reason the caller's access entry grants no access; null if it does.
 * @param file the cluster's aws-auth; null if it was not given
 */
export function deniedAccess(own: OwnAccessEntry, { caller }: Known, file: AwsAuth | null): NearMiss | null {
  const loss = lossOf(own, file) ?? (renderIdentity(own, caller) ? null : forInstances(own));
  if (!loss) return null;
  const { readTime } = own.judged;
  const { why, help } = loss;
  return {
    nearness: 'exact',
    ...placeOf(own),
    why: readTime.dated(why),
    help: readTime.advice(help),
    isEnough: true,
  };
}

function placeOf({ accessEntry, cluster }: ClusterAccessEntry) {
  return { map: 'accessEntries', arn: accessEntry.principalArn, location: clusterLocation(cluster) } as const;
}

type Loss = Pick<NearMiss, 'why' | 'help'>;

function forInstances({ accessEntry }: ClusterAccessEntry): Loss {
  return {
    why: `the access entry matches the caller, but type ${quoted(accessEntry.type)} is for EC2 instances, and the session isn't named after one`,
    help: "If the entry is meant for people, create an access entry of type STANDARD for another role. An entry's type can't be changed.",
  };
}

/** The reason if the role is gone or was replaced after the entry was created. */
function lossOf({ accessEntry, cluster, judged }: OwnAccessEntry, file: AwsAuth | null): Loss | null {
  const { state, role, successor } = judged;
  const next = state === 'dead' ? role : successor;
  const steps = replacement(cluster, file, judged, next).join('\n');
  if (state === 'dead' && role) return { why: earlierRoleText(accessEntry, role), help: steps };
  if (state !== 'orphan') return null;
  const why = judged.isPossible
    ? "the access entry matches the caller, but its role doesn't exist"
    : "the access entry's principal isn't an IAM role or user in the cluster's partition";
  return { why, help: successor ? `${SIGN_IN_AGAIN}\n${steps}` : steps };
}

function earlierRoleText(
  { principalArn, createdAt }: ExistingAccessEntry,
  role: NonNullable<JudgedAccessEntry['role']>,
): string {
  const isOther = foldKey(role.pathArn) !== foldKey(principalArn);
  const before = isOther
    ? `the access entry is for ${printable(principalArn)}, but the role with this name is ${printable(role.pathArn)}`
    : `the access entry was created on ${createdAt}, before the current role with this name (${role.createdAt})`;
  return `${before}: EKS keeps the old role's unique ID and answers 401 to the current one`;
}

/** The access entries that nearly match a caller who has none, in the cluster's order. */
export function nearAccessEntries(search: Search, cluster: EksCluster): NearMiss[] {
  const standard = accessEntriesOf(cluster).filter(({ accessEntry }) => accessEntry.type === 'STANDARD');
  return standard.flatMap((entry) => {
    const other = meantParts(entry.arn, null);
    if (!other) return [];
    const { accessEntry } = entry;
    const rewriting = [
      "replace it, because its principal can't be changed:",
      deleteEntry(cluster, accessEntry.principalArn),
      ...creation(search, cluster, accessEntry),
    ].join('\n');
    const difference = differenceFrom(search, { granted: entry, rewriting }, other);
    if (!difference) return [];
    const { why, help } = difference;
    const readTime = ReadTime.of(cluster);
    const isEnough = difference.isEnough && !readTime.isOld;
    return {
      ...placeOf(entry),
      ...difference,
      why: readTime.dated(why),
      help: readTime.advice(help),
      isEnough,
    };
  });
}

/** The commands that create an access entry with the same permissions for a caller. */
function creation({ caller, inventory }: Known, cluster: EksCluster, entry: AccessEntry): string[] {
  const principal = principalArnOf(caller, inventory);
  if (principal !== null) return createEntry(cluster, entry, principal);
  const name = caller.canonicalArn.slice(caller.canonicalArn.lastIndexOf('/') + 1);
  return [
    ...createEntry(cluster, entry, 'ROLE_ARN'),
    `ROLE_ARN is the role's ARN, including its path: aws iam get-role --role-name ${shellWord(name)} --query Role.Arn`,
  ];
}

/** The principal ARN, for a role with its path; null if the path is unknown. */
function principalArnOf({ kind, canonicalArn }: Caller, inventory: Inventory | null): string | null {
  if (kind !== 'role') return canonicalArn;
  return (inventory && RoleFacts.of(inventory).about(canonicalArn).made?.pathArn) ?? null;
}

/** The commands that create an access entry for a caller. */
export function addAccessEntryHelp(known: Known, cluster: EksCluster): string {
  const { kind, canonicalArn, accountId } = known.caller;
  const role = parseProvisionedRoleArn(canonicalArn);
  if (role)
    return `aws-auth-sso access-entries --map ${shellWord(role.permissionSet)}=GROUP --account ${shellWord(accountId)} --cluster ${clusterArgument(cluster)}`;
  if (kind === 'federated-user')
    return "EKS doesn't support access entries for federated users. Call as a role.";
  const entry = { principalArn: canonicalArn, type: 'STANDARD', username: null, policies: [] };
  const commands = creation(known, cluster, { ...entry, kubernetesGroups: ['GROUP'] });
  return [...(kind === 'root' ? [ROOT_USER] : []), ...commands].join('\n');
}

/**
 * How to add an entry for a caller if aws-auth applies: as an access entry first, if the mode allows it, or in
 * aws-auth.
 */
export function addHelp(known: Known, cluster: EksCluster | null, file: string): string {
  const inFile = addEntryHelp(known.caller, file);
  const hasEntries = cluster?.authenticationMode === 'API_AND_CONFIG_MAP';
  if (!hasEntries || known.caller.kind === 'federated-user') return inFile;
  return [addAccessEntryHelp(known, cluster), 'Or in aws-auth:', inFile].join('\n');
}

/** Warns, like `check`, about an entry of aws-auth that grants more than the access entry that overrides it. */
export function lossNotes(
  entry: LoadedEntry,
  { accessEntry, cluster }: OwnAccessEntry,
  location: Location,
): Finding[] {
  const losses = lossesIn(differenceOf(entry, accessEntry));
  if (losses.length === 0) return [];
  const message = ReadTime.of(cluster).dated(
    `the access entry overrides this entry and takes away ${losses.join(' and ')}`,
  );
  // Not the commands themselves: check knows how old the facts are.
  const help = `See how to fix it: aws-auth-sso check ${fileArgument(location.file)} --cluster ${clusterArgument(cluster)}`;
  return [warning('overridden-by-access-entry', message, { help, location })];
}

/**
 * A note on whether aws-auth or access entries apply in the cluster's mode.
 * @param file the aws-auth; null if none was given
 */
export function modeNote(eks: EksCluster, file: string | null, isFound: boolean): Finding[] {
  const cluster = clusterText(eks);
  const noteOn = (code: string, message: string) => [note(code, ReadTime.of(eks).dated(message))];
  switch (eks.authenticationMode) {
    case 'CONFIG_MAP':
      return noteOn('config-map-mode', `${cluster} ${ONLY_CONFIG_MAP}`);
    case 'API':
      return file === null
        ? []
        : noteOn('config-map-ignored', `${cluster} has authentication mode API and ignores ${file}`);
    case 'API_AND_CONFIG_MAP':
      return isFound
        ? []
        : noteOn('no-access-entry', `${cluster} has no access entry for the caller, so aws-auth applies`);
  }
}
