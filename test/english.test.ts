import { describe, expect, test } from 'vitest';
import { COMMENT_STARTS, TRANSLATED } from './english/phrases.ts';
import {
  commentsOf,
  filesBelow,
  goCommentsOf,
  goldenTextsOf,
  lineAt,
  messagesOf,
  type SourceText,
  sourceFiles,
} from './english/source-texts.ts';
import { MORE_PAGES, PAGES, textOf } from './pages.ts';

const SOURCES = sourceFiles('src', 'bin');
/** Tables of Kubernetes' own roles and resources, which have no messages. */
const DATA = /^src\/rbac\/(?:\w+-roles|resources)\.ts$/;
const TESTS = sourceFiles('test').filter((file) => !file.startsWith('test/english'));
const TOOLS = [...sourceFiles('.github'), 'build.js', 'vitest.config.ts'];
const GO = filesBelow(['test'], /\.go$/);
const GOLDEN = filesBelow(['test/golden'], /\.txtar$/);

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
  test.each([...SOURCES, ...TESTS, ...TOOLS])('in %s', (file) => {
    expect(translatedIn([...messagesOf(file), ...commentsOf(file)])).toEqual([]);
  });

  test.each(GO)('in the comments of %s', (file) => {
    expect(translatedIn(goCommentsOf(file))).toEqual([]);
  });

  test('in the names, intros and titles of golden cases', () => {
    expect(GOLDEN.flatMap((file) => translatedIn(goldenTextsOf(file)))).toEqual([]);
  });

  test.each([
    ...PAGES,
    ...MORE_PAGES,
    'package.json',
    '.ci/run',
    ...filesBelow(['examples', '.github/actions', '.github/workflows', 'test/golden/help'], /./),
    ...filesBelow(['test'], /\.(?:py|sh)$/),
  ])('in %s', (file) => {
    expect(translatedIn([{ file, line: 1, text: textOf(file) }])).toEqual([]);
  });
});

function translatedIn(texts: readonly SourceText[]): string[] {
  return texts.flatMap((text) =>
    TRANSLATED.flatMap(({ pattern, instead }) =>
      [...text.text.matchAll(pattern)].map(
        (found) => `${placeOf(text, found.index)} ${JSON.stringify(found[0])}: ${instead}`,
      ),
    ),
  );
}

function placeOf({ file, line, text }: SourceText, offset: number): string {
  return `${file}:${line + lineAt(text, offset) - 1}`;
}

describe('each sentence of a comment starts with a noun or a verb', () => {
  test.each([...SOURCES, ...TESTS, ...TOOLS])('in %s', (file) => {
    expect(badStartsIn(commentsOf(file))).toEqual([]);
  });

  test.each(GO)('in %s', (file) => {
    expect(badStartsIn(goCommentsOf(file))).toEqual([]);
  });
});

function badStartsIn(comments: readonly SourceText[]): string[] {
  return comments.flatMap((comment) =>
    [...comment.text.matchAll(COMMENT_STARTS)].map(
      ({ index }) => `${placeOf(comment, index)} ${comment.text.slice(index, index + 80)}`,
    ),
  );
}
