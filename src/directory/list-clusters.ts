import { partitionOfRegion } from '../arn.ts';
import { AwsFailure } from '../aws/failure.ts';
import { WIDTH } from '../aws/rate-limit.ts';
import { note, refusal } from '../errors.ts';
import { compareStrings } from '../text.ts';
import { AccountReader } from './account-reader.ts';
import type { Connection } from './connection.ts';
import { nounText } from './fleet-matcher.ts';
import { listAccounts } from './list-accounts.ts';
import { type Account, type AccountName, accountText, type UnreadCluster } from './model.ts';
import type { FleetQuery, InventoryQuery } from './query.ts';
import {
  type AccountListing,
  requireScope,
  resolveScope,
  type ScopeAccount,
  withStatedAccounts,
} from './scope.ts';
import { type AccountFailure, accountFailure, requireReadable } from './unreadable-accounts.ts';

/** The clusters of one account and region, by name. */
interface LiveList {
  readonly account: Account;
  readonly accountId: string;
  readonly region: string;
  readonly names: readonly string[];
}

/**
 * The regions to search, each once.
 * @throws Failure (exit 2) for one of another partition, or none at all
 */
function regionsOf({ regions }: FleetQuery, { primary }: Connection): string[] {
  if (regions.length === 0 && !primary.isRegionSet)
    throw refusal({
      message: "no region is set, so clusters that match a pattern can't be found",
      help: "Set the regions to search with --cluster-region, or one with --region, AWS_REGION or the profile's `region`.",
    });
  if (regions.length === 0) return [primary.region];
  for (const region of regions) {
    const partition = partitionOfRegion(region);
    if (partition === primary.partition) continue;
    throw refusal({
      message: `--cluster-region: ${region} is in partition ${partition}, but the credentials are for ${primary.partition}`,
      help: 'Use a profile in its partition (--profile), and run once per partition.',
    });
  }
  return [...new Set(regions)];
}

/** Lists the clusters of the accounts in a query's scope, in its regions. */
export async function listClusters(
  connection: Connection,
  query: FleetQuery,
): Promise<{
  readonly lists: readonly LiveList[];
  /** The places whose clusters couldn't be listed. */
  readonly unread: readonly UnreadCluster[];
  /** The accounts of the scope, and others that were listed. */
  readonly accounts: readonly AccountName[];
  /** The accounts and regions, for messages. */
  readonly where: string;
}> {
  const regions = regionsOf(query, connection);
  // The caller's own account if the query names none.
  const own = query.accounts.scope.length > 0 ? {} : { scope: [{ kind: 'self' } as const], within: null };
  const asked: InventoryQuery = {
    ...query.accounts,
    ...own,
    permissionSets: 'none',
    organizationTree: false,
  };
  const listing = await listAccounts(connection, asked, () => {});
  const scope = scopeIn(connection, asked, listing);
  const { read, failures } = await listAll(connection, scope, regions);
  const exact = new Set(scope.flatMap((account) => (account.exact ? account.id : [])));
  const isAnyRead = read.some(({ lists }) => lists.length > 0);
  await reportFailures(connection, query, failures, { exact, isAnyRead });
  const order = new Map(scope.map(({ id }, index) => [id, index]));
  const unread = failures.flatMap(({ failure: { account, cause, detail }, regions }) =>
    regions.map((region) => {
      return { accountId: account.id, accountName: account.name, region, name: null, cause, detail };
    }),
  );
  unread.sort((one, other) => (order.get(one.accountId) ?? 0) - (order.get(other.accountId) ?? 0));
  const where = [
    nounText(
      'account',
      scope.map(({ id }) => id),
    ),
    nounText('region', regions),
  ].join(', ');
  return {
    lists: read.flatMap(({ lists }) => lists),
    unread,
    accounts: [...listing.accounts, ...scope],
    where,
  };
}

/** Lists the clusters of all accounts that can be read, several at a time. */
async function listAll(connection: Connection, scope: readonly Account[], regions: readonly string[]) {
  const { options, progress } = connection;
  const accounts = scope.filter((account) => connection.problemOf(account) === undefined);
  const total = accounts.length * regions.length;
  let done = 0;
  progress.update({ clusterLists: { done, total } });
  const reader = new AccountReader({
    width: options.width ?? WIDTH,
    read: (account) => listIn(connection, account, regions),
    isFatal: (failure, { id }) => failure.isContradiction || connection.isOfCaller(failure, id),
    onProgress: (accountsRead) => {
      done = accountsRead * regions.length;
      progress.update({ clusterLists: { done, total } });
    },
  });
  for (const account of accounts) reader.add(account);
  try {
    await reader.finished();
  } finally {
    reader.stop();
  }
  const read = scope.flatMap(({ id }) => reader.found.get(id) ?? []);
  const failures: PlaceFailure[] = [
    ...[...reader.failures, ...scope.flatMap((account) => connection.problemOf(account) ?? [])].map(
      (failure) => ({ failure, regions }),
    ),
    ...read.flatMap(({ failures }) => failures),
  ];
  return { read, failures };
}

/** Why the clusters of an account couldn't be listed in some regions. */
interface PlaceFailure {
  readonly failure: AccountFailure;
  readonly regions: readonly string[];
}

/**
 * Lists the clusters of an account in each region. A region may be off, or denied by a policy of the organization.
 * @throws AwsFailure if that says nothing about a single region
 */
async function listIn(
  connection: Connection,
  account: Account,
  regions: readonly string[],
): Promise<{ readonly lists: LiveList[]; readonly failures: PlaceFailure[] }> {
  const lists: LiveList[] = [];
  const failures: PlaceFailure[] = [];
  const network: AwsFailure[] = [];
  await Promise.all(
    regions.map(async (region) => {
      const eks = await connection.eksOf({ account, region });
      try {
        lists.push({ account, accountId: account.id, region, names: await eks.clusterNames() });
      } catch (error) {
        if (
          !(error instanceof AwsFailure) ||
          error.isContradiction ||
          connection.isOfCaller(error, account.id)
        )
          throw error;
        if (error.isOfNetwork) network.push(error);
        const failure = accountFailure(account, error);
        const cause = failure.cause.includes(region) ? failure.cause : `${failure.cause} in ${region}`;
        failures.push({ failure: { ...failure, cause }, regions: [region] });
      }
    }),
  );
  // Without any answer, the network may be down: the other accounts then aren't tried one by one.
  const [first] = network;
  if (first && network.length === regions.length) throw first;
  const inOrder = (one: string, other: string) => regions.indexOf(one) - regions.indexOf(other);
  return {
    lists: lists.sort((one, other) => inOrder(one.region, other.region)),
    failures: failures.sort((one, other) => inOrder(one.regions[0] ?? '', other.regions[0] ?? '')),
  };
}

/** @throws Failure (exit 3) naming all accounts that may not be skipped */
async function reportFailures(
  connection: Connection,
  { maySkip }: FleetQuery,
  all: readonly PlaceFailure[],
  { exact, isAnyRead }: { readonly exact: ReadonlySet<string>; readonly isAnyRead: boolean },
): Promise<void> {
  const failures = all
    .map(({ failure }) => failure)
    .sort((one, other) => compareStrings(one.account.id, other.account.id));
  // As for roles: Organizations creates no role in the management account, so a wide scope skips it.
  const open = failures.filter(
    ({ account, withoutRole }) => withoutRole && !exact.has(account.id) && !maySkip(account),
  );
  const managementId = open.length > 0 && isAnyRead ? await connection.managementAccountId() : null;
  const management = open.find(({ account }) => account.id === managementId);
  const others = failures.filter((failure) => failure !== management);
  connection.report(requireReadable(others, maySkip, 'clusters'));
  if (!management) return;
  const { account, cause, detail } = management;
  const message = `skipped the clusters of the management account ${accountText(account)} (${cause}): ${detail}`;
  const help = `To read them, add its profile after the first one (--profile FIRST --profile MANAGEMENT). To exclude it, use --exclude-account ${account.id}.`;
  connection.report([note('management-account-unread', message, { help })]);
}

/**
 * The accounts in a query's scope, in its order, without reading them; reports accounts that are skipped.
 * @throws Failure (exit 2) for selectors that do not resolve, and for an empty scope
 */
function scopeIn(
  connection: Connection,
  query: InventoryQuery,
  listing: AccountListing,
): readonly (Account & Pick<ScopeAccount, 'exact'>)[] {
  const { callerAccountId } = connection;
  const accounts = withStatedAccounts(query, listing, callerAccountId);
  const known = { accounts, callerAccountId, emptyUnits: listing.emptyUnits };
  const scope = requireScope(query, known);
  connection.report(resolveScope(query.scope, query.exclude, known).findings);
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return scope.flatMap(({ id, exact }) => {
    const account = byId.get(id);
    return account ? { ...account, exact } : [];
  });
}
