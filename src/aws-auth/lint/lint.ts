import { lineEnd } from '../../yaml/lines.ts';
import { ignoredAt } from './ignore-comments.ts';
import type { LintDocument } from './lint-document.ts';
import type { Detection, FixKind, LintFinding, MapKey, Rule } from './rule.ts';
import { RULES } from './rules.ts';
import { type LintOptions, LintSubject } from './subject.ts';

/** Everything that is wrong in an aws-auth file, in the order of the file. Never throws. */
export function lint(document: LintDocument, options: LintOptions = {}): LintFinding[] {
  return lintSubject(new LintSubject(document, options));
}

export function lintSubject(subject: LintSubject): LintFinding[] {
  const { document, options } = subject;
  const ignored = new Set(options.ignore);
  const isSilenced = silencer(subject);
  const findings = RULES.filter(({ name }) => !ignored.has(name)).flatMap((rule) =>
    [...rule.detect(subject)]
      .filter((detection) => !isSilenced(rule, detection))
      .map((detection) => findingOf(document, rule, detection)),
  );
  return findings.sort((one, other) => one.start - other.start || one.end - other.end);
}

function silencer({ lists, accounts }: LintSubject): (rule: Rule, detection: Detection) => boolean {
  const ignored = new Map<MapKey | null, ReturnType<typeof ignoredAt>>();
  for (const { key, text, loaded } of lists) ignored.set(key, ignoredAt(text, loaded.list));
  if (accounts?.root?.kind === 'sequence')
    ignored.set('mapAccounts', ignoredAt(accounts.source.embedded.text, accounts.root));
  return ({ name }, { spot: { map, index } }) => index !== null && (ignored.get(map)?.(name, index) ?? false);
}

function findingOf(document: LintDocument, rule: Rule, detection: Detection): LintFinding {
  const { what, severity, consequence, cure, mend } = detection;
  const { start, end } = inFile(document, detection);
  const { line, column } = document.placeOf(start);
  const { line: endLine, column: endColumn } = document.placeOf(end);
  return {
    rule: rule.name,
    severity: severity ?? rule.severity,
    message: `${what}: ${consequence ?? rule.consequence}`,
    cure: cure ?? rule.cure,
    file: document.file,
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(endLine !== undefined && { endLine }),
    ...(endColumn !== undefined && { endColumn }),
    fix: mend ? rule.fix : ('none' satisfies FixKind),
    start,
    end,
    mend: mend ?? null,
  };
}

/** Offsets in the file, both on one line. */
function inFile({ source, texts }: LintDocument, { spot }: Detection): { start: number; end: number } {
  const offsets = spot.map === null ? undefined : texts[spot.map]?.embedded.offsets;
  const start = Math.min(offsets ? offsets.startOf(spot.start) : spot.start, source.length);
  const last = offsets && spot.end > spot.start ? offsets.endOf(spot.end) : offsets ? start : spot.end;
  return { start, end: lineEnd(source, start, Math.min(last, source.length)) };
}
