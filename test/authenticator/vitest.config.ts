import { defineConfig } from 'vitest/config';

/** The comparison with aws-iam-authenticator itself, which needs Go: `npm run test:authenticator`. */
export default defineConfig({
  test: { include: ['test/authenticator/**/*.compare.ts'], testTimeout: 600_000 },
});
