import { printable } from '../text.ts';

// Left as they are, for those who read the source: a full stop, colon or hyphen in a word, an `@` between words, a comma, a space.
const HARMLESS =
  /[\p{L}\p{N}]|(?<=[\p{L}\p{N}])(?:(?<!\bwww)[.:](?=[\p{L}\p{N}])|:(?= )|-)|(?<= )@(?= )|(?<=\S)[ ,]/u;
const EACH = new RegExp(`(${HARMLESS.source})|.`, 'gsu');
/** An icon to Mermaid, whatever else is written as an entity code. */
const ICON = /(?<=fa[bklrs]?:)(?=fa-)/g;

/**
 * Text as the label of a node. What means something to Mermaid, to the Markdown in its labels (of an e-mail address, Mermaid 11.4
 * makes "Unsupported markdown") or to the page around it is written as an entity code.
 */
export function mermaidLabel(text: string): string {
  const encoded = printable(text).replace(
    EACH,
    (character, harmless: string | undefined) => harmless ?? `#${character.codePointAt(0)};`,
  );
  return `"${encoded.replace(ICON, '#8203;')}"`;
}
