import type { Io } from '../../io.ts';
import { type Completion, complete, FILES } from './complete.ts';

/** Directives of cobra, which kubectl understands too. */
const NO_SPACE = 2;
const NO_FILES = 4;

/**
 * Answers a completion script: a candidate per line, then a colon and a number. Errors yield no candidates, since the
 * user is typing.
 * @param argv the shell; then, for bash, the line up to the cursor and COMP_WORDBREAKS; for other shells, the words,
 *   without quotes except in the last one, which is at the cursor
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

/** Replacements for the end of the typed word in bash. */
function bashLinesOf(completion: Completion, { quote, kept }: TypedLine): string {
  const lines = completion.candidates.map(({ value }) => quoteForBash(value.slice(kept), quote));
  return answerOf(lines, completion);
}

function answerOf(lines: readonly string[], { files, open }: Completion): string {
  const directive = (open ? NO_SPACE : 0) + (files ? 0 : NO_FILES);
  return [...lines, `:${directive}`].map((line) => `${line}\n`).join('');
}

/** A partly typed command line: the words before the cursor, and the word at the cursor. */
interface TypedLine {
  /** Without the program's name, and without quotes. */
  readonly words: readonly string[];
  readonly current: string;
  /** The quote that is open at the cursor. */
  readonly quote: Quote;
  /** The number of characters of `current` that bash keeps in front of the replacement. */
  readonly kept: number;
  /** True if the word is the file of a redirection. */
  readonly redirected: boolean;
}

type Quote = '' | '"' | "'";

/**
 * Parses a bash line up to the cursor. bash replaces the text after an open quote or, without one, after the last word
 * break (COMP_WORDBREAKS), such as `=` and `:`. Variables aren't expanded.
 */
export function parseLine(line: string, wordBreaks: string): TypedLine {
  const words: string[] = [];
  const word = new Word(wordBreaks);
  let redirected = false;
  const endWord = () => {
    if (!word.isThere) return;
    if (!redirected) words.push(word.text);
    redirected = false;
    word.clear();
  };
  for (const [token] of line.matchAll(/\\?./gsu)) {
    if (word.quote === '' && /^[ \t\n]$/.test(token)) endWord();
    else if (word.quote === '' && /^[<>]$/.test(token)) {
      // In `2>`, the number is a file descriptor.
      if (/^\d+$/.test(word.text)) word.clear();
      endWord();
      redirected = true;
    } else word.take(token);
  }
  const { text: current, quote, kept } = word;
  return { words: words.slice(1), current, quote, kept, redirected };
}

/** A word that is being typed. */
class Word {
  text = '';
  quote: Quote = '';
  kept = 0;
  isThere = false;
  private readonly wordBreaks: string;

  constructor(wordBreaks: string) {
    this.wordBreaks = wordBreaks;
  }

  clear(): void {
    Object.assign(this, { text: '', kept: 0, isThere: false });
  }

  /** @param token a character, or a backslash and the character after it */
  take(token: string): void {
    this.isThere = true;
    if (this.quote === '') this.takeUnquoted(token);
    else if (token === this.quote) this.quote = '';
    // Inside quotes, a backslash is literal except before a few characters.
    else if (this.quote === '"' && /^\\[$`"\\]$/.test(token)) this.text += token.slice(1);
    else if (this.quote === "'" && token === "\\'") {
      this.text += '\\';
      this.quote = '';
    } else this.text += token;
  }

  private takeUnquoted(token: string): void {
    if (token === '"' || token === "'") this.quote = token;
    else this.text += token.startsWith('\\') ? token.slice(1) : token;
    if (this.quote !== '' || this.wordBreaks.includes(token)) this.kept = this.text.length;
  }
}

/** A partly typed word without its quotes. */
function unquoted(word: string): string {
  return parseLine(`_ ${word}`, '').current;
}

/** Escapes text for bash, after an open quote or without one. The text has no control characters. */
export function quoteForBash(text: string, quote: Quote): string {
  if (quote === "'") return text.replaceAll("'", String.raw`'\''`);
  // History expansion applies even within double quotes, where a backslash before `!` would stay.
  if (quote === '"') return text.replace(/[$`"\\]/g, String.raw`\$&`).replaceAll('!', String.raw`"\!"`);
  return text.replace(/[^\p{L}\p{N}_@%+=:,./-]/gu, String.raw`\$&`);
}
