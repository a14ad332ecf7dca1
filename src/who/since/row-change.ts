import type { AdminRoute } from '../rows.ts';

/** Meanings of a change for a person in a cluster, the most serious first. */
export const CHANGE_HEADS = {
  'became-admin': 'became admin',
  route: 'can newly become admin',
  'no-longer-admin': 'no longer admin',
  new: 'new access',
  gone: 'lost all access',
  changed: 'changed',
  'unknown-people': 'new entry whose people are unknown',
} as const;

/** A field of a row with its values in an earlier run and now; lists without order. */
export interface RowDifference {
  readonly field:
    | 'access'
    | 'reason'
    | 'via'
    | 'username'
    | 'groups'
    | 'policies'
    | 'can'
    | 'bindings'
    | 'risks';
  readonly was: readonly string[];
  readonly now: readonly string[];
}

/**
 * The fate of a row since an earlier run. New: has access, and had none. Gone: had access, and has none, with or
 * without a row now.
 */
export interface RowChange {
  readonly kind: 'new' | 'gone' | 'changed';
  /** The first that fits the person's access to the cluster: all of their changed rows there have the same. */
  readonly head: keyof typeof CHANGE_HEADS;
  /** For a row of both runs: what differs. Empty for one that only this run has, or only the earlier one. */
  readonly before: readonly RowDifference[];
}

/** `yes`: is cluster admin; `route`: could become one; `no`: no route is known. */
export function adminStateOf(routes: readonly AdminRoute[]): 'yes' | 'route' | 'no' {
  if (routes.some(({ risk }) => risk === 'cluster-admin')) return 'yes';
  return routes.length > 0 ? 'route' : 'no';
}
