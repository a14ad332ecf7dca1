/** The character classes of YAML 1.1, which counts NEL, LS and PS as line breaks. The text must end in NUL. */
export const NUL = 0;
export const TAB = 0x09;
export const SPACE = 0x20;

export function isBreak(code: number): boolean {
  return code === 0x0a || code === 0x0d || code === 0x85 || code === 0x2028 || code === 0x2029;
}

export function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

export function isBreakOrEnd(code: number): boolean {
  return code === NUL || isBreak(code);
}

/** A blank, a line break or the end. */
export function isSeparator(code: number): boolean {
  return code <= SPACE ? code === SPACE || code === TAB || isBreakOrEnd(code) : isBreak(code);
}

/** Of the characters that names of anchors and tag handles have. */
export function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d
  );
}
