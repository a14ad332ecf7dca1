import { Cursor, Token, type TokenKind } from './cursor.ts';
import { type findForbidden, isBreak, isSeparator, marksAtEdges, TAB } from './lines.ts';
import { MAX_DEPTH, TOO_DEEP, YamlSyntaxError } from './node.ts';
import { scanBlockScalar, scanDirective, scanKeyable } from './scalars.ts';

const HASH = 0x23;
const PUNCTUATION = new Map<string, TokenKind>([
  ['[', 'flow-sequence-start'],
  ['{', 'flow-mapping-start'],
  [']', 'flow-sequence-end'],
  ['}', 'flow-mapping-end'],
  [',', 'flow-entry'],
]);

/** Turns a text into tokens, one YAML 1.1 rule at a time. Call `next` until `done`. */
export class Scanner {
  readonly tokens: Token[] = [];
  done = false;
  private readonly cursor: Cursor;
  private readonly forbidden: ReturnType<typeof findForbidden>;
  private readonly start: { readonly text: string; position: number; lineStart: number; certain: number };
  private readonly context = new FlowContext();
  private keyAllowed = true;

  private readonly marks: ReturnType<typeof marksAtEdges>;
  /** Up to here, the first character of each line is skipped. */
  private skipsUntil = 0;

  constructor(source: string, forbidden: ReturnType<typeof findForbidden>) {
    this.marks = marksAtEdges(source);
    this.cursor = new Cursor(source);
    this.start = { text: this.cursor.text, position: 0, lineStart: 0, certain: 0 };
    this.forbidden = forbidden;
  }

  /** Number of tokens that were certain before `next` failed; excludes its own tokens and possible keys. */
  get certain(): number {
    const awaited = this.context.keys.filter((key) => key.awaits(this.start));
    return Math.min(this.start.certain, ...awaited.map(({ index }) => index));
  }

  /** @throws YamlSyntaxError */
  next(): void {
    const { cursor } = this;
    this.start.position = cursor.position;
    this.start.lineStart = cursor.lineStart;
    this.start.certain = this.tokens.length;
    this.skipToToken();
    this.checkCharacters(4);
    this.closeBlocks(cursor.column);
    if (cursor.atEnd) {
      this.leaveDocument();
      this.push('stream-end', 0);
      this.done = true;
    } else if (cursor.atDocumentMark()) {
      this.leaveDocument();
      this.push(cursor.text.charAt(cursor.position) === '-' ? 'document-start' : 'document-end', 3);
    } else this.token(cursor.text.charAt(cursor.position), isSeparator(cursor.codeAt(1)));
  }

  /** Imitates libyaml's lookahead: four characters at the start of a token, one or two within a token. */
  private checkCharacters(ahead: number): void {
    if (this.forbidden && this.cursor.position + ahead > this.forbidden.noticedFrom)
      throw new YamlSyntaxError("control characters aren't allowed in YAML", this.forbidden.offset);
  }

  private skipToToken(): void {
    const { cursor } = this;
    while (true) {
      if (cursor.column === 0 && cursor.position < this.skipsUntil && !cursor.atEnd) cursor.position += 1;
      cursor.skipSpaces();
      let { code } = cursor;
      if (code === TAB && (this.context.inFlow || !this.keyAllowed)) {
        cursor.skipBlanks();
        ({ code } = cursor);
      }
      if (code === HASH) {
        cursor.skipLine();
        ({ code } = cursor);
      }
      if (!isBreak(code)) return;
      cursor.takeBreak();
      if (!this.context.inFlow) this.keyAllowed = true;
    }
  }

  private token(character: string, separated: boolean): void {
    const punctuation = PUNCTUATION.get(character);
    const loose = separated || this.context.inFlow;
    if (punctuation) this.punctuation(punctuation);
    else if (character === '-' && separated) this.blockEntry();
    else if (character === '?' && loose) this.explicitKey();
    else if (character === ':' && loose) this.value();
    else if ((character === '|' || character === '>') && !this.context.inFlow) this.blockScalar();
    else if (character === '%' && this.cursor.column === 0) this.directive();
    else this.keyable();
  }

  private keyable(): void {
    this.saveKey();
    const token = scanKeyable(this.cursor, this.context.indent, this.context.inFlow);
    this.checkCharacters(token.style === 'plain' ? 2 : 1);
    while ((this.marks[0]?.offset ?? token.end) < token.end) {
      const mark = this.marks.shift();
      if (mark && mark.offset > token.start) this.skipsUntil = mark.end;
    }
    this.tokens.push(token);
    // A plain scalar consumes the line breaks after it.
    this.keyAllowed = token.kind === 'scalar' && token.style === 'plain' && this.cursor.lineStart > token.end;
  }

  private punctuation(kind: TokenKind): void {
    if (kind === 'flow-sequence-start' || kind === 'flow-mapping-start') {
      this.saveKey();
      this.context.openFlow(this.tokens.length, this.cursor.position);
      this.keyAllowed = true;
    } else {
      this.giveUpKey();
      this.keyAllowed = kind === 'flow-entry';
      if (kind !== 'flow-entry') this.context.closeFlow();
    }
    this.push(kind, 1);
  }

  private blockEntry(): void {
    if (!this.context.inFlow) this.openBlock('block-sequence-start', "a list item isn't allowed here");
    this.giveUpKey();
    this.keyAllowed = true;
    this.push('block-entry', 1);
  }

  private explicitKey(): void {
    if (!this.context.inFlow) this.openBlock('block-mapping-start', "a key isn't allowed here");
    this.giveUpKey();
    this.keyAllowed = !this.context.inFlow;
    this.push('key', 1);
  }

  private value(): void {
    const keyToken = this.context.key.reaches(this.cursor) ? this.tokens[this.context.key.index] : undefined;
    if (keyToken) {
      if (this.context.key.isHandedOn && !this.context.inFlow) {
        this.push('key', 0);
        if (this.context.openBlock(this.context.key.column, keyToken.start))
          this.push('block-mapping-start', 0);
      } else {
        keyToken.isKey = true;
        keyToken.opensMapping = this.context.openBlock(this.context.key.column, keyToken.start);
      }
      this.context.key.close();
      this.keyAllowed = false;
    } else {
      this.giveUpKey();
      if (!this.context.inFlow) this.openBlock('block-mapping-start', "':' isn't allowed here");
      this.keyAllowed = !this.context.inFlow;
    }
    this.push('value', 1);
  }

  private blockScalar(): void {
    this.giveUpKey();
    this.keyAllowed = true;
    const token = scanBlockScalar(this.cursor, this.context.indent);
    this.checkCharacters(1);
    this.tokens.push(token);
  }

  private directive(): void {
    this.leaveDocument();
    this.tokens.push(scanDirective(this.cursor));
    // The line break belongs to the directive: after it, a key isn't allowed yet, but a tab is.
    if (isBreak(this.cursor.code)) this.cursor.takeBreak();
    this.checkCharacters(1);
  }

  private leaveDocument(): void {
    this.closeBlocks(-1);
    this.giveUpKey();
    this.keyAllowed = false;
  }

  private push(kind: TokenKind, length: number): void {
    const start = this.cursor.position;
    this.cursor.position += length;
    this.tokens.push(new Token(kind, start, this.cursor.position));
  }

  private saveKey(): void {
    if (!this.keyAllowed) return;
    this.giveUpKey();
    this.context.key.start(
      this.cursor,
      this.tokens.length,
      !this.context.inFlow && this.context.indent === this.cursor.column,
    );
  }

  private giveUpKey(): void {
    if (this.context.key.awaits(this.start))
      this.start.certain = Math.min(this.start.certain, this.context.key.index);
    this.context.key.giveUp();
  }

  private openBlock(kind: TokenKind, refusal: string): void {
    if (!this.keyAllowed) throw new YamlSyntaxError(refusal, this.cursor.position);
    if (this.context.openBlock(this.cursor.column, this.cursor.position)) this.push(kind, 0);
  }

  /** Closes the block collections to the right of a column. */
  private closeBlocks(column: number): void {
    while (this.context.closeBlock(column)) this.push('block-end', 0);
  }
}

/** The open collections: block collections by column, and flow collections inside the innermost block collection. */
class FlowContext {
  /** Column of the innermost block collection; -1 if no collection is open. */
  indent = -1;
  /** Possible key in the innermost flow collection, or in the block context. */
  key = new SimpleKey(0);
  private readonly outerIndents: number[] = [];
  private readonly outerKeys: SimpleKey[] = [];

  get inFlow(): boolean {
    return this.outerKeys.length > 0;
  }

  /** All possible keys, from the innermost collection outwards. */
  get keys(): readonly SimpleKey[] {
    return [this.key, ...this.outerKeys];
  }

  /**
   * Opens a block collection in a column, unless one is open there. `offset` is its start.
   * @throws YamlSyntaxError
   */
  openBlock(column: number, offset: number): boolean {
    if (this.inFlow || this.indent >= column) return false;
    if (this.outerIndents.length === MAX_DEPTH) throw new YamlSyntaxError(TOO_DEEP, offset);
    this.outerIndents.push(this.indent);
    this.indent = column;
    return true;
  }

  /** Closes the innermost block collection if it is to the right of a column. */
  closeBlock(column: number): boolean {
    if (this.inFlow || this.indent <= column) return false;
    this.indent = this.outerIndents.pop() ?? -1;
    return true;
  }

  /** @throws YamlSyntaxError */
  openFlow(tokenIndex: number, offset: number): void {
    if (this.outerKeys.length === MAX_DEPTH) throw new YamlSyntaxError(TOO_DEEP, offset);
    this.outerKeys.push(this.key);
    this.key = new SimpleKey(tokenIndex);
  }

  closeFlow(): void {
    const outer = this.outerKeys.pop();
    if (!outer) return;
    // A libyaml quirk: it forgets that a collection without keys inside may itself be a key.
    if (outer.index === this.key.index) outer.isHandedOn = true;
    this.key = outer;
  }
}

/** A cursor's position. */
type Place = Pick<Cursor, 'text' | 'position' | 'lineStart'>;

/** Maximum distance from a key to its `:`. */
const MAX_LENGTH = 1024;

/** A token that becomes a key if a `:` follows on its line. */
class SimpleKey {
  /** The token's index. */
  index: number;
  column = 0;
  private position = 0;
  private lineStart = 0;
  private open = false;
  /** True if only a key is allowed here. */
  private required = false;
  /** True if libyaml emits the token before it knows whether it is a key. */
  isHandedOn = false;

  constructor(index: number) {
    this.index = index;
  }

  start(place: Place, index: number, required: boolean): void {
    this.position = place.position;
    this.lineStart = place.lineStart;
    this.column = place.position - place.lineStart;
    this.index = index;
    this.required = required;
    this.open = true;
    this.isHandedOn = false;
  }

  /** True if a `:` at a place would make it a key. */
  reaches(place: Place): boolean {
    if (!this.open || this.lineStart !== place.lineStart) return false;
    const length = place.position - this.position;
    if (length <= MAX_LENGTH) return true;
    // Characters beyond U+FFFF take two UTF-16 code units.
    const written = place.text.slice(this.position, place.position);
    return length <= 2 * MAX_LENGTH && [...written].length <= MAX_LENGTH;
  }

  /** True if, at a place, the scanner couldn't know yet whether the token is a key. */
  awaits(place: Place): boolean {
    return this.open && !this.isHandedOn && (this.required || this.reaches(place));
  }

  /** @throws YamlSyntaxError if it had to be a key */
  giveUp(): void {
    if (this.open && this.required) throw new YamlSyntaxError("missing ':' after a key", this.position);
    this.open = false;
  }

  close(): void {
    this.open = false;
  }
}
