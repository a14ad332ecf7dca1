import type { Instance, PermissionSet } from '../inventory/model.ts';

/** Which permission sets exist, as far as it could be learnt. */
export type KnownSets =
  | { readonly kind: 'known'; readonly sets: readonly PermissionSet[]; readonly instance: Instance | null }
  | { readonly kind: 'unknown'; readonly reason: string };
