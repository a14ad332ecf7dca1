import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPageApp } from '../../src/page/app-bundle.ts';
import type { ComparedRow } from '../../src/page/encode.ts';
import { renderPage } from '../../src/page/html.ts';
import { dataOf, HEAD, people, rowOf } from '../page-app/made-rows.ts';
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
      // Heights are estimates until rows are measured, so the end may move.
      await expect
        .poll(async () => {
          await region.evaluate((element) => element.scrollTo(0, element.scrollHeight));
          return last.isVisible();
        })
        .toBe(true);
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
        const region = page.locator('.table-region');
        await expect
          .poll(async () => {
            await region.evaluate((element) => element.scrollTo(0, element.scrollHeight));
            return rowButton(page, 'person-199999@example.com').isVisible();
          })
          .toBe(true);
      },
      narrow,
    );
  });

  test('are all that cards can show: of more, the page says which', async () => {
    const count = 220_000;
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
      await page.getByRole('searchbox', { name: 'Search all columns' }).fill('person-219999@');
      await rowButton(page, 'person-219999@example.com').waitFor();
      expect(await page.locator('.table-limit').isVisible()).toBe(false);
    };
    await withPage(people(count), show, { options: NARROW });
  });
});

test('a header sorts ascending, descending and not at all', async () => {
  await withPage(people(3), async (page) => {
    const header = page.getByRole('columnheader', { name: 'Person or group' });
    const names = () => page.locator('.row-open').allTextContents();
    const order = ['person-0@example.com', 'person-1@example.com', 'person-2@example.com'];
    expect(await header.getAttribute('aria-sort')).toBe('none');
    await header.getByRole('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    expect(await names()).toEqual(order);
    await header.getByRole('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    expect(await names()).toEqual([...order].reverse());
    await header.getByRole('button').click();
    expect(await header.getAttribute('aria-sort')).toBe('none');
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

test('details lead from the person to the groups in Kubernetes, and to all rows of the person', async () => {
  const bob = rowOf({ principal: { type: 'USER', id: 'u-2', name: 'bob@example.com' } });
  const rows = [rowOf(), bob].map((row) => ({ row, change: null }));
  await withPage(rows, async (page) => {
    await rowButton(page, 'alice@example.com').click();
    const dialog = page.getByRole('dialog');
    const text = (await dialog.textContent()) ?? '';
    for (const part of [
      'Platform',
      'Admin in account 111122223333 (prod-eks)',
      'system:masters',
      'Routes to admin',
    ])
      expect(text).toContain(part);
    await dialog.getByRole('link', { name: 'Show all rows of this person' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => page.locator('.row-open').allTextContents()).toEqual(['alice@example.com']);
  });
});

test('no rows: the table says so, and clears the filters', async () => {
  await withPage(
    people(3),
    async (page) => {
      await page.getByRole('heading', { name: 'No rows match' }).waitFor();
      expect(await page.locator('.table-region').isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Clear search and filters' }).click();
      await rowButton(page, 'person-2@example.com').waitFor();
    },
    { hash: 'search=nobody-has-this' },
  );
});

test('a page that opens with another tab shows the table when its tab is chosen', async () => {
  await withPage(
    people(300),
    async (page) => {
      await page.getByRole('tab', { name: 'Table' }).click();
      await rowButton(page, 'person-5@example.com').waitFor();
      await rowButton(page, 'person-0@example.com').focus();
      for (let step = 0; step < 40; step += 1) await page.keyboard.press('ArrowDown');
      expect(await rowButton(page, 'person-40@example.com').isVisible()).toBe(true);
    },
    { hash: 'tab=rights' },
  );
});

test('a column can be hidden and shown again', async () => {
  await withPage(people(3), async (page) => {
    const header = page.getByRole('columnheader', { name: 'Kubernetes groups' });
    await page.locator('.column-menu summary').click();
    await page.getByRole('checkbox', { name: 'Kubernetes groups' }).uncheck();
    expect(await header.count()).toBe(0);
    expect(await page.locator('td.groups').count()).toBe(0);
    await page.getByRole('checkbox', { name: 'Kubernetes groups' }).check();
    expect(await header.count()).toBe(1);
    expect(await page.locator('td.groups').count()).toBe(3);
  });
});

describe('changes since an earlier run', () => {
  const since = {
    file: 'old.json',
    asOf: null,
    doubts: [],
    newClusters: [],
    goneClusters: [],
    earlierRows: 0,
  };
  const changes = [
    { kind: 'new', head: 'new', before: [] },
    { kind: 'gone', head: 'gone', before: [] },
    {
      kind: 'changed',
      head: 'changed',
      before: [{ field: 'groups', was: ['viewers'], now: ['system:masters'] }],
    },
  ] as const;
  const rows = changes.map((change) => ({ row: rowOf(), change }));

  test('are marked by a word, and a changed cell says what it was', async () => {
    await withPage(
      rows,
      async (page) => {
        expect(await page.locator('tbody td.change').allTextContents()).toEqual(['new', 'gone', 'changed']);
        expect(await page.locator('tr.changed td.groups').textContent()).toContain('was viewers');
        const line = page.locator('tr.gone .row-open');
        expect(await line.evaluate((element) => getComputedStyle(element).textDecorationLine)).toBe(
          'line-through',
        );
      },
      { head: { since } },
    );
  });
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
          '2026-11-20 08:30:00 UTC',
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

  test('says what was asked if no row matches', async () => {
    await withPage(
      people(3),
      async (page) => {
        await print(page);
        const head = page.locator('.printed .sheet-head');
        expect(await head.isVisible()).toBe(true);
        expect(await head.textContent()).toMatch(/0 of 3 rows.*as of 2026-11-20.*Search: nobody/);
      },
      { hash: 'search=nobody' },
    );
  });

  test('says that it has only the first 5,000 rows, and how to get the rest', async () => {
    await withPage(people(6_000), async (page) => {
      await print(page);
      expect(await page.locator('.printed tbody tr').count()).toBe(5_000);
      expect(await page.locator('.print-limit').textContent()).toContain(
        'Only the first 5,000 of 6,000 rows are printed',
      );
    });
  });

  test('repeats the header on each sheet, and is white in dark mode, too', async () => {
    await withPage(
      people(200),
      async (page) => {
        const pdf = await page.pdf({ preferCSSPageSize: true });
        const sheets = pdf.toString('latin1').match(/\/Type \/Page\b/g)?.length ?? 0;
        expect(sheets).toBeGreaterThan(3);
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
      await page.getByLabel('Sort by').selectOption('Person or group, Z to A');
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
  test.each(cases)('axe finds nothing in the table and in details: %j', async (options) => {
    const since = {
      file: 'old.json',
      asOf: null,
      doubts: [],
      newClusters: [],
      goneClusters: [],
      earlierRows: 0,
    };
    const rows = (['new', 'gone', 'changed'] as const).map((kind) => ({
      row: rowOf({ access: kind === 'gone' ? 'unknown' : 'granted' }),
      change: { kind, head: kind, before: [{ field: 'groups', was: ['viewers'], now: ['admins'] }] as const },
    }));
    await withPage(
      [...rows, ...people(50)],
      async (page) => {
        expect(await violations(page, '.table-view')).toEqual([]);
        await page.locator('.row-open').first().click();
        expect(await violations(page, '.details')).toEqual([]);
      },
      { head: { ...HEAD, since }, options },
    );
  });
});
