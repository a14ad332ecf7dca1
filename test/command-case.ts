import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Ran, run } from './cli/run.ts';
import { snapshotOf } from './directory/short-snapshot.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from './fake-aws/server.ts';
import { describeGolden, expectOutcome, GOLDEN, type GoldenCase, type GoldenFile } from './golden-case.ts';
import { lineDifference } from './line-difference.ts';
import { scratch } from './scratch.ts';

const COMMAND = '$ ';
/** The fake AWS of a case, which is not a file. */
const WORLD = 'world.json';
/** Calls of a case's commands to the fake AWS, with counts. */
const CALLS = 'calls';
/** The time at which every case runs, so that the age of a snapshot stays the same. */
const NOW = '2026-12-01T12:00:00.000Z';

/** Shared files: every case has them, unless it has its own. */
const SHARED: ReadonlyMap<string, string> = new Map(
  readdirSync(join(GOLDEN, 'shared')).map((name) => [
    name,
    readFileSync(join(GOLDEN, 'shared', name), 'utf8'),
  ]),
);

/** Declares the cases of a folder, each with files and command lines to run on them. test/golden/README.md has the format. */
export function describeCommands(folder: string): void {
  describeGolden(folder, [/^\$ /, /\./, CALLS], (golden, file) => {
    it('prints the expected output', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(NOW) });
      onTestFinished(() => void vi.useRealTimers());
      const fake = await fakeAwsOf(golden);
      const files = filesOf(golden);
      const cwd = await scratch(files);
      const outcome: Record<string, string> = {};
      for (const section of golden.sections.keys()) {
        if (!section.startsWith(COMMAND)) continue;
        const { stdin, filter, ...world } = worldOf(section.slice(COMMAND.length), cwd);
        if (world.argv[0] === 'cat') {
          outcome[section] = await readFile(join(cwd, world.argv[1] ?? ''), 'utf8');
          continue;
        }
        const text = stdin === null ? '' : (files[stdin] ?? '');
        const env = { ...(fake?.env as Record<string, string>), ...world.env };
        const ran = await run(world.argv, { ...world, cwd, env, stdin: text });
        const [name, pattern = ''] = filter;
        const whole = withoutPlaces(ran.stdout, cwd, fake);
        const stdout =
          name === 'diff'
            ? lineDifference(stdoutAbove(outcome, golden, file), whole)
            : linesWith(pattern, whole);
        outcome[section] = transcriptOf({ ...ran, stdout, stderr: withoutPlaces(ran.stderr, cwd, fake) });
      }
      if (fake && golden.sections.has(CALLS)) outcome[CALLS] = listOf(fake.calls);
      expectOutcome(golden, outcome);
    });
  });
}

/** The fake AWS of `world.json`, with its `faults`; null if a case has none. */
async function fakeAwsOf(golden: GoldenCase): Promise<FakeAws | null> {
  if (!(golden.sections.has(WORLD) || golden.common.has(WORLD))) return null;
  const { faults = [], options = {}, ...world } = JSON.parse(contentOf(WORLD, golden));
  const fake = await fakeAwsForTest(world, options);
  for (const fault of faults) fake.inject(fault);
  return fake;
}

/** Files for the commands: those of the case, and the shared ones. */
function filesOf(golden: GoldenCase): Record<string, string> {
  const names = [...SHARED.keys(), ...golden.common.keys(), ...golden.sections.keys()].filter(
    (name) => name.includes('.') && name !== WORLD && !name.startsWith(COMMAND),
  );
  return Object.fromEntries(names.map((name) => [name, contentOf(name, golden)]));
}

/** A JSON file overrides the file of its name above the cases, which overrides the shared one; a snapshot may be short. */
function contentOf(name: string, { sections, common }: GoldenCase): string {
  const layers = [SHARED, common, sections].flatMap((files) => files.get(name) ?? []);
  const last = layers.at(-1) ?? '';
  if (!name.endsWith('.json') || !layers.every(isJson)) return last;
  const value = Object.assign({}, ...layers.map((layer) => JSON.parse(layer)));
  if (name === WORLD) return JSON.stringify(value);
  const isSnapshot = 'accounts' in value && (layers.length > 1 || !('version' in value));
  return isSnapshot ? snapshotOf(value) : last;
}

function isJson(text: string): boolean {
  try {
    return JSON.parse(text) !== null;
  } catch {
    return false;
  }
}

interface CommandLine {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The file that is stdin. */
  readonly stdin: string | null;
  /** Filter of stdout: `grep` and a pattern, or `diff`; empty if all of it is compared. */
  readonly filter: readonly string[];
  readonly columns?: number;
  readonly stdoutIsTty: boolean;
}

/** `[NAME=VALUE]… COMMAND [ARGUMENT]… [< FILE] [| grep PATTERN] [| diff] [# COMMENT]`, where `\\u001b` is a character; with COLUMNS, stdout is a terminal. */
function worldOf(line: string, cwd: string): CommandLine {
  const quoted = [...line.replace(/ # [^'"]*$/, '').matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)];
  const first = quoted.findIndex(([word]) => !/^[A-Z][A-Z0-9_]*=/.test(word));
  const words = quoted.map(([word]) =>
    unescaped(word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2').replaceAll('$PWD', cwd)),
  );
  const assigned = words
    .slice(0, first)
    .map((word) => [word.split('=', 1).join(), word.slice(word.indexOf('=') + 1)]);
  const { COLUMNS, ...env }: Record<string, string> = Object.fromEntries(assigned);
  const isOperator = quoted.map(([word]) => word === '<' || word === '|');
  const end = isOperator.indexOf(true);
  const after = (operator: string) => {
    const index = quoted.findIndex(([word], at) => word === operator && at >= first);
    return index === -1 ? [] : words.slice(index + 1);
  };
  return {
    argv: words.slice(first, end === -1 ? undefined : end),
    env,
    stdin: after('<')[0] ?? null,
    filter: after('|'),
    stdoutIsTty: COLUMNS !== undefined,
    ...(COLUMNS !== undefined && { columns: Number(COLUMNS) }),
  };
}

function unescaped(word: string): string {
  return word.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function linesWith(pattern: string, text: string): string {
  const lines = text.split(/(?<=\n)/);
  return lines.filter((line) => new RegExp(pattern).test(line)).join('');
}

/** Stdout of the last command line above, of this case or an earlier one, that printed something and was compared with all of it. */
function stdoutAbove(
  outcome: Readonly<Record<string, string>>,
  golden: GoldenCase,
  { cases }: GoldenFile,
): string {
  const earlier = cases.slice(0, cases.indexOf(golden)).flatMap(({ sections }) => [...sections]);
  return (
    [...earlier, ...Object.entries(outcome)]
      .filter(([section]) => section.startsWith(COMMAND) && !section.includes(' | '))
      .map(([, transcript]) => transcript.replace(/^(?:!.*|exit code \d+)\n/gm, ''))
      .findLast((stdout) => stdout !== '') ?? ''
  );
}

/** The output: stdout, stderr after `!`, and the exit code unless it is 0. */
function transcriptOf({ exitCode, stdout, stderr }: Ran): string {
  expect(stderr === '' || stderr.endsWith('\n'), 'stderr ends with a line break').toBe(true);
  const messages = stderr.replace(/^(?=.)/gm, '! ').replace(/^$(?=\n)/gm, '!');
  const isWhole = stdout === '' || stdout.endsWith('\n');
  const rest = `${messages}${exitCode === 0 ? '' : `exit code ${exitCode}\n`}`;
  return `${stdout}${isWhole || rest === '' ? '' : '\n(no line break)\n'}${rest}`;
}

/** The folder of the files is `$PWD`, the fake AWS `$AWS`, and the time of the run `NOW`. */
function withoutPlaces(text: string, cwd: string, fake: FakeAws | null): string {
  const untimed = text.replaceAll(cwd, '$PWD').replaceAll(NOW, 'NOW');
  return fake ? untimed.replaceAll(fake.url, '$AWS') : untimed;
}

function listOf(calls: Readonly<Record<string, number>>): string {
  return Object.entries(calls)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}\n`)
    .join('');
}
