import type { Eks } from '../aws/eks.ts';
import { AwsFailure, isAwsFailure } from '../aws/failure.ts';
import { Iam, type ListedRole } from '../aws/iam.ts';
import { AssumedSession, type Identity } from '../aws/identity.ts';
import type { IdentityStore } from '../aws/identity-store.ts';
import type { Organizations } from '../aws/organizations.ts';
import type { RunRegion } from '../aws/profile.ts';
import type { Width } from '../aws/rate-limit.ts';
import type { OutgoingCall } from '../aws/retry.ts';
import { SsoAdmin } from '../aws/sso-admin.ts';
import { type Finding, refusal } from '../errors.ts';
import type { Ask, Timing } from '../io.ts';
import { memoAsync } from '../memo.ts';
import { PROVISIONED_PATH } from '../role-name.ts';
import { quoted } from '../text.ts';
import { type HomeRegion, IdentityCenter } from './identity-center.ts';
import type { Account, AccountName, Instance, Inventory, Role } from './model.ts';
import { homeRegionIn, provisionedRole } from './provisioned-roles.ts';
import { type AssumeRoleRule, RoleRules } from './role-rules.ts';
import { type AccountFailure, accountFailure } from './unreadable-accounts.ts';

/** Options for the connection to AWS. Missing ones come from the environment and the AWS CLI's files. */
export interface AwsOptions {
  /**
   * The first one assumes roles, and calls Identity Center and Organizations unless they have their own profiles; each
   * further one reads its own account.
   */
  readonly profiles: readonly string[];
  readonly organizationsProfile?: string | undefined;
  readonly ssoProfile?: string | undefined;
  readonly region?: string | undefined;
  /** Identity Center's home region. */
  readonly ssoRegion?: string | undefined;
  /** Roles to assume in other accounts. */
  readonly assumeRole: readonly AssumeRoleRule[];
  /** True for accounts to skip if they can't be read. */
  readonly skipUnreadable?: (account: AccountName) => boolean;
  /** Concurrent calls to STS, and to IAM: at the start, and at most. */
  readonly width?: Width;
  readonly timing?: Partial<Timing> | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prompts for an MFA code. */
  readonly ask?: Ask | undefined;
  readonly onFinding?: (finding: Finding) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Called for every request, retries included. */
  readonly onCall?: (call: OutgoingCall) => void;
  /** Called with the rule in use and the others, before assuming a role in an account that several rules name. */
  readonly onRules?: (account: AccountName, used: AssumeRoleRule, others: readonly AssumeRoleRule[]) => void;
}

export interface Progress {
  readonly accountsDone: number;
  /** Null while the accounts are still being listed. */
  readonly accountsTotal: number | null;
  /** Requests sent, retries included. */
  readonly calls: number;
  readonly throttles: number;
  /** Pairs, or users and groups, whose assignments were read; missing before that. */
  readonly assignments?: { readonly done: number; readonly total: number };
  /** Permission sets whose names were read; missing before that. */
  readonly permissionSets?: { readonly done: number; readonly total: number };
  /** Users and groups whose names were read; missing before that. */
  readonly people?: number;
  /** Regions of accounts whose clusters were listed; missing if none are requested. */
  readonly clusterLists?: { readonly done: number; readonly total: number };
  /** EKS clusters whose access entries were read; missing if none are requested. */
  readonly clusters?: { readonly done: number; readonly total: number };
  /** Access entries read, and listed so far; missing before that. */
  readonly accessEntries?: { readonly done: number; readonly total: number };
}

/** Counts a run's progress, and reports every change. */
export class ProgressTracker {
  private progress: Progress = { accountsDone: 0, accountsTotal: null, calls: 0, throttles: 0 };
  private readonly onProgress: ((progress: Progress) => void) | undefined;

  constructor(onProgress: ((progress: Progress) => void) | undefined) {
    this.onProgress = onProgress;
  }

  update(change: Partial<Progress>): void {
    this.progress = { ...this.progress, ...change };
    this.onProgress?.(this.progress);
  }

  increment(counter: 'calls' | 'throttles'): void {
    this.update({ [counter]: this.progress[counter] + 1 });
  }
}

interface ConnectionParts {
  readonly primary: Identity;
  /** The profiles after the first. */
  readonly others: readonly Identity[];
  /** Resolves a profile's identity. */
  readonly open: (profile: string) => Promise<Identity>;
  /** The region for a profile's calls. */
  readonly regionOf: (profile: string) => Promise<RunRegion>;
  readonly progress: ProgressTracker;
  /** Aborts all calls in flight. */
  readonly abort: () => void;
}

/** A run's access to AWS, with the right credentials for each call. */
export class Connection {
  readonly options: AwsOptions;
  readonly primary: Identity;
  readonly others: readonly Identity[];
  readonly rules: RoleRules;
  readonly signal: AbortSignal;
  readonly progress: ProgressTracker;
  readonly identityCenter: IdentityCenter;
  private readonly parts: ConnectionParts;
  /** Identities of profiles only used for Organizations or Identity Center, opened by the first call. */
  private readonly extra: Identity[] = [];
  private readonly openExtra = memoAsync(async (profile: string) => {
    const identity = await this.parts.open(profile);
    this.extra.push(identity);
    requireOnePartition([this.primary, identity]);
    return identity;
  });
  /**
   * The credentials for an account: its own profile's, or a session of the role to assume. Cached: its roles and its
   * clusters are read with the same.
   */
  private readonly access = memoAsync(
    async (account: Account) => {
      const direct = this.identities.get(account.id);
      if (direct) return { identity: direct, session: undefined };
      const rule = this.rules.require(account);
      const others = this.options.onRules ? this.rules.overridden(account) : [];
      if (others.length > 0) this.options.onRules?.(account, rule, others);
      const session = await AssumedSession.open(this.primary, { accountId: account.id, ...rule });
      return { identity: this.primary, session };
    },
    ({ id }) => id,
  );
  private readonly identities: ReadonlyMap<string, Identity>;
  private readonly setNames = new Map<string, string>();

  constructor(options: AwsOptions, parts: ConnectionParts) {
    const { primary, others, progress } = parts;
    this.options = options;
    this.parts = parts;
    this.primary = primary;
    this.others = others;
    this.rules = new RoleRules(options.assumeRole, primary.accountId);
    this.signal = primary.retrier.signal;
    this.progress = progress;
    this.identityCenter = new IdentityCenter(
      memoAsync(async (region: string) => new SsoAdmin(await this.ssoIdentity(), region)),
      (finding) => this.report([finding]),
      async () => (await this.organizations()).managementAccountId(),
      (done, total) => progress.update({ permissionSets: { done, total } }),
    );
    // If several profiles belong to the same account, the first is used.
    this.identities = new Map(
      [primary, ...others].reverse().map((identity) => [identity.accountId, identity]),
    );
  }

  get callerAccountId(): string {
    return this.primary.accountId;
  }

  /** Accounts that are read without assuming a role. */
  get directAccountIds(): ReadonlySet<string> {
    return new Set(this.identities.keys());
  }

  /** `--sso-region`, else the region in the roles' paths, else the region of the profile that calls Identity Center. */
  async homeRegion(roles: readonly Role[]): Promise<HomeRegion> {
    const inPath = homeRegionIn(roles);
    const { ssoRegion, ssoProfile } = this.options;
    const ofProfile = async () =>
      (ssoProfile === undefined ? this.primary : await this.parts.regionOf(ssoProfile)).region;
    return { region: ssoRegion ?? inPath ?? (await ofProfile()), inPath };
  }

  async organizations(): Promise<Organizations> {
    const { Organizations } = await import('../aws/organizations.ts');
    return new Organizations(await this.identityFor(this.options.organizationsProfile));
  }

  /** Null if the call is denied, or there is no organization. */
  async managementAccountId(): Promise<string | null> {
    try {
      return await (await this.organizations()).managementAccountId();
    } catch (error) {
      if (isAwsFailure(error, 'denied', 'no-organization')) return null;
      throw error;
    }
  }

  /** The inventory with the accounts that its Identity Center instance covers. */
  withCoverage(inventory: Inventory): Promise<Inventory> {
    return this.identityCenter.withCoverage(inventory, async (managementAccountId) => {
      const [organizations, sso] = await Promise.all([
        this.identityFor(this.options.organizationsProfile),
        this.ssoIdentity(),
      ]);
      if (organizations.accountId === sso.accountId) return true;
      return managementAccountId !== null && (await this.managementAccountId()) === managementAccountId;
    });
  }

  /** The identity that calls Identity Center. */
  ssoIdentity(): Promise<Identity> {
    return this.identityFor(this.options.ssoProfile);
  }

  async identityStore({ region, identityStoreId }: Instance): Promise<IdentityStore> {
    const { IdentityStore } = await import('../aws/identity-store.ts');
    return new IdentityStore(await this.ssoIdentity(), region, identityStoreId);
  }

  /** The reason why an account can't even be tried; undefined if it can. */
  problemOf(account: Account): AccountFailure | undefined {
    const problem = this.identities.has(account.id) ? undefined : this.rules.problem(account);
    const { id, name } = account;
    return problem && { account: { id, name }, cause: 'no role to assume', withoutRole: true, ...problem };
  }

  /** An account's provisioned roles, read with its own profile's credentials or an assumed role's. */
  async readRoles(account: Account): Promise<Role[]> {
    const { identity, session } = await this.access(account);
    const roles = await new Iam(identity, session, account.id).roles(PROVISIONED_PATH);
    return roles.flatMap((role) => provisionedRole(role, account.id, this.setNames) ?? []);
  }

  /**
   * All roles of an account.
   * @throws AwsFailure `contradiction` if the assumed role isn't in the list: others may be missing too
   */
  async listRoles(account: Account): Promise<ListedRole[]> {
    const { identity, session } = await this.access(account);
    const iam = new Iam(identity, session, account.id);
    const roles = await iam.roles('/');
    if (session === undefined) return roles;
    const { name } = this.rules.require(account);
    const assumed = `/${name.slice(name.lastIndexOf('/') + 1)}`.toLowerCase();
    if (roles.some(({ arn }) => arn.toLowerCase().endsWith(assumed))) return roles;
    throw iam.contradiction(
      'ListRoles',
      `the list of account ${account.id} is missing role ${name}, which made the call`,
    );
  }

  /** The EKS client for an account and region. */
  readonly eksOf = memoAsync(
    async ({ account, region }: { readonly account: Account; readonly region: string }): Promise<Eks> => {
      const [{ Eks }, access] = await Promise.all([import('../aws/eks.ts'), this.access(account)]);
      return new Eks(access.identity, access.session, region, account.id);
    },
    ({ account, region }) => `${account.id} ${region}`,
  );

  /**
   * Reads an account, or returns the reason why it can't be read.
   * @throws AwsFailure if the caller's own credentials fail, which isn't about this account
   */
  async attempt<T>(
    account: Account,
    read: () => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly failure: AccountFailure }> {
    const failure = this.problemOf(account);
    if (failure) return { failure };
    try {
      return { value: await read() };
    } catch (error) {
      if (!(error instanceof AwsFailure) || this.isOfCaller(error, account.id)) throw error;
      return { failure: accountFailure(account, error) };
    }
  }

  report(findings: Iterable<Finding>): void {
    for (const finding of findings) this.options.onFinding?.(finding);
  }

  /** True if a failure to read an account is about the caller's own credentials. */
  isOfCaller(failure: AwsFailure, accountId: string): boolean {
    const usesCallersCredentials = failure.service === 'sts' || this.identities.has(accountId);
    return usesCallersCredentials && failure.isOfCredentials;
  }

  close(): void {
    this.parts.abort();
    for (const { clients } of [this.primary, ...this.others, ...this.extra]) clients.close();
  }

  /** A profile's identity; the first profile's by default. */
  private async identityFor(profile: string | undefined): Promise<Identity> {
    if (profile === undefined) return this.primary;
    const known = [this.primary, ...this.others].find((identity) => identity.profile === profile);
    return known ?? this.openExtra(profile);
  }
}

/** @throws Failure (exit 2) if profiles are in different partitions: partitions share no data */
export function requireOnePartition([first, ...others]: readonly [Identity, ...Identity[]]): void {
  const other = others.find(({ partition }) => partition !== first.partition);
  if (!other) return;
  const name = ({ profile }: Identity) =>
    profile === null ? 'the default credentials are' : `profile ${quoted(profile)} is`;
  throw refusal({
    message: `${name(other)} in partition ${other.partition}, but ${name(first)} in ${first.partition}`,
    help: 'Use profiles in one partition, and run once per partition.',
  });
}
