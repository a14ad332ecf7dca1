/**
 * Runs of a property. `npm test` does a fifth of them, `npm run test:long` all, and `RUNS=20 npx vitest run test/merge` twenty
 * times as many.
 */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * Number(process.env.RUNS ?? 1)) };
}
