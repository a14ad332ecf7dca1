import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Files, type Outcome, Program, type Run } from './program.ts';

/** Maximum number of lines to show of a difference. */
const LINES_SHOWN = 4;

/** Two programs, and the differences in their behavior: one example of each kind, with the number of its runs. */
export class Comparison {
  readonly #folder = mkdtempSync(join(tmpdir(), 'aws-auth-sso-compare-'));
  readonly old: Program;
  readonly new: Program;
  readonly #exits = new Map<number, number>();
  /** Calls to AWS by the new program. */
  calls = 0;
  readonly #kinds = new Map<string, number>();

  /** @param now the time of all runs, in milliseconds since 1970 */
  constructor(oldCheckout: string, newCheckout: string, now: number) {
    this.old = new Program({ checkout: oldCheckout, folder: join(this.#folder, 'old'), now });
    this.new = new Program({ checkout: newCheckout, folder: join(this.#folder, 'new'), now });
  }

  /** Compares the outcome of command lines in a folder with these files. */
  async compare(name: string, files: Files, runs: readonly Run[]): Promise<void> {
    const task = { files, runs };
    const [before, after] = await Promise.all([this.old.outcomesOf(task), this.new.outcomesOf(task)]);
    for (const [index, run] of runs.entries()) this.count(name, files, run, before[index], after[index]);
  }

  /** Counts a run, and shows it if the outcomes differ. */
  count(name: string, files: Files, { argv }: Run, before?: Outcome, after?: Outcome): void {
    const { exitCode = -1, text = '' } = before ?? {};
    this.#exits.set(exitCode, (this.#exits.get(exitCode) ?? 0) + 1);
    if (text === after?.text) return;
    const difference = firstDifference(text, after?.text ?? '');
    const kind = `${argv[0]} ${kindOf(difference)}`;
    const seen = this.#kinds.get(kind) ?? 0;
    this.#kinds.set(kind, seen + 1);
    if (seen > 0) return;
    const folder = join(this.#folder, `difference-${this.#kinds.size}`);
    mkdirSync(folder);
    for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
    const command = argv.map((word) => (/^[\w./:@=,-]+$/.test(word) ? word : `'${word}'`)).join(' ');
    console.log(`\n${name}\ncd ${folder} && aws-auth-sso ${command}\n${difference}`);
  }

  /** Totals. */
  summary(): string {
    const counts = [...this.#exits].sort(([one], [other]) => one - other);
    const exits = counts.map(([exitCode, count]) => `${count} with exit code ${exitCode}`);
    const runs = counts.reduce((sum, [, count]) => sum + count, 0);
    const differences = [...this.#kinds.values()].reduce((sum, count) => sum + count, 0);
    return `${runs} runs (${exits.join(', ')}), ${this.calls} calls to AWS: ${differences} differences of ${this.#kinds.size} kinds`;
  }

  /** How many runs have each kind of difference, most first. */
  kinds(): string {
    const sorted = [...this.#kinds].sort(([, one], [, other]) => other - one);
    return sorted.map(([kind, count]) => `${count} × ${kind}`).join('\n\n');
  }

  /** @returns true if there was no difference */
  async end(): Promise<boolean> {
    await Promise.all([this.old.end(), this.new.end()]);
    return this.#kinds.size === 0;
  }
}

/** A difference without what depends on the input: ARNs, quoted names, words with a digit, and counts. */
function kindOf(difference: string): string {
  const lines = difference.split('\n');
  return ['-', '+']
    .map((mark) => lines.find((line) => line.startsWith(mark)) ?? '')
    .join('\n')
    .replace(/arn:[^\s"\\,)]+/g, 'ARN')
    .replace(/\\"(?:[^"\\]|\\[^"])*\\"/g, 'NAME')
    .replace(/[\w.:@-]*\d[\w.:@-]*/g, 'N');
}

function firstDifference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const at = [...old, undefined].findIndex((line, index) => line !== now[index]);
  const shown = (mark: string, lines: readonly string[]) =>
    lines.slice(at, at + LINES_SHOWN).map((line) => `${mark} ${JSON.stringify(line)}`);
  return [...shown('-', old), ...shown('+', now)].join('\n');
}
