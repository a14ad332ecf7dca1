import type { LoadErrorCode } from './loaded.ts';

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
