import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests the formats of access entries with the tools that read them: shellcheck, AWS CLI, cfn-lint, python-hcl2, Terraform. */
// biome-ignore lint/style/noDefaultExport: vitest reads it
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/formats/**/*.formats.ts'],
    globalSetup: ['test/formats/setup.ts'],
    testTimeout: 600_000,
  },
});
