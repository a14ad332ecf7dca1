import {
  COLLECTION_STYLE,
  EVENT_ID,
  type Event,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  YAMLException,
} from 'js-yaml';
import { type Failure, type Location, refusal } from '../errors.ts';
import { otherKind } from '../input-kind.ts';
import { printable, quoted } from '../text.ts';
import { lineIndex } from '../yaml/lines.ts';

/** A node of a config; `offset` is where readers see it begin, at its quote. */
type ConfigNode =
  | ConfigScalar
  | ConfigMapping
  | {
      readonly kind: 'list';
      readonly offset: number;
      /** True if it is written in brackets. */
      readonly isFlow: boolean;
      readonly items: readonly ConfigNode[];
    }
  | { readonly kind: 'alias'; readonly offset: number; readonly anchor: string };

interface ConfigScalar {
  readonly kind: 'scalar';
  /** Negative if the value is missing. */
  readonly offset: number;
  readonly text: string;
  readonly isPlain: boolean;
}

interface ConfigMapping {
  readonly kind: 'mapping';
  readonly offset: number;
  readonly isFlow: boolean;
  readonly pairs: readonly { readonly key: ConfigNode; readonly value: ConfigNode }[];
}

interface OffsetProblem {
  readonly message: string;
  readonly offset: number;
}

/** A position in a config. */
type ConfigLocation = Location & { readonly line: number; readonly column: number };

/** The position of a value in the config. */
interface ValueLocation {
  readonly location: ConfigLocation;
  /** The position of the key; for list items, the same as `location`. */
  readonly keyLocation: ConfigLocation;
  /** False if the path doesn't exist; the locations are then those of the enclosing value. */
  readonly exists: boolean;
}

/**
 * A config, read as YAML 1.2 like any other tool's. Only aws-auth itself is read as the authenticator reads it, by
 * src/yaml.
 */
export class ConfigYaml {
  /**
   * Lists, objects, strings, booleans and null. Nothing becomes a number: an account ID keeps its zeros. Aliases are
   * not followed: a file of access rules should read top to bottom.
   */
  readonly value: unknown;
  /** Values that cannot be any of these. */
  readonly problems: readonly { readonly message: string; readonly location: ConfigLocation }[];
  private readonly root: ConfigMapping;
  private readonly locationOf: (offset: number) => ConfigLocation;

  /**
   * @param shape what a config must be, to end a sentence
   * @throws Failure (exit 2) if the text is invalid YAML, or not a map
   */
  constructor(text: string, file: string, shape: string) {
    const positionOf = lineIndex(text);
    this.locationOf = (offset) => ({ file, ...positionOf(Math.max(offset, 0)) });
    this.root = this.rootOf(text, shape);
    const problems: OffsetProblem[] = [];
    this.value = toPlain(this.root, problems);
    this.problems = problems.map(({ message, offset }) => ({ message, location: this.locationOf(offset) }));
  }

  /** The position of the value at a path of keys and indices. */
  at(path: readonly unknown[]): ValueLocation {
    let node: ConfigNode = this.root;
    let [offset, keyOffset] = [node.offset, node.offset];
    for (const step of path) {
      const next = stepInto(node, step);
      if (!next) return this.valueLocation(offset, keyOffset, false);
      ({ node, offset, keyOffset } = next);
    }
    return this.valueLocation(offset, keyOffset, true);
  }

  private valueLocation(offset: number, keyOffset: number, exists: boolean): ValueLocation {
    return { location: this.locationOf(offset), keyLocation: this.locationOf(keyOffset), exists };
  }

  /** One node per document, null for an empty one. */
  private documentsIn(text: string): (ConfigNode | null)[] {
    try {
      const documents: (ConfigNode | null)[] = [];
      const events = parseEvents(text, {}).values();
      for (const _document of events) documents.push(childrenOf(text, events)[0] ?? null);
      return documents;
    } catch (error) {
      if (!(error instanceof YAMLException)) throw error;
      const offset = error.mark?.position ?? 0;
      const braces = unquotedBraces(text, offset);
      throw braces
        ? this.refusal(braces.message, braces.offset, undefined, error)
        : this.refusal(`invalid YAML: ${error.reason}`, offset, undefined, error);
    }
  }

  private rootOf(text: string, shape: string): ConfigMapping {
    const [root, second] = this.documentsIn(text);
    if (!root) throw this.refusal('the config is empty', 0, '`aws-auth-sso init` proposes one.');
    const first = root.kind === 'list' ? root.items[0] : root;
    const isOther = first && ['kind', 'capturedat', 'rolearn'].some((name) => fieldOf(first, name));
    const other = isOther ? otherKind(text, 'config') : undefined;
    if (other) throw this.refusal(other.message, root.offset, other.help);
    if (second !== undefined)
      throw this.refusal('the config contains several YAML documents', 0, 'Keep one file per cluster.');
    if (root.kind !== 'mapping') throw this.refusal(`the config ${shape}`, root.offset);
    return root;
  }

  private refusal(message: string, offset: number, help?: string, cause?: unknown): Failure {
    return refusal({ message, location: this.locationOf(offset), ...(help && { help }) }, cause);
  }
}

function fieldOf(node: ConfigNode, name: string): ConfigNode | undefined {
  if (node.kind !== 'mapping') return undefined;
  return node.pairs.find(({ key }) => key.kind === 'scalar' && key.text.toLowerCase() === name)?.value;
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

function stepInto(node: ConfigNode, step: unknown) {
  if (node.kind === 'list') {
    const item = node.items[Number(step)];
    return item && { node: item, offset: item.offset, keyOffset: item.offset };
  }
  const pair =
    node.kind === 'mapping' && node.pairs.find(({ key }) => key.kind === 'scalar' && key.text === step);
  if (!pair) return undefined;
  const { key, value } = pair;
  // For a block list, a block mapping or a missing value, the key is the better position to show.
  const isInline = value.kind === 'scalar' ? value.offset >= 0 : value.kind !== 'alias' && value.isFlow;
  return { node: value, offset: isInline ? value.offset : key.offset, keyOffset: key.offset };
}

function toPlain(node: ConfigNode, problems: OffsetProblem[]): unknown {
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
        message: `alias *${node.anchor} isn't supported here; write the value itself`,
        offset: node.offset,
      });
      return undefined;
  }
}

function quoteIt(text: string): string {
  return `YAML reads a value that starts with {{ as a map; quote it: "${printable(text)}"`;
}

/**
 * The text of an unquoted `{{SessionName}}`, which YAML reads as a map whose key is a map; undefined for anything
 * else.
 */
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

/**
 * The unquoted value that starts with `{{` in the line of a syntax error, which caused it; undefined if there is no
 * such value.
 */
function unquotedBraces(source: string, errorOffset: number): OffsetProblem | undefined {
  const lineStart = source.lastIndexOf('\n', errorOffset - 1) + 1;
  const [, before, value] =
    /^(.*[:,[{-]\s+|.*\[)(\{\{[^}\n]*\}\}[^\s,\]}#]*)/.exec(source.slice(lineStart)) ?? [];
  if (before === undefined || value === undefined) return undefined;
  return { message: quoteIt(value), offset: lineStart + before.length };
}

function objectOf(node: ConfigMapping, problems: OffsetProblem[]): Record<string, unknown> {
  const object = new Map<string, unknown>();
  for (const { key, value } of node.pairs) {
    const { offset } = key;
    if (key.kind !== 'scalar') problems.push({ message: 'a key must be a string', offset });
    else if (object.has(key.text)) problems.push({ message: `duplicate key ${quoted(key.text)}`, offset });
    else object.set(key.text, toPlain(value, problems));
  }
  return Object.fromEntries(object);
}

function scalarValue({ text, isPlain, offset }: ConfigScalar, problems: OffsetProblem[]): unknown {
  if (!isPlain) return text;
  if (/^(~|null|)$/i.test(text)) return null;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  if (/^0\d{11}$/.test(text)) {
    const message = `account ID ${text} isn't quoted, and other YAML parsers drop its leading zero; write "${text}"`;
    problems.push({ message, offset });
  }
  return text;
}
