const CONTROL =
  /[\0-\x08\v\f\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** libyaml decodes so many bytes at a time. */
const CHUNK = 512;

/** The first character that no YAML text may have. */
export interface ForbiddenCharacter {
  readonly offset: number;
  /** libyaml stumbles over it when it comes here: at the start of the stretch that it decodes at once. */
  readonly noticedFrom: number;
}

export function findForbidden(text: string): ForbiddenCharacter | null {
  const offset = text.search(CONTROL);
  return offset < 0 ? null : { offset, noticedFrom: chunkStart(text, offset) };
}

/** Where the stretch starts that holds the character at `offset`. A character that no longer fits into one starts the next. */
function chunkStart(text: string, offset: number): number {
  let [start, bytes] = [0, 0];
  for (let position = 0; position <= offset; ) {
    const code = text.codePointAt(position) ?? 0;
    const length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes + length > CHUNK) [start, bytes] = [position, 0];
    bytes += length;
    position += length === 4 ? 2 : 1;
  }
  return start;
}
