import { styleText } from 'node:util';
import type { Finding, Location, Severity } from '../errors.ts';
import { printable } from '../text.ts';

const STYLES: Readonly<Record<Severity, 'red' | 'yellow' | 'blue'>> = {
  error: 'red',
  warning: 'yellow',
  note: 'blue',
};

/** `file:line:column`, as far as it is known. */
export function placeText({ file, line, column }: Location): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** `error: place: what` and, indented below it, what to do next, line by line. Safe for a terminal, whatever the names in it hold. */
export function renderFinding(
  { severity, message, location, help }: Pick<Finding, 'severity' | 'message' | 'location' | 'help'>,
  color: boolean,
): string {
  const label = color
    ? styleText(STYLES[severity], `${severity}:`, { validateStream: false })
    : `${severity}:`;
  const place = location ? `${printable(placeText(location))}: ` : '';
  const lines = (help?.split('\n') ?? []).map((line) => `\n  ${printable(line)}`).join('');
  return `${label} ${place}${printable(message)}${lines}\n`;
}
