import {
  type AccessQuestion,
  allowedAccess,
  type Cluster,
  type ClusterAccess,
  clusterAccess,
  clusterOf,
} from '../../access/cluster-access.ts';
import type { ClusterRights } from '../../access/cluster-rights.ts';
import {
  anybodyFindings,
  certainNamesFindings,
  clusterAdminFindings,
  everybodyFindings,
  hiddenFindings,
  modeFindings,
  nobodyCanFindings,
  nobodyFindings,
  nothingFindings,
  unevaluatedFindings,
  unknownAnswerFindings,
  unknownFindings,
} from '../../access/findings.ts';
import { canBecome } from '../../authenticator/groups.ts';
import { AwsAuth } from '../../cluster/aws-auth.ts';
import { loadWarnings, overriddenFindings } from '../../cluster/load-findings.ts';
import { MAP_KEYS } from '../../entry.ts';
import { Failure, type Finding, refusal } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import type { Inventory, Principal } from '../../inventory/model.ts';
import { Assignees } from '../../inventory/people/assignees.ts';
import type { PrincipalName } from '../../inventory/query.ts';
import { unknownPrincipal } from '../../mapping/explain-unresolved.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import type { Question } from '../../rbac/question.ts';
import { didYouMean, quoted } from '../../text.ts';
import {
  addRbacOption,
  clustersOption,
  defineCommand,
  outputOption,
  rbacOption,
  repeated,
} from '../command.ts';
import { terminalWidth } from '../format/table.ts';
import { type ClusterPair, fileOf } from '../inputs/clusters.ts';
import { distinctFiles, type Inputs, reportUnusedClusters, withInputs } from '../inputs/inputs.ts';
import { readPeopleOf } from '../inputs/inventory.ts';
import { type CommonOptions, clusterSelectors, type RbacOptions } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { renderWho, type WhoFormat } from './who-output.ts';

interface WhoOptions extends CommonOptions, RbacOptions {
  readonly output: WhoFormat;
  readonly user?: string;
  readonly group?: string;
  readonly expand?: boolean;
  readonly kubernetesGroup?: readonly string[];
  readonly can?: readonly string[];
  readonly namespace?: string;
  readonly cluster?: readonly string[];
}

export const whoCommand = defineCommand(
  'who',
  { file: 'several', config: 'AWS settings', reads: 'AWS or snapshots' },
  (command) =>
    addRbacOption(
      command
        .option('--user <name>', 'only what this user gets, and through which groups')
        .option('--group <name>', 'only what this group gets')
        .option('--expand', 'also list the members of groups')
        .option('--kubernetes-group <name>', 'only entries with this Kubernetes group; repeatable', repeated)
        .addOption(
          rbacOption(
            '--can <verb resource>',
            "only who can do this, as 'get secrets' or 'get,list secrets'; needs --rbac; repeatable",
          ).argParser(repeated),
        )
        .addOption(rbacOption('-n, --namespace <name>', 'the namespace of --can (default: any)')),
    )
      .addOption(
        clustersOption('also count in the access entries of this EKS cluster; FILE is optional then'),
      )
      .addOption(outputOption('table', 'wide', 'json', 'csv', 'mermaid')),
  async (options: WhoOptions, shell, files: readonly string[]) => {
    await requireConsistent(options);
    return withInputs(distinctFiles(files, shell), options, shell, (inputs) =>
      who(inputs, files.length > 1, options, shell),
    );
  },
);

/** @param severalGiven whether several files were given, even if only one is left */
async function who(
  inputs: Inputs,
  severalGiven: boolean,
  options: WhoOptions,
  shell: Shell,
): Promise<Outcome> {
  const pairs = await inputs.pairs();
  const several = severalGiven || pairs.length > 1;
  const authorizers = await inputs.authorizers();
  const loaded = pairs.map((pair) => loadCluster(pair, options, shell));
  const named = namedIn(options);
  const first = loaded.map((clusterIn) => clusterIn(null));
  reportUnknownGroups(first, options.kubernetesGroup, shell);
  const { output, can } = options;
  const expand = options.expand || can !== undefined;
  const provisioned = first.flatMap((cluster) => cluster.provisioned);
  const { rights, asked, arePeopleNamed } = await rightsIn(first, authorizers, options, shell);
  const members = expand || arePeopleNamed;
  // AWS is read once, whatever the number of clusters.
  const query = { named, members, ...besidePeople(first) };
  const people = await readPeopleOf(provisioned, query, inputs);
  const { inventory } = people;
  if (inventory) reportUnusedClusters(inventory, inputs);
  const clusters = loaded.map((clusterIn) => clusterIn(inventory));
  for (const [index, cluster] of clusters.entries())
    shell.report(modeFindings(cluster, pairs[index]?.file !== null));
  const assignees = inventory && Assignees.of(inventory);
  const isSnapshot = options.inventory !== undefined;
  const principals = assignees ? named.flatMap((one) => requirePrincipal(one, assignees, isSnapshot)) : [];
  const users = idsOf(principals, 'USER');
  const groups = idsOf(principals, 'GROUP');
  const filter = { users, groups, expand: () => expand };
  const question = { ...people, filter, isAboutPeople: named.length > 0, isAboutRights: can !== undefined };
  const known = inventory && assignees ? { inventory, assignees } : null;
  const all = clusters.map((cluster, index) =>
    clusterAccess(cluster, known, question, rights[index] ?? null),
  );
  for (const one of all) reportAccess(one, question, asked, several, shell);
  const shown = can === undefined ? all : all.map(allowedAccess);
  shell.report(
    can === undefined ? nothingFindings(shown, named) : nobodyCanFindings(shown, asked, options.namespace),
  );
  return {
    stdout: await renderWho(
      { clusters: shown, withCluster: several, inventory, asked: can === undefined ? null : asked },
      output,
      terminalWidth(shell.io.stdout),
      (findings) => shell.report(findings),
    ),
    summary: asOf(inventory),
  };
}

/** What lets in others than the people of Identity Center: access entries, and all other entries of aws-auth, by their ARNs. */
function besidePeople(clusters: readonly Cluster[]) {
  return {
    clusters: clusters.flatMap(({ eks }) => eks ?? []),
    others: clusters.flatMap((cluster) => cluster.others.map(({ id }) => id)),
  };
}

/** @throws Failure (exit 2), before any file is read or call made */
async function requireConsistent({ can, namespace, rbac, cluster }: WhoOptions): Promise<void> {
  clusterSelectors(cluster);
  if (namespace !== undefined && can === undefined)
    throw refusal({ message: '--namespace requires --can', help: "As --can 'get secrets' -n payments." });
  if (can !== undefined && !rbac) {
    const kubectl = 'kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml';
    throw refusal({
      message: '--can requires --rbac: what groups may do is in the bindings of the cluster',
      help: `${kubectl} > rbac.yaml, then --rbac rbac.yaml`,
    });
  }
  if (can === undefined) return;
  const { wordsOf } = await import('../../rbac/question.ts');
  for (const text of can) wordsOf(text);
}

interface RightsFound {
  readonly rights: readonly (ClusterRights | null)[];
  /** What is asked, in words; the same in all clusters. */
  readonly asked: readonly string[];
  readonly arePeopleNamed: boolean;
}

/** What may be done in each of the clusters; loaded only with `--rbac`. */
async function rightsIn(
  clusters: readonly Cluster[],
  authorizers: readonly (Authorizer | null)[],
  { can, namespace }: WhoOptions,
  shell: Shell,
): Promise<RightsFound> {
  if (authorizers.every((one) => one === null)) return { rights: [], asked: [], arePeopleNamed: false };
  const { mayNamePeople, ClusterRights } = await import('../../access/cluster-rights.ts');
  const { parseQuestion } = await import('../../rbac/question.ts');
  const questions = authorizers.map((one) =>
    one && can !== undefined ? parseQuestion(can, namespace ?? null, one) : null,
  );
  reportQuestions(questions, shell);
  const { mailFindings } = await import('../../rbac/mails.ts');
  for (const [index, one] of authorizers.entries())
    if (one)
      shell.report(mailFindings(clusters[index]?.provisioned.map(({ username }) => username) ?? [], one));
  const finderFor = (authorizer: Authorizer, index: number) =>
    new ClusterRights(authorizer, questions[index] ?? null);
  const [question] = questions.filter((one) => one !== null);
  return {
    asked: question?.asked.map(({ text }) => text) ?? [],
    rights: authorizers.map((one, index) => one && finderFor(one, index)),
    arePeopleNamed: authorizers.some(
      (one, index) => one && mayNamePeople(one, clusters[index]?.provisioned ?? []),
    ),
  };
}

/**
 * Warns of what the manifests of no cluster mention; what those of another do is no mistake.
 * @throws Failure (exit 2) for a verb that none has
 */
function reportQuestions(questions: readonly (Question | null)[], shell: Shell): void {
  const asked = questions.filter((one) => one !== null);
  const ofAll = [
    ...groupBy(
      asked.flatMap(({ findings }) => findings),
      ({ code, message }) => `${code} ${message}`,
    ).values(),
  ].filter((same) => same.length === asked.length);
  const findings = ofAll.flatMap((same) => same.find(({ help }) => help !== undefined) ?? same.slice(0, 1));
  const errors = findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Failure(2, errors);
  shell.report(findings);
}

/** Warns of a Kubernetes group that no entry gives. */
function reportUnknownGroups(
  clusters: readonly Cluster[],
  wanted: readonly string[] | undefined,
  shell: Shell,
): void {
  const known = new Set(clusters.flatMap(({ groups }) => [...groups]));
  const unknown = wanted?.filter((group) => ![...known].some((one) => canBecome(one, group))) ?? [];
  shell.report(
    unknown.map((group): Finding => {
      const help = didYouMean(group, known);
      const message = `--kubernetes-group: no entry has the group ${quoted(group)}`;
      return { severity: 'warning', code: 'unknown-kubernetes-group', message, ...(help && { help }) };
    }),
  );
}

/**
 * Loads an aws-auth as the authenticator does, and warns of what this loses.
 * @returns what gives the cluster, with its access entries, as what is known of roles has them
 */
function loadCluster(
  pair: ClusterPair,
  { kubernetesGroup: wanted, cluster: asked }: WhoOptions,
  shell: Shell,
): (inventory: Inventory | null) => Cluster {
  const { cluster: name, document } = fileOf(pair);
  const eks = pair.cluster;
  const awsAuth = new AwsAuth(document);
  if (eks?.authenticationMode !== 'API') {
    for (const key of MAP_KEYS) shell.report(loadWarnings(awsAuth, key));
    shell.report(overriddenFindings(awsAuth));
  }
  const clusterIn = (inventory: Inventory | null) => ({
    ...clusterOf(eks?.name ?? name, document, awsAuth, wanted ?? null, eks, inventory),
    isUnpaired: asked !== undefined && !eks,
  });
  const first = clusterIn(null);
  if (first.provisioned.length === 0 && !wanted) {
    const message = `${document.file} has no entry of a provisioned role`;
    shell.report([{ severity: 'note', code: 'no-entries', message }]);
  }
  return (inventory) => (inventory ? clusterIn(inventory) : first);
}

function namedIn({ user, group }: WhoOptions): PrincipalName[] {
  return [
    ...(user === undefined ? [] : [{ type: 'USER' as const, name: user }]),
    ...(group === undefined ? [] : [{ type: 'GROUP' as const, name: group }]),
  ];
}

/** Null if no principal of that type was named: no filter. */
function idsOf(principals: readonly Principal[], wanted: Principal['type']): ReadonlySet<string> | null {
  const ids = principals.flatMap(({ type, id }) => (type === wanted ? id : []));
  return ids.length === 0 ? null : new Set(ids);
}

function reportAccess(
  shown: ClusterAccess,
  { isAboutPeople, isAboutRights }: AccessQuestion,
  asked: readonly string[],
  severalClusters: boolean,
  shell: Shell,
): void {
  const { access, cluster, others, hidden } = shown;
  shell.report(anybodyFindings(shown, severalClusters));
  if (isAboutRights) {
    shell.report(unknownAnswerFindings(shown, severalClusters));
    shell.report(certainNamesFindings(shown, asked, severalClusters));
    shell.report(unevaluatedFindings(shown, severalClusters));
    return;
  }
  shell.report(unknownFindings(access, cluster.locationOf));
  const isSome = cluster.provisioned.length + hidden.length > 0;
  if (access.length + others.length === 0 && isSome && !isAboutPeople) {
    const message = `${cluster.file} has no entry of an account in the scope`;
    shell.report([{ severity: 'note', code: 'no-entries', message }]);
  }
  shell.report(hiddenFindings(shown, severalClusters));
  if (!isAboutPeople) shell.report(nobodyFindings(shown));
  shell.report(clusterAdminFindings(shown, severalClusters));
  shell.report(everybodyFindings(shown, severalClusters));
}

/** When AWS was read, or the snapshot taken. */
function asOf(inventory: Inventory | null): Finding[] {
  if (!inventory) return [];
  return [{ severity: 'note', code: 'as-of', message: `as of ${inventory.capturedAt}` }];
}

/**
 * The principals with a name: one, unless snapshots of several identity stores are merged.
 * @throws Failure (exit 2) where there is none
 */
function requirePrincipal(
  name: PrincipalName,
  assignees: Assignees,
  isSnapshot: boolean,
): readonly Principal[] {
  const found = assignees.named(name.type, name.name);
  if (found.length === 0) throw refusal(unknownPrincipal(name, assignees, isSnapshot));
  return found;
}
