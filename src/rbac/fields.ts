import { describeValue, type MapValue, type Value } from '../authenticator/decode.ts';
import { printable, quoted } from '../text.ts';

/** A manifest has not the form that the API server takes: why, and at which offset of the file. */
export class InvalidManifest extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(printable(message));
    this.name = 'InvalidManifest';
    this.offset = offset;
  }
}

const NONE: MapValue['members'] = new Map();
const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** The fields of a map in a manifest, each read as what it has to be; as in Go, null is the same as missing. */
export class Fields {
  readonly start: number;
  private readonly members: MapValue['members'];
  private readonly outer: Fields | null;
  private readonly key: string;
  /** In a list; -1: in none. */
  private readonly index: number;

  /**
   * @param ofNull what null has; missing: it is no map
   * @throws InvalidManifest where the value is no map
   */
  constructor(value: Value, outer: Fields | null = null, key = '', index = -1, ofNull?: MapValue['members']) {
    const members = value.type === 'map' ? value.members : value.type === 'null' ? ofNull : undefined;
    this.outer = outer;
    this.key = key;
    this.index = index;
    this.start = value.node.start;
    this.members = members ?? invalid(this.path || 'the manifest', value, 'a map');
  }

  /** `rules[0]`; put together only when there is something to say of it. */
  get path(): string {
    const path = this.outer ? this.outer.pathOf(this.key) : '';
    return this.index < 0 ? path : `${path}[${this.index}]`;
  }

  private pathOf(key: string): string {
    const { path } = this;
    return path === '' ? key : `${path}.${key}`;
  }

  has(key: string): boolean {
    return this.valueOf(key) !== undefined;
  }

  /** @throws InvalidManifest where it is no string; undefined where it is missing or empty */
  optionalText(key: string): string | undefined {
    const value = this.valueOf(key);
    if (!value) return undefined;
    if (value.type !== 'string') return invalid(this.pathOf(key), value, 'a string');
    return value.text || undefined;
  }

  /** @throws InvalidManifest where it is missing, empty or no string */
  text(key: string): string {
    const text = this.optionalText(key);
    if (text === undefined) throw new InvalidManifest(`${this.pathOf(key)} is missing`, this.start);
    return text;
  }

  /** @throws InvalidManifest where it is none of `choices` */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const text = this.text(key);
    const choice = choices.find((one) => one === text);
    if (choice !== undefined) return choice;
    const message = `${this.pathOf(key)} is ${quoted(text)}, expected ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
    throw new InvalidManifest(message, this.valueOf(key)?.node.start ?? this.start);
  }

  /** @throws InvalidManifest where it is no list of strings; null in it is an empty one */
  texts(key: string): readonly string[] {
    return this.items(key).map((item, index) => {
      if (item.type === 'string') return item.text;
      return item.type === 'null' ? '' : invalid(`${this.pathOf(key)}[${index}]`, item, 'a string');
    });
  }

  /** @throws InvalidManifest where it is no list of maps; null in it is an empty one */
  list(key: string): Fields[] {
    return this.items(key).map((item, index) => new Fields(item, this, key, index, NONE));
  }

  /** The names of those of its fields that are not among these. */
  unknown(known: readonly string[]): string[] {
    const unknown: string[] = [];
    for (const key of this.members.keys()) if (!known.includes(key)) unknown.push(this.pathOf(key));
    return unknown;
  }

  /** @throws InvalidManifest where it is no map; undefined where it is missing */
  optionalMap(key: string): Fields | undefined {
    const value = this.valueOf(key);
    return value && new Fields(value, this, key);
  }

  /** @throws InvalidManifest where it is missing or no map */
  nested(key: string): Fields {
    const map = this.optionalMap(key);
    if (!map) throw new InvalidManifest(`${this.pathOf(key)} is missing`, this.start);
    return map;
  }

  /** The names and values of a map of strings, such as labels. */
  textMap(key: string): ReadonlyMap<string, string> {
    const fields = this.optionalMap(key);
    if (!fields) return NO_TEXTS;
    // kubectl drops what is null.
    const stated = [...fields.members].filter(([, value]) => value.type !== 'null');
    return new Map(
      stated.map(([name, value]) => [
        name,
        value.type === 'string' ? value.text : invalid(fields.pathOf(name), value, 'a string'),
      ]),
    );
  }

  private items(key: string): readonly Value[] {
    const value = this.valueOf(key);
    if (!value) return [];
    return value.type === 'list' ? value.items : invalid(this.pathOf(key), value, 'a list');
  }

  private valueOf(key: string): Value | undefined {
    const value = this.members.get(key);
    return value?.type === 'null' ? undefined : value;
  }
}

function invalid(path: string, value: Value, expected: string): never {
  throw new InvalidManifest(`${path} is ${describeValue(value)}, expected ${expected}`, value.node.start);
}
