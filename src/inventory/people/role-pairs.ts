import type { Role } from '../model.ts';

/** A permission set, by name, that has a role in an account. */
export type RolePair = Pick<Role, 'accountId' | 'permissionSet'>;

interface PairCounts {
  readonly pairs: number;
  readonly accounts: number;
  readonly permissionSets: number;
}

interface Waiting {
  readonly isMet: (counts: PairCounts) => boolean;
  readonly resolve: (isMet: boolean) => void;
}

/** The distinct pairs of the roles, while these are still being read. */
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
    this.resolveWaiting();
  }

  /** Whether an account has a role, as far as is known yet. */
  hasAccount(accountId: string): boolean {
    return this.accounts.has(accountId);
  }

  /** Says that no more will come. */
  complete(): void {
    this.isComplete = true;
    this.resolveWaiting();
    this.resolveAll([...this.pairs.values()]);
  }

  /** True as soon as the counts, which only grow, meet the condition; false once all are known and they do not. */
  until(isMet: (counts: PairCounts) => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      this.waiting = [...this.waiting, { isMet, resolve }];
      this.resolveWaiting();
    });
  }

  /** Whether there are so many pairs, as soon as that is known. */
  reach(count: number): Promise<boolean> {
    return this.until(({ pairs }) => pairs >= count);
  }

  /** Whether there may yet be so many pairs. */
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
