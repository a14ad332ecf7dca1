import { existsSync } from 'node:fs';

const PLACES = {
  chromium: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  firefox: ['/usr/bin/firefox-esr', '/usr/bin/firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'],
} as const;

export type BrowserName = keyof typeof PLACES;

/** The executable of a browser; null without one. */
function findBrowser(name: BrowserName): string | null {
  const own = process.env[name.toUpperCase()] ?? '';
  return [own, ...PLACES[name]].find((path) => path !== '' && existsSync(path)) ?? null;
}

/**
 * The executable of Chromium or Chrome.
 * @throws Error that says how to install it
 */
export function findChromium(): string {
  const found = findBrowser('chromium');
  if (found !== null) return found;
  throw new Error(
    'Tests of the page need Chromium or Chrome: install it (Debian: apt-get install chromium), or set CHROMIUM to its path.',
  );
}

/** The executable of Firefox. Without one, its tests are skipped, and this says so. */
export function findFirefox(): string | null {
  const found = findBrowser('firefox');
  if (found === null)
    console.warn(
      'Firefox is missing: skipped the tests of the page in Firefox. Install it (Debian: apt-get install firefox-esr), or set FIREFOX to its path.',
    );
  return found;
}
