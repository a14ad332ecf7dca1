import { readMapRoles } from '../authenticator/load.ts';
import type { DesiredEntry, Entry } from '../entry.ts';
import { bug } from '../errors.ts';
import { indentLines } from './block-scalar.ts';
import { type RenderOptions, renderEntries } from './block-style.ts';
import { readDocument } from './document.ts';
import { requireSize } from './size-limits.ts';

/**
 * A new aws-auth, or its mapRoles alone.
 * @throws Failure: exit 2 where no cluster would take it, exit 4 where other entries than these would load
 */
export function renderAwsAuth(
  entries: readonly DesiredEntry[],
  options: RenderOptions,
  format: 'configmap' | 'maproles',
): string {
  const text = format === 'configmap' ? renderConfigMap(entries, options) : renderMapRoles(entries, options);
  verifyRendered(text, entries);
  return text;
}

/** A whole `mapRoles` text; `[]` for no entries, which every reader takes for an empty list. */
export function renderMapRoles(entries: readonly DesiredEntry[], options: RenderOptions): string {
  return entries.length === 0 ? '[]\n' : renderEntries(entries, options);
}

/** A new aws-auth ConfigMap. */
export function renderConfigMap(entries: readonly DesiredEntry[], options: RenderOptions): string {
  const head = [
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: aws-auth',
    '  namespace: kube-system',
    'data:',
    '  mapRoles: |',
  ];
  return `${head.join('\n')}\n${indentLines(renderMapRoles(entries, options), 4)}`;
}

/** Reads a text that was rendered, a ConfigMap or a bare list, as the authenticator does. */
export function verifyRendered(text: string, entries: readonly Entry[]): void {
  const document = readDocument(text, '<stdout>');
  requireSize(document);
  const loaded = readMapRoles(document.mapRoles?.text ?? '');
  const [wanted, found] = [
    entries.map(({ rolearn, username, groups }) => [rolearn, username, ...groups]),
    loaded.entries.map(({ arn, username, groups }) => [arn, username, ...(groups ?? [])]),
  ];
  if (loaded.errors.length > 0 || JSON.stringify(wanted) !== JSON.stringify(found)) {
    throw bug('the entries would load differently than they were meant');
  }
}
