import { ClusterState } from '../access-entry/cluster.ts';
import { type JudgedAccessEntry, mayLive } from '../access-entry/existing-entries.ts';
import { aliasesIn } from '../aws-auth/aliases.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { type ArnProblem, arnProblem } from '../aws-auth/diagnose-arn.ts';
import type { AwsAuthDocument } from '../aws-auth/document.ts';
import type { EmbeddedText } from '../aws-auth/embedded-text.ts';
import { ARN_FIELDS } from '../aws-auth/load.ts';
import type { ListKey, LoadError, LoadedEntry, LoadedMap } from '../aws-auth/loaded.ts';
import { identityOfEntry, type KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import type { EksCluster, ExistingAccessEntry, Inventory } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import type { AuthenticationMode } from '../eks.ts';
import { groupBy } from '../group-by.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { memo, once } from '../memo.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { callerKey } from '../same-arn.ts';
import { allNodesIn, type YamlNode } from '../yaml/node.ts';

export interface RuleOptions {
  /** Data read from AWS; rules that need it are skipped without. */
  readonly inventory?: Inventory;
  /** Ids of the accounts to check against the inventory; default: all. */
  readonly accounts?: ReadonlySet<string>;
  /** Id of the account whose role replaces a permission set ARN. */
  readonly account?: string;
  /** True if the text comes straight from a cluster, where server metadata is normal. */
  readonly live?: boolean;
  /** The cluster that is checked, or that the file belongs to. */
  readonly cluster?: {
    /** EKS's description with its access entries; missing if EKS wasn't asked. */
    readonly eks?: EksCluster | undefined;
    /** Its name in messages; defaults to the cluster name. */
    readonly label?: string | undefined;
    /** True if the file may belong to another cluster of that name: no fix may rest on that. */
    readonly isGuess?: boolean | undefined;
    /** Its authentication mode; for a known cluster, overrides the actual one. */
    readonly mode?: AuthenticationMode | undefined;
    /** Its roles and bindings; rules that need them are skipped without. */
    readonly rbac?: Authorizer | undefined;
  };
  /** The mappings of a config, whose groups may be bound. */
  readonly mappings?: readonly Mapping[];
  /** Names of rules to skip. */
  readonly ignore?: readonly string[];
  /** Names of rules whose findings become errors. */
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
  /** True if editing an item can't change another one: it is no alias, and no alias refers to it. */
  readonly isEditable = memo((index: number): boolean => {
    const item = this.items[index];
    if (!this.source.isEditable || !item || item.kind === 'alias') return false;
    const aliased = this.aliased();
    return aliased.size === 0 || ![...allNodesIn(item)].some((node) => aliased.has(node));
  });
  private readonly byIndex = once(() => new Map(this.loaded.entries.map((entry) => [entry.index, entry])));
  private readonly aliased = once(
    () => new Set<YamlNode>(this.loaded.list ? aliasesIn(this.text, this.loaded.list).values() : []),
  );

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

  /** The entry loaded from an item; undefined if the item was dropped. */
  entryAt(index: number): LoadedEntry | undefined {
    return this.byIndex().get(index);
  }
}

/** An entry with the identity that it assigns. */
export interface NamedEntry extends KubernetesIdentity {
  readonly entry: LoadedEntry;
}

/** The input of all rules: a file as the authenticator loads it, its cluster's access entries, or both. */
export class CheckContext {
  /** Null if only the cluster is checked. */
  readonly awsAuth: AwsAuth | null;
  readonly options: RuleOptions;
  /** mapRoles and mapUsers, if they hold a string. */
  readonly lists: readonly LoadedList[];
  readonly entries: readonly LoadedEntry[];
  private readonly byArn = once(() =>
    groupBy(this.entries, (entry) => callerKey(arnProblem(entry)?.meant ?? entry.arn)),
  );
  private readonly state = once(() => {
    const { inventory, accounts: scope, cluster } = this.options;
    return new ClusterState(this.eks ?? null, inventory ?? null, { mode: cluster?.mode, scope });
  });
  private readonly findNamed = once((): readonly NamedEntry[] =>
    this.admitting.flatMap((entry) => {
      const identity = this.overriddenByAccessEntry.has(entry) ? null : identityOfEntry(entry);
      return identity ? { entry, ...identity } : [];
    }),
  );
  private readonly findOverridden = once(() => {
    const sound = this.admitting.filter((entry) => !arnProblem(entry));
    return new Map(
      sound.flatMap((entry) => {
        const overrider = this.state().overriderOf(entry);
        return overrider ? [[entry, overrider] as const] : [];
      }),
    );
  });

  constructor(awsAuth: AwsAuth | null, options: RuleOptions) {
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

  /** EKS's description of the cluster; undefined if EKS wasn't asked. */
  get eks(): EksCluster | undefined {
    return this.options.cluster?.eks;
  }

  get rbac(): Authorizer | undefined {
    return this.options.cluster?.rbac;
  }

  /** Undefined if unknown. */
  get mode(): AuthenticationMode | undefined {
    return this.options.cluster?.mode ?? this.eks?.authenticationMode;
  }

  /** True if the cluster ignores aws-auth and the rule that reports it is active. */
  get isFileIgnored(): boolean {
    return this.mode === 'API' && this.options.ignore?.includes('config-map-ignored') !== true;
  }

  /** The cluster's name in messages; undefined without a cluster. */
  get clusterName(): string | undefined {
    return this.options.cluster?.label ?? this.eks?.name;
  }

  /** `cluster prod`; `the cluster` if its name is unknown. */
  get clusterText(): string {
    return this.clusterName === undefined ? 'the cluster' : `cluster ${this.clusterName}`;
  }

  /** When the cluster and its access entries were read. */
  get clusterTime(): ReadTime {
    return ReadTime.of(this.eks ?? {});
  }

  list(key: ListKey): LoadedList | undefined {
    return this.lists.find((list) => list.key === key);
  }

  /** True if editing an entry can't change another one. */
  isEditable({ map, index }: LoadedEntry): boolean {
    return this.list(map)?.isEditable(index) ?? false;
  }

  /** The entries whose ARN has the problem that a rule reports. */
  *entriesWith(rule: string): Generator<[LoadedEntry, ArnProblem]> {
    for (const entry of this.entries) {
      const problem = arnProblem(entry);
      if (problem?.rule === rule) yield [entry, problem];
    }
  }

  /** Detections for the manifest problems that carry a rule's name. */
  manifestProblems(rule: string) {
    const problems = this.document?.problems.filter((problem) => problem.rule === rule) ?? [];
    return problems.map(({ start, end, message, help }) => {
      return { range: { map: null, start, end, index: null }, what: message, help };
    });
  }

  /** Predicate: the authenticator dropped part of the entry's field, which another rule reports. */
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

  /** All entries meant for an ARN, ignoring case, including broken ones. */
  entriesFor(arn: string): readonly LoadedEntry[] {
    return this.byArn().get(callerKey(arn)) ?? [];
  }

  /** Entries that grant access once their ARN is right: no other entry in the file overrides them. */
  get admitting(): readonly LoadedEntry[] {
    return this.awsAuth?.admitting ?? [];
  }

  /** Entries that grant access once their ARN is right, and that no access entry overrides. */
  get namedEntries(): readonly NamedEntry[] {
    return this.findNamed();
  }

  /** The cluster's access entries with the state of their roles in the accounts in scope; empty without a cluster. */
  get judged(): readonly JudgedAccessEntry[] {
    return this.state().judged;
  }

  /** Access entries that may grant access. */
  get livingEntries(): readonly ExistingAccessEntry[] {
    return this.judged.filter(mayLive).map(({ entry }) => entry);
  }

  /** Entries that an access entry overrides, each with that access entry (which may be dead). */
  get overriddenByAccessEntry(): ReadonlyMap<LoadedEntry, JudgedAccessEntry> {
    return this.findOverridden();
  }

  /** The line where an entry starts. */
  lineOf(entry: LoadedEntry): number | undefined {
    return this.awsAuth?.locationOf(entry).line;
  }
}
