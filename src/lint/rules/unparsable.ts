import { readMapRoles } from '../../authenticator/load.ts';
import type { LoadError, LoadedMap } from '../../authenticator/loaded.ts';
import type { AwsAuth } from '../../cluster/aws-auth.ts';
import { findTemplate, templateProblem } from '../../configmap/template.ts';
import { ANY_VARIABLE, isHelm, MAP_KEYS, type MapKey } from '../../entry.ts';
import { memo } from '../../memo.ts';
import { quoted } from '../../text.ts';
import { applyEdits, type Edit } from '../../yaml/edit.ts';
import { isBreak, lineEnd, lineStart } from '../../yaml/lines.ts';
import { nodesOf, type YamlNode } from '../../yaml/node.ts';
import { doubleQuoted } from '../../yaml/quote.ts';
import type { LintContext } from '../context.ts';
import { type PlacedDetection, type Rule, rule, type TextRange } from '../rule.ts';

/** What follows from a key that cannot be parsed. */
const DISCARDED: Readonly<Record<MapKey, string>> = {
  mapRoles: 'the authenticator discards all of mapRoles, including the entries of nodes',
  mapUsers: 'the authenticator discards all of mapUsers',
  mapAccounts: 'the authenticator discards all of mapAccounts',
};

/** A value that starts with an unquoted `{{Variable}}`. */
interface OpenTemplate {
  readonly start: number;
  readonly end: number;
  /** Null where it is not certain how far the value goes. */
  readonly edit: Edit | null;
}

/** Why a whole key is discarded. */
type UnparsableCause = { readonly key: MapKey; readonly text: string; readonly error: LoadError } & (
  | { readonly kind: 'templates'; readonly templates: readonly OpenTemplate[] }
  | { readonly kind: 'helm'; readonly offset: number }
  | { readonly kind: 'not-a-list' | 'other' }
);

/** Looks for what people wrote that makes keys unparsable. */
const unparsableCauses = memo((awsAuth: AwsAuth): readonly UnparsableCause[] =>
  MAP_KEYS.flatMap((key) => {
    const error = awsAuth.lossOf(key);
    return error ? causesOf(key, awsAuth.document[key]?.text ?? '', error) : [];
  }),
);

function causesOf(key: MapKey, text: string, error: LoadError): UnparsableCause[] {
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

function causesIn({ awsAuth }: LintContext): readonly UnparsableCause[] {
  return awsAuth ? unparsableCauses(awsAuth) : [];
}

function rangeAt({ key, text }: UnparsableCause, start: number, end = start): TextRange {
  return { map: key, start: Math.min(start, text.length), end: Math.min(end, text.length), index: null };
}

/** Reports the keys that are unparsable for one kind of cause. */
function* unparsableKeys(
  context: LintContext,
  kind: UnparsableCause['kind'],
  helpOf: (text: string, error: LoadError) => string | undefined,
): Generator<PlacedDetection> {
  for (const cause of causesIn(context)) {
    if (cause.kind !== kind) continue;
    const { key, text, error } = cause;
    yield {
      range: rangeAt(cause, error.offset),
      what: `${key} cannot be parsed: ${error.message}`,
      consequence: DISCARDED[key],
      help: helpOf(text, error),
    };
  }
}

const unparsableMap = rule({
  name: 'unparsable-map',
  severity: 'error',
  summary: 'A key cannot be parsed',
  consequence: 'the authenticator discards the whole key, including the entries of nodes',
  help: 'Fix the YAML there: the fields of an entry are aligned, two columns to the right of its dash.',
  detect: (context) => unparsableKeys(context, 'other', syntaxHelp),
});

function syntaxHelp(text: string, { code, offset }: LoadError): string | undefined {
  const before = text.slice(lineStart(text, offset), offset);
  const at = text[offset] ?? '';
  const rest = text.slice(offset);
  if (at === '\t' || /^\s*\t/.test(before))
    return 'Replace the tab with spaces: YAML does not allow tabs for indentation.';
  if (/[@%`]/.test(at) || code === 'unknown-anchor' || code === 'not-a-number')
    return `Put the value in double quotes: ${quoted(at)} at its start has a special meaning in YAML.`;
  if (/["']/.test(at)) return 'Close the quote, or remove it.';
  if (/^[\w-]+:\S/.test(rest)) return 'Add a space after the colon.';
  if (/^[\w-]+\s*=/.test(rest)) return 'Replace the equals sign with a colon and a space.';
  if (code === 'excessive-aliasing' || code === 'recursive-anchor')
    return 'Write the values out, without & and *.';
  if (code === 'tag-mismatch')
    return 'Remove the tag (the word with !!), and put the value in double quotes.';
  if (code === 'merge-not-a-map') return 'Write the fields out, without <<.';
  if (/^-\S/.test(rest)) return 'Add a space after the dash.';
  if (/^\s*$/.test(before) && /^\w+\s*[:=]/.test(rest))
    return 'Align the line with the fields above it; where a new entry starts, put "- " before it.';
  return undefined;
}

const notAList = rule({
  name: 'not-a-list',
  severity: 'error',
  summary: 'A key holds something other than a list',
  consequence: unparsableMap.consequence,
  help: 'Write a list: each entry starts with "- " before its first field.',
  detect: (context) => unparsableKeys(context, 'not-a-list', listHelp),
});

function listHelp(text: string): string | undefined {
  const start = text.trimStart();
  if (/^[|>]/.test(start)) return `Remove the second ${quoted(start.charAt(0))}.`;
  if (/^\{(?!\{)/.test(start)) return 'Put the entries in brackets: [{…}, {…}].';
  if (/^-+\S/.test(start)) return 'Start each entry with one dash and a space.';
  const key = /^(map(?:Roles|Users|Accounts)):/.exec(start)?.[1];
  return key && `Remove the second "${key}:", and indent what is below it less.`;
}

const unquotedTemplate = rule({
  name: 'unquoted-template',
  severity: 'error',
  fix: 'access',
  summary: 'A value starts with {{ and is not quoted',
  consequence: 'YAML reads a map, so the authenticator discards the whole key',
  help: 'Put the value in double quotes: "{{SessionName}}".',
  *detect(context) {
    for (const cause of causesIn(context))
      if (cause.kind === 'templates')
        for (const template of cause.templates) yield openTemplate(context, cause, template);
  },
});

function openTemplate(
  context: LintContext,
  cause: UnparsableCause,
  { start, end, edit }: OpenTemplate,
): PlacedDetection {
  const { key, text } = cause;
  const isFixable = edit !== null && context.document?.[key]?.isEditable;
  return {
    range: rangeAt(cause, start, end),
    what: `the value ${quoted(text.slice(start, end))} is not quoted`,
    consequence: `YAML reads a map, so ${DISCARDED[key]}`,
    help: edit ? `Put it in double quotes: ${edit.replacement}` : 'Put the whole value in double quotes.',
    fix: isFixable ? { kind: 'edit', map: key, index: null, edit, effect: {} } : undefined,
  };
}

const secondDocument = rule({
  name: 'second-document',
  severity: 'error',
  summary: 'Text follows the first YAML document of a key, usually after a line ---',
  consequence: 'it ignores what follows',
  help: 'Remove the line --- or ... above it, or indent it like the list above, so that all entries are one list.',
  *detect({ awsAuth }) {
    for (const key of MAP_KEYS) {
      const start = awsAuth?.[key].ignoredFrom ?? null;
      if (start === null) continue;
      const range = { map: key, start, end: start, index: null };
      yield { range, what: `the authenticator reads only the first YAML document of ${key}` };
    }
  },
});

/** The keys that are unparsable because of the braces of a template engine. */
export function* helmKeys(context: LintContext): Generator<PlacedDetection> {
  for (const cause of causesIn(context)) {
    if (cause.kind !== 'helm') continue;
    const { start, end, message } = templateProblem(cause.text, cause.offset);
    yield { range: rangeAt(cause, start, end), what: message, consequence: DISCARDED[cause.key] };
  }
}

export const unparsableRules: readonly Rule[] = [unparsableMap, notAList, unquotedTemplate, secondDocument];
