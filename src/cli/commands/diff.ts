import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { type DiffLine, diffLines } from '../../configmap/diff.ts';
import { printable } from '../../text.ts';
import { renderJson } from '../format/json.ts';
import type { Run } from '../run.ts';
import type { Outcome, Shell } from '../shell.ts';
import { diffJson } from './diff-json.ts';
import { addMergeOptions, type MergeRunOptions, runMerge } from './merge-run.ts';

interface DiffOptions extends MergeRunOptions {
  readonly output: 'diff' | 'json';
}

export function diffCommand(run: Run): Command {
  const command = new Command('diff')
    .description('show what merge would change; exit 1 if it would')
    .argument('[file]', 'aws-auth ConfigMap, or - for stdin', '-')
    .addOption(new Option('-o, --output <format>', 'format').choices(['diff', 'json']).default('diff'));
  return addMergeOptions(command).action((file: string, options: DiffOptions) =>
    run(options, (shell) => diff(file, options, shell)),
  );
}

async function diff(file: string, options: DiffOptions, shell: Shell): Promise<Outcome> {
  const merging = { comments: options.comments ?? false, for: null };
  const merged = await runMerge(file, options, merging, shell);
  const { document, edits, changed, summary } = merged;
  const exitCode = changed ? 1 : 0;
  if (options.output === 'json') return { stdout: renderJson(diffJson(merged)), summary, exitCode };
  const name = file === '-' ? 'aws-auth.yaml' : file;
  const lines = diffLines(document.source, edits, `a/${name}`, `b/${name}`);
  const stdout = lines.map((line) => renderLine(line, shell)).join('');
  return { stdout, summary, exitCode };
}

const STYLES = {
  file: 'bold',
  hunk: 'cyan',
  removed: 'red',
  added: 'green',
  context: null,
  'no-newline': null,
} as const;

/** Bytes as they are for a pipe; a terminal gets no control characters from the file. */
function renderLine({ kind, text }: DiffLine, shell: Shell): string {
  const { stdout } = shell.io;
  const shown = stdout.isTTY ? printable(text) : text;
  const style = shell.colorOn(stdout) ? STYLES[kind] : null;
  return `${style ? styleText(style, shown, { validateStream: false }) : shown}\n`;
}
