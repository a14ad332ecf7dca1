import type { PairInput } from '../world-input.ts';
import type { Provisioning, WorldAccount, WorldPermissionSet } from './world.ts';

/** Resolves an account's id or name and a permission set's name; throws if one doesn't exist. */
export type Lookup = (pair: PairInput) => Provisioning;

export function lookupIn(accounts: readonly WorldAccount[], sets: readonly WorldPermissionSet[]): Lookup {
  const ids = new Map(accounts.flatMap(({ id, name }) => [[name, id] as const, [id, id] as const]));
  const arns = new Map(sets.map((set) => [set.name, set.arn]));
  return ({ account, permissionSet }) => {
    const accountId = ids.get(account);
    const permissionSetArn = arns.get(permissionSet);
    if (!accountId || !permissionSetArn) throw new Error(`unknown: ${account} or ${permissionSet}`);
    return { accountId, permissionSetArn };
  };
}

/** The distinct pairs of account and permission set, in order of first appearance. */
export function uniquePairs(pairs: readonly Provisioning[]): Provisioning[] {
  const seen = new Map<string, Provisioning>();
  for (const { accountId, permissionSetArn } of pairs) {
    const pair = { accountId, permissionSetArn };
    if (!seen.has(pairKey(pair))) seen.set(pairKey(pair), pair);
  }
  return [...seen.values()];
}

export function pairKey(pair: Provisioning): string {
  return `${pair.accountId} ${pair.permissionSetArn}`;
}
