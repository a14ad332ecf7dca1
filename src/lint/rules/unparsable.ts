import { readMapRoles } from '../../authenticator/load.ts';
import {
  type LoadError,
  type LoadedMap,
  unparsableEffect,
  unparsableText,
} from '../../authenticator/loaded.ts';
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

/** A value that starts with an unquoted `{{Variable}}`. */
interface OpenTemplate {
  readonly start: number;
  readonly end: number;
  /** Null if the end of the value is uncertain. */
  readonly edit: Edit | null;
}

/** Why the authenticator ignores a whole key. */
type UnparsableCause = { readonly key: MapKey; readonly text: string; readonly error: LoadError } & (
  | { readonly kind: 'templates'; readonly templates: readonly OpenTemplate[] }
  | { readonly kind: 'helm'; readonly offset: number }
  | { readonly kind: 'not-a-list' | 'other' }
);

/** Finds the likely mistakes behind unparsable keys. */
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
  /** Another cause that makes the text unparsable. */
  readonly rest: LoadError | null;
}

/**
 * A whole block-style value, up to a comment. Excludes characters that a plain scalar can't hold or that quoting would
 * change.
 */
const VALUE = new RegExp(
  String.raw`^(?:[ ]*(?:-[ ]+)*(?:[\w.-]+|"[^"\n]*"|'[^'\n]*')[ ]*:[ ]+|[ ]*(?:-[ ]+)+)(${ANY_VARIABLE}[^\r\n"\\#]*)(?:(?<=[ \t])#[^\r\n]*)?$`,
  'dgm',
);
/** Braces at the start of a value, whatever they hold. */
const OPEN = /(?:[:-][ ]+|[[{,][ ]*)(\{\{[ ]*\w+[ ]*\}\})/d;

/** All templates that make the text unparsable, proven by quoting them; otherwise the one at the error. */
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

/** Candidates that parse as values once quoted. If the text remains unparsable: candidates before the faulty item. */
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

/** Maps an offset in the quoted text back to the original text. */
function unquotedOffset(offset: number, candidates: readonly Candidate[]): number {
  return offset - 2 * candidates.filter(({ start }, index) => start + 2 * index < offset).length;
}

/** The start of the list item at an offset, based on the first dash's column; 0 for the first item. */
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

/** The template at the start of a value, on the error's line and before the error. */
function templateAt(text: string, errorOffset: number): OpenTemplate[] {
  const [start, end] = [lineStart(text, errorOffset), lineEnd(text, errorOffset)];
  const line = text.slice(start, end);
  const [first, last] = OPEN.exec(line)?.indices?.[1] ?? [];
  if (first === undefined || last === undefined || start + first > errorOffset) return [];
  return [{ start: start + first, end: start + last, edit: null }];
}

/** Enough characters to recognize a template engine's braces. */
const LOOK = 200;

/** The first template engine braces outside comments; -1 if missing. */
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

/** Reports keys that are unparsable because of one kind of cause. */
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
      what: unparsableText(key, error),
      consequence: unparsableEffect(key),
      help: helpOf(text, error),
    };
  }
}

const unparsableMap = rule({
  name: 'unparsable-map',
  severity: 'error',
  summary: "A key can't be parsed",
  consequence: 'the authenticator ignores all of its entries, including node entries',
  help: "Fix the YAML. Align an entry's fields two columns to the right of its dash.",
  detect: (context) => unparsableKeys(context, 'other', syntaxHelp),
});

function syntaxHelp(text: string, { code, offset }: LoadError): string | undefined {
  const before = text.slice(lineStart(text, offset), offset);
  const at = text[offset] ?? '';
  const rest = text.slice(offset);
  if (at === '\t' || /^\s*\t/.test(before))
    return "Replace the tab with spaces: YAML doesn't allow tabs for indentation.";
  if (/[@%`]/.test(at) || code === 'unknown-anchor' || code === 'not-a-number')
    return `Put the value in double quotes: a leading ${quoted(at)} has a special meaning in YAML.`;
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
    return 'Align the line with the fields above it. If a new entry starts here, put "- " before it.';
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
  return key && `Remove the second "${key}:", and indent the lines below it less.`;
}

const unquotedTemplate = rule({
  name: 'unquoted-template',
  severity: 'error',
  fix: 'access',
  summary: "A value starts with {{ and isn't quoted",
  consequence: 'YAML reads a map, so the authenticator ignores all entries of the key',
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
    what: `the value ${quoted(text.slice(start, end))} isn't quoted`,
    consequence: `YAML reads a map, so ${unparsableEffect(key, `all entries of ${key}`)}`,
    help: edit ? `Put it in double quotes: ${edit.replacement}` : 'Put the whole value in double quotes.',
    fix: isFixable ? { kind: 'edit', map: key, index: null, edit, effect: {} } : undefined,
  };
}

const secondDocument = rule({
  name: 'second-document',
  severity: 'error',
  summary: "Text follows a key's first YAML document, usually after a line ---",
  consequence: 'the authenticator ignores that text',
  help: 'Remove the line --- or ... above the text. Or indent the text like the list above, to make one list of all entries.',
  *detect({ awsAuth }) {
    for (const key of MAP_KEYS) {
      const start = awsAuth?.[key].ignoredFrom ?? null;
      if (start === null) continue;
      const range = { map: key, start, end: start, index: null };
      yield { range, what: `text follows the first YAML document in ${key}` };
    }
  },
});

/** Reports keys that are unparsable because of template engine braces. */
export function* helmKeys(context: LintContext): Generator<PlacedDetection> {
  for (const cause of causesIn(context)) {
    if (cause.kind !== 'helm') continue;
    const { start, end, message } = templateProblem(cause.text, cause.offset);
    yield {
      range: rangeAt(cause, start, end),
      what: message,
      consequence: unparsableEffect(cause.key, `all entries of ${cause.key}`),
    };
  }
}

export const unparsableRules: readonly Rule[] = [unparsableMap, notAList, unquotedTemplate, secondDocument];
