import type { LoadError } from '../../authenticator/loaded.ts';
import { quoted } from '../../text.ts';
import { lineStart } from '../../yaml/lines.ts';
import type { LintContext } from '../context.ts';
import type { Detection, Rule, TextRange } from '../rule.ts';
import { LOST, type OpenTemplate, type UnparsableCause } from '../unparsable.ts';

function spotAt({ key, text }: UnparsableCause, start: number, end = start): TextRange {
  return { map: key, start: Math.min(start, text.length), end: Math.min(end, text.length), index: null };
}

export const unparsableMap: Rule = {
  name: 'unparsable-map',
  severity: 'error',
  fix: 'none',
  summary: 'A key cannot be read at all',
  consequence: 'the authenticator loses the whole key, so nobody in it gets in, nodes included',
  help: 'Mend the YAML there: the fields of an entry stand in one column, two to the right of its dash.',
  *detect(context) {
    for (const cause of context.unparsable) {
      if (cause.kind !== 'other') continue;
      const { key, text, error } = cause;
      const help = syntaxHelp(text, error);
      yield {
        range: spotAt(cause, error.offset),
        what: `${key} cannot be read: ${error.message}`,
        consequence: LOST[key],
        ...(help !== undefined && { help }),
      };
    }
  },
};

function syntaxHelp(text: string, { code, offset }: LoadError): string | undefined {
  const before = text.slice(lineStart(text, offset), offset);
  const at = text[offset] ?? '';
  if (at === '\t' || /^\s*\t/.test(before))
    return 'Put spaces where the tab is: YAML is never indented by tabs.';
  if (/[@%`]/.test(at) || code === 'unknown-anchor' || code === 'not-a-number')
    return `Put the value in double quotes: as it starts with ${quoted(at)}, YAML takes it for something else.`;
  if (/["']/.test(at)) return 'Close the quote, or take it away.';
  if (/^[\w-]+:\S/.test(text.slice(offset))) return 'Put a space behind the colon.';
  if (/^[\w-]+\s*=/.test(text.slice(offset))) return 'Put a colon and a space where the equals sign is.';
  if (code === 'excessive-aliasing' || code === 'recursive-anchor')
    return 'Write the values out, without & and *.';
  if (code === 'tag-mismatch')
    return 'Take the tag (the word with !!) away, and put the value in double quotes.';
  if (code === 'merge-not-a-map') return 'Write the fields out, without <<.';
  if (text.startsWith('-', offset) && /\S/.test(text[offset + 1] ?? ''))
    return 'Put a space behind the dash.';
  if (/^\s*$/.test(before) && /^\w+\s*[:=]/.test(text.slice(offset)))
    return 'Put the line in the column of the fields above it; where a new entry starts, put "- " in front of it.';
  return undefined;
}

export const notAList: Rule = {
  name: 'not-a-list',
  severity: 'error',
  fix: 'none',
  summary: 'A key holds something else than a list',
  consequence: 'the authenticator loses the whole key, so nobody in it gets in, nodes included',
  help: 'Write a list: each entry starts with "- " in front of its first field.',
  *detect(context) {
    for (const cause of context.unparsable) {
      if (cause.kind !== 'not-a-list') continue;
      const { key, error, text } = cause;
      const help = listHelp(text);
      yield {
        range: spotAt(cause, error.offset),
        what: error.message.replace(/^the text/, key),
        consequence: LOST[key],
        ...(help !== undefined && { help }),
      };
    }
  },
};

function listHelp(text: string): string | undefined {
  const start = text.trimStart();
  if (/^[|>]/.test(start))
    return `Take the second ${quoted(start.charAt(0))} away: it has become part of the text.`;
  if (/^\{(?!\{)/.test(start)) return 'Put the entries in brackets: [{…}, {…}].';
  if (/^-+\S/.test(start)) return 'Put one dash and a space in front of each entry.';
  const key = /^(map(?:Roles|Users|Accounts)):/.exec(start)?.[1];
  return key && `Take the second "${key}:" away, and indent what is below it less.`;
}

export const unquotedTemplate: Rule = {
  name: 'unquoted-template',
  severity: 'error',
  fix: 'access',
  summary: 'A value starts with {{ and is not in quotes',
  consequence:
    'to YAML this starts a map, so the authenticator loses the whole key, and nobody in it gets in',
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
  return {
    range: spotAt(cause, start, end),
    what: `the value ${quoted(text.slice(start, end))} is not in quotes`,
    consequence: `to YAML this starts a map, and ${LOST[key]}`,
    help: edit ? `Put it in double quotes: ${edit.replacement}` : 'Put the whole value in double quotes.',
    ...(edit &&
      context.document[key]?.isEditable && {
        fix: { kind: 'edit', map: key, index: null, edit, effect: {} },
      }),
  };
}
