import { styleText } from 'node:util';
import type { AuthenticationMode } from '../../access-entry.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { type Finding, formatLocation, note, warning } from '../../errors.ts';
import { inputName } from '../../io.ts';
import type { FixResult } from '../../lint/fix.ts';
import { MAX_OF_A_RULE, RULES, truncatedRules } from '../../lint/lint.ts';
import type { LintFinding } from '../../lint/rule.ts';
import { printable } from '../../text.ts';
import { isBreak, lineEnd, lineStart } from '../../yaml/lines.ts';
import { renderJson } from '../format/json.ts';
import { renderTable, terminalWidth, type WidthOf, widthMeasure } from '../format/table.ts';
import type { CommonOptions } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';

export type CheckFormat = 'text' | 'json' | 'github';

/** How text is shown; `columns` is the width of the terminal, if there is one. */
interface View {
  readonly color: boolean;
  readonly columns: number | undefined;
}

/** Before an excerpt. */
const MARGIN = '  | ';

/** Markdown, of the summary of a workflow's step. */
export const CHECK_TITLE = '### aws-auth-sso check\n\n';

/** What was checked. */
export interface CheckedName {
  /** Of the file, as it was given; null where a cluster was checked alone. */
  readonly path: string | null;
  /** The name of the cluster; null where a file was checked alone. */
  readonly cluster: string | null;
  /** The authentication mode that it was checked for, where that is not its own. */
  readonly assumedMode: AuthenticationMode | null;
  /** Whether there was nothing to look at: a cluster without access entries, and no file. */
  readonly isEmpty?: boolean;
}

/** What was found in a file, in the access entries of a cluster, or in both. */
export interface CheckedInput extends CheckedName {
  /** The text that the findings of a file are about. */
  readonly source: string;
  readonly findings: readonly LintFinding[];
}

/** Findings as text, as JSON, or as annotations of a GitHub workflow. */
export async function renderFindings(
  checked: readonly CheckedInput[],
  format: CheckFormat,
  view: View = { color: false, columns: undefined },
): Promise<string> {
  const findings = checked.flatMap((file) => file.findings);
  switch (format) {
    case 'text': {
      const widthOf = await widthMeasure(checked.map(({ source }) => source));
      return checked
        .flatMap((file) => file.findings.map((finding) => textOf(finding, file.source, view, widthOf)))
        .join('\n');
    }
    case 'json':
      return renderJson(jsonOf(findings));
    case 'github':
      return (await import('../format/github.ts')).annotationsOf(findings);
  }
}

/**
 * What was found, for the summary of a workflow's step.
 * @param counts what there is in each file, and in all
 */
export async function checkStep(
  checked: readonly CheckedInput[],
  counts: readonly Finding[],
  format: CheckFormat,
): Promise<Pick<Outcome, 'step'>> {
  if (format !== 'github') return {};
  const { markdown } = await import('../format/github.ts');
  const list = counts.map(({ message }) => `- ${markdown(message)}\n`).join('');
  const findings = checked.flatMap((file) => file.findings);
  return { step: { title: `${CHECK_TITLE}${list}\n`, findings, parts: [] } };
}

/** How many findings there are of a severity. */
function countOf(findings: readonly LintFinding[], severity: LintFinding['severity']): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

/**
 * How many findings there are in each file and cluster, and in all of several.
 * @param broken files that could not be checked
 * @param ending what else there is to say of all
 * @param when what the counts hold for, where it is not the file as it is
 */
export function summaryOf(
  checked: readonly CheckedInput[],
  broken: number,
  ending: string | null,
  when = '',
): Finding[] {
  const messages = checked.map(
    (one) =>
      `${checkedName(one)}: ${one.isEmpty ? 'nothing to check' : `${countsText(one.findings)}${when}`}`,
  );
  if (checked.length + broken > 1) {
    const isEmpty = broken === 0 && checked.every((one) => one.isEmpty);
    const counts = isEmpty
      ? 'nothing to check'
      : `${countsText(checked.flatMap(({ findings }) => findings))}${when}`;
    messages.push(`${allText(checked, broken)}: ${counts}${ending === null ? '' : `; ${ending}`}`);
  }
  return messages.map((message) => note('summary', message));
}

/** `prod.yaml with cluster prod` */
function checkedName({ path, cluster, assumedMode }: CheckedName): string {
  const names = [
    ...(path === null ? [] : [inputName(path)]),
    ...(cluster === null ? [] : [`cluster ${cluster}`]),
  ];
  const name = names.join(' with ');
  return assumedMode === null ? name : `${name}, as if its authentication mode were ${assumedMode}`;
}

/** `2 of 3 files and 1 cluster checked` */
function allText(checked: readonly CheckedInput[], broken: number): string {
  const files = checked.filter(({ path }) => path !== null).length;
  const clusters = checked.filter(({ cluster }) => cluster !== null).length;
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

function countsText(findings: readonly LintFinding[]): string {
  if (findings.length === 0) return 'no problems found';
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const count = countOf(findings, severity);
    return severity === 'note' && count === 0 ? [] : counted(count, severity);
  });
  return counts.join(', ');
}

/** 1 where an error was found. */
export function exitCodeOf(checked: readonly CheckedInput[]): 0 | 1 {
  return checked.some(({ findings }) => countOf(findings, 'error') > 0) ? 1 : 0;
}

const STYLES = { error: 'red', warning: 'yellow', note: 'blue' } as const;

/** Location, message and rule; the line with the problem underlined; the help. */
function textOf(finding: LintFinding, source: string, { color, columns }: View, widthOf: WidthOf): string {
  const { code: rule, severity, message, help, location } = finding;
  const label = color ? styleText(STYLES[severity], severity, { validateStream: false }) : severity;
  const head = `${printable(formatLocation(location))}: ${label}: ${printable(message)} [${rule}]`;
  const shown = location.line === undefined ? [] : excerptLines(source, finding, widthOf, columns);
  const steps = help.split('\n').map((step) => `  ${printable(step)}`);
  return `${[head, ...shown, ...steps].join('\n')}\n`;
}

function excerptLines(
  source: string,
  finding: LintFinding,
  widthOf: WidthOf,
  columns: number | undefined,
): string[] {
  const { line, caret } = excerptOf(source, finding, widthOf, columns && columns - MARGIN.length);
  return line.trim() === '' ? [] : [`${MARGIN}${line}`, `${MARGIN}${caret}`];
}

function jsonOf(findings: readonly LintFinding[]) {
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

/** UTF-16 code units shown before the problem and from there on; an ellipsis replaces the rest. */
const BEFORE = 50;
const AFTER = 70;
/** Factor by which the shown part shrinks until it fits. */
const SHRINK = 0.9;
const ELLIPSIS = '…';

/**
 * Shows where a finding is; both lines are safe for a terminal.
 * @param source the text that was linted
 * @param widthOf measures it
 * @param columns that the lines may take; less context is shown until they fit
 */
export function excerptOf(
  source: string,
  finding: Pick<LintFinding, 'start' | 'end'>,
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
  { start, end }: Pick<LintFinding, 'start' | 'end'>,
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

/** `--quiet` hides notes. */
export function shownOf(findings: readonly LintFinding[], { quiet }: CommonOptions): readonly LintFinding[] {
  return quiet ? findings.filter(({ severity }) => severity !== 'note') : findings;
}

export function reportTruncated(checked: CheckedName, findings: readonly LintFinding[], shell: Shell): void {
  const rules = truncatedRules(findings);
  if (rules.length === 0) return;
  const message = `${checkedName(checked)}: at most ${MAX_OF_A_RULE} findings of a rule are listed: ${rules.join(', ')}`;
  shell.report([warning('truncated', message)]);
}

/** @param document where it has to be said of which file what takes effect */
export function reportFixed(
  { fixed, effective }: FixResult,
  describe: (finding: FixResult['fixed'][number]) => string,
  verb: 'fixed' | 'would fix',
  document: AwsAuthDocument | null,
  shell: Shell,
): void {
  const where = document ? { location: { file: document.file } } : {};
  shell.report([
    ...fixed.map((finding) => {
      const { code, location } = finding;
      return note(code, `${verb}: ${describe(finding)} [${code}]`, { location });
    }),
    ...effective.map((message) => note('now-effective', message, where)),
  ]);
}

/** The findings that remain go to stderr; as text, they look like any other message. */
export async function reportRemaining(
  remaining: readonly CheckedInput[],
  format: CheckFormat,
  shell: Shell,
): Promise<void> {
  if (format === 'text')
    shell.report(
      remaining.flatMap(({ findings }) =>
        findings.map((finding) => ({ ...finding, message: `${finding.message} [${finding.code}]` })),
      ),
    );
  else shell.io.stderr.write(await renderFindings(remaining, format));
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
