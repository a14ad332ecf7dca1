import { Command } from 'commander';
import { type AwsAuthDocument, readWithProblems } from '../../configmap/document.ts';
import { type Failure, type Finding, refusal } from '../../errors.ts';
import { inputName, readText } from '../../io.ts';
import type { LintOptions } from '../../lint/context.ts';
import type { FixResult } from '../../lint/fix.ts';
import { lint, MAX_OF_A_RULE, RULES, truncatedRules } from '../../lint/lint.ts';
import type { LintFinding } from '../../lint/rule.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
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
  type CommonOptions,
  maxAgeOption,
  outputOption,
  parseDuration,
  type RbacOptions,
  repeated,
  type ScopeOptions,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import {
  CHECK_TITLE,
  type CheckedFile,
  type CheckFormat,
  checkStep,
  exitCodeOf,
  renderFindings,
  summaryOf,
} from './check-output.ts';

interface CheckOptions extends CommonOptions, RbacOptions {
  readonly output: CheckFormat;
  readonly aws?: boolean;
  readonly fix?: boolean;
  readonly fixAccess?: boolean;
  readonly write?: boolean;
  readonly diff?: boolean;
  readonly ignore?: readonly string[];
  readonly listRules?: boolean;
  readonly maxAge: string;
}

export function checkCommand(run: Run): Command {
  const command = addFilesArgument(new Command('check'))
    .option(
      '--fix',
      'fix problems without changing access; the ConfigMap goes to stdout, the findings to stderr',
    )
    .option('--fix-access', 'also fix entries that currently grant no access')
    .option('--diff', 'show what the fixes would change as a unified diff; write nothing')
    .option('--write', 'edit the files in place; stdout stays empty')
    .option('--aws', 'look up in AWS whether the roles exist');
  addRbacOption(command)
    .option('--ignore <rule>', 'ignore this rule; repeatable', repeated)
    .option('--list-rules', 'list the rules')
    .addOption(outputOption('text', 'json', 'github'))
    .addOption(maxAgeOption('fix no role suffix from a snapshot older than this'));
  return addShellOptions(addInventoryOptions(addConfigOption(command, 'AWS settings'))).action(
    (files: readonly string[], options: CheckOptions) =>
      run(options, (shell) => check(files, options, shell)),
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
  if (isFixing && paths.length > 1 && !options.write && !options.diff) throw severalFixed();
  const read = async (file: string) => {
    if (options.write) await (await import('../replace-file.ts')).requireReplaceable(shell.io, file);
    return readWithProblems(await readText(shell.io, file), inputName(file));
  };
  return withClusterFiles(paths, read, async (files, failure) => {
    const inputs = await lintInputs(files, paths, options, shell);
    if (!isFixing || failure)
      return checkOnly(inputs, { isFixing, count: paths.length, failure }, options, shell);
    const invalid = files.length > 1 ? files.filter(({ document }) => isInvalid(document)) : [];
    return invalid.length > 0
      ? checkUnfixed(inputs, invalid, options, shell)
      : checkAndFix(inputs, options, shell);
  });
}

/** A file, and what is known of its cluster. */
interface LintInput {
  readonly file: ClusterFile;
  readonly options: LintOptions;
}

/** Reads AWS and RBAC files, once for all files. */
async function lintInputs(
  files: readonly ClusterFile[],
  paths: readonly string[],
  options: CheckOptions,
  shell: Shell,
): Promise<LintInput[]> {
  const authorizers = await rbacOf(files, paths, options, shell);
  const known = await lintOptionsOf(
    files.map(({ document }) => document),
    options,
    shell,
  );
  return files.map((file, index) => {
    const rbac = authorizers[index];
    // Stdin comes from kubectl get, a file is kept.
    return { file, options: { ...known, ...(rbac && { rbac }), live: file.path === '-' } };
  });
}

/** What was asked for beside the files that are checked. */
interface Circumstances {
  readonly isFixing: boolean | undefined;
  /** Of files, broken ones included. */
  readonly count: number;
  readonly failure: Failure | null;
}

async function checkOnly(
  inputs: readonly LintInput[],
  { isFixing, count, failure }: Circumstances,
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const checked = lintedFiles(inputs, options, shell);
  const output = failure ? shell.io.stderr : shell.io.stdout;
  const view = { color: shell.colorOn(output), columns: terminalWidth(output) };
  const summary = summaryOf(checked, count, isFixing ? 'nothing was fixed' : null);
  return {
    ...(await checkStep(checked, summary, options.output)),
    stdout: await renderFindings(checked, options.output, view),
    summary,
    exitCode: exitCodeOf(checked),
  };
}

function lintedFiles(inputs: readonly LintInput[], options: CheckOptions, shell: Shell): CheckedFile[] {
  return inputs.map(({ file: { path, document }, options: lintOptions }) => {
    const all = lint(document, lintOptions);
    reportTruncated(path, all, shell);
    return { path, source: document.source, findings: shownOf(all, options) };
  });
}

/** Of several files none is fixed where one is invalid, as where one cannot be read. */
async function checkUnfixed(
  inputs: readonly LintInput[],
  invalid: readonly ClusterFile[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const checked = lintedFiles(inputs, options, shell);
  await reportRemaining(checked, options.output, shell);
  const names = listed(invalid.map(({ document }) => document.file));
  const message = `nothing was fixed: ${names} ${invalid.length === 1 ? 'is' : 'are'} invalid`;
  const help = 'Correct the file, or leave it out.';
  shell.report([{ severity: 'warning', code: 'nothing-fixed', message, help }]);
  const summary = summaryOf(checked, inputs.length, 'nothing was fixed');
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

function reportTruncated(file: string, findings: readonly LintFinding[], shell: Shell): void {
  const rules = truncatedRules(findings);
  if (rules.length === 0) return;
  const message = `${inputName(file)}: at most ${MAX_OF_A_RULE} findings of a rule are listed: ${rules.join(', ')}`;
  shell.report([{ severity: 'warning', code: 'truncated', message }]);
}

async function checkAndFix(
  inputs: readonly LintInput[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const { describeFix, describeFixDecision, fix } = await import('../../lint/fix.ts');
  const several = inputs.length > 1;
  const results = inputs.map(({ file: { path, document }, options: lintOptions }) => {
    const result = fix(document, { ...lintOptions, access: options.fixAccess ?? false });
    const file = several ? `${document.file}: ` : '';
    for (const decision of result.decisions) shell.debug(`${file}${describeFixDecision(decision)}`);
    reportFixed(result, describeFix, options.diff ? 'would fix' : 'fixed', several ? document : null, shell);
    return { path, document, result };
  });
  const remaining = results.map(({ path, result }): CheckedFile => {
    return { path, source: result.text, findings: shownOf(result.remaining, options) };
  });
  await reportRemaining(remaining, options.output, shell);
  const changed = results.filter(({ result }) => result.changed);
  const exitCode = options.diff && changed.length > 0 ? 1 : exitCodeOf(remaining);
  const written = options.write ? `${changed.length} of ${inputs.length} written` : null;
  const summary = summaryOf(remaining, inputs.length, written);
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
  remaining: readonly CheckedFile[],
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

/** For each file; loaded only with `--rbac`. */
async function rbacOf(
  files: readonly ClusterFile[],
  paths: readonly string[],
  options: CheckOptions,
  shell: Shell,
): Promise<readonly (Authorizer | null)[]> {
  if (!options.rbac) return [];
  const { readRbacOfClusters } = await import('../rbac-source.ts');
  return readRbacOfClusters(options, files, shell, paths);
}

async function lintOptionsOf(
  documents: readonly AwsAuthDocument[],
  options: CheckOptions,
  shell: Shell,
): Promise<LintOptions> {
  const maxAge = parseDuration(options.maxAge);
  const ignore = options.ignore ?? [];
  if (!options.aws && !options.inventory) return { ignore };
  const { readFileInventory, withFileSource } = await import('../file-inventory.ts');
  const known = await withFileSource(options, shell, true, (open) =>
    readFileInventory(documents.flatMap(arnsOf), options, shell, open),
  );
  if (!known) return { ignore };
  const { inventory, accountIds, account } = known;
  const rotate = Date.now() - Date.parse(inventory.capturedAt) <= maxAge;
  return { ignore, inventory, accounts: accountIds, rotate, ...(account === null ? {} : { account }) };
}

/** Everything in the file that looks like an ARN, even if the file is invalid. */
function arnsOf({ configMap, data, source }: AwsAuthDocument): string[] {
  const texts = configMap ? data.map(({ value }) => (value.kind === 'scalar' ? value.text : '')) : [source];
  return texts.flatMap((text) => text.match(/arn:aws[\w-]*:[\w-]+:[^\s"'\\]*/gi) ?? []);
}

function severalFixed(): Failure {
  const message = 'stdout can hold one fixed ConfigMap, and several FILEs were given';
  return refusal({ message, help: 'Add --write to edit the files in place, or --diff to look at it first.' });
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
  if (!aws && !inventory && isScoped(options)) {
    throw refusal({
      message: 'account options require --aws or --inventory',
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
  if (format === 'json') return renderJson(RULES.map(({ detect: _, ...rule }) => rule));
  return renderTable(
    ['RULE', 'SEVERITY', 'FIX', 'FINDS'],
    RULES.map(({ name, severity, fix: kind, summary }) => [name, severity, kind, summary]),
    { width: terminalWidth(io.stdout), shrink: ['FINDS'] },
  );
}
