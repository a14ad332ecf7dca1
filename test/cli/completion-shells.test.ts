import { type StdioOptions, spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { completionScript, SHELLS } from '../../src/cli/commands/completion.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';

/** Account names that are difficult for a shell, each with a unique prefix. */
const NAMES = {
  pro: 'prod eks',
  it: "it's $(touch pwned)",
  tick: 'tick`touch pwned`',
  say: 'say "hi" & bye; x|y',
  bang: 'bang!x \\ y',
  grü: 'grün 語',
  col: 'col:on=x y',
};
const SNAPSHOT = snapshotText(
  inventory(
    [
      ...Object.values(NAMES).map((name, index) => account(`11112222333${index}`, name)),
      account('999988887777', 'new\nline $(touch pwned)'),
    ],
    [role('111122223330', 'Admin'), role('111122223330', 'View.er+1')],
  ),
);

/** A folder with a snapshot, the scripts, and the built program on a PATH. */
interface Folder {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function folder(): Promise<Folder> {
  const cwd = await scratch({ 'inventory.json': SNAPSHOT, 'my map.yaml': '' });
  const program = join(cwd, 'aws-auth-sso');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${inject('program')}' "$@"\n`);
  await chmod(program, 0o755);
  for (const shell of SHELLS) await writeFile(join(cwd, `script.${shell}`), completionScript(shell));
  return { cwd, env: { PATH: `${cwd}:${process.env.PATH}`, HOME: cwd, LC_ALL: 'C.UTF-8', TERM: 'xterm' } };
}

async function expectNothingExecuted({ cwd }: Folder): Promise<void> {
  expect(await readdir(cwd)).not.toContain('pwned');
}

function whyNot(shell: string): string {
  const found = spawnSync(shell, ['--version']).status === 0;
  return found ? '' : ` (skipped: ${shell} is not installed)`;
}

/** Runs commands in a shell without start-up files. */
function runIn(shell: readonly [string, ...string[]], commands: string, { cwd, env }: Folder): string {
  const [program, ...options] = shell;
  const given = {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'] as StdioOptions,
    timeout: 60_000,
  } as const;
  const { stdout, stderr } = spawnSync(program, [...options, '-c', commands], given);
  expect(stderr).toBe('');
  return stdout;
}

const inQuotes = (lines: readonly string[]) =>
  lines.map((line) => `'${line.replaceAll("'", `'\\''`)}'`).join(' ');

describe('bash', () => {
  const BREAKS = ' \t\n"\'><=;|&(:';

  /** Text that the function makes bash insert at the end of each line; bash calls it with these variables. */
  function replies(lines: readonly string[], place: Folder, ...options: string[]): string[][] {
    const commands = `source ./script.bash; COMP_WORDBREAKS=$BREAKS
for COMP_LINE in ${inQuotes(lines.map((line) => `aws-auth-sso ${line}`))}; do
  COMP_POINT=\${#COMP_LINE}; _aws_auth_sso aws-auth-sso
  [ \${#COMPREPLY[@]} -eq 0 ] || printf '%s\\n' "\${COMPREPLY[@]}"; printf '\\0'
done`;
    const env = { ...place.env, BREAKS };
    const printed = runIn(['bash', '--norc', ...options], commands, { ...place, env });
    return printed
      .split('\0')
      .slice(0, -1)
      .map((one) => one.split('\n').slice(0, -1));
  }

  test('inserts every name unchanged, quoted or not', async () => {
    const place = await folder();
    const cases = Object.entries(NAMES).flatMap(([start, name], index) =>
      [
        ['', '--account '],
        ['"', '--account "'],
        ["'", "--account '"],
        ['', '--account='],
      ]
        .filter((_, style) => start === 'it' || index % 4 === style)
        .map(([quote = '', before = '']) => ({ quote, line: `roles ${before}${start}`, name })),
    );
    const given = replies(
      cases.map(({ line }) => line),
      place,
    );
    expect(given.filter(({ length }) => length !== 1)).toEqual([]);
    const words = cases.map(({ quote }, index) => `${quote}${given[index]?.[0]}${quote}`);
    const read = runIn(['bash', '--norc'], `printf '%s\\0' ${words.join(' ')}`, place)
      .split('\0')
      .slice(0, -1);
    expect(read).toEqual(cases.map(({ name }) => name));
    await expectNothingExecuted(place);
  });

  test('continues after a word break, leaves files to bash, and never offers a name with a line break', async () => {
    const lines = ['roles --account col:on=', 'merge --map=Ad', 'view m', 'view < ', 'roles --account 9'];
    const expected = [[String.raw`x\ y`], ['Admin='], [], [], ['999988887777']];
    expect(replies(lines, await folder())).toEqual(expected);
  });

  test('works in POSIX mode and with set -u, and prints nothing if the program fails', async () => {
    const place = await folder();
    expect(replies(['gen'], place, '--posix', '-u')).toEqual([['generate']]);
    await writeFile(join(place.cwd, 'aws-auth-sso'), '#!/bin/sh\necho broken >&2\nexit 4\n');
    expect(replies(['gen'], place, '-u')).toEqual([[]]);
  });
});

describe(`zsh${whyNot('zsh')}`, () => {
  test.skipIf(whyNot('zsh') !== '')(
    'completes commands, options, files and names on the line',
    async () => {
      const place = await folder();
      const lines = {
        gen: 'generate ',
        'view my': String.raw`view my\ map.yaml `,
        'roles --account pro': String.raw`roles --account prod\ eks `,
        'roles --account "it': String.raw`roles --account "it's \$(touch pwned)" `,
        'roles --account=tick': 'roles --account=tick\\`touch\\ pwned\\` ',
        'merge --map Vi': 'merge --map View.er+1=',
      };
      // In a pseudo-terminal: the line, a tab, and a key that records the resulting line.
      const commands = `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'autoload -Uz compinit; compinit -u -D; source ./script.zsh'
zpty -w z 'report() { print -r -- "$BUFFER" >> lines; BUFFER= }; zle -N report; bindkey "^T" report'
for line in ${inQuotes(Object.keys(lines))}; do zpty -w -n z "aws-auth-sso $line"$'\\t\\x14'; done
zpty -w z exit
while zpty -r z output; do :; done
true`;
      runIn(['zsh', '-f'], commands, place);
      const completed = await readFile(join(place.cwd, 'lines'), 'utf8');
      expect(completed.split('\n').slice(0, -1)).toEqual(
        Object.values(lines).map((line) => `aws-auth-sso ${line}`),
      );
      await expectNothingExecuted(place);
    },
    60_000,
  );
});

describe(`fish${whyNot('fish')}`, () => {
  test.skipIf(whyNot('fish') !== '')(
    'offers commands, options, files and names',
    async () => {
      const place = await folder();
      const lines: Record<string, string> = {
        gen: 'generate',
        'merge --all-a': '--all-accounts',
        'view my': 'my map.yaml',
        'merge --config=my': '--config=my map.yaml',
        'merge --map Vi': 'View.er+1=',
        'roles --account "it': NAMES.it,
      };
      for (const [start, name] of Object.entries(NAMES))
        lines[`roles --account=${start}`] = `--account=${name}`;
      await writeFile(
        join(place.cwd, 'lines'),
        Object.keys(lines)
          .map((line) => `aws-auth-sso ${line}\n`)
          .join(''),
      );
      const commands = 'source ./script.fish; while read -l line; complete -C "$line"; end < lines';
      const offered = runIn(['fish', '--no-config'], commands, place).split('\n').slice(0, -1);
      expect(offered.map((one) => one.split('\t')[0])).toEqual(Object.values(lines));
      await expectNothingExecuted(place);
    },
    60_000,
  );
});
