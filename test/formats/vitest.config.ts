import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The formats of access entries before the tools that read them: shellcheck, the AWS CLI, cfn-lint, python-hcl2 and Terraform. */
// biome-ignore lint/style/noDefaultExport: what vitest reads
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['test/formats/**/*.formats.ts'],
    globalSetup: ['test/formats/setup.ts'],
    testTimeout: 600_000,
  },
});
