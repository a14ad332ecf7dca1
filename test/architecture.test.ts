import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** The rooms of src/ from top to bottom: a room imports only from those below it, and from the files directly in src/. */
const ROOMS = [
  'cli',
  'page',
  'explain',
  'who',
  'check',
  'change',
  'mapping',
  'access-entry',
  'rbac',
  'aws-auth',
  'directory',
  'aws',
  'yaml',
  '.',
];
/** The rooms that compute: they use neither Node nor, however far their imports lead, the SDK. */
const CORE = ROOMS.filter((room) => !['cli', 'directory', 'aws', '.'].includes(room));

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
    expect([...new Set(files.map(roomOf))].sort()).toEqual([...ROOMS].sort());
  });

  test('has arrows that point down', () => {
    const wrong = imports.filter(isOurs).filter(({ from, to }) => {
      return ROOMS.indexOf(roomOf(from)) > ROOMS.indexOf(roomOf(to));
    });
    expect(wrong).toEqual([]);
  });

  test('reads AWS only through the directory, and uses the SDK only in src/aws', () => {
    const outside = imports.filter(({ from }) => roomOf(from) !== 'aws');
    expect(outside.filter(isSdk)).toEqual([]);
    expect(
      outside.filter((one) => isOurs(one) && roomOf(one.to) === 'aws' && roomOf(one.from) !== 'directory'),
    ).toEqual([]);
  });

  test('keeps the core free of Node', () => {
    const wrong = imports.filter(({ from, to }) => to.startsWith('node:') && CORE.includes(roomOf(from)));
    expect(wrong).toEqual([]);
  });

  test.each(CORE)('%s reaches no SDK, however far its imports lead', (room) => {
    const seen = reached(
      files.filter((file) => roomOf(file) === room),
      ({ typeOnly }) => !typeOnly,
    );
    expect(imports.filter((one) => seen.includes(one.from) && isSdk(one) && !one.typeOnly)).toEqual([]);
  });

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
