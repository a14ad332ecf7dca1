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

/** The fields of a map in a manifest, each read as what it has to be; as in Go, null is the same as missing. */
export class Fields {
  private readonly map: MapValue;
  /** `rules[0].` */
  private readonly path: string;

  /** @throws InvalidManifest where the value is no map */
  constructor(value: Value, path: string) {
    this.map = value.type === 'map' ? value : invalid(path || 'the manifest', value, 'a map');
    this.path = path === '' ? '' : `${path}.`;
  }

  get start(): number {
    return this.map.node.start;
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

  /** @throws InvalidManifest where it is no list of strings */
  texts(key: string): readonly string[] {
    return this.items(key).map((item, index) => textOf(item, `${this.path}${key}[${index}]`));
  }

  /** @throws InvalidManifest where it is no list of maps */
  list(key: string): Fields[] {
    return this.items(key).map((item, index) => new Fields(item, `${this.path}${key}[${index}]`));
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
    const members = [...(fields?.map.members ?? [])];
    return new Map(members.map(([name, value]) => [name, textOf(value, `${this.path}${key}.${name}`)]));
  }

  private items(key: string): readonly Value[] {
    const value = this.valueOf(key);
    if (!value) return [];
    return value.type === 'list' ? value.items : invalid(this.path + key, value, 'a list');
  }

  private valueOf(key: string): Value | undefined {
    const value = this.map.members.get(key);
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
