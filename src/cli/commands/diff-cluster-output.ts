import type { DiffLine } from '../../aws-auth/diff-lines.ts';
import type { AccessEntryField } from '../../change/change.ts';
import type { ClusterDifference, DifferenceKind } from '../../change/cluster-differences.ts';
import { joinCounts } from '../../change/describe-change.ts';
import { clusterLocation, type EksCluster } from '../../directory/model.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { type AccessEntry, type AccessPolicy, entryTemplates, wholePolicyText } from '../../eks.ts';
import { type Finding, warning } from '../../errors.ts';
import { compareStrings, printable, quoted } from '../../text.ts';
import { annotationsOf, codePart, markdownCode, tablePart } from '../format/github.ts';
import { renderLongJson } from '../format/json.ts';
import { renderDiff } from '../format/unified-diff.ts';
import type { Outcome, Shell, StepSummary } from '../shell.ts';
import type { ComparedBindings } from './diff-bindings.ts';
import type { DiffFormat } from './diff-output.ts';

/** A cluster's access entries, compared with the config. */
export interface ComparedCluster {
  readonly cluster: EksCluster;
  /** The differences that decide the exit code. */
  readonly differences: readonly ClusterDifference[];
  /** The entries that no mapping wants; without `--strict`, they aren't among the differences. */
  readonly unmapped: readonly ClusterDifference[];
  /** Null if they weren't compared. */
  readonly bindings: ComparedBindings | null;
}

export function renderClusterDiff(
  compared: ComparedCluster,
  format: DiffFormat,
  shell: Shell,
): Pick<Outcome, 'stdout' | 'step'> {
  const { differences } = compared;
  if (format === 'json') return { stdout: renderLongJson(clusterDiffJson(compared)) };
  const lines = differences.flatMap(linesOf);
  if (format === 'diff') return { stdout: renderDiff(lines, shell) };
  return {
    stdout: annotationsOf(findingsOf(differences, compared.cluster)),
    step: clusterDiffStep(compared, lines),
  };
}

/** The differences as warnings. */
export function findingsOf(differences: readonly ClusterDifference[], cluster: EksCluster): Finding[] {
  return differences.map(({ kind, message, help }) =>
    warning(kind, message, { location: clusterLocation(cluster), help: help ?? undefined }),
  );
}

export function isDifferent({ differences, bindings }: ComparedCluster): boolean {
  return differences.length > 0 || bindings?.isDifferent === true;
}

/** `1 added, 2 updated, 5 unchanged, 1 unmapped` */
export function countsText(compared: ComparedCluster): string {
  const { differences, unmapped, bindings } = compared;
  const count = (kind: DifferenceKind) => differences.filter((one) => one.kind === kind).length;
  const counts = joinCounts({
    added: count('added'),
    updated: count('updated'),
    dead: count('dead'),
    removed: count('removed'),
    unchanged: unchangedIn(compared),
    unmapped: unmapped.length,
    unlisted: count('unlisted'),
    altered: count('altered'),
  } as const);
  return `${counts}${bindings?.counts ?? ''}`;
}

/** The number of the cluster's access entries without a difference. */
function unchangedIn({ cluster, differences, unmapped }: ComparedCluster): number {
  const different = new Set([...differences, ...unmapped].flatMap(({ before }) => before ?? []));
  return cluster.accessEntries.length - different.size;
}

function clusterDiffJson(compared: ComparedCluster) {
  const { cluster, differences, unmapped } = compared;
  const { name, arn, authenticationMode } = cluster;
  const all = [...differences, ...unmapped];
  const of = (kind: DifferenceKind) => differences.filter((one) => one.kind === kind);
  return {
    changed: isDifferent(compared),
    asOf: ReadTime.earliest(ReadTime.of(cluster), ...all.map(({ readTime }) => readTime)).at,
    cluster: { name, arn, authenticationMode },
    added: of('added').map(({ after }) => rowOf(after)),
    rotated: [],
    updated: of('updated').map(({ before, after, fields }) => ({
      ...rowOf(after),
      before: rowOf(before),
      differs: fields,
    })),
    removed: of('removed').map(({ before, reason }) => ({ ...rowOf(before), reason })),
    dead: of('dead').map(({ before, reason, detail }) => ({
      ...rowOf(before),
      createdAt: before?.createdAt,
      reason,
      detail,
    })),
    unmapped: unmapped.map(({ before, reason }) => ({ ...rowOf(before), reason })),
    unlisted: of('unlisted').map(({ before, reason }) => ({ ...rowOf(before), reason })),
    altered: of('altered').map(({ before, after, fields, reason }) => ({
      ...rowOf(before),
      reason,
      expected: after && rowOf(after),
      differs: fields,
    })),
    unchanged: unchangedIn(compared),
    bindings: compared.bindings?.json ?? null,
  };
}

function rowOf(entry: AccessEntry | null) {
  if (!entry) return {};
  const { principalArn, type, username, kubernetesGroups, policies } = entry;
  return { principalArn, type, username, kubernetesGroups, policies };
}

/** One line for the principal, and one for each value that differs. */
function linesOf({ kind, principalArn, before, after, fields, detail }: ClusterDifference): DiffLine[] {
  const name = printable(principalArn);
  const why = kind === 'added' || kind === 'updated' ? [] : [detail === null ? kind : `${kind}: ${detail}`];
  return [
    before && after
      ? { kind: 'hunk', text: `~ ${name}` }
      : before
        ? { kind: 'removed', text: `- ${name}` }
        : { kind: 'added', text: `+ ${name}` },
    ...why.map((text): DiffLine => ({ kind: 'context', text: `    # ${text}` })),
    ...(before && after ? fields : SHOWN).flatMap((field) => valueLines(field, before, after)),
  ];
}

function valueLines(
  field: AccessEntryField,
  before: AccessEntry | null,
  after: AccessEntry | null,
): readonly DiffLine[] {
  const had = before ? VALUES[field](before) : [];
  const wants = after ? VALUES[field](after) : [];
  return [
    ...had
      .filter((value) => !wants.includes(value))
      .map((value): DiffLine => ({ kind: 'removed', text: `-   ${LABELS[field]}: ${value}` })),
    ...wants
      .filter((value) => !had.includes(value))
      .map((value): DiffLine => ({ kind: 'added', text: `+   ${LABELS[field]}: ${value}` })),
  ];
}

const SHOWN: readonly AccessEntryField[] = ['username', 'kubernetesGroups', 'policies'];

const LABELS: Readonly<Record<AccessEntryField, string>> = {
  type: 'type',
  username: 'username',
  kubernetesGroups: 'group',
  policies: 'policy',
};

/** The values of a field as text; namespaces are sorted, because their order doesn't matter. */
const VALUES: Readonly<Record<AccessEntryField, (entry: AccessEntry) => readonly string[]>> = {
  type: ({ type }) => [printable(type)],
  username: (entry) => [quoted(entryTemplates(entry).username)],
  kubernetesGroups: (entry) => [...new Set(entryTemplates(entry).groups)].map(quoted),
  policies: ({ policies }) => policies.map((policy) => printable(wholePolicyText(sorted(policy)))),
};

function sorted({ policyArn, scope }: AccessPolicy): AccessPolicy {
  if (scope === 'cluster') return { policyArn, scope };
  return { policyArn, scope: { namespaces: [...new Set(scope.namespaces)].sort(compareStrings) } };
}

/** Markdown title of the summary of a workflow's step. */
export function clusterDiffTitle(cluster: string): string {
  return `### aws-auth-sso diff: cluster ${markdownCode(cluster)}\n\n`;
}

/** The summary of a workflow's step: how many entries differ, which, and the text. */
function clusterDiffStep(compared: ComparedCluster, lines: readonly DiffLine[]): StepSummary {
  const { cluster, differences } = compared;
  const isStrict = ({ kind }: ClusterDifference) => ['unmapped', 'unlisted', 'altered'].includes(kind);
  const changes = differences.filter((one) => !isStrict(one));
  const table = tablePart(['Change', 'Principal', 'Username', 'Groups', 'Policies'], changes.map(cellsOf));
  const diff = codePart(
    'Diff',
    'diff',
    lines.map(({ text }) => text),
  );
  const outcome = `${isDifferent(compared) ? '' : 'No differences: '}${countsText(compared)}`;
  return {
    title: `${clusterDiffTitle(cluster.label ?? cluster.name)}${outcome}\n\n`,
    findings: findingsOf(differences.filter(isStrict), cluster),
    parts: [...(changes.length > 0 ? [table] : []), ...(lines.length > 0 ? [diff] : [])],
  };
}

function cellsOf({ kind, principalArn, before, after }: ClusterDifference): string[] {
  const cell = (field: AccessEntryField) => {
    const texts = [before, after].flatMap((entry) => (entry ? VALUES[field](entry).join(', ') : []));
    const isChanged = new Set(texts).size > 1;
    const shown = texts.map((text) => (text === '' ? (isChanged ? 'none' : '') : markdownCode(text)));
    return [...new Set(shown)].join(' → ');
  };
  return [kind, markdownCode(principalArn), cell('username'), cell('kubernetesGroups'), cell('policies')];
}
