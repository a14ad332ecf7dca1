import {
  type AliasNode,
  MAX_DEPTH,
  type MappingNode,
  runTask,
  type ScalarNode,
  type SequenceNode,
  type Task,
  TOO_DEEP,
  type YamlNode,
} from '../yaml/node.ts';
import { type AliasBinding, isMerge } from './aliases.ts';
import { type LoadErrorCode, UnparsableError } from './loaded.ts';
import { scalarType, stringValue, tagMismatch } from './scalar.ts';

interface Written {
  /** Set if the value came through an alias. */
  readonly alias: AliasNode | null;
}

interface ScalarValue extends Written {
  readonly type: Exclude<ReturnType<typeof scalarType>, 'mismatch'>;
  readonly text: string;
  readonly node: ScalarNode;
}

interface ListValue extends Written {
  readonly type: 'list';
  readonly items: readonly Value[];
  readonly node: SequenceNode;
}

export interface MapValue extends Written {
  readonly type: 'map';
  /** By key text; the last duplicate, in the position of the first. */
  readonly members: ReadonlyMap<string, Value>;
  /** A key that is impossible in JSON. */
  readonly invalidKey: YamlNode | null;
  readonly node: MappingNode;
}

/** A node as the authenticator's YAML reader decodes it: aliases, merge keys and duplicate keys are resolved. */
export type Value = ScalarValue | ListValue | MapValue;

/** For messages: `a map`, `the boolean "yes"`. */
export function describeValue(value: Value): string {
  if (value.type === 'map' || value.type === 'list') return `a ${value.type}`;
  if (value.type === 'null') return 'empty';
  return `the ${value.type === 'unsigned' ? 'number' : value.type} ${JSON.stringify(value.text)}`;
}

/**
 * The authenticator converts YAML to JSON, which has no infinity and only string keys. Only what remains after
 * resolving duplicate keys counts.
 * @throws UnparsableError
 */
function requireJson(value: Value): void {
  const left = [value];
  for (let next = left.pop(); next; next = left.pop()) {
    if (next.type === 'non-finite') fail('not-a-number', `${next.text} isn't a number in JSON`, next.node);
    if (next.type === 'list') for (const item of next.items.toReversed()) left.push(item);
    if (next.type !== 'map') continue;
    if (next.invalidKey) fail('invalid-key', 'a key is null, or a number that is too large', next.invalidKey);
    for (const member of [...next.members.values()].reverse()) left.push(member);
  }
}

function fail(code: LoadErrorCode, message: string, node: YamlNode): never {
  throw new UnparsableError(code, message, node.start);
}

/** Decodes nodes as go-yaml v2 does for an untyped target. */
export class Decoder {
  /** True if a value was seen that may be impossible in JSON. */
  private suspicious = false;
  private readonly aliases: AliasBinding;
  private readonly budget = new AliasBudget();
  private readonly open = new Set<AliasNode>();
  /** Starts at 1 because items are decoded one by one: the enclosing list counts. */
  private depth = 1;

  constructor(aliases: AliasBinding) {
    this.aliases = aliases;
  }

  /** @throws UnparsableError */
  decode(node: YamlNode): Value {
    const started = this.value(node);
    const value = 'type' in started ? started : runTask(started);
    if (this.suspicious) requireJson(value);
    return value;
  }

  /** The value of a scalar, or a task that decodes anything else. */
  private value(node: YamlNode): Value | Task<Value> {
    this.count(node);
    switch (node.kind) {
      case 'scalar':
        return this.scalar(node);
      case 'sequence':
        return this.list(node);
      case 'mapping':
        return this.map(node);
      case 'alias':
        return this.follow(node);
    }
  }

  private count(node: YamlNode): void {
    const isAliased = this.open.size > 0;
    if (!this.budget.take(isAliased)) throw tooMuchFromAliases(node);
    if (isAliased && node.kind === 'scalar') this.budget.takeText(node.text, node);
  }

  private *follow(alias: AliasNode): Task<Value> {
    const value = this.value(this.enter(alias));
    const known = 'type' in value ? value : yield value;
    this.open.delete(alias);
    return { ...known, alias };
  }

  private enter(alias: AliasNode): Exclude<YamlNode, AliasNode> {
    const target = this.aliases.get(alias);
    if (!target || this.open.has(alias))
      throw new UnparsableError(
        'recursive-anchor',
        `the anchor ${alias.anchor} contains itself`,
        alias.start,
      );
    this.open.add(alias);
    return target;
  }

  private scalar(node: ScalarNode): ScalarValue {
    const type = scalarType(node);
    if (type === 'mismatch') throw tagMismatch(node);
    if (type === 'non-finite') this.suspicious = true;
    return { type, text: type === 'string' ? stringValue(node) : node.text, node, alias: null };
  }

  private list(node: SequenceNode): Value | Task<Value> {
    this.deepen(node);
    const list: MutableList = { type: 'list', items: [], node, alias: null };
    const isFlat = node.items.every((item) => item.kind === 'scalar');
    return isFlat ? this.fillFlatList(list, node.items) : this.fillList(list, node.items);
  }

  /** Like `fillList`, without a task: enough for most lists. */
  private fillFlatList(list: MutableList, items: readonly YamlNode[]): Value {
    for (const item of items) {
      if (item.kind !== 'scalar') continue;
      this.count(item);
      list.items.push(this.scalar(item));
    }
    this.depth -= 1;
    return list;
  }

  private *fillList(list: MutableList, items: readonly YamlNode[]): Task<Value> {
    for (const item of items) {
      const value = this.value(item);
      list.items.push('type' in value ? value : yield value);
    }
    this.depth -= 1;
    return list;
  }

  private map(node: MappingNode): Value | Task<Value> {
    this.deepen(node);
    const map: MutableMap = { type: 'map', members: new Map(), invalidKey: null, node, alias: null };
    const isFlat = node.pairs.every(
      ({ key, value }) => key.kind === 'scalar' && value.kind === 'scalar' && !isMerge(key),
    );
    return isFlat ? this.fillFlat(map, node) : this.fill(map, node, 1);
  }

  /** Like `fill`, without a task: enough for most of thousands of maps. */
  private fillFlat(map: MutableMap, node: MappingNode): Value {
    for (const { key, value } of node.pairs) {
      if (key.kind !== 'scalar' || value.kind !== 'scalar') continue;
      this.count(key);
      const name = this.keyName(key, this.scalar(key));
      this.count(value);
      this.add(map, name, key, this.scalar(value));
    }
    this.depth -= 1;
    return map;
  }

  private add(map: MutableMap, name: string | null, key: YamlNode, member: Value): void {
    if (name !== null) map.members.set(name, member);
    else {
      map.invalidKey = key;
      this.suspicious = true;
    }
  }

  /** Counts like encoding/json: includes the outer list and everything that comes through aliases. */
  private deepen(node: YamlNode): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new UnparsableError('too-deep', TOO_DEEP, node.start);
  }

  /**
   * Later pairs win, including those of a merge key.
   * @param levels nesting levels that the map adds
   */
  private *fill(map: MutableMap, node: MappingNode, levels: 0 | 1): Task<Value> {
    for (const { key, value } of node.pairs) {
      if (isMerge(key)) {
        // The first of several maps wins, so it is applied last.
        const sources = value.kind === 'sequence' ? value.items.toReversed() : [value];
        for (const source of sources) yield this.merge(map, source);
        continue;
      }
      const decodedKey = this.value(key);
      const name = this.keyName(key, 'type' in decodedKey ? decodedKey : yield decodedKey);
      const decoded = this.value(value);
      const member = 'type' in decoded ? decoded : yield decoded;
      this.add(map, name, key, member);
    }
    this.depth -= levels;
    return map;
  }

  /** Null: a key that is impossible in JSON. */
  private keyName(key: YamlNode, value: Value): string | null {
    if (value.type === 'list' || value.type === 'map')
      throw new UnparsableError('invalid-key', `a ${value.type} can't be a key`, key.start);
    if (value.type === 'null' || value.type === 'unsigned') return null;
    return value.text;
  }

  private *merge(map: MutableMap, node: YamlNode): Task<Value> {
    const target = node.kind === 'alias' ? this.aliases.get(node) : node;
    if (target?.kind !== 'mapping')
      throw new UnparsableError('merge-not-a-map', 'the merge key << needs a map', node.start);
    this.count(node);
    if (node.kind !== 'alias') return yield this.fill(map, target, 0);
    this.enter(node);
    this.count(target);
    yield this.fill(map, target, 0);
    this.open.delete(node);
    return map;
  }
}

interface MutableList extends ListValue {
  readonly items: Value[];
}

interface MutableMap extends MapValue {
  readonly members: Map<string, Value>;
  invalidKey: YamlNode | null;
}

/**
 * Maximum UTF-16 code units of text from aliases: 16 times what a ConfigMap can hold. go-yaml has no such limit, and
 * the authenticator writes all of it out as JSON, but we don't process what takes gigabytes there.
 */
const MOST_TEXT = 16 * 1024 * 1024;
const LOW = 400_000;
const HIGH = 4_000_000;

/** Counts decoded nodes as go-yaml v2 does, which gives up if too large a share of them comes from aliases. */
export class AliasBudget {
  private decoded = 0;
  private aliased = 0;
  private text = 0;

  /** @throws UnparsableError if the text of one more scalar from an alias exceeds the budget */
  takeText(text: string, node: YamlNode): void {
    this.text += text.length;
    if (this.text > MOST_TEXT) throw tooMuchFromAliases(node);
  }

  /** Counts one more node, in an alias or not; true if it is within the budget. */
  take(insideAlias: boolean): boolean {
    this.decoded += 1;
    if (!insideAlias) return true;
    this.aliased += 1;
    return (
      this.aliased <= 100 || this.decoded <= 1000 || this.aliased / this.decoded <= allowedShare(this.decoded)
    );
  }
}

function tooMuchFromAliases(node: YamlNode): UnparsableError {
  return new UnparsableError('excessive-aliasing', 'the text expands too much through aliases', node.start);
}

/** 99% in small documents, 10% in very large ones, linear in between. */
function allowedShare(decoded: number): number {
  if (decoded <= LOW) return 0.99;
  if (decoded >= HIGH) return 0.1;
  return 0.99 - (0.89 * (decoded - LOW)) / (HIGH - LOW);
}
