import type { MappingNode, SequenceNode, YamlNode } from '../yaml/node.ts';

/** An item of mapRoles or mapUsers that the authenticator keeps. */
export interface LoadedEntry {
  /** `rolearn` in mapRoles, `userarn` in mapUsers; as written, empty for an `sso:` item. */
  readonly arn: string;
  readonly username: string;
  /** Null: none stated. */
  readonly groups: readonly string[] | null;
  /** A later entry with the same ARN, ignoring case, wins outright. */
  readonly shadowed: boolean;
  /** The item in the list, from 0. */
  readonly index: number;
  readonly node: MappingNode;
  /** The nodes that won (the last of duplicate keys, whatever their case); absent fields are missing. */
  readonly fields: { readonly arn?: YamlNode; readonly username?: YamlNode; readonly groups?: YamlNode };
}

/** Something that the authenticator complains about, or silently loses. */
export interface LoadError {
  /** `void`: the whole key is lost. `dropped`: one item. `field`: one field, emptied. */
  readonly loss: 'void' | 'dropped' | 'field';
  readonly message: string;
  /** Offset into the key's text. */
  readonly offset: number;
  /** The item in the list, from 0; null when the whole key is lost. */
  readonly index: number | null;
}

/** One key of aws-auth, as the control plane loads it. `list` is null where it is empty or void. */
export interface LoadedMap {
  readonly entries: readonly LoadedEntry[];
  readonly errors: readonly LoadError[];
  readonly list: SequenceNode | null;
}
