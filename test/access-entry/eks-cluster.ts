import type {
  EksCluster,
  ExistingAccessEntry,
  Inventory,
  Principal,
  Role,
} from '../../src/directory/model.ts';
import type { AccessPolicy, AuthenticationMode } from '../../src/eks.ts';
import { account, inventory, role } from '../directory/build-inventory.ts';

export const ACCOUNT = '111122223333';

/** The role of Admin, created on January 5th: an access entry from the 6th is alive, one from the 4th is dead. */
export const ADMIN = role(ACCOUNT, 'Admin', 5);
/** An older role of Admin, which is gone. */
export const GONE = withSuffix('c3402ddbb14af723');
const ALIVE = '2026-01-06T00:00:00.000Z';
export const DEAD = '2026-01-04T00:00:00.000Z';

/** A role that Identity Center did not create. */
const NODE = `arn:aws:iam::${ACCOUNT}:role/node`;

function withSuffix(suffix: string): Role {
  const rename = (arn: string) => arn.replace(/[^_]+$/, suffix);
  return { ...ADMIN, roleArn: rename(ADMIN.roleArn), pathArn: rename(ADMIN.pathArn) };
}

export function accessEntry(
  principalArn: string,
  rest: Partial<ExistingAccessEntry> = {},
): ExistingAccessEntry {
  const base = { type: 'STANDARD', username: null, kubernetesGroups: [], policies: [], createdAt: ALIVE };
  return { ...base, principalArn, ...rest };
}

export function policy(name: string, scope: AccessPolicy['scope'] = 'cluster'): AccessPolicy {
  return { policyArn: `arn:aws:eks::aws:cluster-access-policy/${name}`, scope };
}

export function eksCluster(
  authenticationMode: AuthenticationMode,
  accessEntries: readonly ExistingAccessEntry[],
  name = 'prod',
): EksCluster {
  const arn = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/${name}`;
  return { name, arn, authenticationMode, accessEntries };
}

const SET_ARN = 'arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-0011223344556677';
const ADA: Principal = { type: 'USER', id: 'u-1', name: 'ada', members: null };
const TEAM: Principal = { type: 'GROUP', id: 'g-1', name: 'Team', members: [ADA.id] };

/** An organization with clusters, in which Team is assigned Admin. */
export function clusterWorld(...clusters: readonly EksCluster[]): Inventory {
  return inventory([account(ACCOUNT, null, { assignmentsRead: true })], [ADMIN], {
    permissionSets: [{ arn: SET_ARN, name: 'Admin' }],
    assignments: [
      { accountId: ACCOUNT, permissionSetArn: SET_ARN, principalType: 'GROUP', principalId: TEAM.id },
    ],
    principals: [TEAM, ADA],
    clusters,
    otherRoles: [{ arn: NODE, role: { pathArn: NODE, createdAt: DEAD } }],
  });
}
