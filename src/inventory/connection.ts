import type { AwsFailure } from '../aws/failure.ts';
import { listRoles } from '../aws/iam.ts';
import { assumeRole, type Identity } from '../aws/identity.ts';
import type { IdentityStore } from '../aws/identity-store.ts';
import type { Organizations } from '../aws/organizations.ts';
import type { Width } from '../aws/rate-limit.ts';
import type { OutgoingCall } from '../aws/retry.ts';
import { AccountAssignments, SsoAdmin } from '../aws/sso-admin.ts';
import type { Finding } from '../errors.ts';
import type { Ask, Timing } from '../io.ts';
import { PROVISIONED_PATH } from '../role-name.ts';
import { StringInterner } from './cache.ts';
import type { CallPlan } from './call-plan.ts';
import { type HomeRegion, IdentityCenter } from './identity-center.ts';
import type { AccountName, Instance, Role } from './model.ts';
import { homeRegionIn, provisionedRole } from './provisioned-roles.ts';

/** How AWS is reached. What is left out is as the SDK's default chain gives it. */
export interface AwsOptions {
  /** The first calls Identity Center and Organizations and assumes roles; each further one reads its own account. */
  readonly profiles: readonly string[];
  readonly region?: string | undefined;
  /** Identity Center's home region. */
  readonly ssoRegion?: string | undefined;
  /** The role assumed in the other accounts: a name or path/name. */
  readonly assumeRole: { readonly name: string; readonly externalId?: string | undefined };
  /** Goes on without such an account if it cannot be read. */
  readonly skipUnreadable?: (account: AccountName) => boolean;
  /** Calls to STS, and to IAM, that may await an answer at a time, and how many do at first. */
  readonly width?: Width;
  readonly timing?: Partial<Timing> | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks a person for an MFA code. */
  readonly ask?: Ask | undefined;
  readonly onFinding?: (finding: Finding) => void;
  /** Called before the plan runs, and again with more numbers once the accounts or the permission sets are counted. */
  readonly onPlan?: (plan: CallPlan) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Called for every request that goes out, retries included. */
  readonly onCall?: (call: OutgoingCall) => void;
}

export interface Progress {
  readonly accountsDone: number;
  /** Null while the accounts are still being listed. */
  readonly accountsTotal: number | null;
  /** Requests sent, retries included. */
  readonly calls: number;
  readonly throttles: number;
  /** Pairs, or users and groups, whose assignments were read; missing until then. */
  readonly assignments?: { readonly done: number; readonly total: number };
}

/** Counts what a run does, and reports every change. */
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
  /** The profiles beside the first. */
  readonly others: readonly Identity[];
  readonly progress: ProgressTracker;
  /** Ends all calls that are under way. */
  readonly abort: () => void;
}

/** Everything of AWS that a run can reach, with the credentials that each call is to have. */
export class Connection {
  readonly options: AwsOptions;
  readonly primary: Identity;
  readonly others: readonly Identity[];
  readonly signal: AbortSignal;
  readonly progress: ProgressTracker;
  readonly identityCenter: IdentityCenter;
  private readonly abort: () => void;
  private readonly identities: ReadonlyMap<string, Identity>;
  private readonly setNames = new StringInterner();

  constructor(options: AwsOptions, { primary, others, progress, abort }: ConnectionParts) {
    this.options = options;
    this.primary = primary;
    this.others = others;
    this.signal = primary.retrier.signal;
    this.progress = progress;
    this.abort = abort;
    this.identityCenter = new IdentityCenter(
      (region) => new SsoAdmin(primary, region),
      (finding) => options.onFinding?.(finding),
    );
    // Of several profiles of one account the first is used.
    this.identities = new Map(
      [primary, ...others].reverse().map((identity) => [identity.accountId, identity]),
    );
  }

  get callerAccountId(): string {
    return this.primary.accountId;
  }

  /** Accounts that need no role to be assumed. */
  get directAccountIds(): ReadonlySet<string> {
    return new Set(this.identities.keys());
  }

  /** `--sso-region`, else the region in the paths of the roles, else the one that everything else is called in. */
  homeRegion(roles: readonly Role[]): HomeRegion {
    const inPath = homeRegionIn(roles);
    return { region: this.options.ssoRegion ?? inPath ?? this.primary.region, inPath };
  }

  async organizations(): Promise<Organizations> {
    const { Organizations } = await import('../aws/organizations.ts');
    return new Organizations(this.primary);
  }

  accountAssignments({ region, arn }: Instance): AccountAssignments {
    return new AccountAssignments(this.primary, region, arn);
  }

  async identityStore({ region, identityStoreId }: Instance): Promise<IdentityStore> {
    const { IdentityStore } = await import('../aws/identity-store.ts');
    return new IdentityStore(this.primary, region, identityStoreId);
  }

  /** The provisioned roles of an account: with its own profile's credentials, or with those of the role assumed there. */
  async readRoles(accountId: string): Promise<Role[]> {
    const direct = this.identities.get(accountId);
    const credentials = direct
      ? undefined
      : await assumeRole(this.primary, { accountId, ...this.options.assumeRole });
    const roles = await listRoles(direct ?? this.primary, credentials, PROVISIONED_PATH);
    return roles.flatMap((role) => provisionedRole(role, accountId, this.setNames) ?? []);
  }

  /** Whether a failure to read an account is one of the caller's own credentials. */
  isOfCaller(failure: AwsFailure, accountId: string): boolean {
    const usesCallersCredentials = failure.service === 'sts' || this.identities.has(accountId);
    return usesCallersCredentials && failure.isOfCredentials;
  }

  close(): void {
    this.abort();
    for (const { clients } of [this.primary, ...this.others]) clients.close();
  }
}
