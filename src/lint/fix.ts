import { AwsAuth } from '../cluster/aws-auth.ts';
import { type AwsAuthDocument, readWithProblems } from '../configmap/document.ts';
import { bug } from '../errors.ts';
import { countBy } from '../group-by.ts';
import { callerKey } from '../same-arn.ts';
import { printable } from '../text.ts';
import { applyEdits, composeEdits, type Edit } from '../yaml/edit.ts';
import { lastNotAbove } from '../yaml/lines.ts';
import { LintContext, type LintOptions } from './context.ts';
import { findInCluster, findInFile } from './lint.ts';
import type { Fix, LintFinding } from './rule.ts';
import { editsOf, nowEffective, verifyFixes } from './verify-fix.ts';

interface FixOptions extends LintOptions {
  /** Also fix what lets somebody in who is not in now. */
  readonly access: boolean;
}

/** A finding that can be fixed. */
type FixableFinding = LintFinding & { readonly fix: Fix };

/** One that was. */
interface FixedFinding extends FixableFinding {
  /** What was wrong, and what takes its place: `… → …` */
  readonly change: string;
}

export interface FixResult {
  /** The whole file; the same string as before where nothing changes. */
  readonly text: string;
  readonly changed: boolean;
  /** What has changed in the file, in its order. */
  readonly edits: readonly Edit[];
  /** What was fixed; their places are those of the text at that time. */
  readonly fixed: readonly FixedFinding[];
  /** `now effective: …`, one for each entry that lets somebody in now, or under another name. */
  readonly effective: readonly string[];
  /** What was decided about each finding, and about the entries without one. */
  readonly decisions: readonly FixDecision[];
  /** What is still wrong, with the places of the new text; in the access entries of the cluster, too, of which none is fixed. */
  readonly remaining: readonly LintFinding[];
}

/**
 * Fixes what can be fixed for certain, again and again until nothing is left: after a key that cannot be parsed there may be more.
 * @throws Failure (exit 4) where the result is not as planned
 */
export function fix(document: AwsAuthDocument, options: FixOptions): FixResult {
  const first = new LintContext(new AwsAuth(document), options);
  const fixed: FixedFinding[] = [];
  let [context, text, edits]: [LintContext, string, readonly Edit[]] = [first, document.source, []];
  let firstFindings: readonly LintFinding[] | undefined;
  for (;;) {
    const inFile = findInFile(context);
    firstFindings ??= inFile;
    const chosen = chooseFixes(inFile, options.access);
    if (chosen.length === 0) {
      const decisions = fixDecisions(first, firstFindings, fixed, inFile, options.access);
      const remaining = [...inFile, ...findInCluster(context)];
      const effective = fixed.length > 0 ? nowEffective(first, context) : [];
      return { text, changed: fixed.length > 0, edits, fixed, effective, decisions, remaining };
    }
    const fixes = chosen.map(({ fix }) => fix);
    const more = editsOf(context, fixes);
    const next = applyEdits(text, more);
    if (next === undefined) throw bug('the edits of the file overlap');
    if (next === text) throw bug('a fix changes nothing');
    const after = new LintContext(new AwsAuth(readWithProblems(next, document.file)), options);
    verifyFixes(context, after, fixes, options.access);
    fixed.push(...chosen.map((finding) => ({ ...finding, change: changeOf(finding) })));
    edits = composeEdits(document.source.length, edits, more);
    [context, text] = [after, next];
  }
}

function changeOf({ what, fix }: FixableFinding): string {
  if (fix.kind === 'remove') return `${what} → removed`;
  return `${what} → ${printable((fix.kind === 'edit' && fix.effect.arn) || fix.edit.replacement)}`;
}

/**
 * Those that can be fixed at once: no two of them change the same place or lead to the same ARN. Entries are removed once nothing
 * else is left, so that lines keep their numbers as long as they can.
 */
function chooseFixes(findings: readonly LintFinding[], access: boolean): FixableFinding[] {
  const allowed = findings.filter(
    (finding): finding is FixableFinding => finding.fix !== null && (finding.fixKind === 'safe' || access),
  );
  const changes = withoutRivals(allowed.filter(({ fix }) => fix.kind !== 'remove'));
  return changes.length > 0 ? changes : allowed.filter(({ fix }) => fix.kind === 'remove');
}

/** Of two for one place the first stays; of two that lead to one ARN none, since nobody can tell which was meant. */
function withoutRivals(findings: readonly FixableFinding[]): FixableFinding[] {
  const places = new Set<string>();
  const chosen = findings.filter(({ fix }) => {
    const place = `${fix.kind} ${fix.map} ${fix.kind === 'edit' ? fix.edit.start : ''}`;
    return !places.has(place) && places.add(place);
  });
  const counts = countBy(chosen.map(arnOf));
  return chosen.filter((one) => arnOf(one) === undefined || counts.get(arnOf(one)) === 1);
}

function arnOf({ fix }: FixableFinding): string | undefined {
  if (fix.kind !== 'edit' || fix.effect.arn === undefined) return undefined;
  return callerKey(fix.effect.arn);
}

/** What a fix decided about a finding, or about an entry without one, and by which rule. */
type FixDecision =
  | { readonly outcome: 'kept'; readonly arn: string; readonly line: number | undefined }
  | { readonly outcome: 'fixed' | 'removed'; readonly rule: string; readonly line: number | undefined }
  | {
      readonly outcome: 'left-alone';
      readonly rule: string;
      readonly line: number | undefined;
      readonly reason: 'no-fix' | 'changes-access' | 'ambiguous';
    };

/** `before` with its findings, what was fixed of them and what remains; lines are those of the text at that time. */
function fixDecisions(
  before: LintContext,
  findings: readonly LintFinding[],
  fixed: readonly FixableFinding[],
  remaining: readonly LintFinding[],
  access: boolean,
): FixDecision[] {
  return [
    ...fixed.map(({ code: rule, location: { line }, fix }): FixDecision => {
      return { outcome: fix.kind === 'remove' ? 'removed' : 'fixed', rule, line };
    }),
    ...remaining.map(({ code: rule, location: { line }, fixKind }): FixDecision => {
      const reason =
        fixKind === 'none' ? 'no-fix' : fixKind === 'access' && !access ? 'changes-access' : 'ambiguous';
      return { outcome: 'left-alone', rule, line, reason };
    }),
    ...keptEntries(before, findings),
  ];
}

/** A decision as a clause after the line that it is about. */
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
function keptEntries({ lists, awsAuth }: LintContext, findings: readonly LintFinding[]): FixDecision[] {
  const found = findings.map(({ start }) => start);
  return lists.flatMap(({ source, loaded: { entries } }) => {
    const starts = entries.map(({ node }) => source.offsets.startOf(node.contentStart));
    return entries.flatMap((entry, index): FixDecision[] => {
      const [from = 0, to = source.node?.contentEnd ?? source.text.length] = [
        starts[index],
        starts[index + 1],
      ];
      const last = found[lastNotAbove(found, to - 1)];
      if (last !== undefined && last >= from && last < to) return [];
      const { line } = awsAuth?.locationOf(entry) ?? {};
      return [{ outcome: 'kept', arn: entry.arn || `sso: ${entry.sso?.permissionSetName}`, line }];
    });
  });
}
