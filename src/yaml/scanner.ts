import { scanBlockScalar } from './block-scalar.ts';
import { isBreak, isSeparator, SPACE, TAB } from './characters.ts';
import { Cursor } from './cursor.ts';
import type { ForbiddenCharacter } from './forbidden.ts';
import { scanPlainScalar } from './plain-scalar.ts';
import { PossibleKey } from './possible-key.ts';
import { scanAnchor, scanDirective, scanTag } from './property.ts';
import { scanQuotedScalar } from './quoted-scalar.ts';
import { MAX_DEPTH, TOO_DEEP, YamlSyntaxError } from './syntax-error.ts';
import { Token, type TokenKind } from './token.ts';

const PUNCTUATION = new Map<string, TokenKind>([
  ['[', 'flow-sequence-start'],
  ['{', 'flow-mapping-start'],
  [']', 'flow-sequence-end'],
  ['}', 'flow-mapping-end'],
  [',', 'flow-entry'],
]);

/** Turns a text into tokens, one rule of YAML 1.1 at a time; `next` until it is `done`. */
export class Scanner {
  readonly tokens: Token[] = [];
  done = false;
  private readonly cursor: Cursor;
  private readonly forbidden: ForbiddenCharacter | null;
  private readonly start = { position: 0, lineStart: 0, certain: 0 };
  private indent = -1;
  private readonly outerIndents: number[] = [];
  private keyAllowed = true;
  private key = new PossibleKey();
  /** Of the contexts around the open flow collections. */
  private readonly outerKeys: PossibleKey[] = [];

  constructor(source: string, forbidden: ForbiddenCharacter | null) {
    this.cursor = new Cursor(source);
    this.forbidden = forbidden;
  }

  /** How many tokens were certain before `next` failed: those that it made, and that awaited it, are not. */
  get certain(): number {
    const awaited = [this.key, ...this.outerKeys].filter((key) => key.awaits(this.start));
    return Math.min(this.start.certain, ...awaited.map(({ index }) => index));
  }

  /** @throws YamlSyntaxError */
  next(): void {
    const { cursor } = this;
    this.start.position = cursor.position;
    this.start.lineStart = cursor.lineStart;
    this.start.certain = this.tokens.length;
    this.skipToToken();
    this.checkCharacters();
    this.closeBlocks(cursor.column);
    if (cursor.atEnd) this.endStream();
    else if (cursor.atDocumentMark()) this.documentMark();
    else this.token(cursor.text.charAt(cursor.position), isSeparator(cursor.codeAt(1)));
  }

  /** libyaml looks four characters ahead. */
  private checkCharacters(): void {
    if (this.forbidden && this.cursor.position + 4 > this.forbidden.noticedFrom)
      throw new YamlSyntaxError('a control character cannot stand in YAML', this.forbidden.offset);
  }

  private get inFlow(): boolean {
    return this.outerKeys.length > 0;
  }

  private skipToToken(): void {
    const { cursor } = this;
    while (true) {
      while (cursor.code === SPACE || (cursor.code === TAB && (this.inFlow || !this.keyAllowed)))
        cursor.position += 1;
      cursor.skipComment();
      if (!isBreak(cursor.code)) return;
      cursor.takeBreak();
      if (!this.inFlow) this.keyAllowed = true;
    }
  }

  private token(character: string, separated: boolean): void {
    const punctuation = PUNCTUATION.get(character);
    const loose = separated || this.inFlow;
    if (punctuation) this.punctuation(punctuation);
    else if (character === '-' && separated) this.blockEntry();
    else if (character === '?' && loose) this.explicitKey();
    else if (character === ':' && loose) this.value();
    else if ((character === '|' || character === '>') && !this.inFlow) this.blockScalar();
    else if (character === '%' && this.cursor.column === 0) this.directive();
    else this.keyable(character);
  }

  private keyable(character: string): void {
    this.saveKey();
    this.keyAllowed = false;
    this.tokens.push(this.scanKeyable(character));
  }

  private scanKeyable(character: string): Token {
    const { cursor } = this;
    switch (character) {
      case '*':
        return scanAnchor(cursor, 'alias');
      case '&':
        return scanAnchor(cursor, 'anchor');
      case '!':
        return scanTag(cursor);
      case '"':
      case "'":
        return scanQuotedScalar(cursor);
      default:
        return this.scanPlain(character);
    }
  }

  private scanPlain(character: string): Token {
    const { cursor } = this;
    if ('\t|>%@`'.includes(character))
      throw new YamlSyntaxError(`no plain text can start with ${JSON.stringify(character)}`, cursor.position);
    const token = scanPlainScalar(cursor, this.indent + 1, this.inFlow);
    if (cursor.lineStart > token.end) this.keyAllowed = true;
    return token;
  }

  private punctuation(kind: TokenKind): void {
    if (kind === 'flow-sequence-start' || kind === 'flow-mapping-start') {
      this.saveKey();
      if (this.outerKeys.length === MAX_DEPTH) throw new YamlSyntaxError(TOO_DEEP, this.cursor.position);
      this.outerKeys.push(this.key);
      this.key = new PossibleKey();
      this.keyAllowed = true;
    } else {
      this.giveUpKey();
      this.keyAllowed = kind === 'flow-entry';
      if (kind !== 'flow-entry') this.key = this.outerKeys.pop() ?? this.key;
    }
    this.push(kind, 1);
  }

  private blockEntry(): void {
    if (!this.inFlow) this.openBlock('block-sequence-start', 'an item of a list cannot start here');
    this.giveUpKey();
    this.keyAllowed = true;
    this.push('block-entry', 1);
  }

  private explicitKey(): void {
    if (!this.inFlow) this.openBlock('block-mapping-start', 'a key cannot start here');
    this.giveUpKey();
    this.keyAllowed = !this.inFlow;
    this.push('key', 1);
  }

  private value(): void {
    const keyToken = this.key.reaches(this.cursor) ? this.tokens[this.key.index] : undefined;
    if (keyToken) {
      keyToken.isKey = true;
      keyToken.opensMapping = this.indentTo(this.key.column);
      this.key.close();
      this.keyAllowed = false;
    } else {
      this.giveUpKey();
      if (!this.inFlow) this.openBlock('block-mapping-start', "a ':' cannot stand here");
      this.keyAllowed = !this.inFlow;
    }
    this.push('value', 1);
  }

  private blockScalar(): void {
    this.giveUpKey();
    this.keyAllowed = true;
    this.tokens.push(scanBlockScalar(this.cursor, this.indent));
  }

  private directive(): void {
    this.leaveDocument();
    this.tokens.push(scanDirective(this.cursor));
  }

  private documentMark(): void {
    this.leaveDocument();
    this.push(this.cursor.text.charAt(this.cursor.position) === '-' ? 'document-start' : 'document-end', 3);
  }

  private endStream(): void {
    this.leaveDocument();
    this.push('stream-end', 0);
    this.done = true;
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
    this.key.start(this.cursor, this.tokens.length, !this.inFlow && this.indent === this.cursor.column);
  }

  private giveUpKey(): void {
    if (this.key.awaits(this.start)) this.start.certain = Math.min(this.start.certain, this.key.index);
    this.key.giveUp();
  }

  private openBlock(kind: TokenKind, refusal: string): void {
    if (!this.keyAllowed) throw new YamlSyntaxError(refusal, this.cursor.position);
    if (this.indentTo(this.cursor.column)) this.push(kind, 0);
  }

  /** Whether a column opens a block collection. */
  private indentTo(column: number): boolean {
    if (this.inFlow || this.indent >= column) return false;
    this.outerIndents.push(this.indent);
    this.indent = column;
    return true;
  }

  /** Closes the block collections to the right of a column. */
  private closeBlocks(column: number): void {
    if (this.inFlow) return;
    while (this.indent > column) {
      this.push('block-end', 0);
      this.indent = this.outerIndents.pop() ?? -1;
    }
  }
}
