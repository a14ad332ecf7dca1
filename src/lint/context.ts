import type { AuthenticationMode } from '../access-entry.ts';
import { type AliasBinding, aliasesIn, hasMerge, itemPairs } from '../authenticator/aliases.ts';
import { type ArnProblem, diagnoseArn } from '../authenticator/diagnose-arn.ts';
import type { LoadedAccounts, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import { isDenied } from '../authenticator/resolve-caller.ts';
import {
  type JudgedAccessEntry,
  judgeAccessEntries,
  overridingEntries,
} from '../cluster/access-entry-state.ts';
import { AwsAuth, type ListKey } from '../cluster/aws-auth.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import { groupBy } from '../group-by.ts';
import type { EksCluster, Inventory } from '../inventory/model.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { callerKey } from '../same-arn.ts';
import { type MappingNode, nodesOf, type SequenceNode, type YamlNode } from '../yaml/node.ts';
import { type UnparsableCause, unparsableCauses } from './unparsable.ts';

export interface LintOptions {
  /** What was read from AWS; without it the rules that need it stay silent. */
  readonly inventory?: Inventory;
  /** Ids of the accounts to be checked against the inventory; missing: all. */
  readonly accounts?: ReadonlySet<string>;
  /** Id of the account that a permission set ARN is meant for. */
  readonly account?: string;
  /** False where the inventory is too old to conclude that a role is gone. */
  readonly isFresh?: boolean;
  /** Whether the text comes straight from a cluster, so that metadata of the server belongs in it. */
  readonly live?: boolean;
  /** The cluster of the file, with its access entries. */
  readonly cluster?: EksCluster;
  /** How messages call the cluster; missing: by its name. */
  readonly clusterLabel?: string;
  /** How the cluster authenticates; of a known cluster, as if it were so. */
  readonly authenticationMode?: AuthenticationMode;
  /** The roles and bindings of the cluster; without them the rules that need them stay silent. */
  readonly rbac?: Authorizer;
  /** Names of rules that stay silent. */
  readonly ignore?: readonly string[];
  /** Names of rules whose findings are errors, whatever they are by themselves. */
  readonly error?: readonly string[];
}

/** `cluster prod`; `the cluster` where nothing is known of it. */
export function clusterText({ cluster, clusterLabel = cluster?.name }: LintOptions): string {
  return clusterLabel === undefined ? 'the cluster' : `cluster ${clusterLabel}`;
}

/** Undefined where it is not known. */
export function modeOf({ cluster, authenticationMode }: LintOptions): AuthenticationMode | undefined {
  return authenticationMode ?? cluster?.authenticationMode;
}

/** What the rules look at in a cluster. */
export interface ClusterContext {
  readonly cluster: EksCluster;
  readonly options: LintOptions;
  /** The aws-auth of the cluster; null where there is none. */
  readonly file: LintContext | null;
  /** Whether the cluster ignores it, or would in the mode that is asked for. */
  readonly isFileIgnored: boolean;
  /** Its access entries, and what is known of their roles. */
  readonly judged: readonly JudgedAccessEntry[];
}

/** A key of aws-auth whose text is a list of maps. */
export class LoadedList {
  readonly key: ListKey;
  readonly arnField: 'rolearn' | 'userarn';
  readonly text: string;
  readonly source: EmbeddedText;
  readonly loaded: LoadedMap;
  private binding: AliasBinding | undefined;
  private byIndex: ReadonlyMap<number, LoadedEntry> | undefined;
  private aliased: ReadonlySet<YamlNode> | undefined;
  private readonly editable = new Map<number, boolean>();

  constructor(key: ListKey, source: EmbeddedText, loaded: LoadedMap) {
    this.key = key;
    this.arnField = key === 'mapRoles' ? 'rolearn' : 'userarn';
    this.source = source;
    this.text = source.text;
    this.loaded = loaded;
  }

  get items(): readonly YamlNode[] {
    return this.loaded.list?.items ?? [];
  }

  /** The entry that an item has become; undefined where it was dropped. */
  entryAt(index: number): LoadedEntry | undefined {
    this.byIndex ??= new Map(this.loaded.entries.map((entry) => [entry.index, entry]));
    return this.byIndex.get(index);
  }

  /** The pairs of an item, including those of merge keys. */
  pairsOf(item: MappingNode): ReturnType<typeof itemPairs> {
    if (!this.loaded.list || !hasMerge(item)) return item.pairs.map((pair) => ({ pair, source: null }));
    return itemPairs(item, this.aliasesOf(this.loaded.list));
  }

  private aliasesOf(list: SequenceNode): AliasBinding {
    this.binding ??= aliasesIn(this.text, list);
    return this.binding;
  }

  /** Whether an item can change without changing another: cached, since each mistake in it asks. */
  isEditable(index: number): boolean {
    const isEditable = this.editable.get(index) ?? this.isOwn(this.items[index]);
    this.editable.set(index, isEditable);
    return isEditable;
  }

  /** Whether an item is written where it is, and aliases take nothing from it. */
  private isOwn(item: YamlNode | undefined): boolean {
    const { list } = this.loaded;
    if (!this.source.isEditable || !list || !item || item.kind === 'alias') return false;
    this.aliased ??= new Set(this.aliasesOf(list).values());
    if (this.aliased.size === 0) return true;
    for (const node of nodesOf(item)) if (this.aliased.has(node)) return false;
    return true;
  }
}

export interface ListEntry {
  readonly list: LoadedList;
  readonly entry: LoadedEntry;
  /** Why its ARN never matches. */
  readonly problem: ArnProblem | null;
}

export type EntryWithProblem = ListEntry & { readonly problem: ArnProblem };

interface AccountList {
  readonly key: 'mapAccounts';
  readonly text: string;
  readonly source: EmbeddedText;
  readonly loaded: LoadedAccounts;
}

/** What the rules look at: a file as the authenticator loads it. */
export class LintContext {
  readonly awsAuth: AwsAuth;
  readonly document: AwsAuthDocument;
  readonly options: LintOptions;
  /** The keys that hold a string. */
  readonly lists: readonly LoadedList[];
  readonly entries: readonly ListEntry[];
  /** mapAccounts; null where the key is missing. */
  readonly accounts: AccountList | null;
  private causes: readonly UnparsableCause[] | undefined;
  private byArn: ReadonlyMap<string, readonly ListEntry[]> | undefined;
  private judgedEntries: readonly JudgedAccessEntry[] | undefined;
  private effectiveEntries: readonly ListEntry[] | undefined;
  private overriddenEntries: ReadonlyMap<ListEntry, JudgedAccessEntry> | undefined;
  private byCaller: ReadonlyMap<string, ListEntry> | undefined;

  constructor(document: AwsAuthDocument, options: LintOptions) {
    const awsAuth = new AwsAuth(document);
    this.awsAuth = awsAuth;
    this.document = document;
    this.options = options;
    const { mapRoles, mapUsers, mapAccounts } = document;
    this.lists = [
      ...(mapRoles ? [new LoadedList('mapRoles', mapRoles, awsAuth.mapRoles)] : []),
      ...(mapUsers ? [new LoadedList('mapUsers', mapUsers, awsAuth.mapUsers)] : []),
    ];
    this.entries = this.lists.flatMap((list) =>
      list.loaded.entries.map((entry) => {
        return { list, entry, problem: entry.sso ? null : diagnoseArn(entry.arn) };
      }),
    );
    this.accounts = mapAccounts && {
      key: 'mapAccounts',
      text: mapAccounts.text,
      source: mapAccounts,
      loaded: awsAuth.mapAccounts,
    };
  }

  list(key: ListKey): LoadedList | undefined {
    return this.lists.find((list) => list.key === key);
  }

  /** Why keys are unparsable. */
  get unparsable(): readonly UnparsableCause[] {
    this.causes ??= [...this.lists, ...(this.accounts ? [this.accounts] : [])].flatMap(unparsableCauses);
    return this.causes;
  }

  /** The entries whose ARN has the problem that a rule is for. */
  entriesWith(rule: string): EntryWithProblem[] {
    return this.entries.filter(
      (listEntry): listEntry is EntryWithProblem => listEntry.problem?.rule === rule,
    );
  }

  /** The entries that are meant for an ARN, ignoring case, whatever is wrong with them. */
  entriesFor(arn: string): readonly ListEntry[] {
    this.byArn ??= groupBy(this.entries, ({ entry, problem }) => callerKey(problem?.meant ?? entry.arn));
    return this.byArn.get(callerKey(arn)) ?? [];
  }

  /** The access entries of the cluster of the file, and what is known of their roles. */
  get judged(): readonly JudgedAccessEntry[] {
    this.judgedEntries ??= judgedEntries(this.options);
    return this.judgedEntries;
  }

  /** The entries through which somebody may get in, once their ARN is right: no other entry of the file overrides them. */
  get effective(): readonly ListEntry[] {
    this.effectiveEntries ??= this.findEffective();
    return this.effectiveEntries;
  }

  /** The entries that would let somebody in, did not an access entry override them: each with that one, which may be dead. */
  get overridden(): ReadonlyMap<ListEntry, JudgedAccessEntry> {
    this.overriddenEntries ??= new Map(this.findOverridden());
    return this.overriddenEntries;
  }

  /**
   * The entry that counts for a caller where aws-auth does.
   * @param key as `callerKey` makes it
   */
  entryOfCaller(key: string): ListEntry | undefined {
    this.byCaller ??= new Map(
      this.effective
        .filter(({ problem }) => !problem)
        .map((listEntry) => [callerKey(listEntry.entry.arn), listEntry]),
    );
    return this.byCaller.get(key);
  }

  private findEffective(): ListEntry[] {
    const effective = new Set(this.awsAuth.effective);
    return this.entries.filter(({ entry }) => effective.has(entry) && !entry.sso && !isDenied(entry));
  }

  private *findOverridden(): Generator<[ListEntry, JudgedAccessEntry]> {
    const mode = modeOf(this.options);
    if (!this.options.cluster || !mode) return;
    const byCaller = overridingEntries(this.judged, mode);
    if (byCaller.size === 0) return;
    for (const listEntry of this.effective) {
      const accessEntry = listEntry.problem ? undefined : byCaller.get(callerKey(listEntry.entry.arn));
      if (accessEntry) yield [listEntry, accessEntry];
    }
  }
}

/** The access entries of the cluster, and what the accounts in scope tell of them; none where no cluster is known. */
export function judgedEntries({ cluster, inventory, accounts }: LintOptions): readonly JudgedAccessEntry[] {
  return cluster ? judgeAccessEntries(cluster, inventory ?? null, accounts) : [];
}
