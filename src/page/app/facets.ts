import { policyName } from '../../access-entry.ts';
import { boundRoleText } from '../../rbac/model.ts';
import type { RowTable } from '../data.ts';
import type { PageRows } from '../decode.ts';

/**
 * A property of rows to filter by. Its values depend on one table only, so they are computed once for all rows that share
 * them. They stand in addresses that people send, so what a value means must not change.
 */
interface Facet<Key extends string = string> {
  readonly key: Key;
  readonly label: string;
  readonly table: RowTable;
  /**
   * The values of a row, possibly none.
   * @param index in `table`
   */
  readonly values: (rows: PageRows, index: number) => readonly string[];
}

function facet<Key extends string>(definition: Facet<Key>): Facet<Key> {
  return definition;
}

/** In the order in which the page offers them. */
export const FACETS = [
  facet({ key: 'person', label: 'Person or group', table: 'principals', values: personValue }),
  facet({
    key: 'via',
    label: 'Through group',
    table: 'vias',
    values: (rows, index) => present(rows.via(index)),
  }),
  facet({
    key: 'account',
    label: 'Account',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).accountId),
  }),
  facet({
    key: 'cluster',
    label: 'Cluster',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).clusterArn ?? rows.entry(index).cluster),
  }),
  facet({
    key: 'set',
    label: 'Permission set',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).permissionSet),
  }),
  facet({
    key: 'entry',
    label: 'Entry',
    table: 'entries',
    values: (rows, index) => present(rows.entry(index).rolearn),
  }),
  facet({
    key: 'source',
    label: 'Source',
    table: 'entries',
    values: (rows, index) => {
      const { source, unread } = rows.entry(index);
      return unread ? [] : [source];
    },
  }),
  facet({
    key: 'group',
    label: 'Kubernetes group',
    table: 'entries',
    values: (rows, index) => [...new Set(rows.entry(index).groups)],
  }),
  facet({
    key: 'policy',
    label: 'Access policy',
    table: 'entries',
    values: (rows, index) => [...new Set(rows.entry(index).policies.map(policyName))],
  }),
  facet({
    key: 'role',
    label: 'Role',
    table: 'grants',
    values: (rows, index) => {
      const { roles = [], rolesOfEverybody = [] } = rows.rightsOfGrant(index) ?? {};
      return [...new Set([...roles, ...rolesOfEverybody].map(boundRoleText))];
    },
  }),
  facet({
    key: 'admin',
    label: 'Cluster admin',
    table: 'grants',
    values: (rows, index) => [adminValue(rows, index)],
  }),
  facet({
    key: 'risk',
    label: 'Route to admin',
    table: 'grants',
    values: (rows, index) => [...new Set(rows.routes(index).map(({ risk }) => risk))],
  }),
  facet({
    key: 'access',
    label: 'Access',
    table: 'grants',
    values: (rows, index) => [rows.grant(index).access],
  }),
  facet({
    key: 'reason',
    label: 'Reason',
    table: 'grants',
    values: (rows, index) => present(rows.grant(index).reason),
  }),
  facet({
    key: 'change',
    label: 'Change',
    table: 'changes',
    values: (rows, index) => present(rows.data.tables.changes[index]?.kind ?? null),
  }),
] as const;

export type FacetKey = (typeof FACETS)[number]['key'];

function present(value: string | null): readonly string[] {
  return value === null || value === '' ? [] : [value];
}

/** `USER/alice@example.com`, `GROUP/Platform`, `IAM_ROLE/arn:…`: names, which stay the same when an ID is new. */
function personValue(rows: PageRows, index: number): readonly string[] {
  const { type, id, name } = rows.principal(index);
  return [`${type}/${type === 'USER' || type === 'GROUP' ? (name ?? id) : id}`];
}

/** `yes`: is cluster admin; `route`: could become one; `no`: no route is known. */
function adminValue(rows: PageRows, grant: number): string {
  const routes = rows.routes(grant);
  if (routes.some(({ risk }) => risk === 'cluster-admin')) return 'yes';
  return routes.length > 0 ? 'route' : 'no';
}
