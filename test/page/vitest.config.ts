import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests of the page of `who -o html` in Chromium, which `npm ci` doesn't install. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/page/**/*.page.ts'],
    globalSetup: ['test/build.ts', 'test/page/browsers.ts', 'test/page/updates.ts'],
    env: { RUNS: process.env.RUNS ?? '1' },
    testTimeout: 600_000,
    hookTimeout: 600_000,
    isolate: false,
  },
});
