import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { Location } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import { type EntryAccess, entryAccess, type Grant, type GrantFilter, grantsOf } from './entry-access.ts';
import type { OtherAccess, OtherEntry } from './other-access.ts';

/** The aws-auth of a cluster, as loaded. */
export interface Cluster {
  /** Null where the file has no name. */
  readonly name: string | null;
  readonly file: string;
  /** The effective entries of provisioned roles. */
  readonly provisioned: readonly LoadedEntry[];
  /** All else. */
  readonly others: readonly OtherEntry[];
  readonly locationOf: (entry: LoadedEntry) => Location;
}

/** Who gets into a cluster, as far as it was asked for. */
export interface ClusterAccess {
  readonly cluster: Cluster;
  /** Of the provisioned roles, in the order of their entries. */
  readonly access: readonly EntryAccess[];
  readonly grants: readonly Grant[];
  /** Those of `access` that give nobody a grant, or nobody knows whom. */
  readonly nobody: readonly EntryAccess[];
  readonly others: readonly OtherAccess[];
  /** Those of the others that were not asked for. */
  readonly hidden: readonly OtherEntry[];
}

/** What was asked. */
export interface AccessQuestion {
  readonly filter: GrantFilter;
  /** Whether it is about certain people: then entries that are of no people are left out. */
  readonly isAboutPeople: boolean;
  readonly isInScope: (accountId: string) => boolean;
  /** Narrower: suspended accounts are not read. */
  readonly isRead: (entry: LoadedEntry) => boolean;
}

/** @param known what was read from AWS; null where nothing was */
export function clusterAccess(
  cluster: Cluster,
  known: { readonly inventory: Inventory; readonly assignees: Assignees } | null,
  { filter, isAboutPeople, isInScope, isRead }: AccessQuestion,
): ClusterAccess {
  const isAsked = ({ accountId }: OtherEntry) => !isAboutPeople && isInScope(accountId);
  const names = new Map(known?.inventory.accounts.map(({ id, name }) => [id, name]));
  const nameOf = ({ accountId }: OtherEntry) => names.get(accountId) ?? null;
  const others = cluster.others.filter(isAsked).map((one) => ({ ...one, accountName: nameOf(one) }));
  const hidden = cluster.others.filter((one) => !isAsked(one));
  if (!known) return { cluster, access: [], grants: [], nobody: [], others, hidden };
  const access = entryAccess(cluster.provisioned.filter(isRead), known.inventory, known.assignees);
  const grants = grantsOf(access, known.assignees, filter);
  const shown = new Set(grants.map((grant) => grant.access));
  const nobody = isAboutPeople ? [] : access.filter((one) => !shown.has(one));
  return { cluster, access, grants, nobody, others, hidden };
}
