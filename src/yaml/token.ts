import type { ScalarNode } from './node.ts';

export type TokenKind =
  | 'directive'
  | 'document-start'
  | 'document-end'
  | 'stream-end'
  | 'block-sequence-start'
  | 'block-mapping-start'
  | 'block-end'
  | 'block-entry'
  | 'flow-sequence-start'
  | 'flow-sequence-end'
  | 'flow-mapping-start'
  | 'flow-mapping-end'
  | 'flow-entry'
  | 'key'
  | 'value'
  | 'alias'
  | 'anchor'
  | 'tag'
  | 'scalar';

export class Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** Decoded, in a scalar. */
  readonly text: string;
  /** Of a scalar, as in its node. */
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly style: ScalarNode['style'];
  readonly indent: number;
  /** A `:` behind it made it a key; the `key` token in front of it is implied. */
  isKey = false;
  /** The key that opens a block mapping; its `block-mapping-start` token is implied. */
  opensMapping = false;

  constructor(
    kind: TokenKind,
    start: number,
    end: number,
    text = '',
    contentStart = start,
    contentEnd = end,
    style: ScalarNode['style'] = 'plain',
    indent = -1,
  ) {
    this.kind = kind;
    this.start = start;
    this.end = end;
    this.text = text;
    this.contentStart = contentStart;
    this.contentEnd = contentEnd;
    this.style = style;
    this.indent = indent;
  }
}
