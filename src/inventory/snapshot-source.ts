import { type Failure, type Finding, refusal, unavailable, warning } from '../errors.ts';
import { roleArnKey } from '../same-arn.ts';
import { listed, nearNames, quoted } from '../text.ts';
import { type FleetCluster, knownClusterText, labelled } from './known-clusters.ts';
import { type AccountName, accountText, type Inventory } from './model.ts';
import {
  ClusterNotFound,
  type ClusterSelector,
  clusterArn,
  type InventorySource,
  type KnownSets,
  type PeopleQuery,
} from './query.ts';
import { ReadTime } from './read-time.ts';
import { requireScope } from './scope/require-scope.ts';
import { type ScopeAccount, unlistedAccount } from './scope/resolve-scope.ts';
import { clustersIn, fleetIn } from './snapshot-fleet.ts';
import { type AccountFailure, managementNote, requireReadable } from './unreadable-accounts.ts';

/** An inventory source that answers queries from snapshots. */
export function snapshotSource(
  inventory: Inventory,
  maySkip: (account: AccountName) => boolean,
  report: (findings: readonly Finding[]) => void,
): InventorySource {
  const known = { ...inventory, isSnapshot: true };
  return {
    isLive: false,
    partition: inventory.partition,
    read: async (query) => {
      const scope = requireScope(query, known);
      const { failures, management } = unreadAccounts(scope, inventory, maySkip);
      report(requireReadable(failures, maySkip));
      report(management);
      if (query.people) report(checkPeople(inventory, query.people, new Set(scope.map(({ id }) => id))));
      return inventory;
    },
    people: async (_, query) => {
      const { roleArns } = query;
      const roles = inventory.roles.filter(({ roleArn }) => roleArns?.has(roleArn) ?? true);
      const ids = new Set(roles.map(({ accountId }) => accountId));
      report(checkPeople(inventory, query, ids));
      return inventory;
    },
    knownSets: async () => knownSetsOf(inventory),
    withCoverage: async (read) => read,
    clusters: async (selectors) => {
      const clusters = selectors.map((selector) => {
        const found = namedCluster(selector, inventory);
        if (!found.cluster) throw unread(found, inventory);
        return found.cluster;
      });
      return labelled(clusters, clustersIn(inventory));
    },
    fleet: async (query) =>
      fleetIn(known, query, (selector) => namedCluster(selector, inventory).cluster, report),
    otherRoles: async (roleArns) => {
      const asked = new Set(roleArns.map(roleArnKey));
      return (inventory.otherRoles ?? []).filter(({ arn }) => asked.has(roleArnKey(arn)));
    },
    close: () => {},
  };
}

/**
 * The cluster with a name or ARN, also one that couldn't be read.
 * @throws Failure (exit 2) if the snapshots don't contain the cluster, or know several with that name
 */
function namedCluster(selector: ClusterSelector, inventory: Inventory): FleetCluster {
  const { name, place } = selector;
  const arn = place && clusterArn(name, place);
  const [found, ...others] = clustersIn(inventory).filter((one) =>
    arn === null ? one.name === name : one.arn === arn,
  );
  if (!found) throw missing(selector, inventory);
  if (others.length === 0) return found;
  const message = ReadTime.of(inventory).dated(`the snapshots have several clusters named ${quoted(name)}`);
  const arns = [found, ...others].map(knownClusterText);
  throw refusal({ message, help: `Select one by its ARN: ${listed(arns)}` });
}

function missing({ name, place }: ClusterSelector, inventory: Inventory): ClusterNotFound {
  const { clusters = [] } = inventory;
  const named = clusters.filter((cluster) => cluster.name === name);
  const arn = place && clusterArn(name, place);
  const shown = quoted(arn ?? name);
  const names = clusters.map((cluster) => cluster.name);
  const near = named.length > 0 ? named.map((cluster) => cluster.arn) : nearNames(name, names);
  const hint = near.length > 0 ? `It has ${listed(near)}. ` : '';
  const help = `${hint}Take a new snapshot with \`aws-auth-sso snapshot --cluster ${arn ?? name}\`.`;
  return new ClusterNotFound([{ message: `${ReadTime.of(inventory).source} has no cluster ${shown}`, help }]);
}

/** For a cluster that the snapshots name, but don't have. */
function unread(found: FleetCluster, inventory: Inventory): Failure {
  const message = `${ReadTime.of(inventory).source} lacks cluster ${knownClusterText(found)}`;
  const help = `Take a new snapshot with \`aws-auth-sso snapshot --cluster ${found.arn}\`.`;
  return unavailable({ message, help });
}

const NOT_REQUESTED = "its roles weren't requested";

/**
 * Accounts whose roles the snapshots don't contain. The management account is separate: it is no failure if a live run
 * would skip it too.
 */
function unreadAccounts(
  scope: readonly ScopeAccount[],
  { accounts }: Inventory,
  maySkip: (account: AccountName) => boolean,
): { readonly failures: readonly AccountFailure[]; readonly management: readonly Finding[] } {
  const known = new Map(accounts.map((account) => [account.id, account]));
  const stated = scope.map(({ id, exact }) => ({ exact, account: known.get(id) ?? unlistedAccount(id) }));
  const unread = stated.filter(({ account }) => !account.rolesRead);
  const isManagement = ({ exact, account }: (typeof stated)[number]) =>
    account.isManagement === true && !exact && !maySkip(account) && unread.length < stated.length;
  const failures = unread
    .filter((one) => !isManagement(one))
    .map(({ account }) => {
      const detail =
        account.unreadable ?? (known.has(account.id) ? NOT_REQUESTED : "it isn't in the snapshot");
      const help = 'Take a snapshot that includes them, or exclude them with --exclude-account.';
      return { account, cause: 'not read when the snapshot was taken', detail, help };
    });
  const management = unread
    .filter(isManagement)
    .map(({ account }) => managementNote(account, account.unreadable ?? NOT_REQUESTED));
  return { failures, management };
}

function knownSetsOf({ permissionSets, instance }: Inventory): KnownSets {
  if (permissionSets) return { kind: 'known', sets: permissionSets, instance };
  return { kind: 'unknown', reason: 'the snapshot has no permission sets' };
}

const TAKE_AGAIN =
  'Take a new snapshot with `aws-auth-sso snapshot --principals`, which includes users and groups.';

/**
 * Checks that snapshots can answer a query about people in some accounts; returns a warning if they can only answer it
 * in part.
 * @throws Failure (exit 2) if they can't answer it
 */
function checkPeople(inventory: Inventory, query: PeopleQuery, accountIds: ReadonlySet<string>): Finding[] {
  const { accounts, assignments, principals } = inventory;
  const { source } = ReadTime.of(inventory);
  if (assignments === null || principals === null) throw incomplete(`${source} has no assignments`);
  const concerned = accounts.filter(({ id, rolesRead }) => rolesRead && accountIds.has(id));
  const unread = concerned.filter(({ assignmentsRead }) => !assignmentsRead);
  const where = listed(unread.map(accountText));
  if (unread.length > 0 && unread.length === concerned.length)
    throw incomplete(`${source} has no assignments for ${where}`);
  const needsMembers = query.members || query.named.some(({ type }) => type === 'USER');
  if (needsMembers && principals.some(({ type, members }) => type === 'GROUP' && members === null))
    throw incomplete(`${source} has no group members`);
  if (unread.length === 0) return [];
  return [warning('assignments-unknown', `${source} has no assignments for ${where}`)];
}

function incomplete(message: string): Failure {
  return refusal({ message, help: TAKE_AGAIN });
}
