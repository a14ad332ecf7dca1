import type { Locator, Page } from 'playwright-core';

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
  summary: async (page) => {
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
  },
  'menu of filters': async (page) => {
    const menu = await openFilters(page);
    for (let index = 0; index < (await menu.locator('.menu-facet').count()); index += 1) {
      await menu.locator('.menu-facet').nth(index).click();
      await menu.locator('.menu-list label').first().waitFor();
      await menu.getByRole('button', { name: 'All filters' }).click();
    }
    await menu.getByRole('searchbox').fill('a');
    await menu.locator('.menu-list label').first().waitFor();
  },
  'chosen filters': async (page) => {
    const menu = await openFilters(page);
    for (const facet of ['Account', 'Person or group']) {
      const opener = menu.getByRole('button', { name: facet });
      if ((await opener.count()) === 0) continue;
      await opener.click();
      const boxes = await menu.locator('.menu-list input').all();
      for (const box of boxes.slice(0, 3)) await box.check();
      await menu.getByRole('button', { name: 'All filters' }).click();
    }
    await page.locator('.chip').first().waitFor();
  },
  'link to a view': async (page) => {
    await page.getByRole('searchbox').first().fill('a');
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('group', { name: 'Link to this view' }).waitFor();
  },
  details: async (page) => {
    await page.locator('.row-open').nth(1).click();
    await page.getByRole('dialog').waitFor();
  },
  graph: async (page) => {
    await page.getByRole('tab', { name: 'Graph' }).click();
    const shown = page
      .locator('#panel-graph')
      .locator('.graph-boxes a, .graph-boxes button, .graph-status a');
    await shown.first().focus();
    const several = page.locator('.graph-boxes button').first();
    if ((await several.count()) > 0) await several.click();
  },
  'who can': async (page) => {
    await goTo(page, 'tab=rights&can=bind%20roles');
  },
  'what can a person': async (page) => {
    const name = await page.locator('.row-open.name').nth(1).textContent();
    await page.getByRole('tab', { name: 'Permissions' }).click();
    await page.getByRole('combobox', { name: 'Person or group' }).fill(name ?? '');
    await page.locator('[role=option]').first().click();
    await page.waitForFunction(() => location.hash.includes('who='));
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

async function openFilters(page: Page): Promise<Locator> {
  const button = page.getByRole('button', { name: /^Filter/ }).first();
  if ((await button.getAttribute('aria-expanded')) === 'false') await button.click();
  return page.locator('.filter-menu');
}

/** Goes to a question, and waits for its answer. */
async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await page.locator('#panel-rights').waitFor();
  await page.locator('#panel-rights [aria-busy=true]').waitFor({ state: 'detached' });
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
