import type { MapKey } from '../entry.ts';
import { listed, quoted } from '../text.ts';
import {
  type MappingNode,
  type Pair,
  type SequenceNode,
  syntaxErrorOf,
  type YamlNode,
} from '../yaml/node.ts';

/** What stands under `sso:` in an item of mapRoles: an alpha feature of the authenticator that EKS does not enable. */
export interface SsoMatcher {
  readonly permissionSetName: string;
  readonly accountID: string;
  readonly partition: string;
}

/** A key of aws-auth whose entries have ARNs. */
export type ListKey = Exclude<MapKey, 'mapAccounts'>;

/** An item of mapRoles or mapUsers that the authenticator keeps. */
export interface LoadedEntry {
  readonly map: ListKey;
  /** `rolearn` in mapRoles, `userarn` in mapUsers; as written, empty for an `sso:` item. */
  readonly arn: string;
  readonly username: string;
  /** Null: none stated. */
  readonly groups: readonly string[] | null;
  /** In mapRoles, what stands under `sso` instead of an ARN: kept, but inert on EKS; else null. */
  readonly sso: SsoMatcher | null;
  /** A later entry with the same ARN overrides it outright: in mapRoles whatever the case, in mapUsers only in the same case. */
  readonly shadowed: boolean;
  /**
   * Another entry of the map has its ARN in another case and is kept too: which of them counts is random, call by call. In mapRoles only
   * by a letter that is not ASCII.
   */
  readonly ambiguous: boolean;
  /** The item in the list, from 0. */
  readonly index: number;
  /** The item itself; where the item is an alias, the mapping that it stands for. */
  readonly node: MappingNode;
  /**
   * The nodes that won (the last of duplicate keys, whatever their case); absent fields are missing. Through a merge key or an
   * alias they may lie outside `node`.
   */
  readonly fields: { readonly arn?: YamlNode; readonly username?: YamlNode; readonly groups?: YamlNode };
}

/** The pair of an entry that gives it a field; undefined where the field is missing, or comes from elsewhere. */
export function ownPair({ node, fields }: LoadedEntry, field: keyof LoadedEntry['fields']): Pair | undefined {
  return node.pairs.find(({ value }) => value === fields[field]);
}

/** The names that an entry gives whoever gets in through it, with variables. */
export type GivenNames = Pick<LoadedEntry, 'username' | 'groups'>;

/** `username "…", groups […]` */
export function describeGrant({ username, groups }: GivenNames, most = Number.POSITIVE_INFINITY): string {
  return `username ${quoted(username)}, groups [${listed((groups ?? []).map(quoted), most)}]`;
}

/** Whether two entries give the same; no groups and an empty list of them are one. */
export function grantSame(one: GivenNames, other: GivenNames): boolean {
  const [first, second] = [one.groups ?? [], other.groups ?? []];
  return (
    one.username === other.username &&
    first.length === second.length &&
    first.every((group, index) => group === second[index])
  );
}

/** What the authenticator stumbles over. The first block loses the whole key, the second an item, the last a field. */
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

/** A field of an entry, `arn` under either of its names, or a member of `sso`. */
type FieldName =
  | 'arn'
  | 'username'
  | 'groups'
  | 'userid'
  | 'sso'
  | 'sso.permissionSetName'
  | 'sso.accountID'
  | 'sso.partition';

/** Something that the authenticator complains about, or silently loses. */
export interface LoadError {
  readonly code: LoadErrorCode;
  /** `unparsable`: the whole key is lost. `dropped`: one item. `field`: one field, emptied. */
  readonly loss: 'unparsable' | 'dropped' | 'field';
  /** What is wrong, without what is lost by it. */
  readonly message: string;
  /** The field that is lost; null when more is. */
  readonly field: FieldName | null;
  /** The group that is lost, from 0; null when it is all groups, or something else. */
  readonly group: number | null;
  /** Offset into the key's text. */
  readonly offset: number;
  /** The item in the list, from 0; null when the whole key is lost. */
  readonly index: number | null;
}

/** One key of aws-auth, as the control plane loads it. */
interface LoadedKey<Entry> {
  readonly entries: readonly Entry[];
  readonly errors: readonly LoadError[];
  /** Null where the text is no list; of entries, also where the authenticator cannot load it. */
  readonly list: SequenceNode | null;
  /** Offset of what stands behind the first YAML document and is ignored, or null. */
  readonly ignoredFrom: number | null;
}

export type LoadedMap = LoadedKey<LoadedEntry>;

/** The elements of `mapAccounts` as written, not only account ids. */
export type LoadedAccounts = LoadedKey<string>;

/** The two maps that the authenticator looks for a caller in. */
export interface LoadedMaps {
  readonly mapRoles: LoadedMap;
  readonly mapUsers: LoadedMap;
}

/** What is wrong and, unless the whole key is lost, what is lost by it. */
export function describeLoss({ message, loss }: LoadError): string {
  if (loss === 'unparsable') return message;
  return loss === 'dropped' ? `${message}: it is dropped` : `${message}: it is lost`;
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

/** The finding that stands for a lost key; an error that is none of the two is thrown on. */
export function loadErrorOf(error: unknown): LoadError {
  const { message, offset } = error instanceof UnparsableError ? error : syntaxErrorOf(error);
  const code = error instanceof UnparsableError ? error.code : 'syntax';
  return { code, loss: 'unparsable', message, field: null, group: null, offset, index: null };
}
