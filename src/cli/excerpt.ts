import type { LintFinding } from '../lint/rule.ts';
import { printable } from '../text.ts';
import { isBreak } from '../yaml/characters.ts';
import { lineEnd, lineStart } from '../yaml/lines.ts';
import { widthOf } from './format/width.ts';

/** The line of a finding, and one of the same width below it that points at the place. */
export interface Excerpt {
  readonly line: string;
  readonly caret: string;
}

/** UTF-16 code units shown in front of the place and from it on; of the rest an ellipsis is left. */
const BEFORE = 50;
const AFTER = 70;
/** By which the shown part becomes smaller where it does not fit. */
const SHRINK = 0.9;
const ELLIPSIS = '…';

/**
 * Shows where a finding is, both lines fit for a terminal.
 * @param source the text that was linted
 * @param columns that the lines may take; less of what is around the place is shown until they fit
 */
export function excerptOf(
  source: string,
  finding: Pick<LintFinding, 'start' | 'end'>,
  columns: number = Number.POSITIVE_INFINITY,
): Excerpt {
  let [before, after] = [BEFORE, AFTER];
  for (;;) {
    const excerpt = excerptWithin(source, finding, before, after);
    if (widthOf(excerpt.line) <= columns || before + after <= 1) return excerpt;
    [before, after] = [Math.floor(before * SHRINK), Math.max(1, Math.floor(after * SHRINK))];
  }
}

function excerptWithin(
  source: string,
  { start, end }: Pick<LintFinding, 'start' | 'end'>,
  most: number,
  rest: number,
): Excerpt {
  const from = lineStart(source, start, Math.max(0, start - most));
  const to = lineEnd(source, start, Math.min(source.length, start + rest));
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
