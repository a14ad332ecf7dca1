/** An item of a list in JSON, as written. */
export interface JsonItem {
  readonly text: string;
  /** Where it starts: 1-based. */
  readonly line: number;
  readonly column: number;
}

/** Why a text isn't a list of rows in JSON, and where. */
export class JsonListError extends Error {
  /** Empty for an empty text. */
  readonly place: Partial<Pick<JsonItem, 'line' | 'column'>>;

  constructor(message: string, place: JsonListError['place']) {
    super(message);
    this.name = 'JsonListError';
    this.place = place;
  }
}

const [QUOTE, BACKSLASH, COMMA, NEWLINE] = [0x22, 0x5c, 0x2c, 0x0a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** Parsing much deeper items would overflow the call stack. */
const MOST_NESTED = 100;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Splits a list in JSON into its items while it is read, so that a large one is never in memory as a whole. It looks for
 * brackets, commas and quotes alone: parsing an item finds what is wrong within it.
 */
export class JsonItems {
  private state: 'before' | 'inside' | 'after' = 'before';
  /** Brackets that are open within the item. */
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  /** The beginning of an item that continues in the next chunk. */
  private parts: Uint8Array[] = [];
  private line = 1;
  private column = 1;
  private start = { line: 1, column: 1 };
  /** True before the first character of an item. */
  private isBlank = true;
  private hasItems = false;
  private marks = 0;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  /**
   * The items that end in the next chunk.
   * @throws JsonListError
   */
  *push(chunk: Uint8Array): Generator<JsonItem> {
    let from = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0;
      if (this.state === 'inside') {
        if (this.isBlank && !isSpace(byte)) {
          this.isBlank = false;
          this.start = { line: this.line, column: this.column };
          from = index;
        }
        if (this.endsItem(byte)) {
          const item = this.item(chunk.subarray(from, index), byte === CLOSE_LIST);
          if (byte === CLOSE_LIST) this.state = 'after';
          from = index + 1;
          if (item) yield item;
        }
      } else {
        this.outside(byte);
        from = index + 1;
      }
      this.advance(byte);
    }
    if (this.state === 'inside' && !this.isBlank) this.parts.push(chunk.slice(from));
  }

  /** @throws JsonListError if the list isn't complete */
  end(): void {
    if (this.state === 'after') return;
    if (this.state === 'before') throw new JsonListError('the file is empty', {});
    throw new JsonListError('the file is incomplete: it ends before the list of rows does', this.here);
  }

  private get here(): Pick<JsonItem, 'line' | 'column'> {
    return { line: this.line, column: this.column };
  }

  /** A byte before or after the list. */
  private outside(byte: number): void {
    if (isSpace(byte)) return;
    if (this.state === 'after')
      throw new JsonListError('invalid JSON: text after the list of rows', this.here);
    if (byte === BYTE_ORDER_MARK[this.marks]) {
      this.marks += 1;
      this.column = 0;
      return;
    }
    if (byte !== OPEN_LIST)
      throw new JsonListError('not the output of who -o json: not a list in JSON', this.here);
    this.state = 'inside';
  }

  /** True for the comma or bracket after an item. */
  private endsItem(byte: number): boolean {
    if (this.inString) {
      if (this.isEscaped) this.isEscaped = false;
      else if (byte === BACKSLASH) this.isEscaped = true;
      else if (byte === QUOTE) this.inString = false;
      return false;
    }
    if (byte === QUOTE) this.inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      this.depth += 1;
      if (this.depth > MOST_NESTED)
        throw new JsonListError('not the output of who -o json: nested too deeply', this.here);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      if (this.depth === 0) return byte === CLOSE_LIST;
      this.depth -= 1;
    }
    return byte === COMMA && this.depth === 0;
  }

  /** @param isLast true before the closing bracket: an empty list has no item there */
  private item(end: Uint8Array, isLast: boolean): JsonItem | undefined {
    const { start, parts } = this;
    const isEmpty = parts.length === 0 && end.length === 0;
    this.parts = [];
    this.isBlank = true;
    if (isEmpty && isLast && !this.hasItems) return undefined;
    this.hasItems = true;
    try {
      const text = parts.map((part) => this.decoder.decode(part, { stream: true })).join('');
      return { text: text + this.decoder.decode(end), ...start };
    } catch {
      throw new JsonListError("the input isn't UTF-8 text", start);
    }
  }

  private advance(byte: number): void {
    if (byte === NEWLINE) {
      this.line += 1;
      this.column = 1;
    } else if (byte < 0x80 || byte >= 0xc0) this.column += 1;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;
}
