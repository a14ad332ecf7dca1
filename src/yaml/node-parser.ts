import type { MappingNode, Pair, ScalarNode, SequenceNode, YamlNode } from './node.ts';
import { NO_PROPERTIES, type Properties, PropertyParser } from './property-parser.ts';
import { runTask, type Task } from './task.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

/** What ends a node of a block collection before it has begun, and of a flow collection. */
const BLOCK_ENDS: ReadonlySet<string> = new Set(['key', 'value', 'block-end']);
const FLOW_ENDS: ReadonlySet<string> = new Set([
  'value',
  'flow-entry',
  'flow-sequence-end',
  'flow-mapping-end',
]);

/** Builds the nodes of one document; follows libyaml's grammar, its oddities included. */
export class NodeParser {
  private readonly tokens: TokenStream;
  private readonly propertyParser: PropertyParser;

  constructor(tokens: TokenStream, tagPrefixes: ReadonlyMap<string, string>) {
    this.tokens = tokens;
    this.propertyParser = new PropertyParser(tokens, tagPrefixes);
  }

  /** @throws YamlSyntaxError */
  root(): YamlNode {
    const node = this.node(true, false);
    return 'kind' in node ? node : runTask(node);
  }

  /**
   * A node that is no collection, or the task that reads the collection which starts here. `block`: that may be one in block style.
   * `indentless`: a list may start in its parent's column.
   */
  private node(block: boolean, indentless: boolean): YamlNode | Task<YamlNode> {
    const { tokens } = this;
    if (tokens.kind === 'alias') {
      const { text, start, end } = tokens.taken();
      return { kind: 'alias', anchor: text, start, end, contentStart: start + 1 };
    }
    const properties = this.propertyParser.parse();
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
    throw tokens.unexpected('a value is missing, or cannot stand here');
  }

  /** A scalar of which nothing is written, but perhaps its properties. */
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
      items.push('kind' in item ? item : yield item);
    }
    const { end } = tokens;
    if (!indentless && !tokens.takeIf('block-end')) throw tokens.unexpected("a list goes on without a '-'");
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
    if (!tokens.takeIf('block-end'))
      throw tokens.unexpected('a key is missing, or stands in the wrong column');
    return mappingOf(start, end, false, properties, pairs);
  }

  private *flowSequence(properties: Properties): Task<YamlNode> {
    const { start } = this.tokens.taken();
    const items: YamlNode[] = [];
    while (this.flowContinues('flow-sequence-end', items.length === 0)) {
      const item = this.tokens.kind === 'key' ? this.flowPair() : this.node(false, false);
      items.push('kind' in item ? item : yield item);
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

  /** Steps over the comma, or over the end. */
  private flowContinues(end: 'flow-sequence-end' | 'flow-mapping-end', first: boolean): boolean {
    const { tokens } = this;
    if (!first && tokens.kind !== end && !tokens.takeIf('flow-entry'))
      throw tokens.unexpected("a ',' or the closing bracket is missing");
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
  const { text, end, contentStart, contentEnd, style, indent } = token;
  const start = before < 0 ? token.start : before;
  return { kind: 'scalar', text, start, end, contentStart, contentEnd, style, indent, tag, anchor };
}

/** `dashes`: null in flow style. */
function sequenceOf(
  contentStart: number,
  end: number,
  dashes: number[] | null,
  { tag, anchor, start: before }: Properties,
  items: YamlNode[],
): SequenceNode {
  const start = before < 0 ? contentStart : before;
  const flow = dashes === null;
  return {
    kind: 'sequence',
    start,
    end,
    contentStart,
    flow,
    tag,
    anchor,
    items,
    dashes: dashes ?? NO_DASHES,
  };
}

const NO_DASHES: readonly number[] = [];

function mappingOf(
  contentStart: number,
  end: number,
  flow: boolean,
  { tag, anchor, start: before }: Properties,
  pairs: Pair[],
): MappingNode {
  const start = before < 0 ? contentStart : before;
  return { kind: 'mapping', start, end, contentStart, flow, tag, anchor, pairs };
}
