import { DocumentParser } from './document-parser.ts';
import { YamlSyntaxError } from './syntax-error.ts';

export { YamlSyntaxError };

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

/** Whether nothing is written of a node, but perhaps a tag or an anchor. */
export function isUnwritten(node: YamlNode): boolean {
  return node.kind === 'scalar' && node.style === 'plain' && node.text === '';
}

/**
 * Parses a YAML 1.1 stream into one node per document, each with its offsets in the source; null for an empty document.
 * @throws YamlSyntaxError
 */
export function parseYaml(source: string): (YamlNode | null)[] {
  const parser = new DocumentParser(source, false);
  const documents: (YamlNode | null)[] = [];
  for (let root = parser.next(); root !== undefined; root = parser.next()) documents.push(root);
  return documents;
}

export interface FirstDocument {
  /** Null for an empty document. */
  readonly root: YamlNode | null;
  /** Offset of what stands behind the document; null where nothing does but comments. */
  readonly rest: number | null;
}

/**
 * Parses the first document alone, as go-yaml's `Unmarshal` does: what follows it may be broken.
 * @throws YamlSyntaxError
 */
export function readFirstDocument(source: string): FirstDocument {
  const parser = new DocumentParser(source, true);
  return { root: parser.next() ?? null, rest: parser.rest };
}

/**
 * The root of the first document, null for an empty one; what follows may be broken.
 * @throws YamlSyntaxError
 */
export function parseFirstDocument(source: string): YamlNode | null {
  return new DocumentParser(source, true).next() ?? null;
}

/** The first document, or null where it is invalid YAML. */
export function firstDocumentIfAny(source: string): YamlNode | null {
  try {
    return parseFirstDocument(source);
  } catch (error) {
    if (error instanceof YamlSyntaxError) return null;
    throw error;
  }
}
