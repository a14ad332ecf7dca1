import { deleteEntry } from '../access-entries/eks-commands.ts';
import { isMadeByEks } from '../access-entries/made-by-eks.ts';
import { policiesLeft } from '../access-entries/proof.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  accessPolicyOf,
  entryTemplates,
  isClusterAdminPolicy,
  wholePolicyText,
} from '../access-entry.ts';
import { CLUSTER_ADMIN_POLICY, type StatedPolicy } from '../access-policy-names.ts';
import { parseArn } from '../arn.ts';
import { MASTERS } from '../authenticator/groups.ts';
import { type JudgedAccessEntry, mayLive } from '../cluster/access-entry-state.ts';
import { clusterAccessEntry } from '../cluster/entry.ts';
import type { EksCluster, ExistingAccessEntry } from '../inventory/model.ts';
import { isOfEarlierRole } from '../inventory/provisioned-roles.ts';
import { ReadTime } from '../inventory/read-time.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';
import { compareStrings, printable, quoted } from '../text.ts';
import { grantText, removalOfKept } from './advice.ts';
import { type ClusterChange, setsOf } from './change.ts';
import { differingFields, type EntryField } from './compare-entries.ts';
import { type UnnamedContext, verdictOnUnnamed } from './strict.ts';
import { type Verdict, verdict } from './verdicts.ts';

/**
 * - `added`: the mappings want the access entry, and the cluster doesn't have it.
 * - `updated`: the cluster has it, with other values.
 * - `dead`: it grants no access, because its role is gone or was re-created.
 * - `removed`: `--prune` deletes it.
 * - `unmapped`, `unlisted`, `altered`: the verdicts of a strict comparison.
 */
export type DifferenceKind = 'added' | 'updated' | 'dead' | 'removed' | Verdict['kind'];

/** A change of one access entry of a cluster, or a strict verdict on it, as reported. */
export interface ClusterDifference {
  readonly kind: DifferenceKind;
  readonly principalArn: string;
  /** The cluster's entry; null if it has none. */
  readonly before: ExistingAccessEntry | null;
  /** The wanted entry; null if nothing wants one. */
  readonly after: AccessEntry | null;
  /** The fields that differ, if there are both. */
  readonly fields: readonly EntryField[];
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
    .flatMap((change): ClusterDifference[] => {
      if (change.outcome === 'added') return [addedEntry(change.wanted, cluster)];
      if (change.outcome === 'removed') return [removedEntry(change)];
      if (!mayLive(change.entry)) return [deadEntry(change.entry, cluster)];
      if (change.outcome === 'updated') return [changedEntry(change, cluster)];
      if (change.outcome === 'kept') return [];
      const found = strictVerdict(change, cluster, wantedSets, context);
      return found ? [strictDifference(change, found)] : [];
    })
    .map((one) => {
      // With its date; without advice if it rests on an old snapshot.
      const { readTime, detail } = one;
      return { ...readTime.tell(one), detail: detail && readTime.dated(detail) };
    })
    .sort((one, other) => compareStrings(one.principalArn, other.principalArn));
}

type Of<Outcome extends ClusterChange['outcome']> = Extract<ClusterChange, { readonly outcome: Outcome }>;

function removedEntry({ entry: judged, reason }: Of<'removed'>): ClusterDifference {
  const { entry, readTime } = judged;
  const why = {
    gone: 'its role is gone',
    're-created': 'its role was re-created, and gets a new one',
    unmapped: 'no mapping names the role',
    superseded: 'a newer role of its permission set is mapped',
  }[reason];
  return {
    kind: 'removed',
    principalArn: entry.principalArn,
    before: entry,
    after: null,
    fields: [],
    reason,
    detail: mayLive(judged) ? null : deadText(judged),
    message: `--prune deletes access entry ${printable(entry.principalArn)}: ${why}`,
    help: null,
    isCertain: true,
    readTime,
  };
}

function addedEntry(after: AccessEntry, cluster: EksCluster): ClusterDifference {
  const { principalArn } = after;
  return {
    kind: 'added',
    principalArn,
    before: null,
    after,
    fields: [],
    reason: 'missing',
    detail: null,
    message: `${printable(principalArn)} has no access entry; the mappings want ${grantText(after)}`,
    help: null,
    isCertain: true,
    readTime: ReadTime.of(cluster),
  };
}

function changedEntry(
  { entry: judged, wanted, fields }: Of<'updated'>,
  cluster: EksCluster,
): ClusterDifference {
  const { entry: before, readTime } = judged;
  const { principalArn } = wanted;
  const changes = fields.map((field) => CHANGES[field](before, wanted)).join('; ');
  const help = removalOfKept(cluster, judged, wanted, policiesLeft(judged, wanted), {
    username:
      "`aws-auth-sso access-entries` keeps the username, because bindings may name it. To reset it to EKS's default:",
    policies: '`aws-auth-sso access-entries` removes no access policies. To remove them:',
  });
  return {
    kind: 'updated',
    principalArn,
    before,
    after: wanted,
    fields,
    reason: 'differs',
    detail: null,
    message: `access entry ${printable(principalArn)} differs from its mappings: ${changes}`,
    help: help ?? null,
    isCertain: true,
    readTime,
  };
}

const CHANGES: Readonly<Record<EntryField, (before: AccessEntry, after: AccessEntry) => string>> = {
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

function deadEntry(judged: JudgedAccessEntry, cluster: EksCluster): ClusterDifference {
  const { entry, isPossible, role, successor, later, readTime } = judged;
  const { principalArn } = entry;
  const isReplaced = later !== null || role !== null || successor !== null;
  const detail = deadText(judged);
  return {
    kind: 'dead',
    principalArn,
    before: entry,
    after: null,
    fields: [],
    reason: !isPossible ? 'no-principal' : isReplaced ? 're-created' : 'gone',
    detail,
    message: `access entry ${printable(principalArn)} grants no access: ${detail}`,
    help: `Delete it:\n${deleteEntry(cluster, principalArn)}`,
    isCertain: true,
    readTime,
  };
}

function deadText({ entry, isPossible, role, successor, later }: JudgedAccessEntry): string {
  const created = `created ${entry.createdAt}, before`;
  if (!isPossible) return "its principal isn't an IAM role or user in the cluster's partition";
  if (later)
    return `${created} the entry of ${printable(later.principalArn)} (${later.createdAt}), which has the same role name`;
  if (role && isOfEarlierRole(entry, role)) return `${created} its role (${role.createdAt})`;
  if (role) return `the role with its name is ${printable(role.pathArn)}`;
  return successor ? `its role is gone; ${nameOf(successor.pathArn)} replaced it` : 'its role is gone';
}

function nameOf(roleArn: string): string {
  return printable(roleArn.slice(roleArn.lastIndexOf('/') + 1));
}

/** How a living entry without a mapping differs from the rest of the config; null if the config accepts it. */
function strictVerdict(
  { entry: { entry, provisioned }, outcome, reason }: Of<'unmapped' | 'left-alone'>,
  cluster: EksCluster,
  wantedSets: ReadonlySet<string>,
  context: DifferenceContext,
): Verdict | null {
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

function strictDifference(
  { entry: { entry, readTime }, outcome }: Of<'unmapped' | 'left-alone'>,
  { kind, reason, message, help, expected }: Verdict,
): ClusterDifference {
  const after = asExpected(entry, expected);
  const fields = differingFields(after, entry);
  return {
    kind,
    principalArn: entry.principalArn,
    before: entry,
    after: fields.length > 0 ? after : null,
    fields,
    reason,
    detail: null,
    message,
    help,
    isCertain: outcome === 'unmapped',
    readTime,
  };
}

function asExpected(
  entry: ExistingAccessEntry,
  { username, groups, policies }: Verdict['expected'],
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
