import { arnKind, parseArn } from '../arn.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';

/** An IAM role or user, none of Identity Center's, that an entry of its own makes administrator of the whole cluster. */
export interface DirectMaster {
  readonly type: 'IAM_ROLE' | 'IAM_USER';
  readonly name: string;
  readonly accountId: string;
  readonly entry: LoadedEntry;
}

/** Those among the entries that count: roles first, each in the order of its map. */
export function directMasters(
  roles: readonly LoadedEntry[],
  users: readonly LoadedEntry[],
): readonly DirectMaster[] {
  return [...roles, ...users].flatMap((entry): DirectMaster[] => {
    const arn = parseArn(entry.arn);
    const kind = arn && arnKind(arn);
    if (entry.shadowed || !entry.groups?.includes('system:masters')) return [];
    if (!arn || (kind !== 'role' && kind !== 'user') || parseProvisionedRoleArn(entry.arn)) return [];
    const name = arn.resource.slice(arn.resource.lastIndexOf('/') + 1);
    // A path that was left in a role's ARN never matches; users keep theirs.
    if (kind === 'role' && arn.resource !== `role/${name}`) return [];
    return [{ type: kind === 'role' ? 'IAM_ROLE' : 'IAM_USER', name, accountId: arn.accountId, entry }];
  });
}

export function masterWord({ type }: DirectMaster): string {
  return type === 'IAM_ROLE' ? 'IAM role' : 'IAM user';
}
