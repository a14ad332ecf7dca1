import { Option } from 'commander';
import { AUTHENTICATION_MODES, type AuthenticationMode } from '../../access-entry.ts';
import { type AwsAuthDocument, readWithProblems } from '../../configmap/document.ts';
import { type Failure, type Finding, note, refusal, warning } from '../../errors.ts';
import { clusterLocation, type EksCluster } from '../../inventory/model.ts';
import { isFresh } from '../../inventory/role-facts.ts';
import { inputName, readText } from '../../io.ts';
import type { LintOptions } from '../../lint/context.ts';
import { lint, RULES } from '../../lint/lint.ts';
import { didYouMean, listed, quoted } from '../../text.ts';
import {
  addRbacOption,
  clustersOption,
  defineCommand,
  GROUPS,
  maxAgeOption,
  outputOption,
  repeated,
} from '../command.ts';
import { terminalWidth } from '../format/table.ts';
import { type ClusterFile, type ClusterPair, clusterLabels } from '../inputs/clusters.ts';
import { distinctFiles, type Inputs, reportUnusedClusters, withInputs } from '../inputs/inputs.ts';
import { type CommonOptions, parseDuration, type RbacOptions, type ScopeOptions } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import {
  CHECK_TITLE,
  type CheckedInput,
  type CheckedName,
  type CheckFormat,
  checkStep,
  exitCodeOf,
  renderFindings,
  renderRules,
  reportFixed,
  reportRemaining,
  reportTruncated,
  shownOf,
  summaryOf,
} from './check-output.ts';

interface CheckOptions extends CommonOptions, RbacOptions {
  readonly output: CheckFormat;
  readonly aws?: boolean;
  readonly cluster?: readonly string[];
  readonly authenticationMode?: AuthenticationMode;
  readonly fix?: boolean;
  readonly fixAccess?: boolean;
  readonly write?: boolean;
  readonly diff?: boolean;
  readonly ignore?: readonly string[];
  readonly error?: readonly string[];
  readonly listRules?: boolean;
  readonly maxAge: string;
}

export const checkCommand = defineCommand(
  'check',
  { file: 'several', config: 'AWS settings', reads: 'AWS or snapshots' },
  (command) =>
    addRbacOption(
      command
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
        ),
    )
      .option('--ignore <rule>', 'ignore this rule; repeatable', repeated)
      .option('--error <rule>', 'raise the findings of this rule to errors; repeatable', repeated)
      .option('--list-rules', 'list the rules')
      .addOption(outputOption('text', 'json', 'github'))
      .addOption(maxAgeOption('fix no role suffix from a snapshot older than this')),
  check,
);

async function check(options: CheckOptions, shell: Shell, given: readonly string[]): Promise<Outcome> {
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
  const work = async (inputs: Inputs) => {
    const { files, failure } = inputs;
    const all = await lintInputs(inputs, options);
    const invalid = files.length > 1 ? files.filter(({ document }) => isInvalid(document)) : [];
    if (!isFixing || failure) return checkOnly(all, inputs, options);
    return invalid.length > 0 ? checkUnfixed(all, invalid, options, shell) : checkAndFix(all, options, shell);
  };
  return withInputs(paths, options, shell, work, { read, isLenient: true });
}

/** Whether other commands refuse the file, and kubectl as well. */
function isInvalid({ configMap, problems }: AwsAuthDocument): boolean {
  return problems.some(({ rule }) => rule !== null || configMap === null);
}

/** A file, or a cluster, or both, with what is known of them. */
interface LintInput extends ClusterPair {
  readonly options: LintOptions;
}

/** Reads AWS and RBAC files, once for all files and clusters. */
async function lintInputs(inputs: Inputs, options: CheckOptions): Promise<LintInput[]> {
  const known = await lintOptionsOf(inputs, options);
  const pairs = await inputs.pairs();
  const labels = clusterLabels(await inputs.clusters());
  inputs.shell.report([
    ...pairs.flatMap((pair) => (pair.cluster ? modeNote(pair, labels.get(pair.cluster) ?? '') : [])),
    ...[...labels].flatMap((one) => assumedModeFindings(one, inputs.paths, options.authenticationMode)),
  ]);
  const authorizers = await inputs.authorizers();
  return pairs.map(({ file, cluster }, index) => {
    // Stdin comes from kubectl get, a file is kept.
    const live = file?.path === '-';
    const checked = {
      eks: cluster ?? undefined,
      label: cluster ? labels.get(cluster) : undefined,
      mode: assumedMode(cluster, options.authenticationMode),
      rbac: authorizers[index] ?? undefined,
    };
    return { file, cluster, options: { ...known, live, cluster: checked } };
  });
}

/** What is known beside the files: the accounts that they and the access entries of clusters name. */
async function lintOptionsOf(inputs: Inputs, options: CheckOptions): Promise<LintOptions> {
  const maxAge = parseDuration(options.maxAge);
  const given = { ignore: options.ignore ?? [], error: options.error ?? [] };
  if (!options.aws && !options.inventory && !options.cluster) return given;
  const { arnsOf, readFileInventory } = await import('../inputs/inventory.ts');
  const arns = inputs.files.flatMap(({ document }) => arnsOf(document));
  const known = await readFileInventory(arns, await inputs.clusters(), inputs);
  if (!known) return given;
  const { inventory, accountIds, account } = known;
  reportUnusedClusters(inventory, inputs);
  const found = { inventory, accounts: accountIds, isFresh: isFresh(inventory, maxAge) };
  return { ...given, ...found, ...(account === null ? {} : { account }) };
}

/** The mode that is given with `--authentication-mode`; undefined where the cluster has it, or can no longer get it. */
function assumedMode(
  cluster: EksCluster | null,
  mode: AuthenticationMode | undefined,
): AuthenticationMode | undefined {
  if (!cluster || !mode) return mode;
  const orderOf = (one: AuthenticationMode) => AUTHENTICATION_MODES.indexOf(one);
  return orderOf(mode) > orderOf(cluster.authenticationMode) ? mode : undefined;
}

/** Where that mode is not assumed, or not all of it can be told. */
function assumedModeFindings(
  [cluster, name]: readonly [EksCluster, string],
  paths: readonly string[],
  mode: AuthenticationMode | undefined,
): Finding[] {
  const location = clusterLocation({ name });
  if (mode && mode !== cluster.authenticationMode && !assumedMode(cluster, mode)) {
    const message = `has authentication mode ${cluster.authenticationMode}, which cannot be changed back to ${mode}: it is checked as it is`;
    return [warning('mode-cannot-be-changed-back', message, { location })];
  }
  if (mode !== 'API' || paths.length > 0) return [];
  const message = 'who is locked out in mode API is not checked, without the aws-auth ConfigMap';
  return [note('no-file', message, { location, help: 'Give it as FILE.' })];
}

/** Where there are no access entries to look at. */
function modeNote({ file, cluster }: ClusterPair, name: string): Finding[] {
  if (cluster?.authenticationMode !== 'CONFIG_MAP') return [];
  const message =
    'has authentication mode CONFIG_MAP, so it has no access entries, and aws-auth alone counts';
  const help = file
    ? undefined
    : 'Give the aws-auth ConfigMap as FILE: without it there is nothing to check.';
  return [note('config-map-only', message, { help, location: clusterLocation({ name }) })];
}

async function checkOnly(
  inputs: readonly LintInput[],
  { files, paths, failure, shell }: Inputs,
  options: CheckOptions,
): Promise<Outcome> {
  const checked = lintedInputs(inputs, options, shell);
  const output = failure ? shell.io.stderr : shell.io.stdout;
  const view = { color: shell.colorOn(output), columns: terminalWidth(output) };
  const isFixing = options.fix || options.fixAccess;
  const summary = summaryOf(checked, paths.length - files.length, isFixing ? 'nothing was fixed' : null);
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

function nameOf({ file, options }: LintInput): CheckedName {
  const { eks, label = null, mode, rbac } = options.cluster ?? {};
  const assumed = (eks && mode) ?? null;
  const isEmpty = !file && !rbac && eks?.authenticationMode === 'CONFIG_MAP';
  return { path: file?.path ?? null, cluster: label, assumedMode: assumed, isEmpty };
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
  shell.report([warning('nothing-fixed', message, { help: 'Correct the file, or leave it out.' })]);
  const summary = summaryOf(checked, 0, 'nothing was fixed');
  return { stdout: '', summary, exitCode: 1, ...(await checkStep(checked, summary, options.output)) };
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
    const verb = isApplied(path, options) ? 'fixed' : 'would fix';
    reportFixed(result, describeFix, verb, several ? document : null, shell);
    return { ...nameOf(input), path, document, result };
  });
  const remaining = [
    ...results.map(({ result, document: _, ...name }): CheckedInput => {
      const findings = shownOf(result.remaining, options);
      return { ...name, source: result.text, findings };
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
  const isLeft = changed.some(({ path }) => !isApplied(path, options));
  const written = options.write ? `${changed.length} of ${fixable.length} written` : null;
  const summary = summaryOf(remaining, 0, written, isLeft ? ' once fixed' : '');
  const end = { summary, exitCode, ...(await checkStep(remaining, summary, options.output)) };
  if (options.write) {
    const replacements = changed.map(({ path: name, document, result }) => {
      return { name, before: document.source, after: result.text };
    });
    return { stdout: '', replacements, ...end };
  }
  if (!options.diff) {
    const printed = results.flatMap(({ path, result }) => printedNote(path, result.changed));
    return { stdout: results.map(({ result }) => result.text), ...end, summary: [...summary, ...printed] };
  }
  const { diffLines } = await import('../../configmap/hunks.ts');
  const { diffNames, renderDiff } = await import('../format/diff.ts');
  const diffs = changed.flatMap(({ path, document, result }) =>
    diffLines(document.source, result.edits, ...diffNames(path)),
  );
  return { stdout: renderDiff(diffs, shell), ...end };
}

/** Whether what was given is fixed: a file with --write, and stdin on its way to stdout. */
function isApplied(path: string, { write, diff }: CheckOptions): boolean {
  return write === true || (path === '-' && !diff);
}

/** Says of a file that stdout has the ConfigMap, and the file is as it was. */
function printedNote(path: string, changed: boolean): Finding[] {
  if (path === '-' || !changed) return [];
  const message = `the fixed ConfigMap is on stdout; ${inputName(path)} is unchanged`;
  return [note('fixed-on-stdout', message, { help: 'Add --write to fix the file itself.' })];
}

function severalFixed(): Failure {
  const message = 'stdout can hold one fixed ConfigMap, and several FILEs were given';
  return refusal({ message, help: 'Add --write to edit the files in place, or --diff to look at it first.' });
}

function nothingToFix(): Failure {
  const message = '--fix and --fix-access require a FILE: access entries are not changed';
  return refusal({ message, help: 'Give the aws-auth ConfigMap, or leave them out.' });
}

function requireConsistent({ aws, inventory, write, diff, ...options }: CheckOptions): void {
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
  requireRules('--ignore', options.ignore);
  requireRules('--error', options.error);
  for (const name of options.error?.filter((one) => options.ignore?.includes(one)) ?? [])
    throw refusal({
      message: `--ignore and --error both name the rule ${quoted(name)}`,
      help: 'Remove one of them.',
    });
}

function requireRules(option: string, given: readonly string[] = []): void {
  const names = RULES.map(({ name }) => name);
  for (const name of given.filter((one) => !names.includes(one))) {
    const next = didYouMean(name, names) ?? '`aws-auth-sso check --list-rules` lists the rules.';
    throw refusal({ message: `${option}: unknown rule ${quoted(name)}`, help: next });
  }
}

function isScoped({ account, ou, allAccounts, excludeAccount }: ScopeOptions): boolean {
  return [account, ou, allAccounts, excludeAccount].some((option) => option !== undefined);
}
