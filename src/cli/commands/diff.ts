import { Command } from 'commander';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { diffLines } from '../../configmap/diff.ts';
import { countOf, type Decision } from '../../merge/plan.ts';
import { diffNames, renderDiff } from '../format/diff.ts';
import { renderJson, valuesOf } from '../format/json.ts';
import { addFileArgument, outputOption } from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import { addMergeOptions, type MergeCommandOptions, type MergeRun, runMerge } from './merge.ts';

interface DiffOptions extends MergeCommandOptions {
  readonly output: 'diff' | 'json';
}

export function diffCommand(run: Run): Command {
  const command = addFileArgument(new Command('diff')).addOption(outputOption('diff', 'json'));
  return addMergeOptions(command).action((file: string, options: DiffOptions) =>
    run(options, (shell) => diff(file, options, shell)),
  );
}

async function diff(file: string, options: DiffOptions, shell: Shell): Promise<Outcome> {
  const merged = await runMerge(file, options, null, shell);
  const { document, edits, changed, summary } = merged;
  const exitCode = changed ? 1 : 0;
  if (options.output === 'json') return { stdout: renderJson(diffJson(merged)), summary, exitCode };
  const lines = diffLines(document.source, edits, ...diffNames(file));
  return { stdout: renderDiff(lines, shell), summary, exitCode };
}

/** What a merge would do, entry by entry. */
function diffJson(run: MergeRun) {
  const lineOf = ({ node }: LoadedEntry) => run.document.mapRoles?.locationOf(node.contentStart).line;
  const addedLines = linesOfAdditions(run);
  const rows = run.decisions.map((decision) => ({
    count: countOf(decision),
    row: rowOf(decision, lineOf, addedLines),
  }));
  const rowsOf = (wanted: ReturnType<typeof countOf>) =>
    rows.filter(({ count }) => count === wanted).map(({ row }) => row);
  return {
    changed: run.changed,
    added: rowsOf('added'),
    rotated: rowsOf('rotated'),
    updated: rowsOf('updated'),
    removed: rowsOf('removed'),
    unmapped: [...rowsOf('unmapped'), ...rowsOf('shadowed')],
    unchanged: run.counts.unchanged,
  };
}

/** An entry as it will be, with its line in the file (an added one's in the result), and what it was if that differs. */
function rowOf(
  decision: Decision,
  lineOf: (entry: LoadedEntry) => number | undefined,
  addedLines: Iterator<number | undefined>,
): object {
  if (decision.outcome === 'added') {
    const { rolearn, username, groups } = decision.desired;
    const added = { rolearn, username, groups, line: addedLines.next().value };
    const { overrides } = decision;
    if (!overrides) return added;
    const { rolearn: userarn, ...values } = valuesOf(overrides);
    return { ...added, before: { map: 'mapUsers', userarn, ...values } };
  }
  if ('reason' in decision) {
    const { entry, reason } = decision;
    return { ...valuesOf(entry), line: lineOf(entry), reason };
  }
  const { entry, arn, username, groups } = decision;
  const before = valuesOf(entry);
  const after = {
    rolearn: arn ?? before.rolearn,
    username: username ?? before.username,
    groups: groups ?? before.groups,
  };
  return { ...after, line: lineOf(entry), before };
}

/** Added entries are the last of the list, in the order of their decisions. */
function linesOfAdditions({ result, after, decisions }: MergeRun): Iterator<number | undefined> {
  const count = decisions.filter(({ outcome }) => outcome === 'added').length;
  const entries = count === 0 ? [] : after.mapRoles.entries.slice(-count);
  return entries.map(({ node }) => result.mapRoles?.locationOf(node.contentStart).line).values();
}
