import { dirname, normalize, resolve, sep } from 'node:path';
import { parseArn } from '../../arn.ts';
import type { FleetCluster } from '../../directory/known-clusters.ts';
import type { AccountName } from '../../directory/model.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { quoted } from '../../text.ts';

/** Known clusters by name, and the accounts whose names a path may have. */
export class ClusterIndex {
  private readonly byName: ReadonlyMap<string, readonly FleetCluster[]>;
  private readonly accountIds: ReadonlyMap<string | null, ReadonlySet<string>>;

  constructor(known: readonly FleetCluster[], accounts: Iterable<AccountName>) {
    this.byName = groupBy(known, ({ name }) => name);
    const ids = groupBy(accounts, ({ name }) => name);
    this.accountIds = new Map([...ids].map(([name, all]) => [name, new Set(all.map(({ id }) => id))]));
  }

  /** The clusters with a name, even if a region or account is part of it: `prod-eu-west-1`. */
  named(text: string): readonly FleetCluster[] {
    const bare = text.replace(PLACE_IN_NAME, '');
    return [text, ...(bare === text ? [] : [bare])].flatMap((name) => this.byName.get(name) ?? []);
  }

  /** The ids of the accounts with a name; undefined without one. */
  idsOf(accountName: string): ReadonlySet<string> | undefined {
    return this.accountIds.get(accountName);
  }
}

type Named = Pick<FleetCluster, 'name' | 'arn'>;

/** Hundreds of clusters may have the same name, and as many files. */
const placeOf = memo(({ arn }: Named) => parseArn(arn));

/** A region or account in a path. */
interface Place {
  /** `region eu-west-1` */
  readonly text: string;
  /** Null if it is only a part of the world. */
  readonly kind: 'account' | 'region' | null;
  readonly isOf: (region: string, accountId: string) => boolean;
}

/** The parts of a path that can name a cluster, and the regions and accounts in it. */
export class PathPlaces {
  readonly parts: readonly string[];
  private readonly above: readonly Place[];
  private readonly index: ClusterIndex;
  /** The places beside a cluster's name, which may look like one. */
  private readonly placesBeside = memo((name: string) => {
    const rest = [...this.parts];
    const exact = rest.lastIndexOf(name);
    const at = exact < 0 ? rest.findLastIndex((part) => part.includes(name)) : exact;
    if (at >= 0) rest[at] = (rest[at] ?? '').replace(name, '');
    return [...rest.flatMap((part) => this.placesIn(part)), ...this.above];
  });

  /** @param usual the name of a file that names no cluster */
  constructor(file: string, index: ClusterIndex, cwd: string, usual?: string) {
    this.parts = pathParts(file, usual);
    this.index = index;
    const folder = dirname(resolve(cwd, file)).toLowerCase();
    this.above = [...folder.matchAll(REGION)].map(([name]) => regionNamed(name));
  }

  /**
   * Compares the path with a cluster.
   * @returns whether it names the cluster's region or account, or both; and another one that it names, null without one
   */
  compare(cluster: Named): {
    readonly agrees: boolean;
    readonly isWhole: boolean;
    readonly contradiction: string | null;
  } {
    const place = placeOf(cluster);
    const places = place ? this.placesBeside(cluster.name) : [];
    const other = places.find(({ isOf }) => !isOf(place?.region ?? '', place?.accountId ?? ''));
    if (other) return { agrees: false, isWhole: false, contradiction: other.text };
    const agrees = places.length > 0;
    const has = (wanted: Place['kind']) => places.some(({ kind }) => kind === wanted);
    return { agrees, isWhole: agrees && has('account') && has('region'), contradiction: null };
  }

  /** Another cluster that the file is named after, as `NAME-REGION-ACCOUNT`; null without one. */
  otherCluster({ name }: Named): string | null {
    const [, other = name] = WHOLE_NAME.exec(this.parts.at(-1) ?? '') ?? [];
    return other === name ? null : `cluster ${quoted(other)}`;
  }

  private placesIn(part: string): Place[] {
    const ids = this.index.idsOf(part);
    const lower = part.toLowerCase();
    return [
      ...(ids ? [accountNamed(part, ids)] : []),
      ...(CONTINENT.test(lower)
        ? [{ text: quoted(part), kind: null, isOf: (region: string) => region.startsWith(`${lower}-`) }]
        : []),
      ...[...lower.matchAll(ACCOUNT)].map(([id]) => accountNamed(id, new Set([id]))),
      ...[...lower.matchAll(REGION)].map(([name]) => regionNamed(name)),
      ...[...lower.matchAll(SHORT_REGION)].map(([name]) => regionNamed(name, abbreviated)),
    ];
  }
}

/** `euw1` for `eu-west-1` */
const abbreviated = (region: string) =>
  region.replace(/-|(north|south|east|west|central|gov)/g, (_, word = '') => word.charAt(0));

function accountNamed(name: string, ids: ReadonlySet<string>): Place {
  return { text: `account ${quoted(name)}`, kind: 'account', isOf: (_, id) => ids.has(id) };
}

function regionNamed(name: string, written = (region: string) => region): Place {
  return { text: `region ${quoted(name)}`, kind: 'region', isOf: (region) => written(region) === name };
}

const CONTINENT = /^(?:ap|cn|eu|us)$/;
const REGION_NAME =
  '(?:af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(?:-gov|-iso[a-z]?|-de)?-(?:(?:north|south)(?:east|west)?|east|west|central)-\\d';
const REGION = new RegExp(`(?<![a-z\\d])${REGION_NAME}(?![a-z\\d])`, 'g');
/** `euw1`, a common abbreviation. */
const SHORT_REGION =
  /(?<![a-z\d])(?:afs|ap[ns]e?|ape|ca[cw]|cnnw?|eu[cnsw]|ilc|me[cs]|mxc|sae|usg?[ew])\d(?![a-z\d])/g;
const ACCOUNT = /(?<!\d)\d{12}(?!\d)/g;
const PLACE_NAME = `(?:${REGION_NAME}|\\d{12})`;
const PLACE_IN_NAME = new RegExp(`^(?:${PLACE_NAME}[-_.])+(?=.)|(?<=.)(?:[-_.]${PLACE_NAME})+$`, 'gi');

const WHOLE_NAME = new RegExp(`^(.+)-${REGION_NAME}-\\d{12}$`);

const PLACE_AT_END = new RegExp(`(?:^|/)${PLACE_NAME}$`, 'i');

/** True for a file that is named after a region or account: `prod/eu-west-1` */
export function isPlaceName(name: string): boolean {
  return PLACE_AT_END.test(name);
}

/**
 * The parts of a path that can distinguish clusters: its folders, and its file's name.
 * @param usual the name of a file that names no cluster; it is also left out of a longer one
 */
export function pathParts(file: string, usual = 'aws-auth'): string[] {
  const parts = normalize(file)
    .split(sep)
    .filter((part) => part !== '');
  const stem = (parts.pop() ?? '').replace(/(?<=.)\.(?:ya?ml|json)$/i, '');
  const name = stem.replace(new RegExp(`^${usual}[-_.](?=.)|(?<=.)[-_.]${usual}$`), '');
  const parent = parts.at(-1) ?? '..';
  return name === usual && parent !== '..' ? parts : [...parts, name];
}
