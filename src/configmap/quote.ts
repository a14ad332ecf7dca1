/** What a double-quoted scalar holds between its quotes so that YAML 1.1, YAML 1.2 and JSON read the text back. */
export function doubleQuotedBody(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1);
  // JSON leaves these alone, but YAML 1.1 takes NEL, LS and PS for line breaks and refuses DEL and C1 controls.
  return escaped.replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, unicodeEscape);
}

export function doubleQuoted(text: string): string {
  return `"${doubleQuotedBody(text)}"`;
}

/** What a single-quoted scalar holds between its quotes; only for text on one line. */
export function singleQuotedBody(text: string): string {
  return text.replaceAll("'", "''");
}

/** Whether the text can stand between quotes of either kind as it is, on one line. */
export function isPrintableLine(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** An ARN as a plain scalar, or double-quoted where that would not be safe; `,` ends a plain scalar in a flow collection. */
export function arnScalar(arn: string, inFlow: boolean): string {
  return isPlainArn(arn, inFlow) ? arn : doubleQuoted(arn);
}

export function isPlainArn(arn: string, inFlow: boolean): boolean {
  const pattern = inFlow ? /^arn:[\w:/+=.@-]*[\w/+=.@-]$/i : /^arn:[\w:/+=,.@-]*[\w/+=,.@-]$/i;
  return pattern.test(arn);
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
