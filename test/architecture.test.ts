import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** Which rooms of src/ a room may import from. The files directly in src/, and src/yaml, are open to all and import each other alone. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  cli: ['access', 'merge', 'lint', 'mapping', 'configmap', 'inventory', 'authenticator'],
  access: ['configmap', 'inventory', 'authenticator'],
  merge: ['configmap', 'inventory', 'authenticator'],
  lint: ['configmap', 'inventory', 'authenticator'],
  mapping: ['inventory', 'authenticator'],
  configmap: ['authenticator'],
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

async function importsOf(file: string): Promise<Import[]> {
  const text = await readFile(join(SRC, file), 'utf8');
  const statements = text.matchAll(/^(?:import|export) (type )?[^;'"]*?from '([^']+)'|import\('([^']+)'\)/gm);
  return [...statements].map(([, typeOnly, from, dynamic = '']) => {
    const path = from ?? dynamic;
    const to = path.startsWith('.') ? relative(SRC, join(SRC, dirname(file), path)) : path;
    return { from: file, to, typeOnly: typeOnly !== undefined, dynamic: from === undefined };
  });
}

const files = (await readdir(SRC, { recursive: true })).filter((file) => file.endsWith('.ts'));
const imports = (await Promise.all(files.map(importsOf))).flat();
const roomOf = (file: string) => (file.includes('/') ? (file.split('/', 1)[0] ?? '.') : '.');
const isOurs = ({ to }: Import) => to.endsWith('.ts');
const isSdk = ({ to }: Import) => /^@(aws-sdk|smithy)\//.test(to);

describe('the house', () => {
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

  test('lets the SDK into src/aws alone', () => {
    expect(imports.filter((one) => isSdk(one) && roomOf(one.from) !== 'aws')).toEqual([]);
  });

  test('keeps the core free of Node', () => {
    const core = ['access', 'merge', 'lint', 'mapping', 'configmap', 'authenticator', 'yaml'];
    expect(imports.filter((one) => one.to.startsWith('node:') && core.includes(roomOf(one.from)))).toEqual(
      [],
    );
  });

  test.each(['access', 'merge', 'lint', 'mapping'])(
    '%s reaches no SDK, however far its imports lead',
    (room) => {
      const seen = new Set(files.filter((file) => roomOf(file) === room));
      for (const file of seen) {
        for (const one of imports) if (one.from === file && isOurs(one) && !one.typeOnly) seen.add(one.to);
      }
      expect(imports.filter((one) => seen.has(one.from) && isSdk(one) && !one.typeOnly)).toEqual([]);
    },
  );

  test('loads AWS only where it is asked', () => {
    const seen = new Set(['cli/main.ts']);
    for (const file of seen) {
      for (const one of imports)
        if (one.from === file && isOurs(one) && !one.typeOnly && !one.dynamic) seen.add(one.to);
    }
    expect([...seen].filter((file) => roomOf(file) === 'aws')).toEqual([]);
  });
});
