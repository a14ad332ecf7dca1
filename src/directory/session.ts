import { setMaxListeners } from 'node:events';
import { partitionOfRegion } from '../arn.ts';
import { CredentialProcesses } from '../aws/credential-process.ts';
import { callerArn, type Identity, identify, type MfaSessions } from '../aws/identity.ts';
import {
  type CredentialSource,
  defaultSource,
  findRegion,
  type RunRegion,
  statedProfile,
} from '../aws/profile.ts';
import { findProxies } from '../aws/request-handler.ts';
import { interrupted, Retrier } from '../aws/retry.ts';
import { Failure, note, refusal } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { parseRoleArn } from '../role-name.ts';
import { callerKey, roleArnKey } from '../same-arn.ts';
import { quoted } from '../text.ts';
import { type AwsOptions, Connection, ProgressTracker, requireOnePartition } from './connection.ts';
import { Discovery } from './discovery.ts';
import { findFleet, readClusters } from './fleet.ts';
import { type EksCluster, type Inventory, type OtherRole, type Role, unlistedAccount } from './model.ts';
import { detachedString } from './provisioned-roles.ts';
import type {
  ClusterPlace,
  ClusterSelector,
  Fleet,
  FleetQuery,
  InventoryQuery,
  InventorySource,
  KnownSets,
  PeopleQuery,
} from './query.ts';
import { PeopleReader, withPeople } from './read-people.ts';
import { type AccountFailure, roleLookupNotes } from './unreadable-accounts.ts';

/**
 * Finds all profiles' credentials and their accounts, with at most one GetCallerIdentity call each.
 * Load this module with `import()`: it loads the SDK.
 * @throws Failure 3 if a profile has no usable credentials, 130 when aborted
 */
export async function openAws(options: AwsOptions, signal: AbortSignal): Promise<AwsSession> {
  const closing = new AbortController();
  const either = AbortSignal.any([signal, closing.signal]);
  // Every call in flight adds a listener.
  setMaxListeners(0, either);
  const progress = new ProgressTracker(options.onProgress);
  const retrier = new Retrier(
    either,
    {
      onCall: (call) => {
        progress.increment('calls');
        options.onCall?.(call);
      },
      onThrottle: () => progress.increment('throttles'),
    },
    options.timing,
    options.width,
  );
  const abort = () => closing.abort();
  try {
    const regionOf = (profile: string | null) => findRegion(options.region, profile, options.env);
    const open = await opener(options, regionOf, retrier);
    const [primary, ...others] = await openIdentities(options, open);
    const openProfile = (profile: string) => open(statedProfile(profile));
    const parts = { primary, others, open: openProfile, regionOf, progress, abort };
    return new AwsSession(new Connection(options, parts));
  } catch (error) {
    abort();
    throw signal.aborted ? interrupted() : error;
  }
}

/** Resolves the identity behind a source's credentials. */
type Open = (source: CredentialSource) => Promise<Identity>;

async function opener(
  { env, onFinding, ask, ssoRegion }: AwsOptions,
  regionOf: (profile: string | null) => Promise<RunRegion>,
  retrier: Retrier,
): Promise<Open> {
  const proxies = await findProxies(env, (finding) => onFinding?.(finding));
  const mfaSessions: MfaSessions = new Map();
  const processes = new CredentialProcesses(retrier.timing.deadline);
  return async (source) => {
    const region = await regionOf(source.profile);
    if (ssoRegion !== undefined) requireSamePartition(ssoRegion, region);
    return identify({ source, ...region, env, proxies, ask, mfaSessions, processes }, retrier);
  };
}

/** @throws Failure (exit 2) if Identity Center's region is in another partition than the run's */
function requireSamePartition(ssoRegion: string, { region }: RunRegion): void {
  const [own, other] = [region, ssoRegion].map(partitionOfRegion);
  if (own === other) return;
  throw refusal({
    message: `Identity Center's region ${ssoRegion} is in partition ${other}, but the run's region ${region} is in ${own}`,
    help: 'Correct --sso-region (in the config, `ssoRegion`), or use a profile and --region of its partition.',
  });
}

async function openIdentities(
  { profiles, env, onFinding }: AwsOptions,
  open: Open,
): Promise<[Identity, ...Identity[]]> {
  const [first, ...others] = [...new Set(profiles)].map(statedProfile);
  const primary = first ?? (await defaultSource(env, (finding) => onFinding?.(finding)));
  const identities = await Promise.all([open(primary), ...others.map(open)]);
  requireOnePartition(identities);
  for (const [accountId, ofAccount] of groupBy(identities, (identity) => identity.accountId)) {
    if (ofAccount.length > 1) {
      const names = ofAccount.map(({ profile }) => quoted(profile ?? ''));
      const message = `profiles ${names.join(' and ')} belong to the same account, ${accountId}: only ${names[0]} is used`;
      const help = 'Each --profile after the first reads its own account: remove the others.';
      onFinding?.(note('profiles-of-one-account', message, { help }));
    }
  }
  return identities;
}

/** One run's connection to AWS, with the data read so far. */
export class AwsSession implements InventorySource {
  readonly isLive = true;
  readonly partition: string;
  readonly callerAccountId: string;
  readonly clusterPlace: ClusterPlace | undefined;
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
    this.callerAccountId = connection.callerAccountId;
    const { partition, region, isRegionSet, accountId } = connection.primary;
    this.partition = partition;
    this.clusterPlace = isRegionSet ? { partition, region, accountId } : undefined;
  }

  async callerArn(): Promise<string> {
    return this.unlessAborted(callerArn(this.connection.primary));
  }

  /**
   * Reads only what the query needs. `Inventory.accounts`, ascending by ID, contains every account that the scope or
   * the exclusions name; accounts that are excluded, or skipped as suspended, have `rolesRead: false` and `unreadable:
   * null`.
   * @throws Failure 2 for names that do not resolve, 3 for AWS failures (all unreadable accounts at once), 130 when
   *   aborted
   */
  async read(query: InventoryQuery): Promise<Inventory> {
    return this.unlessAborted(new Discovery(this.connection, query).run());
  }

  /**
   * All permission sets of the instance; `IdentityCenter` reads each once.
   * @param inventory from `read`: its roles reveal the home region
   * @throws Failure 3, an `AwsFailure` of kind `denied` if calls to sso-admin are denied
   */
  async permissionSets(inventory: Inventory) {
    const { identityCenter } = this.connection;
    const home = await this.connection.homeRegion(inventory.roles);
    return this.unlessAborted(identityCenter.readAll(home));
  }

  async knownSets(inventory: Inventory, names?: readonly string[]): Promise<KnownSets> {
    try {
      if (names) return await this.unlessAborted(this.search(names, inventory));
      const { permissionSets: sets, instance } = await this.permissionSets(inventory);
      return { kind: 'known', sets, instance };
    } catch (error) {
      if (!(error instanceof Failure) || error.exitCode !== 3 || error.isContradiction) throw error;
      return { kind: 'unknown', reason: error.message };
    }
  }

  private async search(names: readonly string[], { roles }: Inventory): Promise<KnownSets> {
    const home = await this.connection.homeRegion(roles);
    const organization = await this.connection.identityCenter.organization(home);
    const reason = await organization.search(names);
    if (reason !== undefined) return { kind: 'unknown', reason };
    return { kind: 'known', sets: organization.named(), instance: organization.instance };
  }

  /**
   * Reads the assignments of an inventory's roles, and returns the inventory with them.
   * @param inventory from `read`
   * @throws Failure 3 for AWS failures, 130 when aborted
   */
  async people(inventory: Inventory, query: PeopleQuery): Promise<Inventory> {
    const reader = new PeopleReader(this.connection, query);
    const read = inventory.accounts.filter(({ rolesRead }) => rolesRead).map(({ id }) => id);
    reader.addRoles(inventory.roles);
    const answer = await this.unlessAborted(reader.finish(inventory.roles, new Set(read)));
    return this.withCoverage(withPeople(inventory, answer));
  }

  async withCoverage(inventory: Inventory): Promise<Inventory> {
    return this.unlessAborted(this.connection.withCoverage(inventory));
  }

  async clusters(selectors: readonly ClusterSelector[]): Promise<readonly EksCluster[]> {
    return this.unlessAborted(readClusters(this.connection, selectors));
  }

  async fleet(query: FleetQuery): Promise<Fleet> {
    return this.unlessAborted(findFleet(this.connection, query));
  }

  async otherRoles(roleArns: readonly string[]): Promise<readonly OtherRole[]> {
    return this.unlessAborted(readOtherRoles(this.connection, roleArns));
  }

  /** Closes the connections; the session can't be used afterwards. */
  close(): void {
    this.connection.close();
  }

  private async unlessAborted<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.connection.signal.aborted ? interrupted() : error;
    }
  }
}

/**
 * Looks up roles in IAM's role lists of the accounts that can be read; ignores ARNs that aren't roles of the partition.
 * A list is complete, so a missing role is gone; a lookup by name might not find a role whose name is in another case.
 * Reports accounts that can't be read in a note.
 * @throws AwsFailure if AWS can't be reached at all
 */
async function readOtherRoles(
  connection: Connection,
  roleArns: readonly string[],
): Promise<readonly OtherRole[]> {
  const named = roleArns.flatMap((arn) => parseRoleArn(arn) ?? []);
  const ofPartition = named.filter(({ partition }) => partition === connection.primary.partition);
  const distinct = new Map(ofPartition.map((role) => [callerKey(role.roleArn), role]));
  const byAccount = groupBy(distinct.values(), (role) => role.accountId);
  const answers = await Promise.all([...byAccount].map(([id, roles]) => rolesOf(connection, id, roles)));
  connection.report(roleLookupNotes(answers.flatMap(({ failure }) => failure ?? [])));
  return answers.flatMap(({ roles }) => roles);
}

/** The roles that exist or are missing in an account; only the failure if it can't be read. */
async function rolesOf(
  connection: Connection,
  accountId: string,
  named: readonly Pick<Role, 'roleArn'>[],
): Promise<{
  readonly roles: readonly OtherRole[];
  readonly failure?: AccountFailure & { readonly roleCount: number };
}> {
  const account = unlistedAccount(accountId);
  const attempt = await connection.attempt(account, () => connection.listRoles(account));
  if ('failure' in attempt) {
    const { failure } = attempt;
    if (failure.error?.isOfNetwork || failure.error?.isContradiction) throw failure.error;
    return { roles: [], failure: { ...failure, roleCount: named.length } };
  }
  const byKey = new Map(attempt.value.map((role) => [roleArnKey(role.arn), role]));
  return {
    roles: named.map(({ roleArn: arn }): OtherRole => {
      const role = byKey.get(callerKey(arn));
      if (!role) return { arn, role: null };
      const { createdAt, accountAccess } = role;
      const own = { pathArn: detachedString(role.arn), createdAt };
      return { arn, role: accountAccess ? { ...own, accountAccess } : own };
    }),
  };
}
