import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from './cli/run.ts';
import { MORE_PAGES, PAGES, scriptOf, scripts, textOf } from './pages.ts';
import { type Invocation, invocationsIn, optionsIn } from './shell-words.ts';

/** The options of each command, from its help. */
const OPTIONS = new Map<string, Set<string>>();
/** The formats of each command that has any, the default last. */
const FORMATS = new Map<string, string[]>();

beforeAll(async () => {
  const { stdout } = await run(['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?= )/gm)].map(([, name = '']) => name);
  for (const name of commands.filter((one) => one !== 'help')) {
    const help = await run([name, '--help-all']);
    OPTIONS.set(name, new Set(optionsOfHelp(help.stdout)));
    const [, formats = ''] =
      /output format \(choices:(.*?)\)/.exec(help.stdout.replaceAll(/\s+/g, ' ')) ?? [];
    const names = [...formats.matchAll(/"([\w-]+)"/g)].map(([, format = '']) => format);
    if (names.length > 0) FORMATS.set(name, names);
  }
  OPTIONS.set('', new Set(optionsOfHelp(stdout)));
});

/** The options that a help lists, under both names. */
function optionsOfHelp(help: string): string[] {
  const terms = [...help.matchAll(/^ {2}(-[^\s<[,]+(?:, --[^\s<[]+)?)/gm)].map(([, term = '']) => term);
  return terms.flatMap((term) => term.split(', '));
}

/** Returns an invocation that has something unknown to the program. */
function unknownIn({ command, options, text }: Invocation): string[] {
  const known = OPTIONS.get(command);
  if (!known) return [text];
  return options.some((option) => !known.has(option)) ? [text] : [];
}

describe('commands', () => {
  test.each(scripts())('of $page are valid for bash: $text', (block) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: scriptOf(block), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('have only options that the program has', () => {
    const found = scripts().flatMap((block) => invocationsIn(scriptOf(block)));
    expect(found.length).toBeGreaterThan(25);
    expect(found.flatMap(unknownIn)).toEqual([]);
  });

  test('of the AWS CLI are those that it has', () => {
    const lines = scripts().flatMap((block) =>
      scriptOf(block)
        .replaceAll(/\\\n\s*/g, ' ')
        .split('\n'),
    );
    const calls = lines.filter((line) => line.startsWith('aws '));
    expect(calls.length).toBeGreaterThan(8);
    const isKnown = (call: string) => {
      const known = AWS_CLI[call.split(' ').slice(1, 3).join(' ')];
      return known && optionsIn(call).every((option) => known.includes(option));
    };
    expect(calls.filter((call) => !isKnown(call))).toEqual([]);
  });

  test.each([...PAGES, ...MORE_PAGES])(
    'in the sentences of %s have only options that the program has',
    (page) => {
      const spans = [...withoutBlocks(textOf(page)).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
      expect(spans.flatMap(invocationsIn).flatMap(unknownIn)).toEqual([]);
      const known = new Set([...OPTIONS.values()].flatMap((options) => [...options]));
      const stated = spans.filter((span) => span.startsWith('--')).flatMap(optionsIn);
      expect(stated.filter((option) => !known.has(option) && !OF_OTHERS.includes(option))).toEqual([]);
    },
  );

  test('and options are all explained somewhere', () => {
    const text = [...PAGES, ...MORE_PAGES].map(textOf).join('\n');
    const all = new Set([...OPTIONS.values()].flatMap((options) => [...options]));
    const stated = new Set(text.match(/(?<![\w-])--[a-z][\w-]*/g));
    expect([...all].filter((option) => option.startsWith('--') && !stated.has(option))).toEqual([]);
    const headings = textOf('docs/commands.md').match(/^## .*/gm);
    expect([...OPTIONS.keys()].filter((name) => name && !headings?.includes(`## ${name}`))).toEqual([]);
  });
});

/** Commands of the AWS CLI with their options, as it took them; it is not at hand here. */
const AWS_CLI: Readonly<Record<string, readonly string[]>> = {
  'cloudformation deploy': ['--stack-name', '--template-file', '--parameter-overrides', '--capabilities'],
  'cloudformation create-stack-instances': ['--stack-set-name', '--deployment-targets', '--regions'],
  'cloudformation create-stack-set': [
    '--stack-set-name',
    '--template-body',
    '--parameters',
    '--capabilities',
    '--permission-model',
    '--auto-deployment',
  ],
  'configure sso': ['--profile'],
  'eks associate-access-policy': ['--cluster-name', '--principal-arn', '--policy-arn', '--access-scope'],
  'eks create-access-entry': ['--cluster-name', '--principal-arn', '--type'],
  'eks delete-access-entry': ['--cluster-name', '--principal-arn'],
  'eks describe-cluster': ['--name', '--query'],
  'eks update-cluster-config': ['--name', '--access-config'],
  'eks update-kubeconfig': ['--name'],
  'eks wait': ['--name'],
  'sso login': ['--profile'],
  'sts assume-role': ['--role-arn', '--role-session-name'],
  'sts get-caller-identity': ['--profile'],
};

/** Options of other programs that sentences name. */
const OF_OTHERS = [
  '--force-conflicts',
  '--server-side',
  '--field-manager',
  '--force',
  '--global',
  '--include',
  '--retry',
];

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

test('docs/output.md lists the formats of each command', () => {
  const rows = [...textOf('docs/output.md').matchAll(/^\| `([\w-]+)` \| (`.*`) \| (`[\w-]+`) \|$/gm)];
  const listed = rows.map(([, name = '', formats = '', preset = '']): [string, string[]] => [
    name,
    [...`${formats}, ${preset}`.matchAll(/`([\w-]+)`/g)].map(([, format = '']) => format),
  ]);
  expect(new Map(listed)).toEqual(FORMATS);
});
