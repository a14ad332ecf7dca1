import { arnKind, parseArn } from '../arn.ts';
import type { Assignees } from '../directory/assignees.ts';
import type { AccountInstances } from '../directory/instances.ts';
import type { PrincipalType, Role } from '../directory/model.ts';
import { globProblem, isGlob } from '../glob.ts';
import { globMatcher } from '../glob-matcher.ts';
import { parseProvisionedRoleArn, parseRoleName } from '../role-name.ts';

/** A selector of permission sets. */
export type PermissionSetSelector =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'glob'; readonly glob: string }
  | { readonly kind: 'arn'; readonly arn: string }
  | PrincipalSelector;

/** A group by its display name, or a user by its user name. */
export interface PrincipalSelector {
  readonly kind: 'group' | 'user';
  readonly name: string;
}

/** Reads `Name`, a glob, a permission set ARN, `group:NAME` or `user:NAME`. */
export function parsePermissionSetSelector(text: string): PermissionSetSelector {
  const principal = parsePrincipalSelector(text);
  if (principal) return principal;
  if (text.startsWith('arn:')) return { kind: 'arn', arn: text };
  return isGlob(text) ? { kind: 'glob', glob: text } : { kind: 'name', name: text };
}

const PRINCIPAL_KINDS = ['group', 'user'] as const;

export function parsePrincipalSelector(text: string): PrincipalSelector | undefined {
  const kind = PRINCIPAL_KINDS.find((one) => text.startsWith(`${one}:`));
  const name = kind && text.slice(kind.length + 1);
  return kind && name ? { kind, name } : undefined;
}

/** The selector as the user wrote it. */
export function selectorText(selector: PermissionSetSelector): string {
  switch (selector.kind) {
    case 'name':
      return selector.name;
    case 'glob':
      return selector.glob;
    case 'arn':
      return selector.arn;
    case 'group':
    case 'user':
      return `${selector.kind}:${selector.name}`;
  }
}

/**
 * Returns a function that tests whether a permission set of an account is selected. An ARN selects it only in accounts
 * that its instance is known to cover. A principal selects any: it depends on who is assigned.
 */
export function setMatcher(
  selector: PermissionSetSelector,
  instances: AccountInstances,
): (role: Pick<Role, 'accountId' | 'permissionSet'>) => boolean {
  switch (selector.kind) {
    case 'name':
      return ({ permissionSet }) => permissionSet === selector.name;
    case 'glob': {
      const matches = globMatcher(selector.glob);
      return ({ permissionSet }) => matches(permissionSet);
    }
    case 'arn':
      return ({ accountId, permissionSet }) =>
        instances.setIn(accountId, permissionSet)?.arn === selector.arn;
    case 'group':
    case 'user':
      return () => true;
  }
}

const MAP_THE_SET = 'Map the permission set assigned to them; everyone who is assigned it uses its role';

/** Why a string cannot select permission sets; undefined if it can. */
export function permissionSetSelectorProblem(text: string): string | undefined {
  if (text === '') return "isn't a permission set name";
  if (!text.startsWith('arn:')) return nameProblem(text);
  const role = parseProvisionedRoleArn(text);
  if (role) return `is a role's ARN; write the name of its permission set: ${role.permissionSet}`;
  const arn = parseArn(text);
  switch (arn && arnKind(arn)) {
    case 'permission-set':
      return undefined;
    case 'identity-store':
      return `is an Identity Center user or group, which can't be mapped. ${MAP_THE_SET}`;
    case 'user':
    case 'role':
    case 'session':
      return "isn't a permission set, and only permission sets can be mapped; add other roles and IAM users to aws-auth manually";
    default:
      return "isn't a permission set ARN (arn:aws:sso:::permissionSet/ssoins-…/ps-…)";
  }
}

function nameProblem(text: string): string | undefined {
  if (/^(group|user):/.test(text))
    return parsePrincipalSelector(text) ? undefined : 'has no name after the colon';
  if (isGlob(text)) return globProblem(text);
  if (/^[\w+=,.@-]{1,32}$/.test(text)) return undefined;
  const role = parseRoleName(text);
  if (role) return `is a role's name; write the name of its permission set: ${role.permissionSet}`;
  return "isn't a permission set name; use 1 to 32 letters, digits or any of _ + = , . @ -";
}

/** The groups and users that a mapping names, in its selector or in `assignedTo`. */
export function principalSelectorsOf({
  selector,
  assignedTo,
}: {
  readonly selector: PermissionSetSelector;
  readonly assignedTo: PrincipalSelector | null;
}): PrincipalSelector[] {
  const own = selector.kind === 'group' || selector.kind === 'user' ? [selector] : [];
  return assignedTo ? [...own, assignedTo] : own;
}

export function principalTypeOf({ kind }: PrincipalSelector): PrincipalType {
  return kind === 'group' ? 'GROUP' : 'USER';
}

/**
 * True if a principal that the selector names is assigned a permission set in an account; a user also through a
 * group.
 */
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
