import stringWidth from 'string-width';
import type { LintFinding } from '../aws-auth/lint/rule.ts';
import { printable } from '../printable.ts';
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
  const [first, last] = [lineStart(source, start), lineEnd(source, start)];
  const from = Math.max(first, start - BEFORE);
  const to = Math.min(last, start + AFTER);
  const before = (from > first ? '…' : '') + printable(source.slice(from, start).replace(/^\uFEFF/, ''));
  const marked = printable(source.slice(start, Math.min(end, to)));
  const after = printable(source.slice(Math.min(end, to), to)) + (to < last ? '…' : '');
  const width = Math.max(1, stringWidth(marked));
  return {
    line: before + marked + after,
    caret: `${' '.repeat(stringWidth(before))}^${'~'.repeat(width - 1)}`,
  };
}
