import { styleText } from 'node:util';
import type { Finding, Place, Problem } from '../errors.ts';
import { printable } from '../printable.ts';

export type Severity = 'error' | Finding['severity'];

const STYLES = { error: 'red', warning: 'yellow', note: 'blue' } as const;

/** `file:line:column`, as far as it is known. */
export function placeText({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** `error: place: what` and, indented below it, what to do next, line by line. Safe for a terminal, whatever the names in it hold. */
export function renderMessage(severity: Severity, problem: Problem, color: boolean): string {
  const label = color
    ? styleText(STYLES[severity], `${severity}:`, { validateStream: false })
    : `${severity}:`;
  const place = problem.place ? `${printable(placeText(problem.place))}: ` : '';
  const next = (problem.next?.split('\n') ?? []).map((line) => `\n  ${printable(line)}`).join('');
  return `${label} ${place}${printable(problem.message)}${next}\n`;
}
