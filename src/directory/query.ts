import { formatArn, isAccountId, parseArn, partitionOfRegion } from '../arn.ts';
import { clusterNameProblem } from '../eks.ts';
import { Failure, type Problem } from '../errors.ts';
import { globProblem, isGlob } from '../glob.ts';
import { type AccountSelector, isUnitId, unitPath } from './account-selector.ts';
import {
  type AccountName,
  type EksCluster,
  type Instance,
  type Inventory,
  type OtherRole,
  type PermissionSet,
  type PrincipalType,
  type UnreadCluster,
  unlistedAccount,
} from './model.ts';
import type { RoleRules } from './role-rules.ts';

/** The data to read from AWS; `neededListing` finds the cheapest way to its accounts. */
export interface InventoryQuery {
  readonly scope: readonly AccountSelector[];
  /** Limits the scope to accounts that these select too (flags over a config's accounts); null for no limit. */
  readonly within: readonly AccountSelector[] | null;
  readonly exclude: readonly AccountSelector[];
  /** `none`: names from the roles suffice; `all`: every permission set; a list: these ARNs. */
  readonly permissionSets: 'none' | 'all' | readonly string[];
  /** Fills every account's `ou` and `ouIds`; `if-allowed` continues if calls to Organizations are denied. */
  readonly organizationTree: boolean | 'if-allowed';
  /** True if the ids in `scope` come from a file: then the user didn't request exactly these accounts. */
  readonly fromFile?: boolean;
  /** True if the caller handles an empty scope, since there may be more accounts than these. */
  readonly mayBeEmpty?: boolean;
  /** Query for `Inventory.assignments` and `Inventory.principals`; if missing, they aren't read. */
  readonly people?: PeopleQuery;
}

/** A user's user name, or a group's display name. */
export interface PrincipalName {
  readonly type: PrincipalType;
  readonly name: string;
}

/** Selects whose access to read. */
export interface PeopleQuery {
  /** Provisioned roles, by ARN without path; null for all roles that were read. */
  readonly roleArns: ReadonlySet<string> | null;
  /**
   * Looked up by name, users with their groups. If a name doesn't exist, all users or groups are listed to suggest
   * similar names.
   */
  readonly named: readonly PrincipalName[];
  /** True to only read the assignments of `named`, and everyone else with the same assignments. */
  readonly onlyNamed: boolean;
  /** True to read group members. */
  readonly members: boolean;
  /** Principals of an instance whose names are needed without assignments; missing means none. */
  readonly mentioned?: readonly MentionedPrincipal[];
}

/** A principal by its ID, which means nothing outside its Identity Center instance. */
export interface MentionedPrincipal {
  readonly type: PrincipalType;
  readonly id: string;
  readonly instanceArn: string | null;
}

/** All selectors of the query: its scope, its limit and its exclusions. */
export function selectorsOf({ scope, within, exclude }: InventoryQuery): AccountSelector[] {
  return [...scope, ...(within ?? []), ...exclude];
}

/** A cluster's location. */
export interface ClusterPlace {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** The value of `--cluster`. */
export interface ClusterSelector {
  readonly name: string;
  /** The location in an ARN. Null for the first profile's account and region. */
  readonly place: ClusterPlace | null;
}

/** True if the limit and the scope are known to have no account in common, because all of the limit is stated by ID. */
export function selectsNone({ scope, within }: InventoryQuery): boolean {
  const ids = new Set(within?.map((selector) => (selector.kind === 'id' ? selector.id : null)));
  if (within === null || ids.has(null)) return false;
  return !scope.some((selector) => selector.kind === 'id' && ids.has(selector.id));
}

/** The accounts whose clusters a glob selects; empty for the caller's own, or for all accounts of a snapshot. */
export type FleetScope = Pick<InventoryQuery, 'scope' | 'within' | 'exclude'>;

/** The clusters to read. */
export interface FleetQuery {
  /** Names or ARNs; or globs for the names of clusters in the accounts in scope. */
  readonly selectors: readonly (ClusterSelector | { readonly glob: string })[];
  /** Where globs are searched; empty for the region of the run, or for all regions of a snapshot. */
  readonly regions: readonly string[];
  readonly accounts: FleetScope;
  /** True to read OIDC providers and capabilities, too. */
  readonly signIns?: boolean;
  /** True for accounts whose clusters to skip if they can't be read. */
  readonly maySkip: (account: AccountName) => boolean;
}

/** The clusters of a query, each once, and those of them that couldn't be read. */
export interface Fleet {
  /** In the order of the selectors; the clusters of a glob by account in the order of the scope, region and name. */
  readonly clusters: readonly EksCluster[];
  readonly unread: readonly UnreadCluster[];
  /** Clusters that are known, but weren't selected, or were deleted during the run. */
  readonly others: readonly {
    readonly name: string;
    readonly arn: string;
    /** Why it isn't read, to follow its ARN. */
    readonly why: string;
  }[];
  /** The accounts that are known: their names may be in paths. */
  readonly accounts: readonly AccountName[];
}

/** Why a known cluster isn't read, to follow its ARN. */
export const NOT_SELECTED = "isn't among the selected clusters";

/** The reason why a text isn't a cluster's name or ARN; undefined if it is. */
export function clusterSelectorProblem(text: string): string | undefined {
  if (!text.startsWith('arn:')) return clusterNameProblem(text);
  const place = clusterOfArn(text)?.place;
  if (!place) return NO_CLUSTER_ARN;
  const partition = partitionOfRegion(place.region);
  if (place.partition === partition) return undefined;
  return `${NO_CLUSTER_ARN}: region ${place.region} is in partition ${partition}`;
}

const NO_CLUSTER_ARN = "isn't the ARN of an EKS cluster";

/** The reason why a text can't be a glob of cluster names; undefined if it can. */
export function clusterGlobProblem(text: string): string | undefined {
  if (text.startsWith('arn:')) return NO_ARN;
  if (!/^[\w*?[\]{},^-]+$/.test(text)) return NO_NAME;
  return globProblem(text);
}

const NO_ARN =
  "has a pattern in an ARN; to select several clusters, use a pattern for their names, such as 'prod-*', with --account and --cluster-region";
const NO_NAME = 'matches no EKS cluster name; names have letters, digits, "-" and "_"';

/** The reason why a text is neither a cluster's name or ARN nor a glob of names; undefined if it is one of them. */
export function fleetSelectorProblem(text: string): string | undefined {
  return isGlob(text) ? clusterGlobProblem(text) : clusterSelectorProblem(text);
}

/** @param text for which `fleetSelectorProblem` is undefined */
export function parseFleetSelector(text: string): FleetQuery['selectors'][number] {
  return isGlob(text) ? { glob: text } : parseClusterSelector(text);
}

/** @param text for which `clusterSelectorProblem` is undefined */
export function parseClusterSelector(text: string): ClusterSelector {
  return clusterOfArn(text) ?? { name: text, place: null };
}

export function clusterArn(name: string, place: ClusterPlace): string {
  return formatArn({ ...place, service: 'eks', resource: `cluster/${name}` });
}

function clusterOfArn(text: string): ClusterSelector | undefined {
  const arn = parseArn(text);
  if (arn?.service !== 'eks' || !isAccountId(arn.accountId) || !/^[a-z0-9-]+$/.test(arn.region))
    return undefined;
  const { partition, region, accountId, resource } = arn;
  const name = resource.replace(/^cluster\//, '');
  if (name === resource || clusterNameProblem(name) !== undefined) return undefined;
  return { name, place: { partition, region, accountId } };
}

/**
 * A cluster doesn't exist (exit 2). A separate type, because an output can be meant for a cluster that isn't created
 * yet.
 */
export class ClusterNotFound extends Failure {
  constructor(problems: readonly Problem[]) {
    super(2, problems);
    this.name = 'ClusterNotFound';
  }
}

/** Source of an inventory: AWS or snapshots. */
export interface InventorySource {
  /** True if it calls AWS; false if it reads files. */
  readonly isLive: boolean;
  readonly partition: string;
  /** The caller's ARN from STS; missing for snapshots. */
  readonly callerArn?: () => Promise<string>;
  /** Location of a cluster given by name; missing for snapshots, and without a region. */
  readonly clusterPlace?: ClusterPlace | undefined;
  read(query: InventoryQuery): Promise<Inventory>;
  /** Adds the assignments of its roles to an inventory from `read`. */
  people(inventory: Inventory, query: PeopleQuery): Promise<Inventory>;
  /**
   * The existing permission sets.
   * @param names the ones in question, which may be all that is known in the end; missing for all
   */
  knownSets(inventory: Inventory, names?: readonly string[]): Promise<KnownSets>;
  /** Adds to an inventory which accounts its Identity Center instance covers. */
  withCoverage(inventory: Inventory): Promise<Inventory>;
  /**
   * The clusters with their access entries, in the order given.
   * @throws ClusterNotFound; Failure (exit 2) for an ambiguous name or another partition, 3 for one that can't be read
   */
  clusters(selectors: readonly ClusterSelector[]): Promise<readonly EksCluster[]>;
  /**
   * The clusters of names, ARNs and globs. Reports clusters that are skipped.
   * @throws Failure (exit 2) for a glob that matches nothing and as `clusters`; 3 for what can't be read or skipped
   */
  fleet(query: FleetQuery): Promise<Fleet>;
  /**
   * Roles that Identity Center did not create, without duplicates, by ARNs with or without a path. Skips roles in
   * accounts that can't be read, with a note that says why, and roles that the snapshots don't contain.
   */
  otherRoles(roleArns: readonly string[]): Promise<readonly OtherRole[]>;
  close(): void;
}

/** The existing permission sets, or the reason why they are unknown. */
export type KnownSets =
  | { readonly kind: 'known'; readonly sets: readonly PermissionSet[]; readonly instance: Instance | null }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The settings that decide whether an account given by ID must be looked up to know its role. */
interface RoleSettings {
  /** Accounts read with a profile's own credentials. */
  readonly directAccountIds: ReadonlySet<string>;
  readonly rules: RoleRules;
}

/**
 * How accounts are found: from ids alone, from the whole organization, or only from the scope's units.
 * Names, globs and "all" need the whole list. If only units are selected, only they are listed; if other accounts may
 * be excluded by unit, each must be found in the whole list.
 * @param settings may require the whole list too, to decide which role to assume in an account given by ID
 */
export function neededListing(query: InventoryQuery, settings?: RoleSettings): 'none' | 'whole' | 'units' {
  const selectors = selectorsOf(query);
  const isWhole = selectors.some((selector) => {
    if (selector.kind !== 'ou') return ['name', 'glob', 'all'].includes(selector.kind);
    return isUnitId(selector.ou) ? selector.ou.startsWith('r-') : unitPath(selector.ou) === '';
  });
  if (query.organizationTree !== false || isWhole) return 'whole';
  if (settings && hasUnknownRole(query, settings)) return 'whole';
  const isUnit = ({ kind }: AccountSelector) => kind === 'ou';
  if (!selectors.some(isUnit)) return 'none';
  const selectsOthers = [...query.scope, ...(query.within ?? [])].some((selector) => !isUnit(selector));
  return selectsOthers && query.exclude.some(isUnit) ? 'whole' : 'units';
}

/** True if the role to assume in an account that is selected by ID depends on its name or unit. */
function hasUnknownRole(
  { scope, within }: InventoryQuery,
  { rules, directAccountIds }: RoleSettings,
): boolean {
  const idsOf = (selectors: readonly AccountSelector[]) =>
    selectors.flatMap((selector) => (selector.kind === 'id' ? selector.id : []));
  const limit = within?.every(({ kind }) => kind === 'id') ? new Set(idsOf(within)) : null;
  return idsOf(scope)
    .filter((id) => !directAccountIds.has(id) && (limit?.has(id) ?? true))
    .some((id) => rules.find(unlistedAccount(id)) === undefined);
}
