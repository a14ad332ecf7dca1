import { canStateUsername } from '../../aws-auth/stated-names.ts';
import { decided } from '../../change/change.ts';
import { mergeText } from '../../change/describe-change.ts';
import { type StrictDifference, strictDifferences, TOLD_BY_STRICT } from '../../change/strict-map.ts';
import { note, warning, withCode } from '../../errors.ts';
import { inputName } from '../../io.ts';
import { mayWant } from '../../mapping/wanted.ts';
import { clusterOption, outputOption } from '../define-command.ts';
import { asStep } from '../format/github.ts';
import { requireConsistent } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';
import {
  type DiffOptions,
  diffTitle,
  type FileComparison,
  renderComparison,
  unlistedNote,
} from './diff-output.ts';
import { defineMergeCommand, type MergeRun, runMerge } from './merge.ts';

export const diffCommand = defineMergeCommand(
  'diff',
  (command) =>
    command
      .option('--strict', 'also report entries missing from the config (exit 1)')
      .addOption(clusterOption("compare this cluster's access entries instead of FILE"))
      .addOption(outputOption('diff', 'json', 'github')),
  diff,
);

/** @param file null if only a cluster is named */
async function diff(options: DiffOptions, shell: Shell, file: string | null): Promise<Outcome> {
  const { cluster } = options;
  requireConsistent([
    file !== null && cluster !== undefined,
    "FILE can't be used with --cluster",
    'Use FILE to compare an aws-auth, or --cluster to compare access entries. For both, run diff twice.',
  ]);
  if (cluster !== undefined) {
    const { diffCluster } = await import('./diff-cluster.ts');
    return diffCluster({ ...options, cluster }, shell);
  }
  const name = file ?? '-';
  const work = () => compare(name, options, shell);
  return options.output === 'github' ? asStep(diffTitle(inputName(name)), work, shell) : work();
}

async function compare(file: string, options: DiffOptions, shell: Shell): Promise<Outcome> {
  const { strict: isStrict = false, output } = options;
  requireConsistent([
    options.rbac && !options.explain && options.map && options.config === undefined,
    '--rbac requires --explain or a config',
    'Add --explain to see which roles people gain and lose, or compare the bindings of a config with -c.',
  ]);
  const run = await runMerge(file, options, null, shell, isStrict ? TOLD_BY_STRICT : undefined);
  const found = differencesLeft(run);
  const strict = isStrict ? found : [];
  const { request } = run.desired;
  const bindings =
    run.authorizer && request.fromConfig
      ? (await import('./diff-bindings.ts')).compareBindings(request, run.authorizer, options, shell)
      : null;
  const isDifferent = run.changed || strict.length > 0 || bindings?.isDifferent === true;
  const counts = countsWith(run, strict);
  const reported = strict.map(({ map, entry, account }) => ({
    map,
    isLoaded: (entry ?? account) !== null,
  }));
  const countsText = `${mergeText(counts, run.changes, run.before, reported)}${bindings?.counts ?? ''}`;
  const compared = { ...run, strict, isStrict, isDifferent, counts, countsText, bindings };
  const findings = strict.map((difference) => {
    const { kind, message, location, help } = difference;
    return warning(kind, message, { location, help });
  });
  if (output !== 'github') shell.report(findings.map(withCode));
  const message = `${inputName(file)}: ${countsText}`;
  const summary = [
    ...(isStrict ? [] : unlistedNote(found, { file: run.before.file })),
    note('summary', message),
  ];
  const outcome = { summary, exitCode: isDifferent ? 1 : 0 } as const;
  return { ...outcome, ...renderComparison(compared, file, findings, output, shell) };
}

/** Entries that a merge leaves unchanged although they differ from the config. */
function differencesLeft({ before, changes, desired, context }: MergeRun): StrictDifference[] {
  return strictDifferences(before, changes, {
    desired: desired.entries,
    others: desired.request.otherEntries,
    scope: context.scope,
    roles: context.roles,
    canState: canStateUsername,
    mayWant: mayWant(desired, context.isFresh),
  });
}

/** The merge's counts with strict differences: different entries aren't unchanged, and unmapped ones count once. */
function countsWith(
  { counts, changes }: MergeRun,
  strict: readonly StrictDifference[],
): FileComparison['counts'] {
  if (strict.length === 0) return counts;
  const count = (kind: StrictDifference['kind']) => strict.filter((one) => one.kind === kind).length;
  const different = new Set(strict.map(({ entry }) => entry));
  const unchanged = decided(changes, 'kept', 'left-alone').filter(({ entry }) => !different.has(entry));
  return {
    ...counts,
    unchanged: unchanged.length,
    unmapped: count('unmapped'),
    shadowed: 0,
    unlisted: count('unlisted'),
    altered: count('altered'),
  };
}
