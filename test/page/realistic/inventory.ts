import { createHash } from 'node:crypto';
import type {
  Account,
  Assignment,
  EksCluster,
  ExistingAccessEntry,
  Inventory,
  OtherRole,
  Principal,
  Role,
} from '../../../src/directory/model.ts';
import { type Company, PROD } from './company.ts';

const INSTANCE = 'ssoins-7223b5d9e1f04a68';
const INSTANCE_ARN = `arn:aws:sso:::instance/${INSTANCE}`;
const DAY_OF_ROLES = '2025-03-11T10:02:45.000Z';

/** The snapshot of a company and its cluster `prod`, as `snapshot --principals --cluster prod` writes it. */
export function inventoryOf(company: Company): Inventory {
  const { accounts, capturedAt } = company;
  const setNames = [...new Set(accounts.flatMap(({ sets }) => Object.keys(sets)))].sort();
  return {
    capturedAt,
    partition: 'aws',
    callerAccountId: '444455556666',
    instance: {
      arn: INSTANCE_ARN,
      identityStoreId: 'd-9967a1b2c3',
      region: 'eu-west-1',
    },
    accounts: accounts.map(accountOf),
    permissionSets: setNames.map((name) => ({ arn: setArn(name), name })),
    roles: accounts.flatMap(({ id, sets }) =>
      Object.entries(sets).map(([name, { suffix }]) => roleOf(id, name, suffix, company)),
    ),
    assignments: assignmentsOf(company),
    principals: principalsOf(company),
    clusters: [clusterOf(company)],
    otherRoles: OTHER_ROLES,
  };
}

function accountOf({ id, name, ou, assignmentsRead = true }: Company['accounts'][number]): Account {
  return {
    id,
    name,
    state: 'ACTIVE',
    ou,
    ouIds: null,
    rolesRead: true,
    unreadable: null,
    instance: INSTANCE_ARN,
    assignmentsRead,
  };
}

function assignmentsOf({ accounts, groups }: Company): Assignment[] {
  return accounts.flatMap(({ id: accountId, sets }) =>
    Object.entries(sets).flatMap(([set, { assigned }]) =>
      assigned.map((name) => ({
        accountId,
        permissionSetArn: setArn(set),
        principalType: name in groups ? ('GROUP' as const) : ('USER' as const),
        principalId: idOf(name),
      })),
    ),
  );
}

function principalsOf({ groups }: Company): Principal[] {
  const users = [...new Set(Object.values(groups).flat())].sort();
  return [
    ...Object.entries(groups).map(([name, members]) => {
      return { type: 'GROUP' as const, id: idOf(name), name, members: members.map(idOf) };
    }),
    ...users.map((user) => {
      return { type: 'USER' as const, id: idOf(user), name: `${user}@larkfield.example`, members: null };
    }),
  ];
}

/** Roles that Identity Center re-created this month. */
const RE_CREATED = ['c95a07e1b86d3f42', 'e6719b3f0c52d8a4'];

function roleOf(accountId: string, permissionSet: string, suffix: string, { capturedAt }: Company): Role {
  const name = `AWSReservedSSO_${permissionSet}_${suffix}`;
  const isNew = RE_CREATED.includes(suffix);
  return {
    accountId,
    permissionSet,
    roleArn: `arn:aws:iam::${accountId}:role/${name}`,
    pathArn: `arn:aws:iam::${accountId}:role/aws-reserved/sso.amazonaws.com/eu-west-1/${name}`,
    createdAt: isNew ? capturedAt.replace(/\d\dT.*/, '12T08:41:19.000Z') : DAY_OF_ROLES,
  };
}

/** Access entries beside aws-auth: the company is halfway through its migration. */
function clusterOf(company: Company): EksCluster {
  const roles = company.accounts.find(({ id }) => id === PROD)?.sets ?? {};
  const pathArn = (set: string) => roleOf(PROD, set, roles[set]?.suffix ?? '', company).pathArn;
  const entry = (
    principalArn: string,
    rest: Partial<Pick<ExistingAccessEntry, 'type' | 'username' | 'kubernetesGroups' | 'policies'>>,
  ): ExistingAccessEntry => ({
    principalArn,
    type: 'STANDARD',
    username: 'sso:{{SessionName}}',
    kubernetesGroups: [],
    policies: [],
    createdAt: '2025-06-02T12:00:00.000Z',
    ...rest,
  });
  const policy = (name: string, namespaces: readonly string[] = []) => ({
    policyArn: `arn:aws:eks::aws:cluster-access-policy/AmazonEKS${name}Policy`,
    scope: namespaces.length === 0 ? ('cluster' as const) : { namespaces },
  });
  return {
    name: 'prod',
    arn: `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`,
    version: '1.36',
    authenticationMode: 'API_AND_CONFIG_MAP',
    accessEntries: [
      entry(pathArn('ClusterOperator'), {
        kubernetesGroups: ['sre'],
        policies: [policy('View'), policy('Edit', ['monitoring', 'ingress'])],
      }),
      entry(pathArn('ReadOnly'), { policies: [policy('View')] }),
      entry(pathArn('SecurityAudit'), { policies: [policy('AdminView')] }),
      entry(`arn:aws:iam::${PROD}:role/KarpenterNode-prod`, {
        type: 'EC2_LINUX',
        username: 'system:node:{{EC2PrivateDNSName}}',
        kubernetesGroups: ['system:nodes'],
      }),
    ],
  };
}

const OTHER_ROLES: readonly OtherRole[] = [
  otherRole('eks-prod-node'),
  otherRole('KarpenterNode-prod'),
  otherRole('github-actions-deploy'),
  otherRole('grafana-operator', 'teams/observability/'),
  otherRole('vendor-oncall', '', true),
];

/** @param accountAccess true if account access manager may assign it to people */
function otherRole(name: string, path = '', accountAccess = false): OtherRole {
  const pathArn = `arn:aws:iam::${PROD}:role/${path}${name}`;
  const createdAt = '2025-02-20T09:00:00.000Z';
  const role = accountAccess ? { pathArn, createdAt, accountAccess } : { pathArn, createdAt };
  return { arn: `arn:aws:iam::${PROD}:role/${name}`, role };
}

function setArn(name: string): string {
  return `arn:aws:sso:::permissionSet/${INSTANCE}/ps-${digest(name).slice(0, 16)}`;
}

/** Identity Center's IDs look like UUIDs. */
function idOf(name: string): string {
  return digest(name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
}

function digest(text: string): string {
  return createHash('sha256').update(`larkfield ${text}`).digest('hex');
}
