import type { RunRow } from '../../access/compare-clusters.ts';
import { type Comparison, compareRows } from '../../access/compare-rows.ts';
import { JsonRows } from '../../access/json-row.ts';
import { type JsonRow, WhoJsonReader } from '../../access/read-who-json.ts';
import { rowsOf, type Shown } from '../../access/who-rows.ts';
import { note, refusal, warning } from '../../errors.ts';
import { inputName, readChunks } from '../../io.ts';
import type { Since } from '../../page/data.ts';
import type { ComparedRow } from '../../page/encode.ts';
import { quoted } from '../../text.ts';
import type { Shell } from '../shell.ts';

/** Three times the size of 5,000 people in 40 clusters. */
const MAX_BYTES = 500_000_000;

/** What a page says about an earlier run, and its rows with what became of them. */
interface Compared {
  readonly since: Since;
  readonly rows: Iterable<ComparedRow>;
}

/**
 * Compares the rows with those of an earlier run, and reports what can't be compared.
 * @param path the earlier `-o json`; `-` for stdin
 * @throws Failure if it can't be read (exit 3), isn't the output of `who -o json`, or answers another question (exit 2)
 */
export async function compareSince(path: string, shown: Shown, shell: Shell): Promise<Compared> {
  const file = inputName(path);
  const was = await readEarlier(path, shell);
  requireSameQuestion(was, shown.asked, file);
  const asJson = new JsonRows(shown.asked !== null);
  const now: RunRow[] = [];
  // Rows are made one by one, here and for the page: all of them would take more memory than what is compared.
  for (const row of rowsOf(shown)) now.push(asJson.rowOf(row, now.length));
  const clusters = shown.clusters.map(({ cluster }) => ({
    name: cluster.name,
    arn: cluster.eks?.arn ?? null,
    knowsAwsAuth: !cluster.lacksAwsAuth,
  }));
  const comparison = compareRows({ now, clusters, was, file });
  const asOf = was.find(({ entry }) => entry.asOf !== null)?.entry.asOf ?? null;
  reportOrder(asOf, shown, file, shell);
  shell.report(comparison.notes.map((text) => note('not-compared', text)));
  const since = { file, asOf, notes: comparison.notes, earlierRows: comparison.gone.length };
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

function reportOrder(asOf: string | null, { inventory }: Shown, file: string, shell: Shell): void {
  if (asOf === null || !inventory || Date.parse(asOf) <= Date.parse(inventory.capturedAt)) return;
  const message = `as of ${asOf}, it is newer than this run (${inventory.capturedAt}): what it calls new is gone, and the reverse`;
  const help = 'Swap the runs: give the older one to --since.';
  shell.report([warning('since-newer', message, { location: { file }, help })]);
}

function* comparedRows(shown: Shown, { changes, gone }: Comparison): Generator<ComparedRow> {
  let index = 0;
  for (const row of rowsOf(shown)) {
    yield { row, change: changes[index] ?? null };
    index += 1;
  }
  for (const row of gone) yield { row, change: { kind: 'gone', before: [] } };
}
