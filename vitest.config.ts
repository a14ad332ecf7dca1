import { defineConfig } from 'vitest/config';

/** What a person runs before a commit; .github/CONTRIBUTING.md has the other suites. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build.ts',
    env: { RUNS: process.env.RUNS ?? '0.2' },
    // Ends what hangs: no machine is so busy that a test takes minutes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // No test mocks a module or leaves its environment behind: the files of a worker share what they import, the AWS SDK above all.
    isolate: false,
    maxWorkers: '100%',
  },
});
