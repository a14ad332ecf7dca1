import { YamlSyntaxError } from '../yaml/node.ts';
import type { LoadError, LoadErrorCode } from './loaded.ts';

/** The authenticator gives up on the whole key; caught where a key is read. */
export class VoidError extends Error {
  readonly code: LoadErrorCode;
  readonly offset: number;

  constructor(code: LoadErrorCode, message: string, offset: number) {
    super(message);
    this.name = 'VoidError';
    this.code = code;
    this.offset = offset;
  }
}

/** The finding that stands for a lost key; an error that is none of the two is thrown on. */
export function voidOf(error: unknown): LoadError {
  if (!(error instanceof VoidError || error instanceof YamlSyntaxError)) throw error;
  const code = error instanceof VoidError ? error.code : 'syntax';
  return { code, loss: 'void', message: error.message, offset: error.offset, index: null };
}
