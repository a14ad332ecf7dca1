import { basename, dirname, normalize, resolve, sep } from 'node:path';
import { refusal } from '../../errors.ts';
import { globMatcher } from '../../glob-matcher.ts';
import { groupBy } from '../../group-by.ts';
import {
  clusterLabels,
  type FleetCluster,
  knownClusters,
  knownClusterText,
  unreadArn,
} from '../../inventory/known-clusters.ts';
import { type Fleet, NOT_SELECTED } from '../../inventory/query.ts';
import { inputName } from '../../io.ts';
import { didYouMean, listed, quoted, shellWord } from '../../text.ts';
import { ClusterIndex, PathPlaces } from './path-places.ts';

/** A cluster that needs bindings: an aws-auth file, a cluster in EKS, or both. */
export interface RbacTarget {
  /** In EKS, else from the file's path; null if it is unknown. */
  readonly name: string | null;
  /** Null without EKS. */
  readonly arn: string | null;
  /** Its aws-auth file; null without one. */
  readonly path: string | null;
  /** Its Kubernetes version, if EKS or a snapshot says so. */
  readonly version?: string | undefined;
}

/** The clusters of a run. */
export interface RbacTargets {
  readonly targets: readonly RbacTarget[];
  /** All aws-auth files, broken ones too. */
  readonly paths: readonly string[];
  readonly fleet: Fleet;
}

/** Who owns bindings: a cluster of the run, or null for one that isn't read. */
type Owner = RbacTarget | null;

/** Finds the cluster that RBAC manifests belong to. */
export class RbacOwners {
  private readonly of: RbacTargets;
  private readonly cwd: string;
  private readonly index: ClusterIndex;
  /** By ARN; a file without EKS has its path instead. */
  private readonly byKey: ReadonlyMap<string, RbacTarget>;
  private readonly pathsIn: ReadonlyMap<string, readonly string[]>;
  private readonly known: readonly FleetCluster[];

  constructor(of: RbacTargets, cwd: string) {
    this.of = of;
    this.cwd = cwd;
    this.byKey = new Map(of.targets.map((target) => [keyOf(target), target]));
    const inFiles = of.targets.flatMap((target) =>
      target.arn === null && target.name !== null
        ? { name: target.name, arn: keyOf(target), cluster: null, why: null }
        : [],
    );
    this.known = [...knownClusters(of.fleet), ...inFiles];
    this.index = new ClusterIndex(this.known, of.fleet.accounts);
    this.pathsIn = groupBy(of.paths, (path) => (path === '-' ? '' : dirname(resolve(cwd, path))));
  }

  /** The only cluster of the run; null if there may be several. */
  get only(): RbacTarget | null {
    const { targets, paths, fleet } = this.of;
    const isAlone = fleet.unread.length === 0 && fleet.others.every(({ why }) => why === NOT_SELECTED);
    return isAlone && targets.length === 1 && paths.length <= 1 ? (targets[0] ?? null) : null;
  }

  /**
   * The clusters that `CLUSTER=FILE` states.
   * @returns none for a cluster that couldn't be read
   * @throws Failure (exit 2) if no cluster has the name, or several
   */
  stated(text: string): readonly RbacTarget[] {
    const matches = globMatcher(text);
    const found = this.known.filter(({ name, arn }) => matches(name) || arn === text);
    const targets = found.flatMap(({ arn }) => this.byKey.get(arn) ?? []);
    // A pattern says that each of them has these bindings.
    if (found.length > 1 && found.some(({ name }) => name === text)) throw severalNamed(text, found);
    if (text === '*') return this.of.targets;
    if (found.length > 0) return targets;
    const names = this.of.targets.flatMap(({ name }) => name ?? []);
    const clusters = ` The clusters of this run: ${listed(targetNames(this.of.targets, this.of.fleet))}.`;
    throw refusal({
      message: `--rbac: no cluster of this run matches ${quoted(text)}`,
      help: `${didYouMean(text, names) ?? 'Use the name of a cluster, its ARN, or a pattern such as "*".'}${clusters}`,
    });
  }

  /**
   * The cluster whose folder a file is in, or that its name has; undefined without one.
   * @throws Failure (exit 2) if it may be one of several
   */
  byPlace(path: string): Owner | undefined {
    if (path === '-') return undefined;
    const places = new PathPlaces(path, this.index, this.cwd, 'rbac');
    const named = (part: string) =>
      this.index.named(part).filter((one) => places.compare(one).contradiction === null);
    const found = new Map<string, FleetCluster>();
    const given = normalize(dirname(path)).split(sep).length;
    let folder = dirname(resolve(this.cwd, path));
    for (let level = 0; dirname(folder) !== folder; level += 1, folder = dirname(folder)) {
      const [beside, ...others] = this.pathsIn.get(folder) ?? [];
      if (beside !== undefined && others.length === 0 && found.size === 0) return this.targetOf(beside);
      if (beside !== undefined) break;
      if (level < given) for (const one of named(basename(folder))) found.set(one.arn, one);
    }
    if (found.size === 0) for (const one of named(places.parts.at(-1) ?? '')) found.set(one.arn, one);
    const [first, ...others] = found.values();
    if (!first) return undefined;
    if (![first, ...others].some(({ arn }) => this.byKey.has(arn))) return null;
    if (others.length > 0) throw ambiguousPath(path, [first, ...others]);
    return this.byKey.get(first.arn);
  }

  /** True if a folder has the name of a known cluster. */
  isNamed(folder: string): boolean {
    return this.index.named(folder).length > 0;
  }

  private targetOf(path: string): Owner {
    return this.of.targets.find((target) => target.path === path) ?? null;
  }
}

/** A cluster may have the same name in two regions; a file has one path. */
export function keyOf({ arn, path }: RbacTarget): string {
  return arn ?? `file ${path}`;
}

function severalNamed(name: string, clusters: readonly FleetCluster[]) {
  return refusal({
    message: `--rbac: several clusters are named ${quoted(name)}: ${listed(clusters.map(placeText))}`,
    help: 'Use the ARN of one of them: --rbac ARN=FILE.',
  });
}

function ambiguousPath(path: string, clusters: readonly FleetCluster[]) {
  return refusal({
    message: `--rbac: by its path, the file may belong to any of these clusters: ${listed(clusters.map(placeText))}`,
    location: { file: path },
    help: `Say which: --rbac ${shellWord(`${clusters[0]?.arn.startsWith('arn:') ? clusters[0].arn : clusters[0]?.name}=${path}`)}.`,
  });
}

/** The ARN, or the path of the aws-auth file. */
function placeText({ arn, why }: FleetCluster): string {
  return knownClusterText({ arn: arn.replace(/^file /, ''), why });
}

/** The names of clusters in messages: ARNs where several share a name. */
export function targetNames(targets: readonly RbacTarget[], fleet: Fleet): string[] {
  const labelOf = clusterLabels(knownClusters(fleet));
  return targets.map(({ name, arn, path }) => {
    if (name === null) return inputName(path ?? '-');
    return arn === null ? name : labelOf({ name, arn });
  });
}

/** For a file that belongs to no cluster in particular, while there are several. */
export function unknownOwner(path: string, { targets, fleet }: RbacTargets) {
  const names = [
    ...targetNames(targets, fleet),
    ...fleet.unread.map((one) => unreadArn(one) ?? `any in ${one.accountId} ${one.region}`),
  ];
  const [example = 'CLUSTER'] = targetNames(targets, fleet);
  return refusal({
    message: `--rbac ${inputName(path)}: can't tell which cluster these bindings belong to: ${listed(names)}`,
    help: `Say which: --rbac ${shellWord(`${example}=${path}`)}. Or put the file into a folder with the cluster's name.\nIf all of them have the same bindings: --rbac ${shellWord(`*=${path}`)}.`,
  });
}
