/** How often a property is tried: enough for `npm test`; `RUNS=20 npx vitest run test/merge` tries twenty times as often. */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: count * Number(process.env.RUNS ?? 1) };
}
