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

function chunkStart(text: string, offset: number): number {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(text.slice(0, offset));
  const inChunk = bytes.subarray(bytes.length - (bytes.length % CHUNK));
  return offset - new TextDecoder().decode(inChunk).length;
}
