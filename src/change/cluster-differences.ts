import { deleteEntry, disassociatePolicy, updateEntry } from '../access-entries/eks-commands.ts';
import { isMadeByEks } from '../access-entries/made-by-eks.ts';
import { policiesLeft, usernameLeft } from '../access-entries/proof.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  accessPolicyOf,
  defaultUsername,
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
import { grantText } from './advice.ts';
import { differingFields, type EntryField } from './compare-entries.ts';
import { type EntryVerdict, entryVerdicts, type UnwantedEntry } from './plan-cluster.ts';
import { type UnnamedContext, verdictOnUnnamed } from './strict.ts';
import { setsOf, type WantedContext } from './unwanted.ts';
import { type Verdict, verdicts } from './verdicts.ts';

/**
 * - `added`: the mappings want the access entry, and the cluster doesn't have it.
 * - `updated`: the cluster has it, with other values.
 * - `dead`: it grants no access, because its role is gone or was re-created.
 * - `removed`: `--prune` deletes it.
 * - `unmapped`, `unlisted`, `altered`: the verdicts of a strict comparison.
 */
export type DifferenceKind = 'added' | 'updated' | 'dead' | 'removed' | Verdict['kind'];

/** A difference between what the config wants and one access entry of a cluster. */
export interface Difference {
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
export interface DriftContext extends WantedContext, UnnamedContext {
  /** The node roles of the config, as `roleArnKey`. */
  readonly nodeRoles: ReadonlySet<string>;
}

/**
 * Compares a cluster's access entries with those that the mappings want, in the order of the principals' ARNs; dead
 * entries precede those that replace them.
 * @param judged the cluster's access entries
 */
export function clusterDrift(
  wanted: readonly AccessEntry[],
  cluster: EksCluster,
  judged: readonly JudgedAccessEntry[],
  context: DriftContext,
): Difference[] {
  const living = new Map(judged.filter(mayLive).map((one) => [one.entry.principalArn, one]));
  const roles = wanted.flatMap(({ principalArn }) => parseProvisionedRoleArn(principalArn) ?? []);
  const wantedSets = setsOf(roles, context.roles);
  const differences = [
    ...judged.filter((one) => !mayLive(one)).map((one) => deadEntry(one, cluster)),
    ...wanted.flatMap((entry) => {
      const found = living.get(entry.principalArn);
      return found ? changedEntry(found, entry, cluster) : addedEntry(entry, cluster);
    }),
    ...entryVerdicts(judged, wanted, context)
      .filter((one) => mayLive(one.judged) && one.outcome !== 'wanted')
      .flatMap((one) => {
        const verdict = strictVerdict(one, cluster, wantedSets, context);
        return verdict ? strictDifference(one, verdict) : [];
      }),
  ];
  return differences.map(asOf).sort((one, other) => compareStrings(one.principalArn, other.principalArn));
}

/** The difference with its date; without advice if it rests on an old snapshot. */
function asOf(one: Difference): Difference {
  const { readTime, detail } = one;
  return { ...readTime.tell(one), detail: detail && readTime.dated(detail) };
}

/** Turns what `--prune` deletes into removals: pruned entries, and dead ones in place of those that the mappings want. */
export function withRemovals(
  differences: readonly Difference[],
  pruned: readonly UnwantedEntry[],
): Difference[] {
  const reasons = new Map(pruned.map(({ judged, reason }) => [judged.entry, reason]));
  const added = new Set(differences.filter(({ kind }) => kind === 'added').map((one) => one.principalArn));
  return differences.map((one): Difference => {
    const { before, kind, principalArn, readTime } = one;
    const isInTheWay = kind === 'dead' && added.has(principalArn);
    const reason = (before && reasons.get(before)) ?? (isInTheWay ? 're-created' : null);
    if (reason === null) return one;
    const message = readTime.dated(
      `--prune deletes access entry ${printable(principalArn)}: ${REMOVED[reason]}`,
    );
    return { ...one, kind: 'removed', reason, message, help: null };
  });
}

const REMOVED: Readonly<Record<UnwantedEntry['reason'] | 're-created', string>> = {
  gone: 'its role is gone',
  're-created': 'its role was re-created, and gets a new one',
  unmapped: 'no mapping names the role',
  superseded: 'a newer role of its permission set is mapped',
};

function addedEntry(after: AccessEntry, cluster: EksCluster): Difference {
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

function changedEntry(judged: JudgedAccessEntry, after: AccessEntry, cluster: EksCluster): Difference[] {
  const { principalArn } = after;
  const before = judged.entry;
  const fields = differingFields(after, before);
  if (fields.length === 0) return [];
  const changes = fields.map((field) => CHANGES[field](before, after)).join('; ');
  return [
    {
      kind: 'updated',
      principalArn,
      before,
      after,
      fields,
      reason: 'differs',
      detail: null,
      message: `access entry ${printable(principalArn)} differs from its mappings: ${changes}`,
      help: keptHelp(judged, after, cluster),
      isCertain: true,
      readTime: judged.readTime,
    },
  ];
}

/** How to change what `access-entries` keeps, with commands; null if it keeps nothing. */
function keptHelp(judged: JudgedAccessEntry, after: AccessEntry, cluster: EksCluster): string | null {
  const { principalArn } = after;
  const left = policiesLeft(judged, after);
  const isNamed = usernameLeft(judged, after) !== undefined;
  const own = { ...after, username: defaultUsername(principalArn) };
  const lines = [
    ...(isNamed
      ? [
          "`aws-auth-sso access-entries` keeps the username, because bindings may name it. To reset it to EKS's default:",
          updateEntry(cluster, own),
        ]
      : []),
    ...(left.length > 0 ? ['`aws-auth-sso access-entries` removes no access policies. To remove them:'] : []),
    ...left.map(({ policyArn }) => disassociatePolicy(cluster, principalArn, policyArn)),
  ];
  return lines.length > 0 ? lines.join('\n') : null;
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

function deadEntry(judged: JudgedAccessEntry, cluster: EksCluster): Difference {
  const { entry, isPossible, role, successor, later } = judged;
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
    readTime: judged.readTime,
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
  { judged, ...verdict }: EntryVerdict,
  cluster: EksCluster,
  wantedSets: ReadonlySet<string>,
  context: DriftContext,
): Verdict | null {
  const { entry, provisioned } = judged;
  const { principalArn } = entry;
  const listable = clusterAccessEntry(entry, cluster);
  const source = { deletion: deleteEntry(cluster, principalArn) };
  const isKnown = isMadeByEks(entry, cluster.arn);
  if (context.nodeRoles.has(roleArnKey(principalArn)))
    return isKnown ? null : verdicts.otherTypeThanNodes(source, listable);
  if (isKnown && !context.others.listingOf(listable)) return null;
  const known = {
    reason: verdict.outcome === 'unwanted' ? verdict.reason : null,
    isLookalike: !provisioned && parseProvisionedRoleArn(principalArn) !== undefined,
    isNewer: verdict.outcome === 'left-alone' && verdict.reason === 'newer',
    wantedSets,
  };
  return verdictOnUnnamed(source, listable, known, context);
}

function strictDifference(
  { judged: { entry, readTime }, outcome }: EntryVerdict,
  verdict: Verdict,
): Difference {
  const { kind, reason, message, help } = verdict;
  const expected = asExpected(entry, verdict.expected);
  const fields = differingFields(expected, entry);
  return {
    kind,
    principalArn: entry.principalArn,
    before: entry,
    after: fields.length > 0 ? expected : null,
    fields,
    reason,
    detail: null,
    message,
    help,
    isCertain: outcome === 'unwanted',
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
