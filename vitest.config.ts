import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/build.ts',
    testTimeout: 30_000,
    // No test mocks a module or leaves its environment behind: the files of a worker share what they import, the AWS SDK above all.
    isolate: false,
    maxWorkers: '100%',
  },
});
