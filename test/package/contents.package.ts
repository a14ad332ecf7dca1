import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, test } from 'vitest';

const INSTALLED = join(inject('prefix'), 'lib', 'node_modules');
const PACKAGE = join(INSTALLED, 'aws-auth-sso');
const SRC = fileURLToPath(new URL('../../src', import.meta.url));

const files = readdirSync(PACKAGE, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(PACKAGE.length + 1));
const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));

describe('the tarball', () => {
  test('is smaller than 800 KB', () => {
    expect(statSync(inject('tarball')).size).toBeLessThan(800_000);
  });

  test('contains only the program, its pages and its examples', () => {
    const expected =
      /^(?:README\.md|LICENSE|package\.json|bin\/[\w-]+\.js|bin\/package\.json|dist\/(?:kubernetes-[\d.]+)?[\w-]+\.cjs|dist\/THIRD-PARTY-LICENSES\.txt|docs\/.+\.(?:md|svg)|examples\/(?:workflows\/)?[\w.-]+\.(?:ya?ml|json|tf))$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    const examples = ['examples/aws-auth-sso.schema.json', 'examples/workflows/drift.yaml'];
    for (const needed of ['README.md', 'LICENSE', 'docs/rules.md', ...examples])
      expect(files).toContain(needed);
  });

  test('is packed as built: no duplicate file, no link', () => {
    const listed = execFileSync('tar', ['-tzf', inject('tarball')], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(new Set(listed).size).toBe(listed.length);
    expect(listed.map((name) => name.replace(/^package\//, '')).sort()).toEqual([...files].sort());
  });
});

describe('the installed program', () => {
  test('is one package of less than 3 MB', () => {
    expect(readdirSync(INSTALLED).filter((name) => !name.startsWith('.'))).toEqual(['aws-auth-sso']);
    expect(files.filter((file) => file.includes('node_modules'))).toEqual([]);
    const bytes = files.reduce((sum, file) => sum + statSync(join(PACKAGE, file)).size, 0);
    expect(bytes).toBeLessThan(3_000_000);
  });

  test('has the size in docs/performance.md', () => {
    const megabytes = (bytes: number) => bytes / 1_000_000;
    const page = readFileSync(join(PACKAGE, 'docs', 'performance.md'), 'utf8');
    const [, packed, installed] = /tarball .*is ([\d.]+) MB, ([\d.]+) MB\s+installed/.exec(page) ?? [];
    const bytes = files.reduce((sum, file) => sum + statSync(join(PACKAGE, file)).size, 0);
    expect(Math.abs(megabytes(statSync(inject('tarball')).size) - Number(packed))).toBeLessThan(0.05);
    expect(Math.abs(megabytes(bytes) - Number(installed))).toBeLessThan(0.1);
  });

  test('requires no other package and runs no install script', () => {
    const { dependencies, optionalDependencies, peerDependencies, bundleDependencies, scripts } = manifest;
    expect([dependencies, optionalDependencies, peerDependencies, bundleDependencies]).toEqual(
      Array(4).fill(undefined),
    );
    const names = Object.keys(scripts);
    expect(names.filter((name) => /^(?:pre|post)?install$/.test(name))).toEqual([]);
  });

  test('requires nothing but Node and its own files', () => {
    const code = files.filter((file) => file.endsWith('.cjs'));
    const texts = code.map((file) => readFileSync(join(PACKAGE, file), 'utf8'));
    const required = texts.flatMap((text) =>
      [...text.matchAll(/\b(?:require|import)\(["'`]([^"'`$]+)["'`]\)/g)].map(([, id = '']) => id),
    );
    expect(required.length).toBeGreaterThan(50);
    const { builtinModules } = process.getBuiltinModule('node:module');
    // The SDK would load these for SigV4a, which no called service uses.
    const optional = ['@aws-sdk/signature-v4-crt', '@aws-sdk/signature-v4a'];
    const foreign = required.filter(
      (id) =>
        !id.startsWith('node:') &&
        !builtinModules.includes(id) &&
        !files.includes(join('dist', id)) &&
        !optional.includes(id),
    );
    expect(foreign).toEqual([]);
  });
});

describe('the licenses of bundled packages', () => {
  const text = readFileSync(join(PACKAGE, 'dist', 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  const listed = [...text.matchAll(/^(@?[\w./-]+) \d+\.\d+\.\d+ \(([\w.-]+)\)$/gm)];

  test('cover every package that the source imports', () => {
    const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    );
    const imported = sources.flatMap((file) =>
      [
        ...readFileSync(join(SRC, file), 'utf8').matchAll(
          /(?:^import (?!type)|^\} )[^;]*?from '((?:@[\w-]+\/)?[\w-]+)/gm,
        ),
      ]
        .map(([, name = '']) => name)
        .filter((name) => name !== 'node'),
    );
    expect(imported.length).toBeGreaterThan(10);
    const names = listed.map(([, name]) => name);
    expect([...new Set(imported)].filter((name) => !names.includes(name))).toEqual([]);
  });

  test('are all compatible with Apache-2.0, and include their text', () => {
    expect(new Set(listed.map(([, , license]) => license))).toEqual(new Set(['Apache-2.0', 'MIT']));
    const texts = text.split(/^-{80}$/m);
    expect(texts.filter((one) => !/Apache License|Permission is hereby granted/.test(one))).toEqual([]);
  });

  test('of packages in the page are also in the page', () => {
    const argv = ['who', 'examples/aws-auth.yaml', '--inventory', 'examples/inventory.json', '-o', 'html'];
    const program = join(PACKAGE, 'bin', 'aws-auth-sso.js');
    const page = execFileSync(process.execPath, [program, ...argv], {
      cwd: PACKAGE,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 10_000_000,
    });
    const [, shown = ''] = /<pre id="licenses"[^>]*>(.*?)<\/pre>/s.exec(page) ?? [];
    const licenses = shown.replace(/<\/?span>/g, '');
    const app = join(SRC, 'page', 'app');
    const imported = readdirSync(app, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .flatMap((file) => [
        ...readFileSync(join(app, file), 'utf8').matchAll(/from '((?:@[\w-]+\/)?[\w-]+)'/g),
      ])
      .map(([, name = '']) => name);
    expect(imported.length).toBeGreaterThan(0);
    for (const name of imported) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d`, 'm'));
      expect(text).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
  });
});
