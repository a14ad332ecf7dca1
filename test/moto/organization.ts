/** Contents for moto. Ids, ARNs and dates are moto's; seed.ts records them as the truth. */

export const HOME_REGION = 'eu-west-1';

/** 32 characters, Identity Center's maximum, with all the punctuation it allows. */
export const LONGEST = 'Longest_name.of=32,characters+@-';

export const PERMISSION_SETS = [
  'Admin',
  'Admin_ReadOnly',
  // Its roles have the same prefix as those of `Admin` with the suffix below.
  'Admin_aaaaaaaaaaaaaaaa',
  'Dev.Ops+1',
  LONGEST,
  'a=b,c@d',
  'Data-Team@EU',
  'ViewOnly',
  'Billing',
  'Unused',
] as const;

export type PermissionSetName = (typeof PERMISSION_SETS)[number];

/** Suffix of every role of `Admin`. */
export const ADMIN_SUFFIX = 'aaaaaaaaaaaaaaaa';

/** Paths from the root down; a unit comes before its children. */
export const UNITS = [
  'Workloads',
  'Workloads/Prod',
  'Workloads/Prod/Regulated',
  'Workloads/Dev',
  'Security',
  'Sandbox',
] as const;

/** A role that shouldn't exist, or isn't what it looks like. */
export interface OddRole {
  readonly name: string;
  readonly path: string;
}

export const REGION_PATH = `/aws-reserved/sso.amazonaws.com/${HOME_REGION}/`;
/** The role path of an Identity Center in us-east-1. */
const BARE_PATH = '/aws-reserved/sso.amazonaws.com/';

export interface Member {
  readonly name: string;
  /** A path of `UNITS`, or '' for the root. */
  readonly unit: (typeof UNITS)[number] | '';
  /** Permission sets with a role here. */
  readonly sets: readonly PermissionSetName[];
  /** Permission sets with a second, older role here. */
  readonly replaced?: readonly PermissionSetName[];
  readonly oddRoles?: readonly OddRole[];
  readonly closed?: boolean;
  /** The role that the management account may assume, if it isn't the usual one. */
  readonly accessRole?: string;
}

const EVERY_PROVISIONED = PERMISSION_SETS.filter((name) => name !== 'Unused');
/** Enough for more than a hundred pairs of account and permission set, from which on users and groups are read. */
const SANDBOX_SETS: readonly PermissionSetName[] = [
  'ViewOnly',
  'Dev.Ops+1',
  'Admin_ReadOnly',
  'Admin_aaaaaaaaaaaaaaaa',
  'Billing',
  'a=b,c@d',
  LONGEST,
];
const SANDBOXES = Array.from(
  { length: 12 },
  (_, index): Member => ({
    name: `sandbox-${String(index + 1).padStart(2, '0')}`,
    unit: 'Sandbox',
    sets: SANDBOX_SETS,
  }),
);

export const MANAGEMENT_SETS: readonly PermissionSetName[] = ['Admin', 'Billing'];

export const MEMBERS: readonly Member[] = [
  {
    name: 'prod-eks',
    unit: 'Workloads/Prod',
    sets: EVERY_PROVISIONED,
    oddRoles: [
      // Left over from a deleted permission set.
      { name: 'AWSReservedSSO_DeletedSet_00112233445566ff', path: REGION_PATH },
      // Anyone can create this one: it is outside Identity Center's path.
      { name: 'AWSReservedSSO_Admin_0123456789abcdef', path: '/' },
      { name: 'AWSReservedSSO_Admin_fedcba9876543210', path: '/teams/' },
    ],
  },
  { name: 'prod-data', unit: 'Workloads/Prod', sets: ['Admin', 'ViewOnly'], replaced: ['ViewOnly'] },
  { name: 'prod-eu', unit: 'Workloads/Prod/Regulated', sets: ['Admin', 'Admin_ReadOnly', 'Data-Team@EU'] },
  // Someone removed the role of `Admin`.
  { name: 'dev-eks', unit: 'Workloads/Dev', sets: ['Admin_ReadOnly', 'Dev.Ops+1', 'ViewOnly'] },
  { name: 'Data Lake (EU) + BI', unit: 'Workloads', sets: ['Data-Team@EU', 'ViewOnly'] },
  {
    name: 'audit',
    unit: 'Security',
    sets: ['Admin_ReadOnly', 'ViewOnly'],
    oddRoles: [{ name: 'AWSReservedSSO_Auditors_ffeeddccbbaa9988', path: BARE_PATH }],
  },
  { name: 'log-archive', unit: 'Security', sets: [] },
  { name: 'rootless', unit: '', sets: ['ViewOnly'] },
  { name: 'twin', unit: 'Sandbox', sets: ['Admin'] },
  { name: 'twin', unit: 'Workloads/Dev', sets: ['Admin'] },
  { name: 'closed', unit: 'Sandbox', sets: ['Admin', 'ViewOnly'], closed: true },
  { name: 'invited', unit: 'Security', sets: ['Admin', 'ViewOnly'], accessRole: 'PartnerAccess' },
  ...SANDBOXES,
];
