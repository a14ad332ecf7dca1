import type { CommanderError } from 'commander';
import { type Failure, refusal } from '../errors.ts';
import { isCommand } from './command-table.ts';
import { HINTS } from './hints.ts';

/** Commander's message, with its suggestion on a second line. */
const MESSAGE = /^(?:error: )?(.*?)(?:\n\((Did you mean .*)\))?$/s;

/** Commander's error with a next step: a hint, a similar word, or where to find help. */
export function usageError(error: CommanderError, program: string, words: readonly string[]): Failure {
  const [, message = '', didYouMean] = MESSAGE.exec(error.message) ?? [];
  const command = words.find(isCommand);
  const help = hintFor(message, program, command, words) ?? didYouMean ?? seeHelp(program, command, words);
  return refusal({ message, help }, error);
}

function hintFor(
  message: string,
  program: string,
  command: string | undefined,
  words: readonly string[],
): string | undefined {
  const [, word = ''] = /^unknown (?:option|command) '(.*)'$/s.exec(message) ?? [];
  const name = nameOf(word);
  const hint = HINTS.find(
    ({ typed, on, beside }) =>
      (typed instanceof RegExp ? typed.test(message) : typed.includes(name)) &&
      (on?.includes(command ?? '') ?? true) &&
      (beside?.some((option) => words.includes(option)) ?? true),
  );
  return hint?.help.replaceAll('PROGRAM', program).replaceAll('COMMAND', command ?? 'COMMAND');
}

/** `--dry-run` for `--dry-run=client`, `-n` for `-nkube-system`, `lint` for `Lint` */
function nameOf(word: string): string {
  if (!word.startsWith('-')) return word.toLowerCase();
  return word.startsWith('--') ? word.replace(/=.*/s, '') : word.slice(0, 2);
}

function seeHelp(program: string, command: string | undefined, words: readonly string[]): string {
  const where = `\`${command === undefined ? program : `${program} ${command}`} --help\`.`;
  return command === undefined || words[0] === command
    ? `See ${where}`
    : `Options follow the command: see ${where}`;
}
