import { dataBytes, MOST_BYTES, MOST_BYTES_CLIENT_SIDE } from '../document/size.ts';
import type { Rule } from './rule.ts';
import { spotOf } from './spot.ts';

export const oversize: Rule = {
  name: 'oversize',
  severity: 'error',
  fix: 'none',
  summary: 'The ConfigMap holds more than 1 MiB; a warning above 256 KiB',
  consequence: 'Kubernetes refuses it',
  cure: 'Map fewer roles here, or move to access entries.',
  *detect({ document: { configMap, source, texts } }) {
    // No character takes more than three bytes for each of its code units.
    if (!configMap || source.length * 3 <= MOST_BYTES_CLIENT_SIDE) return;
    const bytes = dataBytes(Object.values(texts).map((text) => text?.embedded.text ?? ''));
    if (bytes <= MOST_BYTES_CLIENT_SIDE) return;
    const spot = spotOf(null, configMap.data?.key ?? configMap.root, null);
    const what = `the ConfigMap holds ${Math.ceil(bytes / 1024)} KiB`;
    yield bytes > MOST_BYTES ? { spot, what } : { spot, what, ...LARGE };
  },
};

const LARGE = {
  severity: 'warning',
  consequence: 'a client-side kubectl apply fails, for it keeps a copy in an annotation',
  cure: 'Use kubectl apply --server-side, or kubectl replace.',
} as const;
