import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, firefox, type Page } from 'playwright-core';
import { inject } from 'vitest';
import type { BrowserName } from './find-browsers.ts';

const started = new Map<BrowserName, Promise<Browser>>();

/** Browsers to test in: Chromium, and Firefox if the machine has it. */
export const BROWSERS: readonly BrowserName[] =
  inject('firefox') === null ? ['chromium'] : ['chromium', 'firefox'];

function launch(name: BrowserName): Promise<Browser> {
  if (name === 'chromium')
    return chromium.launch({ executablePath: inject('chromium'), args: ['--no-sandbox'] });
  // With this channel, Playwright speaks WebDriver BiDi, as Firefox itself does, and not the protocol of a patched Firefox.
  return firefox.launch({ executablePath: inject('firefox') ?? '', channel: 'moz-firefox' });
}

/** Closes all browsers. */
export async function closeBrowser(): Promise<void> {
  for (const browser of started.values()) await (await browser).close();
  started.clear();
}

/** A page in a browser, and all that it must never do. */
export interface OpenPage {
  readonly page: Page;
  /** Requests other than for the file itself, console errors, uncaught errors and violations of its policy. */
  readonly problems: string[];
  readonly close: () => Promise<void>;
}

/**
 * Opens a page as a file, as a reader would from a mail.
 * @param html the output of `who -o html`
 * @param hash the part of the address after `#`
 * @param name of the file
 * @param browserName each browser is started once
 */
export async function openPage(
  html: string,
  options: BrowserContextOptions = {},
  hash = '',
  name = 'access.html',
  browserName: BrowserName = 'chromium',
): Promise<OpenPage> {
  const folder = await mkdtemp(join(tmpdir(), 'aws-auth-sso-page-'));
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, html);
  const url = pathToFileURL(file).href;
  const browser = started.get(browserName) ?? launch(browserName);
  started.set(browserName, browser);
  const context = await (await browser).newContext(options);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('request', (request) => {
    const isOwn = request.url().split('#', 1)[0] === url || request.url().startsWith('blob:');
    if (!isOwn) problems.push(`request: ${request.url()}`);
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  await page.goto(`${url}${hash === '' ? '' : `#${hash}`}`);
  const close = async () => {
    await context.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { page, problems, close };
}
