import { ClusterState, ONLY_CONFIG_MAP } from '../access-entry/cluster.ts';
import { type ClusterAccessEntry, clusterAccessEntry } from '../access-entry/entry.ts';
import { type JudgedAccessEntry, principalKey } from '../access-entry/existing-entries.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import type { LoadedEntry } from '../aws-auth/loaded.ts';
import { type Caller, renderIdentity } from '../aws-auth/resolve-caller.ts';
import { differenceOf, lossesIn, replacement } from '../change/advice.ts';
import {
  clusterLocation,
  clusterText,
  type EksCluster,
  type ExistingAccessEntry,
} from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { foldKey } from '../go-strings.ts';
import { callerKey } from '../same-arn.ts';
import { fileArgument, printable, quoted, shellWord } from '../text.ts';
import type { KnownCaller } from './add-entry.ts';
import { SIGN_IN_AGAIN } from './caller-notes.ts';
import type { NearMiss } from './near-misses.ts';

/** A caller's access entry. */
export interface OwnAccessEntry extends ClusterAccessEntry {
  readonly judged: JudgedAccessEntry;
}

/**
 * The access entry that applies to a caller, found by the ARN without the path, even if it grants no access. Includes an
 * entry whose role is gone: a caller with that ARN has another role with that name.
 */
export function accessEntryOf(
  { caller, inventory }: KnownCaller,
  cluster: EksCluster,
): OwnAccessEntry | undefined {
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
export function deniedAccess(own: OwnAccessEntry, caller: Caller, file: AwsAuth | null): NearMiss | null {
  const { accessEntry, cluster } = own;
  const { readTime } = own.judged;
  const forInstances = {
    why: `the access entry matches the caller, but type ${quoted(accessEntry.type)} is for EC2 instances, and the session isn't named after one`,
    help: "If the entry is meant for people, create an access entry of type STANDARD for another role. An entry's type can't be changed.",
  };
  const loss = lossOf(own, file) ?? (renderIdentity(own, caller) ? null : forInstances);
  if (!loss) return null;
  return {
    nearness: 'exact',
    map: 'accessEntries',
    arn: accessEntry.principalArn,
    location: clusterLocation(cluster),
    why: readTime.dated(loss.why),
    help: readTime.advice(loss.help),
    isEnough: true,
  };
}

/** The reason if the role is gone or was replaced after the entry was created. */
function lossOf(
  { accessEntry, cluster, judged }: OwnAccessEntry,
  file: AwsAuth | null,
): Pick<NearMiss, 'why' | 'help'> | null {
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
  const help = `See how to fix it: aws-auth-sso check ${fileArgument(location.file)} --cluster ${shellWord(cluster.arn)}`;
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
