import {
  type AliasNode,
  type MappingNode,
  runTask,
  type ScalarNode,
  type SequenceNode,
  type Task,
  TOO_DEEP,
  type YamlNode,
} from '../yaml/node.ts';
import type { AliasBinding, BoundNode } from './alias-binding.ts';
import { AliasBudget } from './alias-budget.ts';
import { scalarText, scalarType, tagMismatch } from './authenticator-scalar.ts';
import { type MapValue, type ScalarValue, tooMuchFromAliases, type Value } from './authenticator-value.ts';
import { UnparsableError } from './void-error.ts';

/** Levels of lists and maps, the list of all entries and what comes through aliases included, that Go's encoding/json takes. */
const MAX_DEPTH = 10_000;

/** Decodes nodes as go-yaml v2 does when the target is open. */
export class AuthenticatorDecoder {
  /** Something was seen that JSON may not have. */
  suspicious = false;
  private readonly aliases: AliasBinding;
  private readonly budget = new AliasBudget();
  private readonly open = new Set<AliasNode>();
  /** Of what is decoded item by item: the list around the items counts. */
  private depth = 1;

  constructor(aliases: AliasBinding) {
    this.aliases = aliases;
  }

  /** @throws UnparsableError */
  decode(node: YamlNode): Value {
    const value = this.value(node);
    return 'type' in value ? value : runTask(value);
  }

  /** The value of a scalar, or the task that decodes anything else. */
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
    const isWithin =
      this.budget.take(isAliased) &&
      (!isAliased || node.kind !== 'scalar' || this.budget.takeText(node.text.length));
    if (!isWithin) throw tooMuchFromAliases(node);
  }

  private *follow(alias: AliasNode): Task<Value> {
    const value = this.value(this.enter(alias));
    const known = 'type' in value ? value : yield value;
    this.open.delete(alias);
    return { ...known, alias };
  }

  private enter(alias: AliasNode): BoundNode {
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
    return { type, text: type === 'text' ? scalarText(node) : node.text, node, alias: null };
  }

  private *list(node: SequenceNode): Task<Value> {
    this.deepen(node);
    const items: Value[] = [];
    for (const item of node.items) {
      const value = this.value(item);
      items.push('type' in value ? value : yield value);
    }
    this.depth -= 1;
    return { type: 'list', items, node, alias: null };
  }

  private *map(node: MappingNode): Task<Value> {
    this.deepen(node);
    const map: MutableMap = { type: 'map', members: new Map(), invalidKey: null, node, alias: null };
    yield this.fill(map, node);
    this.depth -= 1;
    return map;
  }

  private deepen(node: YamlNode): void {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new UnparsableError('too-deep', TOO_DEEP, node.start);
  }

  /** Pairs count in their order, those of a merge key too: what stands later wins. */
  private *fill(map: MutableMap, node: MappingNode): Task<Value> {
    for (const { key, value } of node.pairs) {
      if (isMerge(key)) {
        for (const source of sourcesOf(value)) yield this.merge(map, source);
        continue;
      }
      const decodedKey = this.value(key);
      const name = this.keyName(key, 'type' in decodedKey ? decodedKey : yield decodedKey);
      const decoded = this.value(value);
      const member = 'type' in decoded ? decoded : yield decoded;
      if (name !== null) map.members.set(name, member);
      else {
        map.invalidKey = key;
        this.suspicious = true;
      }
    }
    return map;
  }

  /** Null: a key that JSON cannot have. */
  private keyName(key: YamlNode, value: Value): string | null {
    if (value.type === 'list' || value.type === 'map')
      throw new UnparsableError('invalid-key', `a ${value.type} cannot be a key`, key.start);
    if (value.type === 'null' || value.type === 'unsigned') return null;
    return value.text;
  }

  private *merge(map: MutableMap, node: YamlNode): Task<Value> {
    const target = node.kind === 'alias' ? this.aliases.get(node) : node;
    if (target?.kind !== 'mapping')
      throw new UnparsableError('merge-not-a-map', 'the merge key << needs a map', node.start);
    this.count(node);
    if (node.kind !== 'alias') return yield this.fill(map, target);
    this.enter(node);
    this.count(target);
    yield this.fill(map, target);
    this.open.delete(node);
    return map;
  }
}

/** The first of several maps wins, so it comes last. */
function sourcesOf(node: YamlNode): readonly YamlNode[] {
  return node.kind === 'sequence' ? node.items.toReversed() : [node];
}

interface MutableMap extends MapValue {
  readonly members: Map<string, Value>;
  invalidKey: YamlNode | null;
}

/** Whether a key takes over the pairs of what stands behind it. */
export function isMerge(key: YamlNode): boolean {
  if (key.kind !== 'scalar' || key.text !== '<<') return false;
  if (key.tag === null) return key.style === 'plain';
  return ['!', '!!merge', '!<tag:yaml.org,2002:merge>'].includes(key.tag);
}
