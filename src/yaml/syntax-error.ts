/** The text is no YAML: why, and at which offset. */
export class YamlSyntaxError extends Error {
  readonly offset: number;

  constructor(reason: string, offset: number, cause?: unknown) {
    super(reason, { cause });
    this.name = 'YamlSyntaxError';
    this.offset = offset;
  }
}
