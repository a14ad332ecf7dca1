import type { Principal, PrincipalType } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import type { Mapping } from './mapping.ts';
import type { PrincipalSelector } from './permission-set-selector.ts';

/** The groups and users that a mapping names, as its selector or in `assignedTo`. */
export function principalSelectorsOf({ selector, assignedTo }: Mapping): PrincipalSelector[] {
  const own = selector.kind === 'group' || selector.kind === 'user' ? [selector] : [];
  return assignedTo ? [...own, assignedTo] : own;
}

export function principalTypeOf({ kind }: PrincipalSelector): PrincipalType {
  return kind === 'group' ? 'GROUP' : 'USER';
}

/** Whether somebody whom the selector names is assigned a permission set in an account; a user also through a group. */
export function isAssigned(
  selector: PrincipalSelector,
  accountId: string,
  permissionSet: string,
  assignees: Assignees,
): boolean {
  const assigned = assignees.idsOf(accountId, permissionSet);
  return assignees
    .named(principalTypeOf(selector), selector.name)
    .some(({ id }) => [id, ...assignees.groupsOf(id)].some((one) => assigned.has(one)));
}

/** Who else gets in where a mapping names principals: a role lets in everybody who is assigned its permission set. */
export function othersOn(
  mapping: Mapping,
  accountId: string,
  permissionSet: string,
  assignees: Assignees,
): Principal[] {
  const selectors = principalSelectorsOf(mapping);
  const isNamed = ({ type, name }: Principal) =>
    selectors.some((selector) => principalTypeOf(selector) === type && selector.name === name);
  return assignees.of(accountId, permissionSet).filter((one) => one.name !== null && !isNamed(one));
}
