/** How the program ends: see "Exit codes" in the README. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 130;

/** A position in a file that the user has: 1-based line and column. */
export interface Place {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One thing that is wrong: what, where, and what to do next. */
export interface Problem {
  readonly message: string;
  readonly place?: Place;
  /** The next step: sentences or commands, a line each. */
  readonly next?: string;
}

/** Something worth telling that does not stop the run. `code` is stable and kebab-case. */
export interface Finding {
  readonly severity: 'warning' | 'note';
  readonly code: string;
  readonly message: string;
}

/** Ends the run with an exit code and one or more problems; `cause` is shown with `--debug` only. */
export class Failure extends Error {
  readonly exitCode: ExitCode;
  readonly problems: readonly Problem[];

  constructor(exitCode: ExitCode, problems: readonly Problem[], cause?: unknown) {
    super(problems.map((problem) => problem.message).join('\n'), { cause });
    this.name = 'Failure';
    this.exitCode = exitCode;
    this.problems = problems;
  }
}

/** Exit 2: usage, config or input is wrong, or a promise would be broken. */
export function refusal(problem: Problem, cause?: unknown): Failure {
  return new Failure(2, [problem], cause);
}

/** Exit 3: AWS or the file system did not do what was needed. */
export function unavailable(problem: Problem, cause?: unknown): Failure {
  return new Failure(3, [problem], cause);
}

/** Exit 4: the program caught itself being wrong. */
export function bug(message: string, cause?: unknown): Failure {
  return new Failure(
    4,
    [{ message, next: 'Nothing was written. Please report this with the output of --debug.' }],
    cause,
  );
}
