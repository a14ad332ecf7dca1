import { withoutCommands } from '../text.ts';

/** A text in double quotes, so that YAML 1.1, YAML 1.2 and JSON read it back. */
export function doubleQuoted(text: string): string {
  const escaped = withoutCommands(JSON.stringify(text));
  // JSON leaves these alone, but YAML 1.1 takes NEL, LS and PS for line breaks and refuses DEL and C1 controls. Invisible characters,
  // and those that change the direction, would show another text than the one that is read; beyond U+FFFF, YAML and JSON escape differently.
  return escaped.replace(
    /[\u007f-\u009f\u2028\u2029\ufffe\uffff]|(?![\u{10000}-\u{10ffff}])\p{Cf}/gu,
    unicodeEscape,
  );
}

/** As `doubleQuoted`, where nobody reads it as JSON: no invisible character is left. */
export function yamlQuoted(text: string): string {
  return doubleQuoted(text).replace(/\p{Cf}/gu, yamlEscape);
}

/** As `yamlQuoted`, for what keeps ASCII alone: CloudFormation gives templates back with `?` for anything else. */
export function asciiQuoted(text: string): string {
  return doubleQuoted(text).replace(/[^ -~]/gu, yamlEscape);
}

function yamlEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : unicodeEscape(character);
}

/** What a single-quoted scalar holds between its quotes; only for text on one line. */
export function singleQuotedBody(text: string): string {
  return text.replaceAll("'", "''");
}

/** Whether the text can be put between quotes of either kind as it is, on one line. */
export function isPrintableLine(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** An ARN as a plain scalar, or double-quoted where that would not be safe; `,` ends a plain scalar in a flow collection. */
export function arnScalar(arn: string, inFlow: boolean): string {
  const plain = inFlow ? /^arn:[\w:/+=.@-]*[\w/+=.@-]$/i : /^arn:[\w:/+=,.@-]*[\w/+=,.@-]$/i;
  return plain.test(arn) ? arn : doubleQuoted(arn);
}

/** `\u202e`: how JSON and YAML write a character of up to 16 bits. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
