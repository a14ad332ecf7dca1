import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareCalls } from './calls.ts';
import { commandLines } from './command-lines.ts';
import { Comparison } from './comparison.ts';
import { corpus, generated, NOW } from './inputs.ts';

/** Command lines for each generated input. */
const LINES_EACH = 8;
/** Inputs between two reports. */
const REPORTED = 500;

const USAGE = 'npm run compare -- OLD_CHECKOUT [--count N] [--seed N] [--part corpus|generated|calls]';

/**
 * Compares this program with that of another checkout, both built: what it prints and writes, its exit code, and its calls to AWS.
 * @returns 0 where all is the same, else 1
 */
export async function main(argv: readonly string[], root: URL): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      part: { type: 'string', multiple: true, default: ['corpus', 'generated', 'calls'] },
    },
  });
  const [checkout] = positionals;
  if (checkout === undefined) throw new Error(USAGE);
  const here = fileURLToPath(root);
  const comparison = new Comparison(resolve(checkout), here, NOW);
  if (values.part.includes('corpus')) await compareCorpus(comparison, here);
  if (values.part.includes('generated'))
    await compareGenerated(comparison, Number(values.seed), Number(values.count));
  if (values.part.includes('calls')) await compareCalls(comparison);
  console.log(comparison.summary());
  return (await comparison.end()) ? 0 : 1;
}

/** All command lines on each golden case and example. */
async function compareCorpus(comparison: Comparison, root: string): Promise<void> {
  let count = 0;
  for (const { name, files, callers } of corpus(root)) {
    await comparison.compare(name, files, commandLines(callers));
    count += 1;
  }
  console.log(`${count} golden cases and examples: ${comparison.summary()}`);
}

/** Some command lines on each generated input, all in turn. */
async function compareGenerated(comparison: Comparison, seed: number, count: number): Promise<void> {
  for (const [index, { name, files, callers }] of generated(seed, count)) {
    const runs = commandLines(callers);
    const some = runs.filter((_, at) => (at + index * LINES_EACH) % runs.length < LINES_EACH);
    await comparison.compare(name, files, some);
    if ((index + 1) % REPORTED === 0) console.log(`${index + 1} generated: ${comparison.summary()}`);
  }
}
