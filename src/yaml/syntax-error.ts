/** The text is no YAML: why, and at which offset. */
export class YamlSyntaxError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number, cause?: unknown) {
    super(reason, { cause });
    this.name = 'YamlSyntaxError';
    this.offset = offset;
  }
}

/** Levels of nesting: enough for any real file, and far from the end of the stack. */
export const MAX_DEPTH = 1000;
export const TOO_DEEP = `nothing can be nested deeper than ${MAX_DEPTH} levels`;
