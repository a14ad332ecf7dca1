/** The reason and offset of invalid YAML. */
export class YamlSyntaxError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number, cause?: unknown) {
    super(reason, { cause });
    this.name = 'YamlSyntaxError';
    this.offset = offset;
  }
}

/** Returns a `YamlSyntaxError`; rethrows any other error. */
export function syntaxErrorOf(error: unknown): YamlSyntaxError {
  if (error instanceof YamlSyntaxError) return error;
  throw error;
}

/** Maximum nesting of flow collections, and of block collections, in go-yaml; Go's encoding/json has the same limit. */
export const MAX_DEPTH = 10_000;
export const TOO_DEEP = `nesting is deeper than ${MAX_DEPTH} levels`;

/** A node's range; for an unwritten node, both offsets are after its dash, key or colon. */
interface Range {
  /** Offset of its first character: a tag or anchor, otherwise a quote, bracket, `*`, `|`, dash or key. */
  readonly start: number;
  /** Offset after its last character that isn't a blank, line break or comment. */
  readonly end: number;
}

interface NodeBase extends Range {
  /** The tag as written, `!!str` or `!local`; null if missing. */
  readonly tag: string | null;
  readonly anchor: string | null;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  /** The decoded text; empty for an unwritten node. */
  readonly text: string;
  /**
   * Offsets of the content: the text between a quoted scalar's quotes, or a block scalar's lines after its header.
   */
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  /** Set if read as JSON, where YAML's line breaks and control characters beyond U+001F are ordinary characters. */
  readonly json?: true;
  /** Indentation of a block scalar's content in columns; -1 for other styles. */
  readonly indent: number;
}

export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  /** Offset of the first dash or of `[`, after tag and anchor. */
  readonly contentStart: number;
  readonly flow: boolean;
  /** Offsets of the items' dashes; empty in flow style. */
  readonly dashes: readonly number[];
  readonly items: readonly YamlNode[];
}

export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  /** Offset of the first key or of `{`, after tag and anchor. */
  readonly contentStart: number;
  readonly flow: boolean;
  readonly pairs: readonly Pair[];
}

export interface AliasNode extends Range {
  readonly kind: 'alias';
  readonly anchor: string;
  /** Offset of the name after `*`. */
  readonly contentStart: number;
}

export interface Pair {
  readonly key: YamlNode;
  /** Offset after the colon; after the key if there is no colon. */
  readonly colonEnd: number;
  readonly value: YamlNode;
}

export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;

/** The tag and anchor before a node. */
interface Properties {
  readonly tag: string | null;
  readonly anchor: string | null;
  /** Where the first of them starts; -1 if the node has neither. */
  readonly start: number;
}

export const NO_PROPERTIES: Properties = { tag: null, anchor: null, start: -1 };

/** `dashes`: null in flow style. */
export function sequenceOf(
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

export function mappingOf(
  contentStart: number,
  end: number,
  flow: boolean,
  { tag, anchor, start: before }: Properties,
  pairs: Pair[],
): MappingNode {
  const start = before < 0 ? contentStart : before;
  return { kind: 'mapping', start, end, contentStart, flow, tag, anchor, pairs };
}

/** True if a node has no text, apart from a tag or an anchor. */
export function isUnwritten(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.style === 'plain' && node.text === '';
}

/** A key's text; empty for a non-scalar key. */
export function keyText({ key }: Pair): string {
  return key.kind === 'scalar' ? key.text : '';
}

/** A mapping's pairs with exactly this key; more than one if the key is repeated. */
export function pairsNamed(node: MappingNode, key: string): Pair[] {
  return node.pairs.filter((pair) => pair.key.kind === 'scalar' && pair.key.text === key);
}

/** A key's scalar value; undefined if the key is missing or its value isn't a scalar. */
export function scalarAt(node: MappingNode, key: string): string | undefined {
  const value = valueAt(node, key);
  return value?.kind === 'scalar' ? value.text : undefined;
}

export function mappingAt(node: MappingNode, key: string): MappingNode | undefined {
  const value = valueAt(node, key);
  return value?.kind === 'mapping' ? value : undefined;
}

/** The value of the last pair with a key. Builds no list because it runs for every item of a large list. */
function valueAt({ pairs }: MappingNode, key: string): YamlNode | undefined {
  for (let index = pairs.length - 1; index >= 0; index -= 1) {
    const pair = pairs[index];
    if (pair?.key.kind === 'scalar' && pair.key.text === key) return pair.value;
  }
  return undefined;
}

/** A node and all its descendants, in source order. */
export function* allNodesIn(node: YamlNode): Generator<YamlNode> {
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    yield next;
    pushChildren(left, next);
  }
}

/** Pushes a node's children in reverse order, so that the first child is popped first. */
function pushChildren(stack: YamlNode[], node: YamlNode): void {
  if (node.kind === 'sequence') {
    for (let index = node.items.length - 1; index >= 0; index -= 1) {
      const item = node.items[index];
      if (item) stack.push(item);
    }
  } else if (node.kind === 'mapping') {
    for (let index = node.pairs.length - 1; index >= 0; index -= 1) {
      const pair = node.pairs[index];
      if (pair) stack.push(pair.value, pair.key);
    }
  }
}

/** Reduces a node to the part to keep, so that a large text doesn't have to fit into memory as a whole. */
export type Shrink = (node: YamlNode) => YamlNode;

export const wholeNode: Shrink = (node) => node;

/** A computation that waits for other computations, such as a node's for its children's. */
export interface Task<Result> extends Generator<Task<Result>, Result, Result> {}

/** Runs a task and all tasks that it waits for, without growing the call stack. */
export function runTask<Result>(task: Task<Result>): Result {
  const waiting: Task<Result>[] = [];
  let current = task;
  let step = current.next();
  for (;;) {
    if (!step.done) {
      waiting.push(current);
      current = step.value;
      step = current.next();
      continue;
    }
    const outer = waiting.pop();
    if (!outer) return step.value;
    current = outer;
    step = current.next(step.value);
  }
}
