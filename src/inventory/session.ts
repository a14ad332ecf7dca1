import type { Finding } from '../errors.ts';
import type { Timing } from '../io.ts';
import type { CallPlan } from './call-plan.ts';
import type { Account, Instance, Inventory, PermissionSet } from './model.ts';
import type { InventoryQuery, PeopleQuery } from './query.ts';

/** How AWS is reached. What is left out is as the SDK's default chain gives it. */
export interface AwsOptions {
  /** The first calls Identity Center and Organizations and assumes roles; each further one reads its own account. */
  readonly profiles: readonly string[];
  readonly region?: string | undefined;
  /** Identity Center's home region. */
  readonly ssoRegion?: string | undefined;
  readonly assumeRole: AssumeRole;
  /** Goes on without such an account if it cannot be read. */
  readonly skipUnreadable?: (account: AccountName) => boolean;
  /** Calls to accounts that await an answer at a time. */
  readonly concurrency?: number;
  readonly timing?: Partial<Timing> | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onFinding?: (finding: Finding) => void;
  /** Hears the plan before it runs, and again with more numbers once the accounts or the permission sets are counted. */
  readonly onPlan?: (plan: CallPlan) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Every request that goes out, retries included. */
  readonly onCall?: (call: Call) => void;
}

/** The role assumed in the other accounts: a name or path/name. */
export interface AssumeRole {
  readonly name: string;
  readonly externalId?: string | undefined;
}

export interface AccountName {
  readonly id: string;
  readonly name: string | null;
}

export interface Progress {
  readonly accountsDone: number;
  /** Null while the accounts are still being listed. */
  readonly accountsTotal: number | null;
  /** Requests sent, retries included. */
  readonly calls: number;
  /** Answers that asked us to slow down. */
  readonly throttles: number;
  /** Pairs, or users and groups, asked about; missing until assignments are read. */
  readonly assignments?: { readonly done: number; readonly total: number };
}

export interface Call {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  /** 1 for the first, more for a retry. */
  readonly attempt: number;
}

/** One run's connection to AWS: its credentials, clients and what it learned on the way. */
export interface AwsSession {
  readonly callerAccountId: string;
  readonly partition: string;
  /** The whole organization, where a question made the session list it; `resolveScope` takes this for messages about names. */
  readonly organization: readonly Account[] | null;
  /** The Identity Center instance, once it was asked. */
  readonly instance: Instance | null;
  /**
   * Reads what the question needs and no more. `Inventory.accounts`, ascending by id, has every account that the scope or the
   * exclusions name; those that are excluded, or skipped because they are suspended, have `rolesRead: false` and `unreadable: null`.
   * @throws Failure 2 for names that do not resolve, 3 for AWS (all unreadable accounts at once), 130 when aborted
   */
  discover(question: InventoryQuery): Promise<Inventory>;
  /**
   * Every permission set of the instance, to explain a name that did not resolve; answers from memory if already read.
   * The inventory is that of `discover`: its roles tell the home region.
   * @throws Failure 3, an `AwsFailure` of kind `denied` where sso-admin may not be called from here
   */
  permissionSets(inventory: Inventory): Promise<readonly PermissionSet[]>;
  /**
   * Reads who is assigned the roles of an inventory that `discover` gave, and answers the inventory with that in it.
   * @throws Failure 3 for AWS, 130 when aborted
   */
  people(inventory: Inventory, question: PeopleQuery): Promise<Inventory>;
  /** Ends the connections; the session is of no use afterwards. */
  close(): void;
}

/** The signature of `openAws` in discover.ts, which is to be loaded by `import()`: it brings the SDK. */
export type OpenAws = (options: AwsOptions, signal: AbortSignal) => Promise<AwsSession>;

/** Where an inventory comes from: AWS or snapshots. */
export interface InventorySource {
  /** Whether it asks AWS, rather than reads files. */
  readonly isLive: boolean;
  read(question: InventoryQuery): Promise<Inventory>;
  /** Who is assigned the roles of an inventory that `read` gave; answers the inventory with that in it. */
  people(inventory: Inventory, question: PeopleQuery): Promise<Inventory>;
  /** Which permission sets exist, to explain a name that did not resolve. */
  knownSets(inventory: Inventory): Promise<KnownSets>;
  close(): void;
}

/** Which permission sets exist, as far as it could be learnt. */
export type KnownSets =
  | { readonly kind: 'known'; readonly sets: readonly PermissionSet[]; readonly instance: Instance | null }
  | { readonly kind: 'unknown'; readonly reason: string };
