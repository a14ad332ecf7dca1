import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  YAMLException,
} from 'js-yaml';
import { quoted } from '../text.ts';
import {
  type MappingNode,
  type Pair,
  type ScalarNode,
  type YamlNode,
  YamlSyntaxError,
} from '../yaml/node.ts';

/**
 * Parses a config, which is YAML 1.2 like any other tool's; aws-auth itself is read as the authenticator does, by src/yaml.
 * Answers one node per document, null for an empty one.
 * @throws YamlSyntaxError
 */
export function configNodes(source: string): (YamlNode | null)[] {
  const documents: (YamlNode | null)[] = [];
  const events = eventsOf(source).values();
  for (const _document of events) documents.push(childrenOf(source, events)[0] ?? null);
  return documents;
}

function eventsOf(source: string): Event[] {
  try {
    return parseEvents(source, {});
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlSyntaxError(error.reason, error.mark?.position ?? 0, error);
  }
}

/** The nodes up to the end of the collection or document that the events are in. */
function childrenOf(source: string, events: Iterator<Event>): YamlNode[] {
  const children: YamlNode[] = [];
  for (let next = events.next(); !next.done; next = events.next()) {
    if (next.value.type === EVENT_ID.POP) break;
    const node = nodeOf(source, next.value, events);
    if (node) children.push(node);
  }
  return children;
}

function nodeOf(source: string, event: Event, events: Iterator<Event>): YamlNode | undefined {
  switch (event.type) {
    case EVENT_ID.SCALAR:
      return scalarNode(source, event);
    case EVENT_ID.ALIAS: {
      const { anchorStart: start, anchorEnd: end } = event;
      return { kind: 'alias', anchor: source.slice(start, end), start: start - 1, end, contentStart: start };
    }
    case EVENT_ID.SEQUENCE:
      return { kind: 'sequence', ...collection(event), dashes: [], items: childrenOf(source, events) };
    case EVENT_ID.MAPPING:
      return { kind: 'mapping', ...collection(event), pairs: pairsOf(childrenOf(source, events)) };
    default:
      return undefined;
  }
}

function collection({ start, style }: Extract<Event, { start: number }>) {
  // js-yaml does not say where a collection ends or has its dashes and colons, and nobody asks of a config.
  const flow = style === COLLECTION_STYLE.FLOW;
  return { start, end: -1, contentStart: start, flow, tag: null, anchor: null };
}

const STYLES = {
  [SCALAR_STYLE.PLAIN]: 'plain',
  [SCALAR_STYLE.SINGLE_QUOTED]: 'single',
  [SCALAR_STYLE.DOUBLE_QUOTED]: 'double',
  [SCALAR_STYLE.LITERAL_BLOCK]: 'literal',
  [SCALAR_STYLE.FOLDED_BLOCK]: 'folded',
} as const;

function scalarNode(source: string, event: ScalarEvent): ScalarNode {
  const { valueStart: start, valueEnd: end, style, indent } = event;
  const text = start < 0 ? '' : getScalarValue(source, event);
  return {
    kind: 'scalar',
    text,
    start,
    end,
    contentStart: start,
    contentEnd: end,
    style: STYLES[style],
    indent,
    tag: null,
    anchor: null,
  };
}

function pairsOf(nodes: readonly YamlNode[]): Pair[] {
  return nodes.flatMap((key, index) => {
    const value = nodes[index + 1];
    return index % 2 === 0 && value ? [{ key, colonEnd: -1, value }] : [];
  });
}

/** Where a value of the config is. */
export interface ConfigOffsets {
  readonly offset: number;
  /** Of its key; the same as `offset` for the items of a list. */
  readonly keyOffset: number;
  /** False where the path leads to nothing that is written; the offsets are then of what is around it. */
  readonly exists: boolean;
}

/** Where the value at a path of keys and indices is. */
export function offsetsAt(root: YamlNode, path: readonly unknown[]): ConfigOffsets {
  let node = root;
  let [offset, keyOffset] = [root.contentStart, root.contentStart];
  for (const step of path) {
    const next = stepInto(node, step);
    if (!next) return { offset, keyOffset, exists: false };
    ({ node, offset, keyOffset } = next);
  }
  return { offset, keyOffset, exists: true };
}

function stepInto(node: YamlNode, step: unknown) {
  if (node.kind === 'sequence' && typeof step === 'number') {
    const item = node.items[step];
    return item && { node: item, offset: startOf(item), keyOffset: startOf(item) };
  }
  if (node.kind !== 'mapping') return undefined;
  const pair = node.pairs.find(({ key }) => key.kind === 'scalar' && key.text === step);
  if (!pair) return undefined;
  const keyOffset = startOf(pair.key);
  return {
    node: pair.value,
    offset: isWrittenInLine(pair.value) ? startOf(pair.value) : keyOffset,
    keyOffset,
  };
}

/** Of a block list or mapping, and of a value that is missing, the key is the better position to show. */
function isWrittenInLine(node: YamlNode): boolean {
  return node.kind === 'scalar' ? node.contentStart >= 0 : node.kind !== 'alias' && node.flow;
}

/** Where a node begins as a reader sees it: at its quote. */
function startOf(node: YamlNode): number {
  const isQuoted = node.kind === 'scalar' && (node.style === 'single' || node.style === 'double');
  return isQuoted ? node.contentStart - 1 : node.contentStart;
}

/** The plain values of a config's nodes, and what cannot be one. */
export interface PlainValue {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
}

interface ConfigProblem {
  readonly message: string;
  readonly offset: number;
}

/**
 * Turns nodes into lists, objects, strings, booleans and null. Nothing becomes a number: an account id keeps its zeros.
 * Aliases are not followed: a file of rules about access is read top to bottom.
 */
export function plainValue(root: YamlNode): PlainValue {
  const problems: ConfigProblem[] = [];
  return { value: toPlain(root, problems), problems };
}

function toPlain(node: YamlNode, problems: ConfigProblem[]): unknown {
  switch (node.kind) {
    case 'scalar':
      return scalarValue(node, problems);
    case 'sequence':
      return node.items.map((item) => toPlain(item, problems));
    case 'mapping':
      return objectOf(node, problems);
    case 'alias':
      problems.push({
        message: `alias *${node.anchor} is not supported here; write the value itself`,
        offset: node.start,
      });
      return undefined;
  }
}

function objectOf(node: MappingNode, problems: ConfigProblem[]): Record<string, unknown> {
  const object = new Map<string, unknown>();
  for (const { key, value } of node.pairs) {
    if (key.kind !== 'scalar') problems.push({ message: 'a key must be a string', offset: key.contentStart });
    else if (object.has(key.text))
      problems.push({ message: `duplicate key ${quoted(key.text)}`, offset: key.contentStart });
    else object.set(key.text, toPlain(value, problems));
  }
  return Object.fromEntries(object);
}

function scalarValue(node: ScalarNode, problems: ConfigProblem[]): unknown {
  if (node.style !== 'plain') return node.text;
  if (/^(~|null|)$/i.test(node.text)) return null;
  if (/^(true|false)$/i.test(node.text)) return node.text.toLowerCase() === 'true';
  if (/^0\d{11}$/.test(node.text)) {
    const message = `account id ${node.text} is not quoted, and other YAML parsers drop its leading zero; write "${node.text}"`;
    problems.push({ message, offset: node.contentStart });
  }
  return node.text;
}
