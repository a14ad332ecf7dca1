import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Ran, run } from './cli/run.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { describeGolden, expectOutcome, GOLDEN } from './golden-case.ts';
import { clusterOf } from './lint/check-case.ts';
import { scratch } from './scratch.ts';

const COMMAND = '$ ';
/** The fake AWS of a case, which is no file. */
const WORLD = 'world.json';
/** What the commands of a case asked the fake AWS, and how often. */
const CALLS = 'calls';

/** What most cases need: every case has those that it does not have itself. */
const SHARED: ReadonlyMap<string, string> = new Map(
  readdirSync(join(GOLDEN, 'shared')).map((name) => [
    name,
    readFileSync(join(GOLDEN, 'shared', name), 'utf8'),
  ]),
);

/** Declares the cases of a folder, each of files and the command lines that are run on them: test/golden/README.md says how they look. */
export function describeCommands(folder: string): void {
  describeGolden(folder, [/^\$ /, /\./, CALLS], (golden) => {
    it('prints what is expected', async () => {
      const { sections } = golden;
      const given = new Map([...golden.common, ...sections]);
      const fake = given.has(WORLD)
        ? await fakeAwsForTest(JSON.parse(contentOf(WORLD, given.get(WORLD))))
        : null;
      const files = filesOf(given);
      const cwd = await scratch(files);
      const outcome: Record<string, string> = {};
      for (const section of sections.keys()) {
        if (!section.startsWith(COMMAND)) continue;
        const { stdin, ...world } = worldOf(section.slice(COMMAND.length));
        const text = stdin === null ? '' : (files[stdin] ?? '');
        const env = { ...(fake?.env as Record<string, string>), ...world.env };
        outcome[section] = transcriptOf(await run(world.argv, { ...world, cwd, env, stdin: text }));
      }
      if (fake && sections.has(CALLS)) outcome[CALLS] = listOf(fake.calls);
      expectOutcome(golden, outcome);
    });
  });
}

/** The files that the commands find: those of the case, and those that all share. */
function filesOf(given: ReadonlyMap<string, string>): Record<string, string> {
  const names = [...SHARED.keys(), ...given.keys()].filter(
    (name) => name.includes('.') && name !== WORLD && !name.startsWith(COMMAND),
  );
  return Object.fromEntries(names.map((name) => [name, contentOf(name, given.get(name))]));
}

/** A JSON file says what is different from the shared one of its name; what is left out of clusters has defaults. */
function contentOf(name: string, own: string | undefined): string {
  const shared = SHARED.get(name);
  if (own === undefined || shared === undefined || !name.endsWith('.json')) return own ?? shared ?? '';
  const value: Record<string, unknown> = { ...JSON.parse(shared), ...JSON.parse(own) };
  if (name === WORLD || !Array.isArray(value.clusters)) return JSON.stringify(value);
  return JSON.stringify({
    ...value,
    clusters: value.clusters.map((one) => clusterOf(JSON.stringify(one))),
  });
}

interface CommandLine {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The file that is stdin. */
  readonly stdin: string | null;
  readonly columns?: number;
  readonly stdoutIsTty: boolean;
}

/** `[NAME=VALUE]… COMMAND [ARGUMENT]… [< FILE]`; with COLUMNS, stdout is a terminal. */
function worldOf(line: string): CommandLine {
  const words = [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) => word);
  const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const assigned = words.slice(0, first).map((word) => word.split('=', 2));
  const { COLUMNS, ...env }: Record<string, string> = Object.fromEntries(assigned);
  const redirection = words.lastIndexOf('<');
  return {
    argv: words
      .slice(first, redirection === -1 ? undefined : redirection)
      .map((word) => word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2')),
    env,
    stdin: redirection === -1 ? null : (words[redirection + 1] ?? ''),
    stdoutIsTty: COLUMNS !== undefined,
    ...(COLUMNS !== undefined && { columns: Number(COLUMNS) }),
  };
}

/** What was printed: stdout, stderr behind `!`, and the exit code unless it is 0. */
function transcriptOf({ exitCode, stdout, stderr }: Ran): string {
  expect(stderr === '' || stderr.endsWith('\n'), 'stderr ends with a line break').toBe(true);
  const messages = stderr.replace(/^(?=.)/gm, '! ').replace(/^$(?=\n)/gm, '!');
  const isWhole = stdout === '' || stdout.endsWith('\n');
  const rest = `${messages}${exitCode === 0 ? '' : `exit code ${exitCode}\n`}`;
  return timeless(`${stdout}${isWhole || rest === '' ? '' : '\n(no line break)\n'}${rest}`);
}

/** The time at which AWS was read is now. */
function timeless(text: string): string {
  return text.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) =>
    Math.abs(Date.parse(time) - Date.now()) < 600_000 ? 'NOW' : time,
  );
}

function listOf(calls: Readonly<Record<string, number>>): string {
  return Object.entries(calls)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${count}\n`)
    .join('');
}
