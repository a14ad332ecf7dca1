import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What the pages and the help of the commands show, run as their readers would. */
// biome-ignore lint/style/noDefaultExport: what vitest reads
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.pages.ts'],
    globalSetup: 'test/build.ts',
    testTimeout: 600_000,
    isolate: false,
    maxWorkers: '100%',
  },
});
