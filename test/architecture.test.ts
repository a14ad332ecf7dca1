import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/**
 * The rooms of src/ that each room may import from. The files directly in src/, and src/yaml, are open to all and
 * import only each other.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'page',
    'access',
    'access-entries',
    'change',
    'lint',
    'mapping',
    'cluster',
    'configmap',
    'rbac',
    'inventory',
    'authenticator',
  ],
  page: ['access', 'cluster', 'rbac', 'inventory', 'authenticator'],
  access: ['lint', 'change', 'access-entries', 'cluster', 'configmap', 'rbac', 'inventory', 'authenticator'],
  lint: ['change', 'access-entries', 'cluster', 'configmap', 'rbac', 'inventory', 'authenticator'],
  change: ['mapping', 'access-entries', 'cluster', 'configmap', 'inventory', 'authenticator'],
  mapping: ['cluster', 'inventory', 'authenticator'],
  'access-entries': ['cluster', 'configmap', 'inventory', 'authenticator'],
  cluster: ['configmap', 'inventory', 'authenticator'],
  configmap: ['authenticator'],
  rbac: ['authenticator'],
  inventory: ['aws'],
  authenticator: [],
  aws: [],
  yaml: [],
  '.': [],
};

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

function importsOf([file, text]: readonly [string, string]): Import[] {
  const statements = text.matchAll(/^(?:import|export) (type )?[^;'"]*?from '([^']+)'|import\('([^']+)'\)/gm);
  return [...statements].map(([, typeOnly, from, dynamic = '']) => {
    const path = from ?? dynamic;
    const to = path.startsWith('.') ? relative(SRC, join(SRC, dirname(file), path)) : path;
    return { from: file, to, typeOnly: typeOnly !== undefined, dynamic: from === undefined };
  });
}

const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts'));
const texts = new Map(
  await Promise.all(files.map(async (file) => [file, await readFile(join(SRC, file), 'utf8')] as const)),
);
const imports = [...texts].flatMap(importsOf);
const roomOf = (file: string) => (file.includes('/') ? (file.split('/', 1)[0] ?? '.') : '.');
const isOurs = ({ to }: Import) => to.endsWith('.ts');
const isSdk = ({ to }: Import) => /^@(aws-sdk|smithy)\//.test(to);

describe('the rooms', () => {
  test('has imports to look at', () => {
    expect(imports.length).toBeGreaterThan(100);
  });

  test('has the rooms that it says it has', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
    for (const rooms of Object.values(MAY_IMPORT))
      expect(Object.keys(MAY_IMPORT)).toEqual(expect.arrayContaining([...rooms]));
  });

  test('has arrows that point one way', () => {
    const wrong = imports.filter(isOurs).filter((one) => {
      const [from, to] = [roomOf(one.from), roomOf(one.to)];
      return from !== to && to !== '.' && to !== 'yaml' && !MAY_IMPORT[from]?.includes(to);
    });
    expect(wrong).toEqual([]);
  });

  test('allows the SDK only in src/aws', () => {
    expect(imports.filter((one) => isSdk(one) && roomOf(one.from) !== 'aws')).toEqual([]);
  });

  test('keeps the core free of Node', () => {
    const core = [
      'page',
      'access',
      'access-entries',
      'change',
      'lint',
      'mapping',
      'cluster',
      'configmap',
      'rbac',
      'authenticator',
      'yaml',
    ];
    expect(imports.filter((one) => one.to.startsWith('node:') && core.includes(roomOf(one.from)))).toEqual(
      [],
    );
  });

  test.each(['access', 'access-entries', 'change', 'lint', 'mapping'])(
    '%s reaches no SDK, however far its imports lead',
    (room) => {
      const seen = reached(
        files.filter((file) => roomOf(file) === room),
        ({ typeOnly }) => !typeOnly,
      );
      expect(imports.filter((one) => seen.includes(one.from) && isSdk(one) && !one.typeOnly)).toEqual([]);
    },
  );

  test('loads AWS only if needed', () => {
    const cli = files.filter((file) => roomOf(file) === 'cli');
    const seen = reached(cli, ({ typeOnly, dynamic }) => !typeOnly && !dynamic);
    expect(seen.filter((file) => roomOf(file) === 'aws')).toEqual([]);
  });

  test('loads only the named command, and the help on request', () => {
    const seen = reached(['cli/main.ts', 'cli/command-line.ts'], ({ typeOnly, dynamic }) => {
      return !typeOnly && !dynamic;
    });
    expect(seen).toContain('cli/command-table.ts');
    expect(seen.filter((file) => file.startsWith('cli/commands/') || file === 'cli/help.ts')).toEqual([]);
  });

  test('has no import circle, types included', () => {
    expect(circles()).toEqual([]);
  });

  test('has no function of more than 60 lines', () => {
    expect([...texts].flatMap(longFunctions)).toEqual([]);
  });
});

/** All transitively imported files, including the first ones. */
function reached(first: readonly string[], follows: (one: Import) => boolean): string[] {
  const seen = new Set(first);
  for (const file of seen)
    for (const one of imports) if (one.from === file && isOurs(one) && follows(one)) seen.add(one.to);
  return [...seen];
}

/** Files that import each other, directly or through others. */
function circles(): string[][] {
  const reach = new Map(files.map((file) => [file, new Set(reached(targetsOf(file), () => true))]));
  const around = (file: string) =>
    files.filter((other) => reach.get(file)?.has(other) && reach.get(other)?.has(file));
  return [...new Set(files.map((file) => around(file).join(' ')).filter((circle) => circle !== ''))].map(
    (circle) => circle.split(' '),
  );
}

function targetsOf(file: string): string[] {
  return imports.filter((one) => one.from === file && isOurs(one)).map(({ to }) => to);
}

function longFunctions([file, text]: readonly [string, string]): string[] {
  const found: string[] = [];
  const linesIn = (start: number, end: number) => text.slice(start, end).split('\n').length;
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, start, end } = node as { type?: string; start: number; end: number };
    if (type !== undefined && /Function/.test(type) && !/^TS/.test(type)) {
      const lines = linesIn(start, end);
      if (lines > 60) found.push(`${file}:${linesIn(0, start)}: ${lines} lines`);
    }
    for (const value of Object.values(node)) look(value);
  };
  look(parseAst(text, { lang: 'ts' }));
  return found;
}
