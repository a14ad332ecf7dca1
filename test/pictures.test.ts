import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SCENES } from './page/scenes.ts';
import { PAGES, ROOT, textOf } from './pages.ts';

const FOLDER = join(ROOT, 'docs', 'pictures');

describe('the pictures of the page of who', () => {
  test('are those that test/page/pictures.page.ts draws', () => {
    const found = readdirSync(FOLDER).filter((name) => name.endsWith('.png'));
    expect(found.sort()).toEqual(SCENES.map(({ name }) => `${name}.png`).sort());
  });

  test.each(SCENES)('$name has its size, and at most 200 KB', ({ name, width, height }) => {
    const file = join(FOLDER, `${name}.png`);
    expect(statSync(file).size).toBeLessThanOrEqual(200_000);
    const header = readFileSync(file);
    // The first chunk of a PNG: https://www.w3.org/TR/png-3/#11IHDR
    expect([header.readUInt32BE(16), header.readUInt32BE(20)]).toEqual([width, height]);
  });
});

test('each picture is on a page, with a sentence for those who cannot see it', () => {
  const shown = PAGES.flatMap((page) => picturesOn(textOf(page)));
  expect([...new Set(shown.map(({ file }) => file))].sort()).toEqual(readdirSync(FOLDER).sort());
  for (const { file, alt } of shown) expect(alt.split(' ').length, file).toBeGreaterThan(5);
});

/** The pictures in Markdown and HTML; a source has the text of its `<img>`. */
function picturesOn(page: string): { file: string; alt: string }[] {
  const inMarkdown = [...page.matchAll(/!\[([^\]]*)\]\((\S+)\)/g)].map(([, alt, file]) => ({ alt, file }));
  const inHtml = [...page.matchAll(/<picture>.*?<\/picture>|<img [^>]*>/gs)].flatMap(([html]) => {
    const alt = /alt="([^"]*)"/.exec(html)?.[1];
    return [...html.matchAll(/src(?:set)?="([^"]*)"/g)].map(([, file]) => ({ alt, file }));
  });
  return [...inMarkdown, ...inHtml].map(({ alt = '', file = '' }) => {
    return { alt, file: file.slice(file.lastIndexOf('/') + 1) };
  });
}
