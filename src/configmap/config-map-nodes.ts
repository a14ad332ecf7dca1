import { scalarType } from '../authenticator/authenticator-scalar.ts';
import { type Failure, type Location, refusal } from '../errors.ts';
import type { MappingNode, Pair, ScalarNode, YamlNode } from '../yaml/node.ts';
import { nodeStart } from '../yaml/node-end.ts';
import { pairsNamed } from '../yaml/pairs.ts';

/** The parts of the aws-auth manifest that matter. */
export interface ConfigMapNodes {
  readonly root: MappingNode;
  readonly metadata: Pair | undefined;
  readonly data: Pair | undefined;
  readonly mapRoles: Pair | undefined;
}

type LocationOf = (offset: number) => Location;

/** @throws Failure where a part is repeated, or of another type than kubectl takes */
export function configMapNodes(root: MappingNode, locationOf: LocationOf): ConfigMapNodes {
  const metadata = onlyPair(root, 'metadata', locationOf);
  const data = onlyPair(root, 'data', locationOf);
  const fields = data && dataMapping(data, locationOf);
  return { root, metadata, data, mapRoles: fields && onlyPair(fields, 'mapRoles', locationOf) };
}

/**
 * The scalar behind a key of `data`; null where the key is missing or null.
 * @throws Failure where the value is no text
 */
export function dataScalar({ data }: ConfigMapNodes, key: string, locationOf: LocationOf): ScalarNode | null {
  if (data?.value.kind !== 'mapping') return null;
  const value = onlyPair(data.value, key, locationOf)?.value;
  if (!value || isNull(value)) return null;
  if (value.kind === 'scalar' && scalarType(value) === 'text' && !isForeignTag(value.tag)) return value;
  throw notText(key, value, locationOf);
}

function onlyPair(node: MappingNode, key: string, locationOf: LocationOf): Pair | undefined {
  const [pair, repeated] = pairsNamed(node, key);
  const [merge] = pairsNamed(node, '<<');
  if (repeated) {
    const message = `the key ${key} stands here a second time`;
    throw refusal({ message, location: locationOf(nodeStart(repeated.key)), help: 'Keep one of them.' });
  }
  if (merge) {
    const message = `${key} may come through this merge key, which is not followed here`;
    throw refusal({ message, location: locationOf(nodeStart(merge.key)), help: 'Write the keys out.' });
  }
  return pair;
}

function dataMapping({ key, value }: Pair, locationOf: LocationOf): MappingNode | undefined {
  if (value.kind === 'mapping') return value;
  if (isNull(value)) return undefined;
  const message = `data is ${describe(value)}, not a map`;
  throw refusal({
    message,
    location: locationOf(nodeStart(key)),
    help: 'kubectl refuses such a manifest: mend it first.',
  });
}

function notText(key: string, value: YamlNode, locationOf: LocationOf): Failure {
  const next =
    value.kind === 'sequence' || value.kind === 'mapping'
      ? `Put a | behind "${key}:", so that what is below it becomes one text; Kubernetes takes nothing else there.`
      : 'Write it as a text: Kubernetes takes nothing else there.';
  return refusal({
    message: `${key} is ${describe(value)}, not a text`,
    location: locationOf(nodeStart(value)),
    help: next,
  });
}

function describe(value: YamlNode): string {
  switch (value.kind) {
    case 'sequence':
      return 'a YAML list';
    case 'mapping':
      return 'a YAML map';
    case 'alias':
      return 'an alias';
    case 'scalar':
      return value.tag === null ? `a ${scalarType(value)}` : `of the type ${value.tag}`;
  }
}

function isNull(value: YamlNode): boolean {
  return value.kind === 'scalar' && scalarType(value) === 'null';
}

/** A tag that gives the scalar another text than the one written; a change could not keep it. */
function isForeignTag(tag: string | null): boolean {
  return tag !== null && tag !== '!!str' && tag !== '!';
}
