import { lineEnd } from '../yaml/lines.ts';
import { ignoredAt } from './ignore-comments.ts';
import type { LintDocument } from './lint-document.ts';
import type { Detection, FixKind, LintFinding, MapKey, Rule } from './rule.ts';
import { RULES } from './rules/index.ts';
import { type LintOptions, LintSubject } from './subject.ts';

/** Of one rule no more findings are listed: 10,000 is more than an aws-auth of 1 MiB has entries, and enough to start with. */
export const MOST_OF_A_RULE = 10_000;

/** What is wrong in an aws-auth file, in the order of the file; of each rule the first `MOST_OF_A_RULE`. Never throws. */
export function lint(document: LintDocument, options: LintOptions = {}): LintFinding[] {
  return lintSubject(new LintSubject(document, options), MOST_OF_A_RULE);
}

/** The rules of which there may be more findings than are listed. */
export function truncatedRules(findings: readonly LintFinding[]): string[] {
  const counts = new Map<string, number>();
  for (const { rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].flatMap(([rule, count]) => (count >= MOST_OF_A_RULE ? [rule] : []));
}

/** Everything that is wrong; of each rule the first `most`. */
export function lintSubject(subject: LintSubject, most = Number.POSITIVE_INFINITY): LintFinding[] {
  const { document, options } = subject;
  const ignored = new Set(options.ignore);
  const isSilenced = silencer(subject);
  const findings = RULES.filter(({ name }) => !ignored.has(name)).flatMap((rule) =>
    firstOf(most, rule.detect(subject), (detection) => !isSilenced(rule, detection)).map((detection) =>
      findingOf(document, rule, detection),
    ),
  );
  return findings.sort((one, other) => one.start - other.start || one.end - other.end);
}

/** The first that are wanted. The rest is not even looked for. */
function firstOf<Item>(most: number, items: Iterable<Item>, isWanted: (item: Item) => boolean): Item[] {
  const first: Item[] = [];
  for (const item of items) {
    if (isWanted(item)) first.push(item);
    if (first.length === most) break;
  }
  return first;
}

function silencer({ lists, accounts }: LintSubject): (rule: Rule, detection: Detection) => boolean {
  const ignored = new Map<MapKey | null, ReturnType<typeof ignoredAt>>();
  for (const { key, text, loaded } of lists) ignored.set(key, ignoredAt(text, loaded.list));
  if (accounts?.root?.kind === 'sequence')
    ignored.set('mapAccounts', ignoredAt(accounts.source.embedded.text, accounts.root));
  return ({ name }, { spot: { map, index } }) => index !== null && (ignored.get(map)?.(name, index) ?? false);
}

function findingOf(document: LintDocument, rule: Rule, detection: Detection): LintFinding {
  const { what, severity, consequence, help, mend } = detection;
  const { start, end } = inFile(document, detection);
  const { line, column } = document.locationOf(start);
  const { line: endLine, column: endColumn } = document.locationOf(end);
  return {
    rule: rule.name,
    severity: severity ?? rule.severity,
    message: `${what}: ${consequence ?? rule.consequence}`,
    help: help ?? rule.help,
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
