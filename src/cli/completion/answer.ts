import type { Io } from '../../io.ts';
import { type Completion, complete, FILES } from './complete.ts';

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

/** What a shell has of a command line: the words before the cursor's, and that word as far as it is typed. */
interface TypedLine {
  /** Without the program's name, and without quotes. */
  readonly words: readonly string[];
  readonly current: string;
  /** The quote that is open at the cursor. */
  readonly quote: Quote;
  /** How many characters of `current` bash keeps, in front of what it replaces. */
  readonly kept: number;
  /** Whether the word is the file of a redirection. */
  readonly redirected: boolean;
}

type Quote = '' | '"' | "'";

/**
 * Takes a line of bash apart, up to the cursor. bash replaces what follows an open quote or, without one, the last of its word
 * breaks (COMP_WORDBREAKS), among which are `=` and `:`. Variables stay as they are written.
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
      // `2>` is the file descriptor that is redirected.
      if (/^\d+$/.test(word.text)) word.clear();
      endWord();
      redirected = true;
    } else word.take(token);
  }
  const { text: current, quote, kept } = word;
  return { words: words.slice(1), current, quote, kept, redirected };
}

/** A word as it is typed. */
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

  /** @param token a character, or a backslash and what follows it */
  take(token: string): void {
    this.isThere = true;
    if (this.quote === '') this.takeUnquoted(token);
    else if (token === this.quote) this.quote = '';
    // Inside quotes, a backslash is one but before a few characters.
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

/** A word without its quotes, as far as it is typed. */
function unquoted(word: string): string {
  return parseLine(`_ ${word}`, '').current;
}

/** A text as bash takes it for itself, where a quote is open or not; without control characters. */
export function quoteForBash(text: string, quote: Quote): string {
  if (quote === "'") return text.replaceAll("'", String.raw`'\''`);
  // History expansion finds a `!` even within double quotes, and a backslash before it would stay.
  if (quote === '"') return text.replace(/[$`"\\]/g, String.raw`\$&`).replaceAll('!', String.raw`"\!"`);
  return text.replace(/[^\p{L}\p{N}_@%+=:,./-]/gu, String.raw`\$&`);
}
