import type { Location } from '../errors.ts';
import type { ScalarNode } from '../yaml/node.ts';
import { type OffsetMap, SAME_OFFSETS } from './offset-map.ts';
import { scalarOffsets } from './scalar-offsets.ts';

/** A text that the authenticator reads, in the scalar of a file. */
export class EmbeddedText {
  readonly text: string;
  /** The scalar that holds it; null where the text is the whole file. */
  readonly node: ScalarNode | null;
  private readonly source: string;
  private readonly locationInFile: (offset: number) => Location;
  private map: OffsetMap | undefined;

  /** The text of a scalar, or of a whole file where there is none. */
  constructor(source: string, node: ScalarNode | null, locationInFile: (offset: number) => Location) {
    this.source = source;
    this.node = node;
    this.text = node ? node.text : source;
    this.locationInFile = locationInFile;
  }

  /** From offsets in the text to offsets in the file. */
  get offsets(): OffsetMap {
    this.map ??= this.node ? scalarOffsets(this.source, this.node) : SAME_OFFSETS;
    return this.map;
  }

  /** Line and column, in the file, of an offset in the text. */
  locationOf(offset: number): Location {
    return this.locationInFile(this.offsets.startOf(offset));
  }
}
