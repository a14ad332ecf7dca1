import type { MappingNode, Pair, ScalarNode, SequenceNode, YamlNode } from './node.ts';
import { NO_PROPERTIES, type Properties, PropertyParser } from './property-parser.ts';
import { MAX_DEPTH, TOO_DEEP } from './syntax-error.ts';
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
  private depth = 0;

  constructor(tokens: TokenStream, tagPrefixes: ReadonlyMap<string, string>) {
    this.tokens = tokens;
    this.propertyParser = new PropertyParser(tokens, tagPrefixes);
  }

  /** @throws YamlSyntaxError */
  root(): YamlNode {
    return this.node(true, false);
  }

  /** `block`: block collections may start here. `indentless`: a list may start in its parent's column. */
  private node(block: boolean, indentless: boolean): YamlNode {
    const { tokens } = this;
    if (tokens.kind === 'alias') {
      const { text, start, end } = tokens.current;
      tokens.take();
      return { kind: 'alias', anchor: text, start, end };
    }
    if (this.depth === MAX_DEPTH) throw tokens.unexpected(TOO_DEEP);
    this.depth += 1;
    const node = this.content(block, indentless, this.propertyParser.parse());
    this.depth -= 1;
    return node;
  }

  private content(block: boolean, indentless: boolean, properties: Properties): YamlNode {
    const { tokens } = this;
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
    if (properties.start >= 0) return emptyScalar(properties);
    throw tokens.unexpected('a value is missing, or cannot stand here');
  }

  private blockNode(): YamlNode {
    return BLOCK_ENDS.has(this.tokens.kind) ? emptyScalar() : this.node(true, true);
  }

  private flowNode(): YamlNode {
    return FLOW_ENDS.has(this.tokens.kind) ? emptyScalar() : this.node(false, false);
  }

  private blockSequence(properties: Properties, indentless: boolean): SequenceNode {
    const { tokens } = this;
    if (!indentless) tokens.take();
    const { start } = tokens.current;
    const items: YamlNode[] = [];
    while (tokens.takeIf('block-entry')) {
      const isEmpty = tokens.kind === 'block-entry' || BLOCK_ENDS.has(tokens.kind);
      items.push(isEmpty ? emptyScalar() : this.node(true, false));
    }
    if (!indentless && !tokens.takeIf('block-end')) throw tokens.unexpected("a list goes on without a '-'");
    return sequenceOf(start, false, properties, items);
  }

  private blockMapping(properties: Properties): MappingNode {
    const { tokens } = this;
    const { start } = tokens.current;
    const implied = tokens.current.opensMapping;
    tokens.take();
    const pairs: Pair[] = [];
    while (tokens.takeIf('key')) {
      const key = this.blockNode();
      pairs.push({ key, value: tokens.takeIf('value') ? this.blockNode() : emptyScalar() });
    }
    if (!tokens.takeIf('block-end'))
      throw tokens.unexpected('a key is missing, or stands in the wrong column');
    return mappingOf(implied ? startOfFirst(pairs) : start, false, properties, pairs);
  }

  private flowSequence(properties: Properties): SequenceNode {
    const { start } = this.tokens.taken();
    const items: YamlNode[] = [];
    while (this.flowContinues('flow-sequence-end', items.length === 0))
      items.push(this.tokens.kind === 'key' ? this.flowPair() : this.node(false, false));
    return sequenceOf(start, true, properties, items);
  }

  private flowMapping(properties: Properties): MappingNode {
    const { start } = this.tokens.taken();
    const pairs: Pair[] = [];
    while (this.flowContinues('flow-mapping-end', pairs.length === 0)) {
      if (this.tokens.takeIf('key')) pairs.push({ key: this.flowNode(), value: this.flowValue() });
      else pairs.push({ key: this.node(false, false), value: emptyScalar() });
    }
    return mappingOf(start, true, properties, pairs);
  }

  /** Steps over the comma, or over the end. */
  private flowContinues(end: 'flow-sequence-end' | 'flow-mapping-end', first: boolean): boolean {
    const { tokens } = this;
    if (!first && tokens.kind !== end && !tokens.takeIf('flow-entry'))
      throw tokens.unexpected("a ',' or the closing bracket is missing");
    return !tokens.takeIf(end);
  }

  private flowPair(): MappingNode {
    const { tokens } = this;
    const { isKey } = tokens.current;
    const { start } = tokens.taken();
    let key: YamlNode;
    if (FLOW_ENDS.has(tokens.kind)) {
      // libyaml loses this token.
      tokens.take();
      key = emptyScalar();
    } else key = this.node(false, false);
    const pair = { key, value: this.flowValue() };
    return mappingOf(isKey ? startOfFirst([pair]) : start, true, NO_PROPERTIES, [pair]);
  }

  private flowValue(): YamlNode {
    return this.tokens.takeIf('value') ? this.flowNode() : emptyScalar();
  }
}

function scalarOf(token: Token, { tag, anchor, start: before }: Properties): ScalarNode {
  const { text, start, end, style, indent } = token;
  const propertiesStart = before < 0 ? start : before;
  return { kind: 'scalar', text, start, end, style, indent, tag, anchor, propertiesStart };
}

function emptyScalar({ tag, anchor, start }: Properties = NO_PROPERTIES): ScalarNode {
  const nowhere = { start: -1, end: -1, style: 'plain', indent: -1 } as const;
  return { kind: 'scalar', text: '', ...nowhere, tag, anchor, propertiesStart: start };
}

function sequenceOf(
  start: number,
  flow: boolean,
  { tag, anchor, start: before }: Properties,
  items: YamlNode[],
): SequenceNode {
  return { kind: 'sequence', start, flow, tag, anchor, propertiesStart: before < 0 ? start : before, items };
}

function mappingOf(
  start: number,
  flow: boolean,
  { tag, anchor, start: before }: Properties,
  pairs: Pair[],
): MappingNode {
  return { kind: 'mapping', start, flow, tag, anchor, propertiesStart: before < 0 ? start : before, pairs };
}

function startOfFirst(pairs: readonly Pair[]): number {
  const key = pairs[0]?.key;
  if (!key) return -1;
  if (key.kind === 'alias') return key.start - 1;
  const quoted = key.kind === 'scalar' && (key.style === 'single' || key.style === 'double');
  return quoted && key.propertiesStart === key.start ? key.start - 1 : key.propertiesStart;
}
