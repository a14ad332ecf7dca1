import type { Io } from '../../io.ts';
import { type Completion, complete, FILES } from './complete.ts';
import { parseLine, quoteForBash, type TypedLine, unquoted } from './shell-line.ts';

/** What follows a candidate, in the numbers of cobra, which kubectl knows too. */
const NO_SPACE = 2;
const NO_FILES = 4;

/**
 * Answers a completion script: a candidate on each line, the last line a colon and a number. Whatever is wrong, there is nothing to
 * complete: somebody is typing.
 * @param argv the shell; then for bash the line up to the cursor and COMP_WORDBREAKS, for others the words, without quotes but
 *   for the last one, which is at the cursor
 */
export async function answerCompletion([shell, ...rest]: readonly string[], io: Io): Promise<string> {
  try {
    if (shell !== 'bash') return linesOf(await complete(rest.slice(0, -1), unquoted(rest.at(-1) ?? ''), io));
    const [line = '', wordBreaks = ''] = rest;
    const typed = parseLine(line, wordBreaks);
    const completion = typed.redirected ? FILES : await complete(typed.words, typed.current, io);
    return bashLinesOf(completion, typed);
  } catch {
    return `:${NO_FILES}\n`;
  }
}

function linesOf(completion: Completion): string {
  const lines = completion.candidates.map(({ value, description }) => {
    return description === '' ? value : `${value}\t${description}`;
  });
  return answerOf(lines, completion);
}

/** What bash puts in place of the end of the typed word. */
function bashLinesOf(completion: Completion, { quote, kept }: TypedLine): string {
  const lines = completion.candidates.map(({ value }) => quoteForBash(value.slice(kept), quote));
  return answerOf(lines, completion);
}

function answerOf(lines: readonly string[], { files, open }: Completion): string {
  const directive = (open ? NO_SPACE : 0) + (files ? 0 : NO_FILES);
  return [...lines, `:${directive}`].map((line) => `${line}\n`).join('');
}
