import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../src/page/app/styles/', import.meta.url);
/** Has what all parts share. */
const SHARED = 'base.css';

test('no two stylesheets style the same class, except for shared ones', async () => {
  const names = (await readdir(FOLDER)).filter((name) => name !== SHARED);
  const sheets = await Promise.all(
    names.map(async (name) => ({
      name,
      selectors: selectorsOf(await readFile(new URL(name, FOLDER), 'utf8')),
    })),
  );
  const shared = new Set(classesIn(selectorsOf(await readFile(new URL(SHARED, FOLDER), 'utf8'))));
  const collisions = sheets.flatMap(({ name, selectors }) => {
    // The first class of a selector says whose it is; others name parts and states.
    const own = selectors.flatMap((selector) => classesIn([selector]).slice(0, 1));
    const others = sheets.filter((other) => other.name !== name);
    return [...new Set(own)]
      .filter((one) => !shared.has(one))
      .flatMap((one) =>
        others.flatMap((other) =>
          classesIn(other.selectors).includes(one) ? `.${one}: ${name}, ${other.name}` : [],
        ),
      );
  });
  expect(names.length).toBeGreaterThan(5);
  expect(collisions).toEqual([]);
});

function selectorsOf(css: string): string[] {
  const rules = css.replace(/\/\*.*?\*\//gs, '').matchAll(/([^{}]+)\{/g);
  return [...rules].flatMap(([, selectors = '']) =>
    selectors.trim().startsWith('@') ? [] : selectors.split(/,(?![^(]*\))/).map((one) => one.trim()),
  );
}

function classesIn(selectors: readonly string[]): string[] {
  return selectors.flatMap((selector) =>
    [...selector.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name),
  );
}
