import { type ConfigMapNodes, readDocument, readManifests } from '../configmap/document.ts';
import { EmbeddedText } from '../configmap/embedded-text.ts';
import {
  findConfigMap,
  mayNameRole,
  requireRoleList,
  requireSomeManifest,
} from '../configmap/find-config-map.ts';
import type { MapKey } from '../entry.ts';
import type { Location } from '../errors.ts';
import { lineIndex } from '../yaml/line-index.ts';
import { skipTrivia } from '../yaml/lines.ts';
import { firstDocumentIfAny, type Pair, type YamlNode, YamlSyntaxError } from '../yaml/node.ts';
import { pairsNamed } from '../yaml/pairs.ts';
import { dataTexts, isStable } from './data-texts.ts';
import type { ManifestProblem } from './fault.ts';

import { fileFault } from './template-fault.ts';
import { meansRoleArn } from './typo.ts';

/** A text that the authenticator reads, and whether it can be edited where it stands. */
export interface DataText {
  readonly embedded: EmbeddedText;
  /** Null where the text is the whole file. */
  readonly pair: Pair | null;
  /** False where it comes through an alias, or others may take it from an anchor. */
  readonly editable: boolean;
}

export type DataTexts = Readonly<Record<MapKey, DataText | null>>;

/** An aws-auth file, however broken. */
export interface LintDocument {
  /** The name of the file, for messages. */
  readonly file: string;
  readonly source: string;
  /** Null where the file is a bare `mapRoles` list, or no YAML. */
  readonly configMap: ConfigMapNodes | null;
  /** The keys of `data`. */
  readonly data: readonly Pair[];
  readonly texts: DataTexts;
  /** What kubectl would not take. */
  readonly problems: readonly ManifestProblem[];
  /** Line and column of an offset in the file. */
  locationOf(offset: number): Location;
}

const NO_TEXTS: DataTexts = { mapRoles: null, mapUsers: null, mapAccounts: null };

/**
 * Finds aws-auth in the text of a file as `readDocument` does, but takes what is broken for a finding.
 * @throws Failure (exit 2) where there is no aws-auth at all
 */
export function readLintDocument(source: string, file: string): LintDocument {
  const positionOf = lineIndex(source);
  const locationOf = (offset: number): Location => ({ file, ...positionOf(offset) });
  const frame = { file, source, locationOf, configMap: null, data: [], texts: NO_TEXTS, problems: [] };
  const documents = parse(source, file);
  if (documents instanceof YamlSyntaxError) {
    // What the authenticator reads of a bare list: behind its first document, anything may be broken.
    const isList = startsAsList(source) || isRoleList(firstDocumentIfAny(source));
    if (isList) return { ...frame, texts: bareList(frame) };
    return { ...frame, problems: [fileFault(source, documents)] };
  }
  const [list] = documents;
  if (list?.kind === 'sequence' && documents.slice(1).every((document) => document?.kind !== 'mapping')) {
    if (!list.items.some(isMisspelledRole)) requireRoleList(list, locationOf);
    return { ...frame, texts: bareList(frame) };
  }
  if (isRoleList(list) && !documents.some(isManifest)) return { ...frame, texts: bareList(frame) };
  return { ...frame, ...dataTexts(findConfigMap(documents, locationOf), frame) };
}

/** @throws Failure where the text is empty, or neither YAML nor anything like aws-auth */
function parse(source: string, file: string): (YamlNode | null)[] | YamlSyntaxError {
  requireSomeManifest(source, file);
  try {
    return readManifests(source);
  } catch (error) {
    if (!(error instanceof YamlSyntaxError)) throw error;
    if (/aws-auth|map_?(?:roles|users)|role_?arn/i.test(source)) return error;
  }
  readDocument(source, file);
  return [];
}

/** Whether the first thing behind comments and the mark of a document looks like a list. */
function startsAsList(source: string): boolean {
  let position = skipTrivia(source, source.startsWith('\uFEFF') ? 1 : 0);
  if (/^---[ \t\r\n]/.test(source.slice(position, position + 4))) position = skipTrivia(source, position + 3);
  return source[position] === '-' || source[position] === '[';
}

function bareList({ source, locationOf }: Pick<LintDocument, 'source' | 'locationOf'>): DataTexts {
  const embedded = new EmbeddedText(source, null, locationOf);
  return { ...NO_TEXTS, mapRoles: { embedded, pair: null, editable: isStable(source) } };
}

function isRoleList(node: YamlNode | null | undefined): boolean {
  return node?.kind === 'sequence' && node.items.some((item) => mayNameRole(item) || isMisspelledRole(item));
}

function isManifest(node: YamlNode | null): boolean {
  return node?.kind === 'mapping' && ['kind', 'metadata'].some((key) => pairsNamed(node, key).length > 0);
}

function isMisspelledRole(item: YamlNode): boolean {
  if (item.kind !== 'mapping') return false;
  return item.pairs.some(
    ({ key, value }) =>
      key.kind === 'scalar' && meansRoleArn(key.text) && value.kind === 'scalar' && /^arn:/i.test(value.text),
  );
}
