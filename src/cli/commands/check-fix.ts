import type { AwsAuthDocument } from '../../configmap/document.ts';
import { type Finding, note, warning } from '../../errors.ts';
import { ReadTime } from '../../inventory/read-time.ts';
import { inputName } from '../../io.ts';
import type { FixResult } from '../../lint/fix.ts';
import { supersededEntry } from '../../lint/rules/superseded-entry.ts';
import { listed } from '../../text.ts';
import type { ClusterFile } from '../inputs/clusters.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type CheckOptions, checkedInput, type LintInput, lintedInputs } from './check-inputs.ts';
import { type Checked, type CheckFormat, checkEnd, NOTHING_FIXED, renderFindings } from './check-output.ts';

/** Fixes none of several files if one of them is invalid, as if one can't be read. */
export async function checkUnfixed(
  inputs: readonly LintInput[],
  invalid: readonly ClusterFile[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const checked = lintedInputs(inputs, options, shell);
  await reportRemaining(checked, options.output, shell);
  const names = listed(invalid.map(({ document }) => document.file));
  const message = `nothing was fixed: ${names} ${invalid.length === 1 ? 'is' : 'are'} invalid`;
  shell.report([warning('nothing-fixed', message, { help: 'Correct the invalid file, or leave it out.' })]);
  const end = await checkEnd(checked, options.output, { ending: NOTHING_FIXED });
  return { ...end, stdout: '', exitCode: 1 };
}

/** Fixes what can be fixed: on stdout, in the files, or as a diff. */
export async function checkAndFix(
  inputs: readonly LintInput[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const { fix } = await import('../../lint/fix.ts');
  const fixable = inputs.filter(
    (input): input is LintInput & { readonly file: ClusterFile } => input.file !== null,
  );
  const several = fixable.length > 1;
  const results = fixable.map((input) => {
    const { path, document } = input.file;
    const result = fix(document, { ...input.options, access: options.fixAccess ?? false });
    const verb = isApplied(path, options) ? 'fixed' : 'would fix';
    reportFixed(result, verb, several ? document : null, shell);
    return { input, path, document, result };
  });
  const remaining = [
    ...results.map(({ input, result }) => checkedInput(input, result.text, result.remaining, options)),
    ...lintedInputs(
      inputs.filter(({ file }) => file === null),
      options,
      shell,
    ),
  ];
  if (results.some(({ input, result }) => isKeptForAge(input, result))) shell.report([NOTHING_REMOVED]);
  await reportRemaining(remaining, options.output, shell);
  const changed = results.filter(({ result }) => result.changed);
  const isLeft = changed.some(({ path }) => !isApplied(path, options));
  const end = await checkEnd(remaining, options.output, {
    ending: options.write ? `${changed.length} of ${fixable.length} written` : null,
    when: isLeft ? ' once fixed' : '',
  });
  if (options.write) {
    const replacements = changed.map(({ path: name, document, result }) => {
      return { name, before: document.source, after: result.text };
    });
    return { ...end, stdout: '', replacements };
  }
  if (!options.diff) {
    const printed = results.flatMap(({ path, result }) => printedNote(path, result.changed));
    return {
      ...end,
      stdout: results.map(({ result }) => result.text),
      summary: [...end.summary, ...printed],
    };
  }
  const { diffLines } = await import('../../configmap/hunks.ts');
  const { diffNames, renderDiff } = await import('../format/unified-diff.ts');
  const diffs = changed.flatMap(({ path, document, result }) =>
    diffLines(document.source, result.edits, ...diffNames(path)),
  );
  return { ...end, stdout: renderDiff(diffs, shell), ...(changed.length > 0 && { exitCode: 1 }) };
}

/** True if entries stay only because the snapshot is too old to prove that access entries replace them. */
function isKeptForAge({ options }: LintInput, { remaining }: FixResult): boolean {
  const { inventory = {}, cluster } = options;
  const isOld = [inventory, cluster?.eks ?? {}].some((one) => ReadTime.of(one).isOld);
  return isOld && remaining.some(({ code }) => code === supersededEntry.name);
}

const NOTHING_REMOVED = warning(
  'removal-skipped',
  'the snapshot is older than --max-age, so --fix removes no entries that access entries replace',
  { help: 'Take a new snapshot, or raise --max-age.' },
);

/** @param document the file to name with what takes effect; null for a single file */
function reportFixed(
  { fixed, effective }: FixResult,
  verb: 'fixed' | 'would fix',
  document: AwsAuthDocument | null,
  shell: Shell,
): void {
  const where = document ? { location: { file: document.file } } : {};
  shell.report([
    ...fixed.map(({ code, location, change }) => note(code, `${verb}: ${change} [${code}]`, { location })),
    ...effective.map((message) => note('now-effective', message, where)),
  ]);
}

/** Prints the remaining findings to stderr; as text, they look like any other message. */
async function reportRemaining(
  remaining: readonly Checked[],
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

/** True if the fix is applied: to a file with --write, or to stdin on its way to stdout. */
function isApplied(path: string, { write, diff }: CheckOptions): boolean {
  return write === true || (path === '-' && !diff);
}

/** A note that stdout has the fixed ConfigMap, and the file is unchanged. */
function printedNote(path: string, changed: boolean): Finding[] {
  if (path === '-' || !changed) return [];
  const message = `the fixed ConfigMap is on stdout; ${inputName(path)} is unchanged`;
  return [note('fixed-on-stdout', message, { help: 'Add --write to update the file.' })];
}
