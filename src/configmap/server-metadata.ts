import type { Edit } from '../yaml/edit.ts';
import { lineStart, nextLine } from '../yaml/lines.ts';
import { flowPairs } from '../yaml/list-items.ts';
import type { MappingNode, Pair } from '../yaml/node.ts';
import { mappingAt, pairsNamed } from '../yaml/pairs.ts';
import type { AwsAuthDocument } from './document.ts';
import { editFlowItems } from './edit-list.ts';

/** The kubectl command that a result is meant for. */
export type KubectlVerb = 'apply' | 'replace' | 'server-side-apply';

/** What the API server writes into metadata. */
const SERVER_KEYS: ReadonlySet<string> = new Set([
  'resourceVersion',
  'uid',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'generation',
]);
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What it refuses in a server-side apply; a resourceVersion it takes for the optimistic lock there too. */
const REFUSED_SERVER_SIDE: ReadonlySet<string> = new Set(['managedFields']);

/** The pairs of `metadata` and of its annotations that must not be there for a kubectl command. */
export function serverPairs({ configMap }: AwsAuthDocument, verb: KubectlVerb | null): ReadonlySet<Pair> {
  const metadata = configMap?.metadata?.value;
  if (metadata?.kind !== 'mapping' || verb === null || verb === 'replace') return new Set();
  const keys = verb === 'apply' ? SERVER_KEYS : REFUSED_SERVER_SIDE;
  return new Set([
    ...metadata.pairs.filter((pair) => keys.has(keyOf(pair))),
    ...metadata.pairs.filter(isAnnotations).flatMap(lastApplied),
  ]);
}

/** The key of the optimistic lock. */
export function hasResourceVersion({ configMap }: Pick<AwsAuthDocument, 'configMap'>): boolean {
  const metadata = configMap?.metadata?.value;
  return metadata?.kind === 'mapping' && metadata.pairs.some((pair) => keyOf(pair) === 'resourceVersion');
}

/** The copy that a client-side `kubectl apply` keeps of what it applied. */
export function hasLastApplied({ configMap }: Pick<AwsAuthDocument, 'configMap'>): boolean {
  const metadata = configMap?.metadata?.value;
  const annotations = metadata?.kind === 'mapping' && mappingAt(metadata, 'annotations');
  return annotations ? pairsNamed(annotations, LAST_APPLIED).length > 0 : false;
}

/** The edits that take pairs out of `metadata`, with their lines. */
export function dropServerMetadata({ source, configMap }: AwsAuthDocument, pairs: ReadonlySet<Pair>): Edit[] {
  const metadata = configMap?.metadata?.value;
  if (metadata?.kind !== 'mapping') return [];
  const nested = metadata.pairs.flatMap(({ value }) =>
    value.kind === 'mapping' && value.pairs.some((pair) => pairs.has(pair))
      ? removePairs(source, value, pairs)
      : [],
  );
  return [...removePairs(source, metadata, pairs), ...nested];
}

export function keyOf({ key }: Pair): string {
  return key.kind === 'scalar' ? key.text : '';
}

/** The annotation, or all annotations where it is the only one. */
function lastApplied(annotations: Pair): Pair[] {
  if (annotations.value.kind !== 'mapping') return [];
  const { pairs } = annotations.value;
  const found = pairs.filter((pair) => keyOf(pair) === LAST_APPLIED);
  return found.length > 0 && found.length === pairs.length ? [annotations] : found;
}

function isAnnotations(pair: Pair): boolean {
  return keyOf(pair) === 'annotations';
}

function removePairs(source: string, mapping: MappingNode, pairs: ReadonlySet<Pair>): Edit[] {
  if (!mapping.pairs.some((pair) => pairs.has(pair))) return [];
  if (!mapping.flow)
    return mapping.pairs.filter((pair) => pairs.has(pair)).map((pair) => removeLines(source, pair));
  const items = mapping.pairs.map((pair) => ({ kind: pairs.has(pair) ? 'remove' : 'keep' }) as const);
  return editFlowItems(
    source,
    mapping.contentStart + 1,
    flowPairs(source, mapping),
    { items, inserted: new Map() },
    ', ',
  );
}

function removeLines(source: string, pair: Pair): Edit {
  const start = pair.key.start;
  return {
    start: lineStart(source, start),
    end: nextLine(source, pair.value.end),
    replacement: '',
  };
}
