import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { KubectlVerb } from '../../configmap/server-metadata.ts';
import { refusal } from '../../errors.ts';
import { refuseIrreplaceable } from '../replace-file.ts';
import type { Run } from '../run.ts';
import type { Outcome, Shell } from '../shell.ts';
import { addMergeOptions, type MergeRunOptions, runMerge } from './merge-run.ts';

interface MergeCommandOptions extends MergeRunOptions {
  readonly for?: KubectlVerb;
  readonly write?: boolean;
}

export function mergeCommand(run: Run): Command {
  const command = new Command('merge')
    .description('put the desired entries into an existing ConfigMap; every other byte stays')
    .argument('[file]', 'aws-auth ConfigMap, or - for stdin', '-')
    .addOption(
      new Option(
        '--for <verb>',
        'kubectl command that the result is for: replace and server-side-apply keep the resourceVersion, so that a change made meanwhile is refused; apply drops all that the server wrote, for files in Git',
      ).choices(['replace', 'server-side-apply', 'apply']),
    )
    .option('--write', 'edit the file in place; stdout stays empty');
  return addMergeOptions(command).action((file: string, options: MergeCommandOptions) =>
    run(options, (shell) => merge(file, options, shell)),
  );
}

async function merge(file: string, options: MergeCommandOptions, shell: Shell): Promise<Outcome> {
  if (options.write && file === '-') {
    throw refusal({
      message: '--write edits a file in place, and stdin is none',
      help: 'Name the file: aws-auth-sso merge --write FILE.',
    });
  }
  const path = resolve(shell.io.cwd, file);
  if (options.write) await refuseIrreplaceable(path, file);
  const merging = { comments: options.comments ?? false, for: options.for ?? null };
  const { document, text, changed, summary } = await runMerge(file, options, merging, shell);
  if (!options.write) return { stdout: text, summary };
  const replacement = { path, name: file, before: document.source, after: text };
  return { stdout: '', summary, ...(changed ? { replacement } : {}) };
}
