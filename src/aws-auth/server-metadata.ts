import type { Edit } from '../yaml/edit.ts';
import { lineStart, nextLine } from '../yaml/lines.ts';
import { keyText, type MappingNode, mappingAt, type Pair, pairsNamed } from '../yaml/node.ts';
import type { AwsAuthDocument, ConfigMapNodes } from './document.ts';
import { removeFlowPairs } from './edit-list.ts';
import { scalarType } from './scalar.ts';

/** The kubectl command that will receive a result. */
export type KubectlVerb = 'apply' | 'replace' | 'server-side-apply';

/** Server-generated metadata. */
const SERVER_KEYS: ReadonlySet<string> = new Set([
  'resourceVersion',
  'uid',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'generation',
]);
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Rejected in a server-side apply, which accepts resourceVersion as an optimistic lock. */
const REFUSED_SERVER_SIDE: ReadonlySet<string> = new Set(['managedFields']);

/**
 * Server-generated pairs of `metadata` and its annotations that a kubectl command must not receive, and the edits that
 * drop them.
 */
export function serverMetadata(
  { source, configMap }: AwsAuthDocument,
  verb: KubectlVerb | null,
): { readonly dropped: ReadonlySet<Pair>; readonly edits: readonly Edit[] } {
  const metadata = metadataOf(configMap);
  if (!metadata || verb === null || verb === 'replace') return { dropped: new Set(), edits: [] };
  const keys = verb === 'apply' ? SERVER_KEYS : REFUSED_SERVER_SIDE;
  const dropped = new Set(metadata.pairs.filter((pair) => keys.has(keyText(pair))));
  for (const annotations of pairsNamed(metadata, 'annotations')) {
    const { value } = annotations;
    const found = value.kind === 'mapping' ? pairsNamed(value, LAST_APPLIED) : [];
    // The pair `annotations` goes with its only annotation.
    const isOnly = value.kind === 'mapping' && found.length > 0 && found.length === value.pairs.length;
    for (const pair of isOnly ? [annotations] : found) dropped.add(pair);
  }
  const maps = [metadata, ...metadata.pairs.map(({ value }) => value)];
  const edits = maps.flatMap((map) => (map.kind === 'mapping' ? removePairs(source, map, dropped) : []));
  return { dropped, edits };
}

/** True if the manifest has a resourceVersion, the optimistic lock. */
export function hasResourceVersion({ configMap }: Pick<AwsAuthDocument, 'configMap'>): boolean {
  const metadata = metadataOf(configMap);
  return metadata ? pairsNamed(metadata, 'resourceVersion').length > 0 : false;
}

/** True if the manifest has the copy of the applied object that a client-side `kubectl apply` keeps. */
export function hasLastApplied({ configMap }: Pick<AwsAuthDocument, 'configMap'>): boolean {
  const metadata = metadataOf(configMap);
  const annotations = metadata && mappingAt(metadata, 'annotations');
  return annotations ? pairsNamed(annotations, LAST_APPLIED).length > 0 : false;
}

function metadataOf(configMap: ConfigMapNodes | null): MappingNode | undefined {
  return configMap?.metadata?.value.kind === 'mapping' ? configMap.metadata.value : undefined;
}

function removePairs(source: string, mapping: MappingNode, dropped: ReadonlySet<Pair>): Edit[] {
  const removed = mapping.pairs.filter((pair) => dropped.has(pair));
  if (removed.length === 0) return [];
  if (mapping.flow) return removeFlowPairs(source, mapping, dropped);
  return removed.map(({ key, value }) => ({
    start: lineStart(source, key.start),
    end: nextLine(source, value.end),
    replacement: '',
  }));
}

/** The pair that makes a ConfigMap immutable. kubectl reads booleans as YAML 1.1. */
export function immutablePair({ root }: ConfigMapNodes): Pair | undefined {
  const pair = pairsNamed(root, 'immutable').at(-1);
  if (pair?.value.kind !== 'scalar' || scalarType(pair.value) !== 'boolean') return undefined;
  return /^(?:y|yes|true|on)$/i.test(pair.value.text) ? pair : undefined;
}
