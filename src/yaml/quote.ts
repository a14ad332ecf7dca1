import { withoutCommands } from '../text.ts';

/** A text in double quotes that YAML 1.1, YAML 1.2 and JSON read back. */
export function doubleQuoted(text: string): string {
  const escaped = withoutCommands(JSON.stringify(text));
  // JSON doesn't escape these, but YAML 1.1 reads NEL, LS and PS as line breaks and rejects DEL and C1 controls.
  // Invisible and direction-changing characters would display a different text. Beyond U+FFFF, YAML and JSON escape
  // differently.
  return escaped.replace(
    /[\u007f-\u009f\u2028\u2029\ufffe\uffff]|(?![\u{10000}-\u{10ffff}])\p{Cf}/gu,
    unicodeEscape,
  );
}

/** `doubleQuoted` for YAML only: escapes all invisible characters. */
export function yamlQuoted(text: string): string {
  return doubleQuoted(text).replace(/\p{Cf}/gu, yamlEscape);
}

/** `yamlQuoted` in ASCII only: CloudFormation replaces other characters in templates with `?`. */
export function asciiQuoted(text: string): string {
  return doubleQuoted(text).replace(/[^ -~]/gu, yamlEscape);
}

function yamlEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : unicodeEscape(character);
}

/** An ARN as a plain scalar, or double-quoted if plain isn't safe; `,` ends a plain scalar in a flow collection. */
export function arnScalar(arn: string, inFlow: boolean): string {
  const plain = inFlow ? /^arn:[\w:/+=.@-]*[\w/+=.@-]$/i : /^arn:[\w:/+=,.@-]*[\w/+=,.@-]$/i;
  return plain.test(arn) ? arn : doubleQuoted(arn);
}

/** `\u202e`: JSON and YAML escape for a character of up to 16 bits. */
export function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
