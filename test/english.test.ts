import { describe, expect, test } from 'vitest';
import { COMMENT_STARTS, TRANSLATED } from './english/phrases.ts';
import {
  commentsOf,
  filesBelow,
  goCommentsOf,
  goldenTextsOf,
  messagesOf,
  placeOf,
  type SourceText,
  sourceFiles,
  sourceText,
} from './english/source-texts.ts';
import { MORE_PAGES, PAGES, textOf } from './pages.ts';

const SOURCES = sourceFiles('src', 'bin');
const TESTS = sourceFiles('test').filter((file) => !file.startsWith('test/english'));
const CODE = [
  ...SOURCES,
  ...TESTS,
  ...sourceFiles('.github'),
  'build.js',
  'src/raw-files.js',
  'vitest.config.ts',
];
const GO = filesBelow(['test'], /\.go$/);
const GOLDEN = filesBelow(['test/golden'], /\.txtar$/);

describe('no phrase that reads as translated', () => {
  test('in sources, tests and tools', () => {
    expect(CODE.flatMap((file) => translatedIn([...messagesOf(file), ...commentsOf(file)]))).toEqual([]);
  });

  test('in the comments of Go files', () => {
    expect(GO.flatMap((file) => translatedIn(goCommentsOf(file)))).toEqual([]);
  });

  test('in the names, intros and titles of golden cases', () => {
    expect(GOLDEN.flatMap((file) => translatedIn(goldenTextsOf(file)))).toEqual([]);
  });

  test('in pages, examples, workflows, help and scripts', () => {
    const files = [
      ...PAGES,
      ...MORE_PAGES,
      'package.json',
      '.ci/run',
      ...filesBelow(['examples', '.github/actions', '.github/workflows', 'test/golden/help'], /./),
      ...filesBelow(['test'], /\.(?:py|sh)$/),
      ...filesBelow(['src'], /\.(?:bash|zsh|fish)$/),
    ];
    expect(files.flatMap((file) => translatedIn([sourceText(file, textOf(file), 0)]))).toEqual([]);
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

test('each sentence of a comment starts with a noun or a verb', () => {
  expect([...CODE.flatMap(commentsOf), ...GO.flatMap(goCommentsOf)].flatMap(badStartsIn)).toEqual([]);
});

function badStartsIn(comment: SourceText): string[] {
  return [...comment.text.matchAll(COMMENT_STARTS)].map(
    ({ index }) => `${placeOf(comment, index)} ${comment.text.slice(index, index + 80)}`,
  );
}
