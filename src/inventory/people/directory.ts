import type { IdentityStore, ListedPrincipal } from '../../aws/identity-store.ts';
import type { Page } from '../../aws/paginate.ts';
import { PromiseCache } from '../memory.ts';
import type { PrincipalType } from '../model.ts';
import { isListingCheaper } from './assignment-plan.ts';

/** Names by id; null for a user or group that was deleted. */
export type PrincipalNames = ReadonlyMap<string, string | null>;

/** The users and groups of an identity store, each asked about once at most. */
export class Directory {
  private readonly store: IdentityStore;
  private readonly lists: Readonly<Record<PrincipalType, PrincipalList>>;
  private readonly members = new PromiseCache<readonly string[]>();

  constructor(store: IdentityStore) {
    this.store = store;
    this.lists = {
      USER: new PrincipalList(store.users(), (id) => store.userName(id)),
      GROUP: new PrincipalList(store.groups(), (id) => store.groupName(id)),
    };
  }

  /** Everybody there is. */
  all(type: PrincipalType): Promise<ReadonlyMap<string, string>> {
    return this.lists[type].all();
  }

  /**
   * Everybody there is, unless that becomes too many: then null.
   * @param goOn hears how many each page adds
   */
  listWhile(
    type: PrincipalType,
    goOn: (fresh: number) => boolean,
  ): Promise<ReadonlyMap<string, string> | null> {
    return this.lists[type].listWhile(goOn);
  }

  /** Lists or looks up, whichever takes fewer calls. */
  names(type: PrincipalType, ids: readonly string[]): Promise<PrincipalNames> {
    return this.lists[type].names(ids);
  }

  /** The id that goes with a name; undefined where there is none. */
  idOf(type: PrincipalType, name: string): Promise<string | undefined> {
    return type === 'USER' ? this.store.userId(name) : this.store.groupId(name);
  }

  groupsOf(userId: string): Promise<readonly string[]> {
    return this.store.groupsOf(userId);
  }

  membersOf(groupId: string): Promise<readonly string[]> {
    return this.members.recall(groupId, () => this.store.membersOf(groupId));
  }
}

/** Names that are asked for at once, and calls in flight for them. */
const LOOKUPS = 16;

class PrincipalList {
  private readonly pages: AsyncGenerator<Page<ListedPrincipal>>;
  private readonly lookUp: (id: string) => Promise<string | undefined>;
  private readonly known = new Map<string, string>();
  private readonly deleted = new Set<string>();
  private isComplete = false;
  /** One reader of the list at a time. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    pages: AsyncGenerator<Page<ListedPrincipal>>,
    lookUp: (id: string) => Promise<string | undefined>,
  ) {
    this.pages = pages;
    this.lookUp = lookUp;
  }

  async all(): Promise<ReadonlyMap<string, string>> {
    await this.listWhile(() => true);
    return this.known;
  }

  listWhile(goOn: (fresh: number) => boolean): Promise<ReadonlyMap<string, string> | null> {
    return this.inTurn(async () => {
      for (let counted = 0; goOn(this.known.size - counted) && !this.isComplete; ) {
        counted = this.known.size;
        await this.readPage();
      }
      return this.isComplete ? this.known : null;
    });
  }

  names(ids: readonly string[]): Promise<PrincipalNames> {
    return this.inTurn(async () => {
      const wanted = [...new Set(ids)];
      await this.readWhileWorthIt(wanted);
      if (!this.isComplete) await this.lookUpAll(this.missing(wanted));
      return new Map(wanted.map((id) => [id, this.known.get(id) ?? null]));
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work);
    this.turn = mine.catch(() => {});
    return mine;
  }

  private missing(ids: readonly string[]): string[] {
    return ids.filter((id) => !this.known.has(id) && !this.deleted.has(id));
  }

  private async readWhileWorthIt(wanted: readonly string[]): Promise<void> {
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
    if (!done) for (const { id, name } of value.items) this.known.set(id, name);
  }

  private async lookUpAll(ids: readonly string[]): Promise<void> {
    const queue = [...ids];
    const work = async () => {
      for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
        const name = await this.lookUp(id);
        if (name === undefined) this.deleted.add(id);
        else this.known.set(id, name);
      }
    };
    await Promise.all(Array.from({ length: LOOKUPS }, work));
  }
}
