import { readMapRoles } from '../authenticator/load.ts';
import type { LoadError, LoadedMap } from '../authenticator/loaded.ts';
import { findTemplate } from '../configmap/template.ts';
import { ANY_VARIABLE, isHelm, type MapKey } from '../entry.ts';
import { applyEdits, type Edit } from '../yaml/edit.ts';
import { isBreak, lineEnd, lineStart } from '../yaml/lines.ts';
import { nodesOf, type YamlNode } from '../yaml/node.ts';
import { doubleQuoted } from '../yaml/quote.ts';

/** What follows from a key that cannot be parsed. */
export const DISCARDED: Readonly<Record<MapKey, string>> = {
  mapRoles: 'the authenticator discards all of mapRoles, including the entries of nodes',
  mapUsers: 'the authenticator discards all of mapUsers',
  mapAccounts: 'the authenticator discards all of mapAccounts',
};

/** A value that starts with an unquoted `{{Variable}}`. */
export interface OpenTemplate {
  readonly start: number;
  readonly end: number;
  /** Null where it is not certain how far the value goes. */
  readonly edit: Edit | null;
}

/** Why a whole key is discarded. */
export type UnparsableCause = { readonly key: MapKey; readonly text: string; readonly error: LoadError } & (
  | { readonly kind: 'templates'; readonly templates: readonly OpenTemplate[] }
  | { readonly kind: 'helm'; readonly offset: number }
  | { readonly kind: 'not-a-list' | 'other' }
);

interface LoadedText {
  readonly key: MapKey;
  readonly text: string;
  readonly loaded: { readonly errors: readonly LoadError[] };
}

/** Looks for what people wrote that makes a text unparsable; nothing where it is parsed. */
export function unparsableCauses({ key, text, loaded }: LoadedText): UnparsableCause[] {
  const error = loaded.errors.find(({ loss }) => loss === 'unparsable');
  if (!error) return [];
  const { templates, rest } =
    key === 'mapAccounts' ? { templates: [], rest: error } : openTemplates(text, error);
  const causes: UnparsableCause[] =
    templates.length > 0 ? [{ key, text, error, kind: 'templates', templates }] : [];
  if (!rest) return causes;
  const offset = findHelm(text);
  if (offset >= 0) return [...causes, { key, text, error: rest, kind: 'helm', offset }];
  return [...causes, { key, text, error: rest, kind: rest.code === 'not-a-list' ? 'not-a-list' : 'other' }];
}

interface Found {
  readonly templates: readonly OpenTemplate[];
  /** What makes the text unparsable besides. */
  readonly rest: LoadError | null;
}

/** A whole value in block style, up to the comment after it; what a plain scalar may not hold, or quotes would change, is left out. */
const VALUE = new RegExp(
  String.raw`^(?:[ ]*(?:-[ ]+)*(?:[\w.-]+|"[^"\n]*"|'[^'\n]*')[ ]*:[ ]+|[ ]*(?:-[ ]+)+)(${ANY_VARIABLE}[^\r\n"\\#]*)(?:(?<=[ \t])#[^\r\n]*)?$`,
  'dgm',
);
/** At the start of a value, whatever the braces hold. */
const OPEN = /(?:[:-][ ]+|[[{,][ ]*)(\{\{[ ]*\w+[ ]*\}\})/d;

/** All that make the text unparsable, as far as it can be read once they are quoted; else the one at the error. */
function openTemplates(text: string, error: LoadError): Found {
  const candidates = [...text.matchAll(VALUE)].flatMap(({ indices }) => {
    const [start, end] = indices?.[1] ?? [];
    if (start === undefined || end === undefined) return [];
    return [quoteTemplate(text, start, start + text.slice(start, end).trimEnd().length)];
  });
  const found = provenCauses(text, candidates, error);
  if (found.templates.length > 0) return found;
  const templates = templateAt(text, error.offset);
  return { templates, rest: templates.length > 0 ? null : error };
}

type Candidate = OpenTemplate & { readonly edit: Edit };

function quoteTemplate(text: string, start: number, end: number): Candidate {
  return { start, end, edit: { start, end, replacement: doubleQuoted(text.slice(start, end)) } };
}

/** Those that are values of their own once quoted; where the text is unparsable all the same, those before the item at fault. */
function provenCauses(text: string, candidates: readonly Candidate[], error: LoadError): Found {
  const loaded = readQuoted(text, candidates);
  if (loaded?.list) return { templates: candidatesAmong(loaded.list, candidates), rest: null };
  const rest = loaded?.errors.find(({ loss }) => loss === 'unparsable');
  if (!rest) return { templates: [], rest: error };
  const offset = unquotedOffset(rest.offset, candidates);
  const end = itemStart(text, offset);
  const before = candidates.filter((one) => one.end <= end);
  const list = readQuoted(text.slice(0, end), before)?.list;
  return { templates: list ? candidatesAmong(list, before) : [], rest: { ...rest, offset } };
}

function candidatesAmong(list: YamlNode, candidates: readonly Candidate[]): Candidate[] {
  const starts = new Set([...nodesOf(list)].map(({ contentStart }) => contentStart));
  return candidates.filter(({ start }, index) => starts.has(start + 2 * index + 1));
}

/** Leads from an offset in the quoted text back to the text. */
function unquotedOffset(offset: number, candidates: readonly Candidate[]): number {
  return offset - 2 * candidates.filter(({ start }, index) => start + 2 * index < offset).length;
}

/** Where the item of the list that an offset is in starts, going by the column of the first dash; 0 for the first. */
function itemStart(text: string, offset: number): number {
  const dash = /^ *-/m.exec(text)?.[0] ?? '-';
  const before = text.slice(0, offset);
  return Math.max(0, before.lastIndexOf(`\n${dash}`) + 1);
}

function readQuoted(text: string, candidates: readonly Candidate[]): LoadedMap | undefined {
  const quoted = applyEdits(
    text,
    candidates.map(({ edit }) => edit),
  );
  return quoted === undefined || candidates.length === 0 ? undefined : readMapRoles(quoted);
}

/** The template that a line starts a value with, before the error in it. */
function templateAt(text: string, errorOffset: number): OpenTemplate[] {
  const [start, end] = [lineStart(text, errorOffset), lineEnd(text, errorOffset)];
  const line = text.slice(start, end);
  const [first, last] = OPEN.exec(line)?.indices?.[1] ?? [];
  if (first === undefined || last === undefined || start + first > errorOffset) return [];
  return [{ start: start + first, end: start + last, edit: null }];
}

/** As far as it takes to tell whose braces they are. */
const LOOK = 200;

/** The first braces that only a template engine fills in, comments aside; -1 where there are none. */
function findHelm(text: string): number {
  let [position, isComment] = [0, false];
  for (let at = findTemplate(text, 0, text.length); at >= 0; at = findTemplate(text, at + 2, text.length)) {
    for (; position < at; position += 1)
      isComment = text[position] === '#' || (isComment && !isBreak(text.charCodeAt(position)));
    if (!isComment && isHelm(text.slice(at, lineEnd(text, at, Math.min(at + LOOK, text.length))))) return at;
  }
  return -1;
}
