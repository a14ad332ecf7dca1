import pLimit from 'p-limit';
import type { AwsFailure } from '../aws/failure.ts';
import { type IdentityStore, type ListedPrincipal, OPERATIONS } from '../aws/identity-store.ts';
import type { ListPage } from '../aws/service.ts';
import { groupBy } from '../group-by.ts';
import { memoAsync } from '../memo.ts';
import { compareStrings, quoted } from '../text.ts';
import {
  type Assignment,
  type Principal,
  type PrincipalType,
  principalTypeText,
  shortName,
} from './model.ts';
import type { PeopleQuery, PrincipalName } from './query.ts';

/** A named user or group. */
interface FoundPrincipal extends PrincipalName {
  readonly id: string;
  /** Ids of a user's groups. */
  readonly groups: readonly string[] | null;
}

/** An identity store's users and groups, each read at most once. */
export class UsersAndGroups {
  readonly store: IdentityStore;
  readonly lists: Readonly<Record<PrincipalType, PrincipalList>>;
  /** Ids of a group's users; undefined for a deleted group. */
  readonly membersOf = memoAsync((groupId: string) => this.store.membershipsOf('GROUP', groupId));

  /** @param onProgress receives the number of users and groups whose names are known */
  constructor(store: IdentityStore, onProgress: (known: number) => void) {
    this.store = store;
    let known = 0;
    const onNames = (added: number) => {
      known += added;
      onProgress(known);
    };
    this.lists = {
      USER: new PrincipalList(store, 'USER', onNames),
      GROUP: new PrincipalList(store, 'GROUP', onNames),
    };
  }

  /** Looks up names; skips those that don't exist. */
  async findNamed(named: readonly PrincipalName[]): Promise<FoundPrincipal[]> {
    const find = async ({ type, name }: PrincipalName): Promise<FoundPrincipal[]> => {
      const id = await this.store.idOf(type, name);
      if (id === undefined) return [];
      if (type === 'USER')
        return [{ type, name, id, groups: (await this.store.membershipsOf(type, id)) ?? [] }];
      const ids = new Set([id, ...(await this.store.groupsNamed(name))]);
      return [...ids].map((one) => ({ type, name, id: one, groups: null }));
    };
    return (await Promise.all(named.map(find))).flat();
  }

  /** All principals with names: those with assignments, named and mentioned ones, and group members if requested. */
  async principals(
    query: PeopleQuery,
    assignments: readonly Assignment[],
    found: readonly FoundPrincipal[],
    mentioned: readonly Pick<Principal, 'type' | 'id'>[] = [],
  ): Promise<Principal[]> {
    const idsOf = (type: PrincipalType) => [
      ...assignments.flatMap((one) => (one.principalType === type ? one.principalId : [])),
      ...[...found, ...mentioned].flatMap((principal) => (principal.type === type ? principal.id : [])),
    ];
    const groups = new Map(await this.lists.GROUP.names(idsOf('GROUP')));
    const members = new Map<string, readonly string[]>();
    const readMembers = async ([id, name]: readonly [string, string | null]) => {
      const ofGroup = name === null ? undefined : await this.membersOf(id);
      // The group was deleted after it was listed.
      if (ofGroup === undefined) groups.set(id, null);
      members.set(id, ofGroup ?? []);
    };
    if (query.members) await Promise.all([...groups].map(readMembers));
    const users = await this.lists.USER.names([...idsOf('USER'), ...[...members.values()].flat()]);
    this.requireSameNames(found, { GROUP: groups, USER: users });
    const groupsByUser = new Map(found.map(({ id, groups }) => [id, groups]));
    const principals = [
      ...[...groups].map(([id, name]) => principalOf('GROUP', id, name, members.get(id))),
      ...[...users].map(([id, name]) => principalOf('USER', id, name, groupsByUser.get(id))),
    ];
    const others = await this.othersOfMissing(query.named, principals);
    return [...principals, ...others].sort(
      (one, other) => compareStrings(one.type, other.type) || compareStrings(one.id, other.id),
    );
  }

  /** Throws a `contradiction` if a principal found by name has another name; Identity Store ignores case. */
  private requireSameNames(
    found: readonly FoundPrincipal[],
    namesById: Readonly<Record<PrincipalType, ReadonlyMap<string, string | null>>>,
  ): void {
    for (const { type, id, name } of found) {
      const described = namesById[type].get(id) ?? null;
      if (described?.toLowerCase() === name.toLowerCase()) continue;
      const { getId, describe } = OPERATIONS[type];
      const result = described === null ? 'nothing' : quoted(shortName(described));
      const detail = `it returned ID ${id} for ${principalTypeText(type)} ${quoted(shortName(name))}, but ${describe} returned ${result} for that ID`;
      throw this.store.contradiction(getId, detail);
    }
  }

  /**
   * All other users or groups, if a named one doesn't exist: its name may be similar to one of theirs.
   * @throws AwsFailure `contradiction` if a name that wasn't found is listed
   */
  private async othersOfMissing(
    named: readonly PrincipalName[],
    known: readonly Principal[],
  ): Promise<Principal[]> {
    const exists = (wanted: PrincipalName) =>
      known.some(({ type, name }) => type === wanted.type && name === wanted.name);
    const missing = groupBy(
      named.filter((wanted) => !exists(wanted)),
      ({ type }) => type,
    );
    const ids = new Set(known.map(({ id }) => id));
    const lists = [...missing].map(async ([type, wanted]) => {
      const all = await this.lists[type].all();
      const names = new Set(all.values());
      const stray = wanted.find(({ name }) => names.has(name));
      if (stray) throw this.notFound(stray);
      return [...all].flatMap(([id, name]) => (ids.has(id) ? [] : principalOf(type, id, name)));
    });
    return (await Promise.all(lists)).flat();
  }

  private notFound({ type, name }: PrincipalName): AwsFailure {
    const { getId, list } = OPERATIONS[type];
    const who = `${principalTypeText(type)} ${quoted(shortName(name))}`;
    return this.store.contradiction(getId, `it didn't find ${who}, but ${list} lists it`);
  }
}

/** Concurrent name lookups. */
const CONCURRENCY = 16;

/** All users, or all groups, read page by page as needed, plus lookups of single names. */
class PrincipalList {
  private readonly store: IdentityStore;
  private readonly type: PrincipalType;
  private readonly pages: AsyncGenerator<ListPage<ListedPrincipal>>;
  private readonly onNames: (added: number) => void;
  private readonly known = new Map<string, string>();
  private isComplete = false;

  constructor(store: IdentityStore, type: PrincipalType, onNames: (added: number) => void) {
    this.store = store;
    this.type = type;
    this.pages = store.principals(type);
    this.onNames = onNames;
  }

  /** All names by ID. */
  async all(): Promise<ReadonlyMap<string, string>> {
    await this.listWhile(() => true);
    return this.known;
  }

  /**
   * All names by ID; null if there are too many.
   * @param goOn receives the number of names in each page
   */
  async listWhile(goOn: (added: number) => boolean): Promise<ReadonlyMap<string, string> | null> {
    for (let counted = 0; goOn(this.known.size - counted) && !this.isComplete; ) {
      counted = this.known.size;
      await this.readPage();
    }
    return this.isComplete ? this.known : null;
  }

  /**
   * Names by ID, null for deleted principals: listed or looked up, in the fewest calls. Ids missing from a complete
   * list are also looked up, because it may have been cut short.
   */
  async names(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const wanted = [...new Set(ids)];
    await this.readPagesWhileCheaper(wanted);
    await this.lookUpAll(this.missing(wanted));
    return new Map(wanted.map((id) => [id, this.known.get(id) ?? null]));
  }

  private missing(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.known.has(id));
  }

  private async readPagesWhileCheaper(wanted: readonly string[]): Promise<void> {
    const before = this.missing(wanted).length;
    for (let pagesRead = 0; !this.isComplete; pagesRead += 1) {
      const missing = this.missing(wanted).length;
      if (!isListingCheaper({ missing, pagesRead, found: before - missing })) return;
      await this.readPage();
    }
  }

  private async readPage(): Promise<void> {
    const { done, value } = await this.pages.next();
    this.isComplete = done || !value.next;
    if (!done) this.add(value.items);
  }

  private async lookUpAll(ids: readonly string[]): Promise<void> {
    await pLimit(CONCURRENCY).map(ids, async (id) => {
      const name = await this.store.nameOf(this.type, id);
      if (name === undefined) return;
      if (this.isComplete) throw this.incomplete(id);
      this.add([{ id, name }]);
    });
  }

  /** The failure for an incomplete list: anyone missing from it would lose their assignments. */
  private incomplete(id: string): AwsFailure {
    const { list, describe } = OPERATIONS[this.type];
    const detail = `the list is missing ${principalTypeText(this.type)} ${id}, but ${describe} finds it`;
    return this.store.contradiction(list, detail);
  }

  private add(principals: readonly ListedPrincipal[]): void {
    const before = this.known.size;
    for (const { id, name } of principals) {
      const other = this.known.get(id);
      if (other !== undefined && other !== name) throw this.renamed(id, other, name);
      this.known.set(id, name);
    }
    this.onNames(this.known.size - before);
  }

  private renamed(id: string, one: string, other: string): AwsFailure {
    const detail = `${principalTypeText(this.type)} ${id} is listed as both ${quoted(shortName(one))} and ${quoted(shortName(other))}`;
    return this.store.contradiction(OPERATIONS[this.type].list, detail);
  }
}

/**
 * True to read another page instead of looking up the missing names one by one. The list's length is unknown: the first
 * page pays off from three names on, each further page while the pages contain more than one wanted name on average.
 * @param facts.missing names still wanted
 * @param facts.found wanted names in the pages read
 */
export function isListingCheaper({
  missing,
  pagesRead,
  found,
}: Readonly<Record<'missing' | 'pagesRead' | 'found', number>>): boolean {
  if (missing < 3) return false;
  return pagesRead === 0 || found > pagesRead;
}

/** @param memberships a group's member ids, or a user's group ids */
function principalOf(
  type: PrincipalType,
  id: string,
  name: string | null,
  memberships: readonly string[] | null = null,
): Principal {
  if (type === 'GROUP') return { type, id, name, members: memberships };
  return { type, id, name, members: null, ...(memberships && { groups: memberships }) };
}
