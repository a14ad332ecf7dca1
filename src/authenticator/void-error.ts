import { YamlSyntaxError } from '../yaml/node.ts';
import type { LoadError, LoadErrorCode } from './loaded.ts';

/** The authenticator gives up on the whole key; caught where a key is read. */
export class UnparsableError extends Error {
  readonly code: LoadErrorCode;
  readonly offset: number;

  constructor(code: LoadErrorCode, message: string, offset: number) {
    super(message);
    this.name = 'UnparsableError';
    this.code = code;
    this.offset = offset;
  }
}

/** The finding that stands for a lost key; an error that is none of the two is thrown on. */
export function loadErrorOf(error: unknown): LoadError {
  if (!(error instanceof UnparsableError || error instanceof YamlSyntaxError)) throw error;
  const code = error instanceof UnparsableError ? error.code : 'syntax';
  const { message, offset } = error;
  return { code, loss: 'unparsable', message, field: null, group: null, offset, index: null };
}
