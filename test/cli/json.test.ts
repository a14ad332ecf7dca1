import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderJson, renderLongJson } from '../../src/cli/json.ts';

describe('renderLongJson', () => {
  test('renders the bytes that renderJson does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        expect(renderLongJson(value).join('')).toBe(renderJson(value));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    { roles: [], accounts: {}, left: undefined },
    [[], {}, [[]], { a: [undefined] }],
    { roles: [{ name: 'two\nlines', groups: ['a', 'b'] }] },
  ])('leaves out and breaks lines as JSON.stringify does: %j', (value) => {
    expect(renderLongJson(value).join('')).toBe(renderJson(value));
  });

  test('breaks a long list into pieces', () => {
    const list = Array.from({ length: 5000 }, (_, index) => ({ accountId: String(index), groups: ['a'] }));
    const pieces = renderLongJson(list);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(renderJson(list));
  });
});
