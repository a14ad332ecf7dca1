import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { normalize, resolve } from 'node:path';
import {
  Failure,
  type Finding,
  formatLocation,
  type Location,
  type Severity,
  warning,
} from '../../errors.ts';
import { type Io, reasonOf } from '../../io.ts';
import { printable } from '../../text.ts';
import type { Outcome, Shell, StepSummary, SummaryPart } from '../shell.ts';

/**
 * A message as an annotation of a GitHub workflow, one line of output.
 * @param lines of the message
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function annotation(
  severity: Severity,
  { file, line, endLine, column: col }: Partial<Location>,
  title: string,
  ...lines: readonly string[]
): string {
  // GitHub doesn't recognize `./x.yaml` as a file of the repository.
  const path = file === undefined ? undefined : normalize(file);
  const properties = Object.entries({ file: path, line, endLine, col, title }).flatMap(([name, value]) =>
    value === undefined
      ? []
      : `${name}=${escapeData(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`,
  );
  return `::${severity === 'note' ? 'notice' : severity} ${properties.join(',')}::${escapeData(lines.map(printable).join('\n'))}\n`;
}

/** Findings as annotations; findings without a location belong to the step. */
export function annotationsOf(findings: readonly Finding[]): string {
  return findings
    .map((finding) => {
      const { code, severity, location } = finding;
      const [first, ...others] = messageLines(finding);
      if (location?.isFile === false)
        return annotation(severity, {}, code, `${formatLocation(location)}: ${first}`, ...others);
      return annotation(severity, { ...location, endLine: undefined }, code, first, ...others);
    })
    .join('');
}

/** The message followed by the first line of the help, then the other lines of the help. */
function messageLines({ message, help }: Finding): [string, ...string[]] {
  const [first, ...others] = help?.split('\n') ?? [];
  return [first === undefined ? message : `${message}. ${first}`, ...others];
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Escapes text for Markdown: characters that could start markup, a link or a mention become character references. */
export function markdown(text: string): string {
  return printable(text).replace(/[!-,./;-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text as inline code, which works in tables too. */
export function markdownCode(text: string): string {
  return `<code>${markdown(text)}</code>`;
}

/**
 * Runs a command as a step of a workflow. Writes the step's summary. Annotates errors and warnings on stderr, where the
 * runner reads commands too: a failed command has no stdout.
 * @param title Markdown title of the summary if the command fails
 * @throws what `work` throws
 */
export async function asStep(title: string, work: () => Promise<Outcome>, shell: Shell): Promise<Outcome> {
  try {
    const outcome = await work();
    const { step, failure } = outcome;
    if (step) await endStep(step, failure?.findings ?? [], shell);
    return outcome;
  } catch (error) {
    if (error instanceof Failure) {
      const failed = `${title}Failed with exit code ${error.exitCode}.\n\n`;
      await endStep({ title: failed, findings: [], parts: [] }, error.findings, shell);
    }
    throw error;
  }
}

async function endStep(
  { title, findings, parts }: StepSummary,
  errors: readonly Finding[],
  shell: Shell,
): Promise<void> {
  // Each once, like messages on stderr.
  const annotated = new Map(
    [...errors, ...shell.warnings].map((finding) => [annotationsOf([finding]), finding]),
  );
  for (const line of annotated.keys()) shell.io.stderr.write(line);
  const table = findingsPart([...annotated.values(), ...findings]);
  await appendSummary({ title, parts: [...table, ...parts] }, shell);
}

function findingsPart(findings: readonly Finding[]): SummaryPart[] {
  if (findings.length === 0) return [];
  const rows = findings.map((finding) => {
    const { severity, location, code } = finding;
    const place = location ? markdownCode(formatLocation(location)) : '';
    return [severity, place, markdownCode(code), messageLines(finding).map(markdown).join('<br>')];
  });
  return [tablePart(['Severity', 'Place', 'Rule', 'What is wrong, and what to do'], rows)];
}

export function tablePart(head: readonly string[], rows: readonly (readonly string[])[]): SummaryPart {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return { head: `${row(head)}\n${row(head.map(() => '---'))}\n`, lines: rows.map(row), tail: '\n' };
}

/**
 * A collapsed code block that its own lines can't close.
 * @param title Markdown
 */
export function codePart(title: string, language: string, lines: readonly string[]): SummaryPart {
  const shown = lines.map(printable);
  const runs = shown.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length);
  const fence = '`'.repeat(runs.reduce((most, length) => Math.max(most, length + 1), 3));
  const head = `<details><summary>${title}</summary>\n\n${fence}${language}\n`;
  return { head, lines: shown, tail: `${fence}\n\n</details>\n\n` };
}

/** Maximum bytes of a step's summary; GitHub drops a larger one entirely. */
const MAX_BYTES = 1024 * 1024;
const CUT = '_Truncated: GitHub shows at most 1 MiB per step. The log and `-o json` have all lines._\n\n';

/**
 * Appends Markdown to the summary of the workflow's step, in the file of `GITHUB_STEP_SUMMARY`. If that can't be written,
 * only warns: the exit code is about aws-auth.
 */
export async function appendSummary(summary: Omit<StepSummary, 'findings'>, shell: Shell): Promise<void> {
  const { io } = shell;
  const path = io.env.GITHUB_STEP_SUMMARY;
  if (!path) return;
  try {
    await append(io, path, (room) => summaryWithin(summary, room));
  } catch (error) {
    const message = `$GITHUB_STEP_SUMMARY can't be written: ${reasonOf(error)}`;
    const help = "This step has no summary. Its annotations and exit code aren't affected.";
    shell.report([warning('summary-not-written', message, { help, location: { file: path } })]);
  }
}

async function append({ cwd }: Io, path: string, textFor: (room: number) => string): Promise<void> {
  // Non-blocking: a pipe that nobody reads is an error, too.
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
  const file = await open(resolve(cwd, path), flags);
  try {
    const { size } = await file.stat();
    // Existing content may end in the middle of a line.
    const separator = size > 0 ? '\n\n' : '';
    await file.writeFile(separator + textFor(MAX_BYTES - size - separator.length));
  } finally {
    await file.close();
  }
}

/** A summary that fits `room` bytes: as many lines of its parts as fit, in order, and a note if any are missing. */
function summaryWithin({ title, parts }: Omit<StepSummary, 'findings'>, room: number): string {
  const bytes = (text: string) => Buffer.byteLength(text);
  const frame = [title, ...parts.flatMap(({ head, tail }) => [head, tail]), CUT].join('');
  let left = room - bytes(frame);
  if (left < 0) return room < CUT.length ? '' : CUT;
  let isCut = false;
  const shown = parts.map(({ head, lines, tail }) => {
    const kept: string[] = [];
    for (const line of lines) {
      left -= bytes(line) + 1;
      isCut = left < 0;
      if (isCut) break;
      kept.push(`${line}\n`);
    }
    return `${head}${kept.join('')}${tail}`;
  });
  return [title, ...shown, ...(isCut ? [CUT] : [])].join('');
}
