import { type Failure, refusal } from '../../errors.ts';
import { lineBreakOf } from '../../yaml/lines.ts';
import type { MappingNode, Pair, ScalarNode, SequenceNode, YamlNode } from '../../yaml/node.ts';
import { nodesOf } from '../../yaml/pairs.ts';
import type { EmbeddedText } from '../document/embedded-text.ts';
import { bindAliases } from '../read/alias-binding.ts';
import type { LoadedEntry } from '../read/loaded.ts';

/** The pair of an entry that gives it a field; undefined where the field is missing, or comes from elsewhere. */
export function ownPair({ node, fields }: LoadedEntry, field: keyof LoadedEntry['fields']): Pair | undefined {
  return node.pairs.find(({ value }) => value === fields[field]);
}

/** The text of mapRoles under edit, and what must not be changed in it. */
export class EditContext {
  readonly text: string;
  readonly lineBreak: string;
  readonly list: SequenceNode;
  /** Nodes that some alias stands for. */
  private readonly shared: ReadonlySet<YamlNode>;
  private readonly mapRoles: EmbeddedText;

  constructor(mapRoles: EmbeddedText, list: SequenceNode) {
    this.mapRoles = mapRoles;
    this.text = mapRoles.text;
    this.lineBreak = lineBreakOf(mapRoles.text);
    this.list = list;
    this.shared = new Set(this.text.includes('*') ? bindAliases(list).values() : []);
  }

  /**
   * The pair of an entry that gives it a field; undefined where the field is missing.
   * @throws Failure where the field comes through an alias or a merge key, or others share it
   */
  pairOf(entry: LoadedEntry, field: keyof LoadedEntry['fields']): Pair | undefined {
    const value = entry.fields[field];
    this.requireOwn(entry);
    if (!value) return undefined;
    const pair = ownPair(entry, field);
    if (!pair || value.kind === 'alias') throw this.throughAlias(entry, entry.node);
    this.requireUnshared(value, entry);
    return pair;
  }

  /** @throws Failure where an anchor in the item is used elsewhere */
  requireRemovable(entry: LoadedEntry): void {
    const item = this.list.items[entry.index];
    if (item && item.kind !== 'alias') this.requireUnshared(item, entry);
  }

  /** The text ends in a block scalar whose value a line break behind it would change. */
  openEnd({ start }: ScalarNode): Failure {
    return refusal({
      message:
        'the last value of mapRoles is a block without a final line break: entries behind it would change it',
      place: this.mapRoles.placeOf(start),
      next: 'End that line with a line break, or put |- in front of it, then merge again.',
    });
  }

  /** The authenticator does not look at what stands there, nor at anything behind it. */
  strayText(offset: number): Failure {
    return refusal({
      message: 'the list of mapRoles ends here, and the authenticator ignores what follows',
      place: this.mapRoles.placeOf(offset),
      next: 'Take it out, or make it part of the list, then merge again.',
    });
  }

  private requireOwn(entry: LoadedEntry): void {
    const item = this.list.items[entry.index];
    if (item !== entry.node) throw this.throughAlias(entry, item ?? entry.node);
    if (this.shared.has(item)) throw this.usedElsewhere(entry, item);
  }

  private requireUnshared(node: YamlNode, entry: LoadedEntry): void {
    if (this.shared.size === 0) return;
    for (const inner of nodesOf(node)) if (this.shared.has(inner)) throw this.usedElsewhere(entry, inner);
  }

  private usedElsewhere(entry: LoadedEntry, node: YamlNode): Failure {
    const anchor = node.kind === 'alias' ? '' : node.anchor;
    return refusal({
      message: `the entry of ${entry.arn} has to change, but its anchor &${anchor} is used elsewhere, where nothing may change`,
      place: this.mapRoles.placeOf(node.kind === 'alias' ? node.start : node.propertiesStart),
      next: `Write the value out where *${anchor} stands, then merge again.`,
    });
  }

  private throughAlias(entry: LoadedEntry, node: YamlNode | MappingNode): Failure {
    return refusal({
      message: `the entry of ${entry.arn} has to change, but takes what has to change from an alias or a merge key`,
      place: this.mapRoles.placeOf(node.start),
      next: 'Write the fields of that entry out, then merge again.',
    });
  }
}
