import { Option } from 'commander';
import { type AwsAuthDocument, readWithProblems } from '../../aws-auth/document.ts';
import { checkContext, findAll, MAX_OF_A_RULE, RULES } from '../../check/check.ts';
import type { RuleOptions } from '../../check/context.ts';
import type { FixResult } from '../../check/fix.ts';
import { readinessOf } from '../../check/readiness.ts';
import type { CheckFinding } from '../../check/rule.ts';
import { supersededEntry } from '../../check/rules/superseded-entry.ts';
import { clusterLocation, type EksCluster } from '../../directory/model.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { AUTHENTICATION_MODES, type AuthenticationMode } from '../../eks.ts';
import { type Finding, note, refusal, warning, withCode } from '../../errors.ts';
import { countBy } from '../../group-by.ts';
import { inputName, readText } from '../../io.ts';
import { awsAuthState } from '../../rbac/model.ts';
import { ROLE_PREFIX } from '../../role-name.ts';
import { didYouMean, listed, quoted } from '../../text.ts';
import {
  addRbacOption,
  clustersOption,
  defineCommand,
  maxAgeOption,
  outputOption,
  repeated,
} from '../define-command.ts';
import { terminalWidth } from '../format/table.ts';
import type { ClusterFile, FileWithCluster } from '../inputs/clusters.ts';
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import {
  ADD_SOURCE,
  type CommonOptions,
  type FleetOptions,
  type RbacOptions,
  requireConsistent,
  twoSources,
} from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';
import {
  CHECK_TITLE,
  type Checked,
  type CheckFormat,
  checkEnd,
  NOTHING_FIXED,
  renderFindings,
  renderRules,
} from './check-output.ts';

interface CheckOptions extends CommonOptions, RbacOptions, FleetOptions {
  readonly output: CheckFormat;
  readonly aws?: boolean;
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
  { file: 'several', config: 'mappings and AWS settings', reads: 'AWS or snapshots', clusters: 'several' },
  (command) =>
    addRbacOption(
      command
        .option('--fix', 'fix without changing access; ConfigMap to stdout')
        .option('--fix-access', 'also fix entries that currently grant no access')
        .option('--diff', 'show fixes as a unified diff; write nothing')
        .option('--write', 'edit files in place; print nothing to stdout')
        .option('--aws', 'check in AWS that roles exist')
        .addOption(clustersOption('read access entries; FILE optional'))
        .addOption(
          new Option('--authentication-mode <mode>', 'assume this mode; API shows lockouts').choices(
            AUTHENTICATION_MODES,
          ),
        ),
    )
      .option('--ignore <rule>', 'skip this rule; repeatable', repeated)
      .option('--error <rule>', 'raise this rule to error; repeatable', repeated)
      .option('--list-rules', 'list the rules')
      .addOption(outputOption('text', 'json', 'github'))
      .addOption(maxAgeOption()),
  check,
);

async function check(options: CheckOptions, shell: Shell, given: readonly string[]): Promise<Outcome> {
  const work = () =>
    withInputs(options, shell, (inputs) => checkInputs(inputs, given, options), { isLenient: true });
  if (options.output !== 'github') return work();
  return (await import('../format/github.ts')).asStep(CHECK_TITLE, work, shell);
}

async function checkInputs(
  inputs: Inputs,
  given: readonly string[],
  options: CheckOptions,
): Promise<Outcome> {
  const { shell } = inputs;
  requireConsistentOptions(inputs, options);
  const isFixing = options.fix || options.fixAccess;
  if (options.listRules) return { stdout: await renderRules(options.output, shell) };
  const paths = distinctFiles(given, shell, options.write || options.diff);
  requireConsistent(
    [
      isFixing && paths.length === 0,
      "--fix and --fix-access require a FILE: they don't change access entries",
      'Pass the aws-auth ConfigMap, - for stdin, or remove them.',
    ],
    [
      isFixing && paths.length > 1 && !options.write && !options.diff,
      'several FILEs were given, but stdout can hold only one fixed ConfigMap',
      'Add --write to edit the files in place, or --diff to review the changes first.',
    ],
  );
  await inputs.read(paths, async (file) => {
    if (options.write) await (await import('../replace-file.ts')).requireReplaceable(shell.io, file);
    return readWithProblems(await readText(shell.io, file), inputName(file));
  });
  const { files } = inputs;
  const all = await inputsToCheck(inputs, options);
  const outcome = await checkAll(all, inputs, options);
  const isUnasked = !options.aws && !options.inventory && !options.cluster;
  const summary = [
    ...(outcome.summary ?? []),
    ...(isUnasked && files.some(namesProvisionedRole) ? [NOT_LOOKED_UP] : []),
  ];
  return { ...outcome, summary };
}

const NOT_LOOKED_UP = note('roles-not-looked-up', "roles weren't looked up, so stale entries aren't found", {
  help: 'Add --aws, or --inventory FILE.',
});

/** Searches the text: loading the entries once more would take as long as checking them. */
function namesProvisionedRole({ document: { mapRoles } }: ClusterFile): boolean {
  return mapRoles?.text.includes(ROLE_PREFIX) ?? false;
}

async function checkAll(all: readonly CheckInput[], inputs: Inputs, options: CheckOptions): Promise<Outcome> {
  const { files, failures, shell } = inputs;
  if (!(options.fix || options.fixAccess) || failures.length > 0) return checkOnly(all, inputs, options);
  // Other commands refuse these, as kubectl does.
  const invalid = files.filter(({ document: { configMap, problems } }) =>
    problems.some(({ rule }) => rule !== null || configMap === null),
  );
  return files.length > 1 && invalid.length > 0
    ? checkUnfixed(all, invalid, options, shell)
    : checkAndFix(all, options, shell);
}

async function checkOnly(
  all: readonly CheckInput[],
  inputs: Inputs,
  options: CheckOptions,
): Promise<Outcome> {
  const { files, paths, failures, shell } = inputs;
  const { unread } = await inputs.fleet();
  const checked = checkedInputs(all, options, shell);
  const output = failures.length > 0 ? shell.io.stderr : shell.io.stdout;
  const view = { color: shell.colorOn(output), columns: terminalWidth(output) };
  const ending = options.fix || options.fixAccess ? NOTHING_FIXED : null;
  const end = await checkEnd(checked, options.output, {
    broken: paths.length - files.length,
    unread: unread.length,
    ending,
  });
  const isFinal = checked.some(({ readiness }) => readiness?.final);
  return {
    ...end,
    summary: [...end.summary, ...(isFinal && options.output === 'text' ? [NO_WAY_BACK] : [])],
    stdout: await renderFindings(checked, options.output, view, unread, asksForReadiness(options)),
  };
}

const NO_WAY_BACK = note('mode-is-final', "changing a cluster's authentication mode can't be undone", {
  help: 'Before you run the commands, read docs/leave-aws-auth.md.',
});

/** @throws Failure (exit 2), before anything is read */
function requireConsistentOptions(inputs: Inputs, options: CheckOptions): void {
  const { aws, inventory, cluster, write, diff, account, ou, allAccounts, excludeAccount, ignore, error } =
    options;
  const isScoped = [account, ou, allAccounts, excludeAccount].some((option) => option !== undefined);
  requireConsistent(
    twoSources(options),
    [write && diff, "--write can't be used with --diff", 'Review the diff first, then run with --write.'],
    [
      (write || diff) && !options.fix && !options.fixAccess,
      `${write ? '--write' : '--diff'} requires --fix or --fix-access`,
      'Add one of them.',
    ],
    [
      !aws && !inventory && !cluster && isScoped,
      'account options require --aws, --inventory or --cluster',
      ADD_SOURCE,
    ],
  );
  inputs.selected();
  requireRules('--ignore', ignore);
  requireRules('--error', error);
  const both = error?.find((one) => ignore?.includes(one));
  requireConsistent([
    both !== undefined,
    `rule ${quoted(both ?? '')} is in both --ignore and --error`,
    'Remove one of them.',
  ]);
}

function requireRules(option: string, given: readonly string[] = []): void {
  const names = RULES.map(({ name }) => name);
  for (const name of given.filter((one) => !names.includes(one))) {
    const next = didYouMean(name, names) ?? 'Run `aws-auth-sso check --list-rules` to list the rules.';
    throw refusal({ message: `${option}: unknown rule ${quoted(name)}`, help: next });
  }
}

/** A file, a cluster or both, with what is known about them. */
interface CheckInput extends FileWithCluster {
  readonly options: RuleOptions;
}

/** Reads AWS and RBAC files, once for all files and clusters. */
async function inputsToCheck(inputs: Inputs, options: CheckOptions): Promise<CheckInput[]> {
  const known = await ruleOptionsOf(inputs, options);
  const pairs = await inputs.pairs();
  const { clusters } = await inputs.fleet();
  inputs.shell.report([
    ...pairs.flatMap(withoutAccessEntries),
    ...clusters.flatMap((one) => assumedModeFindings(one, inputs.paths, options.authenticationMode)),
  ]);
  const authorizers = await inputs.authorizers();
  return pairs.map(({ file, cluster, isGuess }, index) => {
    // Stdin comes from `kubectl get`; a file is usually kept, for example in Git.
    const live = file?.path === '-';
    const mode = assumedMode(cluster, options.authenticationMode);
    const checked = {
      eks: cluster ?? undefined,
      label: cluster ? (cluster.label ?? cluster.name) : undefined,
      isGuess,
      mode,
      rbac: authorizers[index]?.withAwsAuth(awsAuthState(file !== null, mode ?? cluster?.authenticationMode)),
    };
    return { file, cluster, isGuess, options: { ...known, live, cluster: checked } };
  });
}

/** Reads the accounts that files and access entries name. */
async function ruleOptionsOf(inputs: Inputs, options: CheckOptions): Promise<RuleOptions> {
  const needsConfig = options.aws || options.inventory !== undefined || options.cluster !== undefined;
  const mappings = options.rbac
    ? await (await import('../load-request.ts')).loadMappingsForHints(options, inputs.shell, !needsConfig)
    : undefined;
  const given = { ignore: options.ignore ?? [], error: options.error ?? [], ...(mappings && { mappings }) };
  if (!needsConfig) return given;
  const { arnsOf, readFileInventory } = await import('../inputs/inventory.ts');
  const known = await readFileInventory(
    inputs.files.flatMap(({ document }) => arnsOf(document)),
    inputs,
  );
  if (!known) return given;
  const { inventory, accountIds, account } = known;
  inputs.reportUnused(inventory);
  return { ...given, inventory, accounts: accountIds, ...(account === null ? {} : { account }) };
}

/** The mode to assume with `--authentication-mode`; undefined if the cluster has it, or can't change back to it. */
function assumedMode(
  cluster: EksCluster | null,
  mode: AuthenticationMode | undefined,
): AuthenticationMode | undefined {
  if (!cluster || !mode) return mode;
  const orderOf = (one: AuthenticationMode) => AUTHENTICATION_MODES.indexOf(one);
  return orderOf(mode) > orderOf(cluster.authenticationMode) ? mode : undefined;
}

/** A warning if that mode isn't assumed, or a note if it can't be checked completely. */
function assumedModeFindings(
  cluster: EksCluster,
  paths: readonly string[],
  mode: AuthenticationMode | undefined,
): Finding[] {
  const location = clusterLocation(cluster);
  if (mode && mode !== cluster.authenticationMode && !assumedMode(cluster, mode)) {
    const message = `can't go back from authentication mode ${cluster.authenticationMode} to ${mode}: checking its current mode`;
    return [warning('mode-cannot-be-changed-back', message, { location })];
  }
  if (mode !== 'API' || paths.length > 0) return [];
  const message = "lockouts in authentication mode API aren't checked without the aws-auth ConfigMap";
  return [note('no-file', message, { location, help: 'Pass it as FILE.' })];
}

/** A note if there are no access entries to check. */
function withoutAccessEntries({ file, cluster }: FileWithCluster): Finding[] {
  if (cluster?.authenticationMode !== 'CONFIG_MAP') return [];
  const message = ReadTime.of(cluster).dated(
    'there are no access entries in authentication mode CONFIG_MAP; only aws-auth counts',
  );
  const help = file
    ? undefined
    : 'Pass the aws-auth ConfigMap as FILE: without it, there is nothing to check.';
  return [note('config-map-only', message, { help, location: clusterLocation(cluster) })];
}

/** True if the run asks which clusters can leave aws-auth. */
function asksForReadiness({ cluster, authenticationMode }: CheckOptions): boolean {
  return cluster !== undefined && authenticationMode === 'API';
}

/** Checks each input, with a warning if it has more findings than are listed. */
function checkedInputs(inputs: readonly CheckInput[], options: CheckOptions, shell: Shell): Checked[] {
  return inputs.map((input) => {
    const document = input.file?.document ?? null;
    const context = checkContext(document, input.options);
    const all = findAll(context);
    const { cluster } = input;
    const checked = {
      ...checkedInput(input, document?.source ?? '', all, options),
      ...(cluster &&
        asksForReadiness(options) && {
          readiness: { cluster, file: document?.file ?? null, ...readinessOf(context, cluster) },
        }),
    };
    const counts = countBy(all.map(({ code }) => code));
    const rules = [...counts].flatMap(([rule, count]) => (count >= MAX_OF_A_RULE ? [rule] : []));
    const message = `${checked.name}: listing at most ${MAX_OF_A_RULE} findings per rule: ${rules.join(', ')}`;
    if (rules.length > 0) shell.report([warning('truncated', message)]);
    return checked;
  });
}

/** @param source the text that the findings are about */
function checkedInput(
  { file, options: { cluster = {} } }: CheckInput,
  source: string,
  findings: readonly CheckFinding[],
  { quiet, rbac: given }: CheckOptions,
): Checked {
  const { eks, label, mode, rbac } = cluster;
  const names = [
    ...(file ? [inputName(file.path)] : []),
    ...(label === undefined ? [] : [`cluster ${label}`]),
  ].join(' with ');
  return {
    name: eks && mode ? `${names}, as if its authentication mode were ${mode}` : names,
    hasFile: file !== null,
    hasCluster: label !== undefined,
    isEmpty: !file && !rbac && eks?.authenticationMode === 'CONFIG_MAP',
    lacksBindings: given ? !rbac : null,
    source,
    findings: quiet ? findings.filter(({ severity }) => severity !== 'note') : findings,
  };
}

/** Fixes none of several files if one of them is invalid, as if one can't be read. */
async function checkUnfixed(
  inputs: readonly CheckInput[],
  invalid: readonly ClusterFile[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const checked = checkedInputs(inputs, options, shell);
  await reportRemaining(checked, options.output, shell);
  const names = listed(invalid.map(({ document }) => document.file));
  const message = `nothing was fixed: ${names} ${invalid.length === 1 ? 'is' : 'are'} invalid`;
  shell.report([warning('nothing-fixed', message, { help: 'Correct the invalid file, or leave it out.' })]);
  const end = await checkEnd(checked, options.output, { ending: NOTHING_FIXED });
  return { ...end, stdout: '', exitCode: 1 };
}

/** Fixes what can be fixed: on stdout, in the files, or as a diff. */
async function checkAndFix(
  inputs: readonly CheckInput[],
  options: CheckOptions,
  shell: Shell,
): Promise<Outcome> {
  const { fix } = await import('../../check/fix.ts');
  const fixable = inputs.filter(
    (input): input is CheckInput & { readonly file: ClusterFile } => input.file !== null,
  );
  const several = fixable.length > 1;
  const results = fixable.map((input): Fixed => {
    const { path, document } = input.file;
    const result = fix(document, { ...input.options, access: options.fixAccess ?? false });
    const verb = isApplied(path, options) ? 'fixed' : 'would fix';
    reportFixed(result, verb, several ? document : null, shell);
    return { input, path, document, result };
  });
  const remaining = [
    ...results.map(({ input, result }) => checkedInput(input, result.text, result.remaining, options)),
    ...checkedInputs(
      inputs.filter(({ file }) => file === null),
      options,
      shell,
    ),
  ];
  // Entries stay only because the snapshot is too old to prove that access entries replace them.
  const isKeptForAge = results.some(({ input, result }) => {
    const { inventory = {}, cluster } = input.options;
    const isOld = [inventory, cluster?.eks ?? {}].some((one) => ReadTime.of(one).isOld);
    return isOld && result.remaining.some(({ code }) => code === supersededEntry.name);
  });
  if (isKeptForAge) shell.report([NOTHING_REMOVED]);
  await reportRemaining(remaining, options.output, shell);
  const changed = results.filter(({ result }) => result.changed);
  const isLeft = changed.some(({ path }) => !isApplied(path, options));
  const end = await checkEnd(remaining, options.output, {
    ending: options.write ? `${changed.length} of ${fixable.length} written` : null,
    when: isLeft ? ' after these fixes' : '',
  });
  return { ...end, ...(await fixedOutput(results, end.summary, options, shell)) };
}

/** A file and what was fixed in it. */
interface Fixed {
  readonly input: CheckInput;
  readonly path: string;
  readonly document: AwsAuthDocument;
  readonly result: FixResult;
}

/** The fixes: written to the files, on stdout, or as a diff. */
async function fixedOutput(
  results: readonly Fixed[],
  summary: readonly Finding[],
  options: CheckOptions,
  shell: Shell,
): Promise<Partial<Outcome> & Pick<Outcome, 'stdout'>> {
  const changed = results.filter(({ result }) => result.changed);
  if (options.write) {
    const replacements = changed.map(({ path: name, document, result }) => {
      return { name, before: document.source, after: result.text };
    });
    return { stdout: '', replacements };
  }
  if (!options.diff) {
    const printed = changed
      .filter(({ path }) => path !== '-')
      .map(({ path }) => {
        const message = `stdout has the ConfigMap with these fixes; ${inputName(path)} is unchanged`;
        return note('fixed-on-stdout', message, { help: 'Add --write to update the file.' });
      });
    return { stdout: results.map(({ result }) => result.text), summary: [...summary, ...printed] };
  }
  const { diffLines } = await import('../../aws-auth/diff-lines.ts');
  const { diffNames, renderDiff } = await import('../format/unified-diff.ts');
  const diffs = changed.flatMap(({ path, document, result }) =>
    diffLines(document.source, result.edits, ...diffNames(path)),
  );
  return { stdout: renderDiff(diffs, shell), ...(changed.length > 0 && { exitCode: 1 }) };
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
  if (format === 'text') shell.report(remaining.flatMap(({ findings }) => findings.map(withCode)));
  else shell.io.stderr.write(await renderFindings(remaining, format));
}

/** True if the fix is applied: to a file with --write, or to stdin on its way to stdout. */
function isApplied(path: string, { write, diff }: CheckOptions): boolean {
  return write === true || (path === '-' && !diff);
}
