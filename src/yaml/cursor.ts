import { find, isBlank, isSeparator, NUL, SPACE } from './lines.ts';
import type { ScalarNode } from './node.ts';

const BREAK_OR_END = /[\0\n\r\x85\u2028\u2029]/g;
const [HASH, DASH, DOT] = [0x23, 0x2d, 0x2e];

/** A position in a text that ends in NUL. Columns count UTF-16 code units. */
export class Cursor {
  readonly text: string;
  position = 0;
  lineStart = 0;

  constructor(source: string) {
    this.text = `${source}\0`;
    // A byte order mark takes no column. Not imitated: after two marks, go-yaml v2 skips any character at the start of
    // a line in its first buffer (`marksAtEdges`).
    if (source.charCodeAt(0) === 0xfeff) this.position = this.lineStart = 1;
  }

  get column(): number {
    return this.position - this.lineStart;
  }

  get code(): number {
    return this.text.charCodeAt(this.position);
  }

  get atEnd(): boolean {
    return this.codeAt(0) === NUL;
  }

  codeAt(distance: number): number {
    return this.text.charCodeAt(this.position + distance);
  }

  /** Skips the line break here and returns its decoded form. */
  takeBreak(): string {
    const code = this.code;
    this.position += code === 0x0d && this.codeAt(1) === 0x0a ? 2 : 1;
    this.lineStart = this.position;
    return code === 0x2028 || code === 0x2029 ? String.fromCharCode(code) : '\n';
  }

  /** Skips spaces, at most up to a column. */
  skipSpaces(column = Number.POSITIVE_INFINITY): void {
    const limit = this.lineStart + column;
    let { position } = this;
    while (position < limit && this.text.charCodeAt(position) === SPACE) position += 1;
    this.position = position;
  }

  skipBlanks(): void {
    while (isBlank(this.code)) this.position += 1;
  }

  skipComment(): void {
    if (this.code === HASH) this.skipLine();
  }

  /** Skips to the line break. */
  skipLine(): void {
    this.position = find(BREAK_OR_END, this.text, this.position);
  }

  /** True at a separate `---` or `...` at the start of a line. */
  atDocumentMark(): boolean {
    if (this.position !== this.lineStart) return false;
    const { code } = this;
    return (
      (code === DASH || code === DOT) &&
      this.codeAt(1) === code &&
      this.codeAt(2) === code &&
      isSeparator(this.codeAt(3))
    );
  }
}

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

/** The lines of a block scalar after its header. */
interface BlockContent {
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

export class Token {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** A scalar's decoded text. */
  readonly text: string;
  readonly style: ScalarNode['style'];
  /** Set for block scalars. */
  readonly block: BlockContent | null;
  /** True if a `:` after it made it a key; the `key` token before it is implied. */
  isKey = false;
  /** True for a key that opens a block mapping; the `block-mapping-start` token is implied. */
  opensMapping = false;

  constructor(
    kind: TokenKind,
    start: number,
    end: number,
    text = '',
    style: ScalarNode['style'] = 'plain',
    block: BlockContent | null = null,
  ) {
    this.kind = kind;
    this.start = start;
    this.end = end;
    this.text = text;
    this.style = style;
    this.block = block;
  }
}
