import { ONLY_CONFIG_MAP } from '../../access-entry/cluster.ts';
import { type JudgedAccessEntry, mayLive, principalKey } from '../../access-entry/existing-entries.ts';
import { translateDesired } from '../../access-entry/translate-desired.ts';
import { parseArn, withoutPath } from '../../arn.ts';
import { newerPolicies } from '../../aws-auth/load-findings.ts';
import {
  type ClusterDifference,
  clusterDifferences,
  type DifferenceKind,
} from '../../change/cluster-differences.ts';
import { HOW_TO_RENEW, UNWANTED } from '../../change/describe-change.ts';
import { planCluster } from '../../change/plan-cluster.ts';
import { pruneSkipped } from '../../change/prune.ts';
import { otherRoleArns } from '../../directory/look-up.ts';
import { clusterLocation, clusterText, type EksCluster, type Inventory } from '../../directory/model.ts';
import type { InventorySource } from '../../directory/query.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { MANAGED_NODES } from '../../eks.ts';
import { bug, type Finding, note, refusal, warning, withCode } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { policyFindings, requireForAccessEntries } from '../../mapping/mapping.ts';
import type { Request } from '../../mapping/request.ts';
import { type Desired, mappingsOf } from '../../mapping/resolve.ts';
import { mayWant } from '../../mapping/wanted.ts';
import { roleArnKey } from '../../same-arn.ts';
import { listed, printable, shellWord } from '../../text.ts';
import { asStep } from '../format/github.ts';
import { requireAccountsOf } from '../inputs/clusters.ts';
import { withDesired } from '../load-request.ts';
import { clusterSelectors, givesRbac, pruneWithoutMappings, requireConsistent } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';
import { existingEntries } from './access-entries-desired.ts';
import type { ComparedBindings } from './diff-bindings.ts';
import {
  clusterDiffTitle,
  countsText,
  findingsOf,
  isDifferent,
  renderClusterDiff,
} from './diff-cluster-output.ts';
import { type DiffOptions, unlistedNote } from './diff-output.ts';

/** Options with a cluster. */
interface ClusterOptions extends DiffOptions {
  readonly cluster: string;
}

/**
 * Compares what the mappings want with the access entries of the cluster that `--cluster` names.
 * @throws Failure (exit 2 or 3)
 */
export async function diffCluster(options: ClusterOptions, shell: Shell): Promise<Outcome> {
  requireForCluster(options);
  const work = () => compare(options, shell);
  return options.output === 'github' ? asStep(clusterDiffTitle(options.cluster), work, shell) : work();
}

/** @throws Failure (exit 2) for an option that only concerns aws-auth */
function requireForCluster(options: DiffOptions): void {
  const names = ['explain', 'comments'] as const;
  const given = names.find((name) => options[name]);
  const flag = given?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const help = 'It only concerns aws-auth: `aws-auth-sso diff FILE`.';
  requireConsistent([given, `--${flag} can't be used with --cluster`, help]);
}

async function compare(options: ClusterOptions, shell: Shell): Promise<Outcome> {
  return withDesired(
    options,
    shell,
    async (desired, source) => {
      const { entries, scoped, request, inventory } = desired;
      requireConsistent(...pruneWithoutMappings(options.prune, request));
      requireForAccessEntries(mappingsOf(desired));
      const nodeRoles = new Set(
        entries.flatMap(({ role, rolearn }) => (role === null ? roleArnKey(rolearn) : [])),
      );
      const cluster = await clusterToCompare(options, desired, source, shell);
      // The config selects the accounts to read; nodes are in the cluster's.
      const accounts = new Set([...scoped.accountIds, parseArn(cluster.arn)?.accountId]);
      const roleArns = otherRoleArns([cluster]).filter((arn) => accounts.has(parseArn(arn)?.accountId));
      const how = { ...options, isScoped: true };
      const { existing, read, context } = await existingEntries(desired, cluster, how, source, roleArns);
      const { isFresh, roles } = context;
      // Node roles are compared, but no mapping wants their entries.
      const nodes = { nodeType: null, nodeRoles: scoped.nodeRoles, there: nodeRoles };
      const facts = { ...nodes, others: new Map(), cluster, clusterAccount: null };
      const { entries: wanted, findings } = translateDesired(entries, facts, existing);
      const config = {
        others: request.otherEntries,
        mayWant: mayWant({ ...desired, inventory: read }, isFresh),
        nodeRoles,
      };
      shell.report([
        ...desired.findings,
        ...policyFindings(mappingsOf(desired)),
        ...findings,
        ...missingNodes(desired, cluster, existing),
      ]);
      const plan = planCluster(cluster, existing, wanted, context);
      const differences = clusterDifferences(plan, wanted, cluster, { ...context, ...config });
      shell.report([
        ...(options.prune && !isFresh ? [pruneSkipped(roles)] : []),
        ...(cluster.authenticationMode === 'API' ? [] : [configMapApplies(cluster)]),
        ...(!source.isLive && !isFresh ? [oldSnapshot(inventory, options.maxAge)] : []),
      ]);
      const bindings = await bindingsWith(cluster, request, options, shell);
      return outcomeOf(differences, bindings, cluster, desired, options, shell);
    },
    'access entries',
  );
}

/** @throws Failure (exit 2 or 3), also if the cluster has no access entries */
async function clusterToCompare(
  options: ClusterOptions,
  { inventory }: Desired,
  source: InventorySource,
  shell: Shell,
): Promise<EksCluster> {
  const selectors = clusterSelectors(options.cluster);
  requireAccountsOf(selectors[0] ?? null, inventory);
  const clusters = await source.clusters(selectors);
  shell.report(newerPolicies(clusters));
  const [cluster] = clusters;
  if (!cluster) throw bug(`cluster ${options.cluster} wasn't read`);
  if (cluster.authenticationMode === 'CONFIG_MAP')
    throw refusal({
      message: ReadTime.of(cluster).dated(`${clusterText(cluster)} ${ONLY_CONFIG_MAP}`),
      help: 'Compare its aws-auth instead: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso diff',
    });
  return cluster;
}

/** Compares the bindings, if `--rbac` has those of the cluster. */
async function bindingsWith(
  cluster: EksCluster,
  request: Request,
  options: ClusterOptions,
  shell: Shell,
): Promise<ComparedBindings | null> {
  requireConsistent([
    options.rbac && !request.fromConfig,
    '--rbac with --cluster requires a config',
    'Pass the config whose bindings to compare, with -c, or remove --rbac.',
  ]);
  if (!givesRbac(options)) return null;
  const { readRbacOfOne } = await import('../inputs/rbac.ts');
  const authorizer = await readRbacOfOne(options, null, cluster, shell);
  return (
    authorizer && (await import('./diff-bindings.ts')).compareBindings(request, authorizer, options, shell)
  );
}

/** Renders the differences that count. Also reports the others, and what the output doesn't explain. */
function outcomeOf(
  all: readonly ClusterDifference[],
  bindings: ComparedBindings | null,
  cluster: EksCluster,
  { request: { fromConfig }, inventory }: Desired,
  { strict: isStrict = false, output, cluster: name }: ClusterOptions,
  shell: Shell,
): Outcome {
  const strict = all.filter(({ kind }) => STRICT.has(kind));
  const changes = all.filter(({ kind }) => !STRICT.has(kind));
  const differences = isStrict ? all : changes;
  const unmapped = strict.filter(({ kind, isCertain }) => kind === 'unmapped' && (isStrict || isCertain));
  // The next step for the others is in the summary.
  const explained = differences.filter(
    ({ kind, help }) => STRICT.has(kind) || (kind === 'updated' && help !== null),
  );
  shell.report([
    ...(isStrict ? [] : unmappedFindings(unmapped, cluster)),
    ...(output === 'github' ? [] : findingsOf(explained, cluster).map(withCode)),
  ]);
  const compared = { cluster, differences, unmapped, bindings };
  const message = `${clusterText(cluster)}: ${countsText(compared)}`;
  const steps = nextSteps(changes, name, fromConfig);
  const readTime = ReadTime.earliest(ReadTime.of(cluster), ReadTime.of(inventory));
  const summary = [
    ...(isStrict ? [] : unlistedNote(strict, clusterLocation(cluster))),
    note('summary', message, { help: steps && readTime.advice(steps) }),
  ];
  const exitCode = isDifferent(compared) ? 1 : 0;
  return { summary, exitCode, ...renderClusterDiff(compared, output, shell) };
}

/** Kinds of differences that count only with `--strict`. */
const STRICT: ReadonlySet<DifferenceKind> = new Set(['unmapped', 'unlisted', 'altered']);

/** Node roles of the config without an access entry; in mode API, their nodes can't join. */
function missingNodes(
  { entries }: Desired,
  cluster: EksCluster,
  judged: readonly JudgedAccessEntry[],
): Finding[] {
  const there = new Set(judged.filter(mayLive).map(({ entry }) => principalKey(entry)));
  const missing = entries.flatMap(({ role, rolearn }) =>
    role === null && !there.has(roleArnKey(rolearn)) ? rolearn : [],
  );
  if (missing.length === 0) return [];
  const isApi = cluster.authenticationMode === 'API';
  const [roles, these] = missing.length === 1 ? ['node role', 'this role'] : ['node roles', 'these roles'];
  const effect = isApi ? `; nodes with ${these} can't join` : '';
  const message = `no access entry for ${roles} ${listed(missing.map(printable))}${effect}`;
  const help = `${MANAGED_NODES}. For self-managed and hybrid nodes, \`aws-auth-sso access-entries --nodes\` writes them.`;
  const say = isApi ? warning : note;
  return [say('missing-node-entry', message, { help, location: clusterLocation(cluster) })];
}

function configMapApplies(cluster: EksCluster): Finding {
  const message = `aws-auth also applies, to everyone without an access entry (authentication mode ${cluster.authenticationMode})`;
  const help =
    'To compare it, with the same mappings: kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso diff';
  return note('config-map-applies', message, { help, location: clusterLocation(cluster) });
}

function oldSnapshot(inventory: Inventory, maxAge: string): Finding {
  const message = `${ReadTime.of(inventory).source} is older than --max-age ${maxAge}: the cluster and its roles may have changed since`;
  return warning('old-inventory', message, { help: HOW_TO_RENEW });
}

/** Warnings about entries that no mapping wants, one for each reason. */
function unmappedFindings(unmapped: readonly ClusterDifference[], cluster: EksCluster): Finding[] {
  return [...groupBy(unmapped, ({ reason }) => reason)].map(([reason, same]) => {
    const arns = listed(same.map(({ principalArn }) => printable(withoutPath(principalArn))));
    const { message, help } = reason === 'superseded' ? SUPERSEDED : UNMAPPED;
    const readTime = ReadTime.earliest(...same.map((one) => one.readTime));
    return warning('unmapped-entry', `${readTime.dated(message)}: ${arns}`, {
      help,
      location: clusterLocation(cluster),
    });
  });
}

const UNMAPPED = {
  message: UNWANTED.unmapped.message,
  help: 'Everyone assigned to it has access. `aws-auth-sso access-entries --cluster NAME --prune` (same config) writes the commands to delete it.',
};
const SUPERSEDED = {
  message: UNWANTED.superseded.message,
  help: 'The entry may still be in use.',
};

/**
 * Where to get the commands; undefined if there is nothing to do.
 * @param isPrunable true if a config says what is wanted, as --prune requires
 */
function nextSteps(
  changes: readonly ClusterDifference[],
  cluster: string,
  isPrunable: boolean,
): string | undefined {
  const name = shellWord(cluster);
  const has = (...kinds: DifferenceKind[]) => changes.some(({ kind }) => kinds.includes(kind));
  const prune = has('removed') ? ' --prune' : '';
  const isDead = has('dead');
  const steps = [
    ...(has('added', 'updated', 'removed') || (isDead && isPrunable)
      ? [
          `With the same options, \`aws-auth-sso access-entries --cluster ${name}${prune}\` prints the commands.`,
        ]
      : []),
    ...(isDead && isPrunable
      ? ['With --prune, it also deletes dead entries, and those that no mapping wants.']
      : []),
    ...(isDead && !isPrunable
      ? [`\`aws-auth-sso check --cluster ${name}\` prints the commands for dead entries.`]
      : []),
  ];
  return steps.length > 0 ? steps.join('\n') : undefined;
}
