import { Command } from 'commander';
import {
  type Cluster,
  type ClusterAccess,
  clusterAccess,
  isOfProvisionedRole,
  otherEntries,
} from '../../access/cluster-access.ts';
import {
  clusterAdminFindings,
  hiddenFindings,
  nobodyFindings,
  unknownFindings,
} from '../../access/findings.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { type Finding, refusal } from '../../errors.ts';
import { type Inventory, type Principal, principalText } from '../../inventory/model.ts';
import { Assignees } from '../../inventory/people/assignees.ts';
import type { PrincipalName } from '../../inventory/query.ts';
import { unknownPrincipal } from '../../mapping/explain-unresolved.ts';
import { listed } from '../../text.ts';
import { type ClusterFile, readClusterFiles } from '../cluster-files.ts';
import { readPeopleOf } from '../file-inventory.ts';
import {
  addConfigOption,
  addFilesArgument,
  addInventoryOptions,
  addShellOptions,
  type CommonOptions,
  outputOption,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import { loadAwsAuth, loadWarnings } from './view.ts';
import { renderWho, type WhoFormat } from './who-output.ts';

interface WhoOptions extends CommonOptions {
  readonly output: WhoFormat;
  readonly user?: string;
  readonly group?: string;
  readonly expand?: boolean;
}

export function whoCommand(run: Run): Command {
  const command = addFilesArgument(new Command('who'))
    .addOption(outputOption('table', 'json', 'csv', 'mermaid'))
    .option('--user <name>', 'only what this user gets, and through which groups')
    .option('--group <name>', 'only what this group gets')
    .option('--expand', 'also list the members of groups');
  return addShellOptions(addInventoryOptions(addConfigOption(command))).action(
    (files: readonly string[], options: WhoOptions) => run(options, (shell) => who(files, options, shell)),
  );
}

async function who(files: readonly string[], options: WhoOptions, shell: Shell): Promise<Outcome> {
  const clusters = (await readClusterFiles(files, shell)).map((file) => loadCluster(file, shell));
  const { expand = false, output } = options;
  const named = namedIn(options);
  const provisioned = clusters.flatMap((cluster) => cluster.provisioned);
  // AWS is read once, whatever the number of clusters.
  const people = await readPeopleOf(provisioned, { named, members: expand }, options, shell);
  const { inventory } = people;
  const assignees = inventory && new Assignees(inventory);
  const isSnapshot = options.inventory !== undefined;
  const principals = assignees ? named.flatMap((one) => requirePrincipal(one, assignees, isSnapshot)) : [];
  const filter = { users: idsOf(principals, 'USER'), groups: idsOf(principals, 'GROUP'), expand };
  const question = { ...people, filter, isAboutPeople: named.length > 0 };
  const known = inventory && assignees ? { inventory, assignees } : null;
  const shown = clusters.map((cluster) => clusterAccess(cluster, known, question));
  for (const one of shown) reportAccess(one, named.length > 0, shown.length > 1, shell);
  if (assignees) reportNothing(shown, named, shell);
  return {
    stdout: await renderWho({ clusters: shown, inventory }, output),
    summary: asOf(inventory),
  };
}

/** Loads an aws-auth as the authenticator does, and warns of what this loses. */
function loadCluster({ cluster, document }: ClusterFile, shell: Shell): Cluster {
  const { mapRoles, mapUsers, mapAccounts, overridden } = loadAwsAuth(document);
  shell.report(loadWarnings(document, 'mapRoles', mapRoles.errors));
  shell.report(loadWarnings(document, 'mapUsers', mapUsers.errors));
  shell.report(loadWarnings(document, 'mapAccounts', mapAccounts.errors));
  shell.report(overriddenFindings(document, overridden));
  const entries = {
    roles: mapRoles.entries,
    users: mapUsers.entries,
    accounts: mapAccounts.entries,
    overridden,
  };
  const provisioned = [...entries.roles, ...entries.users].filter((one) => isOfProvisionedRole(one, entries));
  if (provisioned.length === 0) {
    const message = `${document.file} has no entry of a provisioned role`;
    shell.report([{ severity: 'note', code: 'no-entries', message }]);
  }
  const users = new Set(entries.users);
  const locationOf = (entry: LoadedEntry) =>
    document[users.has(entry) ? 'mapUsers' : 'mapRoles']?.locationOf(entry.node.contentStart) ?? {
      file: document.file,
    };
  return { name: cluster, file: document.file, provisioned, others: otherEntries(entries), locationOf };
}

function overriddenFindings(
  { file, mapRoles, mapUsers }: AwsAuthDocument,
  overridden: ReadonlyMap<LoadedEntry, LoadedEntry>,
): Finding[] {
  if (overridden.size === 0) return [];
  const texts = [...overridden].map(([user, role]) => {
    const [one, other] = [
      mapUsers?.locationOf(user.node.contentStart).line,
      mapRoles?.locationOf(role.node.contentStart).line,
    ];
    return `${user.arn} (mapUsers line ${one}, overridden by mapRoles line ${other})`;
  });
  const message = `mapRoles overrides mapUsers, so these entries have no effect: ${listed(texts)}`;
  return [{ severity: 'warning', code: 'overridden-user', message, location: { file } }];
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
  isAboutPeople: boolean,
  severalClusters: boolean,
  shell: Shell,
): void {
  const { access, cluster, others, hidden } = shown;
  const isSome = cluster.provisioned.length + hidden.length > 0;
  if (access.length + others.length === 0 && isSome && !isAboutPeople) {
    const message = `${cluster.file} has no entry of an account in the scope`;
    shell.report([{ severity: 'note', code: 'no-entries', message }]);
  }
  shell.report(hiddenFindings(shown, severalClusters));
  if (!isAboutPeople) shell.report(nobodyFindings(access, cluster.locationOf));
  shell.report(unknownFindings(access, cluster.locationOf));
  shell.report(clusterAdminFindings(shown, severalClusters));
}

/** Names the files through which those who were asked for get nothing. */
function reportNothing(shown: readonly ClusterAccess[], named: readonly PrincipalName[], shell: Shell): void {
  const closed = shown.filter(({ grants }) => grants.length === 0).map(({ cluster }) => cluster.file);
  if (named.length === 0 || closed.length === 0) return;
  const who = named.map((one) => principalText({ ...one, id: '' })).join(' and ');
  const message = `${who} ${named.length === 1 ? 'gets' : 'get'} nothing through ${listed(closed)}`;
  shell.report([{ severity: 'note', code: 'no-access', message }]);
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
