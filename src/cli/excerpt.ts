import stringWidth from 'string-width';
import type { LintFinding } from '../aws-auth/lint/rule.ts';
import { printable } from '../printable.ts';
import { isBreak } from '../yaml/characters.ts';
import { lineEnd, lineStart } from '../yaml/lines.ts';

/** The line of a finding, and one of the same width below it that points at the place. */
export interface Excerpt {
  readonly line: string;
  readonly caret: string;
}

/** UTF-16 code units shown in front of the place and from it on; of the rest an ellipsis is left. */
const BEFORE = 50;
const AFTER = 70;

/** Shows where a finding is, both lines fit for a terminal; `source` is the text that was linted. */
export function excerptOf(source: string, { start, end }: Pick<LintFinding, 'start' | 'end'>): Excerpt {
  const from = lineStart(source, start, Math.max(0, start - BEFORE));
  const to = lineEnd(source, start, Math.min(source.length, start + AFTER));
  const before =
    (from > 0 && !isBreak(source.charCodeAt(from - 1)) ? '…' : '') +
    printable(source.slice(from, start).replace(/^\uFEFF/, ''));
  const marked = printable(source.slice(start, Math.min(end, to)));
  const after =
    printable(source.slice(Math.min(end, to), to)) +
    (to < source.length && !isBreak(source.charCodeAt(to)) ? '…' : '');
  const width = Math.max(1, stringWidth(marked));
  return {
    line: before + marked + after,
    caret: `${' '.repeat(stringWidth(before))}^${'~'.repeat(width - 1)}`,
  };
}
