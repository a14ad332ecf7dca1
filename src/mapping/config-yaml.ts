import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';
import { printable, quoted } from '../text.ts';
import { YamlSyntaxError } from '../yaml/node.ts';

/** A node of a config; `offset` is where it begins as a reader sees it, at its quote. */
export type ConfigNode = ConfigScalar | ConfigList | ConfigMapping | ConfigAlias;

interface ConfigScalar {
  readonly kind: 'scalar';
  /** Negative for a value that is not written. */
  readonly offset: number;
  readonly text: string;
  readonly isPlain: boolean;
}

interface ConfigList {
  readonly kind: 'list';
  readonly offset: number;
  /** Whether it is written in brackets. */
  readonly isFlow: boolean;
  readonly items: readonly ConfigNode[];
}

interface ConfigMapping {
  readonly kind: 'mapping';
  readonly offset: number;
  readonly isFlow: boolean;
  readonly pairs: readonly { readonly key: ConfigNode; readonly value: ConfigNode }[];
}

interface ConfigAlias {
  readonly kind: 'alias';
  readonly offset: number;
  readonly anchor: string;
}

/**
 * Parses a config, which is YAML 1.2 like any other tool's; aws-auth itself is read as the authenticator does, by src/yaml.
 * Answers one node per document, null for an empty one.
 * @throws YamlSyntaxError
 */
export function configNodes(source: string): (ConfigNode | null)[] {
  const documents: (ConfigNode | null)[] = [];
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
function childrenOf(source: string, events: Iterator<Event>): ConfigNode[] {
  const children: ConfigNode[] = [];
  for (let next = events.next(); !next.done; next = events.next()) {
    if (next.value.type === EVENT_ID.POP) break;
    const node = nodeOf(source, next.value, events);
    if (node) children.push(node);
  }
  return children;
}

function nodeOf(source: string, event: Event, events: Iterator<Event>): ConfigNode | undefined {
  switch (event.type) {
    case EVENT_ID.SCALAR: {
      const { valueStart, style } = event;
      const isQuoted = style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
      return {
        kind: 'scalar',
        offset: isQuoted ? valueStart - 1 : valueStart,
        text: valueStart < 0 ? '' : getScalarValue(source, event),
        isPlain: style === SCALAR_STYLE.PLAIN,
      };
    }
    case EVENT_ID.ALIAS: {
      const { anchorStart, anchorEnd } = event;
      return { kind: 'alias', offset: anchorStart - 1, anchor: source.slice(anchorStart, anchorEnd) };
    }
    case EVENT_ID.SEQUENCE: {
      const isFlow = event.style === COLLECTION_STYLE.FLOW;
      return { kind: 'list', offset: event.start, isFlow, items: childrenOf(source, events) };
    }
    case EVENT_ID.MAPPING: {
      const isFlow = event.style === COLLECTION_STYLE.FLOW;
      const nodes = childrenOf(source, events);
      const pairs = nodes.flatMap((key, index) => {
        const value = nodes[index + 1];
        return index % 2 === 0 && value ? [{ key, value }] : [];
      });
      return { kind: 'mapping', offset: event.start, isFlow, pairs };
    }
    default:
      return undefined;
  }
}

/** Where a value of the config is. */
interface ConfigOffsets {
  readonly offset: number;
  /** Of its key; the same as `offset` for the items of a list. */
  readonly keyOffset: number;
  /** False where the path leads to nothing that is written; the offsets are then of what is around it. */
  readonly exists: boolean;
}

/** Where the value at a path of keys and indices is. */
export function offsetsAt(root: ConfigNode, path: readonly unknown[]): ConfigOffsets {
  let node = root;
  let [offset, keyOffset] = [root.offset, root.offset];
  for (const step of path) {
    const next = stepInto(node, step);
    if (!next) return { offset, keyOffset, exists: false };
    ({ node, offset, keyOffset } = next);
  }
  return { offset, keyOffset, exists: true };
}

function stepInto(node: ConfigNode, step: unknown) {
  if (node.kind === 'list') {
    const item = node.items[Number(step)];
    return item && { node: item, offset: item.offset, keyOffset: item.offset };
  }
  const pair =
    node.kind === 'mapping' && node.pairs.find(({ key }) => key.kind === 'scalar' && key.text === step);
  if (!pair) return undefined;
  const { key, value } = pair;
  // Of a block list or mapping, and of a value that is missing, the key is the better position to show.
  const isInline = value.kind === 'scalar' ? value.offset >= 0 : value.kind !== 'alias' && value.isFlow;
  return { node: value, offset: isInline ? value.offset : key.offset, keyOffset: key.offset };
}

interface ConfigProblem {
  readonly message: string;
  readonly offset: number;
}

/**
 * Turns nodes into lists, objects, strings, booleans and null, and tells what cannot be one. Nothing becomes a number: an account id
 * keeps its zeros. Aliases are not followed: a file of rules about access is read top to bottom.
 */
export function plainValue(root: ConfigNode): {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
} {
  const problems: ConfigProblem[] = [];
  return { value: toPlain(root, problems), problems };
}

function toPlain(node: ConfigNode, problems: ConfigProblem[]): unknown {
  switch (node.kind) {
    case 'scalar':
      return scalarValue(node, problems);
    case 'list':
      return node.items.map((item) => toPlain(item, problems));
    case 'mapping': {
      const braces = bracesOf(node);
      if (braces === undefined) return objectOf(node, problems);
      problems.push({ message: quoteIt(braces), offset: node.offset });
      return braces;
    }
    case 'alias':
      problems.push({
        message: `alias *${node.anchor} is not supported here; write the value itself`,
        offset: node.offset,
      });
      return undefined;
  }
}

function quoteIt(text: string): string {
  return `a value that begins with {{ is a map to YAML; quote it: "${printable(text)}"`;
}

/** `{{SessionName}}` without quotes, which is a map whose key is a map; undefined for any other. */
function bracesOf({ isFlow, pairs: [pair, ...others] }: ConfigMapping): string | undefined {
  if (!isFlow || pair?.key.kind !== 'mapping' || others.length > 0 || !isUnwritten(pair.value))
    return undefined;
  const [inner, ...more] = pair.key.pairs;
  const isBraces =
    pair.key.isFlow && inner?.key.kind === 'scalar' && more.length === 0 && isUnwritten(inner.value);
  return isBraces && inner.key.kind === 'scalar' ? `{{${inner.key.text}}}` : undefined;
}

function isUnwritten(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.offset < 0;
}

/** Where a syntax error comes from a value that begins with `{{` and is not quoted, in the line of the error: that value. */
export function unquotedBraces(source: string, errorOffset: number): ConfigProblem | undefined {
  const lineStart = source.lastIndexOf('\n', errorOffset - 1) + 1;
  const [, before, value] =
    /^(.*[:,[{-]\s+|.*\[)(\{\{[^}\n]*\}\}[^\s,\]}#]*)/.exec(source.slice(lineStart)) ?? [];
  if (before === undefined || value === undefined) return undefined;
  return { message: quoteIt(value), offset: lineStart + before.length };
}

function objectOf(node: ConfigMapping, problems: ConfigProblem[]): Record<string, unknown> {
  const object = new Map<string, unknown>();
  for (const { key, value } of node.pairs) {
    const { offset } = key;
    if (key.kind !== 'scalar') problems.push({ message: 'a key must be a string', offset });
    else if (object.has(key.text)) problems.push({ message: `duplicate key ${quoted(key.text)}`, offset });
    else object.set(key.text, toPlain(value, problems));
  }
  return Object.fromEntries(object);
}

function scalarValue({ text, isPlain, offset }: ConfigScalar, problems: ConfigProblem[]): unknown {
  if (!isPlain) return text;
  if (/^(~|null|)$/i.test(text)) return null;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^0\d{11}$/.test(text)) {
    const message = `account id ${text} is not quoted, and other YAML parsers drop its leading zero; write "${text}"`;
    problems.push({ message, offset });
  }
  return text;
}
