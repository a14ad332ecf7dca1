import type { AccessPolicy, AuthenticationMode } from '../../src/access-entry.ts';
import type {
  EksCluster,
  ExistingAccessEntry,
  Inventory,
  Principal,
  Role,
} from '../../src/inventory/model.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { awsAuthOf, type Item } from './aws-auth-of.ts';

export const ACCOUNT = '111122223333';

/** The role of Admin, created on January 5th; an access entry of the sixth is alive, one of the fourth is dead. */
export const ADMIN = role(ACCOUNT, 'Admin', 5);
/** An older role of Admin, which is gone. */
export const GONE = withSuffix('c3402ddbb14af723');
const ALIVE = '2026-01-06T00:00:00.000Z';
export const DEAD = '2026-01-04T00:00:00.000Z';

/** A role that Identity Center did not make. */
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

/** An organization where Team is assigned Admin, with clusters. */
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

/** What a command is given beside clusters. */
export interface GivenFiles {
  /** Of aws-auth; null: no FILE. */
  readonly items?: readonly Item[] | null;
  readonly data?: Readonly<Record<string, string>>;
  readonly rbac?: readonly string[];
}

/** A folder with a snapshot of clusters and these files, and the arguments that name them. */
export async function clusterFolder(
  clusters: readonly EksCluster[],
  { items = null, data, rbac }: GivenFiles,
): Promise<{ readonly cwd: string; readonly file: readonly string[]; readonly rest: readonly string[] }> {
  const cwd = await scratch({
    'aws.json': snapshotText(clusterWorld(...clusters)),
    'f.yaml': awsAuthOf(items ?? [], data),
    'rbac.yaml': (rbac ?? []).join('\n---\n'),
  });
  const rest = ['--inventory', 'aws.json', ...(rbac ? ['--rbac', 'rbac.yaml'] : [])];
  return { cwd, file: items ? ['f.yaml'] : [], rest };
}

/** Team is assigned both; the role of Old was re-created after its access entry. */
export const LIVE_WORLD: WorldInput = {
  accounts: [{ id: ACCOUNT, name: 'prod' }],
  permissionSets: ['Admin', 'Old'],
  groups: ['Team'],
  assignments: [
    { account: ACCOUNT, permissionSet: 'Admin', group: 'Team' },
    { account: ACCOUNT, permissionSet: 'Old', group: 'Team' },
  ],
  clusters: [
    {
      name: 'live',
      account: ACCOUNT,
      authenticationMode: 'API',
      accessEntries: [
        { permissionSet: 'Admin', groups: ['new'], policies: ['AmazonEKSViewPolicy'] },
        { permissionSet: 'Old', createdAt: '2000-01-01T00:00:00.000Z' },
      ],
    },
  ],
};

export const LIVE_ARN = `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/live`;
