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
  /** `rules[0].` */
  private readonly path: string;

  /**
   * @param ofNull what null has; missing: it is no map
   * @throws InvalidManifest where the value is no map
   */
  constructor(value: Value, path: string, ofNull?: MapValue['members']) {
    const members = value.type === 'map' ? value.members : value.type === 'null' ? ofNull : undefined;
    this.members = members ?? invalid(path || 'the manifest', value, 'a map');
    this.start = value.node.start;
    this.path = path === '' ? '' : `${path}.`;
  }

  has(key: string): boolean {
    return this.valueOf(key) !== undefined;
  }

  /** @throws InvalidManifest where it is no string; undefined where it is missing or empty */
  optionalText(key: string): string | undefined {
    const value = this.valueOf(key);
    return value && (textOf(value, this.path + key) || undefined);
  }

  /** @throws InvalidManifest where it is missing, empty or no string */
  text(key: string): string {
    const text = this.optionalText(key);
    if (text === undefined) throw new InvalidManifest(`${this.path}${key} is missing`, this.start);
    return text;
  }

  /** @throws InvalidManifest where it is none of `choices` */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const text = this.text(key);
    const choice = choices.find((one) => one === text);
    if (choice !== undefined) return choice;
    const message = `${this.path}${key} is ${quoted(text)}, expected ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
    throw new InvalidManifest(message, this.valueOf(key)?.node.start ?? this.start);
  }

  /** @throws InvalidManifest where it is no list of strings; null in it is an empty one */
  texts(key: string): readonly string[] {
    return this.items(key).map((item, index) =>
      item.type === 'null' ? '' : textOf(item, `${this.path}${key}[${index}]`),
    );
  }

  /** @throws InvalidManifest where it is no list of maps; null in it is an empty one */
  list(key: string): Fields[] {
    return this.items(key).map((item, index) => new Fields(item, `${this.path}${key}[${index}]`, NONE));
  }

  /** The names of those of its fields that are not among these. */
  unknown(known: readonly string[]): string[] {
    return [...this.members.keys()].filter((key) => !known.includes(key)).map((key) => `${this.path}${key}`);
  }

  /** @throws InvalidManifest where it is no map; undefined where it is missing */
  optionalMap(key: string): Fields | undefined {
    const value = this.valueOf(key);
    return value && new Fields(value, this.path + key);
  }

  /** @throws InvalidManifest where it is missing or no map */
  nested(key: string): Fields {
    const map = this.optionalMap(key);
    if (!map) throw new InvalidManifest(`${this.path}${key} is missing`, this.start);
    return map;
  }

  /** The names and values of a map of strings, such as labels. */
  textMap(key: string): ReadonlyMap<string, string> {
    const fields = this.optionalMap(key);
    if (!fields) return NO_TEXTS;
    // kubectl drops what is null.
    const stated = [...fields.members].filter(([, value]) => value.type !== 'null');
    return new Map(stated.map(([name, value]) => [name, textOf(value, `${this.path}${key}.${name}`)]));
  }

  private items(key: string): readonly Value[] {
    const value = this.valueOf(key);
    if (!value) return [];
    return value.type === 'list' ? value.items : invalid(this.path + key, value, 'a list');
  }

  private valueOf(key: string): Value | undefined {
    const value = this.members.get(key);
    return value?.type === 'null' ? undefined : value;
  }
}

function textOf(value: Value, path: string): string {
  if (value.type === 'string') return value.text;
  return invalid(path, value, 'a string');
}

function invalid(path: string, value: Value, expected: string): never {
  throw new InvalidManifest(`${path} is ${describeValue(value)}, expected ${expected}`, value.node.start);
}
