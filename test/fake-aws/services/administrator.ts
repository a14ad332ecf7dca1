import { denied } from '../wire/aws-error.ts';
import type { Backend, Call } from '../wire/call.ts';

export function isManagement(call: Call, { world }: Backend): boolean {
  return call.caller.accountId === world.managementAccountId;
}

/** Organizations and Identity Center only answer the management account and the delegated administrator. */
export function requireAdministrator(call: Call, backend: Backend): void {
  const isDelegated = call.caller.accountId === backend.world.delegatedAdminId;
  if (!isManagement(call, backend) && !isDelegated) throw denied(call);
}
