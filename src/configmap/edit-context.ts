import { type AliasBinding, aliasesIn } from '../authenticator/alias-binding.ts';
import { scalarText, scalarType } from '../authenticator/authenticator-scalar.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Failure, refusal } from '../errors.ts';
import type { Edit } from '../yaml/edit.ts';
import { lineBreakOf } from '../yaml/lines.ts';
import type { AliasNode, MappingNode, Pair, ScalarNode, SequenceNode, YamlNode } from '../yaml/node.ts';
import { nodesOf } from '../yaml/pairs.ts';
import { type FieldPlace, fieldPlace } from './edit-field.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { doubleQuoted } from './quote.ts';

/** The pair of an entry that gives it a field; undefined where the field is missing, or comes from elsewhere. */
export function ownPair({ node, fields }: LoadedEntry, field: keyof LoadedEntry['fields']): Pair | undefined {
  return node.pairs.find(({ value }) => value === fields[field]);
}

/** The text of mapRoles under edit, and what is shared in it. */
export class EditContext {
  readonly text: string;
  readonly lineBreak: string;
  readonly list: SequenceNode;
  readonly shared: SharedNodes;
  private readonly mapRoles: EmbeddedText;

  constructor(mapRoles: EmbeddedText, list: SequenceNode) {
    this.mapRoles = mapRoles;
    this.text = mapRoles.text;
    this.lineBreak = lineBreakOf(mapRoles.text);
    this.list = list;
    this.shared = new SharedNodes(mapRoles.text, list);
  }

  /** The alias that an entry is; undefined where the entry stands in the list itself. */
  aliasOf({ index }: LoadedEntry): AliasNode | undefined {
    const item = this.list.items[index];
    return item?.kind === 'alias' ? item : undefined;
  }

  /** Where a field of an entry has to be written. */
  placeOf({ node }: LoadedEntry, field: string): FieldPlace {
    return fieldPlace(node, field, this.shared.aliases);
  }

  /** Where to write a field of an entry that stands in the list itself, and is to change. */
  change(entry: LoadedEntry, field: string): FieldPlace {
    const place = this.placeOf(entry, field);
    this.shared.change(entry.node);
    if (place.pair) this.shared.replace(place.pair.value);
    return place;
  }

  /** The item goes, with what others may take from it. */
  remove({ index }: LoadedEntry): void {
    const item = this.list.items[index];
    if (item) this.shared.replace(item);
  }

  /** The authenticator does not look at what stands there, nor at anything behind it. */
  strayText(offset: number): Failure {
    return strayText(this.mapRoles, offset);
  }
}

/** The list of mapRoles ends, and something stands behind it that people may take for a part of it. */
export function strayText(mapRoles: EmbeddedText, offset: number): Failure {
  return refusal({
    message: 'the list of mapRoles ends here, and the authenticator ignores what follows',
    location: mapRoles.locationOf(offset),
    help: 'Take it out, or make it part of the list, then merge again.',
  });
}

/**
 * Keeps what aliases stand for while the nodes behind their anchors change: such an alias is replaced by what it stood for, written
 * out.
 */
export class SharedNodes {
  readonly copy: FlowCopy;
  readonly aliases: AliasBinding;
  private readonly changed = new Set<YamlNode>();

  /** `text` is what the list was read from. */
  constructor(text: string, list: SequenceNode) {
    this.aliases = aliasesIn(text, list);
    this.copy = new FlowCopy(this.aliases);
  }

  /** The node changes, but not all that stands in it. */
  change(node: YamlNode): void {
    this.changed.add(node);
  }

  /** The node goes, or becomes another, with all that stands in it. */
  replace(node: YamlNode): void {
    if (this.aliases.size > 0) for (const inner of nodesOf(node)) this.changed.add(inner);
  }

  /** The edits that write out the aliases of changed nodes, where `edits` do not replace them anyway. */
  expansions(edits: readonly Edit[]): Edit[] {
    return [...this.aliases]
      .filter(([, target]) => this.changed.has(target))
      .map(([alias, target]) => ({
        start: alias.start,
        end: alias.end,
        replacement: this.copy.of(target),
      }))
      .filter((expansion) => !edits.some(({ start, end }) => start < expansion.end && end > expansion.start));
  }
}

/** Writes nodes in flow style, on one line and without anchors or aliases, so that they load as before wherever they stand. */
export class FlowCopy {
  private readonly binding: AliasBinding;

  constructor(binding: AliasBinding) {
    this.binding = binding;
  }

  of(node: YamlNode): string {
    switch (node.kind) {
      case 'scalar':
        return copyScalar(node);
      case 'sequence':
        return `[${node.items.map((item) => this.of(item)).join(', ')}]`;
      case 'mapping':
        return mapping(this.pairsOf(node));
      case 'alias': {
        const target = this.binding.get(node);
        return target ? this.of(target) : `*${node.anchor}`;
      }
    }
  }

  /** A mapping without some of its pairs, and with others at its end. */
  withFields(node: MappingNode, isLeftOut: (pair: Pair) => boolean, fields: readonly string[]): string {
    return mapping([
      ...this.pairsOf({ ...node, pairs: node.pairs.filter((pair) => !isLeftOut(pair)) }),
      ...fields,
    ]);
  }

  private pairsOf({ pairs }: MappingNode): string[] {
    return pairs.map(({ key, value }) => `${isPlainMerge(key) ? '<<' : this.of(key)}: ${this.of(value)}`);
  }
}

function mapping(pairs: readonly string[]): string {
  return `{${pairs.join(', ')}}`;
}

function isPlainMerge(key: YamlNode): boolean {
  return key.kind === 'scalar' && key.text === '<<' && (key.style === 'plain' || key.tag !== null);
}

/** Of what is no string the authenticator sees the text alone. */
function copyScalar(node: ScalarNode): string {
  const type = scalarType(node);
  if (type === 'text') return doubleQuoted(scalarText(node));
  return type === 'null' ? 'null' : node.text;
}
