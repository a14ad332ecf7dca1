import { exec } from 'node:child_process';
import { promisify } from 'node:util';
import { externalDataInterceptor } from '@smithy/core/config';

/** Output of a command. */
interface Output {
  readonly stdout: string;
  /** Milliseconds since 1970. */
  readonly validUntil: number;
}

/**
 * Runs the `credential_process` commands of profiles for the SDK, which would run one for each call if its keys are valid
 * for less than five minutes, and would wait for a hung one forever.
 */
export class CredentialProcesses {
  private readonly outputs = new Map<string, Promise<Output>>();
  private readonly limit: number;

  /** @param limit milliseconds for a command */
  constructor(limit: number) {
    this.limit = limit;
    const run = (command: string) => this.outputOf(command);
    externalDataInterceptor.interceptToken(
      'exec',
      Object.assign(() => {}, { [promisify.custom]: run }),
    );
  }

  /** Runs the commands again, although their keys seem to be valid. */
  forget(): void {
    this.outputs.clear();
  }

  private async outputOf(command: string): Promise<Output> {
    const known = await this.outputs.get(command);
    if (known && known.validUntil > Date.now()) return known;
    const output = this.run(command);
    this.outputs.set(command, output);
    output.catch(() => this.outputs.delete(command));
    return output;
  }

  private async run(command: string): Promise<Output> {
    const options = { timeout: this.limit, killSignal: 'SIGKILL' } as const;
    try {
      const { stdout } = await promisify(exec)(command, options);
      return { stdout, validUntil: validUntil(stdout) };
    } catch (error) {
      if (!(error instanceof Error && 'killed' in error && error.killed)) throw error;
      // The SDK's message has the command line, which may contain a secret.
      throw new Error(`its credential_process didn't finish within ${this.limit / 1000} s`);
    }
  }
}

/** The end of the printed keys; 0 if they have none, because the SDK then keeps them. */
function validUntil(stdout: string): number {
  try {
    const { Expiration } = JSON.parse(stdout);
    return Date.parse(Expiration) || 0;
  } catch {
    return 0;
  }
}
