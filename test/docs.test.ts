import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, test } from 'vitest';
import { ANSWERS } from '../src/aws/answers.ts';
import { RULES } from '../src/lint/rules/index.ts';
import { parseConfig } from '../src/mapping/config.ts';
import { configSchema, mappingSchema } from '../src/mapping/config-schema.ts';
import { run } from './cli/run.ts';
import { blocksIn, blocksOf, PAGES, ROOT, scriptOf, scripts, textOf } from './pages.ts';
import { type Invocation, invocationsIn, optionsIn } from './shell-words.ts';

const LINKED = [
  ...PAGES,
  'docs/rules.md',
  '.github/CONTRIBUTING.md',
  '.github/SECURITY.md',
  'test/golden/README.md',
];

describe.each(LINKED)('%s', (page) => {
  const text = textOf(page);

  test('names no file that does not exist', () => {
    const paths = [...text.matchAll(/`((?:src|test|docs|\.github|\.ci|examples)\/[^`\s…*]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('links to files and headings that exist', () => {
    const links = [...text.matchAll(/(?:\]\(|(?:src|srcset|href)=")(?!https?:)([^)\s"]+)[)"]/g)].map(
      ([, link = '']) => link,
    );
    expect(links.filter((link) => !leadsSomewhere(page, text, link))).toEqual([]);
  });
});

function leadsSomewhere(page: string, text: string, link: string): boolean {
  const [path = '', heading] = link.split('#');
  const file = join(ROOT, path === '' ? page : join(dirname(page), path));
  if (!existsSync(file)) return false;
  const target = path === '' ? text : heading === undefined ? '' : readFileSync(file, 'utf8');
  return heading === undefined || headingsOf(target).includes(heading);
}

/** As GitHub makes them of headings. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(PAGES.filter((page) => page !== 'README.md'))('a reader finds %s from the README', (page) => {
  expect(textOf('README.md')).toContain(`](${page}`);
});

/** The options of each command, as its help has them. */
const OPTIONS = new Map<string, Set<string>>();
/** The formats of each command that has any, the default last. */
const FORMATS = new Map<string, string[]>();

beforeAll(async () => {
  const { stdout } = await run(['--help']);
  const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]*)(?= )/gm)].map(([, name = '']) => name);
  for (const name of commands.filter((one) => one !== 'help')) {
    const help = await run([name, '--help']);
    OPTIONS.set(name, new Set(optionsIn(help.stdout)));
    const [, formats = ''] =
      /output format \(choices:(.*?)\)/.exec(help.stdout.replaceAll(/\s+/g, ' ')) ?? [];
    const names = [...formats.matchAll(/"(\w+)"/g)].map(([, format = '']) => format);
    if (names.length > 0) FORMATS.set(name, names);
  }
  OPTIONS.set('', new Set(optionsIn(stdout)));
});

/** What an invocation has that the program does not know. */
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

  test.each([...LINKED])('in the sentences of %s have only options that the program has', (page) => {
    const spans = [...withoutBlocks(textOf(page)).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
    expect(spans.flatMap(invocationsIn).flatMap(unknownIn)).toEqual([]);
    const known = new Set([...OPTIONS.values()].flatMap((options) => [...options]));
    const stated = spans.filter((span) => span.startsWith('--')).flatMap(optionsIn);
    expect(stated.filter((option) => !known.has(option) && !OF_OTHERS.includes(option))).toEqual([]);
  });

  test('and options are all explained somewhere', () => {
    const text = PAGES.map(textOf).join('\n');
    const all = new Set([...OPTIONS.values()].flatMap((options) => [...options]));
    const stated = new Set([
      ...optionsIn(text),
      ...[...text.matchAll(/`(--[\w-]+)/g)].map(([, option = '']) => option),
    ]);
    expect([...all].filter((option) => option.startsWith('--') && !stated.has(option))).toEqual([]);
    expect(
      [...OPTIONS.keys()].filter((name) => !textOf('README.md').includes(`aws-auth-sso ${name}`)),
    ).toEqual([]);
  });
});

/** Commands of the AWS CLI with their options, as it took them; it is not at hand here. */
const AWS_CLI: Readonly<Record<string, readonly string[]>> = {
  'cloudformation create-stack-instances': ['--stack-set-name', '--deployment-targets', '--regions'],
  'cloudformation create-stack-set': [
    '--stack-set-name',
    '--template-body',
    '--capabilities',
    '--permission-model',
    '--auto-deployment',
  ],
  'configure sso': ['--profile'],
  'eks associate-access-policy': ['--cluster-name', '--principal-arn', '--policy-arn', '--access-scope'],
  'eks create-access-entry': ['--cluster-name', '--principal-arn', '--type'],
  'eks describe-cluster': ['--name', '--query'],
  'eks update-cluster-config': ['--name', '--access-config'],
  'eks update-kubeconfig': ['--name'],
  'sso login': ['--profile'],
  'sts assume-role': ['--role-arn', '--role-session-name'],
  'sts get-caller-identity': ['--profile'],
};

/** Options of kubectl and npm that sentences name. */
const OF_OTHERS = [
  '--force-conflicts',
  '--server-side',
  '--field-manager',
  '--force',
  '--global',
  '--include',
];

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

describe('YAML', () => {
  test.each(blocksOf('yaml'))('of $page is what it seems to be: $text', async ({ page, text }) => {
    const value: unknown = load(text);
    if (typeof value !== 'object' || value === null) throw new Error('neither a map nor a list');
    if ('accounts' in value || 'mappings' in value) {
      expect(parseConfig(text, page).mappings.length).toBeGreaterThan(0);
    } else if ('Resources' in value) {
      expect(policiesIn(value.Resources)).toHaveLength(2);
    } else if ('kind' in value || Array.isArray(value)) {
      expect(await run(['check', '-', '--quiet'], { stdin: text })).toMatchObject({ exitCode: 0 });
    } else if ('jobs' in value) {
      for (const script of runsOf(value.jobs)) {
        const { status, stderr } = spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' });
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        expect(invocationsIn(script).flatMap(unknownIn)).toEqual([]);
      }
    } else {
      expect(Object.keys(value)).toEqual(['configMapGenerator', 'generatorOptions']);
    }
  });

  test('configs show every field', () => {
    const config = blocksIn('docs/config.md').find(({ text }) => text.startsWith('accounts:'))?.text ?? '';
    const fields = [...Object.keys(configSchema.entries), ...Object.keys(mappingSchema.entries)];
    expect(fields.filter((field) => !new RegExp(`\\b${field}:`).test(config))).toEqual([]);
  });
});

/** The scripts of a workflow's steps. */
function runsOf(jobs: unknown): string[] {
  if (typeof jobs !== 'object' || jobs === null) return [];
  return Object.entries(jobs).flatMap(([key, value]) =>
    key === 'run' && typeof value === 'string' ? [value] : runsOf(value),
  );
}

interface Policy {
  readonly Version: string;
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

/** The policies in a policy, or in a template of CloudFormation. */
function policiesIn(value: unknown): Policy[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('Statement' in value) return [value as Policy];
  return Object.values(value).flatMap(policiesIn);
}

const POLICIES = [
  ...blocksOf('json').map(({ text }): unknown => JSON.parse(text)),
  ...blocksOf('yaml').map(({ text }) => load(text)),
].flatMap(policiesIn);

describe('policies', () => {
  const statements = POLICIES.flatMap(({ Statement }) => Statement);
  const actions = statements.flatMap(({ Action }) => Action as string | string[]);

  test('ask for every permission that the source uses', () => {
    expect(new Set(actions.map((action) => action.split(':')[1]))).toEqual(
      new Set([...Object.keys(ANSWERS), 'Decrypt']),
    );
  });

  test('ask for nothing that writes', () => {
    expect(actions.filter((action) => !/:(List|Describe|Get|AssumeRole|Decrypt$)/.test(action))).toEqual([]);
  });

  test('have what IAM requires', () => {
    for (const { Version } of POLICIES) expect(Version).toBe('2012-10-17');
    for (const statement of statements) {
      expect(Object.keys(statement)).toEqual(expect.arrayContaining(['Effect', 'Action']));
      expect('Resource' in statement || 'Principal' in statement).toBe(true);
    }
  });
});

test('docs/output.md lists the formats of each command', () => {
  const rows = [...textOf('docs/output.md').matchAll(/^\| `(\w+)` \| (`.*`) \| (`\w+`) \|$/gm)];
  const listed = rows.map(([, name = '', formats = '', preset = '']): [string, string[]] => [
    name,
    [...`${formats}, ${preset}`.matchAll(/`(\w+)`/g)].map(([, format = '']) => format),
  ]);
  expect(new Map(listed)).toEqual(FORMATS);
});

/** Rules that pages name; the page of the rules has them all. */
test('the rules that pages link to exist', () => {
  const names = new Set(RULES.map(({ name }) => name));
  const linked = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/rules\.md#([\w-]+)/g)].map(([, name = '']) => name),
  );
  expect(linked.filter((name) => !names.has(name))).toEqual([]);
});

/** What kubectl says: `npm run test:cluster` compares it. */
const OF_KUBECTL = [
  'error: You must be logged in to the server (Unauthorized)',
  'Error from server (Forbidden):',
  'cannot list resource',
  'Error from server (Conflict):',
  'the object has been modified',
  'Error from server (NotFound): configmaps "aws-auth" not found',
  'Error from server (AlreadyExists):',
  'configmaps "aws-auth" already exists',
];

test('messages by which a reader searches docs/troubleshooting.md are those of the program', () => {
  const page = textOf('docs/troubleshooting.md');
  const titles = [...page.matchAll(/^### ([^A-Z].*|Error.*|The .*|Profile .*)$/gm)].map(
    ([, title = '']) => title,
  );
  expect(titles.length).toBeGreaterThan(30);
  const inTables = [...page.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
  );
  expect(inTables.length).toBeGreaterThan(30);
  const printed = blocksIn('docs/troubleshooting.md').map(({ text }) => text);
  const said = [...printed, ...sources(), ...OF_KUBECTL].join('\n');
  const parts = titles
    .flatMap((title) => title.split(/ ?…,? ?|, (?=no |got |returned |is not |has )/))
    .filter(Boolean);
  expect(parts.filter((part) => !said.includes(part))).toEqual([]);
});

function sources(): string[] {
  const files = ['src', 'bin'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  return files.filter((file) => /\.[jt]s$/.test(file)).map(textOf);
}

test('the figures of the README stand in docs/performance.md', () => {
  const [, section = ''] = /^## Performance\n(.*?)^## /ms.exec(textOf('README.md')) ?? [];
  const cells = [...section.matchAll(/(?<=\| )[^|]*\d[^|]*(?= \|)/g)].map(([cell]) => cell);
  const figures = cells.filter((cell) => !/accounts ×/.test(cell));
  expect(figures.length).toBeGreaterThan(5);
  expect(figures.filter((figure) => !textOf('docs/performance.md').includes(figure))).toEqual([]);
});
