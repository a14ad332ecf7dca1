import type { Entry, Loaded } from './control.ts';

const PROD = '111122223333';
const role = (name: string, account = PROD) => `arn:aws:iam::${account}:role/${name}`;

const NODE: Entry = {
  rolearn: role('eks-prod-node'),
  username: 'system:node:{{EC2PrivateDNSName}}',
  groups: ['system:bootstrappers', 'system:nodes'],
};
const ADMIN = { username: 'admin:{{SessionName}}', groups: ['system:masters'] };
const entry = (rolearn: string, group: string): Entry => ({
  rolearn,
  username: 'sso:{{SessionName}}',
  groups: [group],
});
const PEOPLE = [
  entry(role('AWSReservedSSO_DeveloperAccess_84d1501ba55ed4dd'), 'developers'),
  entry(role('AWSReservedSSO_ReadOnly_1d3fb491980d3b77'), 'viewers'),
  entry(role('AWSReservedSSO_ReadOnly_3ed93d2cdfec1778', '222233334444'), 'viewers'),
];
export const OLD_ADMIN = role('AWSReservedSSO_ClusterAdmin_00aa11bb22cc33dd');
export const NEW_ADMIN = role('AWSReservedSSO_ClusterAdmin_c3402ddbb14af723');
const USERS: Entry[] = [
  { userarn: `arn:aws:iam::${PROD}:user/break-glass`, username: 'break-glass', groups: ['system:masters'] },
];

const result = (roles: readonly Entry[], users: readonly Entry[]): Loaded => ({
  error: null,
  roles,
  users,
  accounts: [],
});

/** `examples/aws-auth.yaml`, and the result of the example config. */
export const EXAMPLE = {
  live: {
    mapRoles: `# added by EKS with the node group
- groups:
  - system:bootstrappers
  - system:nodes
  rolearn: ${NODE.rolearn}
  username: system:node:{{EC2PrivateDNSName}}
# platform team: on call
- rolearn: ${OLD_ADMIN}  # since 2024
  username: "admin:{{SessionName}}"
  groups:
    - system:masters
`,
    mapUsers: `- userarn: arn:aws:iam::${PROD}:user/break-glass
  username: break-glass
  groups:
    - system:masters
`,
  },
  loaded: result([NODE, { rolearn: OLD_ADMIN, ...ADMIN }], USERS),
  merged: result([NODE, { rolearn: NEW_ADMIN, ...ADMIN }, ...PEOPLE], USERS),
  created: result([NODE, { rolearn: NEW_ADMIN, ...ADMIN }, ...PEOPLE], []),
};
