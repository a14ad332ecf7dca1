import { printable } from '../text.ts';
import type { LintFinding } from './rule.ts';
import type { LintSubject } from './subject.ts';

/** What a fix decided about a finding, or about an entry without one, and by which rule. */
export type FixDecision =
  | { readonly outcome: 'kept'; readonly arn: string; readonly line: number | undefined }
  | { readonly outcome: 'fixed' | 'removed'; readonly rule: string; readonly line: number | undefined }
  | {
      readonly outcome: 'left-alone';
      readonly rule: string;
      readonly line: number | undefined;
      readonly reason: 'no-fix' | 'changes-access' | 'ambiguous';
    };

/** `before` with its findings, what was fixed of them and what remains; lines are those of the text at that time. */
export function fixDecisions(
  before: LintSubject,
  findings: readonly LintFinding[],
  fixed: readonly LintFinding[],
  remaining: readonly LintFinding[],
  access: boolean,
): FixDecision[] {
  return [
    ...fixed.map(({ rule, line, mend }): FixDecision => {
      return { outcome: mend?.kind === 'remove' ? 'removed' : 'fixed', rule, line };
    }),
    ...remaining.map(({ rule, line, fix }): FixDecision => {
      const reason = fix === 'none' ? 'no-fix' : fix === 'access' && !access ? 'changes-access' : 'ambiguous';
      return { outcome: 'left-alone', rule, line, reason };
    }),
    ...keptEntries(before, findings),
  ];
}

/** A decision as a clause behind the line that it is about. */
export function describeFixDecision(decision: FixDecision): string {
  const line = decision.line === undefined ? '' : `line ${decision.line}, `;
  switch (decision.outcome) {
    case 'kept':
      return `${line}${printable(decision.arn)}: kept: no problem found`;
    case 'fixed':
    case 'removed':
      return `${line}${decision.rule}: ${decision.outcome}`;
    case 'left-alone':
      return `${line}${decision.rule}: left alone: ${REASONS[decision.reason]}`;
  }
}

const REASONS = {
  'no-fix': 'no fix is certain',
  'changes-access': 'its fix changes access, which --fix-access allows',
  ambiguous: 'several fixes lead to the same ARN',
} as const;

/** The entries that no finding is about: between their start and that of the next one. */
function keptEntries({ lists, document }: LintSubject, findings: readonly LintFinding[]): FixDecision[] {
  return lists.flatMap(({ source: { embedded }, loaded }) => {
    const starts = loaded.entries.map(({ node }) => embedded.offsets.startOf(node.start));
    const end = embedded.node?.end ?? document.source.length;
    const found = findings.map(({ start }) => start);
    return loaded.entries.flatMap(({ arn, sso }, index): FixDecision[] => {
      const [from = 0, to = end] = [starts[index], starts[index + 1]];
      const last = found[lastBelow(found, to)];
      if (last !== undefined && last >= from) return [];
      const { line } = document.locationOf(from);
      return [{ outcome: 'kept', arn: arn || `sso: ${sso?.permissionSetName}`, line }];
    });
  });
}

/** The index of the last of ascending numbers that is below a limit; -1 where there is none. */
function lastBelow(numbers: readonly number[], limit: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? limit) < limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
