import { parseAccountSelector } from '../inventory/scope/account-selector.ts';
import type { MappingInput } from './config-schema.ts';
import type { Mapping, Origin } from './mapping.ts';
import { parsePermissionSetSelector, parsePrincipalSelector } from './permission-set-selector.ts';

/** A checked rule as the mapping it stands for. */
export function toMapping(input: MappingInput, origin: Origin): Mapping {
  return {
    selector: parsePermissionSetSelector(input.permissionSet),
    accounts: input.accounts?.map(parseAccountSelector) ?? null,
    assignedTo: (input.assignedTo && parsePrincipalSelector(input.assignedTo)) || null,
    username: input.username ?? null,
    groups: input.groups,
    optional: input.optional ?? false,
    origin,
  };
}
