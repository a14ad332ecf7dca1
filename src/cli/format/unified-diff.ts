import { normalize } from 'node:path';
import { styleText } from 'node:util';
import type { DiffLine } from '../../aws-auth/diff-lines.ts';
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

/** A unified diff for stdout. A pipe gets the bytes unchanged; a terminal gets no control characters, and no CR. */
export function renderDiff(lines: readonly DiffLine[], shell: Shell): string {
  const { stdout } = shell.io;
  const isColored = shell.colorOn(stdout);
  return lines
    .map(({ kind, text }) => {
      const shown = stdout.isTTY ? printable(text.replace(kind === 'file' ? /\t$/ : /\r$/, '')) : text;
      const style = isColored ? STYLES[kind] : null;
      return `${style ? styleText(style, shown, { validateStream: false }) : shown}\n`;
    })
    .join('');
}

/**
 * Names of the two sides of a diff, in Git's format, so that patch and git apply find the file: a tab follows a name with
 * a space, and a name with unprintable characters is in quotes with C escapes.
 */
export function diffNames(file: string): readonly [from: string, to: string] {
  const name = file === '-' ? 'aws-auth.yaml' : normalize(file).replace(/^\/+/, '');
  const end = name.includes(' ') ? '\t' : '';
  const escaped = escapedName(name);
  const nameOf = (side: string) => (escaped === name ? `${side}/${name}` : `"${side}/${escaped}"`) + end;
  return [nameOf('a'), nameOf('b')];
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
};

function escapedName(name: string): string {
  // `##[` starts a command for the runner of a workflow, so even a printable `#` must be escaped there.
  const isCommand = name.includes('##');
  return [...name]
    .map((character) => {
      const isPlain = printable(character) === character && !(isCommand && character === '#');
      const octal = () => [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
      return ESCAPES[character] ?? (isPlain ? character : octal().join(''));
    })
    .join('');
}
