import { note, refusal } from '../../errors.ts';
import { inputName, readText } from '../../io.ts';
import type { PageData, Since } from '../../page/data.ts';
import type { ComparedRow } from '../../page/encode.ts';
import { type EarlierQuestion, runOfPage } from '../../page/read-page.ts';
import { quoted } from '../../text.ts';
import { rowsOf, type Shown, type WhoRow } from '../../who/rows.ts';
import { compareRuns } from '../../who/since/compare-runs.ts';
import { Doubts } from '../../who/since/doubts.ts';
import { runOfJson } from '../../who/since/read-json.ts';
import { type ComparedRun, roleOfArn } from '../../who/since/run.ts';
import type { Shell } from '../shell.ts';

/** The accounts that the options of this run select. */
export interface RowScope {
  readonly isInScope: (accountId: string) => boolean;
  /** ARNs of provisioned roles whose account wasn't read. */
  readonly unread: readonly string[];
}

/** The question of this run, as its page has it. */
type Question = Pick<PageData, 'asked' | 'limits' | 'scope' | 'isExpanded'>;

/**
 * Compares the rows with those of an earlier run, and reports what can't be compared.
 * @param path the earlier page, or `-o json`; `-` for stdin
 * @returns the part of a page about it, and this run's rows with their changes
 * @throws Failure if it can't be read (exit 3), is something else, or answers another question (exit 2)
 */
export async function compareSince(
  path: string,
  shown: Shown,
  question: Question,
  scope: RowScope,
  shell: Shell,
): Promise<{ readonly since: Since; readonly rows: Iterable<ComparedRow> }> {
  const file = inputName(path);
  const text = await readEarlier(path, shell);
  const page = runOfPage(text);
  const was = page === null ? runOfJson(text) : typeof page === 'string' ? page : page.run;
  const refused = (message: string) => refusal({ message, location: { file }, help: PASS_PAGE });
  if (typeof page === 'string') throw refused(page);
  if (typeof was === 'string') throw refused(was);
  const doubts = new Doubts(file);
  requireSameQuestion(page?.question ?? questionOfJson(was, question, file), question, file);
  if (!page) doubts.add('question');
  const { inventory } = shown;
  if (was.asOf !== null && inventory && Date.parse(was.asOf) > Date.parse(inventory.capturedAt))
    doubts.add('newer', 'was', was.asOf);
  const unread = new Set(scope.unread.map(roleOfArn));
  const isAsked = (row: WhoRow) =>
    row.unread !== null ||
    row.source === 'binding' ||
    (scope.isInScope(row.accountId) && !unread.has(roleOfArn(row.rolearn)));
  const asked = was.rows.filter(isAsked);
  if (asked.length < was.rows.length) doubts.add('not-asked', 'now', '', was.rows.length - asked.length);
  const now = runOf(shown, question);
  const isSameScope = !page || page.question.scope.join('\n') === question.scope.join('\n');
  const { changes, gone, newClusters, goneClusters, uncompared } = compareRuns(
    { ...was, rows: asked },
    now,
    isSameScope,
    doubts,
  );
  const texts = doubts.texts();
  shell.report(texts.map((text) => note('not-compared', text)));
  const placeOf = ({ name, arn }: ComparedRun['clusters'][number]) => ({ name, arn });
  const since = {
    file,
    asOf: was.asOf,
    doubts: texts,
    newClusters: newClusters.map(placeOf),
    goneClusters: goneClusters.map(placeOf),
    uncompared: uncompared.map(placeOf),
    earlierRows: gone.length,
  };
  return { since, rows: [...now.rows.map((row) => ({ row, change: changes.get(row) ?? null })), ...gone] };
}

function runOf(shown: Shown, { isExpanded, asked }: Question): ComparedRun {
  const clusters = shown.clusters.map(({ cluster, rights }) => ({
    name: cluster.name,
    arn: cluster.eks?.arn ?? null,
    knowsAwsAuth: !cluster.lacksAwsAuth,
    knowsBindings: rights?.knowsBindings ?? false,
  }));
  const asOf = shown.inventory?.capturedAt ?? null;
  return { rows: [...rowsOf(shown)], clusters, isExpanded, asOf, asked };
}

const PASS_PAGE =
  'Pass a page that `aws-auth-sso who … -o html > FILE` wrote with the other options of this run, or its -o json.';

/** Nearly the longest string. A page is far smaller than the JSON of its rows. */
const MAX_BYTES = 512_000_000;

async function readEarlier(path: string, { io }: Shell): Promise<string> {
  if (path === '-' && io.stdin.isTTY) {
    const help = 'Pipe in an earlier page, or specify a file.';
    throw refusal({ message: '--since -: stdin is a terminal', help });
  }
  const text = await readText(
    io,
    path,
    MAX_BYTES,
    'Pass the page (-o html) of that run instead: it is smaller.',
  );
  return text.replace(/^\uFEFF/, '');
}

/** Rows of another question would seem new or gone. */
function requireSameQuestion(was: EarlierQuestion, now: Question, file: string): void {
  const options: readonly (readonly [
    option: string,
    of: (question: EarlierQuestion) => readonly string[],
  ])[] = [
    ['--can', ({ asked }) => asked ?? []],
    ['--namespace', ({ limits }) => (limits.namespace === null ? [] : [limits.namespace])],
    [
      '--user or --group',
      ({ limits }) => limits.named.map(({ type, name }) => `${type.toLowerCase()} ${name}`),
    ],
    ['--kubernetes-group', ({ limits }) => limits.kubernetesGroups ?? []],
  ];
  for (const [option, of] of options) {
    const [before, after] = [of(was), of(now)].map((values) => [...new Set(values)].sort());
    if (!before || !after || before.join('\n') === after.join('\n')) continue;
    const textOf = (values: readonly string[]) =>
      values.length === 0 ? `without ${option}` : `with ${option} ${values.map(quoted).join(', ')}`;
    throw refusal({
      message: `made ${textOf(before)}, and this run ${textOf(after)}`,
      location: { file },
      help: 'Use the same options here, or pass a page that was made with those of this run.',
    });
  }
}

/**
 * The question of a run whose JSON says only which of its actions are allowed.
 * @throws Failure (exit 2) if this run is about some people or entries
 */
function questionOfJson({ asked: was, rows }: ComparedRun, now: Question, file: string): EarlierQuestion {
  const { asked, limits, scope } = now;
  if (limits.named.length > 0 || limits.kubernetesGroups)
    throw refusal({
      message: "JSON doesn't say whether it was made with the same --user, --group and --kubernetes-group",
      location: { file },
      help: 'Pass a page (-o html) that was made with the options of this run.',
    });
  // Without rows, nothing says whether --can was used.
  const isSame = rows.length === 0 || was?.every((action) => asked?.includes(action));
  return { limits, scope, asked: isSame ? asked : was };
}
