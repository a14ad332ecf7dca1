import { listed } from './text.ts';

/** A position in an input file: 1-based line and column. */
export interface Location {
  /** A file, or another source such as `cluster prod`. */
  readonly file: string;
  /** False if `file` is not a file. */
  readonly isFile?: false;
  readonly line?: number;
  readonly column?: number;
  /** After the last character; the same as `line` and `column` if nothing is to be underlined. */
  readonly endLine?: number | undefined;
  readonly endColumn?: number | undefined;
}

/** `file:line:column`; unknown parts are omitted. */
export function formatLocation({ file, line, column }: Location): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

export type Severity = 'error' | 'warning' | 'note';

/** One thing to tell the user: what is wrong, where, and what to do next. */
export interface Finding {
  readonly severity: Severity;
  /** Stable, kebab-case. */
  readonly code: string;
  readonly message: string;
  readonly location?: Location;
  /** The next step: sentences or commands, a line each. */
  readonly help?: string;
}

/** The optional parts of a finding: its location and the next step. */
interface FindingDetails {
  readonly location?: Location | undefined;
  readonly help?: string | undefined;
}

/** @param code stable, kebab-case; as for `warning` and `note` */
export function errorFinding(code: string, message: string, details: FindingDetails = {}): Finding {
  return finding('error', code, message, details);
}

export function warning(code: string, message: string, details: FindingDetails = {}): Finding {
  return finding('warning', code, message, details);
}

/** The finding with its code at the end of the message, to look it up or name it in an option. */
export function withCode(finding: Finding): Finding {
  return { ...finding, message: `${finding.message} [${finding.code}]` };
}

export function note(code: string, message: string, details: FindingDetails = {}): Finding {
  return finding('note', code, message, details);
}

export function finding(
  severity: Severity,
  code: string,
  message: string,
  { location, help }: FindingDetails = {},
): Finding {
  return {
    severity,
    code,
    message,
    ...(location !== undefined && { location }),
    ...(help !== undefined && { help }),
  };
}

/** The items that a finding is about: its location is the first item's; the others carry their line numbers. */
export function locatedList(
  items: readonly { readonly text: string; readonly location: Location }[],
): { readonly list: string; readonly location: Location } | undefined {
  const [first, ...others] = items;
  if (!first) return undefined;
  const rest = others.map(({ text, location: { line } }) =>
    line === undefined ? text : `${text} (line ${line})`,
  );
  return { list: listed([first.text, ...rest]), location: first.location };
}

/** The text of an error; the exit code determines its severity and code. */
export type Problem = Pick<Finding, 'message' | 'location' | 'help'>;

/** Kinds of failure: docs/output.md, "Exit codes and streams". */
const CODES = {
  2: 'refused',
  3: 'unavailable',
  4: 'bug',
  130: 'interrupted',
} as const;

/** Ends the run with an exit code and one or more errors; `cause` is shown with `--debug` only. */
export class Failure extends Error {
  readonly exitCode: keyof typeof CODES;
  readonly findings: readonly Finding[];

  constructor(exitCode: keyof typeof CODES, problems: readonly Problem[], cause?: unknown) {
    // Nobody could act on an error without a message.
    if (problems.length === 0) throw bug('a failure has no message', cause);
    super(problems.map((problem) => problem.message).join('\n'), { cause });
    this.name = 'Failure';
    this.exitCode = exitCode;
    this.findings = problems.map((problem) => ({ severity: 'error', code: CODES[exitCode], ...problem }));
  }

  /** True if AWS contradicted itself: nothing it said can be trusted, so no run continues without the answer. */
  get isContradiction(): boolean {
    // A failure that represents several has one of them as its cause.
    return this.cause instanceof Failure && this.cause.isContradiction;
  }
}

/** Exit 2: invalid usage or input, or an unsafe change refused. */
export function refusal(problem: Problem, cause?: unknown): Failure {
  return new Failure(2, [problem], cause);
}

/** Exit 3: an AWS call or file I/O failed. */
export function unavailable(problem: Problem, cause?: unknown): Failure {
  return new Failure(3, [problem], cause);
}

/** Exit 4: the program found a bug in itself. */
export function bug(message: string, cause?: unknown): Failure {
  return new Failure(
    4,
    [{ message, help: 'Nothing was written. Please report this bug with the output of --debug.' }],
    cause,
  );
}
