import type { MapKey } from '../map-entry.ts';
import { listed, quoted } from '../text.ts';
import {
  type MappingNode,
  type Pair,
  type SequenceNode,
  syntaxErrorOf,
  type YamlNode,
} from '../yaml/node.ts';

/** The value of `sso:` in an item of mapRoles: an alpha feature of the authenticator that EKS does not enable. */
export interface SsoMatcher {
  readonly permissionSetName: string;
  readonly accountID: string;
  readonly partition: string;
}

/** A key of aws-auth whose entries have ARNs. */
export type ListKey = Exclude<MapKey, 'mapAccounts'>;

/** The username of each caller of an account in mapAccounts, in words. */
export const ANY_CALLER = "(the caller's ARN)";

/** An item of mapRoles or mapUsers that the authenticator keeps. */
export interface LoadedEntry {
  readonly map: ListKey;
  /** `rolearn` in mapRoles, `userarn` in mapUsers, as written; empty for an `sso:` item. */
  readonly arn: string;
  readonly username: string;
  /** Null: not set. */
  readonly groups: readonly string[] | null;
  /** In mapRoles, the value of `sso` that replaces an ARN: kept, but inert on EKS. Otherwise null. */
  readonly sso: SsoMatcher | null;
  /**
   * True if a later entry with the same ARN overrides it: in mapRoles in any case, in mapUsers only in the same case.
   */
  readonly shadowed: boolean;
  /**
   * True if another entry of the map has the same ARN in another case and is also kept: which one takes effect is
   * random, per call. In mapRoles this takes a letter that is not ASCII.
   */
  readonly ambiguous: boolean;
  /** The item in the list, from 0. */
  readonly index: number;
  /** The item itself; for an alias, the mapping that it refers to. */
  readonly node: MappingNode;
  /**
   * The effective nodes (the last of duplicate keys, in any case); absent fields are missing. With a merge key or an
   * alias they may lie outside `node`.
   */
  readonly fields: { readonly arn?: YamlNode; readonly username?: YamlNode; readonly groups?: YamlNode };
}

/** The pair that sets a field in the entry itself; undefined if the field is missing or comes from elsewhere. */
export function ownPair({ node, fields }: LoadedEntry, field: keyof LoadedEntry['fields']): Pair | undefined {
  return node.pairs.find(({ value }) => value === fields[field]);
}

/** The username and groups that an entry assigns to its callers, with variables. */
export type GivenNames = Pick<LoadedEntry, 'username' | 'groups'>;

/** `username "…", groups […]` */
export function describeGrant({ username, groups }: GivenNames, most = Number.POSITIVE_INFINITY): string {
  return `username ${quoted(username)}, groups [${listed((groups ?? []).map(quoted), most)}]`;
}

/** True if two entries grant the same; missing groups and an empty list are equal. */
export function grantSame(one: GivenNames, other: GivenNames): boolean {
  const [first, second] = [one.groups ?? [], other.groups ?? []];
  return (
    one.username === other.username &&
    first.length === second.length &&
    first.every((group, index) => group === second[index])
  );
}

/**
 * Load errors of the authenticator. The codes up to `tag-mismatch` lose the whole key, those up to `not-a-string` an
 * item, the last a field.
 */
export type LoadErrorCode =
  | 'syntax'
  | 'not-a-list'
  | 'unknown-anchor'
  | 'recursive-anchor'
  | 'excessive-aliasing'
  | 'too-deep'
  | 'merge-not-a-map'
  | 'invalid-key'
  | 'not-a-number'
  | 'tag-mismatch'
  | 'not-a-map'
  | 'no-arn'
  | 'arn-and-sso'
  | 'invalid-sso'
  | 'not-a-string'
  | 'wrong-type';

/** Something that the authenticator reports, or silently loses. */
export interface LoadError {
  readonly code: LoadErrorCode;
  /** `unparsable`: the whole key is lost. `dropped`: one item. `field`: one field, which becomes empty. */
  readonly loss: 'unparsable' | 'dropped' | 'field';
  /** The cause, without the consequence. */
  readonly message: string;
  /** The lost field (`arn` for both rolearn and userarn), or a member of `sso`; null if more is lost. */
  readonly field: 'arn' | 'username' | 'groups' | 'userid' | 'sso' | `sso.${keyof SsoMatcher}` | null;
  /** The index of the lost group, from 0; null if all groups or something else is lost. */
  readonly group: number | null;
  /** Offset into the key's text. */
  readonly offset: number;
  /** The item in the list, from 0; null if the whole key is lost. */
  readonly index: number | null;
}

/** One key of aws-auth, as the control plane loads it. */
interface LoadedKey<Entry> {
  readonly entries: readonly Entry[];
  readonly errors: readonly LoadError[];
  /** Null if the text is not a list; for entries, also if the authenticator cannot load it. */
  readonly list: SequenceNode | null;
  /** Offset of the ignored text after the first YAML document, or null. */
  readonly ignoredFrom: number | null;
}

export type LoadedMap = LoadedKey<LoadedEntry>;

/** The elements of `mapAccounts` as written, including invalid account IDs. */
export type LoadedAccounts = LoadedKey<string>;

/** The two maps in which the authenticator looks for a caller. */
export interface LoadedMaps {
  readonly mapRoles: LoadedMap;
  readonly mapUsers: LoadedMap;
}

/** The cause and, unless the whole key is lost, the consequence. */
export function describeLoss({ message, loss }: LoadError): string {
  if (loss === 'unparsable') return message;
  return loss === 'dropped' ? `${message}: it is dropped` : `${message}: it is lost`;
}

/** A key that the authenticator can't parse, with the cause. */
export function unparsableText(key: MapKey, { message }: Pick<LoadError, 'message'>): string {
  return `${key} can't be parsed: ${message}`;
}

/** The effect of a key that can't be parsed. */
export function unparsableEffect(key: MapKey, itsEntries = 'all of its entries'): string {
  const nodes = key === 'mapRoles' ? ', including node entries' : '';
  return `the authenticator ignores ${itsEntries}${nodes}`;
}

/** A key that the authenticator can't parse: the cause and the effect in one sentence. */
export function unparsableSentence(key: MapKey, error: Pick<LoadError, 'message'>): string {
  return `${unparsableText(key, error)}; ${unparsableEffect(key)}`;
}

/** For a key whose text continues after the first YAML document. */
export function ignoredText(key: MapKey): string {
  return `the authenticator reads only the first YAML document of ${key} and ignores the rest`;
}

/** The authenticator gives up on the whole key; caught where a key is read. */
export class UnparsableError extends Error {
  readonly code: LoadErrorCode;
  readonly offset: number;

  constructor(code: LoadErrorCode, message: string, offset: number) {
    super(message);
    this.name = 'UnparsableError';
    this.code = code;
    this.offset = offset;
  }
}

/** Converts an error to the load error of a lost key; rethrows anything else. */
export function loadErrorOf(error: unknown): LoadError {
  const { message, offset } = error instanceof UnparsableError ? error : syntaxErrorOf(error);
  const code = error instanceof UnparsableError ? error.code : 'syntax';
  return { code, loss: 'unparsable', message, field: null, group: null, offset, index: null };
}
