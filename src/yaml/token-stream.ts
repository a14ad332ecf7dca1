import { Token, type TokenKind } from './cursor.ts';
import { findForbidden } from './lines.ts';
import { syntaxErrorOf, YamlSyntaxError } from './node.ts';
import { Scanner } from './scanner.ts';

/**
 * The tokens of a text, one by one. As in libyaml, a possible key is known only once the text after it has been
 * scanned, so an error there counts as its own. An error after the last requested token is ignored.
 */
export class TokenStream {
  private readonly scanner: Scanner;
  private readonly firstDocumentOnly: boolean;
  private error: YamlSyntaxError | null = null;
  /** Number of certain tokens. */
  private limit = 0;
  private ended = false;
  private index = 0;
  /** The token at `index` and its next kind, once known. */
  private known: Token | undefined;
  private knownKind: TokenKind | undefined;
  /** Offset after the last taken token that isn't empty. */
  end = 0;
  /** Implied tokens taken so far: 1 for the start of a mapping, 2 for the key. */
  private implied = 0;

  constructor(source: string, firstDocumentOnly: boolean) {
    this.scanner = new Scanner(source, findForbidden(source));
    this.firstDocumentOnly = firstDocumentOnly;
  }

  /** @throws YamlSyntaxError */
  get current(): Token {
    if (this.known) return this.known;
    if (this.index >= this.limit && !this.ended) this.scanAhead();
    const { tokens } = this.scanner;
    this.known = this.index < this.limit ? tokens[this.index] : undefined;
    if (this.known) return this.known;
    throw this.error ?? new YamlSyntaxError('unexpected end of the text', tokens.at(-1)?.end ?? 0);
  }

  /** @throws YamlSyntaxError */
  get kind(): TokenKind {
    if (this.knownKind) return this.knownKind;
    const { current, implied } = this;
    const kind = implied < 2 && current.isKey ? 'key' : current.kind;
    this.knownKind = implied === 0 && current.opensMapping ? 'block-mapping-start' : kind;
    return this.knownKind;
  }

  take(): void {
    const { kind, current } = this;
    this.knownKind = undefined;
    if (kind === 'block-mapping-start' && current.opensMapping) this.implied = 1;
    else if (kind === 'key' && current.isKey) this.implied = 2;
    else {
      const { start, end } = current;
      if (end > start) this.end = end;
      // Frees the token: a large text has too many to keep.
      if (kind !== 'directive') this.scanner.tokens[this.index] = TAKEN;
      this.index += 1;
      this.known = undefined;
      this.implied = 0;
    }
  }

  taken(): Token {
    const { current } = this;
    this.take();
    return current;
  }

  unexpected(reason: string): YamlSyntaxError {
    return new YamlSyntaxError(reason, this.current.start);
  }

  takeIf(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.take();
    return true;
  }

  private scanAhead(): void {
    const { scanner } = this;
    try {
      while (!this.ended && scanner.tokens.length < this.index + 2 * AHEAD) {
        scanner.next();
        this.ended = scanner.done || (this.firstDocumentOnly && hasDocument(scanner.tokens));
      }
      this.limit = scanner.tokens.length - (this.ended ? 0 : AHEAD);
    } catch (error) {
      this.error = syntaxErrorOf(error);
      this.limit = scanner.certain;
      this.ended = true;
    }
  }
}

/**
 * More tokens than fit between a key and its `:`, at most 1024 characters apart: all tokens before them are certain.
 */
const AHEAD = 2048;
const TAKEN = new Token('block-end', 0, 0);

/** True if the last token ends the first document, which may be empty. */
function hasDocument(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1)?.kind;
  if (last !== 'document-start' && last !== 'document-end') return false;
  return tokens.slice(0, -1).some(({ kind }) => kind !== 'directive');
}
