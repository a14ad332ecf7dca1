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
import type { Pair, ScalarNode, YamlNode } from '../yaml/node.ts';
import { YamlSyntaxError } from '../yaml/syntax-error.ts';

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
      return { kind: 'alias', anchor: source.slice(start, end), start, end };
    }
    case EVENT_ID.SEQUENCE:
      return { kind: 'sequence', ...collection(event), items: childrenOf(source, events) };
    case EVENT_ID.MAPPING:
      return { kind: 'mapping', ...collection(event), pairs: pairsOf(childrenOf(source, events)) };
    default:
      return undefined;
  }
}

function collection({ start, style }: Extract<Event, { start: number }>) {
  // js-yaml does not say where a collection ends, and nobody asks of a config.
  const nowhere = { end: -1, tag: null, anchor: null, propertiesStart: start };
  return { start, flow: style === COLLECTION_STYLE.FLOW, ...nowhere };
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
    style: STYLES[style],
    indent,
    tag: null,
    anchor: null,
    propertiesStart: start,
  };
}

function pairsOf(nodes: readonly YamlNode[]): Pair[] {
  return nodes.flatMap((key, index) => {
    const value = nodes[index + 1];
    return index % 2 === 0 && value ? [{ key, value }] : [];
  });
}
