import { type CallerRights, callerRights } from '../../../access/caller-rights.ts';
import { identityOf } from '../../../access/who-gets-in.ts';
import { parseArn } from '../../../arn.ts';
import type { CallerSource } from '../../../authenticator/resolve-caller.ts';
import { groupBy } from '../../../group-by.ts';
import { withoutRbac } from '../../../rbac/authorizer.ts';
import type { PageRows } from '../../decode.ts';
import { at } from '../../decode.ts';
import { personValue } from '../facets.ts';

/** An entry through which a principal may have access; a session has the permissions of one entry only. */
export interface PersonEntry {
  /** One of the rows, which differ only in the group. */
  readonly row: number;
  /** The groups through which it is assigned; null: directly. */
  readonly vias: readonly (string | null)[];
}

/** The entries of a principal in a cluster. */
export interface PersonCluster {
  /** Index in `PageHead.clusters`; null if the cluster couldn't be read. */
  readonly cluster: number | null;
  readonly entries: readonly PersonEntry[];
}

/**
 * The entries of a person or group, by cluster.
 * @param selected the rows to look at
 * @param value of the facet `person`
 */
export function entriesOf(rows: PageRows, selected: Uint32Array, value: string): readonly PersonCluster[] {
  const principals = new Set(
    rows.data.tables.principals.flatMap((one, index) => (personValue(one) === value ? index : [])),
  );
  const own = Array.from(
    selected.filter((row) => principals.has(rows.index(row, 'principals')) && !rows.isEarlier(row)),
  );
  const clusterOf = (row: number) => rows.entry(rows.index(row, 'entries')).clusterIndex;
  return [...groupBy(own, clusterOf)].map(([cluster, those]) => {
    const same = groupBy(those, (row) => `${rows.index(row, 'entries')} ${rows.index(row, 'grants')}`);
    return {
      cluster,
      entries: [...same.values()].flatMap((all): PersonEntry[] => {
        const [row] = all;
        const vias = [...new Set(all.map((one) => rows.via(rows.index(one, 'vias'))))];
        return row === undefined ? [] : [{ row, vias }];
      }),
    };
  });
}

/**
 * The permissions of a row's principal, as in `explain --rbac`; null if it has no access, or the cluster couldn't be
 * read.
 */
export function permissionsOf(rows: PageRows, row: number): CallerRights | null {
  const way = rows.way(row);
  const { clusterIndex } = rows.entry(rows.index(row, 'entries'));
  if (way === null || way.status === 'none' || clusterIndex === null) return null;
  const identity = identityOf(way);
  if (!identity) return null;
  const { rbac } = at(rows.data.clusters, clusterIndex);
  const authorizer = rbac === null ? withoutRbac() : rows.authorizer(rbac);
  return callerRights(identity, sourceOf(way.entry), authorizer);
}

/** Where the entry is, which decides what would have to change. */
function sourceOf({ source, id }: { readonly source: string; readonly id: string }): CallerSource {
  if (source !== 'aws-auth') return 'accessEntries';
  const arn = parseArn(id);
  if (!arn) return 'mapAccounts';
  return arn.resource.startsWith('user/') ? 'mapUsers' : 'mapRoles';
}
