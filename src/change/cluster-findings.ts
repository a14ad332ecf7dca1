import { IGNORES_CONFIG_MAP } from '../access-entry/cluster.ts';
import { changeMode, deleteEntry } from '../access-entry/eks-commands.ts';
import { type JudgedAccessEntry, mayLive } from '../access-entry/existing-entries.ts';
import { doubtOf, keptBy, obstacleIn } from '../access-entry/proof.ts';
import { parseArn } from '../arn.ts';
import { clusterText, type EksCluster } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  isClusterAdminPolicy,
  isSameScope,
  policyName,
  policyText,
} from '../eks.ts';
import { type Finding, note, warning } from '../errors.ts';
import { listed, printable, quoted } from '../text.ts';
import { grantText, removalOfKept } from './advice.ts';
import { type ClusterChange, decided, type PlanContext } from './change.ts';
import { pruneSkipped } from './prune.ts';

/**
 * Findings on how a cluster and its existing access entries affect the entries to write.
 * @param target.isFromFile true if the entries are translated from an aws-auth
 * @param target.replacesDead true if the output deletes dead entries of Identity Center's roles before it creates them again
 * @param target.isForController true if a controller applies the output: it removes access policies that the output lacks
 * @param target.help how to handle existing entries in the output format
 */
export function clusterFindings(
  entries: readonly AccessEntry[],
  cluster: EksCluster,
  plan: readonly ClusterChange[],
  {
    isFromFile,
    replacesDead,
    isForController,
    help,
  }: {
    readonly isFromFile: boolean;
    readonly replacesDead: boolean;
    readonly isForController: boolean;
    readonly help: string | undefined;
  },
): Finding[] {
  const readTime = ReadTime.of(cluster);
  const byArn = new Map(
    plan.flatMap((change) => {
      const found = change.outcome === 'added' ? change.predecessor : change.entry;
      return found ? [[found.entry.principalArn, { found, differs: change.outcome === 'updated' }]] : [];
    }),
  );
  const there = entries.flatMap((entry) => {
    const one = byArn.get(entry.principalArn);
    return one ? [{ entry, ...one }] : [];
  });
  const findingsOn = ({ entry, found, differs }: (typeof there)[number]): Finding[] => {
    const obstacle = obstacleIn(found, entry);
    if (obstacle !== undefined && found.state === 'dead' && found.provisioned && replacesDead)
      return [
        note('dead-access-entry', `${printable(entry.principalArn)}: ${obstacle}`, {
          help: 'The script deletes it, then creates it again.',
        }),
      ];
    if (obstacle !== undefined) return [obstacleFinding(cluster, found, obstacle, isForController)];
    const doubt = doubtOf(found);
    return [
      ...(doubt === undefined ? [] : [doubtFinding(cluster, found, doubt)]),
      ...(differs ? [differsFinding(cluster, found, entry, { isFromFile, isForController })] : []),
    ];
  };
  const findings = there.flatMap((one) => findingsOn(one).map((finding) => one.found.readTime.tell(finding)));
  if (there.length > 0 && help !== undefined) {
    const arns = there.map(({ entry }) => entry.principalArn);
    const message = `${clusterText(cluster)} already has access entries for ${arns.length} of these principals: ${listed(arns, 3)}`;
    findings.push(note('entries-exist', readTime.dated(message), { help }));
  }
  const modes = modeFindings(cluster, isFromFile).map(({ message, ...rest }) => ({
    ...rest,
    message: readTime.dated(message),
  }));
  return [...modes, ...findings];
}

function modeFindings(cluster: EksCluster, isFromFile: boolean): Finding[] {
  const { authenticationMode } = cluster;
  if (authenticationMode === 'CONFIG_MAP') {
    const message = `${clusterText(cluster)} has authentication mode CONFIG_MAP: it accepts no access entries until you change that to API_AND_CONFIG_MAP`;
    const help = `${credentialsOf(cluster)}:\n${changeMode(cluster, 'API_AND_CONFIG_MAP')}\nThis can't be undone. aws-auth still applies in that mode.`;
    return [note('mode-without-api', message, { help })];
  }
  if (authenticationMode !== 'API' || !isFromFile) return [];
  const message = `${clusterText(cluster)} ${IGNORES_CONFIG_MAP}: nobody has access through it`;
  return [warning('config-map-ignored', message)];
}

function obstacleFinding(
  cluster: EksCluster,
  { state, entry: { principalArn, type } }: JudgedAccessEntry,
  obstacle: string,
  isForController: boolean,
): Finding {
  const isInUse = state !== 'dead' && type !== 'STANDARD';
  const nodes = isInUse ? 'Nodes with access through it lose access until the new one is created. ' : '';
  const code = state === 'dead' ? 'dead-access-entry' : 'access-entry-type';
  // https://github.com/aws-controllers-k8s/runtime/blob/main/pkg/runtime/reconciler.go, AdoptedResourceNotFound
  const object = isForController
    ? 'If it has an AccessEntry object, delete that one instead: ACK never re-creates an entry that it adopted. '
    : '';
  const help = `Delete it before you create these entries. ${object}${nodes}${credentialsOf(cluster)}:\n${deleteEntry(cluster, principalArn)}`;
  return warning(code, `${printable(principalArn)}: ${obstacle}`, { help });
}

function doubtFinding(
  cluster: EksCluster,
  { entry: { principalArn, createdAt } }: JudgedAccessEntry,
  doubt: string,
): Finding {
  const help = `This output doesn't change that. If \`aws iam get-role\` shows that the role was created after ${createdAt}, delete the access entry first. ${credentialsOf(cluster)}:\n${deleteEntry(cluster, principalArn)}`;
  return warning('access-entry-not-known', `${printable(principalArn)}: ${doubt}`, { help });
}

/**
 * Names the account, because the AWS CLI uses the account of its credentials, where a cluster may have the same name.
 */
function credentialsOf({ arn }: EksCluster, preposition = 'With'): string {
  return `${preposition} credentials for account ${parseArn(arn)?.accountId}`;
}

function differsFinding(
  cluster: EksCluster,
  existing: JudgedAccessEntry,
  wanted: AccessEntry,
  { isFromFile, isForController }: { readonly isFromFile: boolean; readonly isForController: boolean },
): Finding {
  const { principalArn } = existing.entry;
  const { username, policies } = keptBy(existing, wanted);
  const lost = isForController ? policies : [];
  const left = isForController || wanted.policies.some(isClusterAdminPolicy) ? [] : policies;
  const keeps = [
    ...(username === null ? [] : [`the username ${quoted(username)}`]),
    ...(left.length > 0 ? [listed(left.map((policy) => policyText(policy)))] : []),
  ];
  const kept = keeps.length > 0 ? `; it keeps ${keeps.join(' and ')}` : '';
  const loses = lost.length > 0 ? `; it loses ${listed(lost.map((policy) => policyText(policy)))}` : '';
  const rescoped = scopeChanges(existing.entry, wanted);
  const changed = rescoped.length > 0 ? `; ${rescoped.join(' and ')}` : '';
  const help = removalOfKept(
    cluster,
    principalArn,
    wanted,
    { username, policies: left },
    {
      username: `This output sets no username, because bindings may name the existing one. After you apply it, reset the username to EKS's default ${credentialsOf(cluster, 'with')}:`,
      policies: `This output removes no access policies. After you apply it, remove them ${credentialsOf(cluster, 'with')}:`,
    },
  );
  const overrides = isFromFile ? ', which overrides aws-auth' : '';
  const message = `${clusterText(cluster)} already has a different access entry for ${printable(principalArn)}${overrides}: ${grantText(existing.entry)}${changed}${loses}${kept}`;
  const say = isFromFile || keeps.length + lost.length + rescoped.length > 0 ? warning : note;
  return say('access-entry-differs', message, { help });
}

/** `AmazonEKSEditPolicy would change from cluster-wide to team-*`, for each policy that keeps its entry and gets another scope. */
function scopeChanges(found: AccessEntry, wanted: AccessEntry): string[] {
  const before = new Map(found.policies.map((policy) => [policy.policyArn, policy.scope]));
  return wanted.policies.flatMap((policy) => {
    const scope = before.get(policy.policyArn);
    if (scope === undefined || isSameScope(scope, policy.scope)) return [];
    return [`${policyName(policy)} would change from ${scopeText(scope)} to ${scopeText(policy.scope)}`];
  });
}

/** Lists all namespaces: a count would hide the ones that are taken away. */
function scopeText(scope: AccessPolicy['scope']): string {
  return scope === 'cluster' ? 'cluster-wide' : scope.namespaces.map(printable).join(', ');
}

/**
 * Findings on the entries that no mapping wants: those that a script deletes, and those that stay.
 * @param isForController see `clusterFindings`
 */
export function unwantedFindings(
  plan: readonly ClusterChange[],
  cluster: EksCluster,
  { roles, prune, isFresh }: PlanContext,
  isForController: boolean,
): Finding[] {
  // Entries that are deleted only to be created again have another finding.
  const removed = decided(plan, 'removed').filter(({ reason }) => reason !== 're-created');
  const unmapped = decided(plan, 'unmapped').filter(({ reason }) => reason !== 're-created');
  const superseded = unmapped.filter(({ reason }) => reason === 'superseded');
  const left = prune ? [] : unmapped.filter(({ reason }) => reason !== 'superseded');
  const alive = removed.filter(({ entry }) => mayLive(entry));
  const uncovers = alive.length > 0 && cluster.authenticationMode !== 'API';
  const name = clusterText(cluster);
  const readTime = ReadTime.earliest(ReadTime.of(cluster), roles.readTimeIn());
  return [
    ...(prune && !isFresh ? [pruneSkipped(roles)] : []),
    ...(removed.length === 0
      ? []
      : [note('pruned-entry', `the script deletes ${countText(removed)} from ${name}: ${arnsOf(removed)}`)]),
    ...(uncovers
      ? [
          warning(
            'aws-auth-uncovered',
            `aws-auth of ${name} applies again to roles whose access entry the script deletes: ${arnsOf(alive)}`,
            {
              help: 'Remove their entries from aws-auth first, for example with `aws-auth-sso merge --prune`.',
            },
          ),
        ]
      : []),
    ...(left.length === 0
      ? []
      : [
          note(
            'unwanted-access-entry',
            readTime.dated(`${name} has ${countText(left)} that no mapping wants: ${arnsOf(left)}`),
            {
              help: `${isForController ? 'ACK deletes those whose AccessEntry object you delete.' : 'This output keeps them.'} -o aws-cli --prune deletes them.`,
            },
          ),
        ]),
    ...(superseded.length === 0
      ? []
      : [
          note(
            'superseded-access-entry',
            readTime.dated(
              `${name} has ${countText(superseded)} for existing roles whose permission set has a newer role: ${arnsOf(superseded)}`,
            ),
            { help: 'Even --prune keeps such entries.' },
          ),
        ]),
  ];
}

function countText({ length }: readonly unknown[]): string {
  return length === 1 ? '1 access entry' : `${length} access entries`;
}

function arnsOf(changes: readonly { readonly entry: JudgedAccessEntry }[]): string {
  return listed(changes.map(({ entry }) => printable(entry.entry.principalArn)));
}
