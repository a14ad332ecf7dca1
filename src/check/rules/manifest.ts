import { isNull } from '../../aws-auth/scalar.ts';
import {
  hasLastApplied,
  hasResourceVersion,
  immutablePair,
  LAST_APPLIED,
} from '../../aws-auth/server-metadata.ts';
import { excessAnnotationBytes, excessKibibytes, TOO_LARGE_HELP } from '../../aws-auth/size-limits.ts';
import { listed } from '../../text.ts';
import { keyText, type Pair } from '../../yaml/node.ts';
import { atNode, manifestRange, type Rule, rule } from '../rule.ts';

function manifestRule(texts: Pick<Rule, 'name' | 'summary' | 'consequence' | 'help'>): Rule {
  return rule({ ...texts, severity: 'error', detect: (context) => context.manifestProblems(texts.name) });
}

const invalidYaml = manifestRule({
  name: 'invalid-yaml',
  summary: "The file isn't valid YAML",
  consequence: "kubectl can't read it either",
  help: 'Fix the YAML. Indent all lines of mapRoles more than the key itself.',
});

const STRINGS_ONLY = 'ConfigMap values are strings, so kubectl rejects it';

const listNotString = manifestRule({
  name: 'list-not-string',
  summary: 'A key of data holds a YAML list or map instead of a string',
  consequence: STRINGS_ONLY,
  help: 'Add `|` after the key.',
});

const valueNotString = manifestRule({
  name: 'value-not-string',
  summary: 'A key of data holds a number, boolean or similar instead of a string',
  consequence: STRINGS_ONLY,
  help: 'Add `|` after the key, and put the list below it.',
});

const duplicateKey = manifestRule({
  name: 'duplicate-key',
  summary: 'The ConfigMap has a duplicate key',
  consequence: 'kubectl rejects it or uses only the last value',
  help: 'Put all entries under one key.',
});

const oversize = rule({
  name: 'oversize',
  severity: 'error',
  summary: 'The ConfigMap exceeds 1 MiB. A warning if the copy that kubectl apply keeps exceeds 256 KiB.',
  consequence: 'Kubernetes rejects it',
  help: TOO_LARGE_HELP,
  *detect({ document }) {
    if (!document?.configMap) return;
    const range = manifestRange(document);
    const kibibytes = excessKibibytes(document);
    if (kibibytes !== null) yield { range, what: `the ConfigMap holds ${kibibytes} KiB` };
    // A manifest from a cluster without that copy is updated with replace, not apply.
    else if (!hasResourceVersion(document) || hasLastApplied(document)) {
      const copy = excessAnnotationBytes(document);
      if (copy !== null) yield { range, what: `the copy of the ConfigMap takes ${copy} bytes`, ...LARGE };
    }
  },
});

const LARGE = {
  severity: 'warning',
  consequence: 'a client-side kubectl apply fails because annotations are limited to 262144 bytes',
  help: 'Use kubectl replace, or kubectl apply --server-side.',
} as const;

const immutableMap = rule({
  name: 'immutable-map',
  severity: 'warning',
  summary: 'The ConfigMap has immutable: true',
  consequence: 'Kubernetes rejects every change, so no entry can be added, updated or removed',
  help: 'Remove immutable: true. If it is already set in the cluster, delete and re-create the ConfigMap. In between, nobody has access through it.',
  *detect({ document }) {
    const pair = document?.configMap && immutablePair(document.configMap);
    if (pair) yield atNode(null, pair.key, null, 'the ConfigMap is immutable');
  },
});

/** Server-generated metadata. */
const SERVER_KEYS: readonly string[] = ['resourceVersion', 'uid', 'managedFields'];

const serverMetadata = rule({
  name: 'server-metadata',
  severity: 'warning',
  summary:
    'A file has server-generated metadata: resourceVersion, uid, managedFields or last-applied. Not reported for stdin.',
  consequence: "a later kubectl apply of the file fails or reverts other people's changes",
  help: 'Remove it from files that you keep (`aws-auth-sso merge --for apply` omits it). Pipe output from a cluster to stdin.',
  *detect({ document, options }) {
    const metadata = document?.configMap?.metadata?.value;
    if (options.live || metadata?.kind !== 'mapping') return;
    const isSet = ({ value }: Pair) => value.kind !== 'scalar' || (value.text !== '' && !isNull(value));
    const found = metadata.pairs.flatMap((pair) =>
      keyText(pair) === 'annotations' && pair.value.kind === 'mapping'
        ? pair.value.pairs.filter((annotation) => keyText(annotation) === LAST_APPLIED)
        : SERVER_KEYS.includes(keyText(pair)) && isSet(pair)
          ? [pair]
          : [],
    );
    const [first] = found;
    if (first) yield atNode(null, first.key, null, `metadata has ${listed(found.map(keyText))}`);
  },
});

export const manifestRules: readonly Rule[] = [
  invalidYaml,
  listNotString,
  valueNotString,
  duplicateKey,
  oversize,
  immutableMap,
  serverMetadata,
];
