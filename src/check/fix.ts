import { AwsAuth } from '../aws-auth/aws-auth.ts';
import { type AwsAuthDocument, readWithProblems } from '../aws-auth/document.ts';
import { bug } from '../errors.ts';
import { countBy } from '../group-by.ts';
import { callerKey } from '../same-arn.ts';
import { printable } from '../text.ts';
import { applyEdits, composeEdits, type Edit } from '../yaml/edit.ts';
import { findInCluster, findInFile } from './check.ts';
import { CheckContext, type RuleOptions } from './context.ts';
import type { CheckFinding, Fix } from './rule.ts';
import { editsOf, nowEffective, verifyFixes } from './verify-fix.ts';

/** A finding that can be fixed. */
type FixableFinding = CheckFinding & { readonly fix: Fix };

/** A finding that was fixed. */
interface FixedFinding extends FixableFinding {
  /** The mistake and its replacement: `… → …` */
  readonly change: string;
}

export interface FixResult {
  /** The whole file; unchanged if nothing was fixed. */
  readonly text: string;
  readonly changed: boolean;
  /** The changes in the file, in file order. */
  readonly edits: readonly Edit[];
  /** Fixed findings; their places refer to the text they were found in. */
  readonly fixed: readonly FixedFinding[];
  /** `now effective: …`, one per entry that now grants access, or grants it under another name. */
  readonly effective: readonly string[];
  /** Remaining findings, with places in the new text; includes the cluster's access entries, which are never fixed. */
  readonly remaining: readonly CheckFinding[];
}

/**
 * Applies all certain fixes, repeatedly: once a key parses, it may show more mistakes. With `access`, also applies fixes
 * that grant access to someone who has none now.
 * @throws Failure (exit 4) if the result is not as planned
 */
export function fix(
  document: AwsAuthDocument,
  options: RuleOptions & { readonly access: boolean },
): FixResult {
  const first = new CheckContext(new AwsAuth(document), options);
  const fixed: FixedFinding[] = [];
  let [context, text, edits]: [CheckContext, string, readonly Edit[]] = [first, document.source, []];
  for (;;) {
    const inFile = findInFile(context);
    const chosen = chooseFixes(inFile, options.access);
    if (chosen.length === 0) {
      const remaining = [...inFile, ...findInCluster(context)];
      const effective = fixed.length > 0 ? nowEffective(first, context) : [];
      return { text, changed: fixed.length > 0, edits, fixed, effective, remaining };
    }
    const fixes = chosen.map(({ fix }) => fix);
    const more = editsOf(context, fixes);
    const next = applyEdits(text, more);
    if (next === undefined) throw bug('the edits of the file overlap');
    if (next === text) throw bug('a fix changes nothing');
    const after = new CheckContext(new AwsAuth(readWithProblems(next, document.file)), options);
    verifyFixes(context, after, fixes, options.access);
    fixed.push(...chosen.map((finding) => ({ ...finding, change: changeOf(finding) })));
    edits = composeEdits(document.source.length, edits, more);
    [context, text] = [after, next];
  }
}

function changeOf({ what, fix }: FixableFinding): string {
  if (fix.kind === 'remove') {
    const count = fix.others?.length ?? 0;
    return `${what} → removed${count > 0 ? ` with ${count} ${count === 1 ? 'duplicate' : 'duplicates'}` : ''}`;
  }
  return `${what} → ${printable((fix.kind === 'edit' && fix.effect.arn) || fix.edit.replacement)}`;
}

/**
 * The fixes for one pass: no two change the same place or lead to the same ARN. Removals come last, to keep line
 * numbers stable as long as possible.
 */
function chooseFixes(findings: readonly CheckFinding[], access: boolean): FixableFinding[] {
  const allowed = findings.filter(
    (finding): finding is FixableFinding => finding.fix !== null && (finding.fixKind === 'safe' || access),
  );
  const changes = withoutRivals(allowed.filter(({ fix }) => fix.kind !== 'remove'));
  return changes.length > 0 ? changes : allowed.filter(({ fix }) => fix.kind === 'remove');
}

/** Keeps the first of two fixes for one place. Drops both if they lead to the same ARN: either may be the right one. */
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
