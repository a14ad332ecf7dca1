import { findForbidden } from './forbidden.ts';
import { Scanner } from './scanner.ts';
import { YamlSyntaxError } from './syntax-error.ts';
import type { Token, TokenKind } from './token.ts';

/**
 * The tokens of a text, one after another. As in libyaml, a token that may turn out to be a key is known only once what follows
 * it has been scanned, so an error there counts as its own; an error behind the last token that is asked for counts for nothing.
 */
export class TokenStream {
  private readonly tokens: readonly Token[];
  private readonly limit: number;
  private readonly error: YamlSyntaxError | null;
  private index = 0;
  /** How far the tokens that the current one implies have been taken: 1 the start of a mapping, 2 the key. */
  private implied = 0;

  constructor(source: string, firstDocumentOnly: boolean) {
    const scanner = new Scanner(source, findForbidden(source));
    this.error = runTo(scanner, firstDocumentOnly);
    this.tokens = scanner.tokens;
    this.limit = this.error ? scanner.certain : this.tokens.length;
  }

  /** @throws YamlSyntaxError */
  get current(): Token {
    const token = this.index < this.limit ? this.tokens[this.index] : undefined;
    if (token) return token;
    throw this.error ?? new YamlSyntaxError('the text ends too early', this.tokens.at(-1)?.end ?? 0);
  }

  /** @throws YamlSyntaxError */
  get kind(): TokenKind {
    const token = this.current;
    if (this.implied === 0 && token.opensMapping) return 'block-mapping-start';
    return this.implied < 2 && token.isKey ? 'key' : token.kind;
  }

  take(): void {
    const { kind } = this;
    if (kind === 'block-mapping-start' && this.current.opensMapping) this.implied = 1;
    else if (kind === 'key' && this.current.isKey) this.implied = 2;
    else {
      this.index += 1;
      this.implied = 0;
    }
  }

  /** Takes the current token and returns it. */
  taken(): Token {
    const { current } = this;
    this.take();
    return current;
  }

  unexpected(reason: string): YamlSyntaxError {
    return new YamlSyntaxError(reason, this.current.start);
  }

  /** Takes the current token if it is of a kind. */
  takeIf(kind: TokenKind): boolean {
    if (this.kind !== kind) return false;
    this.take();
    return true;
  }
}

function runTo(scanner: Scanner, firstDocumentOnly: boolean): YamlSyntaxError | null {
  try {
    while (!scanner.done && !(firstDocumentOnly && hasDocument(scanner.tokens))) scanner.next();
    return null;
  } catch (error) {
    if (error instanceof YamlSyntaxError) return error;
    throw error;
  }
}

/** Whether the last token ends the first document, which may be empty. */
function hasDocument(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1)?.kind;
  if (last !== 'document-start' && last !== 'document-end') return false;
  return tokens.slice(0, -1).some(({ kind }) => kind !== 'directive');
}
