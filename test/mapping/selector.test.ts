import { expect, test } from 'vitest';
import { AccountInstances } from '../../src/directory/instances.ts';
import type { PermissionSet } from '../../src/directory/model.ts';
import {
  parsePermissionSetSelector,
  permissionSetSelectorProblem,
  selectorText,
  setMatcher,
} from '../../src/mapping/selector.ts';
import { account, inventory } from '../directory/build-inventory.ts';

const SET = 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-32e4b4859f4238ec';

test.each([
  ['Admin', { kind: 'name', name: 'Admin' }],
  ['a_1+=,.@-', { kind: 'name', name: 'a_1+=,.@-' }],
  ['x'.repeat(32), { kind: 'name', name: 'x'.repeat(32) }],
  ['Dev*', { kind: 'glob', glob: 'Dev*' }],
  [SET, { kind: 'arn', arn: SET }],
  ['group:a b', { kind: 'group', name: 'a b' }],
  ['user:group:x', { kind: 'user', name: 'group:x' }],
])('%s selects permission sets', (text, selector) => {
  expect(permissionSetSelectorProblem(text)).toBeUndefined();
  expect(parsePermissionSetSelector(text)).toEqual(selector);
  expect(selectorText(parsePermissionSetSelector(text))).toBe(text);
});

const NAME = "isn't a permission set name; use 1 to 32 letters, digits or any of _ + = , . @ -";
const OTHER =
  "isn't a permission set, and only permission sets can be mapped; add other roles and IAM users to aws-auth manually";
const NO_ARN = "isn't a permission set ARN (arn:aws:sso:::permissionSet/ssoins-…/ps-…)";

test.each([
  ['', "isn't a permission set name"],
  ['two words', NAME],
  ['x'.repeat(33), NAME],
  ['charn:x', NAME],
  ['mygroup:x', NAME],
  ['myuser:x', NAME],
  ['group:', 'has no name after the colon'],
  ['user:', 'has no name after the colon'],
  ['*a*a*a*a*a*a*a', 'has more than 6 stars; use fewer'],
  ['arn:aws:iam::111122223333:user/ada', OTHER],
  ['arn:aws:iam::111122223333:role/ops', OTHER],
  ['arn:aws:sts::111122223333:assumed-role/ops/ada', OTHER],
  ['arn:aws:iam::111122223333:root', NO_ARN],
  ['arn:aws:sso:::instance/ssoins-6804a1b2c3d4e5f6', NO_ARN],
  ['arn:', NO_ARN],
  [
    'arn:aws:identitystore:::user/1',
    "is an Identity Center user or group, which can't be mapped. Map the permission set assigned to them; everyone who is assigned it uses its role",
  ],
])('%j does not: it %s', (text, problem) => {
  expect(permissionSetSelectorProblem(text)).toBe(problem);
});

test('an ARN selects its permission set in the accounts of its instance', () => {
  const selector = { kind: 'arn', arn: SET } as const;
  const [own = '', other = ''] = ['6804a1b2c3d4e5f6', '0000000000000002'].map(
    (id) => `arn:aws:sso:::instance/ssoins-${id}`,
  );
  const selected = (
    permissionSets: PermissionSet[] | null,
    instance: string | null,
    permissionSet = 'Admin',
  ) => {
    const known = inventory([account('111122223333', null, { instance })], [], { permissionSets });
    return setMatcher(selector, AccountInstances.of(known))({ accountId: '111122223333', permissionSet });
  };
  const admin = { arn: SET, name: 'Admin' };
  const namesake = { arn: SET.replace('6804a1b2c3d4e5f6', '0000000000000002'), name: 'Admin' };
  expect(selected([admin, namesake], own)).toBe(true);
  expect(selected([admin, namesake], own, 'View')).toBe(false);
  expect(selected([admin, namesake], other)).toBe(false);
  expect(selected([admin, namesake], null)).toBe(false);
  expect(selected([{ ...admin, arn: `${SET}0` }], own)).toBe(false);
  expect(selected(null, own)).toBe(false);
});
