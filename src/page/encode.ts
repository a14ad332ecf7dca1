import type { GrantingEntry } from '../access-entry/entry.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import type { Binding, BoundRole, PolicyRule, RbacRole } from '../rbac/model.ts';
import type { Rights } from '../who/cluster-rights.ts';
import type { WhoRow } from '../who/rows.ts';
import type { RowChange } from '../who/since/row-change.ts';
import {
  type PageCluster,
  type PageData,
  type PageEntry,
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
 * The data of a page as JSON, in pieces. Everything is computed before the first piece.
 * @param rbac for each cluster of the head; null if nothing is evaluated
 */
export function* encodePage(
  head: Omit<PageData, 'clusters' | 'tables' | 'rows'> & {
    readonly clusters: readonly Omit<PageCluster, 'rbac'>[];
  },
  rbac: readonly (ClusterRbac | null)[],
  rows: Iterable<ComparedRow>,
): Generator<string> {
  const tables = new Tables(head.clusters);
  const clusters = head.clusters.map((cluster, index) => ({
    ...cluster,
    rbac: tables.rbacOf(rbac[index] ?? null),
  }));
  const columns: Record<RowTable, Indexes> = {
    principals: new Indexes(),
    vias: new Indexes(),
    entries: new Indexes(),
    grants: new Indexes(),
    usernames: new Indexes(),
    changes: new Indexes(),
  };
  for (const { row, change } of rows) {
    const index = tables.rowOf(row, change);
    for (const table of ROW_TABLES) columns[table].push(index[table]);
  }
  yield JSON.stringify({ ...head, clusters }).slice(0, -1);
  let before = ',"tables":{';
  for (const [name, values] of tables.entries()) {
    yield `${before}${JSON.stringify(name)}:`;
    yield* listPieces(values, JSON.stringify);
    before = ',';
  }
  before = '},"rows":{';
  for (const table of ROW_TABLES) {
    yield `${before}${JSON.stringify(table)}:`;
    yield* columns[table].pieces();
    before = ',';
  }
  yield '}}';
}

/** Items per piece of JSON. */
const BATCH = 5_000;

function* listPieces<Item>(items: readonly Item[], render: (item: Item) => string): Generator<string> {
  for (let start = 0; start < items.length; start += BATCH) {
    const batch = items.slice(start, start + BATCH).map((item) => render(item));
    yield `${start === 0 ? '[' : ','}${batch.join()}`;
  }
  yield items.length === 0 ? '[]' : ']';
}

/** A growing list of numbers that takes four bytes for each. */
class Indexes {
  private values = new Uint32Array(1024);
  private length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Uint32Array(this.length * 2);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.length] = value;
    this.length += 1;
  }

  *pieces(): Generator<string> {
    yield '[';
    for (let start = 0; start < this.length; start += BATCH) {
      const end = Math.min(this.length, start + BATCH);
      yield `${start === 0 ? '' : ','}${this.values.subarray(start, end).join()}`;
    }
    yield ']';
  }
}

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
class InternedObjects<Key extends object> {
  readonly table = new Interned<unknown>();
  private readonly byIdentity = new Map<Key, number>();
  private readonly encode: (value: Key) => unknown;

  constructor(encode: (value: Key) => unknown) {
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

class Tables {
  private readonly principals = new Interned<WhoRow['principal']>();
  private readonly vias = new Interned<string | null>();
  private readonly entryIndexes = new Map<GrantingEntry | undefined, Map<string, number>>();
  private readonly entryTable: unknown[] = [];
  private readonly grants = new Interned<unknown>();
  private readonly usernames = new Interned<PageData['tables']['usernames'][number]>();
  private readonly usernameStarts = new Interned<string>();
  private readonly usernameEnds = new Interned<string>();
  private readonly changes = new Interned<RowChange | null>();
  private readonly rules = new InternedObjects<readonly PolicyRule[]>((rules) => rules);
  private readonly roles = new InternedObjects<RbacRole>(({ kind, name, namespace, rules }) => {
    return { kind, name, namespace, rules: this.rules.index(rules) };
  });
  private readonly bindings = new InternedObjects<Binding>(
    ({ kind, name, namespace, roleRef, subjects, location }) => {
      const { file, line } = location ?? {};
      const at = location === null ? null : { file, line };
      return {
        kind,
        name,
        namespace,
        roleRef: { kind: roleRef.kind, name: roleRef.name },
        subjects,
        location: at,
      };
    },
  );
  private answersOf: WhoRow['answersOf'] = () => [];
  private readonly boundRoles = new InternedObjects<BoundRole>((bound) => {
    const { role, binding, subject } = bound;
    const can = this.answersOf(bound);
    return { role: this.roles.index(role), binding: this.bindings.index(binding), subject, can };
  });
  private readonly rights = new InternedObjects<Rights>((rights) => {
    const indexes = (roles: readonly BoundRole[]) => roles.map((bound) => this.boundRoles.index(bound));
    const { roles, rolesOfEverybody, ...rest } = rights;
    return { ...rest, roles: indexes(roles), rolesOfEverybody: indexes(rolesOfEverybody) };
  });
  private readonly routes = new InternedObjects<WhoRow['routes']>((routes) =>
    routes.map(({ risk, text, through }) => ({ risk, text, through })),
  );
  private readonly rbac = new Interned<PageRbac>();
  private readonly clusterIndexes: ReadonlyMap<string, number>;

  constructor(clusters: readonly Pick<PageCluster, 'name' | 'arn'>[]) {
    this.clusterIndexes = new Map(
      clusters.map((cluster, index) => [clusterKey(cluster.name, cluster.arn), index]),
    );
  }

  /** The tables by name. */
  *entries(): Generator<readonly [string, readonly unknown[]]> {
    yield ['principals', this.principals.values];
    yield ['vias', this.vias.values];
    yield ['entries', this.entryTable];
    yield ['grants', this.grants.values];
    yield ['usernames', this.usernames.values];
    yield ['usernameStarts', this.usernameStarts.values];
    yield ['usernameEnds', this.usernameEnds.values];
    yield ['changes', this.changes.values];
    yield ['rights', this.rights.table.values];
    yield ['routes', this.routes.table.values];
    yield ['boundRoles', this.boundRoles.table.values];
    yield ['roles', this.roles.table.values];
    yield ['rules', this.rules.table.values];
    yield ['bindings', this.bindings.table.values];
    yield ['rbac', this.rbac.values];
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
  private usernameOf(username: string | null): PageData['tables']['usernames'][number] {
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

function clusterKey(name: string | null, arn: string | null): string {
  return `${arn ?? ''} ${name ?? ''}`;
}
