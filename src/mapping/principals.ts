import { Failure, type Problem } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Assignees } from '../inventory/assignees.ts';
import {
  type Account,
  accountText,
  type Inventory,
  type Principal,
  type PrincipalType,
  principalText,
  type Role,
} from '../inventory/model.ts';
import type { PeopleQuery, PrincipalName } from '../inventory/query.ts';
import { accountLookup } from '../inventory/scope.ts';
import { listed, quoted } from '../text.ts';
import { type Mapping, mappingProblem } from './mapping.ts';
import type { ScopedMapping } from './request.ts';
import { type PrincipalSelector, setMatcher } from './selector.ts';

/** The groups and users that a mapping names, in its selector or in `assignedTo`. */
export function principalSelectorsOf({ selector, assignedTo }: Mapping): PrincipalSelector[] {
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

/**
 * Other principals who have access when a mapping names principals: everyone who is assigned a permission set can use
 * its role.
 */
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

/** The roles that one mapping resolves to. */
interface RolesOfMapping {
  readonly mapping: Mapping;
  readonly roles: readonly Role[];
}

/**
 * Requires mappings that name principals to match exactly one permission set in each account, which nobody else is
 * assigned.
 * @param options.allSets permits several permission sets in one account
 * @param options.allowShared permits a permission set that others are assigned, too
 * @throws Failure (exit 2) with all problems
 */
export function checkSharing(
  resolved: readonly RolesOfMapping[],
  { allSets, allowShared }: { readonly allSets?: boolean; readonly allowShared?: boolean },
  accounts: readonly Account[],
  assignees: Assignees,
): void {
  const accountOf = accountLookup(accounts);
  const textOf = (accountId: string) => accountText(accountOf(accountId));
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
      'Map the intended one by name, or pass --all-sets to map all of them.',
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
      `${mapping.origin.text} would also grant access to others: ${listed(shared)}`,
      'Everyone assigned a permission set can use its role. Give the intended users their own permission set, or pass --allow-shared to grant the others access, too.',
    ),
  ];
}

/** The query for the groups and users that mappings name; null if no mapping names any. */
export function peopleQueryOf(scoped: readonly ScopedMapping[], inventory: Inventory): PeopleQuery | null {
  const ofPrincipals = scoped.filter(({ mapping }) => principalSelectorsOf(mapping).length > 0);
  if (ofPrincipals.length === 0) return null;
  const roleArns = ofPrincipals.flatMap(({ mapping, accounts }) => {
    const ids = new Set(accounts.map(({ id }) => id));
    const matches = setMatcher(mapping.selector, inventory);
    const wanted = inventory.roles.filter((role) => ids.has(role.accountId) && matches(role));
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
