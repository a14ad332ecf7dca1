import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderJson, renderLongJson } from '../../src/cli/format/json.ts';
import { runs } from '../runs.ts';

const value = fc.jsonValue({ maxDepth: 4 });
/** A few values, repeated. */
const longList = fc
  .tuple(fc.array(value, { minLength: 1, maxLength: 5 }), fc.integer({ min: 195, max: 605 }))
  .map(([values, length]) => Array.from({ length }, (_, index) => values[index % values.length]));

describe('renderLongJson', () => {
  test('renders the bytes that renderJson does', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(value), longList, fc.dictionary(fc.string(), fc.oneof(value, longList))),
        (any) => {
          expect([...renderLongJson(any)].join('')).toBe(renderJson(any));
        },
      ),
      runs(1000),
    );
  });

  test.each([
    { roles: [], accounts: {}, left: undefined },
    { left: undefined },
    [[], {}, [[]], { a: [undefined] }],
    { roles: [{ name: 'two\nlines', groups: ['a', 'b'] }] },
  ])('omits values and breaks lines like JSON.stringify: %j', (any) => {
    expect([...renderLongJson(any)].join('')).toBe(renderJson(any));
  });

  test('breaks a long list into pieces', () => {
    const list = Array.from({ length: 5000 }, (_, index) => ({ accountId: String(index), groups: ['a'] }));
    expect([...renderLongJson(list)].length).toBeGreaterThan(20);
    expect([...renderLongJson({ list })].length).toBeGreaterThan(20);
  });
});

describe('renderLongJson with the items of a list', () => {
  test('renders the bytes that renderJson does', () => {
    const item = fc.dictionary(fc.string(), value, { maxKeys: 3 });
    const items = fc.oneof(
      fc.array(item),
      fc
        .tuple(item, fc.constantFrom(199, 200, 201, 400, 401))
        .map(([one, count]) => Array.from({ length: count }, () => one)),
    );
    fc.assert(
      fc.property(items, (list) => {
        expect([...renderLongJson(list.values())].join('')).toBe(renderJson(list));
      }),
    );
  });

  test('generates items only as they are written', () => {
    let made = 0;
    const items = function* () {
      for (; made < 5000; made += 1) yield { made };
    };
    const pieces = renderLongJson(items());
    expect(made).toBe(0);
    pieces.next();
    expect(made).toBeLessThan(300);
  });
});
