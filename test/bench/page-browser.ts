import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { findChromium } from '../page/find-browsers.ts';

/** Time until a change is painted, and how long the page's thread worked for it. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Time and memory that a page takes in a browser. */
export interface BrowserCost {
  /** Time from the start of navigation until the first rows are painted. */
  readonly firstRowsMs: number;
  /** Time from each keystroke in the search until its rows are painted. */
  readonly keystrokes: readonly Cost[];
  /** Time from a click on a heading until the sorted rows are painted. */
  readonly sorts: readonly Cost[];
  /** Peak resident memory of the page's process. */
  readonly peakMb: number;
  /** The part of it that the process shares with no other, at the end. */
  readonly ownMb: number;
}

/** Words of people, clusters and permission sets; each letter is a keystroke, and so is taking it back. */
const WORDS = ['ana.lopez', 'payments-prod', 'zzz', 'a b c d'];

/** Headings to click. */
const SORTED = 6;

/** Opens a page in Chromium, reads, searches and sorts it. */
export async function browserCost(file: string): Promise<BrowserCost> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.addInitScript({ path: join(import.meta.dirname, 'page-watch.js') });
    await page.goto(pathToFileURL(file).href, { timeout: 120_000 });
    const firstRowsMs = await page.evaluate<number>('measured.firstRows');
    const session = await page.context().newCDPSession(page);
    // Measures the thread alone, so that other programs don't matter.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const cost = (act: () => Promise<void>) => costOf(page, session, act);
    await page.getByRole('searchbox').first().focus();
    const keystrokes: Cost[] = [];
    for (const word of WORDS) {
      for (const key of word) keystrokes.push(await cost(() => page.keyboard.press(key)));
      for (const _ of word) keystrokes.push(await cost(() => page.keyboard.press('Backspace')));
    }
    const headings = page.locator('#panel-table thead button');
    const sorts: Cost[] = [];
    for (const heading of (await headings.all()).slice(0, SORTED))
      sorts.push(await cost(() => heading.click()));
    return { firstRowsMs, keystrokes, sorts, ...(await memoryOf(browser)) };
  } finally {
    await browser.close();
  }
}

async function costOf(page: Page, session: CDPSession, act: () => Promise<void>): Promise<Cost> {
  const cpu = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN);
  };
  await page.evaluate('measured.begin()');
  const before = await cpu();
  await act();
  const wallMs = await page.evaluate<number>('measured.settled()');
  return { wallMs, cpuMs: (await cpu()) - before };
}

/** Memory of the page's process; Linux only. */
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
