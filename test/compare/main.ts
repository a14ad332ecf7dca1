import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compareCalls } from './calls.ts';
import { commandLines, someOf } from './command-lines.ts';
import { Comparison } from './comparison.ts';
import { corpus, generated, type Input, NOW } from './inputs.ts';

/** Command lines per generated input, by default. */
const LINES_EACH = 8;
/** Inputs between two progress reports. */
const REPORTED = 500;

const USAGE = `npm run compare -- OLD_CHECKOUT [--part corpus|generated|calls]… [--count N] [--seed N] [--lines N]
  --part   golden cases and examples, generated inputs, or command lines that ask AWS; default: all
  --count  generated inputs
  --seed   of the generated inputs
  --lines  command lines for each input and faults for each operation, all in turn; default: 8 for a generated one, else all`;

/**
 * Compares this program with another checkout's, both built: output, files, exit code and calls to AWS.
 * @returns 0 if there is no difference, else 1
 */
export async function main(argv: readonly string[], root: URL): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '20000' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      lines: { type: 'string' },
      part: { type: 'string', multiple: true, default: ['corpus', 'generated', 'calls'] },
    },
  });
  const [checkout] = positionals;
  if (checkout === undefined) throw new Error(USAGE);
  const here = fileURLToPath(root);
  const comparison = new Comparison(resolve(checkout), here, NOW);
  const lines = Number(values.lines ?? Number.POSITIVE_INFINITY);
  if (values.part.includes('corpus')) await compareInputs(comparison, corpus(here), lines);
  if (values.part.includes('generated')) {
    const inputs = generated(Number(values.seed), Number(values.count));
    await compareInputs(comparison, inputs, Math.min(lines, LINES_EACH));
  }
  if (values.part.includes('calls')) await compareCalls(comparison, lines);
  console.log(`\n${comparison.kinds()}\n\n${comparison.summary()}`);
  return (await comparison.end()) ? 0 : 1;
}

/** Compares a number of command lines on each input, all in turn. */
async function compareInputs(comparison: Comparison, inputs: Iterable<Input>, lines: number): Promise<void> {
  let count = 0;
  for (const { name, files, callers } of inputs) {
    await comparison.compare(name, files, someOf(commandLines(callers), lines, count));
    count += 1;
    if (count % REPORTED === 0) console.log(`${count} inputs: ${comparison.summary()}`);
  }
  console.log(`${count} inputs: ${comparison.summary()}`);
}
