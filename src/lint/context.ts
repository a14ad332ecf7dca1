import type { AuthenticationMode } from '../access-entry.ts';
import { type AliasBinding, aliasesIn, hasMerge, itemPairs } from '../authenticator/aliases.ts';
import { type ArnProblem, arnProblem } from '../authenticator/diagnose-arn.ts';
import { ARN_FIELDS } from '../authenticator/load.ts';
import type { ListKey, LoadError, LoadedEntry, LoadedMap } from '../authenticator/loaded.ts';
import type { JudgedAccessEntry } from '../cluster/access-entry-state.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { ClusterState } from '../cluster/cluster.ts';
import type { AwsAuthDocument } from '../configmap/document.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import { groupBy } from '../group-by.ts';
import type { EksCluster, Inventory } from '../inventory/model.ts';
import { memo, once } from '../memo.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { callerKey } from '../same-arn.ts';
import { type MappingNode, nodesOf, type YamlNode } from '../yaml/node.ts';

/** What is known of the cluster that is checked, or that the file is of. */
interface KnownCluster {
  /** As EKS describes it, with its access entries; missing where it was not asked. */
  readonly eks?: EksCluster | undefined;
  /** How messages call it; missing: by its name. */
  readonly label?: string | undefined;
  /** How it authenticates: of a known cluster, as if it were so. */
  readonly mode?: AuthenticationMode | undefined;
  /** Its roles and bindings; without them the rules that need them stay silent. */
  readonly rbac?: Authorizer | undefined;
}

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
  readonly cluster?: KnownCluster;
  /** Names of rules that stay silent. */
  readonly ignore?: readonly string[];
  /** Names of rules whose findings are errors, whatever they are by themselves. */
  readonly error?: readonly string[];
}

const LIST_KEYS: readonly ListKey[] = ['mapRoles', 'mapUsers'];

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

/** What the rules look at: a file as the authenticator loads it, the access entries of its cluster, or both. */
export class LintContext {
  /** Null where the cluster is checked alone. */
  readonly awsAuth: AwsAuth | null;
  readonly options: LintOptions;
  /** The keys that hold a string. */
  readonly lists: readonly LoadedList[];
  readonly entries: readonly LoadedEntry[];
  private readonly byArn = once(() =>
    groupBy(this.entries, (entry) => callerKey(arnProblem(entry)?.meant ?? entry.arn)),
  );
  private readonly state = once(() => {
    const { inventory, accounts: scope, cluster } = this.options;
    return new ClusterState(this.eks ?? null, inventory ?? null, { mode: cluster?.mode, scope });
  });
  private readonly findOverridden = once(() => {
    const sound = this.admitting.filter((entry) => !arnProblem(entry));
    return new Map(
      sound.flatMap((entry) => {
        const overrider = this.state().overriderOf(entry);
        return overrider ? [[entry, overrider] as const] : [];
      }),
    );
  });

  constructor(awsAuth: AwsAuth | null, options: LintOptions) {
    this.awsAuth = awsAuth;
    this.options = options;
    this.lists = LIST_KEYS.flatMap((key) => {
      const source = awsAuth?.document[key];
      return awsAuth && source ? [new LoadedList(key, source, awsAuth[key])] : [];
    });
    this.entries = awsAuth?.entries ?? [];
  }

  get document(): AwsAuthDocument | null {
    return this.awsAuth?.document ?? null;
  }

  /** The cluster as EKS describes it; undefined where it was not asked. */
  get eks(): EksCluster | undefined {
    return this.options.cluster?.eks;
  }

  get rbac(): Authorizer | undefined {
    return this.options.cluster?.rbac;
  }

  /** Undefined where it is not known. */
  get mode(): AuthenticationMode | undefined {
    return this.options.cluster?.mode ?? this.eks?.authenticationMode;
  }

  /** Whether aws-auth is ignored as a whole, and the rule that says so is not. */
  get isFileIgnored(): boolean {
    return this.mode === 'API' && this.options.ignore?.includes('config-map-ignored') !== true;
  }

  /** How messages call the cluster; undefined where nothing is known of it. */
  get clusterName(): string | undefined {
    return this.options.cluster?.label ?? this.eks?.name;
  }

  /** `cluster prod`; `the cluster` where nothing is known of it. */
  get clusterText(): string {
    return this.clusterName === undefined ? 'the cluster' : `cluster ${this.clusterName}`;
  }

  /** What is to be done before anything that the inventory suggests; empty where nothing is. */
  get beforehand(): string {
    return this.options.isFresh === false ? 'The snapshot is old: take a new one first. ' : '';
  }

  list(key: ListKey): LoadedList | undefined {
    return this.lists.find((list) => list.key === key);
  }

  /** Whether an entry can change without changing another. */
  isEditable({ map, index }: LoadedEntry): boolean {
    return this.list(map)?.isEditable(index) ?? false;
  }

  /** The entries whose ARN has the problem that a rule is for. */
  *entriesWith(rule: string): Generator<[LoadedEntry, ArnProblem]> {
    for (const entry of this.entries) {
      const problem = arnProblem(entry);
      if (problem?.rule === rule) yield [entry, problem];
    }
  }

  /** What a rule says of the problems of the manifest that have its name. */
  manifestProblems(rule: string) {
    const problems = this.document?.problems.filter((problem) => problem.rule === rule) ?? [];
    return problems.map(({ start, end, message, help }) => {
      return { range: { map: null, start, end, index: null }, what: message, help };
    });
  }

  /** Tells which entries have lost something of a field, which another rule reports. */
  lostIn(
    field: 'username' | 'groups',
    isOf: (error: LoadError) => boolean = () => true,
  ): (entry: LoadedEntry) => boolean {
    const lost = this.lists.flatMap(({ key, loaded: { errors } }) =>
      errors.filter((error) => error.field === field && isOf(error)).map(({ index }) => `${key} ${index}`),
    );
    const isLost = new Set(lost);
    return ({ map, index }) => isLost.has(`${map} ${index}`);
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
    return this.state().judged;
  }

  /** The entries that would let somebody in, did not an access entry override them: each with that one, which may be dead. */
  get overriddenByAccessEntry(): ReadonlyMap<LoadedEntry, JudgedAccessEntry> {
    return this.findOverridden();
  }

  /** The line of the file that an entry starts in. */
  lineOf(entry: LoadedEntry): number | undefined {
    return this.awsAuth?.locationOf(entry).line;
  }
}
