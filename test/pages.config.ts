import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Runs the commands in the pages and in the help, like their readers would. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
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
