import pLimit, { type LimitFunction } from 'p-limit';
import { AwsFailure, isAwsFailure } from '../aws/failure.ts';
import type { Width } from '../aws/rate-limit.ts';
import { type Account, accountText } from './model.ts';
import { type AccountFailure, accountFailure } from './unreadable-accounts.ts';

interface AccountReaderOptions<Found> {
  /** Number of accounts to read at a time. */
  readonly width: Width;
  /** Reads one account. */
  readonly read: (account: Account) => Promise<Found>;
  /** True for a failure of the caller, not the account: then no other account can be read either. */
  readonly isFatal: (failure: AwsFailure, account: Account) => boolean;
  readonly onRead?: (found: Found) => void;
  readonly onProgress: (done: number) => void;
}

/**
 * Reads accounts while they are still being listed. Each success raises the concurrency; a failure doesn't stop the
 * others.
 */
export class AccountReader<Found> {
  /** Rejects once the run can't succeed. */
  readonly aborted: Promise<never>;
  /** Results by account ID. */
  readonly found = new Map<string, Found>();
  readonly failures: AccountFailure[] = [];
  private readonly options: AccountReaderOptions<Found>;
  private readonly limit: LimitFunction;
  private readonly reads = new Map<string, Promise<void>>();
  private networkFailuresInARow = 0;
  private reject: (reason: unknown) => void = () => {};

  constructor(options: AccountReaderOptions<Found>) {
    this.options = options;
    this.limit = pLimit(options.width.start);
    this.aborted = new Promise((_, reject) => {
      this.reject = reject;
    });
    this.aborted.catch(() => {});
  }

  /** Queues an account; ignores repeats. */
  add(account: Account): void {
    if (this.reads.has(account.id)) return;
    this.reads.set(
      account.id,
      this.limit(() => this.readAccount(account)),
    );
  }

  /** Starts no more accounts. */
  stop(): void {
    this.limit.clearQueue();
  }

  /**
   * Waits for all accounts; then `found` and `failures` are complete.
   * @throws AwsFailure immediately if the run as a whole can't continue
   */
  async finished(): Promise<void> {
    await Promise.race([Promise.all(this.reads.values()), this.aborted]);
  }

  private async readAccount(account: Account): Promise<void> {
    try {
      const found = await this.options.read(account);
      this.networkFailuresInARow = 0;
      this.limit.concurrency = Math.min(this.options.width.most, this.limit.concurrency + 1);
      this.found.set(account.id, found);
      this.options.onRead?.(found);
    } catch (error) {
      this.handle(error, account);
    }
    this.options.onProgress(this.found.size + this.failures.length);
  }

  private handle(error: unknown, account: Account): void {
    if (!(error instanceof AwsFailure)) this.abort(error);
    else if (this.options.isFatal(error, account)) this.abort(this.withAccount(error, account));
    else this.record(error, account);
  }

  private record(error: AwsFailure, account: Account): void {
    this.failures.push(accountFailure(account, error));
    this.networkFailuresInARow = isAwsFailure(error, 'network', 'proxy') ? this.networkFailuresInARow + 1 : 0;
    // A whole round without a response: the network is down, and trying thousands of accounts would only take time.
    if (this.networkFailuresInARow >= this.limit.concurrency) this.abort(this.withAccount(error, account));
  }

  private abort(reason: unknown): void {
    this.stop();
    this.reject(reason);
  }

  private withAccount(failure: AwsFailure, account: Account): AwsFailure {
    const where = `failed at account ${accountText(account)}, after reading ${this.found.size} accounts`;
    return failure.with({ detail: `${failure.detail}; ${where}` });
  }
}
