import { styleText } from 'node:util';
import type { LintFinding } from '../aws-auth/lint/rule.ts';
import { printable } from '../printable.ts';
import { renderJson } from './json.ts';
import { placeText } from './message.ts';

export type CheckFormat = 'text' | 'json' | 'github';

/** Findings for people, for programs, or as annotations of a GitHub workflow. */
export function renderFindings(
  findings: readonly LintFinding[],
  source: string,
  format: CheckFormat,
  color: boolean,
): string {
  switch (format) {
    case 'text':
      return findings.map((finding) => textOf(finding, source, color)).join('\n');
    case 'json':
      return renderJson(jsonOf(findings));
    case 'github':
      return findings.map(annotationOf).join('');
  }
}

/** How many findings there are of a severity. */
export function countOf(findings: readonly LintFinding[], severity: LintFinding['severity']): number {
  return findings.filter((finding) => finding.severity === severity).length;
}

const STYLES = { error: 'red', warning: 'yellow' } as const;

/** Place, rule and message; the line with what is meant underlined; the cure. */
function textOf(finding: LintFinding, source: string, color: boolean): string {
  const { rule, severity, message, cure, start, end } = finding;
  const label = color ? styleText(STYLES[severity], severity, { validateStream: false }) : severity;
  const head = `${printable(placeText(finding))}: ${label}: ${printable(message)} [${rule}]`;
  return `${[head, ...excerpt(source, start, end), `  ${printable(cure)}`].join('\n')}\n`;
}

/** A line of the file, and carets below what is meant; nothing for a line without text. */
function excerpt(source: string, start: number, end: number): string[] {
  const from = Math.max(source.lastIndexOf('\n', start - 1), source.lastIndexOf('\r', start - 1)) + 1;
  const length = source.slice(from).search(/[\r\n]|$/);
  const line = source.slice(from, from + length);
  if (line.trim() === '') return [];
  const before = printable(line.slice(0, start - from));
  const meant = printable(source.slice(start, Math.min(end, from + length)));
  return [
    `  | ${printable(line)}`,
    `  | ${' '.repeat(before.length)}${'^'.repeat(Math.max(meant.length, 1))}`,
  ];
}

function jsonOf(findings: readonly LintFinding[]) {
  return {
    findings: findings.map(({ rule, severity, message, cure, file, line = null, column = null, fix }) => {
      return { rule, severity, message, cure, file, line, column, fix };
    }),
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
  };
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function annotationOf({ rule, severity, message, cure, file, line, column }: LintFinding): string {
  const properties = Object.entries({ file, line, col: column, title: rule })
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `${name}=${escapeData(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`,
    );
  return `::${severity} ${properties.join(',')}::${escapeData(printable(`${message}. ${cure}`))}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
