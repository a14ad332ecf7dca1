/** The text is no YAML: why, and at which offset. */
export class YamlSyntaxError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number, cause?: unknown) {
    super(reason, { cause });
    this.name = 'YamlSyntaxError';
    this.offset = offset;
  }
}

/** An error that says that a text is no YAML; any other is thrown on. */
export function syntaxErrorOf(error: unknown): YamlSyntaxError {
  if (error instanceof YamlSyntaxError) return error;
  throw error;
}

/** Levels of nesting that go-yaml takes, of flow collections in one another and of block collections; Go's encoding/json takes as many. */
export const MAX_DEPTH = 10_000;
export const TOO_DEEP = `nesting is deeper than ${MAX_DEPTH} levels`;

/** Where a node is written; where nothing is, both offsets are those behind what it belongs to: a dash, a key or its colon. */
interface Range {
  /** Offset of its first character: of a tag or anchor, else of a quote, bracket, `*`, `|`, dash or key. */
  readonly start: number;
  /** Offset behind its last one that is neither blank, line break nor comment. */
  readonly end: number;
}

interface NodeBase extends Range {
  /** As written, `!!str` or `!local`; null when there is none. */
  readonly tag: string | null;
  readonly anchor: string | null;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  /** The decoded text; empty when nothing is written. */
  readonly text: string;
  /**
   * Offsets of what holds the text: what is between the quotes of a quoted scalar, the lines of a block scalar behind its header.
   */
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  /** Read as JSON, in which YAML's line breaks and other control characters beyond U+001F are like any other character. */
  readonly json?: true;
  /** Columns that indent a block scalar's content; -1 for the other styles. */
  readonly indent: number;
}

export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  /** Offset of the first dash or of `[`, behind tag and anchor. */
  readonly contentStart: number;
  readonly flow: boolean;
  /** Offsets of the dashes of the items; none in flow style. */
  readonly dashes: readonly number[];
  readonly items: readonly YamlNode[];
}

export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  /** Offset of the first key or of `{`, behind tag and anchor. */
  readonly contentStart: number;
  readonly flow: boolean;
  readonly pairs: readonly Pair[];
}

export interface AliasNode extends Range {
  readonly kind: 'alias';
  readonly anchor: string;
  /** Offset of the name behind `*`. */
  readonly contentStart: number;
}

export interface Pair {
  readonly key: YamlNode;
  /** Offset behind the colon; behind the key where there is none. */
  readonly colonEnd: number;
  readonly value: YamlNode;
}

export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;

/** The tag and the anchor in front of a node. */
interface Properties {
  readonly tag: string | null;
  readonly anchor: string | null;
  /** -1: there are none. */
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

/** Whether nothing is written of a node, but perhaps a tag or an anchor. */
export function isUnwritten(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.style === 'plain' && node.text === '';
}

/** The text of a key; empty for one that is no scalar. */
export function keyOf({ key }: Pair): string {
  return key.kind === 'scalar' ? key.text : '';
}

/** The pairs of a mapping with this very key; more than one where the key is repeated. */
export function pairsNamed(node: MappingNode, key: string): Pair[] {
  return node.pairs.filter((pair) => pair.key.kind === 'scalar' && pair.key.text === key);
}

/** The value of a key that is a scalar; undefined where the key is missing, or its value is none. */
export function scalarAt(node: MappingNode, key: string): string | undefined {
  const value = valueAt(node, key);
  return value?.kind === 'scalar' ? value.text : undefined;
}

export function mappingAt(node: MappingNode, key: string): MappingNode | undefined {
  const value = valueAt(node, key);
  return value?.kind === 'mapping' ? value : undefined;
}

/** The last of a key; without a list of all, for every item of a large list is asked. */
function valueAt({ pairs }: MappingNode, key: string): YamlNode | undefined {
  for (let index = pairs.length - 1; index >= 0; index -= 1) {
    const pair = pairs[index];
    if (pair?.key.kind === 'scalar' && pair.key.text === key) return pair.value;
  }
  return undefined;
}

/** A node and all below it, in the order of the source. */
export function* nodesOf(node: YamlNode): Generator<YamlNode> {
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    yield next;
    pushChildren(left, next);
  }
}

/** Puts what is inside a node on a stack, so that the first of it is taken first. */
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

/** Leaves of a node that has been read what is needed, so that a large text does not take the memory for all of it at once. */
export type Shrink = (node: YamlNode) => YamlNode;

export const wholeNode: Shrink = (node) => node;

/** A computation that waits for others like it, as one about a node does for those about the nodes inside. */
export interface Task<Result> extends Generator<Task<Result>, Result, Result> {}

/** Runs a task and all that it waits for. However deeply they nest, the stack does not grow. */
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
