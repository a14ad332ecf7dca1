import { readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseSync } from 'rolldown/experimental';
import { ROOT, textOf } from '../pages.ts';

/** Text of a source file, with its line. */
export interface SourceText {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** The TypeScript and JavaScript files below folders of the project, sorted. */
export function sourceFiles(...folders: readonly string[]): string[] {
  return filesBelow(folders, /\.[jt]s$/);
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
export function commentsOf(file: string): SourceText[] {
  const source = textOf(file);
  const comments: (SourceText & { readonly end: number })[] = [];
  for (const { value, start, end } of parseSync(file, source).comments) {
    const text = value.replaceAll(/^\s*\*+ ?/gm, '').trim();
    const before = comments.at(-1);
    if (before && /^\n *$/.test(source.slice(before.end, start)))
      comments[comments.length - 1] = { ...before, text: `${before.text}\n${text}`, end };
    else comments.push({ file, line: lineAt(source, start), text, end });
  }
  return comments;
}

/** The `//` comments of a Go file that have their own lines; lines that follow each other are one. */
export function goCommentsOf(file: string): SourceText[] {
  const source = textOf(file);
  return [...source.matchAll(/(?:^[ \t]*\/\/.*\n)+/gm)].map(({ 0: lines, index }) => ({
    file,
    line: lineAt(source, index),
    text: lines.replaceAll(/^[ \t]*\/\/ ?/gm, '').trim(),
  }));
}

/** What people wrote about the cases of a golden file: its name, the text above the first section, and the titles. */
export function goldenTextsOf(file: string): SourceText[] {
  const source = textOf(file);
  const [intro = ''] = source.split(/^-- /m, 1);
  const titles = [...source.matchAll(/^-- case: (.*) --$/gm)].map(({ 1: text = '', index }) => ({
    file,
    line: lineAt(source, index),
    text,
  }));
  const name = basename(file, '.txtar').replaceAll('-', ' ');
  return [{ file, line: 1, text: name }, { file, line: 1, text: intro }, ...titles];
}

/** A message: at least two words, one of them a word of a sentence. */
const MESSAGE = /[a-z]{2,}[,:;]? +\S*[a-z]{2,}|…[:;,]? [a-z]{2,}|[a-z]{2,}:? …/;

/** The messages of a file: each string of more than a word, with … where a value is filled in. */
export function messagesOf(file: string): SourceText[] {
  const source = textOf(file);
  const messages: SourceText[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isNode(node)) return;
    if (node.type === 'ImportDeclaration' || isClassList(node)) return;
    const text = textOfNode(node);
    if (text !== null && MESSAGE.test(text)) messages.push({ file, line: lineAt(source, node.start), text });
    Object.values(node).forEach(visit);
  };
  visit(parseSync(file, source).program);
  return messages;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly key?: { readonly name?: string };
  readonly value?: unknown;
  readonly quasis?: readonly { readonly value: { readonly cooked: string } }[];
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

export function lineAt(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}
