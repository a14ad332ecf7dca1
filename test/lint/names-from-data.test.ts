import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../pages.ts';
import { scratch } from '../scratch.ts';

const REFUSED = [
  'const nouns: Record<string, string> = {};',
  'function of(words: Readonly<Record<string, readonly string[]>>) {}',
  'interface Words { [name: string]: string }',
  'const step = { ArrowRight: 1 }[key];',
  'const label = LABELS[name as keyof typeof LABELS];',
  'const isKnown = name in LABELS;',
];
const TAKEN = [
  'const nouns = new Map<string, string>();',
  'const nouns = { one: 1 } as const satisfies Record<string, number>;',
  'const nouns: Readonly<Record<Tab, string>> = {};',
  "const hasPopovers = 'popover' in panel;",
  'const first = rows[index];',
];

test.each(['src/page', 'src/page/app/graph', 'src/who'])(
  'in %s, the linter refuses to look a name up in an object: a name may be constructor',
  async (folder) => {
    const own = ['biome.json', 'test/lint/names-from-data.grit'];
    const rules = await Promise.all(
      own.map(async (name) => [name, await readFile(join(ROOT, name), 'utf8')] as const),
    );
    const files = [...REFUSED, ...TAKEN].map((line, index) => [`${folder}/${index}.ts`, line] as const);
    const cwd = await scratch({ ...Object.fromEntries([...rules, ...files]) });
    const biome = join(ROOT, 'node_modules/@biomejs/biome/bin/biome');
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [biome, 'lint', '--colors=off', '--vcs-enabled=false', '--max-diagnostics=none'],
      { cwd, encoding: 'utf8' },
    );
    const found = [...(stdout + stderr).matchAll(/(\d+)\.ts:\d+:\d+ plugin/g)].map(([, index]) =>
      Number(index),
    );
    expect(found.sort()).toEqual(REFUSED.map((_, index) => index));
  },
);
