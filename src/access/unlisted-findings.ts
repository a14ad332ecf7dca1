import { type Finding, note } from '../errors.ts';
import type { ClusterAccess } from './cluster-access.ts';

/** A note on what rows of bindings leave out, once for all clusters. */
export function unlistedFindings(all: readonly ClusterAccess[]): Finding[] {
  const hidden = Math.max(0, ...all.map(({ defaultSubjects }) => defaultSubjects));
  if (hidden === 0) return [];
  const message = `not shown: ${hidden} subjects of Kubernetes' default bindings, and callers with client certificates or OIDC tokens, who may have any username and group`;
  return [note('not-listed', message)];
}
