import { deleteEntry } from '../access-entry/eks-commands.ts';
import { clusterAccessEntry } from '../access-entry/entry.ts';
import { isOfEarlierRole, type JudgedAccessEntry, mayLive } from '../access-entry/existing-entries.ts';
import { keptBy } from '../access-entry/proof.ts';
import { CLUSTER_ADMIN_POLICY, isOfCapabilities, type StatedPolicy } from '../access-policy.ts';
import { parseArn } from '../arn.ts';
import { MASTERS } from '../aws-auth/groups.ts';
import type { EksCluster, ExistingAccessEntry } from '../directory/model.ts';
import { isOtherRole } from '../directory/provisioned-roles.ts';
import { ReadTime } from '../directory/read-time.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  accessPolicyOf,
  defaultUsername,
  ENTRY_TYPES,
  entryTemplates,
  isClusterAdminPolicy,
  isServiceLinked,
  policyName,
  wholePolicyText,
} from '../eks.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';
import { compareStrings, printable, quoted } from '../text.ts';
import { grantText, OWNED, removalOfKept } from './advice.ts';
import { type AccessEntryField, type ClusterChange, setsOf } from './change.ts';
import { differingFields } from './plan-cluster.ts';
import { type StrictVerdict, type UnnamedContext, verdict, verdictOnUnnamed } from './strict-verdicts.ts';

/**
 * - `added`: the mappings want the access entry, and the cluster doesn't have it.
 * - `updated`: the cluster has it, with other values.
 * - `dead`: it grants no access, because its role is gone or was re-created.
 * - `removed`: `--prune` deletes it.
 * - `unmapped`, `unlisted`, `altered`: the verdicts of a strict comparison.
 */
export type DifferenceKind = 'added' | 'updated' | 'dead' | 'removed' | StrictVerdict['kind'];

/** A change of one access entry of a cluster, or a strict verdict on it, as reported. */
export interface ClusterDifference {
  readonly kind: DifferenceKind;
  readonly principalArn: string;
  /** The cluster's entry; null if it has none. */
  readonly before: ExistingAccessEntry | null;
  /** The wanted entry; null if nothing wants one. */
  readonly after: AccessEntry | null;
  /** The fields that differ, if there are both. */
  readonly fields: readonly AccessEntryField[];
  /** Stable, kebab-case. */
  readonly reason: string;
  /** The reason with its evidence, as a clause; null if the reason says it all. */
  readonly detail: string | null;
  readonly message: string;
  readonly help: string | null;
  /** False if only a strict comparison concludes it. */
  readonly isCertain: boolean;
  /** When the cluster's access entries, and the role, were read. */
  readonly readTime: ReadTime;
}

/** The content of the config, and what is known about everything else. */
export interface DifferenceContext extends UnnamedContext {
  /** The node roles of the config, as `roleArnKey`. */
  readonly nodeRoles: ReadonlySet<string>;
}

/**
 * The changes of a plan and the strict verdicts on what it leaves, in the order of the principals' ARNs; dead entries
 * precede those that replace them.
 */
export function clusterDifferences(
  plan: readonly ClusterChange[],
  wanted: readonly AccessEntry[],
  cluster: EksCluster,
  context: DifferenceContext,
): ClusterDifference[] {
  const roles = wanted.flatMap(({ principalArn }) => parseProvisionedRoleArn(principalArn) ?? []);
  const wantedSets = setsOf(roles, context.roles);
  return plan
    .flatMap((change) => rowOf(change, cluster, (left) => strictVerdict(left, cluster, wantedSets, context)))
    .map((one) => {
      // With its date; without advice if it rests on an old snapshot.
      const { readTime, detail } = one;
      return { ...readTime.tell(one), detail: detail && readTime.dated(detail) };
    })
    .sort((one, other) => compareStrings(one.principalArn, other.principalArn));
}

type Left = Extract<ClusterChange, { readonly outcome: 'unmapped' | 'left-alone' }>;

function rowOf(
  change: ClusterChange,
  cluster: EksCluster,
  verdictOn: (left: Left) => StrictVerdict | null,
): ClusterDifference | [] {
  const none = { after: null, fields: [], detail: null, help: null, isCertain: true };
  if (change.outcome === 'added') {
    const { wanted: after } = change;
    const { principalArn } = after;
    const message = `${printable(principalArn)} has no access entry; the mappings want ${grantText(after)}`;
    const row = { ...none, principalArn, before: null, after, readTime: ReadTime.of(cluster) };
    return { ...row, kind: 'added', reason: 'missing', message };
  }
  const { entry: before, readTime } = change.entry;
  const { principalArn } = before;
  const name = `access entry ${printable(principalArn)}`;
  const row = { ...none, principalArn, before, readTime };
  const dead = mayLive(change.entry) ? null : deadText(change.entry);
  if (change.outcome === 'removed') {
    const message = `--prune deletes ${name}: ${REMOVED[change.reason]}`;
    return { ...row, kind: 'removed', reason: change.reason, detail: dead, message };
  }
  if (dead !== null) {
    const { isPossible, later, role, successor } = change.entry;
    const isReplaced = later !== null || role !== null || successor !== null;
    const reason = !isPossible ? 'no-principal' : isReplaced ? 're-created' : 'gone';
    const message = `${name} grants no access: ${dead}`;
    const help = `Delete it${OWNED}:\n${deleteEntry(cluster, principalArn)}`;
    return { ...row, kind: 'dead', reason, detail: dead, message, help };
  }
  if (change.outcome === 'kept') return [];
  if (change.outcome === 'updated') {
    const { wanted: after, fields } = change;
    const kept = keptBy(change.entry, after);
    const changes = fields.map((field) => CHANGES[field](before, after)).join('; ');
    const message = `${name} differs from its mappings: ${changes}`;
    const help = removalOfKept(cluster, principalArn, after, kept, {
      username:
        "`aws-auth-sso access-entries` keeps the username, because bindings may name it. To reset it to EKS's default:",
      policies: '`aws-auth-sso access-entries` removes no access policies. To remove them:',
    });
    return { ...row, kind: 'updated', after, fields, reason: 'differs', message, help: help ?? null };
  }
  const found = verdictOn(change);
  if (!found) return [];
  const { kind, reason, message, help } = found;
  const expected = asExpected(before, found.expected);
  const fields = differingFields(expected, before);
  const after = fields.length > 0 ? expected : null;
  return { ...row, kind, after, fields, reason, message, help, isCertain: change.outcome === 'unmapped' };
}

const REMOVED = {
  gone: 'its role is gone',
  're-created': 'its role was re-created, and gets a new one',
  unmapped: 'no mapping names the role',
  superseded: 'a newer role of its permission set is mapped',
};

const CHANGES: Readonly<Record<AccessEntryField, (before: AccessEntry, after: AccessEntry) => string>> = {
  type: (before, after) => `type ${printable(before.type)} becomes ${after.type}`,
  username: (...both) => {
    const [before, after] = both.map((entry) => quoted(entryTemplates(entry).username));
    return `username ${before} becomes ${after}`;
  },
  kubernetesGroups: (...both) => {
    const [before, after] = both.map((entry) => entryTemplates(entry).groups.map(quoted).join(', '));
    return `groups [${before}] become [${after}]`;
  },
  policies: (...both) => {
    const [before, after] = both.map(({ policies }) =>
      policies.map((policy) => printable(wholePolicyText(policy))).join(', '),
    );
    return `access policies [${before}] become [${after}]`;
  },
};

function deadText({ entry, isPossible, role, successor, later }: JudgedAccessEntry): string {
  const created = `created ${entry.createdAt}, before`;
  if (!isPossible) return "its principal isn't an IAM role or user in the cluster's partition";
  if (later)
    return `${created} the entry of ${printable(later.principalArn)} (${later.createdAt}), which has the same role name`;
  if (role && isOfEarlierRole(entry, role)) return `${created} its role (${role.createdAt})`;
  if (role) return `the role with its name is ${printable(role.pathArn)}`;
  if (!successor) return 'its role is gone';
  const name = successor.pathArn.slice(successor.pathArn.lastIndexOf('/') + 1);
  return `its role is gone; ${printable(name)} replaced it`;
}

/** How a living entry without a mapping differs from the rest of the config; null if the config accepts it. */
function strictVerdict(
  { entry: { entry, provisioned }, outcome, reason }: Left,
  cluster: EksCluster,
  wantedSets: ReadonlySet<string>,
  context: DifferenceContext,
): StrictVerdict | null {
  const { principalArn } = entry;
  const listable = clusterAccessEntry(entry, cluster);
  const source = { deletion: deleteEntry(cluster, principalArn) };
  const isKnown = isMadeByEks(entry, cluster.arn);
  if (context.nodeRoles.has(roleArnKey(principalArn)))
    return isKnown ? null : verdict('node-role-type', { source, entry: listable });
  if (isKnown && !context.others.listingOf(listable)) return null;
  const known = {
    reason: outcome === 'unmapped' && reason !== 're-created' ? reason : null,
    isLookalike: !provisioned && parseProvisionedRoleArn(principalArn) !== undefined,
    isNewer: reason === 'newer',
    wantedSets,
  };
  return verdictOnUnnamed(source, listable, known, context);
}

function asExpected(
  entry: ExistingAccessEntry,
  { username, groups, policies }: StrictVerdict['expected'],
): AccessEntry {
  const isAdmin = groups?.includes(MASTERS) && !entry.policies.some(isClusterAdminPolicy);
  const admin = isAdmin ? [{ policy: CLUSTER_ADMIN_POLICY, partition: null, namespaces: null }] : [];
  return {
    ...entry,
    username: username ?? entry.username,
    kubernetesGroups: groups?.filter((group) => group !== MASTERS) ?? entry.kubernetesGroups,
    policies: [
      ...(policies?.map((policy) => asPolicy(policy, entry.principalArn)) ?? entry.policies),
      ...(policies ? [] : admin.map((policy) => asPolicy(policy, entry.principalArn))),
    ],
  };
}

function asPolicy(stated: StatedPolicy, principalArn: string): AccessPolicy {
  return accessPolicyOf(stated, stated.partition ?? parseArn(principalArn)?.partition ?? '');
}

/**
 * True for an access entry that EKS makes itself: for nodes, for a service-linked role, or for the role of a
 * capability. Never true for a role of Identity Center, with which people would act as nodes.
 */
function isMadeByEks(entry: AccessEntry, clusterArn: string): boolean {
  const { principalArn, type } = entry;
  if (!isOtherRole(principalArn)) return false;
  const isForNodes = type !== 'STANDARD' && ENTRY_TYPES.some((one) => one === type);
  return isForNodes || isServiceLinked(entry) || isOfCapability(entry, clusterArn);
}

/**
 * True if an access entry is as EKS creates it for a capability: a role of the cluster's account, with those policies
 * only. With anything that somebody added, such as a group or another policy, it isn't.
 */
function isOfCapability(entry: AccessEntry, clusterArn: string): boolean {
  const { principalArn, type, username, kubernetesGroups, policies } = entry;
  const isUntouched =
    type === 'STANDARD' &&
    kubernetesGroups.length === 0 &&
    (username === null || username === defaultUsername(principalArn));
  return (
    isUntouched &&
    parseArn(principalArn)?.accountId === parseArn(clusterArn)?.accountId &&
    policies.length > 0 &&
    policies.every((policy) => isOfCapabilities(policyName(policy)))
  );
}
