import { isDeepStrictEqual } from 'node:util';
import { describeGrant, type LoadedEntry } from '../../authenticator/loaded.ts';
import { type DiffLine, diffLines } from '../../configmap/hunks.ts';
import { type Finding, type Location, note, warning } from '../../errors.ts';
import { inputName } from '../../io.ts';
import { canStateUsername } from '../../mapping/config-schema.ts';
import { mayWant } from '../../mapping/may-want.ts';
import { countOf, type Decision, decided, type MergeCounts, reasonOf, summaryOf } from '../../merge/plan.ts';
import { strictDifferences, TOLD_BY_STRICT } from '../../merge/strict.ts';
import { quoted } from '../../text.ts';
import { defineCommand, outputOption } from '../command.ts';
import { diffNames, renderDiff } from '../format/diff.ts';
import { annotation, annotationsOf, asStep, codePart, markdownCode, tablePart } from '../format/github.ts';
import { renderJson, valuesOf } from '../format/json.ts';
import type { Outcome, Shell, StepSummary } from '../shell.ts';
import { addMergeOptions, MERGES, type MergeCommandOptions, type MergeRun, runMerge } from './merge.ts';

type StrictDifference = ReturnType<typeof strictDifferences>[number];

interface DiffOptions extends MergeCommandOptions {
  readonly output: 'diff' | 'json' | 'github';
}

export const diffCommand = defineCommand(
  'diff',
  MERGES,
  (command) =>
    addMergeOptions(
      command
        .option('--strict', 'whatever the config does not name is a difference: exit 1, and how to go on')
        .addOption(outputOption('diff', 'json', 'github')),
    ),
  diff,
);

async function diff(options: DiffOptions, shell: Shell, file: string): Promise<Outcome> {
  const work = () => compare(file, options, shell);
  if (options.output !== 'github') return work();
  return asStep(diffTitle(inputName(file)), work, shell);
}

/** What a merge would do, and what is besides what the config names. */
interface Comparison extends MergeRun {
  /** Empty without `--strict`. */
  readonly strict: readonly StrictDifference[];
  readonly isStrict: boolean;
  readonly isDifferent: boolean;
  readonly counts: Parameters<typeof summaryOf>[0];
}

async function compare(file: string, options: DiffOptions, shell: Shell): Promise<Outcome> {
  const { strict: isStrict = false, output } = options;
  const run = await runMerge(file, options, null, shell, isStrict ? TOLD_BY_STRICT : undefined);
  const found = differencesBeside(run);
  const strict = isStrict ? found : [];
  const isDifferent = run.changed || strict.length > 0;
  const compared = { ...run, strict, isStrict, isDifferent, counts: countsWith(run, strict) };
  const findings = strict.map((difference) => {
    const { kind, message, location, help } = difference;
    return warning(kind, message, { location, help });
  });
  if (output !== 'github') shell.report(findings);
  const message = `${inputName(file)}: ${summaryOf(compared.counts)}`;
  const summary = [...(isStrict ? [] : unlistedNote(found, run)), note('summary', message)];
  const outcome = { summary, exitCode: isDifferent ? 1 : 0 } as const;
  const lines = () => diffLines(run.before.document.source, run.edits, ...diffNames(file));
  switch (output) {
    case 'diff':
      return { stdout: renderDiff(lines(), shell), ...outcome };
    case 'json':
      return { stdout: renderDiffJson(compared), ...outcome };
    case 'github': {
      const stdout = annotateChanges(compared) + annotationsOf(findings);
      return { stdout, step: diffStep(compared, lines(), findings), ...outcome };
    }
  }
}

/** What a merge leaves as it is, and that is not as the config says. */
function differencesBeside({ before, decisions, desired, context }: MergeRun): StrictDifference[] {
  return strictDifferences(before, decisions, {
    desired: desired.entries,
    others: desired.request.otherEntries,
    scope: context.scope,
    roles: context.roles,
    canState: canStateUsername,
    mayWant: mayWant(desired, context.isFresh),
  });
}

function unlistedNote(found: readonly StrictDifference[], { before: { file } }: MergeRun): Finding[] {
  const count = found.filter(({ kind }) => kind === 'unlisted').length;
  if (count === 0) return [];
  const entries = count === 1 ? '1 entry is' : `${count} entries are`;
  const message = `${entries} not named by any mapping, node role or otherEntries item`;
  const all = found.length === 1 ? '1 difference' : `${found.length} differences`;
  const help = `With --strict, this is ${all}.`;
  return [note('unlisted-entries', message, { location: { file }, help })];
}

/** Entries that are not as the config says are not unchanged; those that are not wanted are told by one count. */
function countsWith(
  { counts, decisions }: MergeRun,
  strict: readonly StrictDifference[],
): Comparison['counts'] {
  if (strict.length === 0) return counts;
  const count = (kind: StrictDifference['kind']) => strict.filter((one) => one.kind === kind).length;
  const different = new Set(strict.map(({ entry }) => entry));
  const unchanged = decided(decisions, 'kept', 'left-alone').filter(({ entry }) => !different.has(entry));
  return {
    ...counts,
    unchanged: unchanged.length,
    unmapped: count('unmapped'),
    shadowed: 0,
    unlisted: count('unlisted'),
    altered: count('altered'),
  };
}

/** What a merge would do, entry by entry. */
function renderDiffJson(run: Comparison): string {
  const rows = rowsOf(run);
  const of = (...wanted: (keyof MergeCounts)[]) =>
    wanted.flatMap((count) =>
      rows.filter(({ decision }) => countOf(decision) === count).map(({ row }) => row),
    );
  const besides = (kind: StrictDifference['kind']) =>
    run.strict.filter((one) => one.kind === kind).map(strictRow);
  return renderJson({
    changed: run.isDifferent,
    added: of('added'),
    rotated: of('rotated'),
    updated: of('updated'),
    removed: of('removed'),
    unmapped: run.isStrict ? besides('unmapped') : of('unmapped', 'shadowed'),
    unlisted: besides('unlisted'),
    altered: besides('altered'),
    unchanged: run.counts.unchanged,
  });
}

const ARN_FIELDS = { mapRoles: 'rolearn', mapUsers: 'userarn', mapAccounts: 'account' } as const;

/** What a difference that only `--strict` counts is about, with what an altered entry should have. */
function strictRow(difference: StrictDifference) {
  const { map, entry, account, reason } = difference;
  const { line = null } = difference.location;
  const { username = null, groups = [] } = entry ? valuesOf(entry) : {};
  const values = { arn: entry?.arn ?? null, username, groups, line, reason };
  const row = { map, [ARN_FIELDS[map]]: entry?.arn ?? account, ...values };
  if (difference.kind !== 'altered') return row;
  return { ...row, expected: difference.expected };
}

/** The values of an entry. */
interface Values {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
}

/** An entry as it will be, with its line in the file (an added one's in the result), and what it was if that differs. */
interface Row extends Values {
  readonly line: number | undefined;
  readonly before?: Omit<Values, 'rolearn'> & {
    readonly rolearn?: string;
    readonly map?: 'mapUsers';
    readonly userarn?: string;
  };
  readonly reason?: string;
}

function rowsOf(run: MergeRun): { readonly decision: Decision; readonly row: Row }[] {
  const addedLines = linesOfAdditions(run);
  return run.decisions.map((decision) => ({ decision, row: rowOf(decision, run, addedLines) }));
}

function rowOf(decision: Decision, run: MergeRun, addedLines: Iterator<number | undefined>): Row {
  if (decision.outcome === 'added') {
    const { rolearn, username, groups } = decision.desired;
    const added = { rolearn, username, groups, line: addedLines.next().value };
    const { overrides } = decision;
    if (!overrides) return added;
    const { rolearn: userarn, ...values } = valuesOf(overrides);
    return { ...added, before: { map: 'mapUsers', userarn, ...values } };
  }
  const { line } = locationIn(run, decision.entry);
  if ('reason' in decision) return { ...valuesOf(decision.entry), line, reason: decision.reason };
  const { entry, arn, username, groups } = decision;
  const before = valuesOf(entry);
  const after = {
    rolearn: arn ?? before.rolearn,
    username: username ?? before.username,
    groups: groups ?? before.groups,
  };
  return { ...after, line, before };
}

/** Added entries are the last of the list, in the order of their decisions. */
function linesOfAdditions({ after, decisions }: MergeRun): Iterator<number | undefined> {
  const count = decided(decisions, 'added').length;
  const entries = count === 0 ? [] : after.mapRoles.entries.slice(-count);
  return entries.map((entry) => after.locationOf(entry).line).values();
}

/** The first and the last line of an entry in the file. */
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

/** An annotation for each entry that changes, and a notice for each that no mapping wants. */
function annotateChanges(run: Comparison): string {
  const last = run.before.mapRoles.entries.at(-1);
  // An entry to add has no line yet: it is shown at the one that it follows.
  const end = last ? locationIn(run, last) : { file: run.before.document.file };
  return shownRows(run)
    .map(({ decision, row }) => {
      const severity = decision.outcome === 'unmapped' ? 'note' : 'warning';
      const location = placeOf(decision, run) ?? end;
      return annotation(severity, location, countOf(decision), messageOf(decision, row));
    })
    .join('');
}

/** Those of entries that differ, or are unwanted, unless that is told as a difference of its own. */
function shownRows(run: Comparison) {
  return rowsOf(run).filter(
    ({ decision }) => countOf(decision) !== 'unchanged' && !(run.isStrict && decision.outcome === 'unmapped'),
  );
}

/** Where the file has what a decision is about: what an addition overrides, or nothing. */
function placeOf(decision: Decision, run: MergeRun): Location | null {
  if (decision.outcome !== 'added') return locationIn(run, decision.entry);
  return decision.overrides && locationIn(run, decision.overrides, 'mapUsers');
}

function messageOf(decision: Decision, { before, ...after }: Row): string {
  const isAdded = decision.outcome === 'added';
  const reason = `${isAdded ? after.rolearn : decision.entry.arn}: ${reasonOf(decision)}`;
  if (before?.map !== undefined)
    return `${after.rolearn}: mapRoles overrides this entry of mapUsers, ${describeGrant(before)}. To add to mapRoles: ${describeGrant(after)}`;
  if (isAdded) return `${reason}. To add: ${describeGrant(after)}`;
  if (!before) return reason;
  const changes = [
    ...(before.rolearn === after.rolearn ? [] : [after.rolearn]),
    ...(before.username === after.username ? [] : [`username ${quoted(after.username)}`]),
    ...(isDeepStrictEqual(before.groups, after.groups)
      ? []
      : [`groups [${after.groups.map(quoted).join(', ')}]`]),
  ];
  return `${reason}. Write ${changes.join(', ')}`;
}

function groupsOf({ groups }: Pick<Values, 'groups'>): string {
  return groups.map(quoted).join(', ');
}

/** Markdown, of the summary of a workflow's step. */
function diffTitle(file: string): string {
  return `### aws-auth-sso diff: ${markdownCode(file)}\n\n`;
}

/** The summary of a workflow's step: how many entries change, which, and the diff. */
function diffStep(run: Comparison, lines: readonly DiffLine[], findings: readonly Finding[]): StepSummary {
  const rows = shownRows(run);
  const table = tablePart(
    ['Change', 'Line', 'Role', 'Username', 'Groups'],
    rows.map(({ decision, row }) => cellsOf(decision, row, placeOf(decision, run))),
  );
  const diff = codePart(
    'Diff',
    'diff',
    // Of files with CRLF, it would be shown at each line.
    lines.map(({ text }) => text.replace(/\r$/, '')),
  );
  const outcome = `${run.isDifferent ? '' : 'No differences: '}${summaryOf(run.counts)}`;
  return {
    title: `${diffTitle(run.before.document.file)}${outcome}\n\n`,
    findings,
    parts: [...(rows.length > 0 ? [table] : []), ...(lines.length > 0 ? [diff] : [])],
  };
}

function cellsOf(decision: Decision, { before, ...after }: Row, place: Location | null): string[] {
  const cell = (was: string | undefined, is: string) =>
    [...(was === undefined || was === is ? [] : [was]), is].map(markdownCode).join(' → ');
  return [
    countOf(decision),
    String(place?.line ?? ''),
    cell(before?.rolearn, after.rolearn),
    cell(before?.username, after.username),
    cell(before && groupsOf(before), groupsOf(after)),
  ];
}
