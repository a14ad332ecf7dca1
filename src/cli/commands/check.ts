import { Command, Option } from 'commander';
import { AUTHENTICATION_MODES } from '../../access-entry.ts';
import { type AwsAuthDocument, readWithProblems } from '../../configmap/document.ts';
import { type Failure, type Finding, refusal } from '../../errors.ts';
import { inputName, readText } from '../../io.ts';
import type { FixResult } from '../../lint/fix.ts';
import { lint, MAX_OF_A_RULE, RULES, truncatedRules } from '../../lint/lint.ts';
import type { LintFinding } from '../../lint/rule.ts';
import { didYouMean, listed, quoted } from '../../text.ts';
import { type ClusterFile, distinctFiles, withClusterFiles } from '../cluster-files.ts';
import { renderJson } from '../format/json.ts';
import { renderTable, terminalWidth } from '../format/table.ts';
import {
  addConfigOption,
  addFilesArgument,
  addInventoryOptions,
  addRbacOption,
  addShellOptions,
  clustersOption,
  GROUPS,
  maxAgeOption,
  outputOption,
  repeated,
  type ScopeOptions,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import { type CheckOptions, type LintInput, lintInputs } from './check-inputs.ts';
import {
  CHECK_TITLE,
  type CheckedInput,
  type CheckedName,
  type CheckFormat,
  checkedName,
  checkStep,
  exitCodeOf,
  renderFindings,
  summaryOf,
} from './check-output.ts';

export function checkCommand(run: Run): Command {
  const command = addFilesArgument(new Command('check'))
    .option(
      '--fix',
      'fix problems without changing access; the ConfigMap goes to stdout, the findings to stderr',
    )
    .option('--fix-access', 'also fix entries that currently grant no access')
    .option('--diff', 'show what the fixes would change as a unified diff; write nothing')
    .option('--write', 'edit the files in place; stdout stays empty')
    .option('--aws', 'look up in AWS whether the roles exist')
    .addOption(clustersOption('also read the access entries of this EKS cluster; FILE is optional then'))
    .addOption(
      new Option(
        '--authentication-mode <mode>',
        'check as if the cluster had this authentication mode: in API, who is locked out',
      )
        .choices(AUTHENTICATION_MODES)
        .helpGroup(GROUPS.aws),
    );
  addRbacOption(command)
    .option('--ignore <rule>', 'ignore this rule; repeatable', repeated)
    .option('--list-rules', 'list the rules')
    .addOption(outputOption('text', 'json', 'github'))
    .addOption(maxAgeOption('fix no role suffix from a snapshot older than this'));
  return addShellOptions(addInventoryOptions(addConfigOption(command, 'AWS settings'))).action(
    (files: readonly string[], options: CheckOptions) => {
      // With clusters, stdin is read only where it is asked for.
      const given = options.cluster && command.args.length === 0 ? [] : files;
      return run(options, (shell) => check(given, options, shell));
    },
  );
}

async function check(given: readonly string[], options: CheckOptions, shell: Shell): Promise<Outcome> {
  const work = () => checkFiles(given, options, shell);
  if (options.output !== 'github') return work();
  return (await import('../format/github.ts')).asStep(CHECK_TITLE, work, shell);
}

async function checkFiles(given: readonly string[], options: CheckOptions, shell: Shell): Promise<Outcome> {
  requireConsistent(options);
  if (options.listRules) return { stdout: await renderRules(options.output, shell) };
  const paths = distinctFiles(given, shell, options.write || options.diff);
  const isFixing = options.fix || options.fixAccess;
  if (isFixing && paths.length === 0) throw nothingToFix();
  if (isFixing && paths.length > 1 && !options.write && !options.diff) throw severalFixed();
  const read = async (file: string) => {
    if (options.write) await (await import('../replace-file.ts')).requireReplaceable(shell.io, file);
    return readWithProblems(await readText(shell.io, file), inputName(file));
  };
  return withClusterFiles(paths, read, async (files, failure) => {
    const inputs = await lintInputs(files, paths, options, shell);
    if (!isFixing || failure)
      return checkOnly(inputs, { isFixing, failure, broken: paths.length - files.length }, options, shell);
    const invalid = files.length > 1 ? files.filter(({ document }) => isInvalid(document)) : [];
    return invalid.length > 0
      ? checkUnfixed(inputs, invalid, options, shell)
      : checkAndFix(inputs, options, shell);
  });
}

/** What was asked for beside the files that are checked. */
interface Circumstances {
  readonly isFixing: boolean | undefined;
  readonly failure: Failure | null;
  /** How many files could not be read. */
  readonly broken: number;
}

async function checkOnly(
  inputs: readonly LintInput[],
  { isFixing, broken, failure }: Circumstances,
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const checked = lintedInputs(inputs, options, shell);
  const output = failure ? shell.io.stderr : shell.io.stdout;
  const view = { color: shell.colorOn(output), columns: terminalWidth(output) };
  const summary = summaryOf(checked, broken, isFixing ? 'nothing was fixed' : null);
  return {
    ...(await checkStep(checked, summary, options.output)),
    stdout: await renderFindings(checked, options.output, view),
    summary,
    exitCode: exitCodeOf(checked),
  };
}

function lintedInputs(inputs: readonly LintInput[], options: CheckOptions, shell: Shell): CheckedInput[] {
  return inputs.map((input) => {
    const { file } = input;
    const all = lint(file?.document ?? null, input.options);
    const checked = nameOf(input);
    reportTruncated(checked, all, shell);
    return { ...checked, source: file?.document.source ?? '', findings: shownOf(all, options) };
  });
}

function nameOf({ file, options: { cluster, clusterLabel, authenticationMode } }: LintInput): CheckedName {
  const assumedMode = (cluster && authenticationMode) ?? null;
  return { path: file?.path ?? null, cluster: clusterLabel ?? null, assumedMode };
}

/** Of several files none is fixed where one is invalid, as where one cannot be read. */
async function checkUnfixed(
  inputs: readonly LintInput[],
  invalid: readonly ClusterFile[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const checked = lintedInputs(inputs, options, shell);
  await reportRemaining(checked, options.output, shell);
  const names = listed(invalid.map(({ document }) => document.file));
  const message = `nothing was fixed: ${names} ${invalid.length === 1 ? 'is' : 'are'} invalid`;
  const help = 'Correct the file, or leave it out.';
  shell.report([{ severity: 'warning', code: 'nothing-fixed', message, help }]);
  const summary = summaryOf(checked, 0, 'nothing was fixed');
  return { stdout: '', summary, exitCode: 1, ...(await checkStep(checked, summary, options.output)) };
}

/** Whether other commands refuse the file, and kubectl as well. */
function isInvalid({ configMap, problems }: AwsAuthDocument): boolean {
  return problems.some(({ rule }) => rule !== null || configMap === null);
}

/** `--quiet` hides notes. */
function shownOf(findings: readonly LintFinding[], { quiet }: CheckOptions): readonly LintFinding[] {
  return quiet ? findings.filter(({ severity }) => severity !== 'note') : findings;
}

function reportTruncated(checked: CheckedName, findings: readonly LintFinding[], shell: Shell): void {
  const rules = truncatedRules(findings);
  if (rules.length === 0) return;
  const message = `${checkedName(checked)}: at most ${MAX_OF_A_RULE} findings of a rule are listed: ${rules.join(', ')}`;
  shell.report([{ severity: 'warning', code: 'truncated', message }]);
}

async function checkAndFix(
  inputs: readonly LintInput[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const { describeFix, describeFixDecision, fix } = await import('../../lint/fix.ts');
  const fixable = inputs.filter(
    (input): input is LintInput & { readonly file: ClusterFile } => input.file !== null,
  );
  const several = fixable.length > 1;
  const results = fixable.map((input) => {
    const { path, document } = input.file;
    const result = fix(document, { ...input.options, access: options.fixAccess ?? false });
    const file = several ? `${document.file}: ` : '';
    for (const decision of result.decisions) shell.debug(`${file}${describeFixDecision(decision)}`);
    reportFixed(result, describeFix, options.diff ? 'would fix' : 'fixed', several ? document : null, shell);
    return { ...nameOf(input), path, document, result };
  });
  const remaining = [
    ...results.map(({ result, path, cluster, assumedMode }): CheckedInput => {
      const findings = shownOf(result.remaining, options);
      return { path, cluster, assumedMode, source: result.text, findings };
    }),
    ...lintedInputs(
      inputs.filter(({ file }) => file === null),
      options,
      shell,
    ),
  ];
  await reportRemaining(remaining, options.output, shell);
  const changed = results.filter(({ result }) => result.changed);
  const exitCode = options.diff && changed.length > 0 ? 1 : exitCodeOf(remaining);
  const written = options.write ? `${changed.length} of ${fixable.length} written` : null;
  const summary = summaryOf(remaining, 0, written);
  const end = { summary, exitCode, ...(await checkStep(remaining, summary, options.output)) };
  if (options.write) {
    const replacements = changed.map(({ path: name, document, result }) => {
      return { name, before: document.source, after: result.text };
    });
    return { stdout: '', replacements, ...end };
  }
  if (!options.diff) return { stdout: results.map(({ result }) => result.text), ...end };
  const { diffLines } = await import('../../configmap/diff.ts');
  const { diffNames, renderDiff } = await import('../format/diff.ts');
  const diffs = changed.flatMap(({ path, document, result }) =>
    diffLines(document.source, result.edits, ...diffNames(path)),
  );
  return { stdout: renderDiff(diffs, shell), ...end };
}

/** @param document where it has to be said of which file what takes effect */
function reportFixed(
  { fixed, effective }: FixResult,
  describe: (finding: FixResult['fixed'][number]) => string,
  verb: 'fixed' | 'would fix',
  document: AwsAuthDocument | null,
  shell: Shell,
): void {
  const where = document && { location: { file: document.file } };
  shell.report([
    ...fixed.map((finding): Finding => {
      const { code, location } = finding;
      return { severity: 'note', code, message: `${verb}: ${describe(finding)} [${code}]`, location };
    }),
    ...effective.map((message): Finding => ({ severity: 'note', code: 'now-effective', message, ...where })),
  ]);
}

/** The findings that remain go to stderr; as text, they look like any other message. */
async function reportRemaining(
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

function severalFixed(): Failure {
  const message = 'stdout can hold one fixed ConfigMap, and several FILEs were given';
  return refusal({ message, help: 'Add --write to edit the files in place, or --diff to look at it first.' });
}

function nothingToFix(): Failure {
  const message = '--fix and --fix-access require a FILE: access entries are not changed';
  return refusal({ message, help: 'Give the aws-auth ConfigMap, or leave them out.' });
}

function requireConsistent({ aws, inventory, write, diff, ignore = [], ...options }: CheckOptions): void {
  if (aws && inventory)
    throw refusal({ message: '--aws and --inventory exclude each other', help: 'Give one of them.' });
  if (write && diff)
    throw refusal({ message: '--write and --diff exclude each other', help: 'Look at the diff first.' });
  if ((write || diff) && !options.fix && !options.fixAccess) {
    const message = `${write ? '--write' : '--diff'} requires --fix or --fix-access`;
    throw refusal({ message, help: 'Add one of them.' });
  }
  if (!aws && !inventory && !options.cluster && isScoped(options)) {
    throw refusal({
      message: 'account options require --aws, --inventory or --cluster',
      help: 'Add --aws or --inventory FILE, or leave out --account, --ou, --all-accounts and --exclude-account.',
    });
  }
  const names = RULES.map(({ name }) => name);
  for (const name of ignore.filter((one) => !names.includes(one))) {
    const next = didYouMean(name, names) ?? '`aws-auth-sso check --list-rules` lists the rules.';
    throw refusal({ message: `--ignore: unknown rule ${quoted(name)}`, help: next });
  }
}

function isScoped({ account, ou, allAccounts, excludeAccount }: ScopeOptions): boolean {
  return [account, ou, allAccounts, excludeAccount].some((option) => option !== undefined);
}

async function renderRules(format: CheckFormat, { io }: Shell): Promise<string> {
  if (format === 'json')
    return renderJson(
      RULES.map(({ name, severity, fix, summary, consequence, help }) => {
        return { name, severity, fix, summary, consequence, help };
      }),
    );
  return renderTable(
    ['RULE', 'SEVERITY', 'FIX', 'FINDS'],
    RULES.map(({ name, severity, fix: kind, summary }) => [name, severity, kind, summary]),
    { width: terminalWidth(io.stdout), shrink: ['FINDS'] },
  );
}
