import type { AuthenticationMode } from '../access-entry.ts';
import { type AliasBinding, aliasesIn, hasMerge, itemPairs } from '../authenticator/aliases.ts';
import { type ArnProblem, arnProblem } from '../authenticator/diagnose-arn.ts';
import { ARN_FIELDS } from '../authenticator/load.ts';
import type { ListKey, LoadedAccounts, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import {
  type JudgedAccessEntry,
  judgeAccessEntries,
  overridingEntries,
} from '../cluster/access-entry-state.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import { groupBy } from '../group-by.ts';
import type { EksCluster, Inventory } from '../inventory/model.ts';
import { memo, once } from '../memo.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { callerKey } from '../same-arn.ts';
import { type MappingNode, nodesOf, type YamlNode } from '../yaml/node.ts';
import { unparsableCauses } from './unparsable.ts';

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

/** A key of aws-auth whose text is a list of maps. */
export class LoadedList {
  readonly key: ListKey;
  readonly arnField: 'rolearn' | 'userarn';
  readonly text: string;
  readonly source: EmbeddedText;
  readonly loaded: LoadedMap;
  /** Whether an item can change without changing another: it is written where it is, and aliases take nothing from it. */
  readonly isEditable = memo((index: number): boolean => {
    const item = this.items[index];
    if (!this.source.isEditable || !item || item.kind === 'alias') return false;
    const aliased = this.aliased();
    return aliased.size === 0 || ![...nodesOf(item)].some((node) => aliased.has(node));
  });
  private readonly byIndex = once(() => new Map(this.loaded.entries.map((entry) => [entry.index, entry])));
  private readonly aliases = once(
    (): AliasBinding => (this.loaded.list ? aliasesIn(this.text, this.loaded.list) : new Map()),
  );
  private readonly aliased = once(() => new Set<YamlNode>(this.aliases().values()));

  constructor(key: ListKey, source: EmbeddedText, loaded: LoadedMap) {
    this.key = key;
    this.arnField = ARN_FIELDS[key];
    this.source = source;
    this.text = source.text;
    this.loaded = loaded;
  }

  get items(): readonly YamlNode[] {
    return this.loaded.list?.items ?? [];
  }

  /** The entry that an item has become; undefined where it was dropped. */
  entryAt(index: number): LoadedEntry | undefined {
    return this.byIndex().get(index);
  }

  /** The pairs of an item, including those of merge keys. */
  pairsOf(item: MappingNode): ReturnType<typeof itemPairs> {
    return hasMerge(item)
      ? itemPairs(item, this.aliases())
      : item.pairs.map((pair) => ({ pair, source: null }));
  }
}

interface AccountList {
  readonly key: 'mapAccounts';
  readonly text: string;
  readonly source: EmbeddedText;
  readonly loaded: LoadedAccounts;
}

/** What the rules look at: a file as the authenticator loads it, the access entries of its cluster, or both. */
export class LintContext {
  /** Null where the cluster is checked alone. */
  readonly awsAuth: AwsAuth | null;
  readonly options: LintOptions;
  /** The keys that hold a string. */
  readonly lists: readonly LoadedList[];
  readonly entries: readonly LoadedEntry[];
  /** mapAccounts; null where the key is missing. */
  readonly accounts: AccountList | null;
  private readonly causes = once(() =>
    [...this.lists, ...(this.accounts ? [this.accounts] : [])].flatMap(unparsableCauses),
  );
  private readonly byArn = once(() =>
    groupBy(this.entries, (entry) => callerKey(arnProblem(entry)?.meant ?? entry.arn)),
  );
  private readonly judge = once(() => {
    const { cluster, inventory, accounts } = this.options;
    return cluster ? judgeAccessEntries(cluster, inventory ?? null, accounts) : [];
  });
  private readonly findOverridden = once(() => new Map(this.overriddenEntries()));

  constructor(awsAuth: AwsAuth | null, options: LintOptions) {
    this.awsAuth = awsAuth;
    this.options = options;
    const { mapRoles, mapUsers, mapAccounts } = awsAuth?.document ?? {};
    this.lists = awsAuth
      ? [
          ...(mapRoles ? [new LoadedList('mapRoles', mapRoles, awsAuth.mapRoles)] : []),
          ...(mapUsers ? [new LoadedList('mapUsers', mapUsers, awsAuth.mapUsers)] : []),
        ]
      : [];
    this.entries = awsAuth?.entries ?? [];
    this.accounts =
      awsAuth && mapAccounts
        ? { key: 'mapAccounts', text: mapAccounts.text, source: mapAccounts, loaded: awsAuth.mapAccounts }
        : null;
  }

  get document(): AwsAuthDocument | null {
    return this.awsAuth?.document ?? null;
  }

  /** Undefined where it is not known. */
  get mode(): AuthenticationMode | undefined {
    return this.options.authenticationMode ?? this.options.cluster?.authenticationMode;
  }

  /** Whether aws-auth is ignored as a whole, and the rule that says so is not. */
  get isFileIgnored(): boolean {
    return this.mode === 'API' && this.options.ignore?.includes('config-map-ignored') !== true;
  }

  /** `cluster prod`; `the cluster` where nothing is known of it. */
  get clusterText(): string {
    const { cluster, clusterLabel = cluster?.name } = this.options;
    return clusterLabel === undefined ? 'the cluster' : `cluster ${clusterLabel}`;
  }

  list(key: ListKey): LoadedList | undefined {
    return this.lists.find((list) => list.key === key);
  }

  /** Whether an entry can change without changing another. */
  isEditable({ map, index }: LoadedEntry): boolean {
    return this.list(map)?.isEditable(index) ?? false;
  }

  /** Why keys are unparsable. */
  get unparsable() {
    return this.causes();
  }

  /** The entries whose ARN has the problem that a rule is for. */
  *entriesWith(rule: string): Generator<[LoadedEntry, ArnProblem]> {
    for (const entry of this.entries) {
      const problem = arnProblem(entry);
      if (problem?.rule === rule) yield [entry, problem];
    }
  }

  /** The entries that are meant for an ARN, ignoring case, whatever is wrong with them. */
  entriesFor(arn: string): readonly LoadedEntry[] {
    return this.byArn().get(callerKey(arn)) ?? [];
  }

  /** The entries through which somebody may get in, once their ARN is right: no other entry of the file overrides them. */
  get admitting(): readonly LoadedEntry[] {
    return this.awsAuth?.admitting ?? [];
  }

  /** The access entries of the cluster, and what the accounts in scope tell of their roles; none where no cluster is known. */
  get judged(): readonly JudgedAccessEntry[] {
    return this.judge();
  }

  /** The entries that would let somebody in, did not an access entry override them: each with that one, which may be dead. */
  get overridden(): ReadonlyMap<LoadedEntry, JudgedAccessEntry> {
    return this.findOverridden();
  }

  /** The line of the file that an entry starts in. */
  lineOf(entry: LoadedEntry): number | undefined {
    return this.awsAuth?.locationOf(entry).line;
  }

  private *overriddenEntries(): Generator<[LoadedEntry, JudgedAccessEntry]> {
    if (!this.options.cluster || !this.mode) return;
    const byCaller = overridingEntries(this.judged, this.mode);
    if (byCaller.size === 0) return;
    for (const entry of this.admitting) {
      const accessEntry = arnProblem(entry) ? undefined : byCaller.get(callerKey(entry.arn));
      if (accessEntry) yield [entry, accessEntry];
    }
  }
}
