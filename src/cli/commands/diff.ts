import { Command } from 'commander';
import { diffLines } from '../../configmap/diff.ts';
import { inputName } from '../../io.ts';
import { diffNames, renderDiff } from '../format/diff.ts';
import { addFileArgument, outputOption } from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import { addMergeOptions, type MergeCommandOptions, runMerge } from './merge.ts';

interface DiffOptions extends MergeCommandOptions {
  readonly output: 'diff' | 'json' | 'github';
}

export function diffCommand(run: Run): Command {
  const command = addFileArgument(new Command('diff')).addOption(outputOption('diff', 'json', 'github'));
  return addMergeOptions(command).action((file: string, options: DiffOptions) =>
    run(options, (shell) => diff(file, options, shell)),
  );
}

async function diff(file: string, options: DiffOptions, shell: Shell): Promise<Outcome> {
  const work = () => compare(file, options, shell);
  if (options.output !== 'github') return work();
  const [{ asStep }, { diffTitle }] = await Promise.all([
    import('../format/github.ts'),
    import('./diff-output.ts'),
  ]);
  return asStep(diffTitle(inputName(file)), work, shell);
}

async function compare(file: string, options: DiffOptions, shell: Shell): Promise<Outcome> {
  const merged = await runMerge(file, options, null, shell);
  const { document, edits, changed, summary } = merged;
  const outcome = { summary, exitCode: changed ? 1 : 0 } as const;
  const lines = () => diffLines(document.source, edits, ...diffNames(file));
  switch (options.output) {
    case 'diff':
      return { stdout: renderDiff(lines(), shell), ...outcome };
    case 'json': {
      const { renderDiffJson } = await import('./diff-output.ts');
      return { stdout: renderDiffJson(merged), ...outcome };
    }
    case 'github': {
      const { annotateChanges, diffStep } = await import('./diff-output.ts');
      return { stdout: annotateChanges(merged), step: diffStep(merged, lines()), ...outcome };
    }
  }
}
