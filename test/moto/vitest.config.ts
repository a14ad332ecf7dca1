import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/moto/**/*.moto.ts'],
    globalSetup: ['test/build.ts', 'test/moto/setup.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
