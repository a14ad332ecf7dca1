import type { StatedPolicy } from '../access-policy.ts';
import { PARTITIONS, parseArn } from '../arn.ts';
import {
  type AccessPolicy,
  accessPolicyOf,
  isAdministratorPolicy,
  isClusterAdminPolicy,
  isSameScope,
} from '../eks.ts';
import type { Location } from '../errors.ts';
import { callerKey } from '../same-arn.ts';
import { consistsOf, quoted } from '../text.ts';
import { diagnoseArn } from './diagnose-arn.ts';
import { administratorBy, MASTERS } from './groups.ts';
import type { GivenNames } from './loaded.ts';

/** An item of `otherEntries` with an ARN: entries that belong in the cluster and are managed elsewhere. */
export interface OtherEntry {
  /** Exact, or with `*` in its segments. */
  readonly arn: string;
  /** Null: any. */
  readonly username: string | null;
  /** Null: any. */
  readonly groups: readonly string[] | null;
  /** Access policies, only for access entries. Null: any. */
  readonly policies: readonly StatedPolicy[] | null;
  readonly location: Location;
}

/** An entry that an item may list: of aws-auth, or an access entry, which has policies; the ARN has no path. */
export interface ListableEntry extends GivenNames {
  readonly arn: string;
  readonly policies?: readonly AccessPolicy[];
}

/** The item of `otherEntries` that lists an entry, and the fields that differ; null if none do. */
interface Listing {
  readonly item: OtherEntry;
  readonly differs: readonly ('username' | 'groups' | 'policies')[] | null;
}

/** The content of `otherEntries`. */
export class OtherEntries {
  readonly items: readonly OtherEntry[];
  readonly accounts: ReadonlySet<string>;
  private readonly exact: ReadonlyMap<string, OtherEntry>;
  private readonly patterns: readonly { item: OtherEntry; matches: (key: string) => boolean }[];

  constructor(items: readonly OtherEntry[], accounts: Iterable<string>) {
    this.items = items;
    this.accounts = new Set(accounts);
    this.exact = new Map(
      items.filter(({ arn }) => !isArnPattern(arn)).map((item) => [callerKey(item.arn), item]),
    );
    this.patterns = items
      .filter(({ arn }) => isArnPattern(arn))
      .map((item) => ({ item, matches: segmentMatcher(callerKey(item.arn)) }));
  }

  get isEmpty(): boolean {
    return this.exact.size + this.patterns.length + this.accounts.size === 0;
  }

  /** The item with exactly this ARN, ignoring case as the authenticator does. */
  exactly(arn: string): OtherEntry | undefined {
    return this.exact.get(callerKey(arn));
  }

  /**
   * The listing of an entry: from the item with exactly its ARN, otherwise from the patterns; undefined if it is
   * unlisted.
   */
  listingOf(entry: ListableEntry): Listing | undefined {
    const exact = this.exactly(entry.arn);
    if (exact) return { item: exact, differs: differencesFrom(exact, entry) };
    const listings = this.matching(entry.arn)
      .filter((item) => mayCover(item, entry))
      .map((item): Listing => ({ item, differs: differencesFrom(item, entry) }));
    return listings.find(({ differs }) => differs === null) ?? listings[0];
  }

  /** The patterns that match an ARN, even if they may not cover its entry. */
  matching(arn: string): readonly OtherEntry[] {
    const key = callerKey(arn);
    return this.patterns.filter(({ matches }) => matches(key)).map(({ item }) => item);
  }
}

export const NO_OTHER_ENTRIES = new OtherEntries([], []);

/** True if an ARN is a pattern. */
function isArnPattern(arn: string): boolean {
  return arn.includes('*');
}

/** True if an ARN or pattern has a role name like those of Identity Center. */
function isCalledProvisioned(arn: string): boolean {
  return /:role\/(?:.*\/)?awsreservedsso_/.test(callerKey(arn));
}

/**
 * True if an item may cover an entry. A pattern covers no provisioned roles, and no administrators unless it says so:
 * one line must not hide many of them.
 */
function mayCover(item: OtherEntry, entry: ListableEntry): boolean {
  if (isCalledProvisioned(entry.arn)) return false;
  const { username, groups, policies } = item;
  const isSaid = (policy: AccessPolicy) =>
    (policies ?? []).some((stated) => isSamePolicy(stated, policy)) || isByMasters(item, policy);
  if (!(entry.policies ?? []).filter(isAdministratorPolicy).every(isSaid)) return false;
  const by = administratorBy(entry);
  if (by === null) return true;
  return (by.field === 'groups' ? (groups ?? []) : [username]).includes(by.name);
}

/** True if an item lists system:masters, in whose place an access entry has the policy. */
function isByMasters({ groups }: OtherEntry, policy: AccessPolicy): boolean {
  return isClusterAdminPolicy(policy) && groups?.includes(MASTERS) === true;
}

/**
 * The fields in which an entry differs from an item; null if none. The order and repetition of groups and policies
 * don't matter.
 */
function differencesFrom(
  item: OtherEntry,
  { username, groups, policies }: ListableEntry,
): Listing['differs'] {
  const isMaster = policies?.some((policy) => isByMasters(item, policy)) ?? false;
  const actual = [...(groups ?? []), ...(isMaster ? [MASTERS] : [])];
  const differs = [
    ...(item.username === null || item.username === username ? [] : (['username'] as const)),
    ...(item.groups === null || areSame(item.groups, actual, Object.is) ? [] : (['groups'] as const)),
    ...(item.policies === null || !policies || areSame(item.policies, policies, isSamePolicy)
      ? []
      : (['policies'] as const)),
  ];
  return differs.length === 0 ? null : differs;
}

/** True if each item of both lists has an equal one in the other. */
function areSame<One, Other>(
  ones: readonly One[],
  others: readonly Other[],
  isSame: (one: One, other: Other) => boolean,
): boolean {
  return (
    ones.every((one) => others.some((other) => isSame(one, other))) &&
    others.every((other) => ones.some((one) => isSame(one, other)))
  );
}

function isSamePolicy(stated: StatedPolicy, policy: AccessPolicy): boolean {
  const partition = parseArn(policy.policyArn)?.partition ?? '';
  const one = accessPolicyOf(stated, stated.partition ?? partition);
  return one.policyArn === policy.policyArn && isSameScope(one.scope, policy.scope);
}

/**
 * Returns a function that tests strings against a pattern, whose `*` matches anything but `:` and `/`. Linear in the
 * length of the string.
 */
export function segmentMatcher(pattern: string): (text: string) => boolean {
  const wanted = segmentsOf(pattern).map((segment) => segment.split('*'));
  return (text) => {
    const segments = segmentsOf(text);
    return (
      segments.length === wanted.length &&
      wanted.every((parts, index) => consistsOf(segments[index] ?? '', parts))
    );
  };
}

/** Segments, with the separators between them. */
function segmentsOf(text: string): string[] {
  return text.split(/([:/])/);
}

/** Why no entry that grants access can have this ARN or match this pattern, as a sentence; undefined if one can. */
export function otherArnProblem(text: string): string | undefined {
  if (isArnPattern(text)) {
    const problem = patternProblem(text);
    return problem && `${quoted(text)} ${problem}`;
  }
  const problem = diagnoseArn(text);
  if (!problem) return undefined;
  return [problem.what, ...(problem.help === undefined ? [] : [problem.help])].join('. ');
}

const KINDS = ['role', 'user', 'root', 'federated-user'];

/** Why no entry that grants access can match a pattern, to end a sentence; undefined if one can. */
function patternProblem(pattern: string): string | undefined {
  const parsed = parseArn(pattern);
  const may = (part: string, ...values: readonly string[]) => {
    const matches = segmentMatcher(callerKey(part));
    return values.some((value) => matches(value));
  };
  if (!parsed) return "isn't an ARN pattern, such as arn:aws:iam::*:role/eks-*-node";
  const { partition, service, region, accountId, resource } = parsed;
  if (!may(partition, ...PARTITIONS)) return `has the unknown partition ${quoted(partition)}`;
  if (!may(service, 'iam', 'sts')) return 'matches neither roles nor users';
  if (!may(region, '')) return `has the region ${quoted(region)}, but IAM has none`;
  if (!/^[\d*]{1,12}$/.test(accountId) || (!accountId.includes('*') && accountId.length < 12))
    return `has an invalid account ID ${quoted(accountId)}: an account ID has 12 digits`;
  const [kind = '', ...names] = resource.split('/');
  if (!may(kind, ...KINDS)) return 'matches neither roles nor users';
  if (names.length === 0)
    return callerKey(kind) === 'root'
      ? undefined
      : `ends with ${quoted(kind)}: * matches no slash; write role/* or user/*`;
  if (names.includes('')) return 'has an empty part between slashes';
  if (names.length > 1 && !may(kind, 'user'))
    return `has a path, which no entry may have; write ${pattern.slice(0, -resource.length)}${kind}/${names.at(-1)}`;
  return isCalledProvisioned(pattern)
    ? 'matches only Identity Center roles, which a pattern never covers; map them, or list each role'
    : undefined;
}
