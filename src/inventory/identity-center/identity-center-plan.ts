import { type PlannedCalls, pageCount } from '../planned-calls.ts';
import type { InventoryQuery } from '../query.ts';

const SSO_ADMIN_PAGE = 100;

/**
 * The sso-admin calls of a question; none for one that names in roles answer.
 * @param permissionSetCount how many there are; null where they were not counted yet
 */
export function identityCenterCalls(
  { permissionSets }: InventoryQuery,
  permissionSetCount: number | null,
): PlannedCalls[] {
  if (permissionSets === 'none') return [];
  if (permissionSets !== 'all') return [call('ListInstances', 1), describing(permissionSets.length)];
  const listing = call('ListPermissionSets', pageCount(permissionSetCount, SSO_ADMIN_PAGE));
  return [call('ListInstances', 1), listing, describing(permissionSetCount)];
}

function describing(sets: number | null): PlannedCalls {
  return call('DescribePermissionSet', sets);
}

function call(operation: string, calls: number | null): PlannedCalls {
  return { service: 'sso-admin', operation, calls };
}
