import { Argument } from 'commander';
import { parseArn } from '../../arn.ts';
import {
  mentionedIn,
  otherRoleArns,
  principalArns,
  provisionedAccounts,
  withOtherRoles,
} from '../../directory/look-up.ts';
import { clusterLocation, type EksCluster, type Inventory } from '../../directory/model.ts';
import {
  type InventoryQuery,
  type InventorySource,
  neededListing,
  type PeopleQuery,
} from '../../directory/query.ts';
import { scopeTest } from '../../directory/scope.ts';
import { toSnapshot } from '../../directory/snapshot.ts';
import { type Finding, note } from '../../errors.ts';
import { queryOf } from '../../mapping/request.ts';
import { parseRoleArn } from '../../role-name.ts';
import { listed } from '../../text.ts';
import { unknownSignIns } from '../../who/unlisted-findings.ts';
import { clustersOption, defineCommand } from '../define-command.ts';
import { renderLongJson } from '../format/json.ts';
import { distinctFiles, type Inputs, readAwsAuth, withInputs } from '../inputs/inputs.ts';
import { rolesBeside } from '../inputs/inventory.ts';
import { loadListing } from '../load-request.ts';
import { type CommonOptions, type FleetOptions, selectedClusters } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';

interface SnapshotOptions extends CommonOptions, FleetOptions {
  readonly principals?: boolean;
}

const EVERYBODY: PeopleQuery = { roleArns: null, named: [], onlyNamed: false, members: true };

const FILES = 'include the roles in these aws-auth ConfigMaps; - for stdin';

export const snapshotCommand = defineCommand(
  'snapshot',
  { config: 'accounts and AWS settings', reads: 'AWS', clusters: 'several' },
  (command) =>
    command
      .addArgument(new Argument('[file...]', FILES).default([], 'none'))
      .option('--principals', 'include assignments with names of groups, members and users (personal data)')
      .addOption(clustersOption('include this cluster and its access entries')),
  snapshot,
);

async function snapshot(options: SnapshotOptions, shell: Shell, given: readonly string[]): Promise<Outcome> {
  const inFiles = await rolesInFiles(distinctFiles(given, shell), shell);
  const withClusters = selectedClusters(options).selectors.length > 0;
  const { request, config } = await loadListing(options, shell, withClusters || inFiles !== null);
  const asked = queryOf(request);
  const isScoped = asked.scope.length > 0;
  const take = async (inputs: Inputs) => {
    const source = await inputs.open();
    const { clusters, unread } = await inputs.fleet();
    shell.report(
      clusters.flatMap((cluster) =>
        unknownSignIns(cluster.signIns?.unread ?? [], { location: clusterLocation(cluster) }),
      ),
    );
    const { partition } = source;
    const named = { clusters, inFiles: inFiles ?? [], hasFiles: inFiles !== null, partition };
    const query: InventoryQuery = {
      ...(isScoped ? asked : { ...asked, ...namedScope(named, asked, shell) }),
      ...(options.principals
        ? { permissionSets: 'all', people: { ...EVERYBODY, mentioned: mentionedIn(clusters) } }
        : { permissionSets: 'none' }),
    };
    // Account IDs alone must not require Organizations. If it is called anyway, units are included.
    const organizationTree = neededListing(query) !== 'none';
    const read = await source.read({ ...query, organizationTree });
    const others = otherRolesOf(named, read, asked, { isScoped, isFlagged: request.scope.flags.length > 0 });
    shell.report(unreadAccounts(named, read, others.beyond));
    const inventory = await withOtherRoles(read, others.inScope, () => true, source, inputs.report);
    const complete = await withPermissionSets(inventory, source, shell);
    const unreadClusters = unread.length > 0 ? { unreadClusters: unread } : {};
    // Labels are for messages: in another fleet, other names are shared.
    const stored = clusters.map(({ label: _, ...cluster }) => cluster);
    const whole = withClusters ? { ...complete, clusters: stored, ...unreadClusters } : complete;
    return { stdout: renderLongJson(toSnapshot(whole)) };
  };
  // The user didn't ask for exactly the accounts of a file: an unreadable one is reported, and its roles stay unknown.
  const isLenient = inFiles !== null && !isScoped;
  return withInputs(options, shell, take, {
    isLenient,
    signIns: true,
    settings: { config, accounts: asked },
  });
}

/**
 * Role ARNs in the entries of files, in a form that `parseRoleArn` accepts; null without files.
 * @throws Failure (exit 2) for a file that other commands refuse
 */
async function rolesInFiles(paths: readonly string[], shell: Shell): Promise<readonly string[] | null> {
  if (paths.length === 0) return null;
  const { AwsAuth } = await import('../../aws-auth/aws-auth.ts');
  const { loadWarnings } = await import('../../aws-auth/load-findings.ts');
  const arns: string[] = [];
  for (const path of paths) {
    const awsAuth = new AwsAuth(await readAwsAuth(path, shell));
    shell.report(loadWarnings(awsAuth, 'mapRoles'));
    // The authenticator ignores case, IAM doesn't.
    arns.push(...awsAuth.mapRoles.entries.map(({ arn }) => (parseRoleArn(arn) ? arn : arn.toLowerCase())));
  }
  return arns.filter((arn) => parseRoleArn(arn) !== undefined);
}

/** Sources of roles, in addition to the selected accounts. */
interface Named {
  readonly clusters: readonly EksCluster[];
  /** ARNs of roles, most of them without a path. */
  readonly inFiles: readonly string[];
  readonly hasFiles: boolean;
  readonly partition: string;
}

/**
 * Roles that Identity Center didn't create, inside and outside the scope. A config names the accounts of its clusters,
 * but not of CI roles, so these are looked up in every account that no flag excludes.
 */
function otherRolesOf(
  { clusters, inFiles }: Named,
  inventory: Inventory,
  asked: InventoryQuery,
  { isScoped, isFlagged }: { readonly isScoped: boolean; readonly isFlagged: boolean },
): { readonly inScope: readonly string[]; readonly beyond: readonly string[] } {
  const anywhere = scopeTest(
    { ...asked, within: null },
    { accounts: [], callerAccountId: inventory.callerAccountId },
  );
  const isRead = readTest(inventory);
  const accountOf = (arn: string) => parseRoleArn(arn)?.accountId ?? '';
  const sorted = [
    { arns: otherRoleArns(clusters), isInScope: isScoped ? isRead : anywhere },
    {
      arns: rolesBeside(inFiles, inventory),
      isInScope: isFlagged ? isRead : anywhere,
    },
  ].map(({ arns, isInScope }) => ({
    inScope: arns.filter((arn) => isInScope(accountOf(arn))),
    beyond: arns.filter((arn) => !isInScope(accountOf(arn))),
  }));
  return {
    inScope: sorted.flatMap(({ inScope }) => inScope),
    beyond: sorted.flatMap(({ beyond }) => beyond),
  };
}

/** The scope if none is given: accounts of the clusters, and of the provisioned roles in access entries and files. */
function namedScope(
  named: Named,
  asked: InventoryQuery,
  shell: Shell,
): Pick<InventoryQuery, 'scope' | 'fromFile' | 'mayBeEmpty'> {
  const { clusters, inFiles, hasFiles } = named;
  const own = clusters.map(({ arn }) => parseArn(arn)?.accountId ?? '');
  const ids = [...new Set([...own, ...roleAccounts(named)])].sort();
  const sources = [
    ...(clusters.length > 0 ? ['the clusters', 'their access entries'] : []),
    ...(hasFiles ? ['the permission sets in the files'] : []),
  ];
  const origin = sources.join(sources.length > 2 ? ', ' : ' and ');
  const which =
    ids.length > 0 ? `those of ${origin}: ${listed(ids)}` : 'none, because the files name no permission set';
  const message = `no accounts selected, reading ${which}`;
  shell.report([note('cluster-accounts', message)]);
  // Files may name only other roles.
  const isLeft = scopeTest(asked);
  const mayBeEmpty = ids.length === 0 || inFiles.some((arn) => isLeft(parseRoleArn(arn)?.accountId ?? ''));
  return { scope: ids.map((id) => ({ kind: 'id', id })), fromFile: true, mayBeEmpty };
}

function readTest({ accounts }: Inventory): (accountId: string) => boolean {
  const read = new Set(accounts.flatMap(({ id, rolesRead }) => (rolesRead ? id : [])));
  return (id) => read.has(id);
}

/** Accounts of the provisioned roles in access entries and files. */
function roleAccounts({ clusters, inFiles, partition }: Named): string[] {
  return provisionedAccounts([...principalArns(clusters), ...inFiles], partition);
}

/**
 * A note about access entries, and entries of files, that the snapshot can't be used to check.
 * @param beyond the other roles that are not looked up
 */
function unreadAccounts(named: Named, inventory: Inventory, beyond: readonly string[]): Finding[] {
  const isRead = readTest(inventory);
  // A warning has already reported that these can't be read.
  const reported = new Set(
    inventory.accounts.flatMap(({ id, unreadable }) => (unreadable === null ? [] : id)),
  );
  const unread = [
    ...new Set([
      ...roleAccounts(named).filter((id) => !isRead(id) && !reported.has(id)),
      ...beyond.flatMap((arn) => parseRoleArn(arn)?.accountId ?? []),
    ]),
  ].sort();
  if (unread.length === 0) return [];
  const sources = [
    ...(named.clusters.length > 0 ? ['access entries'] : []),
    ...(named.hasFiles ? ['the files'] : []),
  ];
  const message = `${sources.join(' or ')} have roles in accounts outside the snapshot, so it can't tell whether they still exist: ${listed(unread)}`;
  const help = `Add them to the scope, for example with --account ${unread[0]}.`;
  return [note('cluster-accounts-unread', message, { help })];
}

/** Permission sets are optional: a snapshot is useful even without permission to call sso-admin. */
async function withPermissionSets(
  inventory: Inventory,
  source: InventorySource,
  shell: Shell,
): Promise<Inventory> {
  const known = await source.knownSets(inventory);
  if (known.kind === 'known')
    return source.withCoverage({ ...inventory, permissionSets: known.sets, instance: known.instance });
  const message = `the snapshot has no permission sets, so it resolves names but not permission set ARNs: ${known.reason}`;
  shell.report([note('permission-sets-unknown', message)]);
  return inventory;
}
