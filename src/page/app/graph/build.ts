import { ANY_CALLER } from '../../../aws-auth/loaded.ts';
import { groupBy } from '../../../group-by.ts';
import { memo } from '../../../memo.ts';
import { compareStrings } from '../../../text.ts';
import { SOURCE_TEXTS } from '../../../who/row-texts.ts';
import type { RowChange } from '../../../who/since/row-change.ts';
import { principalKindText } from '../../../who/way.ts';
import { type PageRows, personValue } from '../../decode.ts';
import { type FacetKey, valueLabel } from '../../facets.ts';
import type { Selector } from '../../selection.ts';
import { EntryGrants } from './grants.ts';
import { firstState, GraphNodes, type Item, type Layer, type Node, type State, type Tail } from './model.ts';

/** The nodes of the selected rows, exactly; principals with the same rows are one node. */
export function buildGraph(rows: PageRows, selected: Iterable<number>, values: Selector['values']): Node[] {
  const builder = new Builder(rows, values);
  const all = alikeOf(rows, selected);
  const tails = [...new Set(all.flatMap((alike) => alike.tails))];
  builder.addEntries(tails);
  for (const alike of all) builder.addAlike(alike);
  builder.addNobody(tails);
  return builder.nodes.all;
}

class Builder {
  readonly nodes = new GraphNodes();
  private readonly rows: PageRows;
  private readonly values: Selector['values'];
  private readonly grants: EntryGrants;
  private readonly hasClusters: boolean;
  /** Groups that are principals, by name. */
  private readonly groups = new Map<string, number>();
  /** Nodes of entries by `entryKey`. */
  private readonly entries = new Map<string, Node>();

  constructor(rows: PageRows, values: Selector['values']) {
    this.rows = rows;
    this.values = values;
    this.grants = new EntryGrants(rows, this.nodes);
    this.hasClusters = new Set(rows.data.tables.entries.map(({ cluster }) => cluster)).size > 1;
  }

  addEntries(tails: readonly Tail[]): void {
    for (const [key, own] of groupBy(tails, ({ entry }) => this.entryKey(entry))) {
      const { to, state } = this.grants.of(own);
      const routes = own
        .filter(({ isOfUsers }) => !isOfUsers)
        .flatMap((tail) => this.grants.otherRoutes(tail, to));
      const node = this.nodes.source({ layer: 'entry', kind: 'entry' }, [this.entryItem(own)]);
      for (const next of [...to, ...routes]) this.nodes.link(node, next, state);
      this.entries.set(key, node);
    }
    this.grants.ofEverybody(tails);
  }

  /** Adds principals with the same rows, and all that is between them and their entries. */
  addAlike({ principals, tails, change }: Alike): void {
    const [first] = principals;
    const own = tails.filter((tail) => !this.isOfNobody(tail));
    const [tail] = own;
    if (first === undefined || !tail) return;
    const { type, name } = this.rows.principal(first);
    if (type === 'GROUP') {
      for (const principal of principals) this.addGroup(principal, own);
      return;
    }
    const isPerson = type === 'USER';
    const isNode = !isPerson && this.rows.entry(tail.entry).isNode;
    const kind = `${isPerson && name === null ? 'deleted ' : ''}${isNode ? 'node ' : ''}${principalKindText({ type })}`;
    const items = principals.map((principal) => this.principalItem(principal, kind, own));
    const from = this.nodes.source({ layer: 'person', kind, change }, items);
    this.leadTo(from, own, isPerson);
    for (const one of own.filter(({ isOfUsers }) => isOfUsers)) {
      const personal = this.grants.personal(one);
      for (const next of personal) this.nodes.link(from, next, one.state);
      const entry = this.entries.get(this.entryKey(one.entry));
      const routes = this.grants.otherRoutes(one, [...personal, ...(entry ? [entry] : [])]);
      for (const next of routes) this.nodes.link(from, next, one.state);
    }
  }

  /** Adds a group as a principal: the same node as between its members and their permission sets. */
  private addGroup(principal: number, tails: readonly Tail[]): void {
    const { id, name } = this.rows.principal(principal);
    this.groups.set(name ?? id, principal);
    this.next('via', 'group', tails, (to) => this.toSets(to, tails, true), this.groupItem(name ?? id));
  }

  private groupItem(name: string): Item {
    const via = this.rows.data.tables.vias.indexOf(name);
    const filters =
      via < 0
        ? { person: this.values('person')[this.groups.get(name) ?? -1] ?? [] }
        : { via: this.values('via')[via] ?? [] };
    return { key: name, title: name, detail: 'Identity Center group', filters };
  }

  /** Adds roles that nobody has, or unknown people. */
  addNobody(tails: readonly Tail[]): void {
    const lost = tails.filter((tail) => this.isOfNobody(tail));
    for (const own of groupBy(lost, ({ grant, state }) => this.nobodyKey(grant, state)).values()) {
      const [first] = own;
      if (!first) continue;
      const { access, note } = this.rows.grant(first.grant);
      const title = access === 'none' ? 'Nobody' : 'Unknown people';
      const reasons = this.values('reason')[first.grant] ?? [];
      const filters = reasons.length > 0 ? { reason: reasons } : { access: [access] };
      const [reason] = reasons;
      // The note would only repeat that it is unknown.
      const detail =
        access === 'none' || reason === undefined ? note : valueLabel(this.rows, 'reason', reason);
      const item = { key: this.nobodyKey(first.grant, first.state), title, detail, filters };
      const kind = access === 'none' ? 'nobody' : 'unknown people';
      this.leadTo(this.nodes.source({ layer: 'person', kind }, [item]), own, true);
    }
  }

  private leadTo(from: Node, tails: readonly Tail[], isPerson: boolean): void {
    for (const { state } of tails) this.nodes.pass(from, state);
    for (const own of groupBy(tails, ({ via }) => via).values()) {
      const via = own[0]?.via ?? 0;
      const name = isPerson ? this.rows.via(via) : null;
      if (name === null) this.toSets(from, own, isPerson);
      else {
        const next = this.next('via', 'group', own, (to) => this.toSets(to, own, true), this.groupItem(name));
        this.nodes.link(from, next, stateOf(own));
      }
    }
  }

  private toSets(from: Node, tails: readonly Tail[], isPerson: boolean): void {
    const setOf = ({ entry }: Tail) => {
      const { permissionSet, unread } = this.rows.entry(entry);
      return isPerson && !unread ? permissionSet : null;
    };
    for (const [set, own] of groupBy(tails, setOf)) {
      if (set === null) this.toEntries(from, own);
      else {
        const accounts = new Set(own.map(({ entry }) => accountTitle(this.rows, entry)));
        const detail = accounts.size === 1 ? `in ${[...accounts][0]}` : `in ${accounts.size} accounts`;
        const next = this.next('set', 'permission set', own, (to) => this.toAccounts(to, own), {
          key: set,
          title: set,
          detail,
          filters: { set: this.valuesOf('set', own[0]) },
        });
        this.nodes.link(from, next, stateOf(own));
      }
    }
  }

  private toAccounts(from: Node, tails: readonly Tail[]): void {
    for (const own of groupBy(tails, ({ entry }) => this.roleKey(entry)).values()) {
      const { entry } = own[0] as Tail;
      const { accountId, rolearn } = this.rows.entry(entry);
      const title = accountTitle(this.rows, entry);
      const next = this.next('account', 'account', own, (to) => this.toEntries(to, own), {
        key: `${accountId} ${roleName(rolearn)}`,
        title,
        detail: roleName(rolearn),
        filters: { account: this.valuesOf('account', own[0]) },
      });
      this.nodes.link(from, next, stateOf(own));
    }
  }

  private toEntries(from: Node, tails: readonly Tail[]): void {
    for (const [key, own] of groupBy(tails, ({ entry }) => this.entryKey(entry))) {
      const entry = this.entries.get(key);
      if (entry) this.nodes.link(from, entry, stateOf(own));
    }
  }

  /** A node between, which is the same for the same rows. */
  private next(
    layer: Layer,
    kind: string,
    tails: readonly Tail[],
    lead: (to: Node) => void,
    item: Item,
  ): Node {
    const draft: Node = { layer, kind, risk: '', items: [item], to: new Map(), state: 'gone' };
    lead(draft);
    const node = this.nodes.node({ layer, kind }, item, [...draft.to.keys()]);
    for (const [to, state] of draft.to) this.nodes.link(node, to, state);
    return this.nodes.pass(node, stateOf(tails));
  }

  /** Rows of clusters that couldn't be read, and of earlier runs, always name somebody. */
  private isOfNobody({ grant }: Tail): boolean {
    const { status, hasPrincipal } = this.rows.grant(grant);
    return status !== null && !hasPrincipal;
  }

  private nobodyKey(grant: number, state: State): string {
    const { access, reason, note } = this.rows.grant(grant);
    return JSON.stringify([access, reason, note, state]);
  }

  private principalItem(principal: number, kind: string, tails: readonly Tail[]): Item {
    const { type, id, name } = this.rows.principal(principal);
    const [first] = tails;
    const isPerson = type === 'USER' || type === 'GROUP';
    const place =
      isPerson || !first || type === 'ACCOUNT' ? '' : ` in ${accountTitle(this.rows, first.entry)}`;
    const filters = { person: this.values('person')[principal] ?? [] };
    return { key: `${type} ${id}`, title: name ?? id, detail: `${kind}${place}`, filters };
  }

  private entryItem(tails: readonly Tail[]): Item {
    const { entry } = tails[0] as Tail;
    const { unread, cluster, username, source, groups, policies } = this.rows.entry(entry);
    const filters = {
      entry: this.valuesOf('entry', tails[0]),
      ...(this.hasClusters && { cluster: this.valuesOf('cluster', tails[0]) }),
    };
    const notes = new Set(
      tails.filter(({ state }) => state !== 'granted').map(({ grant }) => this.rows.grant(grant).note),
    );
    const key = this.entryKey(entry);
    if (unread)
      return { key, title: cluster ?? accountTitle(this.rows, entry), detail: [...notes].join(), filters };
    const where = this.hasClusters && cluster !== null ? ` in ${cluster}` : '';
    const kind = SOURCE_TEXTS[source];
    const isEmpty = groups.length + policies.length === 0;
    const [note] = stateOf(tails) === 'granted' ? [] : [...notes];
    const detail = `${kind}${where}${isEmpty ? ', no groups' : ''}${note ? `, ${note}` : ''}`;
    return { key, title: username || (source === 'binding' ? groups.join() : ANY_CALLER), detail, filters };
  }

  private valuesOf(key: FacetKey, tail: Tail | undefined): readonly string[] {
    return tail ? (this.values(key)[tail.entry] ?? []) : [];
  }

  /** The same for an entry of an earlier run that is still there. */
  private readonly entryKey = memo((entry: number): string => {
    const { rolearn, source, username, groups, policies, cluster, clusterArn, unread } =
      this.rows.entry(entry);
    return JSON.stringify([rolearn, source, username, groups, policies, clusterArn ?? cluster, unread]);
  });

  private readonly roleKey = memo((entry: number): string => {
    const { accountId, rolearn } = this.rows.entry(entry);
    return `${accountId} ${roleName(rolearn)}`;
  });
}

function stateOf(tails: readonly Tail[]): State {
  return tails.map(({ state }) => state).reduce(firstState, 'gone');
}

function accountTitle(rows: PageRows, entry: number): string {
  const { accountName, accountId } = rows.entry(entry);
  return accountName ?? accountId;
}

/** The name of a role without its path. */
function roleName(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** Principals of one kind that have the same rows. */
interface Alike {
  /** Indexes in the table of principals. */
  readonly principals: readonly number[];
  readonly tails: readonly Tail[];
  /** The change of their access since an earlier run; null if it is the same. */
  readonly change: RowChange['kind'] | null;
}

/** Finds who has the same rows, in an order that doesn't depend on how rows are sorted. */
function alikeOf(rows: PageRows, selected: Iterable<number>): Alike[] {
  const changes = personChanges(rows, selected);
  const byPrincipal = tailsByPrincipal(rows, selected);
  const all = [...new Set([...byPrincipal.values()].flatMap((tails) => [...tails]))].sort(compareTails);
  for (const [place, tail] of all.entries()) tail.place = place;
  const found = new Map<string, Alike & { readonly principals: number[] }>();
  for (const [principal, own] of [...byPrincipal].sort(([one], [other]) => one - other)) {
    const tails = [...own].sort((one, other) => one.place - other.place);
    const { type, id, name } = rows.principal(principal);
    const change = changes.get(personValue({ type, id, name })) ?? null;
    const key = `${type} ${name === null} ${change} ${tails.map(({ place }) => place).join()}`;
    const alike = found.get(key);
    if (alike) alike.principals.push(principal);
    else found.set(key, { principals: [principal], tails, change });
  }
  return [...found.values()];
}

/** By the value in the facet `person`: new or gone if all of their changes say so. */
function personChanges(rows: PageRows, selected: Iterable<number>): ReadonlyMap<string, RowChange['kind']> {
  const found = new Map<string, RowChange['kind']>();
  for (const row of selected) {
    const head = rows.change(row)?.head;
    if (head === undefined) continue;
    const person = personValue(rows.principal(rows.index(row, 'principals')));
    const kind = head === 'new' || head === 'gone' ? head : 'changed';
    found.set(person, (found.get(person) ?? kind) === kind ? kind : 'changed');
  }
  return found;
}

/** Only numbers are looked up for a row: there may be hundreds of thousands. */
function tailsByPrincipal(rows: PageRows, selected: Iterable<number>): Map<number, Set<Tail>> {
  const { tables } = rows.data;
  const { principals, vias, entries, grants, changes } = rows.columns;
  const isGone = tables.changes.map((change) => change?.kind === 'gone');
  const isUser = tables.principals.map(({ type }) => type === 'USER');
  const entryPairs = new Pairs(tables.entries.length);
  const grantPairs = new Pairs(tables.grants.length);
  const gonePairs = new Pairs(2);
  const tails: Tail[] = [];
  const byPrincipal = new Map<number, Set<Tail>>();
  for (const row of selected) {
    const [via = 0, entry = 0, grant = 0] = [vias[row], entries[row], grants[row]];
    const isRowGone = isGone[changes[row] ?? 0] ?? false;
    const index = gonePairs.index(grantPairs.index(entryPairs.index(via, entry), grant), isRowGone ? 1 : 0);
    let tail = tails[index];
    if (!tail) {
      const { access } = rows.grant(grant);
      const state = isRowGone ? 'gone' : access;
      tail = { via, entry, grant, state, isOpen: access !== 'none', isOfUsers: true, place: 0 };
      tails[index] = tail;
    }
    const principal = principals[row] ?? 0;
    if (!isUser[principal]) tail.isOfUsers = false;
    const own = byPrincipal.get(principal);
    if (own) own.add(tail);
    else byPrincipal.set(principal, new Set([tail]));
  }
  return byPrincipal;
}

/** Numbers pairs of indexes in the order in which they are first seen. */
class Pairs {
  private readonly known = new Map<number, number>();
  private readonly size: number;

  /** @param size more than any second index */
  constructor(size: number) {
    this.size = size;
  }

  index(first: number, second: number): number {
    const key = first * this.size + second;
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const index = this.known.size;
    this.known.set(key, index);
    return index;
  }
}

function compareTails(one: Tail, other: Tail): number {
  return (
    one.via - other.via ||
    one.entry - other.entry ||
    one.grant - other.grant ||
    compareStrings(one.state, other.state)
  );
}
