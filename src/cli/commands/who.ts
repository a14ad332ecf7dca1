import {
  type AskedCluster,
  entriesOutOfScope,
  modeFindings,
  unknownGroups,
  withoutAwsAuth,
} from '../../access/asked-cluster.ts';
import { type AccessQuestion, type ClusterAccess, clusterAccess } from '../../access/cluster-access.ts';
import type { RightsFound } from '../../access/cluster-rights.ts';
import { answer } from '../../access/findings.ts';
import { unlistedFindings } from '../../access/unlisted-findings.ts';
import type { Shown } from '../../access/who-rows.ts';
import { policiesOf } from '../../cluster/entry.ts';
import { type Finding, note, refusal } from '../../errors.ts';
import { Assignees } from '../../inventory/assignees.ts';
import { clusterLabels, knownClusters } from '../../inventory/known-clusters.ts';
import type { Inventory, Principal } from '../../inventory/model.ts';
import type { PrincipalName } from '../../inventory/query.ts';
import { requireFileName } from '../../io.ts';
import { addRbacOption, clustersOption, defineCommand, outputOption, repeated } from '../command.ts';
import { terminalWidth } from '../format/table.ts';
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import { readPeopleOf } from '../inputs/inventory.ts';
import { type CommonOptions, type FleetOptions, type RbacOptions, rbacInputs } from '../options.ts';
import { addQuestionOptions, type QuestionOptions, requireAnswerable } from '../question-options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { renderWho, type WhoFormat } from './who-output.ts';
import type { WhoPageOptions } from './who-page.ts';

interface WhoOptions extends CommonOptions, RbacOptions, FleetOptions, QuestionOptions {
  readonly output: WhoFormat | 'html';
  readonly user?: string;
  readonly group?: string;
  readonly expand?: boolean;
  readonly kubernetesGroup?: readonly string[];
  readonly since?: string;
}

export const whoCommand = defineCommand(
  'who',
  { file: 'several', config: 'AWS settings', reads: 'AWS or snapshots', clusters: 'several' },
  (command) =>
    addRbacOption(
      addQuestionOptions(
        command
          .option('--user <name>', "show this user's access, and through which groups")
          .option('--group <name>', "show this group's access")
          .option('--expand', 'also list group members')
          .option(
            '--kubernetes-group <name>',
            'show entries with this Kubernetes group; repeatable',
            repeated,
          ),
        "show who can do it ('get,list secrets'); repeatable",
        'namespace for --can (default: any)',
      ),
    )
      .addOption(clustersOption('read access entries; FILE optional'))
      .addOption(outputOption('table', 'wide', 'json', 'csv', 'html'))
      .option('--since <file>', 'with -o html, mark changes since this -o json'),
  (options: WhoOptions, shell, files: readonly string[]) => {
    const work = async (inputs: Inputs) => {
      inputs.selected();
      requireComparable(options, files);
      await requireAnswerable(options, false);
      await inputs.read(distinctFiles(files, shell));
      return who(inputs, files.length > 1, options, shell);
    };
    return withInputs(options, shell, work, { signIns: namedIn(options).length === 0 });
  },
);

/**
 * Checks `--since` before any file is read or call made.
 * @throws Failure (exit 2)
 */
function requireComparable(options: WhoOptions, files: readonly string[]): void {
  const { since, output } = options;
  if (since === undefined) return;
  requireFileName(since);
  if (output !== 'html')
    throw refusal({
      message: '--since requires -o html',
      help: 'For example: -o html --since old.json > access.html',
    });
  if (since === '-' && [...files, ...rbacInputs(options).map(({ path }) => path)].includes('-'))
    throw refusal({
      message: '--since - reads stdin, which another input reads, too',
      help: 'Save one of them in a file.',
    });
}

/** @param severalGiven true if several files were given, even if only one is left */
async function who(
  inputs: Inputs,
  severalGiven: boolean,
  options: WhoOptions,
  shell: Shell,
): Promise<Outcome> {
  const { can, namespace, kubernetesGroup: kubernetesGroups = null } = options;
  const { isSearched } = inputs.selected();
  const fleet = await inputs.fleet();
  const authorizers = await inputs.authorizers();
  const asked = await loadAsked(inputs, kubernetesGroups);
  const several = severalGiven || isSearched || asked.length + fleet.unread.length > 1;
  const found = await rightsIn(asked, authorizers, options, shell);
  const named = namedIn(options);
  const [isAboutPeople, isAboutRights] = [named.length > 0, can !== undefined];
  const expand = options.expand || isAboutRights;
  // In a search, access is also unknown where the aws-auth wasn't given.
  const unreadIn = (known: Inventory | null) =>
    isSearched ? [...fleet.unread, ...withoutAwsAuth(asked, known)] : fleet.unread;
  // AWS is read once for all clusters.
  const wanted = {
    named,
    members: expand || found.arePeopleNamed,
    others: asked.flatMap(({ others }) => others.map(({ id }) => id)),
    areNamedShown: isAboutPeople && unreadIn(null).length > 0,
  };
  const entries = asked.flatMap(({ provisioned }) => provisioned);
  const people = await readPeopleOf(entries, wanted, inputs);
  const { inventory } = people;
  if (inventory) inputs.reportUnused(inventory);
  if (isSearched) shell.report(entriesOutOfScope(asked, people.isInScope));
  shell.report(modeFindings(asked, inventory, kubernetesGroups));
  const known = inventory && { inventory, assignees: Assignees.of(inventory) };
  const principals = principalsNamed(named, known?.assignees ?? null, options, shell);
  const [users, groups] = [idsOf(principals, 'USER'), idsOf(principals, 'GROUP')];
  const filter = { users, groups, expand: () => expand };
  const about = { asked: found.asked, named, namespace, isAboutPeople, isAboutRights };
  const question = { ...people, ...about, filter, kubernetesGroups };
  const all = await accessIn(asked, known, question, found.rights, options);
  const subjectGroups = all.flatMap(({ subjects }) => subjects.flatMap(({ entry }) => entry.groups));
  shell.report(unknownGroups(asked, subjectGroups, kubernetesGroups ?? []));
  const { shown, findings } = answer(all, question, several);
  shell.report(findings);
  if (!isAboutPeople) shell.report(unlistedFindings(all, inventory, several));
  const unread = entries.filter((entry) => !people.isRead(entry)).map(({ arn }) => arn);
  const result: Shown = {
    clusters: shown,
    withCluster: several,
    withBindings: options.rbac !== undefined,
    unread: unreadIn(inventory),
    labelOf: clusterLabels(knownClusters(fleet)),
    named: principals.length > 0 ? principals : named.map((one) => ({ ...one, id: '' })),
    inventory,
    asked: isAboutRights ? found.asked : null,
  };
  const stdout = await render(result, { ...options, scope: { isInScope: people.isInScope, unread } }, shell);
  // The time when AWS was read, or the snapshot taken.
  const summary = inventory ? [note('as-of', `as of ${inventory.capturedAt}`)] : [];
  return { stdout, summary, isFile: options.output === 'html' };
}

function principalsNamed(
  named: readonly PrincipalName[],
  assignees: Assignees | null,
  { inventory }: WhoOptions,
  shell: Shell,
): readonly Principal[] {
  const report = (findings: readonly Finding[]) => shell.report(findings);
  return named.flatMap((one) => assignees?.requireNamed(one, inventory !== undefined, report) ?? []);
}

/** Who has access to each cluster, subjects that only bindings name included. */
async function accessIn(
  asked: readonly AskedCluster[],
  known: { readonly inventory: Inventory; readonly assignees: Assignees } | null,
  question: AccessQuestion,
  rights: RightsFound['rights'],
  options: WhoOptions,
): Promise<readonly ClusterAccess[]> {
  const ofEntries = asked.map(({ cluster }, index) => {
    const isUnpaired = options.cluster !== undefined && !cluster.eks;
    return clusterAccess({ cluster, isUnpaired }, known, question, rights[index] ?? null);
  });
  if (!ofEntries.some((access) => access.rights?.knowsBindings)) return ofEntries;
  const { withSubjects } = await import('../../access/bound-subjects.ts');
  return ofEntries.map((access) => withSubjects(access, known?.assignees ?? null, question));
}

async function render(
  shown: Shown,
  options: WhoOptions & Pick<WhoPageOptions, 'scope'>,
  shell: Shell,
): Promise<Outcome['stdout']> {
  const { output } = options;
  if (output !== 'html') return renderWho(shown, output, terminalWidth(shell.io.stdout));
  const { renderWhoPage } = await import('./who-page.ts');
  return renderWhoPage(shown, options, shell);
}

/**
 * Loads each file and cluster, and reports what they contain.
 * @param wanted Kubernetes groups the question is about; null for all
 */
async function loadAsked(inputs: Inputs, wanted: readonly string[] | null): Promise<AskedCluster[]> {
  const { shell } = inputs;
  const asked = (await inputs.pairs()).map(({ file, cluster }) => {
    const label = cluster ? (cluster.label ?? cluster.name) : file?.cluster;
    return askedCluster(label ?? null, file?.document ?? null, cluster, wanted);
  });
  shell.report(asked.flatMap(({ findings }) => findings));
  if (wanted === null) shell.report(withoutEntries(asked));
  return asked;
}

/** Rights in each cluster; loaded only with `--rbac`, or for clusters with access policies. */
async function rightsIn(
  asked: readonly AskedCluster[],
  authorizers: Awaited<ReturnType<Inputs['authorizers']>>,
  { can, namespace, kubernetesVersion }: WhoOptions,
  shell: Shell,
): Promise<Pick<RightsFound, 'rights' | 'asked' | 'arePeopleNamed'>> {
  const policies = asked.map(({ cluster }) => cluster.entries.flatMap(policiesOf));
  const isEvaluated = (index: number) => can !== undefined || (policies[index] ?? []).length > 0;
  if (!authorizers.some((one, index) => one !== null || isEvaluated(index)))
    return { rights: [], asked: [], arePeopleNamed: false };
  const { rightsInClusters } = await import('../../access/cluster-rights.ts');
  const { withoutRbac } = await import('../../rbac/authorizer.ts');
  const { withoutManifests } = await import('../../rbac/combine.ts');
  const { kubernetesMinor, NEWEST } = await import('../../rbac/kubernetes-version.ts');
  const { awsAuthState } = await import('../../rbac/model.ts');
  const withoutBindings = async ({ awsAuth, eks }: AskedCluster['cluster']) => {
    const version = kubernetesMinor(kubernetesVersion ?? eks?.version) ?? NEWEST;
    // Default permissions of everyone only matter if someone asks for them.
    const blank = can === undefined ? withoutRbac(version) : await withoutManifests(version);
    return blank.withAwsAuth(awsAuthState(awsAuth !== null, eks?.authenticationMode));
  };
  const clusters = await Promise.all(
    asked.map(async ({ provisioned, cluster }, index) => ({
      authorizer: authorizers[index] ?? (isEvaluated(index) ? await withoutBindings(cluster) : null),
      entries: provisioned,
      policies: policies[index] ?? [],
    })),
  );
  const found = rightsInClusters(clusters, can, namespace ?? null);
  shell.report(found.findings);
  return found;
}

function namedIn({ user, group }: WhoOptions): PrincipalName[] {
  return [
    ...(user === undefined ? [] : [{ type: 'USER' as const, name: user }]),
    ...(group === undefined ? [] : [{ type: 'GROUP' as const, name: group }]),
  ];
}

/** Null (no filter) if no principal of that type was named. */
function idsOf(principals: readonly Principal[], wanted: Principal['type']): ReadonlySet<string> | null {
  const ids = principals.flatMap(({ type, id }) => (type === wanted ? id : []));
  return ids.length === 0 ? null : new Set(ids);
}
