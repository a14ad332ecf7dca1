import { type Finding, note, refusal, warning } from '../../errors.ts';
import { inputName, readChunks } from '../../io.ts';
import type { Since } from '../../page/data.ts';
import type { ComparedRow } from '../../page/encode.ts';
import { parseProvisionedRoleArn } from '../../role-name.ts';
import { quoted } from '../../text.ts';
import { rowsOf, type Shown } from '../../who/rows.ts';
import type { RunRow } from '../../who/since/compare-clusters.ts';
import { compareRows, type RunComparison } from '../../who/since/compare-rows.ts';
import { jsonRowMaker } from '../../who/since/json-row.ts';
import { type JsonRow, WhoJsonReader } from '../../who/since/read-json.ts';
import { principalKindText } from '../../who/way.ts';
import type { Shell } from '../shell.ts';

/** Three times the size of 5,000 people in 40 clusters who have dozens of roles. */
const MAX_BYTES = 5_000_000_000;

/** The options of this run that leave out rows. */
export interface RowLimits {
  /** True if the scope flags select an account. */
  readonly isInScope: (accountId: string) => boolean;
  /** ARNs of provisioned roles whose account wasn't read. */
  readonly unread: readonly string[];
  /** Null for all. */
  readonly kubernetesGroups: readonly string[] | null;
}

/**
 * Compares the rows with those of an earlier run, and reports what can't be compared.
 * @param path the earlier `-o json`; `-` for stdin
 * @returns the part of a page about it, and this run's rows with their changes
 * @throws Failure if it can't be read (exit 3), isn't the output of `who -o json`, or answers another question (exit 2)
 */
export async function compareSince(
  path: string,
  shown: Shown,
  question: RowLimits,
  shell: Shell,
): Promise<{ readonly since: Since; readonly rows: Iterable<ComparedRow> }> {
  const file = inputName(path);
  const was = await readEarlier(path, shell);
  requireSameQuestion(was, shown.asked, file);
  const jsonRowOf = jsonRowMaker(shown.asked !== null);
  const now: RunRow[] = [];
  // Rows are made one by one, here and for the page: all of them would take more memory than what is compared.
  for (const row of rowsOf(shown)) now.push(jsonRowOf(row, now.length));
  const clusters = shown.clusters.map(({ cluster }) => ({
    name: cluster.name,
    arn: cluster.eks?.arn ?? null,
    knowsAwsAuth: !cluster.lacksAwsAuth,
  }));
  const comparison = compareRows({ now, clusters, was, isAsked: askedTest(question, shown), file });
  const asOf = was.find(({ entry }) => entry.asOf !== null)?.entry.asOf ?? null;
  reportOrder(asOf, shown, file, shell);
  if (was.length > 0 && comparison.clusters === 0) shell.report([nothingCompared(file)]);
  else if (shown.named.length === 0) shell.report(narrower(was, now, file));
  shell.report(comparison.notes.map((text) => note('not-compared', text)));
  const since = {
    file,
    asOf,
    doubts: comparison.notes,
    newClusters: [],
    goneClusters: [],
    earlierRows: comparison.gone.length,
  };
  return { since, rows: comparedRows(shown, comparison) };
}

async function readEarlier(path: string, { io }: Shell): Promise<readonly JsonRow[]> {
  if (path === '-' && io.stdin.isTTY) {
    const help = 'Pipe in the output of an earlier `who -o json`, or specify a file.';
    throw refusal({ message: '--since -: stdin is a terminal', help });
  }
  const reader = new WhoJsonReader(inputName(path));
  for await (const chunk of readChunks(io, path, MAX_BYTES)) {
    reader.push(chunk);
    io.signal.throwIfAborted();
  }
  return reader.end();
}

/** Rows of --can are those that allow something: compared with those of everybody, most would seem gone. */
function requireSameQuestion(was: readonly JsonRow[], asked: readonly string[] | null, file: string): void {
  const [first] = was;
  if (!first) return;
  const location = { file };
  const wasAsked = first.grant.can !== undefined;
  if (wasAsked && asked === null) {
    const help = 'Add the same --can here, or save an earlier run without it.';
    throw refusal({ message: 'made with --can, and this run has none', location, help });
  }
  if (!wasAsked && asked !== null) {
    const help = 'Remove --can here, or save an earlier run with the same --can.';
    throw refusal({ message: 'made without --can, and this run has one', location, help });
  }
  const other = was.flatMap(({ grant }) => grant.can ?? []).find((text) => !asked?.includes(text));
  if (other === undefined) return;
  const help = 'Compare runs with the same --can.';
  throw refusal({ message: `made with --can ${quoted(other)}, which this run doesn't ask`, location, help });
}

/** Tests for rows of an earlier run that this run would have, too. */
function askedTest(question: RowLimits, { named }: Shown): (row: JsonRow) => boolean {
  const { isInScope, unread, kubernetesGroups } = question;
  const unreadRoles = new Set(unread.map(roleOfArn));
  const isNamed = ({ principal, via }: JsonRow) =>
    named.some(
      ({ type, id, name }) =>
        (type === principal.type && (id === '' ? name === principal.name : id === principal.id)) ||
        (type === 'GROUP' && name === via),
    );
  return (row) => {
    const { entry, grant, principal } = row;
    if (entry.unread !== null) return true;
    if (
      (entry.source !== 'binding' && !isInScope(entry.accountId)) ||
      unreadRoles.has(roleOfArn(entry.rolearn))
    )
      return false;
    if (kubernetesGroups && !kubernetesGroups.some((group) => entry.groups.includes(group))) return false;
    const isPerson = principal.type === 'USER' || principal.type === 'GROUP';
    return named.length === 0 || (isPerson ? isNamed(row) : grant.access === 'unknown');
  };
}

/** Equal for the ARNs of a provisioned role before and after it is re-created. */
function roleOfArn(arn: string): string {
  const role = parseProvisionedRoleArn(arn);
  return role ? `${role.accountId} ${role.permissionSet}` : arn;
}

function nothingCompared(file: string): Finding {
  const help =
    'Clusters are compared by ARN, or else by name: an aws-auth file must have the name it had then, or its folder.';
  return warning('nothing-compared', 'no cluster of this run is in it', { location: { file }, help });
}

/** A hint if the earlier run may have been made for one person or group: its JSON doesn't say. */
function narrower(was: readonly JsonRow[], now: readonly JsonRow[], file: string): Finding[] {
  const [one, ...others] = peopleIn(was);
  if (!one || others.length > 0 || peopleIn(now).length < 2) return [];
  const { type, id, name } = one;
  if (type !== 'USER' && type !== 'GROUP') return [];
  const message = `every row is about ${principalKindText({ type })} ${quoted(name ?? id)}`;
  const help = 'If it was made with --user or --group, save one without: others may not be new.';
  return [warning('since-narrower', message, { location: { file }, help })];
}

/** Everyone with access. */
function peopleIn(rows: readonly JsonRow[]): JsonRow['principal'][] {
  const withAccess = rows.filter(({ grant }) => grant.access === 'granted');
  const byKey = new Map(
    withAccess.map(({ principal }) => [`${principal.type} ${principal.id || principal.name}`, principal]),
  );
  return [...byKey.values()];
}

function reportOrder(asOf: string | null, { inventory }: Shown, file: string, shell: Shell): void {
  if (asOf === null || !inventory || Date.parse(asOf) <= Date.parse(inventory.capturedAt)) return;
  const message = `as of ${asOf}, newer than this run (${inventory.capturedAt}), so new and gone are reversed`;
  const help = 'Swap the runs: give the older one to --since.';
  shell.report([warning('since-newer', message, { location: { file }, help })]);
}

function* comparedRows(shown: Shown, { changes, gone }: RunComparison): Generator<ComparedRow> {
  let index = 0;
  for (const row of rowsOf(shown)) {
    yield { row, change: changes[index] ?? null };
    index += 1;
  }
  for (const row of gone) yield { row, change: { kind: 'gone', head: 'gone', before: [] } };
}
