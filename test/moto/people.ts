import type { PermissionSetName } from './organization.ts';

/** Who is in moto's identity store. `gone` and the group `Former` are assigned and then deleted. */
export const USERS = ['ada', 'bob', 'cy', 'gone'] as const;
export const GROUPS = {
  Platform: ['ada', 'bob'],
  Audit: ['ada'],
  Empty: [],
  'Team: "A | B"': ['cy'],
  Former: ['bob'],
} as const satisfies Readonly<Record<string, readonly (typeof USERS)[number][]>>;
export const DELETED: readonly string[] = ['gone', 'Former'];

export interface Assigned {
  /** The name of an account, or a beginning of names. */
  readonly account: string;
  readonly set: PermissionSetName;
  readonly principals: readonly ((typeof USERS)[number] | keyof typeof GROUPS)[];
}

/** Ada is assigned ViewOnly in prod-eks in person, and through two groups. */
export const ASSIGNED: readonly Assigned[] = [
  { account: 'prod-eks', set: 'Admin', principals: ['Platform'] },
  { account: 'prod-eks', set: 'ViewOnly', principals: ['Platform', 'Audit', 'ada', 'gone'] },
  { account: 'prod-eks', set: 'Dev.Ops+1', principals: ['Team: "A | B"', 'cy'] },
  { account: 'prod-eks', set: 'Billing', principals: ['Former'] },
  { account: 'prod-data', set: 'Admin', principals: ['Platform'] },
  { account: 'prod-data', set: 'ViewOnly', principals: ['Empty'] },
  // The role was removed by somebody.
  { account: 'dev-eks', set: 'Admin', principals: ['Audit'] },
  { account: 'dev-eks', set: 'ViewOnly', principals: ['cy'] },
  { account: 'sandbox-', set: 'ViewOnly', principals: ['Platform', 'gone'] },
  { account: 'sandbox-', set: 'Dev.Ops+1', principals: ['bob'] },
];
