import { diffLines } from '../../src/aws-auth/diff-lines.ts';

/** The lines of a diff as one text, as input for `patch`. */
export function unifiedDiff(...args: Parameters<typeof diffLines>): string {
  return diffLines(...args)
    .map(({ text }) => `${text}\n`)
    .join('');
}
