import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { loadPageApp } from '../../src/page/app-bundle.ts';
import type { PageData } from '../../src/page/data.ts';
import { at } from '../../src/page/decode.ts';
import { renderPage } from '../../src/page/html.ts';
import { crowd } from '../page-app/crowd.ts';
import { closeBrowser, openPage } from './open-page.ts';
import { LAST_MONTH, realisticPage } from './realistic/realistic.ts';

afterAll(closeBrowser);

const WIDE = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };
const html = realisticPage(['--since', LAST_MONTH]);

/** Opens the graph, and asserts that the page did nothing that it must not do. */
async function withGraph(
  use: (page: Page) => Promise<void>,
  {
    content,
    options = WIDE,
    hash = '',
  }: { readonly content?: string; readonly options?: BrowserContextOptions; readonly hash?: string } = {},
): Promise<void> {
  const { page, problems, close } = await openPage(content ?? (await html), options, `tab=graph&${hash}`);
  await page.locator('.graph-region svg, .graph-status p:visible').first().waitFor();
  await use(page);
  expect(problems).toEqual([]);
  await close();
}

async function pageOf(data: PageData): Promise<string> {
  return [...renderPage(await loadPageApp(), data)].join('');
}

function box(page: Page, name: string | RegExp) {
  return page.getByRole('link', { name });
}

describe('a box', () => {
  test('is chosen with the keyboard, keeps the focus, and the way back leads back', async () => {
    await withGraph(async (page) => {
      await box(page, /^Group: Platform/).focus();
      await page.keyboard.press('Enter');
      await box(page, /^Group: Platform.*remove this filter$/).waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Group: Platform/);
      await page.goBack();
      await box(page, /^Group: Support/).waitFor();
      expect(new URL(page.url()).hash).toBe('#tab=graph');
    });
  });

  test('of several people grows for their names, and stays in view', async () => {
    await withGraph(async (page) => {
      const several = page.getByRole('button', { name: /^Who: \d people/ }).last();
      await several.click();
      const place = page.locator('.graph-place').filter({ has: page.locator('[aria-expanded=true]') });
      const lengths = await place.evaluate((one) => [
        one.scrollHeight,
        one.clientHeight,
        one.scrollWidth,
        one.clientWidth,
      ]);
      expect(lengths[0]).toBeLessThanOrEqual(lengths[1] ?? 0);
      expect(lengths[2]).toBeLessThanOrEqual(lengths[3] ?? 0);
      const region = await page.locator('.graph-region').boundingBox();
      const shown = await place.boundingBox();
      expect(shown?.y).toBeGreaterThan(region?.y ?? 0);
      expect(shown?.y).toBeLessThan((region?.y ?? 0) + (region?.height ?? 0));
    });
  });

  test('lights its paths under the pointer', async () => {
    await withGraph(async (page) => {
      await box(page, /^Group: Platform/).hover();
      const opacity = (name: RegExp) =>
        page.locator('li', { has: box(page, name) }).evaluate((one) => getComputedStyle(one).opacity);
      expect(await opacity(/^Permission set: ClusterAdmin\b/)).toBe('1');
      expect(Number(await opacity(/^Permission set: SecurityAudit/))).toBeLessThan(0.5);
    });
  });

  test('differs without colors if it leads to cluster admin', async () => {
    await withGraph(
      async (page) => {
        expect(await page.locator('.graph-place.admin .graph-mark:visible').count()).toBe(
          await page.locator('.graph-place.admin').count(),
        );
        const width = (selector: string) =>
          page
            .locator(selector)
            .first()
            .evaluate((one) => Number.parseFloat(getComputedStyle(one).strokeWidth));
        expect(await width('.graph-line.admin')).toBeGreaterThan(
          (await width('.graph-line:not(.admin)')) * 2,
        );
      },
      { options: { ...WIDE, forcedColors: 'active' } },
    );
  });
});

describe('the region', () => {
  test.each([WIDE, PHONE])(
    'is scrolled both ways by keys, and its headings stay over their columns: %j',
    async (options) => {
      await withGraph(
        async (page) => {
          const region = page.getByRole('region', { name: /^Graph/ });
          await region.evaluate((one) => {
            one.style.maxHeight = '300px';
            one.style.maxWidth = '380px';
          });
          await region.focus();
          await page.keyboard.press('ArrowRight');
          await page.keyboard.press('PageDown');
          await expect
            .poll(() => region.evaluate((one) => one.scrollLeft > 0 && one.scrollTop > 200))
            .toBe(true);
          const top = (await region.boundingBox())?.y ?? 0;
          const headings = await page.locator('.graph-headings > div').all();
          expect(headings.length).toBe(7);
          for (const [index, heading] of headings.entries()) {
            const own = await heading.boundingBox();
            const place = await page
              .locator('.graph-boxes > ul')
              .nth(index)
              .locator('li')
              .first()
              .boundingBox();
            expect(own?.x).toBe(place?.x);
            expect((own?.y ?? 0) - top).toBeLessThan(20);
          }
        },
        { options },
      );
    },
  );

  test.each([WIDE, PHONE])(
    'scrolls instead of the page, and has text that can be read: %j',
    async (options) => {
      await withGraph(
        async (page) => {
          const sizes = await page
            .locator('.graph-region *')
            .evaluateAll((all) => all.map((one) => Number.parseFloat(getComputedStyle(one).fontSize)));
          expect(Math.min(...sizes)).toBeGreaterThanOrEqual(12);
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          ).toBeLessThanOrEqual(0);
        },
        { options },
      );
    },
  );

  test('has all columns in view on a wide screen', async () => {
    await withGraph(async (page) => {
      const region = page.getByRole('region', { name: /^Graph/ });
      expect(await region.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
      const texts = page.locator('.graph-headings :is(strong, span)');
      expect(
        await texts.evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length),
      ).toBe(0);
    });
  });

  test('fits the sheet when it is printed', async () => {
    await withGraph(
      async (page) => {
        await page.emulateMedia({ media: 'print' });
        const { right, bottom, room } = await page.locator('.graph-region').evaluate((region) => ({
          right: Math.max(
            ...[...region.querySelectorAll('li')].map((one) => one.getBoundingClientRect().right),
          ),
          bottom: region.scrollHeight - region.clientHeight,
          room: document.documentElement.clientWidth,
        }));
        expect(right).toBeLessThanOrEqual(room);
        expect(bottom).toBeLessThanOrEqual(1);
      },
      { options: { viewport: { width: 1000, height: 700 } } },
    );
  });
});

test('thousands of people are drawn once there are few enough boxes', async () => {
  await withGraph(
    async (page) => {
      await page.locator('.graph-status a').first().click();
      await page.locator('.graph-box').first().waitFor();
      expect(await page.locator('.graph-place').count()).toBeLessThanOrEqual(300);
    },
    { content: await pageOf(crowd(5)) },
  );
});

/** Names that would be markup, would turn text around, or never end. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '</script><script>alert(1)</script>',
  '\u202Eevil\u2066',
  '{{constructor.constructor("alert(1)")()}}',
  'x'.repeat(10_000),
  "javascript:alert('1')",
  '&lt;b&gt;',
  ' and ClusterRole/cluster-admin cluster-wide',
];

test('hostile names are text, and stay in their boxes', async () => {
  const data = crowd(0);
  const named = HOSTILE.map((name) => ({ type: 'USER', id: name, name }) as const);
  const rows = named.flatMap((_, index) => [index, index]);
  const content = await pageOf({
    ...data,
    tables: {
      ...data.tables,
      principals: named,
      vias: [null, ...HOSTILE],
      entries: HOSTILE.map((name) => ({
        ...at(data.tables.entries, 0),
        rolearn: `arn:aws:iam::111122223333:role/${name}`,
        permissionSet: name,
        accountName: name,
        username: name,
        groups: [name],
      })),
    },
    rows: {
      principals: rows,
      vias: rows.map((one, index) => (index % 2) * (one + 1)),
      entries: rows,
      grants: rows.map(() => 0),
      usernames: rows.map(() => 0),
      changes: rows.map(() => 0),
    },
  });
  await withGraph(
    async (page) => {
      expect(await page.locator('.graph img, .graph script').count()).toBe(0);
      expect(await box(page, /^Who: <img src=x onerror=alert\(1\)> ?;/).count()).toBe(1);
      expect(await box(page, /^Who: \\u\{202e\}evil\\u\{2066\} ?;/).count()).toBe(1);
      expect(await box(page, /^Who: x{10000} ?;/).count()).toBe(1);
      const wide = await page.locator('.graph-place').evaluateAll(
        (places) =>
          places.filter((place) => {
            const { right, bottom } = place.getBoundingClientRect();
            return [...place.querySelectorAll('strong, span')].some((text) => {
              const own = text.getBoundingClientRect();
              return own.right > right || own.bottom > bottom;
            });
          }).length,
      );
      expect(wide).toBe(0);
      await box(page, /^Who: <img/).click();
      await box(page, /^Who: <img.*remove this filter$/).waitFor();
    },
    { content },
  );
});
