import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bindingsOf } from '../../src/mapping/bindings.ts';
import { parseConfig } from '../../src/mapping/config.ts';

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 12,
});
/** Few characters, among them those that names separate, escape or drop. */
const close = fc.string({ unit: fc.constantFrom(...'ab:=-_.3AD/'), minLength: 1, maxLength: 5 });
const group = fc
  .oneof(printable, close)
  .filter((text) => problems({ groups: [text], bind: [{ role: 'r' }] }) === 0);
const role = fc
  .oneof(printable, close)
  .filter((text) => problems({ groups: ['g'], bind: [{ role: text }] }) === 0);

function mappingsOf(mapping: object) {
  return parseConfig(JSON.stringify({ mappings: [{ permissionSet: 'A', ...mapping }] }), 'c.yaml').mappings;
}

function problems(mapping: object): number {
  try {
    return mappingsOf(mapping).length - 1;
  } catch {
    return 1;
  }
}

function nameOf(group: string, role: string): string | undefined {
  return bindingsOf(mappingsOf({ groups: [group], bind: [{ role }] }))[0]?.name;
}

test('two bindings have the same name only if they bind the same group to the same role', () => {
  fc.assert(
    fc.property(fc.tuple(group, role), fc.tuple(group, role), (one, other) => {
      expect(nameOf(...one) === nameOf(...other)).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 300 },
  );
});

test('every name is one that Kubernetes and a shell take as it is', () => {
  fc.assert(
    fc.property(group, role, (one, other) => {
      expect(nameOf(one, other)).toMatch(/^aws-auth-sso:[\w.=-]+:[\w.=-]+$/);
    }),
    { numRuns: 300 },
  );
});

test('the order of mappings, groups and roles makes no difference', () => {
  const one = {
    permissionSet: 'A',
    groups: ['a', 'b'],
    bind: [{ role: 'r', namespaces: ['n', 'm'] }, { role: 's' }],
  };
  const other = {
    permissionSet: 'B',
    groups: ['b', 'c'],
    bind: [{ role: 's' }, { role: 'r', namespaces: ['m'] }],
  };
  const shuffled = {
    ...one,
    groups: ['b', 'a'],
    bind: [{ role: 's' }, { role: 'r', namespaces: ['m', 'n'] }],
  };
  const of = (...mappings: object[]) =>
    bindingsOf(parseConfig(JSON.stringify({ mappings }), 'c.yaml').mappings).map(
      ({ location: _, ...rest }) => rest,
    );
  expect(of(one, other)).toHaveLength(8);
  expect(of(other, shuffled)).toEqual(of(one, other));
});
