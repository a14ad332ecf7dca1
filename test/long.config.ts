import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests of `npm test` that run properties less often there. */
function withProperties(): string[] {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.test.ts'))
    .filter((file) => readFileSync(join(import.meta.dirname, file), 'utf8').includes("/runs.ts'"))
    .map((file) => join('test', file));
}

/** Dozens of whole runs, large inputs, and all properties at their full number of runs. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('..', import.meta.url)),
    include: ['test/**/*.long.ts', ...withProperties()],
    globalSetup: 'test/build.ts',
    setupFiles: 'test/seed.ts',
    testTimeout: 600_000,
    hookTimeout: 600_000,
    isolate: false,
    maxWorkers: '100%',
  },
});
