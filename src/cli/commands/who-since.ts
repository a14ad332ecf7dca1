import { note, refusal } from '../../errors.ts';
import { inputName, readText } from '../../io.ts';
import type { PageData, Since } from '../../page/data.ts';
import type { ComparedRow } from '../../page/encode.ts';
import { type PageQuestion, runOfPage } from '../../page/read-page.ts';
import { quoted } from '../../text.ts';
import { rowsOf, type Shown, type WhoRow } from '../../who/rows.ts';
import { compareRuns } from '../../who/since/compare-runs.ts';
import { Doubts } from '../../who/since/doubts.ts';
import { runOfJson } from '../../who/since/read-json.ts';
import { type Run, roleOfArn } from '../../who/since/run.ts';
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
  const page = runOfPage(text, file);
  const was = page?.run ?? runOfJson(text, file);
  const doubts = new Doubts(file);
  if (page) requireSameQuestion(page.question, question, file);
  else {
    requireSameActions(was, question.asked, file);
    doubts.add('question');
  }
  const { inventory } = shown;
  if (was.asOf !== null && inventory && Date.parse(was.asOf) > Date.parse(inventory.capturedAt))
    doubts.add('newer', was.asOf);
  const asked = was.rows.filter(askedTest(scope, page ? null : question.limits, shown));
  doubts.add('not-asked', '', was.rows.length - asked.length);
  const now = runOf(shown, question);
  const isSameScope = !page || page.question.scope.join('\n') === question.scope.join('\n');
  const { changes, gone, newClusters, goneClusters } = compareRuns(
    { ...was, rows: asked },
    now,
    isSameScope,
    doubts,
  );
  const texts = doubts.texts();
  shell.report(texts.map((text) => note('not-compared', text)));
  const placeOf = ({ name, arn }: Run['clusters'][number]) => ({ name, arn });
  const since = {
    file,
    asOf: was.asOf,
    doubts: texts,
    newClusters: newClusters.map(placeOf),
    goneClusters: goneClusters.map(placeOf),
    earlierRows: gone.length,
  };
  return { since, rows: [...now.rows.map((row) => ({ row, change: changes.get(row) ?? null })), ...gone] };
}

function runOf(shown: Shown, { isExpanded, asked }: Question): Run {
  const clusters = shown.clusters.map(({ cluster, rights }) => ({
    name: cluster.name,
    arn: cluster.eks?.arn ?? null,
    knowsAwsAuth: !cluster.lacksAwsAuth,
    knowsBindings: rights?.knowsBindings ?? false,
  }));
  const asOf = shown.inventory?.capturedAt ?? null;
  return { rows: [...rowsOf(shown)], clusters, isExpanded, asOf, asked };
}

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
    'Give the page (-o html) of that run instead: it is smaller.',
  );
  return text.replace(/^\uFEFF/, '');
}

/** Rows of another question would seem new or gone. */
function requireSameQuestion(was: PageQuestion, now: Question, file: string): void {
  const options: readonly (readonly [option: string, of: (question: PageQuestion) => readonly string[]])[] = [
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
      help: 'Use the same options here, or give a page that was made with those of this run.',
    });
  }
}

/** JSON says only its actions. */
function requireSameActions({ asked: was }: Run, asked: readonly string[] | null, file: string): void {
  const other = was?.find((text) => !asked?.includes(text));
  if ((was === null) === (asked === null) && other === undefined) return;
  const textOf = (actions: readonly string[] | null) => (actions === null ? 'without --can' : 'with --can');
  const made = other === undefined ? textOf(was) : `with --can ${quoted(other)}`;
  throw refusal({
    message: `made ${made}, and this run ${other !== undefined && asked ? 'without it' : textOf(asked)}`,
    location: { file },
    help: 'Use the same --can here, or give a run that was made with the --can of this run.',
  });
}

/**
 * Tests for rows of an earlier run that this run would have, too.
 * @param limits null if the earlier run is known to have had the same
 */
function askedTest(
  { isInScope, unread }: RowScope,
  limits: PageQuestion['limits'] | null,
  { named }: Shown,
): (row: WhoRow) => boolean {
  const unreadRoles = new Set(unread.map(roleOfArn));
  const groups = limits?.kubernetesGroups ?? null;
  const isNamed = ({ principal, via }: WhoRow) =>
    named.some(
      ({ type, id, name }) =>
        (type === principal.type && (id === '' ? name === principal.name : id === principal.id)) ||
        (type === 'GROUP' && name === via),
    );
  return (row) => {
    if (row.unread !== null) return true;
    const isSelected = row.source === 'binding' || isInScope(row.accountId);
    if (!isSelected || unreadRoles.has(roleOfArn(row.rolearn))) return false;
    if (groups && !groups.some((group) => row.groups.includes(group))) return false;
    if (!limits || named.length === 0) return true;
    const isPerson = row.principal.type === 'USER' || row.principal.type === 'GROUP';
    return isPerson ? isNamed(row) : row.access === 'unknown';
  };
}
