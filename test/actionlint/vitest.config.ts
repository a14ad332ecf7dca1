import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What actionlint says of the workflows, which takes Go to build it. */
// biome-ignore lint/style/noDefaultExport: what vitest reads
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/actionlint/**/*.lint.ts'],
    testTimeout: 600_000,
  },
});
