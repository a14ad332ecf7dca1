import { TEMPLATE_VARIABLES } from '../../entry.ts';
import { applyEdits, type Edit } from '../../yaml/edit.ts';
import { lineEnd, lineStart } from '../../yaml/lines.ts';
import { nodesOf } from '../../yaml/pairs.ts';
import type { LoadError, LoadedMap } from '../loaded.ts';
import { doubleQuoted } from '../quote.ts';
import { readMapRoles } from '../read-map.ts';
import { findTemplate } from '../templates.ts';
import type { MapKey } from './rule.ts';
import { isHelm } from './template-fault.ts';

/** What follows from a key that cannot be read. */
export const LOST: Readonly<Record<MapKey, string>> = {
  mapRoles: 'the authenticator loses all of mapRoles, so no role in it gets in, those of nodes included',
  mapUsers: 'the authenticator loses all of mapUsers, so no user in it gets in',
  mapAccounts: 'the authenticator loses all of mapAccounts, so no account in it gets in',
};

/** A value that starts with an unquoted `{{Variable}}`. */
export interface OpenTemplate {
  readonly start: number;
  readonly end: number;
  /** Null where it is not certain how far the value goes. */
  readonly edit: Edit | null;
}

/** Why a whole key is lost. */
export type VoidCause = { readonly key: MapKey; readonly text: string; readonly error: LoadError } & (
  | { readonly kind: 'templates'; readonly templates: readonly OpenTemplate[] }
  | { readonly kind: 'helm'; readonly offset: number }
  | { readonly kind: 'not-a-list' | 'other' }
);

/** Looks for what people wrote that made the authenticator give up on a text. */
export function voidCause(key: MapKey, text: string, error: LoadError): VoidCause {
  const lost = { key, text, error };
  const templates = key === 'mapAccounts' ? [] : openTemplates(text, error.offset);
  if (templates.length > 0) return { ...lost, kind: 'templates', templates };
  const offset = findHelm(text);
  if (offset >= 0) return { ...lost, kind: 'helm', offset };
  return { ...lost, kind: error.code === 'not-a-list' ? 'not-a-list' : 'other' };
}

const VARIABLE = String.raw`\{\{(?:${TEMPLATE_VARIABLES.join('|')})\}\}`;
/** A whole value in block style, up to the comment behind it; what a plain scalar may not hold, or quotes would change, is left out. */
const VALUE = new RegExp(
  String.raw`^(?:[ ]*(?:-[ ]+)*(?:[\w.-]+|"[^"\n]*"|'[^'\n]*')[ ]*:[ ]+|[ ]*(?:-[ ]+)+)(${VARIABLE}[^\r\n"\\#]*?)[ \t]*(?:[ \t]#[^\r\n]*)?$`,
  'dgm',
);
/** At the start of a value, whatever stands in the braces. */
const OPEN = /(?:[:-][ ]+|[[{,][ ]*)(\{\{[ ]*\w+[ ]*\}\})/d;

/** All that void the text, where quoting them makes it readable; else the one at the error. */
function openTemplates(text: string, errorOffset: number): OpenTemplate[] {
  const candidates = [...text.matchAll(VALUE)].flatMap(({ indices }) => {
    const [start, end] = indices?.[1] ?? [];
    return start === undefined || end === undefined ? [] : [quoteTemplate(text, start, end)];
  });
  const causes = provenCauses(text, candidates);
  if (causes.length > 0) return causes;
  const [start, end] = [lineStart(text, errorOffset), lineEnd(text, errorOffset)];
  const here = candidates.find((one) => one.start >= start && one.start <= errorOffset && one.end <= end);
  return here && isProgress(text, here, errorOffset) ? [here] : inLine(text, start, end, errorOffset);
}

type Candidate = OpenTemplate & { readonly edit: Edit };

function quoteTemplate(text: string, start: number, end: number): Candidate {
  return { start, end, edit: { start, end, replacement: doubleQuoted(text.slice(start, end)) } };
}

/** Those that are values of their own once quoted; none where the text is void all the same. */
function provenCauses(text: string, candidates: readonly Candidate[]): Candidate[] {
  const loaded = readQuoted(text, candidates);
  if (!loaded?.list) return [];
  const starts = new Set<number>();
  for (const node of nodesOf(loaded.list))
    if (node.kind === 'scalar' && node.style === 'double') starts.add(node.start);
  const proven = candidates.filter(({ start }, index) => starts.has(start + 2 * index + 1));
  if (proven.length === candidates.length) return proven;
  return readQuoted(text, proven)?.list ? proven : [];
}

/** Whether the text can be read further once this one is quoted. */
function isProgress(text: string, candidate: Candidate, errorOffset: number): boolean {
  const error = readQuoted(text, [candidate])?.errors.find(({ loss }) => loss === 'void');
  return error !== undefined && error.offset > lineEnd(text, errorOffset);
}

function readQuoted(text: string, candidates: readonly Candidate[]): LoadedMap | undefined {
  const quoted = applyEdits(
    text,
    candidates.map(({ edit }) => edit),
  );
  return quoted === undefined || candidates.length === 0 ? undefined : readMapRoles(quoted);
}

function inLine(text: string, start: number, end: number, errorOffset: number): OpenTemplate[] {
  const line = text.slice(start, end);
  const [first, last] = OPEN.exec(line)?.indices?.[1] ?? [];
  if (first === undefined || last === undefined || start + first > errorOffset) return [];
  return [{ start: start + first, end: start + last, edit: null }];
}

/** The first braces that only a template engine fills in, comments aside; -1 where there are none. */
function findHelm(text: string): number {
  for (let at = findTemplate(text, 0, text.length); at >= 0; at = findTemplate(text, at + 2, text.length)) {
    const isComment = text.slice(lineStart(text, at), at).includes('#');
    if (!isComment && isHelm(text.slice(at, lineEnd(text, at)))) return at;
  }
  return -1;
}
