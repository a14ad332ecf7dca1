import { changeMode, deleteEntry, lookUpUser } from '../access-entry/eks-commands.ts';
import { type JudgedAccessEntry, mayLive, principalKey } from '../access-entry/existing-entries.ts';
import { arnKind, isAccountId, parseArn } from '../arn.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { arnProblem } from '../aws-auth/diagnose-arn.ts';
import { isNodeEntry } from '../aws-auth/groups.ts';
import type { LoadedEntry } from '../aws-auth/loaded.ts';
import { stringValue } from '../aws-auth/scalar.ts';
import { hasVariable } from '../aws-auth/templates.ts';
import { differenceOf, entriesFromFile, lossesIn } from '../change/advice.ts';
import type { EksCluster } from '../directory/model.ts';
import { isClusterAdminPolicy } from '../eks.ts';
import { memo } from '../memo.ts';
import { callerKey } from '../same-arn.ts';
import { fileArgument, printable, shellWord } from '../text.ts';
import type { CheckContext } from './context.ts';
import { goneEntries } from './rules/inventory.ts';

/** An entry that grants access as long as its cluster doesn't ignore aws-auth. */
export interface DependentEntry {
  readonly entry: LoadedEntry;
  /** State of its callers' access entry. `unknown`: it may be for an earlier role or user with the same name. */
  readonly state: 'missing' | 'dead' | 'unknown' | 'alive';
  /** The access entry, which may be for a role that is gone; null without one. */
  readonly accessEntry: JudgedAccessEntry | null;
}

/** The entries of a cluster's aws-auth that grant access, and what is left of each once the cluster ignores aws-auth. */
export const dependentEntries = memo((context: CheckContext): readonly DependentEntry[] => {
  const { partition } = parseArn(context.eks?.arn ?? '') ?? {};
  // With an old snapshot, no entry counts as gone: that could hide someone.
  const gone = goneEntries(context);
  const orphans = new Map(
    context.judged.filter(({ state }) => state === 'orphan').map((one) => [principalKey(one.entry), one]),
  );
  return context.admitting.flatMap((entry): DependentEntry[] => {
    if (arnProblem(entry) || gone.has(entry)) return [];
    const key = callerKey(entry.arn);
    const orphan = orphans.get(key);
    const accessEntry = context.overriddenByAccessEntry.get(entry) ?? orphan ?? null;
    if (accessEntry && mayLive(accessEntry))
      return [{ entry, accessEntry, state: accessEntry.state === 'unknown' ? 'unknown' : 'alive' }];
    if ((orphan && !orphan.readTime.isOld) || parseArn(key)?.partition !== partition) return [];
    return [{ entry, accessEntry, state: accessEntry ? 'dead' : 'missing' }];
  });
});

/** True if parts of the file can't be read, so that nobody can tell who depends on it. */
export function isPartlyUnread({ lostKeys, document: { configMap, problems } }: AwsAuth): boolean {
  return lostKeys.length > 0 || problems.some(({ rule }) => rule !== null || !configMap);
}

/** The ids in mapAccounts, each once, and where: an access entry can't cover an account. */
export function dependentAccounts({ mapAccounts: { entries, list } }: AwsAuth) {
  const items = list?.items ?? [];
  const firstIndexes = new Map(
    [...items.entries()]
      .reverse()
      .map(([index, item]) => [item.kind === 'scalar' ? stringValue(item) : null, index]),
  );
  return [...new Set(entries.filter(isAccountId))].flatMap((id) => {
    const index = firstIndexes.get(id) ?? null;
    // An alias may have its anchor outside the items.
    const item = items[index ?? -1] ?? list;
    return item ? [{ id, item, index }] : [];
  });
}

/** How far a cluster is from authentication mode API. */
export interface Readiness {
  /** Entries of aws-auth, those of nodes included, and accounts that lose access; null if unknown. */
  readonly lost: number | null;
  /** Entries whose access entry may grant less; null if unknown. */
  readonly doubtful: number | null;
  /** Entries of nodes among the lost ones; null if unknown. */
  readonly nodes: number | null;
  /** True if it is certain that the switch takes access away from nobody. */
  readonly ready: boolean;
  /** The next command; null if there is nothing to do. */
  readonly next: string | null;
  /** True if the next command can't be undone. */
  readonly final: boolean;
}

/** The counts of a cluster whose aws-auth isn't known, or doesn't matter. */
export const UNKNOWN_READINESS = {
  lost: null,
  doubtful: null,
  nodes: null,
  ready: false,
  final: false,
} as const;

/** How far a cluster is from authentication mode API, whatever rules are ignored. */
export function readinessOf(context: CheckContext, cluster: EksCluster): Readiness {
  const { awsAuth } = context;
  if (cluster.authenticationMode === 'API') return { ...UNKNOWN_READINESS, next: null };
  if (!awsAuth) return { ...UNKNOWN_READINESS, next: saveAwsAuth(cluster) };
  if (isPartlyUnread(awsAuth))
    return { ...UNKNOWN_READINESS, next: `aws-auth-sso check ${printable(fileArgument(awsAuth.file))}` };
  const dependents = dependentEntries(context);
  const without = dependents.filter(({ state }) => state === 'missing').map(({ entry }) => entry);
  const doubtful = dependents.filter((one) => one.state !== 'missing' && isDoubtful(one, context));
  const counts = {
    lost: without.length + dependentAccounts(awsAuth).length,
    doubtful: doubtful.length,
    nodes: without.filter(isNodeEntry).length,
  };
  const isSure = isCertain(context, doubtful);
  const ready =
    cluster.authenticationMode === 'API_AND_CONFIG_MAP' &&
    counts.lost + counts.doubtful === 0 &&
    isSure &&
    // A bare list may be only a part of the ConfigMap.
    awsAuth.document.configMap !== null;
  const mode = isSure && cluster.authenticationMode === 'CONFIG_MAP' ? 'API_AND_CONFIG_MAP' : 'API';
  if (ready || mode !== 'API') return { ...counts, ready, next: changeMode(cluster, mode), final: true };
  const next = nextCommand(awsAuth, cluster, counts, isSure ? doubtful : null);
  return { ...counts, ready, next, final: false };
}

/**
 * The next command that changes no mode.
 * @param doubtful null if the file or a snapshot isn't certain: no change may rest on them
 */
function nextCommand(
  { file }: AwsAuth,
  cluster: EksCluster,
  { lost, nodes }: { readonly lost: number; readonly nodes: number },
  doubtful: readonly DependentEntry[] | null,
): string {
  const ofCluster = `${printable(fileArgument(file))} --cluster ${printable(shellWord(cluster.arn))}`;
  const closerLook = `aws-auth-sso check ${ofCluster} --authentication-mode API`;
  if (!doubtful) return closerLook;
  const dead = doubtful.find(({ state }) => state === 'dead')?.accessEntry;
  // aws-auth applies again once it is deleted, until the entry is translated.
  if (dead) return deleteEntry(cluster, dead.entry.principalArn);
  if (lost > 0) return entriesFromFile(cluster, file, nodes > 0);
  const users = doubtful.flatMap(({ accessEntry }) =>
    accessEntry && isUnknownUser(accessEntry) ? accessEntry.entry.principalArn : [],
  );
  // A closer look wouldn't help: the program doesn't look users up.
  if (users[0] !== undefined && users.length === doubtful.length) return printable(lookUpUser(users[0]));
  return doubtful.length > 0 ? closerLook : saveAwsAuth(cluster);
}

/** True if the file is the cluster's, and no snapshot is too old. */
function isCertain({ clusterTime, options }: CheckContext, doubtful: readonly DependentEntry[]): boolean {
  const isOld = clusterTime.isOld || doubtful.some(({ accessEntry }) => accessEntry?.readTime.isOld);
  return !isOld && options.cluster?.isGuess !== true;
}

/** True if the access entry isn't certain to be alive now, or grants less than aws-auth would without it. */
function isDoubtful(dependent: DependentEntry, { rbac }: CheckContext): boolean {
  const { entry, state, accessEntry } = dependent;
  if (!accessEntry || state !== 'alive' || accessEntry.readTime.isOld) return true;
  const difference = differenceOf(entry, accessEntry.entry);
  if (lossesIn(difference).length + groupsWithVariables(dependent).length > 0) return true;
  const { before, isOtherUsername } = difference;
  if (!isOtherUsername || accessEntry.entry.policies.some(isClusterAdminPolicy)) return false;
  // Bindings may name the username.
  const rights = rbac?.rightsOf({ username: before.username, groups: [] });
  return !rights || rights.own.length + rights.possible().length > 0;
}

/** True if nobody can tell whether an access entry's IAM user is still the one it was created for. */
export function isUnknownUser({ entry, state }: JudgedAccessEntry): boolean {
  const arn = parseArn(entry.principalArn);
  return state === 'unknown' && arn !== undefined && arnKind(arn) === 'user';
}

/** The groups that both have only if EKS fills in variables in groups of access entries, which it doesn't document. */
export function groupsWithVariables({ entry, accessEntry }: DependentEntry): readonly string[] {
  if (!accessEntry || accessEntry.entry.policies.some(isClusterAdminPolicy)) return [];
  const { before, after } = differenceOf(entry, accessEntry.entry);
  return before.groups.filter((group) => hasVariable(group) && after.groups.includes(group));
}

/**
 * The command that saves a cluster's aws-auth, by the context name that the AWS CLI gives it. The file's name says which
 * cluster it is.
 */
function saveAwsAuth({ name, arn }: EksCluster): string {
  const { region, accountId } = parseArn(arn) ?? {};
  const file = shellWord(`${name}-${region}-${accountId}.yaml`);
  return `kubectl --context ${shellWord(arn)} get configmap aws-auth -n kube-system -o yaml > ${file}`;
}
