import { scalarType } from '../../authenticator/authenticator-scalar.ts';
import { hasLastApplied, hasResourceVersion, keyOf, LAST_APPLIED } from '../../configmap/server-metadata.ts';
import { dataBytes, excessAnnotationBytes, MAX_BYTES } from '../../configmap/size.ts';
import { listed } from '../../text.ts';

import type { Pair, YamlNode } from '../../yaml/node.ts';
import { pairsNamed } from '../../yaml/pairs.ts';
import { rangeOf } from '../locate.ts';
import type { Rule } from '../rule.ts';

export const invalidYaml: Rule = {
  name: 'invalid-yaml',
  severity: 'error',
  fix: 'none',
  summary: 'The file cannot be read as YAML',
  consequence: 'kubectl cannot read it either, so nothing in it reaches the cluster',
  help: 'Mend the file there; all lines of mapRoles are indented further than the key itself.',
  detect: (context) => context.problemsOf('invalid-yaml'),
};

export const listNotString: Rule = {
  name: 'list-not-string',
  severity: 'error',
  fix: 'none',
  summary: 'A key of data holds a YAML list or map where a text belongs',
  consequence:
    'the values of a ConfigMap are texts, so kubectl refuses it and nothing in it reaches the cluster',
  help: 'Put a | behind the key, so that what is below it becomes one text.',
  detect: (context) => context.problemsOf('list-not-string'),
};

export const valueNotString: Rule = {
  name: 'value-not-string',
  severity: 'error',
  fix: 'none',
  summary: 'A key of data holds a number, a boolean or the like where a text belongs',
  consequence:
    'the values of a ConfigMap are texts, so kubectl refuses it and nothing in it reaches the cluster',
  help: 'Write it as a text: put a | behind the key, and the list below it.',
  detect: (context) => context.problemsOf('value-not-string'),
};

export const duplicateKey: Rule = {
  name: 'duplicate-key',
  severity: 'error',
  fix: 'none',
  summary: 'A key of the ConfigMap stands there twice',
  consequence: 'kubectl refuses it or takes the last one, so nobody in the others gets in',
  help: 'Put all entries below one key.',
  detect: (context) => context.problemsOf('duplicate-key'),
};

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
      yield { range: rangeOf(null, pair.key, null), what: 'the ConfigMap is immutable' };
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
      yield { range: rangeOf(null, first.key, null), what: `metadata has ${listed(found.map(keyOf))}` };
  },
};

function isStated({ value }: Pair): boolean {
  return value.kind !== 'scalar' || (value.text !== '' && scalarType(value) !== 'null');
}

export const oversize: Rule = {
  name: 'oversize',
  severity: 'error',
  fix: 'none',
  summary:
    'The ConfigMap holds more than 1 MiB; a warning where the copy that kubectl apply keeps takes more than 256 KiB',
  consequence: 'Kubernetes refuses it',
  help: 'Map fewer roles here, or move to access entries.',
  *detect({ document }) {
    const { configMap } = document;
    if (!configMap) return;
    const range = rangeOf(null, configMap.data?.key ?? configMap.root, null);
    const bytes = dataBytes(configMap.root);
    if (bytes > MAX_BYTES) yield { range: range, what: `the ConfigMap holds ${Math.ceil(bytes / 1024)} KiB` };
    // What comes from a cluster without such a copy is replaced, not applied.
    else if (!hasResourceVersion(document) || hasLastApplied(document)) {
      const copy = excessAnnotationBytes(document);
      if (copy !== null)
        yield { range: range, what: `the copy of the ConfigMap takes ${copy} bytes`, ...LARGE };
    }
  },
};

const LARGE = {
  severity: 'warning',
  consequence: 'a client-side kubectl apply fails: annotations take no more than 262144',
  help: 'Use kubectl replace, or kubectl apply --server-side.',
} as const;
