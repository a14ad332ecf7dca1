import type { Token } from './cursor.ts';
import { isDocumentMark, isLineDone, skipTrivia } from './lines.ts';
import {
  mappingOf,
  NO_PROPERTIES,
  type Pair,
  runTask,
  type ScalarNode,
  type Shrink,
  sequenceOf,
  type Task,
  wholeNode,
  type YamlNode,
  YamlSyntaxError,
} from './node.ts';
import { TokenStream } from './token-stream.ts';

type Properties = typeof NO_PROPERTIES;

/**
 * Parses a YAML 1.1 stream into one node per document, with offsets in the source; null for an empty document.
 * @param shrink reduces a document, or an item of a list, to the part to keep
 * @throws YamlSyntaxError
 */
export function parseYaml(source: string, shrink = wholeNode): (YamlNode | null)[] {
  const parser = new Parser(source, false, shrink);
  const documents: (YamlNode | null)[] = [];
  for (let root = parser.next(); root !== undefined; root = parser.next()) documents.push(root);
  return documents;
}

/**
 * Parses only the first document, like go-yaml's `Unmarshal`: the text after it may be broken.
 * @returns null as the root of an empty document; `rest` is the offset of the text after the document, null if only
 *   comments follow
 * @throws YamlSyntaxError
 */
export function readFirstDocument(source: string): {
  readonly root: YamlNode | null;
  readonly rest: number | null;
} {
  const parser = new Parser(source, true);
  return { root: parser.next() ?? null, rest: parser.rest };
}

const BETWEEN_DOCUMENTS: ReadonlySet<string> = new Set([
  'directive',
  'document-start',
  'document-end',
  'stream-end',
]);

/** Tokens that end an unwritten node in a block collection, and in a flow collection. */
const BLOCK_ENDS: ReadonlySet<string> = new Set(['key', 'value', 'block-end']);
const FLOW_ENDS: ReadonlySet<string> = new Set([
  'value',
  'flow-entry',
  'flow-sequence-end',
  'flow-mapping-end',
]);

/** Parses the documents of a text one by one; follows libyaml's grammar, including its quirks. */
class Parser {
  private readonly tokens: TokenStream;
  private readonly source: string;
  private readonly shrink: Shrink;
  private tagHandles = new TagHandles([]);
  private atStart = true;
  /** End of the last document. */
  private end = 0;

  /**
   * `firstOnly`: ignores everything after the first document.
   * @throws YamlSyntaxError
   */
  constructor(source: string, firstOnly: boolean, shrink = wholeNode) {
    this.source = source;
    this.shrink = shrink;
    this.tokens = new TokenStream(source, firstOnly);
  }

  /**
   * The root of the next document, null for an empty one; undefined after the last.
   * @throws YamlSyntaxError
   */
  next(): YamlNode | null | undefined {
    const { tokens } = this;
    while (!this.atStart && tokens.kind === 'document-end') tokens.take();
    if (tokens.kind === 'stream-end') return undefined;
    const mayLackMark = this.atStart && tokens.kind !== 'directive';
    const directives: Token[] = [];
    while (tokens.kind === 'directive') directives.push(tokens.taken());
    this.tagHandles = new TagHandles(directives);
    this.atStart = false;
    const marked = tokens.takeIf('document-start');
    if (!marked && !mayLackMark) throw tokens.unexpected('a document must start with ---');
    const node = marked && BETWEEN_DOCUMENTS.has(tokens.kind) ? null : this.node(true, false);
    const root = node && this.shrink('kind' in node ? node : runTask(node));
    // An error in the token after a document belongs to the document, so this must read that token.
    this.end = tokens.current.start;
    tokens.takeIf('document-end');
    return root;
  }

  /** Offset of the text after the last parsed document; null if only marks and comments follow. */
  get rest(): number | null {
    const { source, end } = this;
    const isMarked = end === 0 && source.startsWith('\uFEFF');
    let position = skipTrivia(source, isMarked ? 1 : end);
    while (isDocumentMark(source, position) && isLineDone(source, position + 3))
      position = skipTrivia(source, position + 3);
    return position < source.length ? end : null;
  }

  /**
   * A scalar or alias, or the task that reads the collection here. `block`: allows block style. `indentless`: allows a
   * list in its parent's column.
   */
  private node(block: boolean, indentless: boolean): YamlNode | Task<YamlNode> {
    const { tokens } = this;
    if (tokens.kind === 'alias') {
      const { text, start, end } = tokens.taken();
      return { kind: 'alias', anchor: text, start, end, contentStart: start + 1 };
    }
    const properties = this.properties();
    switch (tokens.kind) {
      case 'scalar':
        return scalarOf(tokens.taken(), properties);
      case 'flow-sequence-start':
        return this.flowSequence(properties);
      case 'flow-mapping-start':
        return this.flowMapping(properties);
      case 'block-entry':
        if (indentless) return this.blockSequence(properties, true);
        break;
      case 'block-sequence-start':
        if (block) return this.blockSequence(properties, false);
        break;
      case 'block-mapping-start':
        if (block) return this.blockMapping(properties);
    }
    if (properties.start >= 0) return this.empty(properties);
    throw tokens.unexpected('a value is missing or not allowed here');
  }

  /** A tag and an anchor, in either order. */
  private properties(): Properties {
    const { tokens } = this;
    if (tokens.kind !== 'tag' && tokens.kind !== 'anchor') return NO_PROPERTIES;
    const { start } = tokens.current;
    const before = this.tag();
    const anchor = tokens.kind === 'anchor' ? tokens.taken().text : null;
    return { tag: before ?? this.tag(), anchor, start };
  }

  private tag(): string | null {
    return this.tokens.kind === 'tag' ? this.tagHandles.resolved(this.tokens.taken()) : null;
  }

  /** An unwritten scalar, possibly with properties. */
  private empty({ tag, anchor, start }: Properties = NO_PROPERTIES): ScalarNode {
    const { end } = this.tokens;
    const content = { contentStart: end, contentEnd: end, style: 'plain', indent: -1 } as const;
    return { kind: 'scalar', text: '', start: start < 0 ? end : start, end, ...content, tag, anchor };
  }

  private blockNode(): YamlNode | Task<YamlNode> {
    return BLOCK_ENDS.has(this.tokens.kind) ? this.empty() : this.node(true, true);
  }

  private flowNode(): YamlNode | Task<YamlNode> {
    return FLOW_ENDS.has(this.tokens.kind) ? this.empty() : this.node(false, false);
  }

  private *blockSequence(properties: Properties, indentless: boolean): Task<YamlNode> {
    const { tokens } = this;
    if (!indentless) tokens.take();
    const { start } = tokens.current;
    const items: YamlNode[] = [];
    const dashes: number[] = [];
    while (tokens.takeIf('block-entry')) {
      dashes.push(tokens.end - 1);
      const isEmpty = tokens.kind === 'block-entry' || BLOCK_ENDS.has(tokens.kind);
      const item = isEmpty ? this.empty() : this.node(true, false);
      items.push(this.shrink('kind' in item ? item : yield item));
    }
    const { end } = tokens;
    if (!indentless && !tokens.takeIf('block-end'))
      throw tokens.unexpected("missing '-' in front of a list item");
    return sequenceOf(start, end, dashes, properties, items);
  }

  private *blockMapping(properties: Properties): Task<YamlNode> {
    const { tokens } = this;
    const { start } = tokens.current;
    tokens.take();
    const pairs: Pair[] = [];
    while (tokens.takeIf('key')) {
      const key = this.blockNode();
      const knownKey = 'kind' in key ? key : yield key;
      const hasValue = tokens.takeIf('value');
      const colonEnd = tokens.end;
      const value = hasValue ? this.blockNode() : this.empty();
      pairs.push({ key: knownKey, colonEnd, value: 'kind' in value ? value : yield value });
    }
    const { end } = tokens;
    if (!tokens.takeIf('block-end')) throw tokens.unexpected('wrong indentation or missing key');
    return mappingOf(start, end, false, properties, pairs);
  }

  private *flowSequence(properties: Properties): Task<YamlNode> {
    const { start } = this.tokens.taken();
    const items: YamlNode[] = [];
    while (this.flowContinues('flow-sequence-end', items.length === 0)) {
      const item = this.tokens.kind === 'key' ? this.flowPair() : this.node(false, false);
      items.push(this.shrink('kind' in item ? item : yield item));
    }
    return sequenceOf(start, this.tokens.end, null, properties, items);
  }

  private *flowMapping(properties: Properties): Task<YamlNode> {
    const { start } = this.tokens.taken();
    const pairs: Pair[] = [];
    while (this.flowContinues('flow-mapping-end', pairs.length === 0)) {
      const isPair = this.tokens.takeIf('key');
      const key = isPair ? this.flowNode() : this.node(false, false);
      const knownKey = 'kind' in key ? key : yield key;
      const hasValue = isPair && this.tokens.takeIf('value');
      const colonEnd = this.tokens.end;
      const value = hasValue ? this.flowNode() : this.empty();
      pairs.push({ key: knownKey, colonEnd, value: 'kind' in value ? value : yield value });
    }
    return mappingOf(start, this.tokens.end, true, properties, pairs);
  }

  /** Skips the comma or the end; false at the end. */
  private flowContinues(end: 'flow-sequence-end' | 'flow-mapping-end', first: boolean): boolean {
    const { tokens } = this;
    if (!first && tokens.kind !== end && !tokens.takeIf('flow-entry'))
      throw tokens.unexpected("missing ',' or closing bracket");
    return !tokens.takeIf(end);
  }

  private *flowPair(): Task<YamlNode> {
    const { tokens } = this;
    const { start } = tokens.taken();
    const isEmpty = FLOW_ENDS.has(tokens.kind);
    // libyaml loses this token.
    if (isEmpty) tokens.take();
    const key = isEmpty ? this.empty() : this.node(false, false);
    const knownKey = 'kind' in key ? key : yield key;
    const hasValue = tokens.takeIf('value');
    const colonEnd = tokens.end;
    const value = hasValue ? this.flowNode() : this.empty();
    const pair = { key: knownKey, colonEnd, value: 'kind' in value ? value : yield value };
    return mappingOf(start, tokens.end, true, NO_PROPERTIES, [pair]);
  }
}

function scalarOf(token: Token, { tag, anchor, start: before }: Properties): ScalarNode {
  const { text, end, style, block } = token;
  const start = before < 0 ? token.start : before;
  const quote = style === 'double' || style === 'single' ? 1 : 0;
  const contentStart = block ? block.start : token.start + quote;
  const contentEnd = block ? block.end : end - quote;
  const indent = block ? block.indent : -1;
  return { kind: 'scalar', text, start, end, contentStart, contentEnd, style, indent, tag, anchor };
}

/** The tag handles that directives declare. */
class TagHandles {
  private readonly prefixes = new Map<string, string>();

  /** @throws YamlSyntaxError at a directive that isn't allowed */
  constructor(directives: readonly Token[]) {
    const { prefixes } = this;
    let versioned = false;
    for (const { text, start } of directives) {
      const [name, argument = '', prefix = ''] = text.split(/[ \t]+/);
      const isVersion = name === '%YAML';
      if (isVersion ? versioned || !/^0?1\.0?1(?:#|$)/.test(argument) : prefixes.has(argument))
        throw new YamlSyntaxError('only one %YAML 1.1 and one %TAG for each handle are allowed', start);
      if (isVersion) versioned = true;
      else prefixes.set(argument, prefix);
    }
  }

  /**
   * A tag with its declared handle expanded; otherwise as written.
   * @throws YamlSyntaxError if no directive declares its handle
   */
  resolved({ text, start }: Token): string {
    if (text === '!' || text.startsWith('!<')) return text;
    const handle = /^!(?:[\w-]*!)?/.exec(text)?.[0] ?? '';
    const prefix = this.prefixes.get(handle);
    if (prefix !== undefined) return `!<${prefix}${text.slice(handle.length)}>`;
    if (handle === '!' || handle === '!!') return text;
    throw new YamlSyntaxError(`undeclared tag handle ${handle}`, start);
  }
}
