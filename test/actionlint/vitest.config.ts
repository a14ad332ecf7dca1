import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Runs actionlint on the workflows; building it requires Go. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/actionlint/**/*.lint.ts'],
    testTimeout: 600_000,
  },
});
