import type { Risk } from '../../src/rbac/ways-to-admin.ts';
import { ATTEMPTS } from './attempts.ts';

/** The routes from permissions to cluster admin that are carried out in a cluster. */
export const PROVEN: readonly Risk[] = [
  ...new Set(ATTEMPTS.flatMap(({ risk, refusal }) => (refusal ? [] : [risk]))),
];

const WITHOUT_NODES = 'there are no nodes, so no pod runs';

/** Reasons for the other routes: the permissions exist, but using them needs more than an API server. */
export const UNPROVEN: Partial<Readonly<Record<Risk, string>>> = {
  exec: WITHOUT_NODES,
  'exec-system': WITHOUT_NODES,
  'create-pods': WITHOUT_NODES,
  'create-system-pods': WITHOUT_NODES,
};
