import type { NobodyReason } from './who-gets-in.ts';

/** Why an entry grants no access, as a clause. */
export const NOBODY_REASONS: Readonly<Record<NobodyReason, string>> = {
  'config-map-ignored': 'the cluster has mode API and ignores aws-auth',
  'overridden-by-access-entry': 'an access entry overrides this entry',
  'dead-access-entry': 'the access entry is for an earlier role with that name',
  'path-in-arn': 'the ARN has a path and never matches',
  'role-gone': "the role doesn't exist",
  'role-superseded': 'the permission set has a newer role',
  unassigned: "the permission set isn't assigned to anyone in the account",
  'all-deleted': 'everyone assigned was deleted',
  'groups-empty': 'the assigned groups have no members',
  shadowed: 'a later entry with the same ARN overrides this one',
  'overridden-user': 'mapRoles overrides this entry',
  'sso-inert': 'EKS ignores sso: entries',
  'for-instances': "the entry is for EC2 instances, which can't have this ARN",
  'invalid-arn': 'the ARN never matches (run check to see why)',
  'invalid-account': 'the account ID is invalid',
};

/** The reasons that AWS gave, at some time; the file says the others. */
export const FROM_AWS: ReadonlySet<string> = new Set<NobodyReason | 'deleted'>([
  'config-map-ignored',
  'overridden-by-access-entry',
  'dead-access-entry',
  'role-gone',
  'role-superseded',
  'unassigned',
  'all-deleted',
  'groups-empty',
  'deleted',
]);
