import { styleText } from 'node:util';
import { RULES } from '../../check/check.ts';
import type { CheckFinding } from '../../check/rule.ts';
import type { UnreadCluster } from '../../directory/model.ts';
import { type Finding, formatLocation, note } from '../../errors.ts';
import { printable } from '../../text.ts';
import { isBreak, lineEnd, lineStart } from '../../yaml/lines.ts';
import { renderJson } from '../format/json.ts';
import { renderTable, terminalWidth, type WidthOf, widthMeasure } from '../format/table.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type ClusterReadiness, readinessRows, readinessTable } from './check-readiness.ts';

export type CheckFormat = 'text' | 'json' | 'github';

/** How text is shown; `columns` is the width of the terminal, if there is one. */
interface View {
  readonly color: boolean;
  readonly columns: number | undefined;
}

/** Starts each line of an excerpt. */
const MARGIN = '  | ';

/** Markdown title of the summary of a workflow's step. */
export const CHECK_TITLE = '### aws-auth-sso check\n\n';

/** Findings in a file, in the access entries of a cluster, or in both. */
export interface Checked {
  /** `prod.yaml with cluster prod` */
  readonly name: string;
  readonly hasFile: boolean;
  readonly hasCluster: boolean;
  /** True if there was nothing to check: a cluster without access entries, and no file. */
  readonly isEmpty: boolean;
  /** True if `--rbac` has no bindings for it; null without the option. */
  readonly lacksBindings: boolean | null;
  /** The text that the findings of a file are about. */
  readonly source: string;
  readonly findings: readonly CheckFinding[];
  /** Missing unless authentication mode API is assumed of a cluster. */
  readonly readiness?: ClusterReadiness;
}

/**
 * Findings as text, as JSON, or as annotations of a GitHub workflow.
 * @param unread clusters that weren't checked; messages name them too
 * @param withReadiness true to end with how far each cluster is from authentication mode API
 */
export async function renderFindings(
  checked: readonly Checked[],
  format: CheckFormat,
  view: View = { color: false, columns: undefined },
  unread: readonly UnreadCluster[] = [],
  withReadiness = false,
): Promise<string> {
  const findings = checked.flatMap((file) => file.findings);
  const isRbacGiven = checked.some(({ lacksBindings }) => lacksBindings !== null);
  const bindingsUnknown = checked.flatMap(({ name, lacksBindings }) => (lacksBindings ? name : []));
  const known = checked.flatMap(({ readiness }) => readiness ?? []);
  const readiness = withReadiness ? readinessRows(known, unread) : null;
  switch (format) {
    case 'text': {
      const widthOf = await widthMeasure([checked.map(({ source }) => source)]);
      const texts = checked.flatMap((file) =>
        file.findings.map((finding) => textOf(finding, file.source, view, widthOf)),
      );
      return [...texts, ...(readiness ? [await readinessTable(readiness, view.columns)] : [])].join('\n');
    }
    case 'json':
      return renderJson({
        ...findingsJson(findings),
        unread,
        ...(isRbacGiven && { bindingsUnknown }),
        ...(readiness && { readiness }),
      });
    case 'github':
      return (await import('../format/github.ts')).annotationsOf(findings);
  }
}

/** Counts the findings of each file and cluster, and of all if there are several; exit code 1 if any is an error. */
export async function checkEnd(
  checked: readonly Checked[],
  format: CheckFormat,
  {
    broken = 0,
    unread = 0,
    ending,
    when = '',
  }: {
    /** Files that could not be checked. */
    readonly broken?: number;
    /** Clusters, or lists of clusters, that couldn't be read. */
    readonly unread?: number;
    readonly ending: string | null;
    /** Follows the counts if they aren't about the current content of the file. */
    readonly when?: string;
  },
): Promise<Pick<Outcome, 'exitCode' | 'step'> & { readonly summary: readonly Finding[] }> {
  const messages = checked.map(
    ({ name, isEmpty, lacksBindings, findings }) =>
      `${name}: ${isEmpty ? NOTHING : countsText(findings)}${isEmpty ? '' : when}${lacksBindings ? '; its bindings are unknown' : ''}`,
  );
  const findings = checked.flatMap((one) => one.findings);
  if (checked.length + broken + unread > 1) {
    const isEmpty = broken + unread === 0 && checked.every((one) => one.isEmpty);
    const counts = isEmpty ? NOTHING : `${countsText(findings)}${when}`;
    const endings = [
      ...(unread > 0 ? ['not all clusters could be read'] : []),
      ...(ending === null ? [] : [ending]),
    ];
    messages.push([`${allText(checked, broken)}: ${counts}`, ...endings].join('; '));
  }
  const end = {
    summary: messages.map((message) => note('summary', message)),
    exitCode: countOf(findings, 'error') > 0 ? 1 : 0,
  } as const;
  if (format !== 'github') return end;
  const { markdown } = await import('../format/github.ts');
  const list = messages.map((message) => `- ${markdown(message)}\n`).join('');
  return { ...end, step: { title: `${CHECK_TITLE}${list}\n`, findings, parts: [] } };
}

const NOTHING = 'nothing to check';
export const NOTHING_FIXED = 'nothing was fixed';

function countOf(findings: readonly CheckFinding[], severity: CheckFinding['severity']): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/** `2 of 3 files and 1 cluster checked` */
function allText(checked: readonly Checked[], broken: number): string {
  const files = checked.filter(({ hasFile }) => hasFile).length;
  const clusters = checked.filter(({ hasCluster }) => hasCluster).length;
  const parts = [
    ...(files + broken > 0
      ? [broken > 0 ? `${files} of ${files + broken} files` : counted(files, 'file')]
      : []),
    ...(clusters > 0 ? [counted(clusters, 'cluster')] : []),
  ];
  return `${parts.join(' and ')}${broken > 0 ? ' checked' : ''}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function countsText(findings: readonly CheckFinding[]): string {
  if (findings.length === 0) return 'no problems found';
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = countOf(findings, severity);
    return severity === 'note' && count === 0 ? [] : counted(count, severity);
  });
  return counts.join(', ');
}

const STYLES = { error: 'red', warning: 'yellow', note: 'blue' } as const;

/** Location, message and rule; the line with the problem underlined; the help. */
function textOf(finding: CheckFinding, source: string, { color, columns }: View, widthOf: WidthOf): string {
  const { code: rule, severity, message, help, location } = finding;
  const label = color ? styleText(STYLES[severity], severity, { validateStream: false }) : severity;
  const head = `${printable(formatLocation(location))}: ${label}: ${printable(message)} [${rule}]`;
  const shown = location.line === undefined ? [] : excerptLines(source, finding, widthOf, columns);
  const steps = help.split('\n').map((step) => `  ${printable(step)}`);
  return `${[head, ...shown, ...steps].join('\n')}\n`;
}

function excerptLines(
  source: string,
  finding: CheckFinding,
  widthOf: WidthOf,
  columns: number | undefined,
): string[] {
  const { line, caret } = excerptOf(source, finding, widthOf, columns && columns - MARGIN.length);
  return line.trim() === '' ? [] : [`${MARGIN}${line}`, `${MARGIN}${caret}`];
}

function findingsJson(findings: readonly CheckFinding[]) {
  return {
    findings: findings.map(({ code: rule, severity, message, help, location, fixKind: fix }) => {
      const { file, line = null, column = null, endLine = null, endColumn = null } = location;
      const url = `docs/rules.md#${rule}`;
      return { rule, severity, message, help, url, file, line, column, endLine, endColumn, fix };
    }),
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
    notes: countOf(findings, 'note'),
  };
}

/** The line of a finding, and one below it that underlines the problem. */
export interface Excerpt {
  readonly line: string;
  readonly caret: string;
}

/** UTF-16 code units shown before the start of the problem and after it; an ellipsis replaces the rest. */
const BEFORE = 50;
const AFTER = 70;
/** Factor by which the shown part shrinks until it fits. */
const SHRINK = 0.9;
const ELLIPSIS = '…';

/**
 * Shows the place of a finding; both lines are safe for a terminal.
 * @param source the checked text
 * @param widthOf measures its width
 * @param columns available; shows less context until the lines fit
 */
export function excerptOf(
  source: string,
  finding: Pick<CheckFinding, 'start' | 'end'>,
  widthOf: WidthOf,
  columns: number = Number.POSITIVE_INFINITY,
): Excerpt {
  let [before, after] = [BEFORE, AFTER];
  for (;;) {
    const excerpt = excerptWithin(source, finding, before, after, widthOf);
    if (widthOf(excerpt.line) <= columns || before + after <= 1) return excerpt;
    [before, after] = [Math.floor(before * SHRINK), Math.max(1, Math.floor(after * SHRINK))];
  }
}

function excerptWithin(
  source: string,
  { start, end }: Pick<CheckFinding, 'start' | 'end'>,
  most: number,
  rest: number,
  widthOf: WidthOf,
): Excerpt {
  const from = lineStart(source, start, Math.max(0, start - most));
  const to = lineEnd(source, start, Math.min(source.length, start + rest));
  const [isCut, isOpen] = [
    from > 0 && !isBreakAt(source, from - 1),
    to < source.length && !isBreakAt(source, to),
  ];
  const before = printable(source.slice(from, start).replace(/^\uFEFF/, ''));
  const marked = printable(source.slice(start, Math.min(end, to)));
  const after = printable(source.slice(Math.min(end, to), to));
  const column = widthOf(before) + (isCut ? ELLIPSIS.length : 0);
  return {
    line: `${isCut ? ELLIPSIS : ''}${before}${marked}${after}${isOpen ? ELLIPSIS : ''}`,
    caret: `${' '.repeat(column)}^${'~'.repeat(Math.max(1, widthOf(marked)) - 1)}`,
  };
}

function isBreakAt(source: string, offset: number): boolean {
  return isBreak(source.charCodeAt(offset));
}

export async function renderRules(format: CheckFormat, { io }: Shell): Promise<string> {
  if (format === 'json')
    return renderJson(
      RULES.map(({ name, severity, fix, summary, consequence, help }) => {
        return { name, severity, fix, summary, consequence, help };
      }),
    );
  return renderTable(
    [
      { header: 'RULE', cell: ({ name }) => name },
      { header: 'SEVERITY', cell: ({ severity }) => severity },
      { header: 'FIX', cell: ({ fix }) => fix },
      { header: 'FINDS', cell: ({ summary }) => summary },
    ],
    RULES,
    { width: terminalWidth(io.stdout), shrink: ['FINDS'] },
  );
}
