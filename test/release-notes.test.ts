import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Release, readRelease, releaseNotes } from '../.github/release-notes.ts';
import { run } from './cli/run.ts';

const CHANGELOG = `# Changelog

## 1.10.0 (unreleased)
- Later.

## 1.1.0 (2026-02-03)

### Added
- A page: [rules.md](rules.md#a-rule), as [promised](#what-stays), see [npm](https://www.npmjs.com/).

## 1.0.1 (2026-01-09)
## 1.0.0 (2026-01-02)
The first version.
`;

function releaseOf(version: string, changes: Partial<Release> = {}): Release {
  return {
    packageJson: JSON.stringify({ version }),
    packageLock: JSON.stringify({ version, packages: { '': { version } } }),
    changelog: CHANGELOG,
    ...changes,
  };
}

describe('release notes', () => {
  test("contain only the version's section of the changelog", () => {
    expect(releaseNotes('v1.0.0', releaseOf('1.0.0'))).toEqual({
      notes: 'The first version.\n',
      problems: [],
    });
    const { notes } = releaseNotes('v1.1.0', releaseOf('1.1.0'));
    expect(notes.split('\n', 1)).toEqual(['### Added']);
    expect(notes).not.toContain('first version');
  });

  test('have the links of the changelog', () => {
    const page = 'https://example.com/blob/v1.1.0/docs/changelog.md';
    expect(releaseNotes('v1.1.0', releaseOf('1.1.0'), page).notes).toContain(
      '[rules.md](https://example.com/blob/v1.1.0/docs/rules.md#a-rule), as ' +
        '[promised](https://example.com/blob/v1.1.0/docs/changelog.md#what-stays), see [npm](https://www.npmjs.com/).',
    );
  });
});

describe('a release is rejected', () => {
  test.each(['1.0.0', 'v1.0', 'v1.0.0-rc.1', 'latest', ''])('for the tag "%s"', (tag) => {
    const { problems } = releaseNotes(tag, releaseOf('1.0.0'));
    expect(problems).toEqual([`tag "${tag}": expected v and three numbers, such as v1.2.3`]);
  });

  test('if package.json and its lock file have a different version than the tag', () => {
    const packageLock = JSON.stringify({ version: '1.0.0', packages: { '': { version: '0.9.0' } } });
    expect(releaseNotes('v1.1.0', releaseOf('1.0.0', { packageLock })).problems).toEqual([
      'package.json: version is 1.0.0; run npm version --no-git-tag-version 1.1.0',
      'package-lock.json: version is 1.0.0; run npm version --no-git-tag-version 1.1.0',
      'package-lock.json: version of the root package is 0.9.0; run npm version --no-git-tag-version 1.1.0',
    ]);
  });

  test.each([
    ['2.0.0', 'docs/changelog.md: expected a heading "## 2.0.0 (YYYY-MM-DD)"'],
    ['1.10.0', 'docs/changelog.md:3: expected the date of the release in parentheses, as YYYY-MM-DD'],
    ['1.0.1', 'docs/changelog.md:11: the section is empty'],
  ])('if the changelog is not ready for it: %s', (version, problem) => {
    expect(releaseNotes(`v${version}`, releaseOf(version)).problems).toEqual([problem]);
  });
});

test('the version of this repository has a section in the changelog', () => {
  const release = readRelease();
  const { version } = JSON.parse(release.packageJson);
  const { notes, problems } = releaseNotes(`v${version}`, release);
  expect(notes.length).toBeGreaterThan(10);
  // The date is missing until the release.
  expect(problems.filter((problem) => !problem.includes('YYYY-MM-DD'))).toEqual([]);
});

test("the program's version is the newest heading of the changelog", async () => {
  const { changelog, packageJson } = readRelease();
  const [, newest] = /^## (\d+\.\d+\.\d+)/m.exec(changelog) ?? [];
  expect(JSON.parse(packageJson).version).toBe(newest);
  expect((await run(['--version'])).stdout).toBe(`${newest}\n`);
});

// Node runs TypeScript since 22.18, which the workflow uses.
test.runIf('typescript' in process.features)(
  'the script exits 2 with an empty stdout for a release that is refused',
  () => {
    const script = fileURLToPath(new URL('../.github/release-notes.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'latest'], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: tag "latest": expected v and three numbers, such as v1.2.3\n',
    });
  },
);
