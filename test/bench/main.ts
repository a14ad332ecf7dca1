import { type Benchmark, isReached, ratioReport, targetLine } from './benchmark.ts';
import { benchmarkCheck, MOST as CHECK_MOST } from './check.ts';
import { benchmarkCheckRbac } from './check-rbac.ts';
import { benchmarkInterruption } from './interruption.ts';
import { benchmarkMerge, MOST as MERGE_MOST } from './merge.ts';
import { benchmarkOrganization } from './organization.ts';
import { benchmarkPage } from './page.ts';
import { benchmarkPathological } from './pathological.ts';
import { benchmarkStartup } from './startup.ts';
import { benchmarkWho } from './who.ts';

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  merge: async () => ratioReport(benchmarkMerge(), MERGE_MOST),
  check: async () => ratioReport(await benchmarkCheck(), CHECK_MOST),
  'check-rbac': benchmarkCheckRbac,
  who: benchmarkWho,
  page: benchmarkPage,
  pathological: benchmarkPathological,
  startup: benchmarkStartup,
  interruption: benchmarkInterruption,
  organization: benchmarkOrganization,
};

/**
 * Runs the named benchmarks, or all, and prints their results.
 * @returns 0 if every target is met, else 1
 */
export async function main(names: readonly string[], root: URL): Promise<number> {
  const chosen = Object.entries(BENCHMARKS).filter(([name]) => names.length === 0 || names.includes(name));
  if (chosen.length === 0) console.error(`There are these: ${Object.keys(BENCHMARKS).join(', ')}`);
  let exitCode = chosen.length === 0 ? 1 : 0;
  for (const [name, benchmark] of chosen) {
    const { text, targets } = await benchmark(root);
    console.log(
      [...(text === '' ? [] : [text, '']), ...targets.map((one) => targetLine(name, one)), ''].join('\n'),
    );
    if (!targets.every(isReached)) exitCode = 1;
  }
  return exitCode;
}
