import { styleText } from 'node:util';
import type { DiffLine } from '../../configmap/diff.ts';
import { printable } from '../../text.ts';
import type { Shell } from '../shell.ts';

const STYLES = {
  file: 'bold',
  hunk: 'cyan',
  removed: 'red',
  added: 'green',
  context: null,
  'no-newline': null,
} as const;

/** A unified diff for stdout: a pipe gets the bytes unchanged; a terminal gets no control characters from the file. */
export function renderDiff(lines: readonly DiffLine[], shell: Shell): string {
  const { stdout } = shell.io;
  const isColored = shell.colorOn(stdout);
  return lines
    .map(({ kind, text }) => {
      const shown = stdout.isTTY ? printable(text) : text;
      const style = isColored ? STYLES[kind] : null;
      return `${style ? styleText(style, shown, { validateStream: false }) : shown}\n`;
    })
    .join('');
}

/** What the two sides of a diff are called, as Git does. */
export function diffNames(file: string): readonly [from: string, to: string] {
  const name = file === '-' ? 'aws-auth.yaml' : printable(file);
  return [`a/${name}`, `b/${name}`];
}
