import pLimit, { type LimitFunction } from 'p-limit';
import { AwsFailure, nextStep, summary } from '../aws/failure.ts';
import { type Account, accountText, type Role } from './model.ts';
import type { AccountFailure } from './unreadable-accounts.ts';

/** What came of reading accounts. */
export interface Reading {
  readonly rolesByAccount: ReadonlyMap<string, readonly Role[]>;
  readonly failures: readonly AccountFailure[];
}

export interface AccountReaderOptions {
  readonly concurrency: number;
  /** Reads one account's roles. */
  readonly read: (account: Account) => Promise<readonly Role[]>;
  /** Whether a failure is about the caller, not the account: then no other account can be read either. */
  readonly concernsRun: (failure: AwsFailure, account: Account) => boolean;
  readonly onRoles: (roles: readonly Role[]) => void;
  readonly onProgress: (done: number) => void;
}

/** Reads accounts, so many at a time, while they are still being listed. One failure stops none of the others. */
export class AccountReader {
  /** Rejects as soon as going on is of no use. */
  readonly broken: Promise<never>;
  private readonly options: AccountReaderOptions;
  private readonly limit: LimitFunction;
  private readonly reading = new Map<string, Promise<void>>();
  private readonly rolesByAccount = new Map<string, readonly Role[]>();
  private readonly failures: AccountFailure[] = [];
  private unanswered = 0;
  private giveUp: (reason: unknown) => void = () => {};

  constructor(options: AccountReaderOptions) {
    this.options = options;
    this.limit = pLimit(options.concurrency);
    this.broken = new Promise((_, reject) => {
      this.giveUp = reject;
    });
    this.broken.catch(() => {});
  }

  /** Takes an account into the queue; once, however often it is given. */
  add(account: Account): void {
    if (this.reading.has(account.id)) return;
    this.reading.set(
      account.id,
      this.limit(() => this.readOne(account)),
    );
  }

  /** Starts no further account. */
  stop(): void {
    this.limit.clearQueue();
  }

  /**
   * Waits for all accounts.
   * @throws AwsFailure, at once, when the run as a whole cannot go on
   */
  async finished(): Promise<Reading> {
    await Promise.race([Promise.all(this.reading.values()), this.broken]);
    return { rolesByAccount: this.rolesByAccount, failures: this.failures };
  }

  private async readOne(account: Account): Promise<void> {
    try {
      const roles = await this.options.read(account);
      this.unanswered = 0;
      this.rolesByAccount.set(account.id, roles);
      this.options.onRoles(roles);
    } catch (error) {
      this.fail(account, error);
    }
    this.options.onProgress(this.rolesByAccount.size + this.failures.length);
  }

  private fail(account: Account, error: unknown): void {
    if (!(error instanceof AwsFailure)) this.breakOff(error);
    else if (this.options.concernsRun(error, account)) this.breakOff(this.reached(error, account));
    else this.record(error, account);
  }

  private record(error: AwsFailure, account: Account): void {
    this.failures.push({
      account: { id: account.id, name: account.name },
      cause: summary(error),
      detail: error.detail,
      help: nextStep(error),
    });
    this.unanswered = error.kind === 'network' ? this.unanswered + 1 : 0;
    // A whole round without an answer: the network is gone, and waiting for thousands of accounts would not bring it back.
    if (this.unanswered >= this.options.concurrency) this.breakOff(this.reached(error, account));
  }

  private breakOff(reason: unknown): void {
    this.stop();
    this.giveUp(reason);
  }

  private reached(failure: AwsFailure, account: Account): AwsFailure {
    const where = `reached account ${accountText(account)}, after ${this.rolesByAccount.size} accounts were read`;
    return failure.with({ detail: `${failure.detail}; ${where}` });
  }
}
