import { existsSync } from 'node:fs';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The executable of Chromium or Chrome. */
    readonly chromium: string;
  }
}

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Finds the browser. */
export function setup(project: TestProject): void {
  const found = [process.env.CHROMIUM ?? '', ...PLACES].find((path) => path !== '' && existsSync(path));
  if (found === undefined)
    throw new Error(
      'The tests of the page need Chromium or Chrome: install it (Debian: apt-get install chromium), or set CHROMIUM to its path.',
    );
  project.provide('chromium', found);
}
