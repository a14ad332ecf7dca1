import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMENT_STARTS, TRANSLATED } from './english/phrases.ts';
import { commentsOf, messagesOf, sourceFiles } from './english/source-texts.ts';
import { MORE_PAGES, PAGES, ROOT, textOf } from './pages.ts';

const SOURCES = sourceFiles('src', 'bin');
/** Tables of Kubernetes' own roles and resources, which have no messages. */
const DATA = /^src\/rbac\/(?:\w+-roles|resources)\.ts$/;
const TESTS = sourceFiles('test').filter((file) => !file.startsWith('test/english'));

/** All messages of the program, to be read from top to bottom, and in the diff of a change. */
test('the messages are as they were read (npx vitest run test/english.test.ts -u writes them)', async () => {
  const blocks = SOURCES.filter((file) => !DATA.test(file))
    .map((file) => [file, messagesOf(file).map(({ text }) => text)] as const)
    .filter(([, texts]) => texts.length > 0)
    .map(([file, texts]) => `${file}\n${[...new Set(texts)].map(indented).join('')}`);
  await expect(blocks.join('\n')).toMatchFileSnapshot('golden/messages.txt');
});

function indented(text: string): string {
  return `${text.trimEnd().replace(/^/gm, '  ')}\n`;
}

describe('no phrase that reads as translated', () => {
  test.each([...SOURCES, ...TESTS])('in %s', (file) => {
    const texts = [...messagesOf(file), ...commentsOf(file)];
    const found = texts.flatMap(({ line, text }) =>
      translatedIn(text).map((phrase) => `${file}:${line} ${phrase}`),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ...PAGES,
    ...MORE_PAGES,
    'package.json',
    '.ci/run',
    ...filesIn('examples', '.github/actions', '.github/workflows'),
    ...filesIn('test/golden/help'),
  ])('in %s', (page) => {
    const lines = textOf(page).split('\n');
    const found = lines.flatMap((line, index) =>
      translatedIn(line).map((phrase) => `${page}:${index + 1} ${phrase}`),
    );
    expect(found).toEqual([]);
  });
});

function filesIn(...folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
  );
}

function translatedIn(text: string): string[] {
  return TRANSLATED.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(([phrase]) => `"${phrase}": ${instead}`),
  );
}

test.each([...SOURCES, ...TESTS])('a comment of %s starts with a noun or a verb', (file) => {
  const found = commentsOf(file).filter(({ text }) => COMMENT_STARTS.test(text));
  expect(found.map(({ line, text }) => `${file}:${line} ${text.slice(0, 80)}`)).toEqual([]);
});
