import { Failure, type Finding } from '../errors.ts';
import type { Progress } from '../inventory/session.ts';
import type { Io, Output } from '../io.ts';
import { renderFinding } from './message.ts';
import { ProgressLine } from './progress.ts';
import type { Replacement } from './replace-file.ts';

/** How a verb ended: what goes to stdout, whole, and whether it found differences or errors (1). */
export interface Outcome {
  /** A long one in pieces. */
  readonly stdout: string | Iterable<string>;
  /** With `--write`, the file to edit in place. */
  readonly replacement?: Replacement;
  /** What is said once everything is written, so that it stands below it on a terminal. */
  readonly summary?: readonly Finding[];
  readonly exitCode?: 0 | 1;
}

/** Options that every verb has. */
export interface ShellOptions {
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly color?: boolean;
  /** Shows progress even where stderr is no terminal. */
  readonly progress?: boolean;
}

/** A verb's view of the world: the streams, and how to talk on stderr. */
export class Shell {
  readonly io: Io;
  readonly debugging: boolean;
  private readonly options: ShellOptions;
  private readonly reported = new Set<string>();
  private readonly progressLine: ProgressLine | undefined;

  constructor(io: Io, options: ShellOptions) {
    this.io = io;
    this.options = options;
    this.debugging = options.debug ?? false;
    const isWatched = options.progress || (io.stderr.isTTY && !io.env.CI);
    this.progressLine = isWatched && !options.quiet ? new ProgressLine(io.stderr) : undefined;
  }

  /** Prints findings to stderr, each once; `--quiet` hides the notes. */
  report(findings: readonly Finding[]): void {
    for (const finding of findings) {
      if (finding.severity === 'note' && this.options.quiet) continue;
      const plain = renderFinding(finding, false);
      if (this.reported.has(plain)) continue;
      this.reported.add(plain);
      this.write(finding, plain);
    }
  }

  /** Prints a line only with `--debug`. */
  debug(text: string): void {
    if (this.debugging) this.write({ severity: 'note', message: text });
  }

  /** Shows how far the run is, where somebody watches. */
  progress(progress: Progress): void {
    this.progressLine?.update(progress);
  }

  /** Takes the progress off the terminal, before stdout is written to it. */
  endProgress(): void {
    this.progressLine?.clear();
  }

  /** Whether an output shows colour: NO_COLOR, FORCE_COLOR and `--no-color` before the terminal. */
  colorOn(output: Output): boolean {
    const { NO_COLOR, FORCE_COLOR, TERM } = this.io.env;
    if (this.options.color === false || NO_COLOR) return false;
    if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
    return output.isTTY === true && TERM !== 'dumb';
  }

  private write(finding: Omit<Finding, 'code'>, plain = renderFinding(finding, false)): void {
    this.progressLine?.clear();
    const isColored = this.colorOn(this.io.stderr);
    this.io.stderr.write(isColored ? renderFinding(finding, true) : plain);
  }
}

/**
 * The problems in whatever was thrown, and the exit code that they mean.
 * @param written what has left the program by then
 */
export function failureOf(error: unknown, written: string): Failure {
  if (error instanceof Failure) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new Failure(
    4,
    [
      {
        message: `this is a bug: ${message}`,
        help: `Please report it, with what --debug prints; ${written}.`,
      },
    ],
    error,
  );
}
