import type { PlanFacts } from '../plan.ts';
import { type PlannedCalls, pageCount } from '../planned-calls.ts';
import type { Question } from '../question.ts';

const SSO_ADMIN_PAGE = 100;

/** How to learn which permission sets are where: asked for each set, or for each account. */
export interface Verification {
  readonly by: 'set' | 'account';
  readonly calls: number;
}

/**
 * Whichever takes fewer calls.
 * @param organizationSize a set lists its accounts all over the organization, not only those of the scope
 */
export function cheaperVerification(accounts: number, sets: number, organizationSize: number): Verification {
  const bySet = sets * pageCount(organizationSize, SSO_ADMIN_PAGE);
  const byAccount = accounts * pageCount(sets, SSO_ADMIN_PAGE);
  return bySet <= byAccount ? { by: 'set', calls: bySet } : { by: 'account', calls: byAccount };
}

/** The sso-admin calls of a question; none for one that names in roles answer. */
export function identityCenterCalls(question: Question, facts: PlanFacts): PlannedCalls[] {
  const { permissionSets, provisioned } = question;
  if (permissionSets === 'none' && !provisioned) return [];
  const stated = typeof permissionSets !== 'string';
  const sets = stated ? permissionSets.length : facts.permissionSetCount;
  return [
    call('ListInstances', 1),
    ...(stated ? [] : [call('ListPermissionSets', pageCount(sets, SSO_ADMIN_PAGE))]),
    ...(permissionSets === 'none' ? [] : [call('DescribePermissionSet', describeCalls(question, sets))]),
    ...(provisioned ? [verificationCalls(facts, sets)] : []),
  ];
}

/** Of sets that are only counted, the known ones are taken to be among them. */
function describeCalls(
  { permissionSets, knownPermissionSets }: Question,
  sets: number | null,
): number | null {
  const known = new Set(knownPermissionSets.map(({ arn }) => arn));
  if (typeof permissionSets !== 'string') return permissionSets.filter((arn) => !known.has(arn)).length;
  return sets === null ? null : Math.max(0, sets - known.size);
}

function verificationCalls({ scopeIds, organizationSize }: PlanFacts, sets: number | null): PlannedCalls {
  if (scopeIds === null || sets === null) return call('ListAccountsForProvisionedPermissionSet', null);
  const { by, calls } = cheaperVerification(scopeIds.length, sets, organizationSize ?? scopeIds.length);
  return call(
    by === 'set' ? 'ListAccountsForProvisionedPermissionSet' : 'ListPermissionSetsProvisionedToAccount',
    calls,
  );
}

function call(operation: string, calls: number | null): PlannedCalls {
  return { service: 'sso-admin', operation, calls };
}
