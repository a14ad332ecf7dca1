import { styleText } from 'node:util';
import type { Progress } from '../directory/connection.ts';
import { type Failure, type Finding, formatLocation, type Severity } from '../errors.ts';
import type { Io, Output } from '../io.ts';
import { printable } from '../text.ts';
import type { ShellOptions } from './option-values.ts';
import { ProgressLine, RunCost } from './progress.ts';
import type { Replacement } from './replace-file.ts';

/** A command's result: all of its stdout, and exit code 1 if it found differences or errors. */
export interface Outcome {
  /** In pieces if it is long. */
  readonly stdout: string | Iterable<string>;
  /** With `--write`, the files to edit in place, in this order. */
  readonly replacements?: readonly Replacement[];
  /** Reported after the output, so that it appears below it on a terminal. */
  readonly summary?: readonly Finding[];
  readonly exitCode?: 0 | 1;
  /** Problems with some of several inputs: sets the exit code, and sends the output to stderr instead of stdout. */
  readonly failure?: Failure;
  /** True for output that nobody reads on a terminal: with a failure, it goes nowhere. */
  readonly isFile?: boolean;
  /** With `-o github`. */
  readonly step?: StepSummary;
}

/** The summary of a workflow's step. */
export interface StepSummary {
  /** Markdown. */
  readonly title: string;
  /** Shown in the first table. */
  readonly findings: readonly Finding[];
  readonly parts: readonly SummaryPart[];
}

/** A part of a summary whose last lines may be cut: a table or a code block. */
export interface SummaryPart {
  readonly head: string;
  /** Without line feeds. */
  readonly lines: readonly string[];
  readonly tail: string;
}

/** A command's access to the streams; prints messages to stderr. */
export class Shell {
  readonly io: Io;
  readonly debugging: boolean;
  /** The program's name, as the user calls it: `kubectl aws-auth-sso` */
  readonly program: string;
  /** Its arguments, as given. */
  readonly words: readonly string[];
  private readonly options: ShellOptions;
  private readonly reported = new Set<string>();
  /** Warnings reported so far. */
  readonly warnings: Finding[] = [];
  private readonly progressLine: ProgressLine | undefined;
  private readonly cost: RunCost;
  /** True while a question occupies the line of the terminal. */
  private isAsking = false;

  constructor(io: Io, options: ShellOptions, program = '', words: readonly string[] = []) {
    this.io = io;
    this.program = program;
    this.words = words;
    this.options = options;
    this.debugging = options.debug ?? false;
    this.cost = new RunCost(io.timing?.now ?? Date.now);
    const isWatched = options.progress || (io.stderr.isTTY && !io.env.CI);
    this.progressLine = isWatched && !options.quiet ? new ProgressLine(io.stderr) : undefined;
  }

  /** Prints findings to stderr, each once; `--quiet` hides the notes. */
  readonly report = (findings: readonly Finding[]): void => {
    for (const finding of findings) {
      if (finding.severity === 'note' && this.options.quiet) continue;
      const plain = renderFinding(finding, false);
      if (this.reported.has(plain)) continue;
      this.reported.add(plain);
      if (finding.severity === 'warning') this.warnings.push(finding);
      this.write(finding, plain);
    }
  };

  /** Prints a line only with `--debug`. */
  debug(text: string): void {
    if (this.debugging) this.write({ severity: 'note', message: text });
  }

  /** Asks the user; undefined without a terminal, and in CI even with one. */
  async ask(question: string, signal: AbortSignal): Promise<string | undefined> {
    const { ask, env } = this.io;
    if (!ask || env.CI) return undefined;
    this.progressLine?.clear();
    this.isAsking = true;
    try {
      return await ask(question, signal);
    } finally {
      this.isAsking = false;
    }
  }

  /** Shows the progress of the run, on a terminal or with `--progress`. */
  progress(progress: Progress): void {
    this.cost.update(progress);
    if (!this.isAsking) this.progressLine?.update(progress);
  }

  /** Clears the progress line before stdout is written. */
  endProgress(): void {
    this.progressLine?.clear();
  }

  /** Reports the cost of a long run. */
  reportCost(): void {
    this.report(this.cost.notes());
  }

  /** True if an output shows colors: `--no-color`, NO_COLOR and FORCE_COLOR override what the terminal supports. */
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

const STYLES: Readonly<Record<Severity, 'red' | 'yellow' | 'blue'>> = {
  error: 'red',
  warning: 'yellow',
  note: 'blue',
};

/** `error: location: message`, with the help indented below. Safe for a terminal, whatever names contain. */
function renderFinding(
  { severity, message, location, help }: Pick<Finding, 'severity' | 'message' | 'location' | 'help'>,
  color: boolean,
): string {
  const label = color
    ? styleText(STYLES[severity], `${severity}:`, { validateStream: false })
    : `${severity}:`;
  const where = location ? `${printable(formatLocation(location))}: ` : '';
  const lines = (help?.split('\n') ?? []).map((line) => `\n  ${printable(line)}`).join('');
  return `${label} ${where}${printable(message)}${lines}\n`;
}
