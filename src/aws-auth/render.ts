import { bug } from '../errors.ts';
import type { DesiredEntry } from '../map-entry.ts';
import { indentLines } from './block-scalar.ts';
import { readDocument } from './document.ts';
import { type RenderOptions, renderItems } from './entry-style.ts';
import { readMapRoles } from './load.ts';
import { requireSize } from './size-limits.ts';

/**
 * A new aws-auth, or only its mapRoles.
 * @throws Failure: exit 2 if a cluster would reject it, exit 4 if it would load as different entries
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

/** A whole `mapRoles` text; `[]` without entries, which every reader loads as an empty list. */
export function renderMapRoles(entries: readonly DesiredEntry[], options: RenderOptions): string {
  return entries.length === 0 ? '[]\n' : renderItems(entries, options);
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

/** Checks that the authenticator reads a rendered ConfigMap or bare list as intended. */
export function verifyRendered(
  text: string,
  entries: readonly Pick<DesiredEntry, 'rolearn' | 'username' | 'groups'>[],
): void {
  const document = readDocument(text, '<stdout>');
  requireSize(document);
  const loaded = readMapRoles(document.mapRoles?.text ?? '');
  const [wanted, found] = [
    entries.map(({ rolearn, username, groups }) => [rolearn, username, ...groups]),
    loaded.entries.map(({ arn, username, groups }) => [arn, username, ...(groups ?? [])]),
  ];
  if (loaded.errors.length > 0 || JSON.stringify(wanted) !== JSON.stringify(found)) {
    throw bug('the entries would load differently than planned');
  }
}
