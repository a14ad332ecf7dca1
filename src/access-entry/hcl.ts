import { withoutCommands } from '../text.ts';
import type { NameStyle } from './principal.ts';

/** An expression on one line, or the lines of a longer one. */
export type HclValue = string | readonly string[];

/**
 * Attributes as `terraform fmt` formats them: equals signs of neighbors on a single line are aligned.
 * @param values by the attribute's name, as an identifier or a quoted string
 */
export function hclAttributes(values: Readonly<Record<string, HclValue>>): string[] {
  const rows = Object.entries(values).map(
    ([key, value]): Row => (typeof value === 'string' ? { key, lines: [value] } : { key, lines: value }),
  );
  return rows.flatMap(({ key, lines: [first = '', ...rest] }, index) => {
    const isLong = rest.length > 0;
    const name = isLong ? key : key + ' '.repeat(neighborWidth(rows, index) - widthOf(key));
    return [`${name} = ${first}`, ...rest];
  });
}

interface Row {
  readonly key: string;
  readonly lines: readonly string[];
}

/** The width of the longest key among the single-line rows around a single-line row. */
function neighborWidth(rows: readonly Row[], index: number): number {
  const isShort = (at: number) => rows[at]?.lines.length === 1;
  let [first, last] = [index, index];
  while (isShort(first - 1)) first -= 1;
  while (isShort(last + 1)) last += 1;
  return Math.max(...rows.slice(first, last + 1).map(({ key }) => widthOf(key)));
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The columns of a text, as Terraform counts them. */
function widthOf(text: string): number {
  return [...GRAPHEMES.segment(text)].length;
}

/** Lines, two columns further to the right. */
export function hclIndented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? '' : `  ${line}`));
}

/** An object with a line for each attribute. */
export function hclObject(values: Readonly<Record<string, HclValue>>): HclValue {
  const lines = hclAttributes(values);
  return lines.length === 0 ? '{}' : ['{', ...hclIndented(lines), '}'];
}

/** A list, on a single line if it is short. */
export function hclList(texts: readonly string[]): HclValue {
  const items = texts.map(hclString);
  const line = `[${items.join(', ')}]`;
  return line.length <= 80 ? line : ['[', ...items.map((item) => `  ${item},`), ']'];
}

/** A quoted template without interpolation. */
export function hclString(text: string): string {
  const body = text.replace(/["\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[$%](?=\{)/gu, escaped);
  return `"${withoutCommands(body)}"`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  $: '$$',
  '%': '%%',
};

function escaped(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return (
    ESCAPES[character] ?? (code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`)
  );
}

/** Names of resources, and keys of maps. */
export const HCL_NAMES: NameStyle = {
  join: (words) => hclIdentifier(words.join('_')),
  keeps: (words) => /^[\w-]*$/.test(words.join('_')),
  ambiguous: /^(?:role|user|root)_|^_[0-9-]/,
  separator: '_',
};

/** Text as an identifier, which can't start with a digit or a dash. */
export function hclIdentifier(text: string): string {
  return text.replace(/[^0-9A-Za-z_-]/g, '_').replace(/^(?=[0-9-])/, '_');
}
