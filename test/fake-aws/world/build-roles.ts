import { formatRoleName, PROVISIONED_PATH } from '../../../src/role-name.ts';
import type { RoleInput, WorldInput } from '../world-input.ts';
import { hexId } from './identifier.ts';
import type { Provisioning, WorldAccount, WorldPermissionSet, WorldRole } from './world.ts';

interface Parts {
  readonly input: WorldInput;
  readonly homeRegion: string;
  readonly accounts: readonly WorldAccount[];
  readonly permissionSets: readonly WorldPermissionSet[];
  readonly provisioned: readonly Provisioning[];
}

const CREATED_AT = '2024-05-01T12:00:00.000Z';

/** All IAM roles: the default ones of every account, the provisioned ones, and the requested ones. */
export function rolesOf({ input, homeRegion, accounts, permissionSets, provisioned }: Parts): WorldRole[] {
  const nameByArn = new Map(permissionSets.map((set) => [set.arn, set.name]));
  const idByName = new Map(accounts.map((account) => [account.name, account.id]));
  return [
    ...accounts.flatMap(commonRoles),
    ...provisioned.map(({ accountId, permissionSetArn }) =>
      provisionedRole(accountId, nameByArn.get(permissionSetArn) ?? '', homeRegion),
    ),
    ...(input.roles ?? []).map((role) =>
      statedRole(role, idByName.get(role.account) ?? role.account, homeRegion),
    ),
  ];
}

/** The suffix of the role provisioned for a permission set in an account. */
function suffixOf(accountId: string, permissionSet: string): string {
  return hexId(16, 'suffix', accountId, permissionSet);
}

/** Identity Center omits the region from the path if its home is us-east-1. */
function provisionedPath(region: string): string {
  return region === 'us-east-1' ? PROVISIONED_PATH : `${PROVISIONED_PATH}${region}/`;
}

function provisionedRole(accountId: string, permissionSet: string, region: string): WorldRole {
  const name = formatRoleName({ permissionSet, suffix: suffixOf(accountId, permissionSet) });
  return { accountId, name, path: provisionedPath(region), createdAt: CREATED_AT };
}

function commonRoles({ id, assumable }: WorldAccount): WorldRole[] {
  const service = {
    accountId: id,
    name: 'AWSServiceRoleForSSO',
    path: '/aws-service-role/sso.amazonaws.com/',
  };
  const roles = [{ ...service, createdAt: CREATED_AT }];
  if (!assumable) return roles;
  const cut = assumable.name.lastIndexOf('/') + 1;
  const role = { accountId: id, name: assumable.name.slice(cut), path: `/${assumable.name.slice(0, cut)}` };
  return [...roles, { ...role, createdAt: CREATED_AT }];
}

function statedRole(role: RoleInput, accountId: string, homeRegion: string): WorldRole {
  const { permissionSet, createdAt = CREATED_AT } = role;
  if (permissionSet === undefined) {
    const { name = 'Unnamed', path = '/', accountAccess = false } = role;
    return { accountId, name, path, createdAt, accountAccess };
  }
  const suffix = role.suffix ?? hexId(16, 'leftover', accountId, permissionSet);
  const path = role.path ?? provisionedPath(role.region ?? homeRegion);
  return { accountId, name: formatRoleName({ permissionSet, suffix }), path, createdAt };
}
