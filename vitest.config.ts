import { defineConfig } from 'vitest/config';

/** Tests to run before a commit; .github/CONTRIBUTING.md has the other suites. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build.ts',
    setupFiles: 'test/seed.ts',
    env: { RUNS: process.env.RUNS ?? '0.2' },
    // Ends tests that hang: even on a busy machine, no test takes minutes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // No test mocks a module or changes its environment permanently, so the files of a worker share imports such as the AWS SDK.
    isolate: false,
    maxWorkers: '100%',
  },
});
