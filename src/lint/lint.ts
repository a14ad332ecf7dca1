import type { AwsAuthDocument } from '../configmap/document.ts';
import type { MapKey } from '../entry.ts';
import { lineEnd } from '../yaml/lines.ts';
import { LintContext, type LintOptions } from './context.ts';
import { ignoredAt } from './ignore-comments.ts';
import type { Detection, LintFinding, Rule } from './rule.ts';
import { RULES } from './rules/index.ts';

/** Of one rule no more findings are listed: 10,000 is more than an aws-auth of 1 MiB has entries, and enough to start with. */
export const MOST_OF_A_RULE = 10_000;

/** What is wrong in an aws-auth file, in the order of the file; of each rule the first `MOST_OF_A_RULE`. Never throws. */
export function lint(document: AwsAuthDocument, options: LintOptions = {}): LintFinding[] {
  return lintSubject(new LintContext(document, options), MOST_OF_A_RULE);
}

/** The rules of which there may be more findings than are listed. */
export function truncatedRules(findings: readonly LintFinding[]): string[] {
  const counts = new Map<string, number>();
  for (const { code: rule } of findings) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return [...counts].flatMap(([rule, count]) => (count >= MOST_OF_A_RULE ? [rule] : []));
}

/** Everything that is wrong; of each rule the first `most`. */
export function lintSubject(context: LintContext, most = Number.POSITIVE_INFINITY): LintFinding[] {
  const { document, options } = context;
  const ignored = new Set(options.ignore);
  const isSilenced = silencer(context);
  const findings = RULES.filter(({ name }) => !ignored.has(name)).flatMap((rule) =>
    firstOf(most, rule.detect(context), (detection) => !isSilenced(rule, detection)).map((detection) =>
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

function silencer({ lists, accounts }: LintContext): (rule: Rule, detection: Detection) => boolean {
  const ignored = new Map<MapKey | null, ReturnType<typeof ignoredAt>>();
  for (const { key, text, loaded } of lists) ignored.set(key, ignoredAt(text, loaded.list));
  if (accounts?.root?.kind === 'sequence')
    ignored.set('mapAccounts', ignoredAt(accounts.source.text, accounts.root));
  return ({ name }, { range: { map, index } }) =>
    index !== null && (ignored.get(map)?.(name, index) ?? false);
}

function findingOf(document: AwsAuthDocument, rule: Rule, detection: Detection): LintFinding {
  const { what, severity, consequence, help, fix } = detection;
  const { start, end } = inFile(document, detection);
  const { line: endLine, column: endColumn } = document.locationOf(end);
  return {
    code: rule.name,
    severity: severity ?? rule.severity,
    message: `${what}: ${consequence ?? rule.consequence}`,
    help: help ?? rule.help,
    location: { ...document.locationOf(start), endLine, endColumn },
    fixKind: fix ? rule.fix : 'none',
    start,
    end,
    fix: fix ?? null,
  };
}

/** Offsets in the file, both on one line. */
function inFile(document: AwsAuthDocument, { range }: Detection): { start: number; end: number } {
  const { source } = document;
  const offsets = range.map === null ? undefined : document[range.map]?.offsets;
  const start = Math.min(offsets ? offsets.startOf(range.start) : range.start, source.length);
  const last = offsets && range.end > range.start ? offsets.endOf(range.end) : offsets ? start : range.end;
  return { start, end: lineEnd(source, start, Math.min(last, source.length)) };
}
