import type { GrantingEntry } from '../access-entry/entry.ts';
import { memo, once } from '../memo.ts';
import { Authorizer } from '../rbac/authorizer.ts';
import type { BoundRole, RbacRole } from '../rbac/model.ts';
import type { Rights } from '../who/cluster-rights.ts';
import type { WhoRow } from '../who/rows.ts';
import type { RowChange } from '../who/since/row-change.ts';
import type { HeldEntry } from '../who/way.ts';
import { type PageData, type PageEntry, type PageGrant, ROW_TABLES, type RowTable } from './data.ts';

/** The rows of a page. Decodes each only when it is needed: a page may have hundreds of thousands. */
export class PageRows {
  readonly data: PageData;
  readonly count: number;
  /** For each row, its index in a table. */
  readonly columns: Readonly<Record<RowTable, Uint32Array>>;
  private readonly roles = memo((index: number): RbacRole => {
    const { kind, name, namespace, rules } = at(this.data.tables.roles, index);
    return { kind, name, namespace, rules: at(this.data.tables.rules, rules), location: null };
  });
  private readonly boundRoles = memo((index: number): BoundRole => {
    const { role, binding, subject } = at(this.data.tables.boundRoles, index);
    return { role: this.roles(role), binding: at(this.data.tables.bindings, binding), subject };
  });
  private readonly indexOfBound = new Map<BoundRole, number>();
  private readonly entries = memo((index: number): GrantingEntry => {
    const { rolearn: id, arn, username, groups, source, policies } = at(this.data.tables.entries, index);
    const common = { id, arn: arn ?? '', username, groups };
    if (source === 'binding') return { ...common, source, holders: null };
    return source === 'aws-auth' ? { ...common, source } : { ...common, source, policies };
  });

  /** The permissions of a grant; null if nothing is known. */
  readonly rights = memo((index: number): Rights => {
    const encoded = at(this.data.tables.rights, index);
    const bound = (indexes: readonly number[]) =>
      indexes.map((one) => {
        const role = this.boundRoles(one);
        this.indexOfBound.set(role, one);
        return role;
      });
    return { ...encoded, roles: bound(encoded.roles), rolesOfEverybody: bound(encoded.rolesOfEverybody) };
  });

  private readonly earlierGrants = once((): ReadonlySet<number> => {
    const earlier = this.data.since?.earlierRows ?? 0;
    return new Set(earlier === 0 ? [] : this.columns.grants.subarray(-earlier));
  });

  /** All roles and bindings of a cluster, by its index in `tables.rbac`. */
  readonly authorizer = memo((index: number): Authorizer => {
    const { knowsBindings, kubernetesMinor, awsAuth, roles, bindings } = at(this.data.tables.rbac, index);
    if (!knowsBindings) return new Authorizer(null, kubernetesMinor, awsAuth);
    const rbac = {
      roles: roles.map((one) => this.roles(one)),
      bindings: bindings.map((one) => at(this.data.tables.bindings, one)),
    };
    return new Authorizer(rbac, kubernetesMinor, awsAuth);
  });

  constructor(data: PageData) {
    this.data = data;
    this.count = data.rows.principals.length;
    const columns = ROW_TABLES.map((table) => [table, Uint32Array.from(data.rows[table])] as const);
    this.columns = Object.fromEntries(columns) as Record<RowTable, Uint32Array>;
  }

  principal(index: number): WhoRow['principal'] {
    return at(this.data.tables.principals, index);
  }

  via(index: number): string | null {
    return at(this.data.tables.vias, index);
  }

  /** As audit logs show it; null if it depends on the caller. */
  username(index: number): string | null {
    const { usernames, usernameStarts, usernameEnds } = this.data.tables;
    const username = at(usernames, index);
    return username && at(usernameStarts, username[0]) + at(usernameEnds, username[1]);
  }

  entry(index: number): PageEntry {
    return at(this.data.tables.entries, index);
  }

  grant(index: number): PageGrant {
    return at(this.data.tables.grants, index);
  }

  /** Routes to cluster admin of a grant. */
  routes(grant: number): WhoRow['routes'] {
    return at(this.data.tables.routes, this.grant(grant).routes);
  }

  /** Permissions of a grant; null if nothing is known. */
  rightsOfGrant(grant: number): Rights | null {
    const { rights } = this.grant(grant);
    return rights === null ? null : this.rights(rights);
  }

  /** The index in a table that a row refers to. */
  index(row: number, table: RowTable): number {
    return this.columns[table][row] ?? 0;
  }

  change(row: number): RowChange | null {
    return this.data.tables.changes[this.index(row, 'changes')] ?? null;
  }

  /** True for a row of the earlier run, which counts only as gone. */
  isEarlier(row: number): boolean {
    return row >= this.count - (this.data.since?.earlierRows ?? 0);
  }

  /** True for a grant of the earlier run: access that is gone. No other row has it. */
  hadAccess(grant: number): boolean {
    return this.earlierGrants().has(grant);
  }

  /** A row as `who` renders it. */
  row(row: number): WhoRow {
    const grant = this.index(row, 'grants');
    const {
      arn: _arn,
      isNode: _node,
      clusterIndex: _cluster,
      ...entry
    } = this.entry(this.index(row, 'entries'));
    const { access, reason, note } = this.grant(grant);
    return {
      ...entry,
      principal: this.principal(this.index(row, 'principals')),
      via: this.via(this.index(row, 'vias')),
      access,
      reason,
      note,
      rights: this.rightsOfGrant(grant),
      answersOf: (bound) => this.answersOf(bound),
      auditUsername: this.username(this.index(row, 'usernames')),
      routes: this.routes(grant),
      way: this.way(row),
    };
  }

  /** The entry behind a row, on which its permissions depend; null if the cluster couldn't be read. */
  way(row: number): HeldEntry | null {
    const { status, hasPrincipal } = this.grant(this.index(row, 'grants'));
    if (status === null) return null;
    const { accountId, isNode } = this.entry(this.index(row, 'entries'));
    const held = { entry: this.entries(this.index(row, 'entries')), accountId, isNode, status };
    if (!hasPrincipal) return { ...held, principal: null };
    const { type, id, name } = this.principal(this.index(row, 'principals'));
    const isListed = type === 'USER' || type === 'GROUP';
    return {
      ...held,
      principal: isListed ? { type, id, name, members: null } : { type, id, name: name ?? id },
    };
  }

  private answersOf(bound: BoundRole): readonly string[] {
    const index = this.indexOfBound.get(bound);
    return index === undefined ? [] : at(this.data.tables.boundRoles, index).can;
  }
}

/** @throws Error if the data of the page is damaged */
export function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`the page's data has no item ${index}`);
  return item;
}

/** `USER/alice@example.com`, `GROUP/Platform`, `IAM_ROLE/arn:…`: names, which stay the same when an ID is new. */
export function personValue({ type, id, name }: WhoRow['principal']): string {
  return `${type}/${type === 'USER' || type === 'GROUP' ? (name ?? id) : id}`;
}
