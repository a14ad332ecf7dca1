import type { Inventory } from '../inventory/model.ts';
import type { PeopleQuery, PrincipalName } from '../inventory/query.ts';
import { nameMatcher } from './permission-set-selector.ts';
import { principalSelectorsOf, principalTypeOf } from './principal-selector.ts';
import type { ScopedMapping } from './resolve.ts';

/** What mappings that name groups and users need to know of them; null where there is no such mapping. */
export function peopleQuestionOf(
  scoped: readonly ScopedMapping[],
  { roles, permissionSets }: Inventory,
): PeopleQuery | null {
  const ofPrincipals = scoped.filter(({ mapping }) => principalSelectorsOf(mapping).length > 0);
  if (ofPrincipals.length === 0) return null;
  const nameOfArn = new Map(permissionSets?.map(({ arn, name }) => [arn, name]));
  const roleArns = ofPrincipals.flatMap(({ mapping, accounts }) => {
    const ids = new Set(accounts.map(({ id }) => id));
    const matches = nameMatcher(mapping.selector, nameOfArn);
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
