import { styleText } from 'node:util';
import type { LintFinding } from '../../lint/rule.ts';
import { printable } from '../../text.ts';
import { excerptOf } from '../excerpt.ts';
import { renderJson } from '../format/json.ts';
import { placeText } from '../message.ts';

export type CheckFormat = 'text' | 'json' | 'github';

/** How findings look to people; `columns` is the width of their terminal, if there is one. */
interface View {
  readonly color: boolean;
  readonly columns: number | undefined;
}

/** In front of an excerpt. */
const MARGIN = '  | ';

/** Findings for people, for programs, or as annotations of a GitHub workflow. */
export function renderFindings(
  findings: readonly LintFinding[],
  source: string,
  format: CheckFormat,
  view: View = { color: false, columns: undefined },
): string {
  switch (format) {
    case 'text':
      return findings.map((finding) => textOf(finding, source, view)).join('\n');
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

/** Location, rule and message; the line with what is meant underlined; the help. */
function textOf(finding: LintFinding, source: string, { color, columns }: View): string {
  const { code: rule, severity, message, help } = finding;
  const label = color ? styleText(STYLES[severity], severity, { validateStream: false }) : severity;
  const head = `${printable(placeText(finding.location))}: ${label}: ${printable(message)} [${rule}]`;
  const { line, caret } = excerptOf(source, finding, columns && columns - MARGIN.length);
  const shown = line.trim() === '' ? [] : [`${MARGIN}${line}`, `${MARGIN}${caret}`];
  return `${[head, ...shown, `  ${printable(help)}`].join('\n')}\n`;
}

function jsonOf(findings: readonly LintFinding[]) {
  return {
    findings: findings.map(({ code: rule, severity, message, help, location, fixKind: fix }) => {
      const { file, line = null, column = null, endLine = null, endColumn = null } = location;
      return { rule, severity, message, help, file, line, column, endLine, endColumn, fix };
    }),
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
  };
}

/** https://docs.github.com/actions/reference/workflow-commands-for-github-actions */
function annotationOf({ code: title, severity, message, help, location }: LintFinding): string {
  const { file, line, column: col } = location;
  const properties = Object.entries({ file, line, col, title })
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `${name}=${escapeData(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`,
    );
  return `::${severity} ${properties.join(',')}::${escapeData(printable(`${message}. ${help}`))}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
