import { Option } from 'commander';
import { AUTHENTICATION_MODES } from '../../access-entry.ts';
import { type AwsAuthDocument, readWithProblems } from '../../configmap/document.ts';
import { refusal } from '../../errors.ts';
import { inputName, readText } from '../../io.ts';
import { RULES } from '../../lint/lint.ts';
import { didYouMean, quoted } from '../../text.ts';
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
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import { requireConsistent } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { checkAndFix, checkUnfixed } from './check-fix.ts';
import { type CheckOptions, type LintInput, lintedInputs, lintInputs } from './check-inputs.ts';
import { CHECK_TITLE, checkEnd, NOTHING_FIXED, renderFindings, renderRules } from './check-output.ts';

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
  requireConsistentOptions(options);
  const isFixing = options.fix || options.fixAccess;
  if (options.listRules) return { stdout: await renderRules(options.output, shell) };
  const paths = distinctFiles(given, shell, options.write || options.diff);
  requireConsistent(
    [
      isFixing && paths.length === 0,
      '--fix and --fix-access require a FILE: access entries are not changed',
      'Give the aws-auth ConfigMap, or leave them out.',
    ],
    [
      isFixing && paths.length > 1 && !options.write && !options.diff,
      'stdout can hold one fixed ConfigMap, and several FILEs were given',
      'Add --write to edit the files in place, or --diff to look at it first.',
    ],
  );
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

async function checkOnly(
  inputs: readonly LintInput[],
  { files, paths, failure, shell }: Inputs,
  options: CheckOptions,
): Promise<Outcome> {
  const checked = lintedInputs(inputs, options, shell);
  const output = failure ? shell.io.stderr : shell.io.stdout;
  const view = { color: shell.colorOn(output), columns: terminalWidth(output) };
  const ending = options.fix || options.fixAccess ? NOTHING_FIXED : null;
  return {
    ...(await checkEnd(checked, options.output, { broken: paths.length - files.length, ending })),
    stdout: await renderFindings(checked, options.output, view),
  };
}

/** @throws Failure (exit 2), before anything is read */
function requireConsistentOptions(options: CheckOptions): void {
  const { aws, inventory, cluster, write, diff, account, ou, allAccounts, excludeAccount, ignore, error } =
    options;
  const isScoped = [account, ou, allAccounts, excludeAccount].some((option) => option !== undefined);
  requireConsistent(
    [aws && inventory, '--aws and --inventory exclude each other', 'Give one of them.'],
    [write && diff, '--write and --diff exclude each other', 'Look at the diff first.'],
    [
      (write || diff) && !options.fix && !options.fixAccess,
      `${write ? '--write' : '--diff'} requires --fix or --fix-access`,
      'Add one of them.',
    ],
    [
      !aws && !inventory && !cluster && isScoped,
      'account options require --aws, --inventory or --cluster',
      'Add --aws or --inventory FILE, or leave out --account, --ou, --all-accounts and --exclude-account.',
    ],
  );
  requireRules('--ignore', ignore);
  requireRules('--error', error);
  const both = error?.find((one) => ignore?.includes(one));
  requireConsistent([
    both !== undefined,
    `--ignore and --error both name the rule ${quoted(both ?? '')}`,
    'Remove one of them.',
  ]);
}

function requireRules(option: string, given: readonly string[] = []): void {
  const names = RULES.map(({ name }) => name);
  for (const name of given.filter((one) => !names.includes(one))) {
    const next = didYouMean(name, names) ?? '`aws-auth-sso check --list-rules` lists the rules.';
    throw refusal({ message: `${option}: unknown rule ${quoted(name)}`, help: next });
  }
}
