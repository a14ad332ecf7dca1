import { type StdioOptions, spawnSync } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { COMPLETION_SCRIPTS } from '../../src/cli/commands/completion.ts';
import { scratch } from '../scratch.ts';

/** A folder with a file, the scripts, and the built program on a PATH. */
interface Folder {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function folder(): Promise<Folder> {
  const cwd = await scratch({ 'my map.yaml': '' });
  const program = join(cwd, 'aws-auth-sso');
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${inject('program')}' "$@"\n`);
  await chmod(program, 0o755);
  for (const [shell, script] of Object.entries(COMPLETION_SCRIPTS))
    await writeFile(join(cwd, `script.${shell}`), script);
  return { cwd, env: { PATH: `${cwd}:${process.env.PATH}`, HOME: cwd, LC_ALL: 'C.UTF-8', TERM: 'xterm' } };
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
    const env = { BREAKS, ...place.env };
    const printed = runIn(['bash', '--norc', ...options], commands, { ...place, env });
    return printed
      .split('\0')
      .slice(0, -1)
      .map((one) => one.split('\n').slice(0, -1));
  }

  test('offers commands, options and choices, and leaves files to bash', async () => {
    const lines = {
      gen: ['generate'],
      'merge --all-a': ['--all-accounts'],
      'merge --for s': ['server-side-apply'],
      'merge --for=s': ['server-side-apply'],
      'diff --cluster arn:aws:eks:eu-west-1:111122223333:cluster/a --output=g': ['github'],
      'generate -oj': ['-ojson'],
      'roles --account ': [],
      'view my': [],
      'merge --config=my': [],
      'merge "a ': [],
      'merge "a" --map=\'b --all-a': [],
      'explain --can "list -': [],
      'explain --can "list pods" --namesp': ['--namespace'],
      'merge --map "a \\" b"=c\\ d\'e f\' --for s': ['server-side-apply'],
    };
    expect(replies(Object.keys(lines), await folder())).toEqual(Object.values(lines));
  });

  test('inserts only what follows a word break', async () => {
    const place = await folder();
    const env = { ...place.env, BREAKS: ' ' };
    expect(replies(['merge --for=s'], { ...place, env })).toEqual([['--for=server-side-apply']]);
  });

  test('works in POSIX mode and with set -u, and prints nothing if the program fails', async () => {
    const place = await folder();
    expect(replies(['gen'], place, '--posix', '-u')).toEqual([['generate']]);
    await writeFile(join(place.cwd, 'aws-auth-sso'), '#!/bin/sh\necho broken >&2\nexit 4\n');
    expect(replies(['gen'], place, '-u')).toEqual([[]]);
  });

  test.skipIf(whyNot('shellcheck') !== '')(`passes shellcheck${whyNot('shellcheck')}`, async () => {
    const { cwd } = await folder();
    const options = { cwd, encoding: 'utf8' } as const;
    const { status, stdout } = spawnSync('shellcheck', ['--severity=style', 'script.bash'], options);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});

describe(`zsh${whyNot('zsh')}`, () => {
  test.skipIf(whyNot('zsh') !== '')(
    'completes commands, options, choices and files on the line',
    async () => {
      const place = await folder();
      const lines = {
        gen: 'generate ',
        'merge --all-a': 'merge --all-accounts ',
        'merge --for s': 'merge --for server-side-apply ',
        'merge --for=s': 'merge --for=server-side-apply ',
        'view my': String.raw`view my\ map.yaml `,
        'merge --config=my': String.raw`merge --config=my\ map.yaml `,
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
    },
    60_000,
  );
});

describe(`fish${whyNot('fish')}`, () => {
  test.skipIf(whyNot('fish') !== '')(
    'offers commands, options, choices and files',
    async () => {
      const place = await folder();
      const lines: Record<string, string> = {
        gen: 'generate',
        'merge --all-a': '--all-accounts',
        'merge --for s': 'server-side-apply',
        'merge --for=s': '--for=server-side-apply',
        'view my': 'my map.yaml',
        'merge --config=my': '--config=my map.yaml',
      };
      await writeFile(
        join(place.cwd, 'lines'),
        Object.keys(lines)
          .map((line) => `aws-auth-sso ${line}\n`)
          .join(''),
      );
      const commands = 'source ./script.fish; while read -l line; complete -C "$line"; end < lines';
      const offered = runIn(['fish', '--no-config'], commands, place).split('\n').slice(0, -1);
      expect(offered.map((one) => one.split('\t')[0])).toEqual(Object.values(lines));
    },
    60_000,
  );
});
