import { hasLastApplied, hasResourceVersion } from '../../configmap/server-metadata.ts';
import { dataBytes, excessAnnotationBytes, MAX_BYTES } from '../../configmap/size.ts';
import type { Rule } from '../rule.ts';
import { spotOf } from '../spot.ts';

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
    const spot = spotOf(null, configMap.data?.key ?? configMap.root, null);
    const bytes = dataBytes(configMap.root);
    if (bytes > MAX_BYTES) yield { spot, what: `the ConfigMap holds ${Math.ceil(bytes / 1024)} KiB` };
    // What comes from a cluster without such a copy is replaced, not applied.
    else if (!hasResourceVersion(document) || hasLastApplied(document)) {
      const copy = excessAnnotationBytes(document);
      if (copy !== null) yield { spot, what: `the copy of the ConfigMap takes ${copy} bytes`, ...LARGE };
    }
  },
};

const LARGE = {
  severity: 'warning',
  consequence: 'a client-side kubectl apply fails: annotations take no more than 262144',
  help: 'Use kubectl replace, or kubectl apply --server-side.',
} as const;
