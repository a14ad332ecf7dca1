import { Failure, type Problem } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import {
  type Account,
  accountText,
  type Inventory,
  type Principal,
  type PrincipalType,
  principalText,
  type Role,
} from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import type { PeopleQuery, PrincipalName } from '../inventory/query.ts';
import { listed, quoted } from '../text.ts';
import { type Mapping, mappingProblem } from './mapping.ts';
import type { ScopedMapping } from './request.ts';
import { nameMatcher, type PrincipalSelector } from './selector.ts';

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
function othersOn(
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

/** What may be mapped for a principal although more than the principal is behind it. */
interface SharingPolicy {
  /** Several permission sets in one account. */
  readonly allSets?: boolean;
  /** A permission set that others are assigned too. */
  readonly allowShared?: boolean;
}

/** The roles that one mapping leads to. */
interface RolesOfMapping {
  readonly mapping: Mapping;
  readonly roles: readonly Role[];
}

/**
 * Holds mappings that name principals to exactly one permission set in each account, and to one that nobody else shares.
 * @throws Failure (exit 2) with all that is wrong
 */
export function checkSharing(
  resolved: readonly RolesOfMapping[],
  { allSets, allowShared }: SharingPolicy,
  accounts: readonly Account[],
  assignees: Assignees,
): void {
  const texts = new Map(accounts.map((account) => [account.id, accountText(account)]));
  const textOf = (accountId: string) => texts.get(accountId) ?? accountId;
  const ofPrincipals = resolved.filter(({ mapping }) => principalSelectorsOf(mapping).length > 0);
  const problems = ofPrincipals.flatMap((one) => [
    ...(allSets ? [] : severalSets(one, textOf)),
    ...(allowShared ? [] : sharedSets(one, textOf, assignees)),
  ]);
  if (problems.length > 0) throw new Failure(2, problems);
}

function severalSets({ mapping, roles }: RolesOfMapping, textOf: (accountId: string) => string): Problem[] {
  const several = [...groupBy(roles, ({ accountId }) => accountId)].filter(([, own]) => own.length > 1);
  if (several.length === 0) return [];
  const where = several.map(([id, own]) => {
    const sets = own.map(({ permissionSet }) => permissionSet).sort();
    return `${listed(sets.map(quoted))} in account ${textOf(id)}`;
  });
  return [
    mappingProblem(
      mapping,
      `${mapping.origin.text} matches several permission sets: ${listed(where)}`,
      'Map the intended one by its name, or pass --all-sets to map all of them.',
    ),
  ];
}

function sharedSets(
  { mapping, roles }: RolesOfMapping,
  textOf: (accountId: string) => string,
  assignees: Assignees,
): Problem[] {
  const shared = roles.flatMap(({ accountId, permissionSet }) => {
    const others = othersOn(mapping, accountId, permissionSet, assignees);
    const names = listed(others.map(principalText));
    const where = `${quoted(permissionSet)} in account ${textOf(accountId)}`;
    return others.length === 0 ? [] : [`${where} is also assigned to ${names}`];
  });
  if (shared.length === 0) return [];
  return [
    mappingProblem(
      mapping,
      `${mapping.origin.text} would also let others in: ${listed(shared)}`,
      'Everyone assigned a permission set can use its role. Give the intended users a permission set of their own, or pass --allow-shared to let the others in too.',
    ),
  ];
}

/** What mappings that name groups and users need to know of them; null where there is no such mapping. */
export function peopleQueryOf(
  scoped: readonly ScopedMapping[],
  { roles, permissionSets }: Inventory,
): PeopleQuery | null {
  const ofPrincipals = scoped.filter(({ mapping }) => principalSelectorsOf(mapping).length > 0);
  if (ofPrincipals.length === 0) return null;
  const roleArns = ofPrincipals.flatMap(({ mapping, accounts }) => {
    const ids = new Set(accounts.map(({ id }) => id));
    const matches = nameMatcher(mapping.selector, permissionSets);
    const wanted = roles.filter((role) => ids.has(role.accountId) && matches(role.permissionSet));
    return wanted.map(({ roleArn }) => roleArn);
  });
  const selectors = ofPrincipals.flatMap(({ mapping }) => principalSelectorsOf(mapping));
  const named = new Map(
    selectors.map((selector): [string, PrincipalName] => {
      const [type, { name }] = [principalTypeOf(selector), selector];
      return [`${type} ${name}`, { type, name }];
    }),
  );
  return { roleArns: new Set(roleArns), named: [...named.values()], onlyNamed: true, members: false };
}
