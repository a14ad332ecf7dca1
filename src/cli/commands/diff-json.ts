import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { readMapRoles } from '../../authenticator/read-map.ts';
import { countOf, type Decision } from '../../merge/plan.ts';
import type { MergeRun } from './merge-run.ts';

/** An entry as it is to be, with what it was where that is something else. */
interface EntryJson {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
  /** In the file; of an added entry, in the result. */
  readonly line: number | undefined;
  readonly [more: string]: unknown;
}

/** What a merge would do, entry by entry. */
export function diffJson(run: MergeRun) {
  const rowsOf = rowsByCount(run);
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

function rowsByCount(run: MergeRun): (count: ReturnType<typeof countOf>) => EntryJson[] {
  const lineOf = ({ node }: LoadedEntry) => run.document.mapRoles?.locationOf(node.start).line;
  const addedLines = linesOfAdditions(run);
  const rows = run.decisions.map(
    (decision) => [countOf(decision), rowOf(decision, lineOf, addedLines)] as const,
  );
  return (count) => rows.flatMap(([one, row]) => (one === count ? [row] : []));
}

function rowOf(
  decision: Decision,
  lineOf: (entry: LoadedEntry) => number | undefined,
  addedLines: Iterator<number | undefined>,
): EntryJson {
  if (decision.outcome === 'added') {
    const { rolearn, username, groups } = decision.desired;
    const { overrides } = decision;
    const before = overrides && { map: 'mapUsers', ...valuesOf(overrides, 'userarn') };
    const added = { rolearn, username, groups, line: addedLines.next().value };
    return before ? { ...added, before } : added;
  }
  if ('reason' in decision) {
    const { entry, reason } = decision;
    return { ...rowValues(entry), line: lineOf(entry), reason };
  }
  const { entry, arn, username, groups } = decision;
  const before = rowValues(entry);
  const after = {
    rolearn: arn ?? before.rolearn,
    username: username ?? before.username,
    groups: groups ?? before.groups,
  };
  return { ...after, line: lineOf(entry), before };
}

function rowValues({ arn: rolearn, username, groups }: LoadedEntry) {
  return { rolearn, username, groups: groups ?? [] };
}

function valuesOf({ arn, username, groups }: LoadedEntry, arnKey: string) {
  return { [arnKey]: arn, username, groups: groups ?? [] };
}

/** New entries are the last of the list, in the order of their decisions. */
function linesOfAdditions({ result, decisions }: MergeRun): Iterator<number | undefined> {
  const count = decisions.filter(({ outcome }) => outcome === 'added').length;
  const entries = count === 0 ? [] : readMapRoles(result.mapRoles?.text ?? '').entries.slice(-count);
  return entries.map(({ node }) => result.mapRoles?.locationOf(node.start).line).values();
}
