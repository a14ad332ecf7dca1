import pLimit, { type LimitFunction } from 'p-limit';
import { AwsFailure, isAwsFailure } from '../aws/failure.ts';
import type { Width } from '../aws/rate-limit.ts';
import { type Account, accountText, type Role } from './model.ts';
import { type AccountFailure, accountFailure } from './unreadable-accounts.ts';

interface AccountReaderOptions {
  /** How many accounts are read at a time. */
  readonly width: Width;
  /** Reads one account's roles. */
  readonly read: (account: Account) => Promise<readonly Role[]>;
  /** Whether a failure is about the caller, not the account: then no other account can be read either. */
  readonly isFatal: (failure: AwsFailure, account: Account) => boolean;
  readonly onRoles: (roles: readonly Role[]) => void;
  readonly onProgress: (done: number) => void;
}

/**
 * Reads accounts while they are still being listed: so many at a time, and one more with each that could be read. One failure stops
 * none of the others.
 */
export class AccountReader {
  /** Rejects as soon as going on is of no use. */
  readonly aborted: Promise<never>;
  readonly rolesByAccount = new Map<string, readonly Role[]>();
  readonly failures: AccountFailure[] = [];
  private readonly options: AccountReaderOptions;
  private readonly limit: LimitFunction;
  private readonly reads = new Map<string, Promise<void>>();
  private networkFailuresInARow = 0;
  private reject: (reason: unknown) => void = () => {};

  constructor(options: AccountReaderOptions) {
    this.options = options;
    this.limit = pLimit(options.width.start);
    this.aborted = new Promise((_, reject) => {
      this.reject = reject;
    });
    this.aborted.catch(() => {});
  }

  /** Takes an account into the queue; once, however often it is given. */
  add(account: Account): void {
    if (this.reads.has(account.id)) return;
    this.reads.set(
      account.id,
      this.limit(() => this.readAccount(account)),
    );
  }

  /** Starts no further account. */
  stop(): void {
    this.limit.clearQueue();
  }

  /**
   * Waits for all accounts; then `rolesByAccount` and `failures` are complete.
   * @throws AwsFailure, at once, when the run as a whole cannot go on
   */
  async finished(): Promise<void> {
    await Promise.race([Promise.all(this.reads.values()), this.aborted]);
  }

  private async readAccount(account: Account): Promise<void> {
    try {
      const roles = await this.options.read(account);
      this.networkFailuresInARow = 0;
      this.limit.concurrency = Math.min(this.options.width.most, this.limit.concurrency + 1);
      this.rolesByAccount.set(account.id, roles);
      this.options.onRoles(roles);
    } catch (error) {
      this.handle(error, account);
    }
    this.options.onProgress(this.rolesByAccount.size + this.failures.length);
  }

  private handle(error: unknown, account: Account): void {
    if (!(error instanceof AwsFailure)) this.abort(error);
    else if (this.options.isFatal(error, account)) this.abort(this.withAccount(error, account));
    else this.record(error, account);
  }

  private record(error: AwsFailure, account: Account): void {
    this.failures.push(accountFailure(account, error));
    this.networkFailuresInARow = isAwsFailure(error, 'network', 'proxy') ? this.networkFailuresInARow + 1 : 0;
    // A whole round without an answer: the network is gone, and waiting for thousands of accounts would not bring it back.
    if (this.networkFailuresInARow >= this.limit.concurrency) this.abort(this.withAccount(error, account));
  }

  private abort(reason: unknown): void {
    this.stop();
    this.reject(reason);
  }

  private withAccount(failure: AwsFailure, account: Account): AwsFailure {
    const where = `reached account ${accountText(account)}, after ${this.rolesByAccount.size} accounts were read`;
    return failure.with({ detail: `${failure.detail}; ${where}` });
  }
}
