import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseSync } from 'rolldown/experimental';
import { memo } from '../../src/memo.ts';
import { ROOT, textOf } from '../pages.ts';

/** A text in a file, which has it at an offset. */
export interface SourceText {
  readonly file: string;
  readonly offset: number;
  readonly text: string;
}

export function sourceText(file: string, text: string, offset: number): SourceText {
  return { file, text, offset };
}

/** `src/cli/main.ts:12`, for a place in a text. Computed only for what is reported, because counting lines takes time. */
export function placeOf({ file, offset, text }: SourceText, at: number): string {
  const lines = textOf(file).slice(0, offset).split('\n').length + text.slice(0, at).split('\n').length - 1;
  return `${file}:${lines}`;
}

/** The TypeScript, JavaScript and shell files below folders of the project, sorted. */
export function sourceFiles(...folders: readonly string[]): string[] {
  return filesBelow(folders, /\.(?:[jt]s|sh)$/);
}

/** The files below folders of the project whose name matches, sorted. */
export function filesBelow(folders: readonly string[], name: RegExp): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(ROOT, join(entry.parentPath, entry.name))),
    )
    .filter((file) => name.test(file) && !file.includes('node_modules'))
    .sort();
}

/** The comments of a file; lines of `//` that follow each other are one. */
export function commentsOf(file: string): readonly SourceText[] {
  return textsOf(file).comments;
}

/** The messages of a file: each string of more than a word, with … where a value is filled in. */
export function messagesOf(file: string): readonly SourceText[] {
  return textsOf(file).messages;
}

const textsOf = memo((file: string) => {
  const source = textOf(file);
  if (file.endsWith('.sh')) return shellTexts(file, source);
  const { comments, program } = parseSync(file, source);
  return { comments: joinedComments(file, source, comments), messages: messagesIn(file, program) };
});

/** Comments on their own lines, and quoted strings that are messages. */
function shellTexts(file: string, source: string) {
  const texts = (pattern: RegExp) =>
    [...source.matchAll(pattern)].map(({ 0: text, index }) => sourceText(file, text, index));
  const comments = texts(/(?:^ *#(?!!).*\n)+/gm).map(({ text, offset }) =>
    sourceText(file, text.replaceAll(/^ *#+ ?/gm, '').trim(), offset),
  );
  const code = source.replaceAll(/^ *#.*/gm, (line) => ' '.repeat(line.length));
  const strings = [...code.matchAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"/gs)].map(({ 1: one, 2: other, index }) =>
    sourceText(file, one ?? other ?? '', index),
  );
  return { comments, messages: strings.filter(({ text }) => MESSAGE.test(text)) };
}

function joinedComments(
  file: string,
  source: string,
  parsed: ReturnType<typeof parseSync>['comments'],
): SourceText[] {
  const comments: (SourceText & { readonly end: number })[] = [];
  for (const { value, start, end } of parsed) {
    const text = value.replaceAll(/^\s*\*+ ?/gm, '').trim();
    const before = comments.at(-1);
    if (before && /^\n *$/.test(source.slice(before.end, start)))
      comments[comments.length - 1] = { ...before, text: `${before.text}\n${text}`, end };
    else comments.push({ ...sourceText(file, text, start), end });
  }
  return comments;
}

/** The `//` comments of a Go file that have their own lines; lines that follow each other are one. */
export function goCommentsOf(file: string): SourceText[] {
  const source = textOf(file);
  return [...source.matchAll(/(?:^[ \t]*\/\/.*\n)+/gm)].map(({ 0: lines, index }) => ({
    file,
    offset: index,
    text: lines.replaceAll(/^[ \t]*\/\/ ?/gm, '').trim(),
  }));
}

/** What people wrote about the cases of a golden file: its name, the text above the first section, and the titles. */
export function goldenTextsOf(file: string): SourceText[] {
  const source = textOf(file);
  const [intro = ''] = source.split(/^-- /m, 1);
  const titles = [...source.matchAll(/^-- case: (.*) --$/gm)].map(({ 1: text = '', index }) =>
    sourceText(file, text, index),
  );
  const name = basename(file, '.txtar').replaceAll('-', ' ');
  return [sourceText(file, name, 0), sourceText(file, intro, 0), ...titles];
}

/** A message: at least two words, one of them a word of a sentence. */
const MESSAGE = /[a-z]{2,}[,:;]? +\S*[a-z]{2,}|…[:;,]? [a-z]{2,}|[a-z]{2,}:? …/;

function messagesIn(file: string, program: unknown): SourceText[] {
  const messages: SourceText[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isNode(node)) return;
    if (node.type === 'ImportDeclaration' || isClassList(node)) return;
    for (const text of node.tag?.name === 'html' ? textsOfHtml(node.quasi) : [textOfNode(node)])
      if (text !== null && MESSAGE.test(text)) messages.push(sourceText(file, text, node.start));
    // Values in HTML are texts, too.
    if (node.tag?.name === 'html') visit(node.quasi?.expressions);
    else Object.values(node).forEach(visit);
  };
  visit(program);
  return messages;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly key?: { readonly name?: string };
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly cooked: string } }[];
  readonly expressions?: unknown;
  /** Of a template with a tag. */
  readonly tag?: { readonly name?: string };
  readonly quasi?: Node;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

/** True for the classes of an element: words for its style, which nobody reads. */
function isClassList({ type, key }: Node): boolean {
  return type === 'Property' && key?.name === 'class';
}

function textOfNode({ type, value, quasis }: Node): string | null {
  if (type === 'Literal' && typeof value === 'string') return value;
  return type === 'TemplateLiteral' && quasis ? quasis.map((part) => part.value.cooked).join('…') : null;
}

/** The texts between the elements of a template of HTML. */
function textsOfHtml(template: Node | undefined): string[] {
  const text = (template && textOfNode(template)) ?? '';
  return text.split(/<[^>]*>/).map((part) => part.trim());
}
