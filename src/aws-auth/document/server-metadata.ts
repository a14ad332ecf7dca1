import type { Edit } from '../../yaml/edit.ts';
import { lineStart, nextLine } from '../../yaml/lines.ts';
import { flowPairs } from '../../yaml/list-items.ts';
import type { MappingNode, Pair } from '../../yaml/node.ts';
import { nodeStart, pairEnd } from '../../yaml/node-end.ts';
import { editFlowItems } from '../edit/edit-flow-list.ts';
import type { AwsAuthDocument } from './document.ts';

/** What the API server writes into metadata: a manifest that is applied must not have it. */
const SERVER_KEYS: ReadonlySet<string> = new Set([
  'resourceVersion',
  'uid',
  'creationTimestamp',
  'managedFields',
  'selfLink',
  'generation',
]);
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The pairs of `metadata` and of its annotations that `kubectl apply` must not see. */
export function serverPairs({ configMap }: AwsAuthDocument): ReadonlySet<Pair> {
  const metadata = configMap?.metadata?.value;
  if (metadata?.kind !== 'mapping') return new Set();
  return new Set([
    ...metadata.pairs.filter((pair) => SERVER_KEYS.has(keyOf(pair))),
    ...metadata.pairs.filter(isAnnotations).flatMap(lastApplied),
  ]);
}

/** The key of the optimistic lock. */
export function hasResourceVersion({ configMap }: AwsAuthDocument): boolean {
  const metadata = configMap?.metadata?.value;
  return metadata?.kind === 'mapping' && metadata.pairs.some((pair) => keyOf(pair) === 'resourceVersion');
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
    mapping.start + 1,
    flowPairs(source, mapping),
    { items, inserted: new Map() },
    ', ',
  );
}

function removeLines(source: string, pair: Pair): Edit {
  const start = nodeStart(pair.key);
  return {
    start: lineStart(source, start),
    end: nextLine(source, pairEnd(source, pair, start)),
    replacement: '',
  };
}
