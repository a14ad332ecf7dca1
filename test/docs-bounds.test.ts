import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { run } from './cli/run.ts';
import { PAGES, ROOT, textOf, WORKFLOWS } from './pages.ts';

const DOCS = readdirSync(join(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);

/** A page with an entry for each rule, which readers look up and don't read. */
const REFERENCE = 'docs/rules.md';

describe('the pages are short', () => {
  test('README.md has at most 120 lines and 900 words', () => {
    const text = textOf('README.md');
    expect(linesOf(text).length).toBeLessThanOrEqual(120);
    expect(wordsIn(text)).toBeLessThanOrEqual(900);
  });

  test('docs/ has at most 16,000 words without the rules', () => {
    const words = DOCS.filter((page) => page !== REFERENCE).map(
      (page) => [page, wordsIn(textOf(page))] as const,
    );
    expect(
      words.reduce((sum, [, count]) => sum + count, 0),
      JSON.stringify(words),
    ).toBeLessThanOrEqual(16_000);
  });

  test.each(['README.md', ...DOCS])('%s has no line over 160 columns, and prose within 120', (page) => {
    const text = textOf(page);
    expect(linesOf(text).filter((line) => line.length > 160)).toEqual([]);
    const prose = linesOf(text.replaceAll(/^```.*?^```$/gms, '')).filter(
      (line) => !/^(?:\||<|.*\]\(\S{60,}\))/.test(line),
    );
    expect(prose.filter((line) => line.length > 120)).toEqual([]);
  });
});

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}

function wordsIn(text: string): number {
  return text.split(/\s+/).filter(Boolean).length;
}

test('README, help and package.json say in one sentence what the program is for', async () => {
  expect(textOf('README.md').split('\n')[2]?.replaceAll('`', '')).toBe(`${packageJson.description}.`);
  const { stdout } = await run(['--help']);
  const [first] = stdout.split('\n\n')[1]?.replaceAll('\n', ' ').split('. ') ?? [];
  expect(first).toBe(packageJson.description.replace('Give', 'Gives'));
});

describe('the pages state facts of this version', () => {
  const { version, engines } = packageJson;
  const changelog = textOf('docs/changelog.md');

  test('its number, which the changelog has on top', () => {
    expect(/^## (\d\S*)/m.exec(changelog)?.[1]).toBe(version);
    const stated = [...PAGES, ...WORKFLOWS, '.github/SECURITY.md', '.github/CONTRIBUTING.md']
      .filter((page) => page !== 'docs/changelog.md')
      .flatMap((page) => [
        ...textOf(page).matchAll(/(?:aws-auth-sso[@ -]|\b[Vv]ersion |\b[Rr]elease )v?(\d+\.\d+\.\d+)/g),
      ]);
    expect(stated.map(([, number]) => number).filter((number) => number !== version)).toEqual([]);
  });

  test('whether it can be installed from npm', () => {
    const isReleased = /^## \S+ \(\d{4}-\d\d-\d\d\)$/m.test(changelog);
    expect(textOf('README.md').includes('Not on npm yet')).toBe(!isReleased);
  });

  test('how to install a commit, on one page, and the package that it makes, in workflows', () => {
    const linesOn = (page: string) =>
      textOf(page).match(/npm pack .*?#COMMIT"|npm install --global [-./\w ]*tgz/g) ?? [];
    expect([...PAGES, '.github/CONTRIBUTING.md'].flatMap(linesOn)).toEqual([
      expect.stringContaining('/OWNER/aws-auth-sso.git#COMMIT"'),
      `npm install --global --ignore-scripts ./aws-auth-sso-${version}.tgz`,
    ]);
    const inWorkflow = /^npm install --global --ignore-scripts \.\/\.git(hub|lab)\/aws-auth-sso\.tgz$/;
    for (const workflow of WORKFLOWS) for (const line of linesOn(workflow)) expect(line).toMatch(inWorkflow);
  });

  test('the oldest Node.js', () => {
    const oldest = engines.node.replace('>=', '');
    const stated = [...PAGES, '.github/CONTRIBUTING.md'].flatMap((page) => [
      ...textOf(page).matchAll(/Node(?:\.js)? \(?(\d+\.\d+)/g),
    ]);
    expect(stated.length).toBeGreaterThan(3);
    expect(new Set(stated.map(([, number]) => number))).toEqual(new Set([oldest]));
  });
});
