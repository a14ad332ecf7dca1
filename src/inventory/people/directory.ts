import pLimit from 'p-limit';
import type { IdentityStore, ListedPrincipal } from '../../aws/identity-store.ts';
import type { Page } from '../../aws/service-api.ts';
import { PromiseCache } from '../../aws/service-api.ts';
import { compareStrings } from '../../text.ts';
import type { Assignment, Principal, PrincipalType } from '../model.ts';
import type { PeopleQuery, PrincipalName } from '../query.ts';
import { isListingCheaper } from './call-cost.ts';

/** The users and groups of an identity store, each read once at most. */
export class Directory {
  readonly lists: Readonly<Record<PrincipalType, PrincipalList>>;
  private readonly store: IdentityStore;
  private readonly members = new PromiseCache<readonly string[]>();

  /** @param onProgress called with how many users and groups are known by name */
  constructor(store: IdentityStore, onProgress: (known: number) => void = () => {}) {
    this.store = store;
    let known = 0;
    const onNames = (added: number) => {
      known += added;
      onProgress(known);
    };
    this.lists = {
      USER: new PrincipalList(store.users(), (id) => store.userName(id), onNames),
      GROUP: new PrincipalList(store.groups(), (id) => store.groupName(id), onNames),
    };
  }

  /** The id that goes with a name; undefined where there is none. */
  idOf({ type, name }: PrincipalName): Promise<string | undefined> {
    return type === 'USER' ? this.store.userId(name) : this.store.groupId(name);
  }

  groupsOf(userId: string): Promise<readonly string[]> {
    return this.store.groupsOf(userId);
  }

  membersOf(groupId: string): Promise<readonly string[]> {
    return this.members.get(groupId, () => this.store.membersOf(groupId));
  }
}

/** Names that are looked up at once. */
const CONCURRENCY = 16;

/** All users, or all groups; read by pages as far as is needed, with look-ups of single names. */
class PrincipalList {
  private readonly pages: AsyncGenerator<Page<ListedPrincipal>>;
  private readonly lookUp: (id: string) => Promise<string | undefined>;
  private readonly onNames: (added: number) => void;
  private readonly known = new Map<string, string>();
  private isComplete = false;

  constructor(
    pages: AsyncGenerator<Page<ListedPrincipal>>,
    lookUp: (id: string) => Promise<string | undefined>,
    onNames: (added: number) => void,
  ) {
    this.pages = pages;
    this.lookUp = lookUp;
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

  /** Names by id, null for who was deleted: listed or looked up, whichever takes fewer calls. */
  async names(ids: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const wanted = [...new Set(ids)];
    await this.readPagesWhileCheaper(wanted);
    if (!this.isComplete) await this.lookUpAll(this.missing(wanted));
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
      const name = await this.lookUp(id);
      if (name !== undefined) this.add([{ id, name }]);
    });
  }

  private add(principals: readonly ListedPrincipal[]): void {
    const before = this.known.size;
    for (const { id, name } of principals) this.known.set(id, name);
    this.onNames(this.known.size - before);
  }
}

/** A user or group that was named. */
export interface FoundPrincipal {
  readonly type: PrincipalType;
  readonly id: string;
  /** The ids of the groups that a user is in. */
  readonly groups: readonly string[] | null;
}

/** Finds by name; who does not exist is left out. */
export async function findNamed(
  named: readonly PrincipalName[],
  directory: Directory,
): Promise<FoundPrincipal[]> {
  const find = async (wanted: PrincipalName): Promise<FoundPrincipal[]> => {
    const id = await directory.idOf(wanted);
    if (id === undefined) return [];
    const { type } = wanted;
    return [{ type, id, groups: type === 'USER' ? await directory.groupsOf(id) : null }];
  };
  return (await Promise.all(named.map(find))).flat();
}

/** Everybody behind the assignments with their names: principals, those who were named, and the members of groups where wanted. */
export async function readPrincipals(
  query: PeopleQuery,
  assignments: readonly Assignment[],
  found: readonly FoundPrincipal[],
  directory: Directory,
): Promise<Principal[]> {
  const idsOf = (type: PrincipalType) => [
    ...assignments.flatMap(({ principalType, principalId }) => (principalType === type ? principalId : [])),
    ...found.flatMap((principal) => (principal.type === type ? principal.id : [])),
  ];
  const groups = await directory.lists.GROUP.names(idsOf('GROUP'));
  const members = new Map<string, readonly string[]>();
  if (query.members) {
    const read = async ([id, name]: readonly [string, string | null]) =>
      members.set(id, name === null ? [] : await directory.membersOf(id));
    await Promise.all([...groups].map(read));
  }
  const users = await directory.lists.USER.names([...idsOf('USER'), ...[...members.values()].flat()]);
  const groupsByUser = new Map(found.map(({ id, groups }) => [id, groups]));
  const principals = [
    ...[...groups].map(([id, name]) => groupOf(id, name, members.get(id) ?? null)),
    ...[...users].map(([id, name]) => userOf(id, name, groupsByUser.get(id) ?? null)),
  ];
  const others = await othersOfMissing(query.named, principals, directory);
  return [...principals, ...others].sort(byTypeAndId);
}

function groupOf(id: string, name: string | null, members: readonly string[] | null): Principal {
  return { type: 'GROUP', id, name, members };
}

function userOf(id: string, name: string | null, groups: readonly string[] | null): Principal {
  return { type: 'USER', id, name, members: null, ...(groups ? { groups } : {}) };
}

/** All other users, or groups, where a named one does not exist: its name may be near one of theirs. */
async function othersOfMissing(
  named: readonly PrincipalName[],
  known: readonly Principal[],
  directory: Directory,
): Promise<Principal[]> {
  const exists = (wanted: PrincipalName) =>
    known.some(({ type, name }) => type === wanted.type && name === wanted.name);
  const types = new Set(named.filter((wanted) => !exists(wanted)).map(({ type }) => type));
  const ids = new Set(known.map(({ id }) => id));
  const lists = [...types].map(async (type) => {
    const others = [...(await directory.lists[type].all())].filter(([id]) => !ids.has(id));
    return others.map(([id, name]) => (type === 'GROUP' ? groupOf(id, name, null) : userOf(id, name, null)));
  });
  return (await Promise.all(lists)).flat();
}

function byTypeAndId(one: Principal, other: Principal): number {
  return compareStrings(one.type, other.type) || compareStrings(one.id, other.id);
}
