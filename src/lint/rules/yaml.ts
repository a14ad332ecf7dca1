import type { LoadError } from '../../authenticator/loaded.ts';
import type { MapKey } from '../../entry.ts';
import { quoted } from '../../text.ts';
import { lineStart } from '../../yaml/lines.ts';
import type { LintContext } from '../context.ts';
import type { Detection, Rule, TextRange } from '../rule.ts';
import { DISCARDED, type OpenTemplate, type UnparsableCause } from '../unparsable.ts';

function rangeAt({ key, text }: UnparsableCause, start: number, end = start): TextRange {
  return { map: key, start: Math.min(start, text.length), end: Math.min(end, text.length), index: null };
}

/** Reports the keys that are unparsable for one kind of cause. */
function* unparsableKeys(
  { unparsable }: LintContext,
  kind: UnparsableCause['kind'],
  helpOf: (text: string, error: LoadError) => string | undefined,
): Generator<Detection> {
  for (const cause of unparsable) {
    if (cause.kind !== kind) continue;
    const { key, text, error } = cause;
    const help = helpOf(text, error);
    yield {
      range: rangeAt(cause, error.offset),
      what: `${key} cannot be parsed: ${error.message}`,
      consequence: DISCARDED[key],
      ...(help !== undefined && { help }),
    };
  }
}

const unparsableMap: Rule = {
  name: 'unparsable-map',
  severity: 'error',
  fix: 'none',
  summary: 'A key cannot be parsed',
  consequence: 'the authenticator discards the whole key, including the entries of nodes',
  help: 'Fix the YAML there: the fields of an entry are aligned, two columns to the right of its dash.',
  detect: (context) => unparsableKeys(context, 'other', syntaxHelp),
};

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

const notAList: Rule = {
  name: 'not-a-list',
  severity: 'error',
  fix: 'none',
  summary: 'A key holds something other than a list',
  consequence: unparsableMap.consequence,
  help: 'Write a list: each entry starts with "- " before its first field.',
  detect: (context) => unparsableKeys(context, 'not-a-list', listHelp),
};

function listHelp(text: string): string | undefined {
  const start = text.trimStart();
  if (/^[|>]/.test(start)) return `Remove the second ${quoted(start.charAt(0))}.`;
  if (/^\{(?!\{)/.test(start)) return 'Put the entries in brackets: [{…}, {…}].';
  if (/^-+\S/.test(start)) return 'Start each entry with one dash and a space.';
  const key = /^(map(?:Roles|Users|Accounts)):/.exec(start)?.[1];
  return key && `Remove the second "${key}:", and indent what is below it less.`;
}

const unquotedTemplate: Rule = {
  name: 'unquoted-template',
  severity: 'error',
  fix: 'access',
  summary: 'A value starts with {{ and is not quoted',
  consequence: 'YAML reads a map, so the authenticator discards the whole key',
  help: 'Put the value in double quotes: "{{SessionName}}".',
  *detect(context) {
    for (const cause of context.unparsable)
      if (cause.kind === 'templates')
        for (const template of cause.templates) yield openTemplate(context, cause, template);
  },
};

function openTemplate(
  context: LintContext,
  cause: UnparsableCause,
  { start, end, edit }: OpenTemplate,
): Detection {
  const { key, text } = cause;
  const isFixable = context.document[key]?.isEditable;
  return {
    range: rangeAt(cause, start, end),
    what: `the value ${quoted(text.slice(start, end))} is not quoted`,
    consequence: `YAML reads a map, so ${DISCARDED[key]}`,
    help: edit ? `Put it in double quotes: ${edit.replacement}` : 'Put the whole value in double quotes.',
    ...(edit && isFixable && { fix: { kind: 'edit', map: key, index: null, edit, effect: {} } }),
  };
}

const secondDocument: Rule = {
  name: 'second-document',
  severity: 'error',
  fix: 'none',
  summary: 'Text follows the first YAML document of a key, usually after a line ---',
  consequence: 'it ignores what follows',
  help: 'Remove the line --- or ... above it, or indent it like the list above, so that all entries are one list.',
  *detect({ lists, accounts }) {
    for (const { key, loaded } of lists) yield* ignoredText(key, loaded.ignoredFrom);
    yield* ignoredText('mapAccounts', accounts?.loaded.ignoredFrom ?? null);
  },
};

function* ignoredText(map: MapKey, offset: number | null): Generator<Detection> {
  if (offset === null) return;
  yield {
    range: { map, start: offset, end: offset, index: null },
    what: `the authenticator reads only the first YAML document of ${map}`,
  };
}

export const yamlRules: readonly Rule[] = [unparsableMap, notAList, unquotedTemplate, secondDocument];
