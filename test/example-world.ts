import { readFile } from 'node:fs/promises';
import { parseArn } from '../src/arn.ts';
import { parseSnapshot } from '../src/directory/snapshot.ts';
import { homeRegionOf, parseRoleName } from '../src/role-name.ts';
import type { RoleInput, WorldInput } from './fake-aws/world-input.ts';

const FILE = new URL('../examples/inventory.json', import.meta.url);

/** Roles that the ConfigMap and the access entries of the examples name. */
const NODE_ROLES: readonly RoleInput[] = ['eks-prod-node', 'eks-node'].map((name) => {
  return { account: '111122223333', name, createdAt: '2024-04-01T12:00:00.000Z' };
});

/** The AWS that the bundled example inventory was taken from. */
export async function exampleWorld(): Promise<WorldInput> {
  const inventory = parseSnapshot(await readFile(FILE, 'utf8'), 'inventory.json');
  const setNames = new Map(inventory.permissionSets?.map(({ arn, name }) => [arn, name]));
  const principals = inventory.principals ?? [];
  const nameOf = (id: string) => principals.find((principal) => principal.id === id)?.name ?? '';
  return {
    homeRegion: inventory.instance?.region ?? '',
    managementAccountId: inventory.callerAccountId ?? '',
    accounts: inventory.accounts.map(({ id, name, ou }) => ({ id, name: name ?? id, ...(ou ? { ou } : {}) })),
    permissionSets: inventory.permissionSets ?? [],
    users: principals
      .filter(({ type }) => type === 'USER')
      .map(({ id, name }) => ({ id, userName: name ?? '' })),
    groups: principals
      .filter(({ type }) => type === 'GROUP')
      .map(({ id, name, members }) => ({
        id,
        displayName: name ?? '',
        members: (members ?? []).map(nameOf),
      })),
    assignments: (inventory.assignments ?? []).map(
      ({ accountId, permissionSetArn, principalType, principalId }) => ({
        account: accountId,
        permissionSet: setNames.get(permissionSetArn) ?? '',
        [principalType === 'GROUP' ? 'group' : 'user']: nameOf(principalId),
      }),
    ),
    // Suffixes from the example instead of generated ones.
    missingRoles: inventory.roles.map(({ accountId, permissionSet }) => ({
      account: accountId,
      permissionSet,
    })),
    roles: [
      ...NODE_ROLES,
      ...inventory.roles.map(({ accountId, permissionSet, pathArn, createdAt }): RoleInput => {
        const [name = '', ...path] = (parseArn(pathArn)?.resource.split('/') ?? []).reverse();
        const region = homeRegionOf(`/${path.slice(0, -1).reverse().join('/')}/`);
        const suffix = parseRoleName(name)?.suffix;
        return {
          account: accountId,
          permissionSet,
          createdAt,
          ...(suffix ? { suffix } : {}),
          ...(region ? { region } : {}),
        };
      }),
    ],
    // The inventory has no cluster: the examples use its ARN, or a profile of its account.
    clusters: [
      {
        name: 'prod',
        account: '111122223333',
        accessEntries: [
          {
            permissionSet: 'ClusterAdmin',
            username: 'admin:{{SessionName}}',
            policies: ['AmazonEKSClusterAdminPolicy'],
            createdAt: '2026-03-03T08:00:00.000Z',
          },
          { principalArn: 'arn:aws:iam::111122223333:role/eks-node', type: 'EC2_LINUX' },
        ],
      },
    ],
  };
}
