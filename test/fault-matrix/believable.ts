/**
 * Lists of AWS that nothing contradicts where they are short, as long as they end properly: the role, assignment, member or access entry that is missing is
 * named by no other answer that these commands ask for.
 */
const LISTS: ReadonlySet<string> = new Set([
  'iam.ListRoles',
  // Of sets that have no role.
  'sso-admin.ListPermissionSets',
  'sso-admin.ListAccountAssignments',
  'sso-admin.ListAccountAssignmentsForPrincipal',
  'identitystore.ListGroupMemberships',
  'identitystore.ListGroupMembershipsForMember',
  'organizations.ListAccounts',
  'organizations.ListAccountsForParent',
  'organizations.ListOrganizationalUnitsForParent',
  'eks.ListAccessEntries',
  'eks.ListAssociatedAccessPolicies',
]);

/** What AWS says where it is so: who is not found, and is in no group, was deleted. */
const NOT_FOUND: ReadonlySet<string> = new Set(['identitystore.DescribeUser', 'identitystore.DescribeGroup']);

/**
 * Where an answer to another question is like a list that is short: that of an account without provisioned roles is empty, and that of a group is among what its
 * members are assigned.
 */
const SHORTER: ReadonlySet<string> = new Set([
  'iam.ListRoles',
  'sso-admin.ListAccountAssignmentsForPrincipal',
]);

const SAID =
  /^warning: skipped \d+ accounts? |^note: can't tell whether \d+ roles? of |^warning: the access entries of cluster \S+ are unknown: /m;

/**
 * Whether a fault cannot be told from the truth, or the run says aloud what it goes on without.
 * @param stderr of the run
 */
export function isBelievable(operation: string, fault: string, stderr: string): boolean {
  if (fault === 'empty list' || fault === 'end too soon') return LISTS.has(operation);
  if (fault === 'answer to another question' && SHORTER.has(operation)) return true;
  if (fault.startsWith('not found') && NOT_FOUND.has(operation)) return true;
  // `check` leaves out what it cannot read, and `access-entries` what a cluster has, and they say so. A contradiction is never left at that.
  return SAID.test(stderr) && !stderr.includes('contradict');
}
