import { ANY_CALLER } from '../../../aws-auth/loaded.ts';
import { groupBy } from '../../../group-by.ts';
import { memo } from '../../../memo.ts';
import { compareStrings, listed } from '../../../text.ts';
import { SOURCE_TEXTS } from '../../../who/row-texts.ts';
import type { PageRows } from '../../decode.ts';
import { type FacetKey, valueLabel } from '../../facets.ts';
import { accountTextIn } from '../../names.ts';
import { type Selector, wellFormed } from '../../selection.ts';
import { count, kindWord, principalKind } from '../../texts.ts';
import { EntryGrants } from './grants.ts';
import {
  type Edges,
  firstState,
  GraphNodes,
  type Item,
  LAYERS,
  leadsOn,
  type Node,
  type State,
  type Tail,
} from './model.ts';
import { type Alike, alikeRows } from './rows.ts';

/** The boxes of the selected rows, from left to right. Principals with the same rows are one box. */
export function graphOf(rows: PageRows, selected: Uint32Array, values: Selector['values']): readonly Node[] {
  const builder = new Builder(rows, values);
  const all = alikeRows(rows, selected);
  const tails = [...new Set(all.flatMap((alike) => alike.tails))];
  builder.addEntries(tails);
  for (const alike of all) builder.addAlike(alike);
  builder.addNobody(tails);
  for (const node of builder.nodes.all)
    node.isAdmin =
      (node.risk !== '' && leadsOn(node.state)) ||
      [...node.to].some(([next, state]) => leadsOn(state) && next.isAdmin);
  return LAYERS.flatMap((layer) => builder.nodes.all.filter((node) => node.layer === layer));
}

class Builder {
  readonly nodes = new GraphNodes();
  private readonly rows: PageRows;
  private readonly values: Selector['values'];
  private readonly grants: EntryGrants;
  private readonly hasClusters: boolean;
  /** Boxes of entries by `entryKey`. */
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
      const edges = [...to, ...routes].map((node) => [node, state] as const);
      this.entries.set(key, this.nodes.node('entry', this.entryItem(key, own), stateOf(own), { to: edges }));
    }
    this.grants.ofEverybody(tails);
  }

  /** Adds principals with the same rows, and all that is between them and their entries. */
  addAlike({ principals, tails }: Alike): void {
    const own = tails.filter((tail) => !this.isOfNobody(tail));
    const [first] = principals;
    if (first === undefined || own.length === 0) return;
    const { type, name } = this.rows.principal(first);
    if (type === 'GROUP') {
      // The same box as between its members and their permission sets.
      for (const principal of principals) {
        const group = this.rows.principal(principal);
        this.group(
          this.groupItem(group.name ?? group.id, group.name === null ? principalKind(group) : ''),
          own,
        );
      }
      return;
    }
    const members = principals
      .map((principal) => this.principalItem(principal, own))
      .sort((one, other) => compareStrings(one.title, other.title));
    const titles = members.map(({ title }) => title);
    const deleted = type === 'USER' && name === null ? 'deleted ' : '';
    const several = {
      key: `${members[0]?.key}`,
      title: `${count(members.length)} ${deleted}${kindWord(type, members.length)}`,
      detail: listed(titles, MOST_NAMES),
      filters: {},
    };
    const [item = several] = members.length === 1 ? members : [];
    const changes = new Set(own.map(({ change }) => change));
    this.nodes.node('person', item, stateOf(own), {
      to: [...this.toGroups(own, type === 'USER'), ...this.toPersonal(own)],
      members: item === several ? members : [],
      change: changes.size === 1 ? (own[0]?.change ?? null) : 'changed',
    });
  }

  /** Adds roles that nobody has, or unknown people. */
  addNobody(tails: readonly Tail[]): void {
    const lost = tails.filter((tail) => this.isOfNobody(tail));
    const keyOf = ({ grant, state, change }: Tail) => {
      const { access, reason, note } = this.rows.grant(grant);
      return JSON.stringify([access, reason, note, state, change]);
    };
    for (const [key, own] of groupBy(lost, keyOf)) {
      const [first] = own as [Tail];
      const { access } = this.rows.grant(first.grant);
      const reasons = this.values('reason')[first.grant] ?? [];
      const item = {
        key,
        title: access === 'none' ? 'Nobody' : 'Unknown people',
        detail: this.reasonFor(first),
        filters: reasons.length > 0 ? { reason: reasons } : { access: [access] },
      };
      this.nodes.node('person', item, stateOf(own), { to: this.toGroups(own, true), change: first.change });
    }
  }

  /** Roles that bindings give to the people themselves, and their routes to cluster admin that no other box shows. */
  private *toPersonal(tails: readonly Tail[]): Edges {
    for (const tail of tails.filter(({ isOfUsers }) => isOfUsers)) {
      const personal = this.grants.personal(tail);
      const entry = this.entries.get(this.entryKey(tail.entry));
      const routes = this.grants.otherRoutes(tail, [...personal, ...(entry ? [entry] : [])]);
      for (const next of [...personal, ...routes]) yield [next, tail.state];
    }
  }

  private *toGroups(tails: readonly Tail[], isPerson: boolean): Edges {
    for (const [via, own] of groupBy(tails, (tail) => (isPerson ? this.rows.via(tail.via) : null)))
      if (via === null) yield* this.toSets(own, isPerson);
      else yield [this.group(this.groupItem(via), own), stateOf(own)];
  }

  private group(item: Item, tails: readonly Tail[]): Node {
    return this.nodes.node('via', item, stateOf(tails), { to: this.toSets(tails, true) });
  }

  private *toSets(tails: readonly Tail[], isPerson: boolean): Edges {
    const setOf = ({ entry }: Tail) => {
      const { permissionSet, unread } = this.rows.entry(entry);
      return isPerson && !unread ? permissionSet : null;
    };
    for (const [set, own] of groupBy(tails, setOf)) {
      if (set === null) {
        yield* this.toEntries(own);
        continue;
      }
      const accounts = [...new Set(own.map(({ entry }) => this.accountTitle(entry)))];
      const item = {
        key: set,
        title: set,
        detail: `in ${accounts.length === 1 ? accounts[0] : `${accounts.length} accounts`}`,
        filters: this.filtersOf(['set'], own),
      };
      yield [this.nodes.node('set', item, stateOf(own), { to: this.toAccounts(own) }), stateOf(own)];
    }
  }

  private *toAccounts(tails: readonly Tail[]): Edges {
    const keyOf = ({ entry }: Tail) => `${this.rows.entry(entry).accountId} ${this.roleName(entry)}`;
    for (const [key, own] of groupBy(tails, keyOf)) {
      const [{ entry }] = own as [Tail];
      const item = {
        key,
        title: this.accountTitle(entry),
        detail: this.roleName(entry),
        filters: this.filtersOf(['account'], own),
      };
      yield [this.nodes.node('account', item, stateOf(own), { to: this.toEntries(own) }), stateOf(own)];
    }
  }

  private *toEntries(tails: readonly Tail[]): Edges {
    for (const { entry, state } of tails) {
      const node = this.entries.get(this.entryKey(entry));
      if (node) yield [node, state];
    }
  }

  /** Rows of clusters that couldn't be read, and of earlier runs, always name somebody. */
  private isOfNobody({ grant }: Tail): boolean {
    const { status, hasPrincipal } = this.rows.grant(grant);
    return status !== null && !hasPrincipal;
  }

  /** Why there is no access, or why that is unknown. */
  private reasonFor({ entry, grant }: Tail): string {
    const { access, note } = this.rows.grant(grant);
    const [reason] = this.values('reason')[grant] ?? [];
    // The note would only repeat that it is unknown.
    const isUnknown = access === 'unknown' && !this.rows.entry(entry).unread;
    return isUnknown && reason !== undefined ? valueLabel(this.rows, 'reason', reason) : note;
  }

  private principalItem(principal: number, tails: readonly Tail[]): Item {
    const one = this.rows.principal(principal);
    const { type, id, name } = one;
    const [tail] = tails;
    const filters = { person: this.values('person')[principal] ?? [] };
    const item = { key: `${type} ${id}`, title: name ?? id, filters };
    if (type === 'USER') return { ...item, detail: name === null ? principalKind(one) : '' };
    const isNode = tail !== undefined && this.rows.entry(tail.entry).isNode;
    const account = tail && type !== 'ACCOUNT' ? this.accountTitle(tail.entry) : '';
    const place = account === '' ? '' : ` in ${account}`;
    return { ...item, detail: `${isNode ? 'node, ' : ''}${kindWord(type, 1)}${place}` };
  }

  private groupItem(name: string, detail = ''): Item {
    const isVia = this.rows.data.tables.vias.includes(name);
    const filters = isVia ? { via: [wellFormed(name)] } : { person: [wellFormed(`GROUP/${name}`)] };
    return { key: name, title: name, detail, filters };
  }

  private entryItem(key: string, tails: readonly Tail[]): Item {
    const [{ entry }] = tails as [Tail];
    const { unread, cluster, username, source, groups, policies } = this.rows.entry(entry);
    const filters = this.filtersOf(this.hasClusters ? ['entry', 'cluster'] : ['entry'], tails);
    const ofOthers = tails.filter(({ state }) => state !== 'granted');
    const notes = [...new Set(ofOthers.map((tail) => this.reasonFor(tail)))];
    if (unread) return { key, title: cluster ?? this.accountTitle(entry), detail: notes.join(), filters };
    const where = this.hasClusters && cluster !== null ? ` in ${cluster}` : '';
    const isEmpty = groups.length + policies.length === 0;
    const [note] = stateOf(tails) === 'granted' ? [] : notes;
    const detail = `${SOURCE_TEXTS[source]}${where}${isEmpty ? ', no groups' : ''}${note ? `, ${note}` : ''}`;
    return { key, title: username || (source === 'binding' ? groups.join() : ANY_CALLER), detail, filters };
  }

  /** The values that the first row has. */
  private filtersOf(keys: readonly FacetKey[], tails: readonly Tail[]): Item['filters'] {
    const entry = tails[0]?.entry ?? 0;
    const all = keys.map((key) => [key, this.values(key)[entry] ?? []] as const);
    return Object.fromEntries(all.filter(([, values]) => values.length > 0));
  }

  private accountTitle(entry: number): string {
    return accountTextIn(this.rows)(this.rows.entry(entry));
  }

  /** Without its path. */
  private roleName(entry: number): string {
    return this.rows.entry(entry).rolearn.replace(/^.*\//s, '');
  }

  /** The same for an entry of an earlier run that is still there. */
  private readonly entryKey = memo((entry: number): string => {
    const { rolearn, source, username, groups, policies, cluster, clusterArn, unread } =
      this.rows.entry(entry);
    return JSON.stringify([rolearn, source, username, groups, policies, clusterArn ?? cluster, unread]);
  });
}

/** Names that a box of several shows. */
const MOST_NAMES = 3;

function stateOf(tails: readonly Tail[]): State {
  return firstState(tails.map(({ state }) => state));
}
