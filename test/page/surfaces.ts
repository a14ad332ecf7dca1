import type { Page } from 'playwright-core';

/** A part of the page that shows names, and how to get to it. */
type Show = (page: Page) => Promise<void>;

async function table(page: Page): Promise<void> {
  await page.locator('#panel-table tbody tr').first().waitFor({ state: 'attached' });
}

/** All parts of the page that show names; each starts with the whole table. */
export const SURFACES: Readonly<Record<string, Show>> = {
  table,
  'table on a phone': async (page) => {
    await page.setViewportSize({ width: 390, height: 800 });
    await table(page);
  },
  search: async (page) => {
    await page.getByRole('searchbox').first().fill('a');
  },
  'menus of filters': async (page) => {
    await showFilters(page);
    const more = page.getByRole('button', { name: 'More filters' });
    if (await more.isVisible()) await more.click();
    for (const button of await page.locator('button.facet').all()) {
      // The one before stays open until this one opens.
      await page.keyboard.press('Escape');
      await button.click();
      await page.locator('.menu-list label').first().waitFor();
    }
  },
  'chosen filters': async (page) => {
    await showFilters(page);
    for (const facet of ['Account', 'Person or group']) {
      const button = page.locator('button.facet').filter({ hasText: facet }).first();
      if (!(await button.isVisible())) continue;
      await button.click();
      const boxes = await page.locator('.menu-list input').all();
      for (const box of boxes.slice(0, 3)) await box.check();
      await page.keyboard.press('Escape');
    }
  },
  details: async (page) => {
    await page.locator('.row-open').nth(1).click();
    await page.getByRole('dialog').waitFor();
  },
  graph: async (page) => {
    await page.getByRole('tab', { name: 'Graph' }).click();
    await page.locator('#panel-graph svg a').first().waitFor();
    await page.locator('#panel-graph svg a').first().focus();
  },
  permissions: async (page) => {
    await page.getByRole('tab', { name: 'Permissions' }).click();
    await page.locator('#panel-rights').waitFor();
    await page.locator('#panel-rights input').first().fill('bind roles');
    await page.keyboard.press('Enter');
    await page.locator('#panel-rights [aria-busy]').waitFor({ state: 'detached' });
  },
  paper: async (page) => {
    await table(page);
    await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
    await setMedium(page, 'print');
  },
};

/** Firefox can't be told to show what it would print. */
async function setMedium(page: Page, media: 'print' | null): Promise<void> {
  if (page.context().browser()?.browserType().name() === 'chromium') await page.emulateMedia({ media });
}

/** Shows the filters, which are behind a button on a small screen. */
async function showFilters(page: Page): Promise<void> {
  const toggle = page.locator('.facets-toggle[aria-expanded="false"]');
  if (await toggle.isVisible()) await toggle.click();
}

/** Goes back to the whole table, on a screen of this size. */
export async function startAgain(page: Page, size = { width: 1440, height: 900 }): Promise<void> {
  await page.keyboard.press('Escape');
  await setMedium(page, null);
  await page.evaluate(() => dispatchEvent(new Event('afterprint')));
  await page.setViewportSize(size);
  await page.evaluate(() => {
    location.hash = '#';
  });
  await page.locator('#panel-table').waitFor();
}

/** The elements and attributes of a page, without what they contain. */
export interface Skeleton {
  /** Tags, sorted, each once. */
  readonly tags: readonly string[];
  readonly attributes: readonly string[];
  /** Handlers, and addresses other than parts of the page: they could run code or leave the page. */
  readonly dangers: readonly string[];
}

export function skeletonOf(page: Page): Promise<Skeleton> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('*')];
    const attributes = all.flatMap((one) =>
      [...one.attributes].map((attribute) => ({
        tag: one.localName,
        ...{ name: attribute.name, value: attribute.value },
      })),
    );
    const isAddress = (name: string) =>
      ['href', 'xlink:href', 'src', 'srcdoc', 'action', 'formaction', 'data', 'style'].includes(name);
    const isHarmless = (name: string, value: string) =>
      name === 'style' ? !/url|expression/i.test(value) : name.endsWith('href') && /^(?:#|blob:)/.test(value);
    const sorted = (texts: readonly string[]) => [...new Set(texts)].sort();
    return {
      tags: sorted(all.map(({ localName }) => localName)),
      attributes: sorted(attributes.map(({ tag, name }) => `${tag} ${name}`)),
      dangers: attributes
        .filter(({ name, value }) => name.startsWith('on') || (isAddress(name) && !isHarmless(name, value)))
        .map(({ tag, name, value }) => `${tag} ${name}=${value}`),
    };
  });
}
