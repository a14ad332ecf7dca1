import fc from 'fast-check';
import { expect, test } from 'vitest';
import { typedField } from '../../src/page/app/page.ts';
import { wellFormed } from '../../src/page/selection.ts';
import { type View, viewOfHash, viewToHash, WHOLE_VIEW } from '../../src/page/view.ts';
import { anyText } from '../any-text.ts';
import { runs } from '../runs.ts';
import { anyView } from './small-page.ts';

test('an address has all of a view, whatever its texts are', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      const hash = viewToHash(view);
      expect(viewOfHash(hash)).toEqual(asAddressable(view));
      expect(viewOfHash(`#${hash}`)).toEqual(asAddressable(view));
      expect(viewToHash(viewOfHash(hash))).toBe(hash);
    }),
    runs(2_000),
  );
});

test('an address consists of characters that no browser changes and no mail breaks', () => {
  fc.assert(
    fc.property(anyView, (view) => {
      expect(viewToHash(view)).toMatch(/^[\w*.%&=+-]*$/);
    }),
    runs(500),
  );
});

test('the whole view has an empty address', () => {
  expect(viewToHash(WHOLE_VIEW)).toBe('');
  expect(viewOfHash('')).toEqual(WHOLE_VIEW);
  expect(viewOfHash('#')).toEqual(WHOLE_VIEW);
});

test('any text is an address', () => {
  fc.assert(
    fc.property(anyText(), (hash) => {
      const view = viewOfHash(hash);
      expect(viewOfHash(viewToHash(view))).toEqual(view);
    }),
    runs(1_000),
  );
});

test('an address leaves out what it does not know', () => {
  const hash =
    '__proto__=1&constructor=2&toString=3&filters=x&tab=__proto__&sort=-constructor&hasOwnProperty=4';
  expect(viewOfHash(hash)).toEqual(WHOLE_VIEW);
  expect(({} as Record<string, unknown>)['1']).toBeUndefined();
});

test('an address of thousands of parameters has the values of filters, each once', () => {
  const person = Array.from({ length: 10_000 }, (_, index) => `person=USER/${index % 5_000}`);
  const junk = Array.from({ length: 10_000 }, (_, index) => `junk${index}=x`);
  const view = viewOfHash([...person, ...junk].join('&'));
  expect(view.filters.person).toHaveLength(5_000);
  expect(Object.keys(view.filters)).toEqual(['person']);
});

test('tells typing in a field from other changes of a view', () => {
  const typed: View = { ...WHOLE_VIEW, search: 'al' };
  expect(typedField(WHOLE_VIEW, typed)).toBe('search');
  expect(typedField(typed, { ...typed, search: 'ali' })).toBe('search');
  expect(typedField(typed, { ...typed, search: '', filters: { access: ['none'] } })).toBeNull();
  expect(typedField(typed, { ...typed, filters: { access: ['none'] } })).toBeNull();
  expect(typedField(typed, { ...typed, search: '', who: 'alice' })).toBeNull();
  expect(typedField(typed, typed)).toBeNull();
});

/** Half of a surrogate pair can't be in an address. */
function asAddressable({ filters, ...view }: View): View {
  const values = Object.entries(filters).map(
    ([key, all]) => [key, [...new Set(all.map(wellFormed))]] as const,
  );
  return {
    ...view,
    search: wellFormed(view.search),
    who: wellFormed(view.who),
    can: wellFormed(view.can),
    namespace: wellFormed(view.namespace),
    filters: Object.fromEntries(values),
  };
}
