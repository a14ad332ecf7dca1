import { createHash } from 'node:crypto';
import { CreateRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { ADMIN_SUFFIX, type Member, type OddRole, REGION_PATH } from './organization.ts';
import type { TrueRole } from './truth.ts';

const NOT_SSO = ['eks-node', 'Admin', 'ReservedSSO_Admin'];

/** Creates an account's roles; returns the ones that Identity Center would have created. */
export async function createRoles(
  iam: IAMClient,
  { sets, replaced = [], oddRoles = [] }: Pick<Member, 'sets' | 'replaced' | 'oddRoles'>,
  accountId: string,
): Promise<TrueRole[]> {
  const provisioned = [
    ...replaced.map((set) => ({ set, name: roleName(set, suffixOf(`${set} before`)), path: REGION_PATH })),
    ...sets.map((set) => ({ set, name: roleName(set, suffixOf(set)), path: REGION_PATH })),
  ];
  const leftover = oddRoles.map((role) => ({ ...role, set: deletedSetOf(role) }));
  const others = NOT_SSO.map((name) => ({ set: null, name, path: '/' }));
  const created: TrueRole[] = [];
  for (const { set, name, path } of [...provisioned, ...leftover, ...others]) {
    const role = await createRole(iam, { name, path });
    if (set === null) continue;
    const roleArn = `arn:aws:iam::${accountId}:role/${name}`;
    created.push({ permissionSet: set, roleArn, ...role });
  }
  return created;
}

async function createRole(iam: IAMClient, { name, path }: OddRole) {
  const command = new CreateRoleCommand({
    RoleName: name,
    Path: path,
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [] }),
  });
  const { Role: role } = await iam.send(command);
  return { pathArn: role?.Arn ?? '', createdAt: role?.CreateDate?.toISOString() ?? '' };
}

/** A leftover role's permission set; null for a role outside Identity Center's path. */
function deletedSetOf({ name, path }: OddRole): string | null {
  return path.startsWith('/aws-reserved/') ? (name.split('_')[1] ?? null) : null;
}

function roleName(set: string, suffix: string): string {
  return `AWSReservedSSO_${set}_${suffix}`;
}

function suffixOf(set: string): string {
  return set === 'Admin' ? ADMIN_SUFFIX : createHash('sha256').update(set).digest('hex').slice(0, 16);
}
