import { expect, test } from 'vitest';
import { NO_OTHER_ENTRIES } from '../../src/aws-auth/other-entries.ts';
import type { Role } from '../../src/directory/model.ts';
import { DEFAULT_USERNAME } from '../../src/map-entry.ts';
import { nodeEntries, roleEntries } from '../../src/mapping/desired-entries.ts';
import { type Mapping, parseMapFlags } from '../../src/mapping/mapping.ts';
import { checkPartitions } from '../../src/mapping/resolve.ts';
import { account, role } from '../directory/build-inventory.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const mappingsOf = (flags: readonly string[], username?: string) => parseMapFlags(flags, username);

test('people come in the order of the accounts, then by permission set, with the groups of all mappings', () => {
  const [one, two, again] = mappingsOf(['A=b,a', 'A=c', 'A=a,d']) as [Mapping, Mapping, Mapping];
  const [named] = mappingsOf(['A=g'], 'admin') as [Mapping];
  const byRole = new Map<Role, Mapping[]>([
    [role(DEV, 'View'), [one]],
    [role(PROD, 'Admin'), [one, two, again]],
    [role(DEV, 'Admin'), [two, named]],
    [role('333344445555', 'Admin'), [one]],
  ]);
  const entries = roleEntries(byRole, [PROD, DEV], [account(DEV, 'dev'), account(PROD)]);
  const roleOf = (accountId: string, accountName: string | null, permissionSet: string) => {
    return { accountId, accountName, permissionSet, pathArn: role(accountId, permissionSet).pathArn };
  };
  expect(entries).toStrictEqual([
    {
      rolearn: role(PROD, 'Admin').roleArn,
      username: DEFAULT_USERNAME,
      groups: ['b', 'a', 'c', 'd'],
      usernameStated: false,
      accessPolicies: [],
      role: roleOf(PROD, null, 'Admin'),
    },
    {
      rolearn: role(DEV, 'Admin').roleArn,
      username: 'admin',
      groups: ['c', 'g'],
      usernameStated: true,
      accessPolicies: [],
      role: roleOf(DEV, 'dev', 'Admin'),
    },
    {
      rolearn: role(DEV, 'View').roleArn,
      username: DEFAULT_USERNAME,
      groups: ['b', 'a'],
      usernameStated: false,
      accessPolicies: [],
      role: roleOf(DEV, 'dev', 'View'),
    },
  ]);
});

test('a repeated node role, in any case and with or without a path, keeps its first entry', () => {
  const arn = `arn:aws:iam::${PROD}:role`;
  const arns = nodeEntries([`${arn}/b`, `${arn}/path/a`, `${arn}/A`, `${arn}/b`]).map(
    ({ rolearn }) => rolearn,
  );
  expect(arns).toEqual([`${arn}/b`, `${arn}/a`]);
});

test('ARNs in another partition are refused, each with its kind', () => {
  const set = 'arn:aws-cn:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-32e4b4859f4238ec';
  const node = `arn:aws-cn:iam::${PROD}:role/node`;
  const request = {
    mappings: mappingsOf([`${set}=g`, 'Admin=g']),
    nodeRoles: { config: [node], flags: [] },
    otherEntries: NO_OTHER_ENTRIES,
    scope: { flags: [], config: [], exclude: [], excludeFlags: [] },
    fromConfig: false,
    wantsNobody: false,
  };
  expect(() => checkPartitions(request, 'aws-cn')).not.toThrow();
  expect(() => checkPartitions(request, 'aws')).toThrow(
    expect.objectContaining({
      exitCode: 2,
      findings: [
        expect.objectContaining({
          message: `permission set ${set} is in partition aws-cn, but the accounts are in aws`,
          help: 'Use the ARN in partition aws.',
        }),
        expect.objectContaining({
          message: `node role ${node} is in partition aws-cn, but the accounts are in aws`,
          help: 'Use the ARN in partition aws.',
        }),
      ],
    }),
  );
});
