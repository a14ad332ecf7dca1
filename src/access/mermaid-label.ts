import { printable } from '../printable.ts';

/**
 * Text as the label of a node. What means something to Mermaid, to the Markdown in its labels (`1.`, `*`, an e-mail address) or to
 * the page around it is written as an entity code.
 */
export function mermaidLabel(text: string): string {
  return `"${printable(text).replace(/[^\p{L}\p{N} ,-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;
}
