import type { Location } from '../errors.ts';
import { MAP_KEYS, type MapKey } from '../map-entry.ts';
import { once } from '../memo.ts';
import { callerKey } from '../same-arn.ts';
import type { YamlNode } from '../yaml/node.ts';
import { arnProblem } from './diagnose-arn.ts';
import type { AwsAuthDocument } from './document.ts';
import { readMapAccounts, readMapRoles, readMapUsers } from './load.ts';
import type { LoadError, LoadedAccounts, LoadedEntry, LoadedMap, LoadedMaps } from './loaded.ts';
import { CALLER_ORDER, isDenied } from './resolve-caller.ts';

/** An aws-auth ConfigMap as the authenticator loads it: the location of each entry, and which entries apply. */
export class AwsAuth implements LoadedMaps {
  readonly document: AwsAuthDocument;
  readonly mapRoles: LoadedMap;
  readonly mapUsers: LoadedMap;
  readonly mapAccounts: LoadedAccounts;
  /** Entries of mapUsers that mapRoles overrides, each with the entry that applies. EKS ignores `sso:` entries. */
  readonly overridden: ReadonlyMap<LoadedEntry, LoadedEntry>;
  private readonly findAll = once(() => [...this.mapRoles.entries, ...this.mapUsers.entries]);
  private readonly findEffective = once(() =>
    CALLER_ORDER.flatMap((key) => this[key].entries).filter(
      (entry) => !entry.shadowed && !this.overridden.has(entry),
    ),
  );
  private readonly findAdmitting = once(() => this.effective.filter((one) => !one.sso && !isDenied(one)));
  private readonly entriesByCaller = once(
    () =>
      new Map(
        this.admitting.filter((one) => !arnProblem(one)).map((one) => [callerKey(one.arn), one] as const),
      ),
  );

  /** @param before a loaded aws-auth with the same mapUsers, to reuse */
  constructor(document: AwsAuthDocument, before?: AwsAuth) {
    this.document = document;
    this.mapRoles = readMapRoles(document.mapRoles?.text ?? '');
    this.mapUsers = before?.mapUsers ?? readMapUsers(document.mapUsers?.text ?? '');
    this.mapAccounts = readMapAccounts(document.mapAccounts?.text ?? '');
    this.overridden = overriddenUsers(this);
  }

  /** File name for messages. */
  get file(): string {
    return this.document.file;
  }

  /** Entries of both lists, mapRoles first. */
  get entries(): readonly LoadedEntry[] {
    return this.findAll();
  }

  /** Entries of both lists that no other entry in the file overrides, in the authenticator's lookup order. */
  get effective(): readonly LoadedEntry[] {
    return this.findEffective();
  }

  /** Effective entries that can grant access once their ARN is correct. */
  get admitting(): readonly LoadedEntry[] {
    return this.findAdmitting();
  }

  /**
   * The entry that applies to a caller if aws-auth does.
   * @param key from `callerKey`
   */
  entryOfCaller(key: string): LoadedEntry | undefined {
    return this.entriesByCaller().get(key);
  }

  /** The error that loses a key with all its entries; undefined if the key loads. */
  lossOf(key: MapKey): LoadError | undefined {
    return this[key].errors.find(({ loss }) => loss === 'unparsable');
  }

  get lostKeys(): readonly MapKey[] {
    return MAP_KEYS.filter((key) => this.lossOf(key));
  }

  /** Start of an entry's content. */
  locationOf(entry: LoadedEntry): Location {
    return this.locate(entry.map, entry.node.contentStart);
  }

  /** Offsets of an entry's node in the file. */
  spanOf({ map }: LoadedEntry, { start, end }: YamlNode): { readonly start: number; readonly end: number } {
    const offsets = this.document[map]?.offsets;
    return { start: offsets?.startOf(start) ?? start, end: offsets?.endOf(end) ?? end };
  }

  /** Start of an entry's list item; if the item is an alias, the alias. */
  itemLocation(entry: LoadedEntry): Location {
    return this.locate(entry.map, this.itemStart(entry));
  }

  /** Offset of an entry's list item in the text of its key. */
  itemStart(entry: LoadedEntry): number {
    const { list } = this[entry.map];
    return (list?.items[entry.index] ?? entry.node).start;
  }

  /** @param offset in the text of the key; a negative one means the start */
  locate(key: MapKey, offset: number): Location {
    return this.document[key]?.locationOf(Math.max(offset, 0)) ?? { file: this.file };
  }
}

function overriddenUsers({ mapRoles, mapUsers }: LoadedMaps): Map<LoadedEntry, LoadedEntry> {
  if (mapUsers.entries.length === 0) return new Map();
  const counting = mapRoles.entries.filter(({ sso, shadowed }) => !sso && !shadowed);
  const roles = new Map(counting.map((role) => [callerKey(role.arn), role]));
  return new Map(
    mapUsers.entries.flatMap((user) => {
      const role = roles.get(callerKey(user.arn));
      return role ? [[user, role] as const] : [];
    }),
  );
}
