import { existsSync } from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/**
 * The executable of Chromium or Chrome.
 * @throws Error that says how to install it
 */
export function findChromium(): string {
  const found = [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    'Tests of the page need Chromium or Chrome: install it (Debian: apt-get install chromium), or set CHROMIUM to its path.',
  );
}
