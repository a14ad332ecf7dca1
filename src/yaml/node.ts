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

interface NodeBase {
  /** As written, `!!str` or `!local`; null when there is none. */
  readonly tag: string | null;
  readonly anchor: string | null;
  /** Offset of the tag or anchor in front of the node; `start` when there is neither. */
  readonly propertiesStart: number;
}

export interface ScalarNode extends NodeBase {
  readonly kind: 'scalar';
  /** The decoded text; empty when nothing is written. */
  readonly text: string;
  /**
   * Offsets into the source: a plain scalar's text, what stands between the quotes of a quoted one, the content lines (header
   * excluded) of a block scalar; -1 where nothing is written.
   */
  readonly start: number;
  readonly end: number;
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded';
  /** Columns that indent a block scalar's content; -1 for the other styles. */
  readonly indent: number;
}

export interface SequenceNode extends NodeBase {
  readonly kind: 'sequence';
  /** Offset of the first dash or of `[`. */
  readonly start: number;
  readonly flow: boolean;
  readonly items: readonly YamlNode[];
}

export interface MappingNode extends NodeBase {
  readonly kind: 'mapping';
  /** Offset of the first key or of `{`. */
  readonly start: number;
  readonly flow: boolean;
  readonly pairs: readonly Pair[];
}

export interface AliasNode {
  readonly kind: 'alias';
  readonly anchor: string;
  /** Offsets of the name behind `*`. */
  readonly start: number;
  readonly end: number;
}

export interface Pair {
  readonly key: YamlNode;
  readonly value: YamlNode;
}

export type YamlNode = ScalarNode | SequenceNode | MappingNode | AliasNode;

/** The text is no YAML: why, and at which offset. */
export class YamlSyntaxError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number, cause?: unknown) {
    super(reason, { cause });
    this.name = 'YamlSyntaxError';
    this.offset = offset;
  }
}

/** Deep enough for any real file, and far from the end of the stack. */
const MAX_DEPTH = 1000;

/**
 * Parses a YAML stream into one node per document, each with its offsets in the source; null for an empty document.
 * @throws YamlSyntaxError
 */
export function parseYaml(source: string): (YamlNode | null)[] {
  return new TreeBuilder(source, eventsOf(source)).documents();
}

/**
 * Parses the first document alone; what follows it may be broken. Null for an empty one.
 * @throws YamlSyntaxError
 */
export function parseFirstDocument(source: string): YamlNode | null {
  const end = endOfFirstDocument(source);
  const document = end < 0 ? source : source.slice(0, end);
  return new TreeBuilder(document, eventsOf(document)).documents()[0] ?? null;
}

function endOfFirstDocument(source: string): number {
  const content = source.search(/^(?!\uFEFF?(?:[ \t]*(?:#.*)?$|%|---))/m);
  if (content < 0) return -1;
  const marker = source.slice(content + 1).search(/^(?:---|\.\.\.)(?=\s|$)/m);
  return marker < 0 ? -1 : content + 1 + marker;
}

function eventsOf(source: string): Event[] {
  try {
    return parseEvents(source, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlSyntaxError(error.reason, error.mark?.position ?? 0, error);
  }
}

const STYLES = {
  [SCALAR_STYLE.PLAIN]: 'plain',
  [SCALAR_STYLE.SINGLE_QUOTED]: 'single',
  [SCALAR_STYLE.DOUBLE_QUOTED]: 'double',
  [SCALAR_STYLE.LITERAL_BLOCK]: 'literal',
  [SCALAR_STYLE.FOLDED_BLOCK]: 'folded',
} as const;

type PropertyOffsets = Pick<ScalarEvent, 'anchorStart' | 'anchorEnd' | 'tagStart' | 'tagEnd'>;

class TreeBuilder {
  private position = 0;
  private readonly source: string;
  private readonly events: readonly Event[];

  constructor(source: string, events: readonly Event[]) {
    this.source = source;
    this.events = events;
  }

  documents(): (YamlNode | null)[] {
    const documents: (YamlNode | null)[] = [];
    while (this.position < this.events.length) {
      this.position += 1;
      documents.push(this.next());
      this.position += 1;
    }
    return documents;
  }

  /** The node that starts at the current event; null at the end of a collection or document, which is left in place. */
  private next(): YamlNode | null {
    const event = this.events[this.position];
    if (!event || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) return null;
    this.position += 1;
    switch (event.type) {
      case EVENT_ID.SCALAR:
        return this.scalar(event);
      case EVENT_ID.ALIAS:
        return {
          kind: 'alias',
          anchor: this.slice(event.anchorStart, event.anchorEnd),
          start: event.anchorStart,
          end: event.anchorEnd,
        };
      case EVENT_ID.SEQUENCE:
        return {
          kind: 'sequence',
          start: event.start,
          flow: event.style === COLLECTION_STYLE.FLOW,
          ...this.properties(event, event.start),
          items: this.children(),
        };
      case EVENT_ID.MAPPING:
        return {
          kind: 'mapping',
          start: event.start,
          flow: event.style === COLLECTION_STYLE.FLOW,
          ...this.properties(event, event.start),
          pairs: pairsOf(this.children()),
        };
    }
  }

  private children(): YamlNode[] {
    const children: YamlNode[] = [];
    for (let child = this.next(); child; child = this.next()) children.push(child);
    this.position += 1;
    return children;
  }

  private scalar(event: ScalarEvent): ScalarNode {
    return {
      kind: 'scalar',
      text: event.valueStart < 0 ? '' : getScalarValue(this.source, event),
      start: event.valueStart,
      end: event.valueEnd,
      style: STYLES[event.style],
      indent: event.indent,
      ...this.properties(event, event.valueStart),
    };
  }

  private properties(event: PropertyOffsets, start: number): NodeBase {
    const offsets = [event.tagStart, event.anchorStart - 1].filter((offset) => offset >= 0);
    return {
      tag: event.tagStart < 0 ? null : this.slice(event.tagStart, event.tagEnd),
      anchor: event.anchorStart < 0 ? null : this.slice(event.anchorStart, event.anchorEnd),
      propertiesStart: offsets.length > 0 ? Math.min(...offsets) : start,
    };
  }

  private slice(start: number, end: number): string {
    return this.source.slice(start, end);
  }
}

function pairsOf(nodes: readonly YamlNode[]): Pair[] {
  const pairs: Pair[] = [];
  for (let index = 0; index + 1 < nodes.length; index += 2) {
    const [key, value] = [nodes[index], nodes[index + 1]];
    if (key && value) pairs.push({ key, value });
  }
  return pairs;
}
