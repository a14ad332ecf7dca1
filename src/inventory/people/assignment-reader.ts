import pLimit, { type LimitFunction } from 'p-limit';

import { AwsFailure } from '../../aws/failure.ts';
import type { AccountAssignments } from '../../aws/sso-admin.ts';
import type { Finding } from '../../errors.ts';
import { compareStrings, listed } from '../../text.ts';
import type { Assignment, Principal, Provisioning } from '../model.ts';

/** Assignments, and the accounts of which Identity Center does not tell them. */
export interface AssignmentReading {
  readonly assignments: readonly Assignment[];
  readonly untold: ReadonlySet<string>;
}

export interface AssignmentReaderHooks {
  readonly onFinding: (finding: Finding) => void;
  readonly onProgress: (done: number, total: number) => void;
  /** Hears of assignments as they come. */
  readonly onAssignments: (assignments: readonly Assignment[]) => void;
}

/** Calls in flight; pacing decides how many there are per second. */
const CONCURRENCY = 16;

/** Reads assignments in either of the two ways that there are. */
export class AssignmentReader {
  private readonly api: AccountAssignments;
  private readonly hooks: AssignmentReaderHooks;
  private readonly limit: LimitFunction = pLimit(CONCURRENCY);

  constructor(api: AccountAssignments, hooks: AssignmentReaderHooks) {
    this.api = api;
    this.hooks = hooks;
  }

  /**
   * Who is assigned each of these permission sets in its account.
   * @throws AwsFailure where no account is told
   */
  async byPair(pairs: readonly Provisioning[]): Promise<AssignmentReading> {
    const refused = new Map<string, AwsFailure>();
    const assignments = await this.each(pairs, async ({ accountId, permissionSetArn }) => {
      if (refused.has(accountId)) return [];
      try {
        return await ifFound(this.api.ofPair(accountId, permissionSetArn));
      } catch (error) {
        if (!(error instanceof AwsFailure) || error.kind !== 'denied') throw error;
        refused.set(accountId, error);
        return [];
      }
    });
    this.tellRefused(refused, new Set(pairs.map(({ accountId }) => accountId)));
    return { assignments, untold: new Set(refused.keys()) };
  }

  /**
   * What each of these users and groups is assigned, and what users are assigned through groups.
   * @param accountId the only account that matters, if there is one
   * @throws AwsFailure of kind `denied` for anybody but the management account
   */
  async byPrincipal(
    principals: readonly Pick<Principal, 'type' | 'id'>[],
    accountId: string | undefined,
  ): Promise<readonly Assignment[]> {
    return this.each(principals, ({ type, id }) => ifFound(this.api.ofPrincipal(type, id, accountId)));
  }

  private async each<T>(
    items: readonly T[],
    read: (item: T) => Promise<readonly Assignment[]>,
  ): Promise<readonly Assignment[]> {
    const unique = new Map<string, Assignment>();
    let done = 0;
    const readOne = async (item: T) => {
      const fresh = (await read(item)).filter((assignment) => !unique.has(keyOf(assignment)));
      for (const assignment of fresh) unique.set(keyOf(assignment), assignment);
      this.hooks.onAssignments(fresh);
      done += 1;
      this.hooks.onProgress(done, items.length);
    };
    try {
      await Promise.all(items.map((item) => this.limit(readOne, item)));
    } finally {
      this.limit.clearQueue();
    }
    return [...unique.values()];
  }

  private tellRefused(refused: ReadonlyMap<string, AwsFailure>, accounts: ReadonlySet<string>): void {
    const [first] = refused.values();
    if (!first) return;
    if (refused.size === accounts.size) throw first;
    const ids = listed([...refused.keys()].sort());
    this.hooks.onFinding({
      severity: 'warning',
      code: 'assignments-unknown',
      message: `Identity Center does not tell who is assigned what in ${ids}: ${first.detail}`,
    });
  }
}

/** What was deleted since it was listed has no assignments. */
async function ifFound(asked: Promise<readonly Assignment[]>): Promise<readonly Assignment[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AwsFailure && error.kind === 'not-found') return [];
    throw error;
  }
}

export function keyOf({ accountId, permissionSetArn, principalType, principalId }: Assignment): string {
  return [accountId, permissionSetArn, principalType, principalId].join(' ');
}

/** By account, permission set and principal. */
export function compareAssignments(one: Assignment, other: Assignment): number {
  return compareStrings(keyOf(one), keyOf(other));
}
