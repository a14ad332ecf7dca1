import type { LintFinding } from '../aws-auth/lint/rule.ts';
import { printable } from '../printable.ts';
import { isBreak } from '../yaml/characters.ts';
import { lineEnd, lineStart } from '../yaml/lines.ts';
import { widthOf } from './width.ts';

/** The line of a finding, and one of the same width below it that points at the place. */
export interface Excerpt {
  readonly line: string;
  readonly caret: string;
}

/** UTF-16 code units shown in front of the place and from it on; of the rest an ellipsis is left. */
const BEFORE = 50;
const AFTER = 70;
const ELLIPSIS = '…';

/** Shows where a finding is, both lines fit for a terminal; `source` is the text that was linted. */
export function excerptOf(source: string, { start, end }: Pick<LintFinding, 'start' | 'end'>): Excerpt {
  const from = lineStart(source, start, Math.max(0, start - BEFORE));
  const to = lineEnd(source, start, Math.min(source.length, start + AFTER));
  const [isCut, isOpen] = [
    from > 0 && !isBreakAt(source, from - 1),
    to < source.length && !isBreakAt(source, to),
  ];
  const before = printable(source.slice(from, start).replace(/^\uFEFF/, ''));
  const marked = printable(source.slice(start, Math.min(end, to)));
  const after = printable(source.slice(Math.min(end, to), to));
  const column = widthOf(before) + (isCut ? ELLIPSIS.length : 0);
  return {
    line: `${isCut ? ELLIPSIS : ''}${before}${marked}${after}${isOpen ? ELLIPSIS : ''}`,
    caret: `${' '.repeat(column)}^${'~'.repeat(Math.max(1, widthOf(marked)) - 1)}`,
  };
}

function isBreakAt(source: string, offset: number): boolean {
  return isBreak(source.charCodeAt(offset));
}
