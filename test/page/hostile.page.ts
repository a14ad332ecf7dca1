import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { wellFormed } from '../../src/page/selection.ts';
import { printable } from '../../src/text.ts';
import { run } from '../cli/run.ts';
import { scratch } from '../scratch.ts';
import type { BrowserName } from './find-browsers.ts';
import { HOSTILE_NAMES, harmless, PAYLOADS } from './hostile-names.ts';
import { hostileWorld } from './hostile-world.ts';
import { BROWSERS, closeBrowser, openPage } from './open-page.ts';
import { type Skeleton, SURFACES, skeletonOf, startAgain } from './surfaces.ts';

afterAll(closeBrowser);

const BATCH = 100;
const BATCHES = Array.from({ length: HOSTILE_NAMES.length / BATCH }, (_, index) =>
  HOSTILE_NAMES.slice(index * BATCH, (index + 1) * BATCH),
);

const SIZE = { width: 1440, height: 900 };

const HANDFUL = 25;
/** One page for each handful of names. */
const FEW = Array.from({ length: Math.ceil(PAYLOADS.length / HANDFUL) }, (_, index) =>
  PAYLOADS.slice(index * HANDFUL, (index + 1) * HANDFUL),
);

test('there are 500 hostile names', () => {
  expect(new Set(HOSTILE_NAMES).size).toBe(500);
});

/** Output of `who` for a world with these names. */
async function outputsOf(names: readonly string[], isHarmless: boolean) {
  const { files, argv } = hostileWorld(names, isHarmless);
  const cwd = await scratch(files);
  const [html, csv] = [
    await run(['who', ...argv, '-o', 'html'], { cwd }),
    await run(['who', ...argv, '-o', 'csv'], { cwd }),
  ];
  expect([html.exitCode, csv.exitCode], html.stderr).toEqual([0, 0]);
  return { html: html.stdout, csv: csv.stdout };
}

/** The skeletons of all surfaces of a page. */
async function skeletonsOf(html: string, browser: BrowserName): Promise<Record<string, Skeleton>> {
  const skeletons: Record<string, Skeleton> = {};
  const { page, problems, close } = await openPage(html, { viewport: SIZE }, '', 'access.html', browser);
  for (const [name, show] of Object.entries(SURFACES)) {
    await show(page);
    skeletons[name] = await skeletonOf(page);
    expect(problems, name).toEqual([]);
    expect(await page.evaluate(() => 'ran' in window), `code ran in ${name}`).toBe(false);
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    // On paper, columns don't give way to such names yet.
    if (name !== 'paper') expect(beyond, `${name} is wider than the window`).toBeLessThanOrEqual(0);
    await startAgain(page);
  }
  await close();
  return skeletons;
}

/** With many names, rows scroll and the graph is too large to draw; with few, it draws each. Firefox takes longer. */
const GROUPS = BROWSERS.flatMap((browser) => {
  const many = browser === 'chromium' ? BATCHES : BATCHES.slice(0, 2);
  return [...many, ...FEW].map((names) => ({ browser, names }));
});

test.each(
  GROUPS.map((group) => ({ ...group, count: group.names.length, first: printable(group.names[0] ?? '') })),
)(
  '$count hostile names from $first are text in each part of the page, in $browser',
  async ({ names, browser }) => {
    const hostile = await skeletonsOf((await outputsOf(names, false)).html, browser);
    const plain = await skeletonsOf((await outputsOf(names.map(harmless), true)).html, browser);
    // Menus that one part opens may still be there in the next, or not yet.
    const known = Object.values(plain);
    const [plainTags, plainAttributes] = [
      new Set(known.flatMap(({ tags }) => tags)),
      new Set(known.flatMap(({ attributes }) => attributes)),
    ];
    for (const [surface, { tags, attributes, dangers }] of Object.entries(hostile)) {
      expect(dangers, surface).toEqual([]);
      // A place to break a line in a name is an element without attributes.
      expect(
        tags.filter((tag) => tag !== 'wbr' && !plainTags.has(tag)),
        surface,
      ).toEqual([]);
      expect(
        attributes.filter((attribute) => !plainAttributes.has(attribute)),
        surface,
      ).toEqual([]);
    }
  },
);

describe.each(BATCHES.map((names, index) => ({ first: index * BATCH + 1, names })))(
  '100 hostile names from number $first',
  ({ names }) => {
    test('are found by an address with them, which stays as it is', async () => {
      const { page, problems, close } = await openPage((await outputsOf(names, false)).html);
      for (const facet of ['person', 'group'] as const) {
        const prefix = facet === 'person' ? 'USER/' : '';
        const seen = await page.evaluate(
          visit,
          names.map((name) => [facet, `${prefix}${name}`] as const),
        );
        for (const [index, { rows, chips, hash }] of seen.entries()) {
          const name = wellFormed(names[index] ?? '');
          expect(Number.parseInt(rows, 10), `${facet} ${printable(name)}`).toBeGreaterThan(0);
          expect(chips).toContain(printable(name).slice(0, 20).trimEnd());
          expect(new URLSearchParams(hash.slice(1)).getAll(facet)).toEqual([`${prefix}${name}`]);
        }
      }
      expect(problems).toEqual([]);
      await close();
    });

    test('are chosen by a click, and stand in the address', async () => {
      const { page, problems, close } = await openPage((await outputsOf(names, false)).html);
      await page
        .getByRole('button', { name: /^Filter/ })
        .first()
        .click();
      await page.locator('.menu-facet').filter({ hasText: 'Person or group' }).click();
      await page.locator('.filter-menu label').first().waitFor();
      const clicked = await page.evaluate(clickBoxes);
      expect(clicked.length).toBeGreaterThan(names.length);
      const own = new Set(names.map(wellFormed));
      for (const { values, rows } of clicked) {
        expect(values).toHaveLength(1);
        const [, name = ''] = /^(?:USER|GROUP)\/(.*)$/s.exec(values[0] ?? '') ?? [];
        expect(own, printable(name)).toContain(name);
        expect(Number.parseInt(rows, 10), printable(name)).toBeGreaterThan(0);
      }
      expect(new Set(clicked.flatMap(({ values }) => values)).size).toBe(clicked.length);
      expect(problems).toEqual([]);
      await close();
    });

    test('are saved as CSV as -o csv prints them, without formulas', async () => {
      const { html, csv } = await outputsOf(names, false);
      const { page, problems, close } = await openPage(html);
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: /^Save as CSV/ }).click(),
      ]);
      expect(saved.suggestedFilename()).toMatch(/^access-clusters-2026-11-01\.csv$/);
      const text = await readFile(await saved.path(), 'utf8');
      expect(text).toBe(wellFormed(csv));
      expect(text).not.toMatch(/(?:^|,)"?[=+@\t\r-](?!")/m);
      expect(problems).toEqual([]);
      await close();
    });
  },
);

/** Runs in the page: goes to the address of each filter. */
async function visit(filters: readonly (readonly [string, string])[]) {
  const seen: { readonly rows: string; readonly chips: string; readonly hash: string }[] = [];
  for (const filter of filters) {
    const changed = new Promise((done) => addEventListener('hashchange', done, { once: true }));
    location.hash = `#${new URLSearchParams([[...filter]])}`;
    await changed;
    const text = (selector: string) => document.querySelector(selector)?.textContent ?? '';
    seen.push({ rows: text('.row-count'), chips: text('.chips'), hash: location.hash });
  }
  return seen;
}

/** Runs in the page: chooses each value of the open menu, and takes it back. */
function clickBoxes() {
  return [...document.querySelectorAll<HTMLInputElement>('.filter-menu .menu-list input')].map((box) => {
    box.click();
    const rows = document.querySelector('.row-count')?.textContent ?? '';
    const values = new URLSearchParams(location.hash.slice(1)).getAll('person');
    box.click();
    return { values, rows };
  });
}
