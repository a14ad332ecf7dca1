import { YamlSyntaxError } from './syntax-error.ts';

interface Place {
  readonly text: string;
  readonly position: number;
  readonly lineStart: number;
}

/** YAML looks this far for the `:` behind a key. */
const MAX_LENGTH = 1024;

/** A token that is a key if a `:` follows on its line. */
export class SimpleKey {
  /** Of the token. */
  index: number;
  column = 0;
  private position = 0;
  private lineStart = 0;
  private open = false;
  /** Nothing but a key can stand there. */
  private required = false;
  /** libyaml has handed the token on before it knew. */
  isHandedOn = false;

  constructor(index: number) {
    this.index = index;
  }

  start(place: Place, index: number, required: boolean): void {
    this.position = place.position;
    this.lineStart = place.lineStart;
    this.column = place.position - place.lineStart;
    this.index = index;
    this.required = required;
    this.open = true;
    this.isHandedOn = false;
  }

  /** Whether a `:` at a place would make it a key. */
  reaches(place: Place): boolean {
    return this.open && this.lineStart === place.lineStart && this.isNear(place);
  }

  private isNear({ text, position }: Place): boolean {
    const length = position - this.position;
    if (length <= MAX_LENGTH) return true;
    // Characters beyond U+FFFF take two places of the text.
    return length <= 2 * MAX_LENGTH && [...text.slice(this.position, position)].length <= MAX_LENGTH;
  }

  /** Whether it was not known yet what it is when the scanner stood at a place. */
  awaits(place: Place): boolean {
    return this.open && !this.isHandedOn && (this.required || this.reaches(place));
  }

  /** @throws YamlSyntaxError where it had to be a key */
  giveUp(): void {
    if (this.open && this.required) throw new YamlSyntaxError("a ':' is missing behind a key", this.position);
    this.open = false;
  }

  close(): void {
    this.open = false;
  }
}
