import type { AwsAuth } from '../../aws-auth/aws-auth.ts';
import { findTemplate, templateProblem } from '../../aws-auth/helm.ts';
import { readMapRoles } from '../../aws-auth/load.ts';
import { type LoadError, unparsableEffect, unparsableText } from '../../aws-auth/loaded.ts';
import { ANY_VARIABLE, isHelm, MAP_KEYS, type MapKey } from '../../map-entry.ts';
import { memo } from '../../memo.ts';
import { quoted } from '../../text.ts';
import { applyEdits, type Edit } from '../../yaml/edit.ts';
import { isBreak, lineEnd, lineStart } from '../../yaml/lines.ts';
import { allNodesIn } from '../../yaml/node.ts';
import { doubleQuoted } from '../../yaml/quote.ts';
import type { CheckContext } from '../context.ts';
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

/** Finds the likely mistake behind each unparsable key. */
const unparsableCauses = memo((awsAuth: AwsAuth): readonly UnparsableCause[] =>
  MAP_KEYS.flatMap((key) => {
    const error = awsAuth.lossOf(key);
    return error ? causeOf(key, awsAuth.document[key]?.text ?? '', error) : [];
  }),
);

function causeOf(key: MapKey, text: string, error: LoadError): UnparsableCause {
  const templates = key === 'mapAccounts' ? [] : openTemplates(text, error);
  if (templates.length > 0) return { key, text, error, kind: 'templates', templates };
  const offset = findHelm(text);
  if (offset >= 0) return { key, text, error, kind: 'helm', offset };
  return { key, text, error, kind: error.code === 'not-a-list' ? 'not-a-list' : 'other' };
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

/** All templates that make the text unparsable, if it parses once they are quoted; otherwise the one at the error. */
function openTemplates(text: string, error: LoadError): readonly OpenTemplate[] {
  const candidates = [...text.matchAll(VALUE)].flatMap(({ indices }) => {
    const [start, end] = indices?.[1] ?? [];
    if (start === undefined || end === undefined) return [];
    const value = text.slice(start, end).trimEnd();
    const edit = { start, end: start + value.length, replacement: doubleQuoted(value) };
    return [{ start, end: edit.end, edit }];
  });
  const quotedText = applyEdits(
    text,
    candidates.map(({ edit }) => edit),
  );
  const { list = null } = quotedText === undefined ? {} : readMapRoles(quotedText);
  if (!list) return templateAt(text, error.offset);
  // A comment or a block scalar may hold what looks like one.
  const starts = new Set([...allNodesIn(list)].map(({ contentStart }) => contentStart));
  return candidates.filter(({ start }, index) => starts.has(start + 2 * index + 1));
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

function causesIn({ awsAuth }: CheckContext): readonly UnparsableCause[] {
  return awsAuth ? unparsableCauses(awsAuth) : [];
}

function rangeAt({ key, text }: UnparsableCause, start: number, end = start): TextRange {
  return { map: key, start: Math.min(start, text.length), end: Math.min(end, text.length), index: null };
}

/** Reports keys that are unparsable because of one kind of cause. */
function* unparsableKeys(
  context: CheckContext,
  kind: UnparsableCause['kind'],
  helpOf: (cause: UnparsableCause) => string | undefined = () => undefined,
): Generator<PlacedDetection> {
  for (const cause of causesIn(context)) {
    if (cause.kind !== kind) continue;
    const { key, error } = cause;
    yield {
      range: rangeAt(cause, error.offset),
      what: unparsableText(key, error),
      consequence: unparsableEffect(key),
      help: helpOf(cause),
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

/** Help for characters that YAML doesn't allow there; the message says what it expects elsewhere. */
function syntaxHelp({ text, error: { offset } }: UnparsableCause): string | undefined {
  const before = text.slice(lineStart(text, offset), offset);
  const at = text[offset] ?? '';
  if (at === '\t' || /^\s*\t/.test(before))
    return "Replace the tab with spaces: YAML doesn't allow tabs for indentation.";
  if (/[@%`*]/.test(at))
    return `Put the value in double quotes: a leading ${quoted(at)} has a special meaning in YAML.`;
  return undefined;
}

const notAList = rule({
  name: 'not-a-list',
  severity: 'error',
  summary: 'A key holds something other than a list',
  consequence: unparsableMap.consequence,
  help: 'Write a list: each entry starts with "- " before its first field.',
  detect: (context) => unparsableKeys(context, 'not-a-list'),
});

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
  context: CheckContext,
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
export function* helmKeys(context: CheckContext): Generator<PlacedDetection> {
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
