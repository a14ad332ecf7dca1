import type { GrantingEntry } from '../access-entry/entry.ts';
import type { Location } from '../errors.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import type { Binding, BoundRole, PolicyRule, RbacRole } from '../rbac/model.ts';
import type { Rights } from '../who/cluster-rights.ts';
import type { WhoRow } from '../who/rows.ts';
import type { RowChange } from '../who/since/row-change.ts';
import {
  PAGE_FORMAT,
  type PageCluster,
  type PageData,
  type PageEntry,
  type PageGrant,
  type PageRbac,
  ROW_TABLES,
  type RowTable,
} from './data.ts';

/** A row, and what became of it since an earlier run; null for nothing. */
export interface ComparedRow {
  readonly row: WhoRow;
  readonly change: RowChange | null;
}

/** A cluster's bindings, as far as they are known, and the access policies of its entries. */
interface ClusterRbac extends Pick<PageRbac, 'policies'> {
  readonly authorizer: Authorizer;
}

/**
 * The data of a page.
 * @param rbac for each cluster of the head; null if nothing is evaluated
 */
export function encodePage(
  head: Omit<PageData, 'format' | 'clusters' | 'tables' | 'rows'> & {
    readonly clusters: readonly Omit<PageCluster, 'rbac'>[];
  },
  rbac: readonly (ClusterRbac | null)[],
  rows: Iterable<ComparedRow>,
): PageData {
  const tables = new Tables(head.clusters);
  const clusters = head.clusters.map((cluster, index) => ({
    ...cluster,
    rbac: tables.rbacOf(rbac[index] ?? null),
  }));
  const columns = Object.fromEntries(ROW_TABLES.map((table) => [table, []])) as unknown as Columns;
  for (const { row, change } of rows) {
    const index = tables.rowOf(row, change);
    for (const table of ROW_TABLES) columns[table].push(index[table]);
  }
  return { ...head, format: PAGE_FORMAT, clusters, tables: tables.all(), rows: columns };
}

type Columns = Record<RowTable, number[]>;

/** Distinct values in the order in which they are first seen. */
class Interned<Value> {
  readonly values: Value[] = [];
  private readonly byKey = new Map<unknown, number>();

  /** @param make called for the first value with this key */
  index(key: unknown, make: () => Value): number {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const value = make();
    const index = this.values.length;
    this.values.push(value);
    this.byKey.set(key, index);
    return index;
  }
}

/** Interns by identity first, which is fast, then by equal JSON: clusters share most of their roles. */
class InternedObjects<Key extends object, Value> {
  readonly table = new Interned<Value>();
  private readonly byIdentity = new Map<Key, number>();
  private readonly encode: (value: Key) => Value;

  constructor(encode: (value: Key) => Value) {
    this.encode = encode;
  }

  index(key: Key): number {
    const known = this.byIdentity.get(key);
    if (known !== undefined) return known;
    const encoded = this.encode(key);
    const index = this.table.index(JSON.stringify(encoded), () => encoded);
    this.byIdentity.set(key, index);
    return index;
  }
}

type PageTables = PageData['tables'];

class Tables {
  private readonly principals = new Interned<WhoRow['principal']>();
  private readonly vias = new Interned<string | null>();
  private readonly entryIndexes = new Map<GrantingEntry | undefined, Map<string, number>>();
  private readonly entryTable: PageEntry[] = [];
  private readonly grants = new Interned<PageGrant>();
  private readonly usernames = new Interned<PageTables['usernames'][number]>();
  private readonly usernameStarts = new Interned<string>();
  private readonly usernameEnds = new Interned<string>();
  private readonly changes = new Interned<RowChange | null>();
  private readonly rules = new InternedObjects<readonly PolicyRule[], readonly PolicyRule[]>(
    (rules) => rules,
  );
  private readonly roles = new InternedObjects<RbacRole, PageTables['roles'][number]>(
    ({ kind, name, namespace, rules }) => {
      return { kind, name, namespace, rules: this.rules.index(rules) };
    },
  );
  private readonly bindings = new InternedObjects<Binding, Binding>(
    ({ kind, name, namespace, roleRef, subjects, location }) => {
      return {
        kind,
        name,
        namespace,
        roleRef: { kind: roleRef.kind, name: roleRef.name },
        subjects,
        location: location && placeOf(location),
      };
    },
  );
  private answersOf: WhoRow['answersOf'] = () => [];
  private readonly boundRoles = new InternedObjects<BoundRole, PageTables['boundRoles'][number]>((bound) => {
    const { role, binding, subject } = bound;
    const can = this.answersOf(bound);
    return { role: this.roles.index(role), binding: this.bindings.index(binding), subject, can };
  });
  private readonly rights = new InternedObjects<Rights, PageTables['rights'][number]>((rights) => {
    const indexes = (roles: readonly BoundRole[]) => roles.map((bound) => this.boundRoles.index(bound));
    const { roles, rolesOfEverybody, ...rest } = rights;
    return { ...rest, roles: indexes(roles), rolesOfEverybody: indexes(rolesOfEverybody) };
  });
  private readonly routes = new InternedObjects<WhoRow['routes'], WhoRow['routes']>((routes) =>
    routes.map(({ risk, text, through }) => ({ risk, text, through })),
  );
  private readonly rbac = new Interned<PageRbac>();
  private readonly clusterIndexes: ReadonlyMap<string, number>;

  constructor(clusters: readonly Pick<PageCluster, 'name' | 'arn'>[]) {
    this.clusterIndexes = new Map(
      clusters.map((cluster, index) => [clusterKey(cluster.name, cluster.arn), index]),
    );
  }

  all(): PageTables {
    return {
      principals: this.principals.values,
      vias: this.vias.values,
      entries: this.entryTable,
      grants: this.grants.values,
      usernames: this.usernames.values,
      usernameStarts: this.usernameStarts.values,
      usernameEnds: this.usernameEnds.values,
      changes: this.changes.values,
      rights: this.rights.table.values,
      routes: this.routes.table.values,
      boundRoles: this.boundRoles.table.values,
      roles: this.roles.table.values,
      rules: this.rules.table.values,
      bindings: this.bindings.table.values,
      rbac: this.rbac.values,
    };
  }

  rbacOf(cluster: ClusterRbac | null): number | null {
    if (!cluster) return null;
    const { authorizer, policies } = cluster;
    const { knowsBindings, kubernetesVersion, awsAuth, rbac } = authorizer;
    const { roles, bindings } = knowsBindings ? rbac : { roles: [], bindings: [] };
    const encoded: PageRbac = {
      knowsBindings,
      kubernetesMinor: kubernetesVersion,
      awsAuth,
      roles: roles.map((role) => this.roles.index(role)),
      bindings: bindings.map((binding) => this.bindings.index(binding)),
      policies,
    };
    return this.rbac.index(JSON.stringify(encoded), () => encoded);
  }

  rowOf(row: WhoRow, change: RowChange | null): Record<RowTable, number> {
    const { type, id, name } = row.principal;
    return {
      principals: this.principals.index(`${type} ${id} ${name}`, () => ({ type, id, name })),
      vias: this.vias.index(row.via, () => row.via),
      entries: this.entryOf(row),
      grants: this.grantOf(row),
      usernames: this.usernames.index(row.auditUsername, () => this.usernameOf(row.auditUsername)),
      changes: this.changes.index(change && JSON.stringify(change), () => change),
    };
  }

  /** Divides `sso:alice`, and `arn:…:assumed-role/AWSReservedSSO_…/alice`, before the person's name. */
  private usernameOf(username: string | null): PageTables['usernames'][number] {
    if (username === null) return null;
    const middle = Math.max(username.lastIndexOf(':'), username.lastIndexOf('/')) + 1;
    const [start, end] = [username.slice(0, middle), username.slice(middle)];
    return [this.usernameStarts.index(start, () => start), this.usernameEnds.index(end, () => end)];
  }

  /** Rows of one entry share all of this, so the entry itself is the key; without one, what is known of it. */
  private entryOf(row: WhoRow): number {
    const entry = row.way?.entry;
    const byCluster = this.entryIndexes.get(entry) ?? new Map<string, number>();
    this.entryIndexes.set(entry, byCluster);
    const encoded = entry ? null : this.encodedEntry(row);
    const key = encoded ? JSON.stringify(encoded) : `${row.cluster} ${row.clusterArn}`;
    const known = byCluster.get(key);
    if (known !== undefined) return known;
    byCluster.set(key, this.entryTable.length);
    return this.entryTable.push(encoded ?? this.encodedEntry(row)) - 1;
  }

  private encodedEntry(row: WhoRow): PageEntry {
    const entry = row.way?.entry;
    return {
      accountId: row.accountId,
      accountName: row.accountName,
      permissionSet: row.permissionSet,
      rolearn: row.rolearn,
      username: row.username,
      groups: row.groups,
      source: row.source,
      policies: row.policies,
      cluster: row.cluster,
      clusterArn: row.clusterArn,
      unread: row.unread,
      asOf: row.asOf,
      knowsBindings: row.knowsBindings,
      kubernetesVersion: row.kubernetesVersion,
      kubernetesDataDate: row.kubernetesDataDate ?? null,
      arn: entry?.arn ?? null,
      isNode: row.way?.isNode ?? false,
      clusterIndex: entry ? (this.clusterIndexes.get(clusterKey(row.cluster, row.clusterArn)) ?? null) : null,
    };
  }

  private grantOf(row: WhoRow): number {
    this.answersOf = row.answersOf;
    const { access, reason, note } = row;
    const rights = row.rights && this.rights.index(row.rights);
    const routes = this.routes.index(row.routes);
    const status = row.way?.status ?? null;
    const hasPrincipal = row.way?.principal != null;
    const key = `${access} ${reason} ${rights} ${routes} ${status} ${hasPrincipal} ${note}`;
    return this.grants.index(key, () => ({ access, reason, note, rights, routes, status, hasPrincipal }));
  }
}

function placeOf({ file, line }: Location): Location {
  return { file, ...(line !== undefined && { line }) };
}

function clusterKey(name: string | null, arn: string | null): string {
  return `${arn ?? ''} ${name ?? ''}`;
}
