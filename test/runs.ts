/**
 * Runs of a property. `npm test` does a fifth of them, `npm run test:long` all, and `RUNS=20 SEED=7 npx vitest run test/change`
 * twenty times as many, with other inputs.
 */
export function runs(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * share()) };
}

/** Like `runs`, for a property that runs the whole program each time: `npm test` does a twenty-fifth of them. */
export function wholeRuns(count: number): { readonly numRuns: number } {
  return { numRuns: Math.ceil(count * Math.min(share(), share() ** 2)) };
}

function share(): number {
  return Number(process.env.RUNS ?? 1);
}
