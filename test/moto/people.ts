import type { PermissionSetName } from './organization.ts';

/** The principals in moto's identity store. `gone` and the group `Former` get assignments and are then deleted. */
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
  /** An account name, or a name prefix. */
  readonly account: string;
  readonly set: PermissionSetName;
  readonly principals: readonly ((typeof USERS)[number] | keyof typeof GROUPS)[];
}

/** Ada is assigned ViewOnly in prod-eks directly, and through two groups. */
export const ASSIGNED: readonly Assigned[] = [
  { account: 'prod-eks', set: 'Admin', principals: ['Platform'] },
  { account: 'prod-eks', set: 'ViewOnly', principals: ['Platform', 'Audit', 'ada', 'gone'] },
  { account: 'prod-eks', set: 'Dev.Ops+1', principals: ['Team: "A | B"', 'cy'] },
  { account: 'prod-eks', set: 'Billing', principals: ['Former'] },
  { account: 'prod-data', set: 'Admin', principals: ['Platform'] },
  { account: 'prod-data', set: 'ViewOnly', principals: ['Empty'] },
  // Someone removed the role.
  { account: 'dev-eks', set: 'Admin', principals: ['Audit'] },
  { account: 'dev-eks', set: 'ViewOnly', principals: ['cy'] },
  { account: 'sandbox-', set: 'ViewOnly', principals: ['Platform', 'gone'] },
  { account: 'sandbox-', set: 'Dev.Ops+1', principals: ['bob'] },
];
