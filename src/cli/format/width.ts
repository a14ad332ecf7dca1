import stringWidth from 'string-width';

/** Columns that a text takes on a terminal. ASCII, which most of it is, takes one each, as the ellipsis does: string-width is slow. */
export function widthOf(text: string): number {
  return /^[\x20-\x7e…]*$/.test(text) ? text.length : stringWidth(text);
}
