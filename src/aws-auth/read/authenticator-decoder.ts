import type { AliasNode, MappingNode, ScalarNode, YamlNode } from '../../yaml/node.ts';
import type { AliasBinding, BoundNode } from './alias-binding.ts';
import { AliasBudget } from './alias-budget.ts';
import { scalarText, scalarType, tagMismatch } from './authenticator-scalar.ts';
import { type MapValue, offsetOf, type ScalarValue, type Value } from './authenticator-value.ts';
import { VoidError } from './void-error.ts';

/** Levels of nesting, those behind aliases included. */
const MAX_DEPTH = 2000;

/** Decodes nodes as go-yaml v2 does when the target is open. */
export class AuthenticatorDecoder {
  /** Something was seen that JSON may not have. */
  suspicious = false;
  private readonly aliases: AliasBinding;
  private readonly budget = new AliasBudget();
  private readonly open = new Set<AliasNode>();
  private depth = 0;

  constructor(aliases: AliasBinding) {
    this.aliases = aliases;
  }

  /** @throws VoidError */
  decode(node: YamlNode): Value {
    this.count(node);
    this.depth += 1;
    const value = this.decodeContent(node);
    this.depth -= 1;
    return value;
  }

  private decodeContent(node: YamlNode): Value {
    switch (node.kind) {
      case 'scalar':
        return this.scalar(node);
      case 'sequence':
        return { type: 'list', items: node.items.map((item) => this.decode(item)), node, alias: null };
      case 'mapping':
        return this.map(node);
      case 'alias':
        return this.follow(node, (target) => ({ ...this.decode(target), alias: node }));
    }
  }

  private count(node: YamlNode): void {
    if (this.budget.take(this.open.size > 0) && this.depth < MAX_DEPTH) return;
    throw new VoidError('excessive-aliasing', 'too much of the text comes from aliases', offsetOf(node));
  }

  private follow<T>(alias: AliasNode, read: (target: BoundNode) => T): T {
    const target = this.aliases.get(alias);
    if (!target || this.open.has(alias))
      throw new VoidError('recursive-anchor', `the anchor ${alias.anchor} contains itself`, offsetOf(alias));
    this.open.add(alias);
    const result = read(target);
    this.open.delete(alias);
    return result;
  }

  private scalar(node: ScalarNode): ScalarValue {
    const type = scalarType(node);
    if (type === 'mismatch') throw tagMismatch(node);
    if (type === 'non-finite') this.suspicious = true;
    return { type, text: type === 'text' ? scalarText(node) : node.text, node, alias: null };
  }

  private map(node: MappingNode): MapValue {
    const map: MutableMap = { type: 'map', members: new Map(), invalidKey: null, node, alias: null };
    this.fill(map, node);
    return map;
  }

  /** Pairs count in their order, those of a merge key too: what stands later wins. */
  private fill(map: MutableMap, node: MappingNode): void {
    for (const { key, value } of node.pairs) {
      if (isMerge(key)) this.merge(map, value);
      else this.member(map, key, value);
    }
  }

  private member(map: MutableMap, key: YamlNode, value: YamlNode): void {
    const name = this.keyName(key);
    const decoded = this.decode(value);
    if (name !== null) return void map.members.set(name, decoded);
    map.invalidKey = key;
    this.suspicious = true;
  }

  /** Null: a key that JSON cannot have. */
  private keyName(key: YamlNode): string | null {
    const value = this.decode(key);
    if (value.type === 'list' || value.type === 'map')
      throw new VoidError('invalid-key', `a ${value.type} cannot be a key`, offsetOf(key));
    if (value.type === 'null' || value.type === 'unsigned') return null;
    return value.text;
  }

  private merge(map: MutableMap, source: YamlNode): void {
    // The first of several maps wins, so it comes last.
    const sources = source.kind === 'sequence' ? source.items.toReversed() : [source];
    for (const node of sources) this.mergeOne(map, node);
  }

  private mergeOne(map: MutableMap, node: YamlNode): void {
    const target = node.kind === 'alias' ? this.aliases.get(node) : node;
    if (target?.kind !== 'mapping')
      throw new VoidError('merge-not-a-map', 'the merge key << needs a map', offsetOf(node));
    this.count(node);
    if (node.kind !== 'alias') this.fill(map, target);
    else
      this.follow(node, () => {
        this.count(target);
        this.fill(map, target);
      });
  }
}

interface MutableMap extends MapValue {
  readonly members: Map<string, Value>;
  invalidKey: YamlNode | null;
}

export function isMerge(key: YamlNode): boolean {
  if (key.kind !== 'scalar' || key.text !== '<<') return false;
  if (key.tag === null) return key.style === 'plain';
  return ['!', '!!merge', '!<tag:yaml.org,2002:merge>'].includes(key.tag);
}
