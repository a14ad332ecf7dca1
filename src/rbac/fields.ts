import { describeValue, type MapValue, type Value } from '../authenticator/decode.ts';
import { printable, quoted } from '../text.ts';

/** The form of a manifest is invalid to the API server: the reason, and the offset in the file. */
export class InvalidManifest extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(printable(message));
    this.name = 'InvalidManifest';
    this.offset = offset;
  }
}

type Members = MapValue['members'];

const NONE: Members = new Map();
const NO_TEXTS: ReadonlyMap<string, string> = new Map();

/** The typed fields of a map in a manifest; as in Go, null is the same as missing. */
export class Fields {
  /** `rules[0]`; built only when needed for a message. */
  readonly path: () => string;
  private readonly start: number;
  private readonly members: Members;

  /**
   * @param ofNull the members of null; if omitted, null is not a map
   * @throws InvalidManifest if the value is not a map
   */
  constructor(value: Value, path: () => string = () => '', ofNull?: Members) {
    const members = value.type === 'map' ? value.members : value.type === 'null' ? ofNull : undefined;
    this.path = path;
    this.start = value.node.start;
    this.members = members ?? invalid(path() || 'the manifest', value, 'a map');
  }

  private pathOf(key: string): string {
    const path = this.path();
    return path === '' ? key : `${path}.${key}`;
  }

  has(key: string): boolean {
    return this.valueOf(key) !== undefined;
  }

  /** @throws InvalidManifest if it is not a string; undefined if it is missing or empty */
  optionalText(key: string): string | undefined {
    return this.string(key) || undefined;
  }

  /** @throws InvalidManifest if it is missing, empty or not a string */
  text(key: string): string {
    const text = this.optionalText(key);
    if (text === undefined) throw new InvalidManifest(`${this.pathOf(key)} is missing`, this.start);
    return text;
  }

  /** @throws InvalidManifest if it is none of `choices` */
  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const text = this.text(key);
    const choice = choices.find((one) => one === text);
    if (choice !== undefined) return choice;
    const message = `${this.pathOf(key)} is ${quoted(text)}, expected ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
    throw new InvalidManifest(message, this.valueOf(key)?.node.start ?? this.start);
  }

  /** @throws InvalidManifest if it is not a list of strings; null items count as empty strings */
  texts(key: string): readonly string[] {
    return this.items(key).map((item, index) => {
      if (item.type === 'string') return item.text;
      return item.type === 'null' ? '' : invalid(`${this.pathOf(key)}[${index}]`, item, 'a string');
    });
  }

  /** @throws InvalidManifest if it is not a list of maps; null items count as empty maps */
  list(key: string): Fields[] {
    return this.items(key).map(
      (item, index) => new Fields(item, () => `${this.pathOf(key)}[${index}]`, NONE),
    );
  }

  /** The problems of unknown fields, which kubectl makes the API server reject. */
  unknown(known: readonly string[]): string[] {
    const unknown = [...this.members.keys()].filter((key) => !known.includes(key));
    return unknown.map((key) => `unknown field ${quoted(this.pathOf(key))}`);
  }

  /** @throws InvalidManifest if it is not a map; undefined if it is missing */
  optionalMap(key: string): Fields | undefined {
    const value = this.valueOf(key);
    return value && new Fields(value, () => this.pathOf(key));
  }

  /** @throws InvalidManifest if it is missing or not a map */
  nested(key: string): Fields {
    const map = this.optionalMap(key);
    if (!map) throw new InvalidManifest(`${this.pathOf(key)} is missing`, this.start);
    return map;
  }

  /** The names and values of a map of strings, such as labels. */
  textMap(key: string): ReadonlyMap<string, string> {
    const fields = this.optionalMap(key);
    if (!fields) return NO_TEXTS;
    // kubectl drops null values.
    const stated = [...fields.members.keys()].filter((name) => fields.has(name));
    return new Map(stated.map((name) => [name, fields.string(name) ?? '']));
  }

  private string(key: string): string | undefined {
    const value = this.valueOf(key);
    if (!value) return undefined;
    return value.type === 'string' ? value.text : invalid(this.pathOf(key), value, 'a string');
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
