import { isDeepStrictEqual } from 'node:util';
import { type DiffLine, diffLines } from '../../aws-auth/diff-lines.ts';
import { describeGrant, type LoadedEntry } from '../../aws-auth/loaded.ts';
import { decided, type MapChange } from '../../change/change.ts';
import { countOf, type MergeCounts, ruleOf } from '../../change/describe-change.ts';
import type { StrictDifference } from '../../change/strict-map.ts';
import { type Finding, type Location, note } from '../../errors.ts';
import { quoted } from '../../text.ts';
import { annotation, annotationsOf, codePart, markdownCode, tablePart } from '../format/github.ts';
import { renderJson } from '../format/json.ts';
import { diffNames, renderDiff } from '../format/unified-diff.ts';
import type { Outcome, Shell, StepSummary } from '../shell.ts';
import type { ComparedBindings } from './diff-bindings.ts';
import type { MergeCommandOptions, MergeRun } from './merge.ts';

/** Counts that only `--strict` reports. */
interface StrictCounts {
  readonly unlisted?: number;
  readonly altered?: number;
}

export type DiffFormat = 'diff' | 'json' | 'github';

export interface DiffOptions extends MergeCommandOptions {
  readonly output: DiffFormat;
  readonly cluster?: string;
}

/** A merge, compared with the file, and the differences that only `--strict` reports. */
export interface FileComparison extends MergeRun {
  /** Empty without `--strict`. */
  readonly strict: readonly StrictDifference[];
  readonly isStrict: boolean;
  readonly isDifferent: boolean;
  readonly counts: MergeCounts & StrictCounts;
  /** The counts in words, also those of bindings. */
  readonly countsText: string;
  /** Null if they weren't compared. */
  readonly bindings: ComparedBindings | null;
}

/** A note on the entries that nothing names, and the differences that `--strict` reports. */
export function unlistedNote(found: readonly { readonly kind: string }[], location: Location): Finding[] {
  const count = found.filter(({ kind }) => kind === 'unlisted').length;
  if (count === 0) return [];
  const entries = count === 1 ? '1 entry matches' : `${count} entries match`;
  const message = `${entries} no mapping, node role or otherEntries item`;
  const others = found.length - count;
  const more = others === 0 ? '' : ` and ${others} other ${others === 1 ? 'difference' : 'differences'}`;
  const help = `--strict reports ${count === 1 ? 'it' : 'them'}${more}.`;
  return [note('unlisted-entries', message, { location, help })];
}

/** @param findings the differences that only `--strict` reports */
export function renderComparison(
  compared: FileComparison,
  file: string,
  findings: readonly Finding[],
  format: DiffFormat,
  shell: Shell,
): Pick<Outcome, 'stdout' | 'step'> {
  if (format === 'json') return { stdout: renderDiffJson(compared) };
  const { before, edits } = compared;
  const lines = diffLines(before.document.source, edits, ...diffNames(file));
  if (format === 'diff') return { stdout: renderDiff(lines, shell) };
  const stdout = annotateChanges(compared) + annotationsOf(findings);
  return { stdout, step: diffStep(compared, lines, findings) };
}

/** The changes of a merge, entry by entry. */
function renderDiffJson(run: FileComparison): string {
  const rows = rowsOf(run);
  const of = (...wanted: (keyof MergeCounts)[]) =>
    wanted.flatMap((count) => rows.filter(({ change }) => countOf(change) === count).map(({ row }) => row));
  const strictOf = (kind: StrictDifference['kind']) =>
    run.strict.filter((one) => one.kind === kind).map(strictRow);
  return renderJson({
    changed: run.isDifferent,
    asOf: run.context.roles.readTimeIn().at,
    added: of('added'),
    rotated: of('rotated'),
    updated: of('updated'),
    removed: of('removed'),
    unmapped: run.isStrict ? strictOf('unmapped') : of('unmapped', 'shadowed'),
    unlisted: strictOf('unlisted'),
    altered: strictOf('altered'),
    unchanged: run.counts.unchanged,
    bindings: run.bindings?.json ?? null,
  });
}

const ARN_FIELDS = { mapRoles: 'rolearn', mapUsers: 'userarn', mapAccounts: 'account' } as const;

/** A difference that only `--strict` reports; an altered entry comes with its expected values. */
function strictRow(difference: StrictDifference) {
  const { map, entry, account, reason } = difference;
  const { line = null } = difference.location;
  const { username = null, groups = [] } = entry ? valuesOf(entry) : {};
  const values = { arn: entry?.arn ?? null, username, groups, line, reason };
  const row = { map, [ARN_FIELDS[map]]: entry?.arn ?? account, ...values };
  if (difference.kind !== 'altered') return row;
  const { arn, username: wanted, groups: wantedGroups } = difference.expected;
  return { ...row, expected: { arn, username: wanted, groups: wantedGroups } };
}

/** The values of an entry. */
interface Values {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

function valuesOf({ arn: rolearn, username, groups }: LoadedEntry) {
  return { rolearn, username, groups: groups ?? [] };
}

/** An entry after the merge, with its line in the file (in the result, if added), and its old values if they differ. */
interface Row extends Values {
  readonly line: number | undefined;
  readonly before?: Omit<Values, 'rolearn'> & {
    readonly rolearn?: string;
    readonly map?: 'mapUsers';
    readonly userarn?: string;
  };
  readonly reason?: string;
}

function rowsOf(run: MergeRun): { readonly change: MapChange; readonly row: Row }[] {
  const addedLines = linesOfAdditions(run);
  return run.changes.map((change) => ({ change, row: rowOf(change, run, addedLines) }));
}

function rowOf(change: MapChange, run: MergeRun, addedLines: Iterator<number | undefined>): Row {
  if (change.outcome === 'added') {
    const { rolearn, username, groups } = change.wanted;
    const added = { rolearn, username, groups, line: addedLines.next().value };
    const { overrides } = change;
    if (!overrides) return added;
    const { rolearn: userarn, ...values } = valuesOf(overrides);
    return { ...added, before: { map: 'mapUsers', userarn, ...values } };
  }
  const { line } = locationIn(run, change.entry);
  if ('reason' in change) return { ...valuesOf(change.entry), line, reason: change.reason };
  const { entry, arn, username, groups } = change;
  const before = valuesOf(entry);
  const after = {
    rolearn: arn ?? before.rolearn,
    username: username ?? before.username,
    groups: groups ?? before.groups,
  };
  return { ...after, line, before };
}

/** Added entries come last in the list, in the order of their changes. */
function linesOfAdditions({ after, changes }: MergeRun): Iterator<number | undefined> {
  const count = decided(changes, 'added').length;
  const entries = count === 0 ? [] : after.mapRoles.entries.slice(-count);
  return entries.map((entry) => after.locationOf(entry).line).values();
}

/** First and last line of an entry in the file. */
function locationIn(
  { before }: MergeRun,
  { node }: LoadedEntry,
  map: 'mapRoles' | 'mapUsers' = 'mapRoles',
): Location {
  const { [map]: list, file } = before.document;
  const line = list?.locationOf(node.contentStart).line;
  const endLine = list?.locationOf(node.end - 1).line;
  return line === undefined ? { file } : { file, line, endLine };
}

/** An annotation for each entry that changes, and a notice for each unmapped one. */
function annotateChanges(run: FileComparison): string {
  const last = run.before.mapRoles.entries.at(-1);
  // An entry to add has no line yet: it is shown at the entry before it.
  const end = last ? locationIn(run, last) : { file: run.before.document.file };
  return shownRows(run)
    .map(({ change, row }) => {
      const severity = change.outcome === 'unmapped' ? 'note' : 'warning';
      const location = placeOf(change, run) ?? end;
      return annotation(severity, location, countOf(change), messageOf(change, row, run));
    })
    .join('');
}

/** Rows of entries that differ or are unmapped. With `--strict`, unmapped ones are reported as separate differences. */
function shownRows(run: FileComparison) {
  return rowsOf(run).filter(
    ({ change }) => countOf(change) !== 'unchanged' && !(run.isStrict && change.outcome === 'unmapped'),
  );
}

/** Location of a change's entry in the file; for an addition, of the entry that it overrides, or null. */
function placeOf(change: MapChange, run: MergeRun): Location | null {
  if (change.outcome !== 'added') return locationIn(run, change.entry);
  return change.overrides && locationIn(run, change.overrides, 'mapUsers');
}

function messageOf(change: MapChange, { before, ...after }: Row, { context }: MergeRun): string {
  const isAdded = change.outcome === 'added';
  const reason = `${isAdded ? after.rolearn : change.entry.arn}: ${ruleOf(change, context.roles)}`;
  if (before?.map !== undefined)
    return `${after.rolearn}: mapRoles overrides this mapUsers entry (${describeGrant(before)}). Add to mapRoles: ${describeGrant(after)}`;
  if (isAdded) return `${reason}. Add: ${describeGrant(after)}`;
  if (!before) return reason;
  const changes = [
    ...(before.rolearn === after.rolearn ? [] : [after.rolearn]),
    ...(before.username === after.username ? [] : [`username ${quoted(after.username)}`]),
    ...(isDeepStrictEqual(before.groups, after.groups)
      ? []
      : [`groups [${after.groups.map(quoted).join(', ')}]`]),
  ];
  return `${reason}. Change to ${changes.join(', ')}`;
}

function groupsOf({ groups }: Pick<Values, 'groups'>): string {
  return groups.map(quoted).join(', ');
}

/** Markdown title of the summary of a workflow's step. */
export function diffTitle(file: string): string {
  return `### aws-auth-sso diff: ${markdownCode(file)}\n\n`;
}

/** The summary of a workflow's step: how many entries change, which, and the diff. */
function diffStep(
  run: FileComparison,
  lines: readonly DiffLine[],
  findings: readonly Finding[],
): StepSummary {
  const rows = shownRows(run);
  const table = tablePart(
    ['Change', 'Line', 'Role', 'Username', 'Groups'],
    rows.map(({ change, row }) => cellsOf(change, row, placeOf(change, run))),
  );
  const diff = codePart(
    'Diff',
    'diff',
    // In files with CRLF, each line would show it.
    lines.map(({ text }) => text.replace(/\r$/, '')),
  );
  const outcome = `${run.isDifferent ? '' : 'No differences: '}${run.countsText}`;
  return {
    title: `${diffTitle(run.before.document.file)}${outcome}\n\n`,
    findings,
    parts: [...(rows.length > 0 ? [table] : []), ...(lines.length > 0 ? [diff] : [])],
  };
}

function cellsOf(change: MapChange, { before, ...after }: Row, place: Location | null): string[] {
  const cell = (was: string | undefined, is: string) =>
    [...(was === undefined || was === is ? [] : [was]), is].map(markdownCode).join(' → ');
  return [
    countOf(change),
    String(place?.line ?? ''),
    cell(before?.rolearn, after.rolearn),
    cell(before?.username, after.username),
    cell(before && groupsOf(before), groupsOf(after)),
  ];
}
