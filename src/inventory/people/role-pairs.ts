import type { Role } from '../model.ts';

/** A permission set, by name, that has a role in an account. */
export interface RolePair {
  readonly accountId: string;
  readonly permissionSet: string;
}

export interface PairCounts {
  readonly pairs: number;
  readonly accounts: number;
  readonly permissionSets: number;
}

interface Waiting {
  readonly fits: (counts: PairCounts) => boolean;
  readonly resolve: (fitted: boolean) => void;
}

/** The different pairs that roles stand for, while the roles are still being read. */
export class RolePairs {
  /** All of them, once no more can come. */
  readonly all: Promise<readonly RolePair[]>;
  private readonly pairs = new Map<string, RolePair>();
  private readonly accounts = new Set<string>();
  private readonly permissionSets = new Set<string>();
  private waiting: readonly Waiting[] = [];
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
    this.tell();
  }

  /** Whether an account has a role, as far as is known yet. */
  hasAccount(accountId: string): boolean {
    return this.accounts.has(accountId);
  }

  /** Says that no more will come. */
  complete(): void {
    this.isComplete = true;
    this.tell();
    this.resolveAll([...this.pairs.values()]);
  }

  /** True as soon as the counts, which only grow, fit; false once all are known and they do not. */
  until(fits: (counts: PairCounts) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting = [...this.waiting, { fits, resolve }];
      this.tell();
    });
  }

  /** Whether there are so many pairs. */
  reach(count: number): Promise<boolean> {
    return this.until(({ pairs }) => pairs >= count);
  }

  /** Whether there may yet be so many pairs. */
  mayReach(count: number): boolean {
    return !this.isComplete || this.pairs.size >= count;
  }

  private tell(): void {
    const { counts } = this;
    this.waiting = this.waiting.filter(({ fits, resolve }) => {
      const fitted = fits(counts);
      if (fitted || this.isComplete) resolve(fitted);
      return !fitted && !this.isComplete;
    });
  }
}
