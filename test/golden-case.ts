import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect } from 'vitest';

/**
 * A golden case: named sections, as in Go's txtar. Input sections are written by hand; the outcome is compared with the other
 * sections, or written into them with vitest's `-u`. test/golden/README.md says how a file of cases looks.
 */
export interface GoldenCase {
  /** Empty if a file has a single case, which is then named after the file. */
  readonly name: string;
  sections: ReadonlyMap<string, string>;
  /** Input sections above the first case, which all cases of the file have. */
  readonly common: ReadonlyMap<string, string>;
}

export interface GoldenFile {
  readonly comment: string;
  readonly common: ReadonlyMap<string, string>;
  readonly cases: readonly GoldenCase[];
}

export const GOLDEN = join(import.meta.dirname, 'golden');
const SECTION_LINE = /^-- (?<name>.+?)(?: \((?<form>no final newline|escaped)\))? --$/;
const CASE = 'case: ';

/** Text that editors hide or change: control and invisible characters, trailing blanks, and lines that look like a section. */
const UNSAFE =
  /[\0-\x08\x0b-\x1f\x7f-\xa0\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[ \t](?=\n|$)|^--(?= .* --$)/gm;

export function goldenFiles(folder: string): { readonly path: string; readonly golden: GoldenFile }[] {
  return readdirSync(join(GOLDEN, folder))
    .filter((name) => name.endsWith('.txtar'))
    .map((name) => join(GOLDEN, folder, name))
    .map((path) => ({ path, golden: parseGolden(readFileSync(path, 'utf8')) }));
}

function parseGolden(text: string): GoldenFile {
  const parts = text.split(/(?<![^\n])(?=-- .* --(?:\n|$))/);
  const comment = parts[0]?.startsWith('-- ') ? '' : (parts.shift() ?? '');
  const common = new Map<string, string>();
  const cases: { name: string; sections: Map<string, string>; common: typeof common }[] = [];
  const hasNames = parts.some((part) => part.startsWith(`-- ${CASE}`));
  for (const part of parts) {
    const end = part.indexOf('\n');
    const { name = '', form } = SECTION_LINE.exec(part.slice(0, end))?.groups ?? {};
    if (name.startsWith(CASE)) {
      cases.push({ name: name.slice(CASE.length), sections: new Map(), common });
      continue;
    }
    if (cases.length === 0 && !hasNames) cases.push({ name: '', sections: new Map(), common });
    const sections = cases.at(-1)?.sections ?? common;
    if (sections.has(name)) throw new Error(`section ${JSON.stringify(name)} is there twice`);
    sections.set(name, contentOf(part.slice(end + 1), form));
  }
  return { comment, common, cases };
}

function contentOf(body: string, form: string | undefined): string {
  if (form === 'no final newline') return body.slice(0, -1);
  if (form !== 'escaped') return body;
  return body.replace(/\\(?:r|t|\\|\n|u(?<hex>[0-9a-f]{4}))/g, (written, hex: string | undefined) => {
    if (hex) return String.fromCharCode(Number.parseInt(hex, 16));
    return { '\\r': '\r', '\\t': '\t', '\\\\': '\\' }[written] ?? '';
  });
}

function formatGolden({ comment, common, cases }: GoldenFile): string {
  const formatSections = (sections: ReadonlyMap<string, string>) =>
    [...sections].map(([key, text]) => formatSection(key, text)).join('');
  const formatCase = ({ name, sections }: GoldenCase) =>
    (name && `-- ${CASE}${name} --\n`) + formatSections(sections);
  return comment + formatSections(common) + cases.map(formatCase).join('');
}

function formatSection(name: string, content: string): string {
  const isWhole = content === '' || content.endsWith('\n');
  if (content.search(UNSAFE) !== -1) {
    const escaped = content.replaceAll('\\', '\\\\').replace(UNSAFE, escapeOf);
    return `-- ${name} (escaped) --\n${escaped}${isWhole ? '' : '\\\n'}`;
  }
  return isWhole ? `-- ${name} --\n${content}` : `-- ${name} (no final newline) --\n${content}\n`;
}

function escapeOf(unsafe: string): string {
  if (unsafe === '\r') return '\\r';
  if (unsafe === '\t') return '\\t';
  return `\\u${unsafe.charCodeAt(0).toString(16).padStart(4, '0')}${unsafe.slice(1)}`;
}

/** `before.yaml` or `before.json`. */
export function inputFileOf(sections: ReadonlyMap<string, string>): string {
  return [...sections.keys()].find((name) => name.startsWith('before.')) ?? 'before.yaml';
}

/** Declares the tests of each case of a folder. With `-u`, the sections that expectOutcome() is given are written at the end. */
export function describeGolden(
  folder: string,
  known: readonly (string | RegExp)[],
  declare: (golden: GoldenCase, file: GoldenFile) => void,
): void {
  const allowed = [...known, /^before\.(?:ya?ml|json)$/];
  const isNamed = (text: string | RegExp, name: string) =>
    typeof text === 'string' ? text === name : text.test(name);
  for (const { path, golden } of goldenFiles(folder)) {
    describe(path.slice(GOLDEN.length + 1, -'.txtar'.length), () => {
      for (const one of golden.cases) {
        const unknown = [...one.sections.keys()].filter(
          (name) => !allowed.some((text) => isNamed(text, name)),
        );
        if (unknown.length > 0) throw new Error(`${path}: unknown section ${unknown.join(', ')}`);
        describe(one.name, () => declare(one, golden));
      }
      afterAll(() => {
        if (isUpdating()) writeFileSync(path, formatGolden(golden));
      });
    });
  }
}

/** Compares a case with its outcome sections, byte for byte; undefined means that there is no such section. */
export function expectOutcome(
  golden: GoldenCase,
  outcome: Readonly<Record<string, string | undefined>>,
): void {
  if (isUpdating()) {
    const inputs = [...golden.sections].filter(([name]) => !(name in outcome));
    const outputs = Object.entries(outcome).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    golden.sections = new Map([...inputs, ...outputs]);
  }
  for (const [name, content] of Object.entries(outcome)) {
    expect.soft(content, `section ${name}`).toBe(golden.sections.get(name));
  }
}

function isUpdating(): boolean {
  return expect.getState().snapshotState.snapshotUpdateState === 'all';
}
