import { Failure, type Finding, type Problem } from '../errors.ts';
import type { Io, Output } from '../io.ts';
import { renderMessage } from './message.ts';

/** How a verb ended: what goes to stdout, whole, and whether it found differences or errors (1). */
export interface Outcome {
  readonly stdout: string;
  readonly exitCode?: 0 | 1;
}

/** Options that every verb has. */
export interface ShellOptions {
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly color?: boolean;
}

/** A verb's view of the world: the streams, and how to talk on stderr. */
export class Shell {
  readonly io: Io;
  readonly debugging: boolean;
  private readonly options: ShellOptions;
  private readonly reported = new Set<string>();

  constructor(io: Io, options: ShellOptions) {
    this.io = io;
    this.options = options;
    this.debugging = options.debug ?? false;
  }

  /** Prints findings to stderr, each once; `--quiet` hides the notes. */
  report(findings: readonly Finding[]): void {
    for (const finding of findings) {
      if (finding.severity === 'note' && this.options.quiet) continue;
      this.print(finding.severity, finding);
    }
  }

  fail(problems: readonly Problem[]): void {
    for (const problem of problems) this.print('error', problem);
  }

  /** Prints a line only with `--debug`. */
  debug(text: string): void {
    if (this.debugging)
      this.io.stderr.write(renderMessage('note', { message: text }, this.colorOn(this.io.stderr)));
  }

  /** Whether an output shows colour: NO_COLOR, FORCE_COLOR and `--no-color` before the terminal. */
  colorOn(output: Output): boolean {
    const { NO_COLOR, FORCE_COLOR, TERM } = this.io.env;
    if (this.options.color === false || NO_COLOR) return false;
    if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
    return output.isTTY === true && TERM !== 'dumb';
  }

  private print(severity: 'error' | Finding['severity'], problem: Problem): void {
    const plain = renderMessage(severity, problem, false);
    if (this.reported.has(plain)) return;
    this.reported.add(plain);
    this.io.stderr.write(renderMessage(severity, problem, this.colorOn(this.io.stderr)));
  }
}

/** The problems in whatever was thrown, and the exit code that they mean. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(
    4,
    [
      {
        message: `this is a bug: ${message}`,
        next: 'Nothing was written. Please report it, with what --debug prints.',
      },
    ],
    error,
  );
}
