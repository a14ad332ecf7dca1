import { scalarType } from '../../authenticator/scalar.ts';
import {
  hasLastApplied,
  hasResourceVersion,
  immutablePair,
  LAST_APPLIED,
} from '../../configmap/server-metadata.ts';
import { excessAnnotationBytes, excessKibibytes } from '../../configmap/size-limits.ts';
import { listed } from '../../text.ts';
import { keyOf, type Pair } from '../../yaml/node.ts';
import { atNode, manifestRange, type Rule, rule } from '../rule.ts';

function manifestRule(texts: Pick<Rule, 'name' | 'summary' | 'consequence' | 'help'>): Rule {
  return rule({ ...texts, severity: 'error', detect: (context) => context.manifestProblems(texts.name) });
}

const invalidYaml = manifestRule({
  name: 'invalid-yaml',
  summary: 'The file is not valid YAML',
  consequence: 'kubectl cannot read it either',
  help: 'Fix the YAML there; all lines of mapRoles are indented further than the key itself.',
});

const listNotString = manifestRule({
  name: 'list-not-string',
  summary: 'A key of data holds a YAML list or map instead of a string',
  consequence: 'the values of a ConfigMap are strings, so kubectl rejects it',
  help: 'Add `|` after the key.',
});

const valueNotString = manifestRule({
  name: 'value-not-string',
  summary: 'A key of data holds a number, a boolean or the like instead of a string',
  consequence: 'the values of a ConfigMap are strings, so kubectl rejects it',
  help: 'Add `|` after the key, and put the list below it.',
});

const duplicateKey = manifestRule({
  name: 'duplicate-key',
  summary: 'The ConfigMap has a duplicate key',
  consequence: 'kubectl rejects it or uses only the last one',
  help: 'Put all entries under one key.',
});

const oversize = rule({
  name: 'oversize',
  severity: 'error',
  summary: 'The ConfigMap exceeds 1 MiB; a warning where the copy that kubectl apply keeps exceeds 256 KiB',
  consequence: 'Kubernetes rejects it',
  help: 'Map fewer roles here, or move to access entries.',
  *detect({ document }) {
    if (!document?.configMap) return;
    const range = manifestRange(document);
    const kibibytes = excessKibibytes(document);
    if (kibibytes !== null) yield { range, what: `the ConfigMap holds ${kibibytes} KiB` };
    // What comes from a cluster without such a copy is replaced, not applied.
    else if (!hasResourceVersion(document) || hasLastApplied(document)) {
      const copy = excessAnnotationBytes(document);
      if (copy !== null) yield { range, what: `the copy of the ConfigMap takes ${copy} bytes`, ...LARGE };
    }
  },
});

const LARGE = {
  severity: 'warning',
  consequence: 'a client-side kubectl apply fails, for annotations are limited to 262144',
  help: 'Use kubectl replace, or kubectl apply --server-side.',
} as const;

const immutableMap = rule({
  name: 'immutable-map',
  severity: 'warning',
  summary: 'The ConfigMap has immutable: true',
  consequence: 'Kubernetes rejects every change, so no entry can be added, updated or removed',
  help: 'Remove immutable: true. Where a cluster has it already, delete and re-create the ConfigMap; in between, nobody in it has access.',
  *detect({ document }) {
    const pair = document?.configMap && immutablePair(document.configMap);
    if (pair) yield atNode(null, pair.key, null, 'the ConfigMap is immutable');
  },
});

/** What ties a manifest to one object of one cluster. */
const SERVER_KEYS: readonly string[] = ['resourceVersion', 'uid', 'managedFields'];

const serverMetadata = rule({
  name: 'server-metadata',
  severity: 'warning',
  summary:
    'A file (not stdin) has metadata that a cluster wrote: resourceVersion, uid, managedFields, last-applied',
  consequence:
    'it belongs to one object at one time, so a later kubectl apply of the file fails or reverts what others changed',
  help: 'Remove it from a file that is kept (`aws-auth-sso merge --for apply` leaves it out); pipe in what comes straight from a cluster.',
  *detect({ document, options }) {
    const metadata = document?.configMap?.metadata?.value;
    if (options.live || metadata?.kind !== 'mapping') return;
    const found = metadata.pairs.flatMap((pair) =>
      keyOf(pair) === 'annotations' && pair.value.kind === 'mapping'
        ? pair.value.pairs.filter((annotation) => keyOf(annotation) === LAST_APPLIED)
        : SERVER_KEYS.includes(keyOf(pair)) && isSet(pair)
          ? [pair]
          : [],
    );
    const [first] = found;
    if (first) yield atNode(null, first.key, null, `metadata has ${listed(found.map(keyOf))}`);
  },
});

function isSet({ value }: Pair): boolean {
  return value.kind !== 'scalar' || (value.text !== '' && scalarType(value) !== 'null');
}

export const manifestRules: readonly Rule[] = [
  invalidYaml,
  listNotString,
  valueNotString,
  duplicateKey,
  oversize,
  immutableMap,
  serverMetadata,
];
