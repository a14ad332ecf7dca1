import { templateMatcher } from './caller.ts';
import { MASTERS } from './groups.ts';
import type { LoadedEntry } from './loaded.ts';

/** The group or username by which an entry makes administrators. */
export interface AdministratorName {
  readonly field: 'groups' | 'username';
  readonly name: string;
}

/** Users of the control plane that Kubernetes gives far-reaching rights. */
const BUILT_IN_USERS = ['system:kube-controller-manager', 'system:kube-scheduler', 'system:admin'];

/** The prefixes of usernames that Kubernetes and EKS keep for themselves. */
const RESERVED = /^(?:system|eks):/;
const NODES = 'system:node:';

/**
 * By what an entry makes administrators of the cluster, without any binding, or can make them: whoever assumes a role chooses the name of the
 * session, so that `system:{{SessionName}}` becomes system:masters. Null where it makes none. A binding may do so still.
 */
export function administratorBy({
  username,
  groups,
}: Pick<LoadedEntry, 'username' | 'groups'>): AdministratorName | null {
  const group = groups?.find((name) => name === MASTERS || templateMatcher(name)?.(MASTERS));
  if (group !== undefined) return { field: 'groups', name: group };
  const matches = templateMatcher(username);
  const isReserved = RESERVED.test(username) && !username.startsWith(NODES);
  if (!isReserved && !BUILT_IN_USERS.some((name) => matches?.(name))) return null;
  return { field: 'username', name: username };
}
