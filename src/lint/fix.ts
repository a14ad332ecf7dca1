import { bug } from '../errors.ts';
import { applyMends } from './apply-mends.ts';
import { chooseMends } from './choose-mends.ts';
import { nowEffective } from './effective.ts';
import { type FixDecision, fixDecisions } from './fix-decision.ts';
import { lintSubject } from './lint.ts';
import { type LintDocument, readLintDocument } from './lint-document.ts';
import type { LintFinding } from './rule.ts';
import { type LintOptions, LintSubject } from './subject.ts';
import { verifyMends } from './verify-mends.ts';

export interface FixOptions extends LintOptions {
  /** Mend also what lets somebody in who is not in now. */
  readonly access: boolean;
}

export interface FixResult {
  /** The whole file; the same string as before where nothing changes. */
  readonly text: string;
  readonly changed: boolean;
  /** What was mended; their places are those of the text at that time. */
  readonly mended: readonly LintFinding[];
  /** `now effective: …`, one for each entry that lets somebody in now, or under another name. */
  readonly effective: readonly string[];
  /** What was decided about each finding, and about the entries without one. */
  readonly decisions: readonly FixDecision[];
  /** What is still wrong, with the places of the new text. */
  readonly remaining: readonly LintFinding[];
}

/**
 * Mends what can be mended for certain, again and again until nothing is left: behind a key that cannot be read there may be more.
 * @throws Failure (exit 4) where the result is not as planned
 */
export function fix(document: LintDocument, options: FixOptions): FixResult {
  const first = new LintSubject(document, options);
  const mended: LintFinding[] = [];
  let subject = first;
  let firstFindings: readonly LintFinding[] | undefined;
  for (;;) {
    const findings = lintSubject(subject);
    firstFindings ??= findings;
    const chosen = chooseMends(findings, options.access);
    if (chosen.length === 0) {
      const effective = mended.length > 0 ? nowEffective(first, subject) : [];
      return {
        text: subject.document.source,
        changed: mended.length > 0,
        mended,
        effective,
        decisions: fixDecisions(first, firstFindings, mended, findings, options.access),
        remaining: findings,
      };
    }
    const mends = chosen.map(({ mend }) => mend);
    const next = new LintSubject(readLintDocument(applyMends(subject, mends), document.file), options);
    if (next.document.source === subject.document.source) throw bug('a fix changes nothing');
    verifyMends(subject, next, mends, options.access);
    mended.push(...chosen);
    subject = next;
  }
}
