import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    // The commands of the pages run the installed program too.
    include: ['test/package/**/*.package.ts', 'test/readme.pages.ts', 'test/docs-examples.pages.ts'],
    globalSetup: ['test/package/setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
