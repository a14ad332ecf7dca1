import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: what vitest reads
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    // The commands of the pages run the installed program, too.
    include: ['test/package/**/*.package.ts', 'test/readme.test.ts', 'test/docs-examples.test.ts'],
    globalSetup: ['test/package/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
