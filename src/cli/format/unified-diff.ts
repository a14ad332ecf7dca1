import { normalize } from 'node:path';
import { styleText } from 'node:util';
import type { DiffLine } from '../../configmap/hunks.ts';
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

/** A unified diff for stdout: a pipe gets the bytes unchanged; a terminal gets no control characters from the file, and nothing of CRLF. */
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
 * What the two sides of a diff are called, so that patch and git apply find the file: as Git writes it, with a tab behind a name with a
 * space, and in quotes with the escapes of C where the name holds what would not be printed as it is.
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
  // `##[` is a command to the runner of a workflow, whose beginning no character alone tells.
  const isCommand = name.includes('##');
  return [...name]
    .map((character) => {
      const isPlain = printable(character) === character && !(isCommand && character === '#');
      return ESCAPES[character] ?? (isPlain ? character : octal(character));
    })
    .join('');
}

function octal(character: string): string {
  return [...Buffer.from(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
