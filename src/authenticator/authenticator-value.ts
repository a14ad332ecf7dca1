import type { AliasNode, MappingNode, ScalarNode, SequenceNode, YamlNode } from '../yaml/node.ts';
import type { LoadErrorCode } from './loaded.ts';
import type { PlainType } from './plain-type.ts';
import { UnparsableError } from './void-error.ts';

interface Written {
  /** Set where the value came through an alias. */
  readonly alias: AliasNode | null;
}

export interface ScalarValue extends Written {
  readonly type: PlainType;
  readonly text: string;
  readonly node: ScalarNode;
}

export interface ListValue extends Written {
  readonly type: 'list';
  readonly items: readonly Value[];
  readonly node: SequenceNode;
}

export interface MapValue extends Written {
  readonly type: 'map';
  /** By the key's text; the last of duplicates, in the place of the first. */
  readonly members: ReadonlyMap<string, Value>;
  /** A key that JSON cannot have. */
  readonly invalidKey: YamlNode | null;
  readonly node: MappingNode;
}

/** A node as the authenticator's YAML reader decodes it: aliases, merge keys and duplicate keys resolved. */
export type Value = ScalarValue | ListValue | MapValue;

/** For messages: `a map`, `the boolean "yes"`. */
export function describeValue(value: Value): string {
  if (value.type === 'map' || value.type === 'list') return `a ${value.type}`;
  if (value.type === 'null') return 'empty';
  return `the ${value.type === 'unsigned' ? 'number' : value.type} ${JSON.stringify(value.text)}`;
}

/**
 * The authenticator turns YAML into JSON, which has no infinity and no keys but texts. Only what is still there after
 * duplicate keys have won counts.
 * @throws UnparsableError
 */
export function requireJson(value: Value): void {
  const left = [value];
  for (let next = left.pop(); next; next = left.pop()) {
    if (next.type === 'non-finite')
      fail('not-a-number', `${next.text} is no number that JSON has`, next.node);
    if (next.type === 'list') for (const item of next.items.toReversed()) left.push(item);
    if (next.type !== 'map') continue;
    if (next.invalidKey) fail('invalid-key', 'a key is null or too large a number', next.invalidKey);
    for (const member of [...next.members.values()].reverse()) left.push(member);
  }
}

function fail(code: LoadErrorCode, message: string, node: YamlNode): never {
  throw new UnparsableError(code, message, node.start);
}

export function tooMuchFromAliases(node: YamlNode): UnparsableError {
  return new UnparsableError('excessive-aliasing', 'too much of the text comes from aliases', node.start);
}
