/**
 * AWS lists that nothing contradicts if they are cut short but end properly: no other answer to these commands names
 * the missing role, assignment, member or access entry.
 */
const LISTS: ReadonlySet<string> = new Set([
  'iam.ListRoles',
  // For sets without a role.
  'sso-admin.ListPermissionSets',
  'sso-admin.ListAccountAssignments',
  'sso-admin.ListAccountAssignmentsForPrincipal',
  'identitystore.ListGroupMemberships',
  'identitystore.ListGroupMembershipsForMember',
  'organizations.ListAccounts',
  'organizations.ListAccountsForParent',
  'organizations.ListOrganizationalUnitsForParent',
  'eks.ListClusters',
  'eks.ListAccessEntries',
  'eks.ListAssociatedAccessPolicies',
  'eks.ListIdentityProviderConfigs',
  'eks.ListCapabilities',
]);

/** "Not found" answers that can be true: a principal that isn't found, and is in no group, was deleted. */
const NOT_FOUND: ReadonlySet<string> = new Set(['identitystore.DescribeUser', 'identitystore.DescribeGroup']);

/**
 * Operations whose answer to another request looks like a shorter list: an account without provisioned roles has an
 * empty one, and a group's assignments are among its members'.
 */
const SHORTER: ReadonlySet<string> = new Set([
  'iam.ListRoles',
  'sso-admin.ListAccountAssignmentsForPrincipal',
]);

const SAID =
  /^warning: skipped \d+ accounts? |^note: can't tell whether \d+ roles? (?:in|of) |^warning: the access entries of cluster \S+ are unknown: |OIDC providers or capabilities are unknown/m;

/** Roles and addresses of other sign-ins are in no other answer: only their names and cluster can be compared. */
const ALONE = new Set(['eks.DescribeCapability', 'eks.DescribeIdentityProviderConfig']);

/**
 * True if a fault is indistinguishable from the truth, or the run reports what it skips.
 * @param stderr of the run
 */
export function isBelievable(operation: string, fault: string, stderr: string): boolean {
  if (fault === 'empty list' || fault === 'end too soon') return LISTS.has(operation);
  if (fault === 'answer to another question' && SHORTER.has(operation)) return true;
  if (['another account', 'another resource'].includes(fault) && ALONE.has(operation)) return true;
  if (fault.startsWith('not found') && NOT_FOUND.has(operation)) return true;
  // `check` skips roles that it can't read, `access-entries` a cluster's entries, each with a message. A contradiction
  // is never skipped.
  return SAID.test(stderr) && !stderr.includes('contradict');
}
