import axe from 'axe-core';
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
  await page.locator('.graph-region svg, .graph-empty:visible').first().waitFor();
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
  test('filters by what it represents, and removes its filter again', async () => {
    await withGraph(async (page) => {
      await box(page, /^Permission set: SecurityAudit.*filter by it$/).click();
      await box(page, /^Permission set: SecurityAudit.*remove this filter$/).waitFor();
      expect(new URL(page.url()).hash).toBe('#tab=graph&set=SecurityAudit');
      expect(await box(page, /^Permission set/).count()).toBe(1);
      expect(await box(page, /^Who/).count()).toBeLessThan(10);
      await page.keyboard.press('Enter');
      await box(page, /^Permission set: ReadOnly/)
        .first()
        .waitFor();
      expect(new URL(page.url()).hash).toBe('#tab=graph');
    });
  });

  test('is chosen with the keyboard, keeps the focus, and the way back leads back', async () => {
    await withGraph(async (page) => {
      await box(page, /^Group: Platform/).focus();
      await page.keyboard.press('Enter');
      await box(page, /^Group: Platform.*remove this filter$/).waitFor();
      expect(await page.evaluate(() => document.activeElement?.querySelector('title')?.textContent)).toMatch(
        /^Group: Platform/,
      );
      await page.goBack();
      await box(page, /^Group: Support/).waitFor();
    });
  });

  test('says its column, its text, and where it leads', async () => {
    await withGraph(async (page) => {
      expect(
        await box(
          page,
          /^Kubernetes group or policy: system:masters, cluster admin; leads to cluster admin/,
        ).count(),
      ).toBe(1);
      expect(await box(page, /; no access; filter by it$/).count()).toBeGreaterThan(0);
      expect(await page.getByRole('list', { name: /^Entry, \d+$/ }).count()).toBe(1);
    });
  });

  test('of a person says what became of their access since the earlier run', async () => {
    await withGraph(async (page) => {
      expect(await box(page, /^Who: lucy\.chen@larkfield\.example, user; new; filter by it$/).count()).toBe(
        1,
      );
      expect(await box(page, /^Who: mei\.tanaka@.*, user; changed; leads to cluster admin/).count()).toBe(1);
    });
  });

  test('shows its paths under the pointer', async () => {
    await withGraph(async (page) => {
      await box(page, /^Group: Platform/).hover();
      const isLit = (name: RegExp) => box(page, name).evaluate((node) => node.classList.contains('lit'));
      expect(await isLit(/^Permission set: ClusterAdmin, in/)).toBe(true);
      expect(await isLit(/^Permission set: SecurityAudit/)).toBe(false);
    });
  });
});

describe('the region', () => {
  test('is moved and zoomed by keys, buttons and the mouse', async () => {
    await withGraph(async (page) => {
      const region = page.getByRole('region', { name: /^Graph/ });
      const place = () => region.evaluate((element) => [element.scrollLeft, element.scrollTop]);
      const width = async () => (await page.locator('.graph-canvas').boundingBox())?.width ?? 0;
      await region.focus();
      // At first, the whole width is in view.
      await page.keyboard.press('+');
      const atFirst = await place();
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowDown');
      expect(await place()).toEqual(atFirst.map((one) => one + 80));
      const before = await width();
      await page.keyboard.press('+');
      expect(await width()).toBeCloseTo(before * 1.25, 0);
      await page.getByRole('button', { name: 'Smaller' }).click();
      expect(await width()).toBeCloseTo(before, 0);
      await page.getByRole('button', { name: 'Fit the width' }).click();
      expect(await width()).toBeCloseTo(await region.evaluate((element) => element.clientWidth), 0);
      await page.getByRole('button', { name: 'Larger' }).click();
      await page.getByRole('button', { name: 'Larger' }).click();
      const start = await place();
      await region.evaluate((element) => element.scrollIntoView({ block: 'end' }));
      const frame = await region.boundingBox();
      const [x, y] = [(frame?.x ?? 0) + 300, (frame?.y ?? 0) + 160];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x - 60, y - 40, { steps: 5 });
      await page.mouse.up();
      expect(await place()).toEqual([(start[0] ?? 0) + 60, (start[1] ?? 0) + 40]);
      expect(new URL(page.url()).hash).toBe('#tab=graph');
    });
  });

  test.each([WIDE, PHONE])('starts with text that can be read: %j', async (options) => {
    await withGraph(
      async (page) => {
        const [drawn, meant] = await page
          .locator('.graph-canvas svg')
          .evaluate((svg) => [
            svg.getBoundingClientRect().width,
            (svg as SVGSVGElement).viewBox.baseVal.width,
          ]);
        expect(((drawn ?? 0) / (meant ?? 1)) * 13).toBeGreaterThanOrEqual(11.99);
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
      },
      { options },
    );
  });

  test('has all columns in view on a wide screen, and says that more follows on a narrow one', async () => {
    const isMore = (page: Page) =>
      page.locator('.graph-frame').evaluate((frame) => frame.classList.contains('more-right'));
    await withGraph(async (page) => {
      const region = page.getByRole('region', { name: /^Graph/ });
      expect(await region.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
      expect(await page.locator('.graph-headings > div').count()).toBe(7);
      const cut = await page
        .locator('.graph-headings > div')
        .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length);
      expect(cut).toBe(0);
      expect(await isMore(page)).toBe(false);
    });
    await withGraph(
      async (page) => {
        await expect.poll(() => isMore(page)).toBe(true);
        await page.locator('.graph-region').evaluate((one) => one.scrollTo(one.scrollWidth, 0));
        await expect.poll(() => isMore(page)).toBe(false);
      },
      { options: PHONE },
    );
  });

  test('fits the sheet when it is printed', async () => {
    await withGraph(async (page) => {
      await page.emulateMedia({ media: 'print' });
      const overflow = await page.locator('.graph-canvas').evaluate((canvas) => {
        return canvas.getBoundingClientRect().right - document.documentElement.clientWidth;
      });
      expect(overflow).toBeLessThanOrEqual(0);
    });
  });
});

test('no row leaves a sentence instead of the graph', async () => {
  await withGraph(
    async (page) => {
      expect(await page.getByText('No rows match the search and filters.').isVisible()).toBe(true);
      expect(await page.locator('.graph-region').isVisible()).toBe(false);
    },
    { hash: 'search=nothing-has-this' },
  );
});

test('thousands of people are bundled, and it says so', async () => {
  await withGraph(
    async (page) => {
      expect(await page.getByRole('status').allTextContents()).toEqual(
        expect.arrayContaining([expect.stringMatching(/^Showing [\d,]+ users as \d+ boxes/)]),
      );
      expect(await page.locator('.graph-box').count()).toBeLessThanOrEqual(200);
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
      expect(await box(page, /^Who: <img src=x onerror=alert\(1\)>, user/).count()).toBe(1);
      expect(await box(page, /^Who: \\u\{202e\}evil\\u\{2066\}, user/).count()).toBe(1);
      expect(await box(page, /^Who: x{10000}, user/).count()).toBe(1);
      const wide = await page.locator('.graph-box').evaluateAll(
        (boxes) =>
          boxes.flatMap((one) => {
            const limit = one.querySelector('rect')?.getBoundingClientRect().right ?? 0;
            return [...one.querySelectorAll('text')].filter(
              (text) => text.getBoundingClientRect().right > limit,
            );
          }).length,
      );
      expect(wide).toBe(0);
      await box(page, /^Who: <img/).click();
      await box(page, /^Who: <img.*remove this filter$/).waitFor();
    },
    { content },
  );
});

describe('axe finds nothing', () => {
  const cases = [WIDE, PHONE].flatMap((size) =>
    (['light', 'dark'] as const).map((colorScheme) => ({ ...size, colorScheme })),
  );
  test.each(cases)('%j', async (options) => {
    await withGraph(
      async (page) => {
        await page.evaluate(axe.source);
        const found = await page.evaluate(async () => {
          const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'];
          const { axe } = window as unknown as { axe: typeof import('axe-core') };
          const { violations } = await axe.run('.graph', { runOnly: tags });
          return violations.map(
            ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join('\n')}`,
          );
        });
        expect(found).toEqual([]);
      },
      { options },
    );
  });
});
