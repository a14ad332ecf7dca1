import { type Cursor, Token } from './cursor.ts';
import { isSeparator } from './lines.ts';
import { YamlSyntaxError } from './node.ts';

/** Escaped UTF-8 octets: the first determines how many follow. */
const [HEX, TRAIL] = ['[0-9a-fA-F]', '%[89abAB][0-9a-fA-F]'];
const OCTETS = `%[0-7]${HEX}|%[cdCD]${HEX}${TRAIL}|%[eE]${HEX}(?:${TRAIL}){2}|%[fF][0-7](?:${TRAIL}){3}`;
const URI = String.raw`(?:[\w\-;/?:@&=+$,.!~*'()[\]]|${OCTETS})`;
const TAG = new RegExp(`!<${URI}+>|![\\w-]*!${URI}+|!(?![\\w-]*!)${URI}*`, 'y');

export function scanTag(cursor: Cursor): Token {
  const start = cursor.position;
  TAG.lastIndex = start;
  const tag = TAG.exec(cursor.text)?.[0] ?? '';
  cursor.position += tag.length;
  if (tag === '' || !isSeparator(cursor.code)) throw new YamlSyntaxError('invalid character in a tag', start);
  return new Token('tag', start, cursor.position, tag);
}

/** Scans a line that starts with `%`. */
export function scanDirective(cursor: Cursor): Token {
  const start = cursor.position;
  cursor.skipLine();
  const text = cursor.text.slice(start, cursor.position);
  if (!DIRECTIVE.test(text)) throw new YamlSyntaxError('invalid directive', start);
  return new Token('directive', start, cursor.position, text);
}

const DIRECTIVE = new RegExp(
  String.raw`^%(?:YAML[ \t]+[0-9]{1,2}\.[0-9]{1,2}[ \t]*(?:#.*)?|TAG[ \t]+!(?:[\w-]*!)?[ \t]+${URI}+(?:[ \t]+(?:#.*)?)?)$`,
);

/** The tag handles that directives declare. */
export class TagHandles {
  private readonly prefixes = new Map<string, string>();

  /** @throws YamlSyntaxError at a directive that isn't allowed */
  constructor(directives: readonly Token[]) {
    const { prefixes } = this;
    let versioned = false;
    for (const { text, start } of directives) {
      const [name, argument = '', prefix = ''] = text.split(/[ \t]+/);
      const isVersion = name === '%YAML';
      if (isVersion ? versioned || !/^0?1\.0?1(?:#|$)/.test(argument) : prefixes.has(argument))
        throw new YamlSyntaxError('only one %YAML 1.1 and one %TAG for each handle are allowed', start);
      if (isVersion) versioned = true;
      else prefixes.set(argument, prefix);
    }
  }

  /**
   * A tag with its declared handle expanded; otherwise as written.
   * @throws YamlSyntaxError if no directive declares its handle
   */
  resolved({ text, start }: Token): string {
    if (text === '!' || text.startsWith('!<')) return text;
    const handle = /^!(?:[\w-]*!)?/.exec(text)?.[0] ?? '';
    const prefix = this.prefixes.get(handle);
    if (prefix !== undefined) return `!<${prefix}${text.slice(handle.length)}>`;
    if (handle === '!' || handle === '!!') return text;
    throw new YamlSyntaxError(`undeclared tag handle ${handle}`, start);
  }
}
