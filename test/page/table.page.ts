import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPageApp } from '../../src/page/app-bundle.ts';
import type { ComparedRow } from '../../src/page/encode.ts';
import { renderPage } from '../../src/page/html.ts';
import { dataOf, HEAD, people, rowOf, SINCE } from '../page-app/made-rows.ts';
import { violations } from './axe.ts';
import { closeBrowser, openPage } from './open-page.ts';

afterAll(closeBrowser);

const WIDE = { viewport: { width: 1440, height: 900 } };
const NARROW = { viewport: { width: 390, height: 844 } };

/** Opens a page of made rows, and checks afterwards that it did nothing that a page must not do. */
async function withPage(
  rows: Iterable<ComparedRow>,
  look: (page: Page) => Promise<void>,
  {
    head = {},
    options = WIDE,
    hash = '',
  }: { head?: Parameters<typeof dataOf>[1]; options?: BrowserContextOptions; hash?: string } = {},
): Promise<void> {
  const html = [...renderPage(await loadPageApp(), dataOf(rows, head))].join('');
  const { page, problems, close } = await openPage(html, options, hash);
  await page.locator('.table-view').waitFor({ state: 'attached' });
  await look(page);
  expect(problems).toEqual([]);
  await close();
}

const rowButton = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

describe('200,000 rows', () => {
  test('can be read to the last one, with few of them in the document', async () => {
    await withPage(people(200_000), async (page) => {
      await rowButton(page, 'person-0@example.com').waitFor();
      expect(await page.locator('.table-region table').getAttribute('aria-rowcount')).toBe('200001');
      const region = page.locator('.table-region');
      const last = rowButton(page, 'person-199999@example.com');
      await region.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await last.waitFor();
      const row = page.getByRole('row').filter({ has: last });
      expect(await row.getAttribute('aria-rowindex')).toBe('200001');
      expect(await page.locator('.table-region tr').count()).toBeLessThan(100);
    });
  });

  test('can be read to the last one as cards', async () => {
    const narrow = { options: NARROW };
    await withPage(
      people(200_000),
      async (page) => {
        await page.locator('.table-region').evaluate((element) => element.scrollTo(0, element.scrollHeight));
        await rowButton(page, 'person-199999@example.com').waitFor();
      },
      narrow,
    );
  });

  test('are all that cards can show: of more, the page says which', async () => {
    const count = 230_000;
    const show = async (page: Page) => {
      const region = page.locator('.table-region');
      const height = await region.evaluate((element) => element.scrollHeight);
      expect(height).toBeLessThan(17_800_000);
      const text = (await page.locator('.table-limit').textContent()) ?? '';
      const shown = Number(
        /^Only the first ([\d,]+) rows can be scrolled to/.exec(text)?.[1]?.replace(/,/g, ''),
      );
      expect(shown).toBeGreaterThan(200_000);
      expect(shown).toBeLessThan(count);
      await page.getByRole('searchbox', { name: 'Search all columns' }).fill('person-229999@');
      await rowButton(page, 'person-229999@example.com').waitFor();
      expect(await page.locator('.table-limit').textContent()).toBe('');
    };
    await withPage(people(count), show, { options: NARROW });
  });
});

test('arrow keys move over rows, Enter opens one, and Escape returns to it', async () => {
  await withPage(people(500), async (page) => {
    await rowButton(page, 'person-0@example.com').focus();
    for (let step = 0; step < 60; step += 1) await page.keyboard.press('ArrowDown');
    const button = rowButton(page, 'person-60@example.com');
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'person-60@example.com' }).waitFor();
    await page.keyboard.press('Escape');
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

test('the focus stays on a row that is scrolled out of view', async () => {
  await withPage(people(5_000), async (page) => {
    await rowButton(page, 'person-2@example.com').focus();
    await page.locator('.table-region').evaluate((element) => element.scrollTo(0, 100_000));
    await expect.poll(() => rowButton(page, 'person-0@example.com').count()).toBe(0);
    await page.keyboard.press('ArrowDown');
    const next = rowButton(page, 'person-3@example.com');
    await expect.poll(() => next.evaluate((element) => element === document.activeElement)).toBe(true);
  });
});

describe('a row', () => {
  const LONG = 'PaymentsPlatformOperators';
  const rows = [
    { row: rowOf({ permissionSet: LONG, via: 'Payments platform operators' }), change: null },
    { row: rowOf({ principal: { type: 'GROUP', id: 'g-1', name: 'Payments platform' } }), change: null },
  ];

  test.each([1024, 1440, 2560])('is one line, whose names are not cut (%i pixels)', async (width) => {
    await withPage(
      rows,
      async (page) => {
        const cells = page.locator('.table-region tbody tr:not(.spacer) > *');
        const sizes = await cells.evaluateAll((all) =>
          all.map((cell) => ({
            text: cell.textContent,
            isCut: cell.scrollWidth > cell.clientWidth,
            height: cell.getBoundingClientRect().height,
          })),
        );
        expect(sizes.length).toBe(8);
        expect(sizes.filter(({ isCut }) => isCut)).toEqual([]);
        for (const { height } of sizes) expect(height).toBeCloseTo(34, 0);
        const region = page.locator('.table-region');
        expect(await region.evaluate((one) => one.scrollWidth <= one.clientWidth)).toBe(true);
      },
      { options: { viewport: { width, height: 900 } } },
    );
  });

  test('is a card of three lines on a phone', async () => {
    await withPage(
      rows,
      async (page) => {
        const [first, second] = await page
          .locator('.table-region tbody tr')
          .evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
        expect([first, second]).toEqual([76, 76]);
        const card = page.locator('.table-region tbody tr').first();
        const tops = await card
          .locator('> *')
          .evaluateAll((all) => all.map((cell) => Math.round(cell.getBoundingClientRect().top)));
        expect(new Set(tops).size).toBe(3);
        expect(await card.evaluate((one) => one.scrollHeight <= one.clientHeight)).toBe(true);
      },
      { options: NARROW },
    );
  });

  test('that is gone is struck through', async () => {
    const change = { kind: 'gone', head: 'gone', before: [] } as const;
    await withPage(
      [{ row: rowOf(), change }],
      async (page) => {
        const line = page.locator('tr.gone .row-open');
        expect(await line.evaluate((element) => getComputedStyle(element).textDecorationLine)).toBe(
          'line-through',
        );
      },
      { head: { since: SINCE } },
    );
  });
});

test.each([390, 701, 760, 1024, 1440])('menus are within the window (%i pixels)', async (width) => {
  await withPage(
    people(300),
    async (page) => {
      // Cards always have the same parts.
      const isNarrow = width <= 700;
      expect(await page.getByRole('button', { name: 'Columns' }).isVisible()).toBe(!isNarrow);
      for (const name of ['Filter', ...(isNarrow ? [] : ['Columns']), 'Copy link']) {
        await page.getByRole('button', { name, exact: true }).click();
        const box = await page.locator('.menu:not([hidden])').boundingBox();
        expect(box?.x).toBeGreaterThanOrEqual(0);
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(800);
        await page.keyboard.press('Escape');
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    },
    { options: { viewport: { width, height: 800 } }, hash: 'search=person' },
  );
});

describe('paper', () => {
  async function print(page: Page): Promise<void> {
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
  }

  test('has all rows in a plain table, below a header with the title, the date, the filters and the counts', async () => {
    await withPage(
      people(300),
      async (page) => {
        await print(page);
        const printed = page.locator('.printed');
        expect(await printed.locator('tbody tr').count()).toBe(111);
        const head = (await printed.locator('thead').textContent()) ?? '';
        for (const part of [
          'Who has access to prod',
          '111 of 300 rows',
          '20 Nov 2026, 08:30 UTC',
          'Search: person-1',
        ])
          expect(head).toContain(part);
        expect(await page.locator('.table-region').isVisible()).toBe(false);
        await page.evaluate(() => dispatchEvent(new Event('afterprint')));
        expect(await printed.locator('tr').count()).toBe(0);
      },
      { hash: 'search=person-1' },
    );
  });

  test('has the first 10,000 rows, says so, and how to get the rest', async () => {
    await withPage(people(10_500), async (page) => {
      await print(page);
      expect(await page.locator('.printed tbody tr').count()).toBe(10_000);
      expect(await page.locator('.print-limit').textContent()).toContain(
        'Only the first 10,000 rows are printed',
      );
    });
  });

  test('repeats the header on each sheet, and is white in dark mode, too', async () => {
    await withPage(
      people(200),
      async (page) => {
        const pdf = await page.pdf({ preferCSSPageSize: true });
        const sheets = pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
        // The summary is on the first one.
        expect(sheets).toBeGreaterThan(4);
        expect(sheets).toBeLessThanOrEqual(10);
        await print(page);
        const thead = page.locator('.printed thead');
        expect(await thead.evaluate((element) => getComputedStyle(element).display)).toBe(
          'table-header-group',
        );
        const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        expect(ground).toBe('rgb(255, 255, 255)');
      },
      { options: { ...WIDE, colorScheme: 'dark' } },
    );
  });
});

test('cards of narrow screens fit the screen, and a field sorts them', async () => {
  await withPage(
    people(20),
    async (page) => {
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
      const isWider = await page
        .locator('.table-region')
        .evaluate((element) => element.scrollWidth > element.clientWidth);
      expect(isWider).toBe(false);
      await page.getByLabel('Sort by').selectOption('Person, Z to A');
      expect(await page.locator('.row-open').first().textContent()).toBe('person-19@example.com');
    },
    { options: NARROW },
  );
});

test('a name is text and can have any length', async () => {
  const name = `<img src=x onerror=alert(1)></td></script>\u202e${'W'.repeat(3_000)}`;
  const hostile = rowOf({ principal: { type: 'USER', id: 'u-1', name }, via: name, permissionSet: name });
  await withPage([{ row: hostile, change: null }], async (page) => {
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('.row-open').textContent()).toContain(
      '<img src=x onerror=alert(1)></td></script>\\u{202e}',
    );
    const height = await page.locator('tr[data-index="0"]').evaluate((row) => row.clientHeight);
    expect(height).toBeLessThan(200);
    await page.locator('.row-open').click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
  });
});

describe('accessibility', () => {
  const cases = [WIDE, NARROW].flatMap((size) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ ...size, colorScheme })),
  );
  test.each(cases)('axe finds nothing in the table, the menus and the details: %j', async (options) => {
    const rows = (['new', 'gone', 'changed'] as const).map((kind) => ({
      row: rowOf({ access: kind === 'gone' ? 'unknown' : 'granted' }),
      change: { kind, head: kind, before: [{ field: 'groups', was: ['viewers'], now: ['admins'] }] as const },
    }));
    await withPage(
      [...rows, ...people(50)],
      async (page) => {
        expect(await violations(page, '.table-view')).toEqual([]);
        for (const [name, part] of [
          ['Filter', '.find'],
          ...(options.viewport.width > 700 ? [['Columns', '.tools'] as const] : []),
          ['Copy link', '.tools'],
        ] as const) {
          await page.getByRole('button', { name, exact: true }).click();
          expect(await violations(page, part)).toEqual([]);
          await page.keyboard.press('Escape');
        }
        await page.getByRole('button', { name: 'Filter', exact: true }).click();
        await page.locator('.menu-facet', { hasText: 'Change' }).first().click();
        await page.locator('.menu-list label').first().click();
        expect(await violations(page, '.bar')).toEqual([]);
        await page.keyboard.press('Escape');
        await page.locator('.row-open').first().click();
        expect(await violations(page, '.details')).toEqual([]);
      },
      { head: { ...HEAD, since: SINCE }, options },
    );
  });
});
