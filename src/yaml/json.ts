import { GO_SPACES } from '../go-strings.ts';
import {
  MAX_DEPTH,
  mappingOf,
  NO_PROPERTIES,
  type Pair,
  type ScalarNode,
  type Shrink,
  sequenceOf,
  TOO_DEEP,
  wholeNode,
  type YamlNode,
  YamlSyntaxError,
} from './node.ts';

/**
 * Reads the next value of a JSON stream like Go's encoding/json, into the nodes that the same text would have in YAML.
 * Returns it with the offset after it, or null if only white space is left.
 * @param shrink reduces the value, or an item of an array, to the part to keep
 * @throws YamlSyntaxError if it isn't JSON
 */
export function readJsonValue(
  source: string,
  from: number,
  shrink = wholeNode,
): { readonly root: YamlNode; readonly end: number } | null {
  const reader = new JsonReader(source, from, shrink);
  return reader.atEnd ? null : { root: shrink(reader.value()), end: reader.end };
}

interface OpenArray {
  readonly close: ']';
  readonly start: number;
  readonly items: YamlNode[];
}

interface OpenObject {
  readonly close: '}';
  readonly start: number;
  readonly pairs: Pair[];
  key: ScalarNode;
  colonEnd: number;
}

const JSON_OBJECT = new RegExp(`^${GO_SPACES}\\{`);

/** True if kubectl and the authenticator read a text as JSON: its first character is a brace. */
export function looksLikeJsonObject(text: string): boolean {
  return JSON_OBJECT.test(text);
}

class JsonReader {
  private position: number;
  /** Offset after the last token; `position` is after the white space that follows. */
  end = 0;
  private readonly source: string;
  private readonly shrink: Shrink;
  /** The open arrays and objects, in a list so that nesting doesn't grow the call stack. */
  private readonly open: (OpenArray | OpenObject)[] = [];

  constructor(source: string, from: number, shrink: Shrink) {
    this.source = source;
    this.shrink = shrink;
    this.position = from;
    this.skipSpace();
  }

  get atEnd(): boolean {
    return this.position >= this.source.length;
  }

  value(): YamlNode {
    for (;;) {
      const started = this.start();
      const root = started && this.finish(started);
      if (root) return root;
    }
  }

  /** A scalar or an empty array or object; null if a non-empty one was opened. */
  private start(): YamlNode | null {
    const start = this.position;
    if (this.take('[')) {
      if (this.take(']')) return sequenceOf(start, this.end, null, NO_PROPERTIES, []);
      this.push({ close: ']', start, items: [] });
      return null;
    }
    if (!this.take('{')) return this.scalar();
    if (this.take('}')) return mappingOf(start, this.end, true, NO_PROPERTIES, []);
    this.push({ close: '}', start, pairs: [], key: this.key(), colonEnd: this.end });
    return null;
  }

  /** Adds a value to its parent and closes parents that end after it. Returns the root once it is complete. */
  private finish(value: YamlNode): YamlNode | null {
    let done = value;
    for (let around = this.open.at(-1); around; around = this.open.at(-1)) {
      if (around.close === ']') around.items.push(this.shrink(done));
      else around.pairs.push({ key: around.key, colonEnd: around.colonEnd, value: done });
      if (this.take(',')) {
        if (around.close === '}') [around.key, around.colonEnd] = [this.key(), this.end];
        return null;
      }
      if (!this.take(around.close)) throw this.unexpected();
      const { end } = this;
      done =
        around.close === ']'
          ? sequenceOf(around.start, end, null, NO_PROPERTIES, around.items)
          : mappingOf(around.start, end, true, NO_PROPERTIES, around.pairs);
      this.open.pop();
    }
    return done;
  }

  private push(opened: OpenArray | OpenObject): void {
    if (this.open.length === MAX_DEPTH) throw new YamlSyntaxError(TOO_DEEP, opened.start);
    this.open.push(opened);
  }

  private key(): ScalarNode {
    const key = this.text();
    if (!this.take(':')) throw this.unexpected();
    return key;
  }

  private scalar(): ScalarNode {
    if (this.source[this.position] === '"') return this.text();
    WORD.lastIndex = this.position;
    const text = WORD.exec(this.source)?.[0];
    if (text === undefined) throw this.unexpected();
    const start = this.position;
    this.position += text.length;
    this.end = this.position;
    this.skipSpace();
    return scalar(text, start, this.end, 'plain');
  }

  private text(): ScalarNode {
    const start = this.position + 1;
    const end = this.source[this.position] === '"' ? this.closingQuote(start) : -1;
    if (end < 0) throw this.unexpected();
    const written = this.source.slice(start, end);
    const text = written.includes('\\') ? this.unescaped(written, start) : written;
    this.position = end + 1;
    this.end = this.position;
    this.skipSpace();
    return scalar(text, start - 1, this.end, 'double');
  }

  /** -1 if the quote is missing, or follows a character that must be escaped. */
  private closingQuote(start: number): number {
    for (let position = start; ; ) {
      STOP.lastIndex = position;
      const stop = STOP.exec(this.source);
      if (stop?.[0] === '"') return stop.index;
      if (stop?.[0] !== '\\') return -1;
      position = stop.index + 2;
    }
  }

  private unescaped(written: string, start: number): string {
    try {
      // Go writes U+FFFD for half of a character.
      return String(JSON.parse(`"${written}"`)).replace(LONE_SURROGATE, '\ufffd');
    } catch {
      throw new YamlSyntaxError('invalid escape in JSON', start);
    }
  }

  /** Skips a mark and the white space after it. */
  private take(mark: string): boolean {
    if (this.source[this.position] !== mark) return false;
    this.position += 1;
    this.end = this.position;
    this.skipSpace();
    return true;
  }

  private skipSpace(): void {
    JSON_SPACE.lastIndex = this.position;
    JSON_SPACE.exec(this.source);
    this.position = JSON_SPACE.lastIndex;
  }

  private unexpected(): YamlSyntaxError {
    return new YamlSyntaxError('invalid JSON', Math.min(this.position, this.source.length));
  }
}

const JSON_SPACE = /[ \t\r\n]*/y;
const WORD = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null/y;
/** Characters that end a string, escape, or must be escaped. */
const STOP = /["\\\x00-\x1f]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function scalar(text: string, start: number, end: number, style: 'plain' | 'double'): ScalarNode {
  const quote = style === 'double' ? 1 : 0;
  const content = { contentStart: start + quote, contentEnd: end - quote, style, indent: -1 };
  return { kind: 'scalar', text, start, end, ...content, tag: null, anchor: null, json: true };
}
