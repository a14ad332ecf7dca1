// Prints the section of docs/changelog.md for a tag: `node .github/release-notes.ts v1.2.3` (Node 24).
// A release starts with this: it fails if tag, package.json, package-lock.json and changelog disagree.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The files that name a version, as text. */
export interface Release {
  readonly packageJson: string;
  readonly packageLock: string;
  readonly changelog: string;
}

export interface ReleaseNotes {
  readonly notes: string;
  /** Disagreements, with next steps; if there are any, don't use the notes. */
  readonly problems: readonly string[];
}

const CHANGELOG = 'docs/changelog.md';

/** @param page URL of the changelog, to resolve its relative links: the notes are published elsewhere */
export function releaseNotes(tag: string, release: Release, page?: string): ReleaseNotes {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  if (version === undefined)
    return { notes: '', problems: [`tag "${tag}": expected v and three numbers, such as v1.2.3`] };
  const problems = versionsIn(release)
    .filter(([, stated]) => stated !== version)
    .map(([where, stated]) => `${where} is ${stated}; run npm version --no-git-tag-version ${version}`);

  const section = sectionOf(version, release.changelog);
  if (section === null) problems.push(`${CHANGELOG}: expected a heading "## ${version} (YYYY-MM-DD)"`);
  else if (!/^\d{4}-\d{2}-\d{2}$/.test(section.date))
    problems.push(
      `${CHANGELOG}:${section.line}: expected the date of the release in parentheses, as YYYY-MM-DD`,
    );
  else if (section.text === '') problems.push(`${CHANGELOG}:${section.line}: the section is empty`);

  const text = section?.text ?? '';
  const notes = page ? text.replaceAll(/(?<=\]\()[^)\s]+/g, (link) => new URL(link, page).href) : text;
  return { notes: `${notes}\n`, problems };
}

function versionsIn({ packageJson, packageLock }: Release): [where: string, version: string][] {
  const lock = JSON.parse(packageLock);
  return [
    ['package.json: version', JSON.parse(packageJson).version],
    ['package-lock.json: version', lock.version],
    ['package-lock.json: version of the root package', lock.packages[''].version],
  ];
}

/** The text between the version's heading and the next one. */
function sectionOf(version: string, changelog: string) {
  const lines = changelog.split('\n');
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')}(?: \\((.*)\\))?$`);
  const start = lines.findIndex((line) => heading.test(line));
  if (start < 0) return null;
  const length = lines.slice(start + 1).findIndex((line) => line.startsWith('## '));
  const end = length < 0 ? lines.length : start + 1 + length;
  const text = lines
    .slice(start + 1, end)
    .join('\n')
    .trim();
  return { line: start + 1, date: heading.exec(lines[start] ?? '')?.[1] ?? '', text };
}

/** Reads the three files of this repository. */
export function readRelease(): Release {
  const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  return {
    packageJson: read('package.json'),
    packageLock: read('package-lock.json'),
    changelog: read(CHANGELOG),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [tag = ''] = process.argv.slice(2);
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = process.env;
  const { notes, problems } = releaseNotes(
    tag,
    readRelease(),
    repository && `${server}/${repository}/blob/${tag}/${CHANGELOG}`,
  );
  for (const problem of problems) console.error(`error: ${problem}`);
  if (problems.length > 0) process.exitCode = 2;
  else process.stdout.write(notes);
}
