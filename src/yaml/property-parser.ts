import { YamlSyntaxError } from './syntax-error.ts';
import type { TokenStream } from './token-stream.ts';

/** The tag and the anchor in front of a node. */
export interface Properties {
  readonly tag: string | null;
  readonly anchor: string | null;
  /** -1: there are none. */
  readonly start: number;
}

export const NO_PROPERTIES: Properties = { tag: null, anchor: null, start: -1 };

export class PropertyParser {
  private readonly tokens: TokenStream;
  private readonly tagPrefixes: ReadonlyMap<string, string>;

  constructor(tokens: TokenStream, tagPrefixes: ReadonlyMap<string, string>) {
    this.tokens = tokens;
    this.tagPrefixes = tagPrefixes;
  }

  /**
   * A tag and an anchor, in either order.
   * @throws YamlSyntaxError
   */
  parse(): Properties {
    const first = this.tokens.kind;
    if (first !== 'tag' && first !== 'anchor') return NO_PROPERTIES;
    const { start } = this.tokens.current;
    const before = this.tag();
    const anchor = this.tokens.kind === 'anchor' ? this.tokens.taken().text : null;
    return { tag: before ?? this.tag(), anchor, start };
  }

  /** As written; with a handle that a directive declares, what it stands for. */
  private tag(): string | null {
    if (this.tokens.kind !== 'tag') return null;
    const { text, start } = this.tokens.taken();
    if (text === '!' || text.startsWith('!<')) return text;
    const handle = /^!(?:[\w-]*!)?/.exec(text)?.[0] ?? '';
    const prefix = this.tagPrefixes.get(handle);
    if (prefix !== undefined) return `!<${prefix}${text.slice(handle.length)}>`;
    if (handle === '!' || handle === '!!') return text;
    throw new YamlSyntaxError(`no %TAG says what ${handle} stands for`, start);
  }
}
