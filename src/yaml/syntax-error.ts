/** The text is no YAML: why, and at which offset. */
export class YamlSyntaxError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number, cause?: unknown) {
    super(reason, { cause });
    this.name = 'YamlSyntaxError';
    this.offset = offset;
  }
}

/** Levels of nesting that go-yaml takes: of flow collections in one another, and of block collections. */
export const MAX_DEPTH = 10_000;
export const TOO_DEEP = `nothing can be nested deeper than ${MAX_DEPTH} levels`;
