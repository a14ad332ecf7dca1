import type { LoadedEntry } from '../authenticator/loaded.ts';
import { type Failure, refusal } from '../errors.ts';
import { lineBreakOf } from '../yaml/lines.ts';
import type { AliasNode, Pair, SequenceNode } from '../yaml/node.ts';
import type { EmbeddedText } from './embedded-text.ts';
import { type FieldPlace, fieldPlace } from './field-pair.ts';
import { SharedNodes } from './shared-nodes.ts';

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
