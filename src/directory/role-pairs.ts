import type { Role } from './model.ts';

/** A permission set, by name, with a role in an account. */
export type RolePair = Pick<Role, 'accountId' | 'permissionSet'>;

interface PairCounts {
  readonly pairs: number;
  readonly accounts: number;
  readonly permissionSets: number;
}

/** The roles' distinct pairs, while roles are still being read. */
export class RolePairs {
  /** All pairs, once complete. */
  readonly all: Promise<readonly RolePair[]>;
  private readonly pairs = new Map<string, RolePair>();
  private readonly accounts = new Set<string>();
  private readonly permissionSets = new Set<string>();
  private waiting: readonly {
    readonly isMet: (counts: PairCounts) => boolean;
    readonly resolve: (isMet: boolean) => void;
  }[] = [];
  private isComplete = false;
  private resolveAll: (pairs: readonly RolePair[]) => void = () => {};

  constructor() {
    this.all = new Promise((resolve) => {
      this.resolveAll = resolve;
    });
  }

  get counts(): PairCounts {
    const [pairs, accounts, sets] = [this.pairs, this.accounts, this.permissionSets];
    return { pairs: pairs.size, accounts: accounts.size, permissionSets: sets.size };
  }

  add(roles: readonly Role[]): void {
    for (const { accountId, permissionSet } of roles) {
      this.pairs.set(`${accountId}/${permissionSet}`, { accountId, permissionSet });
      this.accounts.add(accountId);
      this.permissionSets.add(permissionSet);
    }
    this.resolveWaiting();
  }

  /** True if an account is known to have a role so far. */
  hasAccount(accountId: string): boolean {
    return this.accounts.has(accountId);
  }

  /** Marks the pairs as complete. */
  complete(): void {
    this.isComplete = true;
    this.resolveWaiting();
    this.resolveAll([...this.pairs.values()]);
  }

  /**
   * Resolves to true as soon as the counts, which only grow, meet the condition; to false once complete without that.
   */
  until(isMet: (counts: PairCounts) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting = [...this.waiting, { isMet, resolve }];
      this.resolveWaiting();
    });
  }

  /** Resolves to true once there are `count` pairs; to false once complete with fewer. */
  reach(count: number): Promise<boolean> {
    return this.until(({ pairs }) => pairs >= count);
  }

  /** True if there can still be `count` pairs. */
  mayReach(count: number): boolean {
    return !this.isComplete || this.pairs.size >= count;
  }

  private resolveWaiting(): void {
    const { counts } = this;
    this.waiting = this.waiting.filter(({ isMet, resolve }) => {
      const isDone = isMet(counts);
      if (isDone || this.isComplete) resolve(isDone);
      return !isDone && !this.isComplete;
    });
  }
}
