import { isSeparator } from './characters.ts';
import { isLineDone, skipTrivia } from './lines.ts';
import type { YamlNode } from './node.ts';
import { NodeParser } from './node-parser.ts';
import { YamlSyntaxError } from './syntax-error.ts';
import { TokenStream } from './token-stream.ts';

/** Parses the documents of a text, one after another. */
export class DocumentParser {
  private readonly tokens: TokenStream;
  private atStart = true;
  private readonly source: string;
  private end = 0;

  /**
   * `firstOnly`: what follows the first document is not looked at.
   * @throws YamlSyntaxError
   */
  constructor(source: string, firstOnly: boolean) {
    this.source = source;
    this.tokens = new TokenStream(source, firstOnly);
  }

  /**
   * The root of the next document, null for an empty one; undefined behind the last.
   * @throws YamlSyntaxError
   */
  next(): YamlNode | null | undefined {
    const { tokens } = this;
    while (!this.atStart && tokens.kind === 'document-end') tokens.take();
    if (tokens.kind === 'stream-end') return undefined;
    const mayLackMark = this.atStart && tokens.kind !== 'directive';
    const nodes = new NodeParser(tokens, this.tagPrefixes());
    this.atStart = false;
    const marked = tokens.takeIf('document-start');
    if (!marked && !mayLackMark) throw tokens.unexpected('a document must start with ---');
    const root = marked && BETWEEN_DOCUMENTS.has(tokens.kind) ? null : nodes.root();
    // An error in the token behind a document counts as its own, so that one has to be looked at.
    this.end = tokens.current.start;
    tokens.takeIf('document-end');
    return root;
  }

  /** Offset of what stands behind the last document that was parsed; null where that is marks and comments alone. */
  get rest(): number | null {
    const { source, end } = this;
    const isMarked = end === 0 && source.startsWith('\uFEFF');
    let position = skipTrivia(source, isMarked ? 1 : end);
    while (isMark(source, position) && isLineDone(source, position + 3))
      position = skipTrivia(source, position + 3);
    return position < source.length ? end : null;
  }

  /** What the directives say that the handles of tags stand for. */
  private tagPrefixes(): Map<string, string> {
    const prefixes = new Map<string, string>();
    let versioned = false;
    for (; this.tokens.kind === 'directive'; this.tokens.take()) {
      const { text, start } = this.tokens.current;
      const [name, argument = '', prefix = ''] = text.split(/[ \t]+/);
      const isVersion = name === '%YAML';
      if (isVersion ? versioned || !/^0?1\.0?1(?:#|$)/.test(argument) : prefixes.has(argument))
        throw new YamlSyntaxError(
          'no more can stand here than one %YAML 1.1 and one %TAG for each handle',
          start,
        );
      if (isVersion) versioned = true;
      else prefixes.set(argument, prefix);
    }
    return prefixes;
  }
}

/** Whether `---` or `...` stands at an offset on its own. */
function isMark(source: string, offset: number): boolean {
  const isLong = source.startsWith('---', offset) || source.startsWith('...', offset);
  return isLong && (offset + 3 === source.length || isSeparator(source.charCodeAt(offset + 3)));
}

const BETWEEN_DOCUMENTS: ReadonlySet<string> = new Set([
  'directive',
  'document-start',
  'document-end',
  'stream-end',
]);
