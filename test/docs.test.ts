import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { ANSWERS } from '../src/aws/answers.ts';
import { RULES } from '../src/check/check.ts';
import { parseConfig } from '../src/mapping/config.ts';
import { configSchema, mappingSchema } from '../src/mapping/config-schema.ts';
import { run } from './cli/run.ts';
import { blocksIn, blocksOf, MORE_PAGES, PAGES, ROOT, textOf, WORKFLOWS } from './pages.ts';

describe.each([...PAGES, ...MORE_PAGES])('%s', (page) => {
  const text = textOf(page);

  test("names no file that doesn't exist", () => {
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

test.each(['docs/architecture.md', '.github/CONTRIBUTING.md'])('%s names functions that exist', (page) => {
  const names = [...textOf(page).matchAll(/`([a-z]+[A-Z]\w*)`/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(2);
  const code = [...sources('src'), ...sources('test')].join('\n');
  expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
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

const INDEX = 'docs/README.md';

test('a reader finds the index from the README', () => {
  expect(textOf('README.md')).toContain(`](${INDEX})`);
});

const IN_DOCS = [...PAGES, ...MORE_PAGES].filter((page) => page.startsWith('docs/') && page !== INDEX);

test.each(IN_DOCS)('a reader finds %s from the index, on one line', (page) => {
  const path = page.slice('docs/'.length);
  expect(
    textOf(INDEX)
      .match(/^- \[.*?\]\(([^)#]+)\)/gm)
      ?.filter((line) => line.endsWith(`(${path})`)),
  ).toHaveLength(1);
});

test.each(WORKFLOWS)('a reader finds %s', (workflow) => {
  expect(PAGES.filter((page) => textOf(page).includes(`](../${workflow})`))).not.toEqual([]);
});

describe('YAML', () => {
  test.each(blocksOf('yaml'))('of $page is what it seems to be: $text', async ({ page, text }) => {
    const value: unknown = load(text);
    if (typeof value !== 'object' || value === null) throw new Error('neither a map nor a list');
    if ('accounts' in value || 'mappings' in value) {
      expect(parseConfig(text, page).mappings.length).toBeGreaterThan(0);
    } else if ('Resources' in value) {
      expect(policiesIn(value.Resources)).toHaveLength(2);
    } else if (/^ +- (?:run|uses):/.test(text)) {
      expect(WORKFLOWS.filter((workflow) => textOf(workflow).includes(text))).not.toEqual([]);
    } else if ('kind' in value && /^(?:Application|Kustomization)$/.test(String(value.kind))) {
      // For Argo CD or Flux: `example-workflows.pages.ts` compares it with the workflow.
    } else if ('kind' in value || Array.isArray(value)) {
      expect(await run(['check', '-', '--quiet'], { stdin: text })).toMatchObject({ exitCode: 0 });
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
      new Set([...Object.keys(ANSWERS), 'AssumeRoleWithWebIdentity', 'Decrypt']),
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

/** Rules that pages name; the page of the rules has them all. */
test('the rules that pages link to exist', () => {
  const names = new Set(RULES.map(({ name }) => name));
  const linked = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/rules\.md#([\w-]+)/g)].map(([, name = '']) => name),
  );
  expect(linked.filter((name) => !names.has(name))).toEqual([]);
});

/** Messages of kubectl, which `npm run test:cluster` compares. */
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

/** The program's messages about AWS, with the words of AWS and its SDK. */
const OF_AWS = [
  'test/golden/messages/aws-failures.txt',
  'test/cli/credentials.test.ts',
  'test/cli/mfa.test.ts',
].map(textOf);

test('docs/troubleshooting.md quotes messages of the program', () => {
  const page = textOf('docs/troubleshooting.md');
  const titles = [...page.matchAll(/^### ([^A-Z].*|Error.*|The .*|Profile .*)$/gm)].map(
    ([, title = '']) => title,
  );
  expect(titles.length).toBeGreaterThan(12);
  const inTables = [...page.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
  );
  expect(inTables.length).toBeGreaterThan(30);
  const printed = blocksIn('docs/troubleshooting.md').map(({ text }) => text);
  const said = [...printed, ...sources('src'), ...sources('bin'), ...OF_KUBECTL, ...OF_AWS].join('\n');
  const parts = titles
    .flatMap((title) => title.split(/ ?…,? ?|, (?=no |got |returned |is not |has )/))
    .filter(Boolean);
  expect([...parts, ...inTables].filter((part) => !said.includes(part))).toEqual([]);
});

function sources(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /\.[jt]s$/.test(file)).map((file) => textOf(join(folder, file)));
}

test.each(PAGES)('%s does not call every command run by the tests where some are not', (page) => {
  const isPartial = blocksIn(page).some(({ circumstances }) => circumstances === null);
  const claims = /every command[^.]*(?:run by|tests run)|tests run every command/i.test(textOf(page));
  expect({ claims: claims && isPartial }).toEqual({ claims: false });
});
