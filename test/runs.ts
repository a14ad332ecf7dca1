/**
 * How often a property is tried. `npm test` tries a fifth of it, `npm run test:long` all, and `RUNS=20 npx vitest run test/merge` twenty
 * times as often.
 */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * Number(process.env.RUNS ?? 1)) };
}
