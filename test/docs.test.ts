import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGES = [
  'README.md',
  'docs/architecture.md',
  'docs/changelog.md',
  'docs/rules.md',
  '.github/CONTRIBUTING.md',
  'test/golden/README.md',
];

describe.each(PAGES)('%s', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');

  test('names no file that does not exist', () => {
    const paths = [...text.matchAll(/`((?:src|test|docs|\.github|\.ci)\/[^`\s…*]*)`/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('links to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link = '']) => link);
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
