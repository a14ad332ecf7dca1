import pLimit from 'p-limit';
import type { AwsFailure } from '../../aws/failure.ts';
import { type IdentityStore, type ListedPrincipal, OPERATIONS } from '../../aws/identity-store.ts';
import type { Page } from '../../aws/pages.ts';
import { groupBy } from '../../group-by.ts';
import { memoAsync } from '../../memo.ts';
import { compareStrings, quoted } from '../../text.ts';
import {
  type Assignment,
  type Principal,
  type PrincipalType,
  principalTypeText,
  shortName,
} from '../model.ts';
import type { PeopleQuery, PrincipalName } from '../query.ts';

/** A user or group that was named. */
interface FoundPrincipal extends PrincipalName {
  readonly id: string;
  /** The ids of the groups that a user is in. */
  readonly groups: readonly string[] | null;
}

/** The users and groups of an identity store, each read once at most. */
export class Directory {
  readonly store: IdentityStore;
  readonly lists: Readonly<Record<PrincipalType, PrincipalList>>;
  /** The ids of the users in a group; undefined for one that was deleted. */
  readonly membersOf = memoAsync((groupId: string) => this.store.membershipsOf('GROUP', groupId));

  /** @param onProgress called with how many users and groups are known by name */
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

  /** Finds by name; who does not exist is left out. */
  async findNamed(named: readonly PrincipalName[]): Promise<FoundPrincipal[]> {
    const find = async ({ type, name }: PrincipalName): Promise<FoundPrincipal[]> => {
      const id = await this.store.idOf(type, name);
      if (id === undefined) return [];
      const groups = type === 'USER' ? ((await this.store.membershipsOf(type, id)) ?? []) : null;
      return [{ type, name, id, groups }];
    };
    return (await Promise.all(named.map(find))).flat();
  }

  /** Everybody behind the assignments with their names: principals, those who were named, and the members of groups where wanted. */
  async principals(
    query: PeopleQuery,
    assignments: readonly Assignment[],
    found: readonly FoundPrincipal[],
  ): Promise<Principal[]> {
    const idsOf = (type: PrincipalType) => [
      ...assignments.flatMap((one) => (one.principalType === type ? one.principalId : [])),
      ...found.flatMap((principal) => (principal.type === type ? principal.id : [])),
    ];
    const groups = new Map(await this.lists.GROUP.names(idsOf('GROUP')));
    const members = new Map<string, readonly string[]>();
    const readMembers = async ([id, name]: readonly [string, string | null]) => {
      const ofGroup = name === null ? undefined : await this.membersOf(id);
      // It was deleted since it was listed.
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
    return [...principals, ...others].sort(byTypeAndId);
  }

  /** Who was found by a name has to have it, give or take the case, which Identity Store ignores. */
  private requireSameNames(
    found: readonly FoundPrincipal[],
    namesById: Readonly<Record<PrincipalType, ReadonlyMap<string, string | null>>>,
  ): void {
    for (const { type, id, name } of found) {
      const described = namesById[type].get(id) ?? null;
      if (described?.toLowerCase() === name.toLowerCase()) continue;
      const { getId, describe } = OPERATIONS[type];
      const who = described === null ? 'nobody of that id' : `${quoted(shortName(described))} for that id`;
      const detail = `it has the id ${id} for ${principalTypeText(type)} ${quoted(shortName(name))}, and ${describe} has ${who}`;
      throw this.store.contradiction(getId, detail);
    }
  }

  /**
   * All other users, or groups, where a named one does not exist: its name may be near one of theirs.
   * @throws AwsFailure `contradiction` where one who was not found by name is listed by it
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
    return this.store.contradiction(getId, `it does not find ${who}, and ${list} has it`);
  }
}

/** Names that are looked up at once. */
const CONCURRENCY = 16;

/** All users, or all groups; read by pages as far as is needed, with look-ups of single names. */
class PrincipalList {
  private readonly store: IdentityStore;
  private readonly type: PrincipalType;
  private readonly pages: AsyncGenerator<Page<ListedPrincipal>>;
  private readonly onNames: (added: number) => void;
  private readonly known = new Map<string, string>();
  private isComplete = false;

  constructor(store: IdentityStore, type: PrincipalType, onNames: (added: number) => void) {
    this.store = store;
    this.type = type;
    this.pages = store.principals(type);
    this.onNames = onNames;
  }

  /** Everybody there is: names by id. */
  async all(): Promise<ReadonlyMap<string, string>> {
    await this.listWhile(() => true);
    return this.known;
  }

  /**
   * Everybody there is, unless that becomes too many: then null.
   * @param goOn gets how many each page adds
   */
  async listWhile(goOn: (added: number) => boolean): Promise<ReadonlyMap<string, string> | null> {
    for (let counted = 0; goOn(this.known.size - counted) && !this.isComplete; ) {
      counted = this.known.size;
      await this.readPage();
    }
    return this.isComplete ? this.known : null;
  }

  /**
   * Names by id, null for who was deleted: listed or looked up, whichever takes fewer calls. Who is in no list is looked up all the same:
   * the list may have ended too soon.
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

  /** Everybody is asked about by this list: who is not on it would lose what they are assigned. */
  private incomplete(id: string): AwsFailure {
    const { list, describe } = OPERATIONS[this.type];
    const detail = `it ends without ${principalTypeText(this.type)} ${id}, and ${describe} finds it`;
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
    const detail = `${principalTypeText(this.type)} ${id} is called ${quoted(shortName(one))}, and ${quoted(shortName(other))}`;
    return this.store.contradiction(OPERATIONS[this.type].list, detail);
  }
}

/** How far a list of users or groups was read, while names of some of them are wanted. */
interface ListingFacts {
  /** Names still wanted. */
  readonly missing: number;
  readonly pagesRead: number;
  /** Wanted names that those pages held. */
  readonly found: number;
}

/**
 * Whether to read another page of the list rather than look the missing names up one by one. How long the list is, is not known: the
 * first page is worth it from three names on, every further one while the pages hold more than one wanted name on average.
 */
export function isListingCheaper({ missing, pagesRead, found }: ListingFacts): boolean {
  if (missing < 3) return false;
  return pagesRead === 0 || found > pagesRead;
}

/** @param memberships of a group, the ids of its members; of a user, those of its groups */
function principalOf(
  type: PrincipalType,
  id: string,
  name: string | null,
  memberships: readonly string[] | null = null,
): Principal {
  if (type === 'GROUP') return { type, id, name, members: memberships };
  return { type, id, name, members: null, ...(memberships && { groups: memberships }) };
}

function byTypeAndId(one: Principal, other: Principal): number {
  return compareStrings(one.type, other.type) || compareStrings(one.id, other.id);
}
