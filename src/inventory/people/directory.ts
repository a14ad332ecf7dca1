import pLimit from 'p-limit';
import type { AwsFailure } from '../../aws/failure.ts';
import type { IdentityStore, ListedPrincipal } from '../../aws/identity-store.ts';
import type { Page } from '../../aws/service-api.ts';
import { PromiseCache } from '../../aws/service-api.ts';
import { compareStrings, quoted } from '../../text.ts';
import {
  type Assignment,
  type Principal,
  type PrincipalType,
  principalTypeText,
  shortName,
} from '../model.ts';
import type { PeopleQuery, PrincipalName } from '../query.ts';
import { isListingCheaper } from './call-cost.ts';

/** The users and groups of an identity store, each read once at most. */
export class Directory {
  readonly lists: Readonly<Record<PrincipalType, PrincipalList>>;
  private readonly store: IdentityStore;
  private readonly members = new PromiseCache<readonly string[] | undefined>();

  /** @param onProgress called with how many users and groups are known by name */
  constructor(store: IdentityStore, onProgress: (known: number) => void = () => {}) {
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

  /** The id that goes with a name; undefined where there is none. */
  idOf({ type, name }: PrincipalName): Promise<string | undefined> {
    return type === 'USER' ? this.store.userId(name) : this.store.groupId(name);
  }

  /** Undefined for a user that was deleted. */
  groupsOf(userId: string): Promise<readonly string[] | undefined> {
    return this.store.groupsOf(userId);
  }

  /** Undefined for a group that was deleted. */
  membersOf(groupId: string): Promise<readonly string[] | undefined> {
    return this.members.get(groupId, () => this.store.membersOf(groupId));
  }

  /**
   * Whether a principal that was listed is still there, asked again.
   * @throws AwsFailure
   */
  async isThere({ type, id }: Pick<Principal, 'type' | 'id'>): Promise<boolean> {
    const { store } = this;
    return (await (type === 'USER' ? store.userName(id) : store.groupName(id))) !== undefined;
  }

  /** What two answers about a principal say, where both cannot be true. */
  contradiction(...problem: Parameters<IdentityStore['contradiction']>): AwsFailure {
    return this.store.contradiction(...problem);
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
    this.pages = type === 'USER' ? store.users() : store.groups();
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
      const name = await (this.type === 'USER' ? this.store.userName(id) : this.store.groupName(id));
      if (name === undefined) return;
      if (this.isComplete) throw this.incomplete(id);
      this.add([{ id, name }]);
    });
  }

  /** Everybody is asked about by this list: who is not on it would lose what they are assigned. */
  private incomplete(id: string): AwsFailure {
    const [list, describe, type] =
      this.type === 'USER'
        ? (['ListUsers', 'DescribeUser', 'user'] as const)
        : (['ListGroups', 'DescribeGroup', 'group'] as const);
    return this.store.contradiction(list, `it ends without ${type} ${id}, and ${describe} finds it`);
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
    const operation = this.type === 'USER' ? 'ListUsers' : 'ListGroups';
    const detail = `${principalTypeText(this.type)} ${id} is called ${quoted(shortName(one))}, and ${quoted(shortName(other))}`;
    return this.store.contradiction(operation, detail);
  }
}

/** A user or group that was named. */
export interface FoundPrincipal extends PrincipalName {
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
    return [{ ...wanted, id, groups: type === 'USER' ? ((await directory.groupsOf(id)) ?? []) : null }];
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
  const groups = new Map(await directory.lists.GROUP.names(idsOf('GROUP')));
  const members = new Map<string, readonly string[]>();
  const readMembers = async ([id, name]: readonly [string, string | null]) => {
    const ofGroup = name === null ? undefined : await directory.membersOf(id);
    // It was deleted since it was listed.
    if (ofGroup === undefined) groups.set(id, null);
    members.set(id, ofGroup ?? []);
  };
  if (query.members) await Promise.all([...groups].map(readMembers));
  const users = await directory.lists.USER.names([...idsOf('USER'), ...[...members.values()].flat()]);
  requireSameNames(found, { GROUP: groups, USER: users }, directory);
  const groupsByUser = new Map(found.map(({ id, groups }) => [id, groups]));
  const principals = [
    ...[...groups].map(([id, name]) => groupOf(id, name, members.get(id) ?? null)),
    ...[...users].map(([id, name]) => userOf(id, name, groupsByUser.get(id) ?? null)),
  ];
  const others = await othersOfMissing(query.named, principals, directory);
  return [...principals, ...others].sort(byTypeAndId);
}

/** Who was found by a name has to have it, give or take the case, which Identity Store ignores. */
function requireSameNames(
  found: readonly FoundPrincipal[],
  namesById: Readonly<Record<PrincipalType, ReadonlyMap<string, string | null>>>,
  directory: Directory,
): void {
  for (const { type, id, name } of found) {
    const described = namesById[type].get(id) ?? null;
    if (described?.toLowerCase() === name.toLowerCase()) continue;
    const [get, describe] =
      type === 'USER' ? (['GetUserId', 'DescribeUser'] as const) : (['GetGroupId', 'DescribeGroup'] as const);
    const who = described === null ? 'nobody of that id' : `${quoted(shortName(described))} for that id`;
    const detail = `it has the id ${id} for ${principalTypeText(type)} ${quoted(shortName(name))}, and ${describe} has ${who}`;
    throw directory.contradiction(get, detail);
  }
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
  const missing = named.filter((wanted) => !exists(wanted));
  const types = new Set(missing.map(({ type }) => type));
  const ids = new Set(known.map(({ id }) => id));
  const lists = [...types].map(async (type) => {
    const all = await directory.lists[type].all();
    requireUnlisted(type, missing, all, directory);
    const others = [...all].filter(([id]) => !ids.has(id));
    return others.map(([id, name]) => (type === 'GROUP' ? groupOf(id, name, null) : userOf(id, name, null)));
  });
  return (await Promise.all(lists)).flat();
}

/** Who was not found by name may not be listed by it. */
function requireUnlisted(
  type: PrincipalType,
  named: readonly PrincipalName[],
  all: ReadonlyMap<string, string>,
  directory: Directory,
): void {
  const listed = new Set(all.values());
  const stray = named.find((wanted) => wanted.type === type && listed.has(wanted.name));
  if (!stray) return;
  const [get, list] =
    type === 'USER' ? (['GetUserId', 'ListUsers'] as const) : (['GetGroupId', 'ListGroups'] as const);
  const who = `${principalTypeText(type)} ${quoted(shortName(stray.name))}`;
  throw directory.contradiction(get, `it does not find ${who}, and ${list} has it`);
}

function byTypeAndId(one: Principal, other: Principal): number {
  return compareStrings(one.type, other.type) || compareStrings(one.id, other.id);
}
