/** Go's `unicode.IsSpace`. */
const SPACE = String.raw`[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*`;
const BLANK = new RegExp(`^${SPACE}(?:\`\`|""|'')?${SPACE}$`);
const JSON_OBJECT = new RegExp(`^${SPACE}\\{`);

/** Whether the authenticator skips a text: white space, or two quotes or backticks, which people write for "nothing". */
export function isBlank(text: string): boolean {
  return BLANK.test(text);
}

/** Whether it takes a text for a JSON object, which is never a list. */
export function looksLikeJsonObject(text: string): boolean {
  return JSON_OBJECT.test(text);
}
