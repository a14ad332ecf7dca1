import { scalarType } from '../../authenticator/authenticator-scalar.ts';
import { keyOf, LAST_APPLIED } from '../../configmap/server-metadata.ts';
import { listed } from '../../text.ts';
import type { Pair, YamlNode } from '../../yaml/node.ts';
import { pairsNamed } from '../../yaml/pairs.ts';
import type { Rule } from '../rule.ts';
import { spotOf } from '../spot.ts';

export const immutableMap: Rule = {
  name: 'immutable-map',
  severity: 'warning',
  fix: 'none',
  summary: 'The ConfigMap has immutable: true',
  consequence: 'Kubernetes refuses every later change of it, so no entry can be added, updated or removed',
  help: 'Remove immutable: true. Where a cluster has it already, the ConfigMap has to be deleted and created again, and nobody in it gets in between.',
  *detect({ document: { configMap } }) {
    const pair = configMap && pairsNamed(configMap.root, 'immutable').at(-1);
    if (pair && isTrue(pair.value))
      yield { spot: spotOf(null, pair.key, null), what: 'the ConfigMap is immutable' };
  },
};

/** As kubectl reads it, which is YAML 1.1. */
function isTrue(value: YamlNode): boolean {
  return (
    value.kind === 'scalar' && scalarType(value) === 'boolean' && /^(?:y|yes|true|on)$/i.test(value.text)
  );
}

/** What ties a manifest to one object of one cluster. */
const SERVER_KEYS: readonly string[] = ['resourceVersion', 'uid', 'managedFields'];

export const serverMetadata: Rule = {
  name: 'server-metadata',
  severity: 'warning',
  fix: 'none',
  summary:
    'A file (not stdin) has metadata that a cluster wrote: resourceVersion, uid, managedFields, last-applied',
  consequence:
    'it fits the object of one cluster at one time, so a later kubectl apply of the file fails or undoes what others changed',
  help: 'Remove it from a file that is kept (`aws-auth-sso merge --for apply` leaves it out); pipe in what comes straight from a cluster.',
  *detect({ document: { configMap }, options }) {
    const metadata = configMap?.metadata?.value;
    if (options.live || metadata?.kind !== 'mapping') return;
    const found = metadata.pairs.flatMap((pair) =>
      keyOf(pair) === 'annotations' && pair.value.kind === 'mapping'
        ? pair.value.pairs.filter((annotation) => keyOf(annotation) === LAST_APPLIED)
        : SERVER_KEYS.includes(keyOf(pair)) && isStated(pair)
          ? [pair]
          : [],
    );
    const [first] = found;
    if (first)
      yield { spot: spotOf(null, first.key, null), what: `metadata has ${listed(found.map(keyOf))}` };
  },
};

function isStated({ value }: Pair): boolean {
  return value.kind !== 'scalar' || (value.text !== '' && scalarType(value) !== 'null');
}
