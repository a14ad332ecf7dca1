import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../page/find-chromium.ts';

/** What a page costs its reader. */
export interface BrowserCost {
  /** From the start of navigation until the first rows are painted. */
  readonly firstRowsMs: number;
  /** From each keystroke in the search until its rows are painted. */
  readonly keystrokesMs: readonly number[];
  /** From a click on a heading until the sorted rows are painted. */
  readonly sortMs: number;
  /** Most resident memory of the page's process so far. */
  readonly peakMb: number;
  /** The part of it that the process shares with no other, at the end. */
  readonly ownMb: number;
}

/** Words of people, clusters and permission sets; each letter is a keystroke, and so is taking it back. */
const WORDS = ['ana.lopez', 'payments-prod', 'zzz', 'a b c d'];

/** Opens a page in Chromium, reads, searches and sorts it. */
export async function browserCost(file: string): Promise<BrowserCost> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript({ path: join(import.meta.dirname, 'page-watch.js') });
    await page.goto(pathToFileURL(file).href, { timeout: 120_000 });
    const firstRowsMs = await page.evaluate<number>('measured.firstRows');
    const search = page.getByRole('searchbox').first();
    await search.focus();
    const keystrokesMs: number[] = [];
    for (const word of WORDS) {
      for (const key of word) keystrokesMs.push(await costOf(page, () => page.keyboard.press(key)));
      for (const _ of word) keystrokesMs.push(await costOf(page, () => page.keyboard.press('Backspace')));
    }
    const heading = page.getByRole('columnheader', { name: 'Person or group' }).first();
    const target = heading.getByRole('button').first();
    const sortMs = (await target.count()) === 0 ? 0 : await costOf(page, () => target.click());
    return { firstRowsMs, keystrokesMs, sortMs, ...(await memoryOf(browser)) };
  } finally {
    await browser.close();
  }
}

async function costOf(page: Page, act: () => Promise<void>): Promise<number> {
  await page.evaluate('measured.begin()');
  await act();
  return page.evaluate<number>('measured.settled()');
}

/** Of the page's process; Linux only. */
async function memoryOf(browser: Browser): Promise<{ peakMb: number; ownMb: number }> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const kilobytes = await Promise.all(
    processInfo
      .filter(({ type }) => type === 'renderer')
      .map(async ({ id }) => {
        const status = await readFile(`/proc/${id}/status`, 'utf8');
        const of = (field: string) =>
          Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN);
        return { peak: of('VmHWM'), own: of('RssAnon') + of('VmSwap') };
      }),
  );
  const largest = (field: 'peak' | 'own') => Math.max(...kilobytes.map((one) => one[field])) / 1000;
  return { peakMb: largest('peak') * 1.024, ownMb: largest('own') * 1.024 };
}
