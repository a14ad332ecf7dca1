import { dataBytes, MOST_BYTES, MOST_BYTES_CLIENT_SIDE } from '../size.ts';
import type { Detection, Rule } from './rule.ts';
import { type LintSubject, spotOf } from './subject.ts';

export const oversize: Rule = {
  name: 'oversize',
  severity: 'error',
  fix: 'none',
  summary: 'The ConfigMap holds more than 1 MiB',
  consequence: 'Kubernetes refuses it',
  cure: 'Map fewer roles here, or move to access entries.',
  detect: (subject) => largerThan(subject, MOST_BYTES, Number.POSITIVE_INFINITY),
};

export const largeConfigMap: Rule = {
  name: 'large-config-map',
  severity: 'warning',
  fix: 'none',
  summary: 'The ConfigMap holds more than 256 KiB',
  consequence: 'a client-side kubectl apply fails, for it keeps a copy in an annotation',
  cure: 'Use kubectl apply --server-side, or kubectl replace.',
  detect: (subject) => largerThan(subject, MOST_BYTES_CLIENT_SIDE, MOST_BYTES),
};

function* largerThan(subject: LintSubject, least: number, most: number): Generator<Detection> {
  const { configMap, source, texts } = subject.document;
  if (!configMap || source.length * 3 <= least) return;
  const bytes = dataBytes(Object.values(texts).map((text) => text?.embedded.text ?? ''));
  if (bytes <= least || bytes > most) return;
  yield {
    spot: spotOf(null, configMap.data?.key ?? configMap.root, null),
    what: `the ConfigMap holds ${Math.ceil(bytes / 1024)} KiB`,
  };
}
