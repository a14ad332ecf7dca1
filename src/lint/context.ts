import { aliasesIn, bindAliases } from '../authenticator/alias-binding.ts';
import { overriddenUsers } from '../authenticator/caller-order.ts';
import { hasMerge, type ItemPair, ItemPairs } from '../authenticator/item-pairs.ts';
import type { LoadError, LoadedAccounts, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import { readMapAccounts } from '../authenticator/read-accounts.ts';
import { readMapRoles, readMapUsers } from '../authenticator/read-map.ts';
import type { AwsAuthDocument, ManifestProblem } from '../configmap/document.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import type { MapKey } from '../entry.ts';
import type { Inventory } from '../inventory/model.ts';
import { firstDocumentIfAny, type MappingNode, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import { nodesOf } from '../yaml/pairs.ts';
import { type ArnProblem, diagnoseArn } from './diagnose-arn.ts';
import type { Detection } from './rule.ts';
import { type UnparsableCause, unparsableCauses } from './unparsable.ts';

export interface LintOptions {
  /** What was read from AWS; without it the rules that need it stay silent. */
  readonly inventory?: Inventory;
  /** Ids of the accounts to be judged by the inventory; missing: all. */
  readonly accounts?: ReadonlySet<string>;
  /** Id of the account that a permission set ARN is meant for. */
  readonly account?: string;
  /** False where the inventory is too old to conclude that a role is gone. */
  readonly rotate?: boolean;
  /** Whether the text comes straight from a cluster, so that metadata of the server belongs in it. */
  readonly live?: boolean;
  /** Names of rules that stay silent. */
  readonly ignore?: readonly string[];
}

export type ListKey = Exclude<MapKey, 'mapAccounts'>;

/** A key of aws-auth whose text is a list of maps. */
export interface LoadedList {
  readonly key: ListKey;
  readonly arnField: 'rolearn' | 'userarn';
  readonly text: string;
  readonly source: EmbeddedText;
  readonly loaded: LoadedMap;
  /** The error that loses the whole key. */
  readonly fatalError: LoadError | undefined;
}

export interface ListEntry {
  readonly list: LoadedList;
  readonly entry: LoadedEntry;
  /** Why its ARN never matches. */
  readonly problem: ArnProblem | null;
}

export type EntryWithProblem = ListEntry & { readonly problem: ArnProblem };

export interface AccountList {
  readonly source: EmbeddedText;
  readonly loaded: LoadedAccounts;
  /** Null where it is empty or no YAML. */
  readonly root: YamlNode | null;
}

/** What the rules look at: a file as the authenticator loads it. */
export class LintContext {
  readonly document: AwsAuthDocument;
  readonly options: LintOptions;
  /** The keys that hold a text. */
  readonly lists: readonly LoadedList[];
  readonly entries: readonly ListEntry[];
  private readonly pairs = new Map<LoadedList, ItemPairs>();
  private readonly sharing = new Map<LoadedList, ItemSharing>();
  private readonly byIndex = new Map<LoadedList, ReadonlyMap<number, LoadedEntry>>();
  private lazyAccounts: AccountList | null | undefined;
  private lazyVoids: readonly UnparsableCause[] | undefined;
  private lazyCensus: EntriesByArn | undefined;
  private lazyOverridden: ReadonlyMap<LoadedEntry, LoadedEntry> | undefined;

  constructor(document: AwsAuthDocument, options: LintOptions) {
    this.document = document;
    this.options = options;
    this.lists = [
      ...listOf('mapRoles', 'rolearn', document.mapRoles),
      ...listOf('mapUsers', 'userarn', document.mapUsers),
    ];
    this.entries = this.lists.flatMap((list) =>
      list.loaded.entries.map((entry) => ({
        list,
        entry,
        problem: entry.sso ? null : diagnoseArn(entry.arn),
      })),
    );
  }

  /** The keys that the authenticator loses. */
  get unparsable(): readonly UnparsableCause[] {
    this.lazyVoids ??= allVoidCauses(this);
    return this.lazyVoids;
  }

  /** mapAccounts; null where the key is missing. */
  get accounts(): AccountList | null {
    if (this.lazyAccounts === undefined) this.lazyAccounts = accountList(this.document);
    return this.lazyAccounts;
  }

  problemsOf(rule: ManifestProblem['rule']): Detection[] {
    return this.document.problems
      .filter((problem) => problem.rule === rule)
      .map(({ start, end, message, help }) => ({
        range: { map: null, start, end, index: null },
        what: message,
        help,
      }));
  }

  /** The entries whose ARN has a problem that a rule is for. */
  entriesWith(rule: ArnProblem['rule']): EntryWithProblem[] {
    return this.entries.filter((one): one is EntryWithProblem => one.problem?.rule === rule);
  }

  get mapRoles(): LoadedList | undefined {
    return this.lists.find(({ key }) => key === 'mapRoles');
  }

  /** Which roles the entries are meant for. */
  get entriesByArn(): EntriesByArn {
    this.lazyCensus ??= entriesByArn(this.entries);
    return this.lazyCensus;
  }

  /** The entry that an item of a list has become; undefined where it was dropped. */
  entryAt(list: LoadedList, index: number): LoadedEntry | undefined {
    let entries = this.byIndex.get(list);
    if (!entries) {
      entries = new Map(list.loaded.entries.map((entry) => [entry.index, entry]));
      this.byIndex.set(list, entries);
    }
    return entries.get(index);
  }

  /** The entries of mapUsers that mapRoles overrides, each with the one that counts. */
  get overridden(): ReadonlyMap<LoadedEntry, LoadedEntry> {
    const entriesOf = (key: ListKey) => this.lists.find((list) => list.key === key)?.loaded.entries ?? [];
    this.lazyOverridden ??= overriddenUsers({
      mapRoles: entriesOf('mapRoles'),
      mapUsers: entriesOf('mapUsers'),
    });
    return this.lazyOverridden;
  }

  /** The pairs of an item, those that merge keys bring among them. */
  pairsOf(list: LoadedList, item: MappingNode): readonly ItemPair[] {
    if (!list.loaded.list || !hasMerge(item)) return item.pairs.map((pair) => ({ pair, source: null }));
    let pairs = this.pairs.get(list);
    if (!pairs) {
      pairs = new ItemPairs(aliasesIn(list.text, list.loaded.list));
      this.pairs.set(list, pairs);
    }
    return pairs.of(item);
  }

  /** Whether an item can change without changing another. */
  isEditable(list: LoadedList, index: number): boolean {
    const { source, loaded } = list;
    if (!source.isEditable || !loaded.list) return false;
    let sharing = this.sharing.get(list);
    if (!sharing) {
      sharing = new ItemSharing(list.text, loaded.list);
      this.sharing.set(list, sharing);
    }
    return sharing.isOwn(index);
  }
}

function listOf(key: ListKey, arnField: LoadedList['arnField'], source: EmbeddedText | null): LoadedList[] {
  if (!source) return [];
  const { text } = source;
  const loaded = key === 'mapRoles' ? readMapRoles(text) : readMapUsers(text);
  const voidError = loaded.errors.find(({ loss }) => loss === 'unparsable');
  return [{ key, arnField, text, source, loaded, fatalError: voidError }];
}

function accountList({ mapAccounts: source }: AwsAuthDocument): AccountList | null {
  if (!source) return null;
  const { text } = source;
  return { source, loaded: readMapAccounts(text), root: firstDocumentIfAny(text) };
}

function allVoidCauses({ lists, accounts }: LintContext): UnparsableCause[] {
  const causes = lists.flatMap(({ key, text, fatalError: voidError }) =>
    voidError ? unparsableCauses(key, text, voidError) : [],
  );
  const error = accounts?.loaded.errors.find(({ loss }) => loss === 'unparsable');
  return accounts && error
    ? [...causes, ...unparsableCauses('mapAccounts', accounts.source.text, error)]
    : causes;
}

/** Which ARNs the entries are meant for, whatever is wrong with them. */
export interface EntriesByArn {
  /** How many entries are meant for an ARN, ignoring case. */
  meantBy(arn: string): readonly ListEntry[];
}

export function entriesByArn(entries: readonly ListEntry[]): EntriesByArn {
  const byArn = new Map<string, ListEntry[]>();
  for (const one of entries) {
    const key = (one.problem?.meant ?? one.entry.arn).toLowerCase();
    const group = byArn.get(key);
    if (group) group.push(one);
    else byArn.set(key, [one]);
  }
  return { meantBy: (arn) => byArn.get(arn.toLowerCase()) ?? [] };
}

/** Which items of a list are written where they stand, and nowhere else taken from. */
export class ItemSharing {
  private readonly list: SequenceNode;
  /** Nodes that some alias stands for. */
  private readonly shared: ReadonlySet<YamlNode>;

  constructor(text: string, list: SequenceNode) {
    this.list = list;
    this.shared = new Set(text.includes('*') ? bindAliases(list).values() : []);
  }

  isOwn(index: number): boolean {
    const item = this.list.items[index];
    if (!item || item.kind === 'alias') return false;
    if (this.shared.size === 0) return true;
    for (const node of nodesOf(item)) if (this.shared.has(node)) return false;
    return true;
  }
}
