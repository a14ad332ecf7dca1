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
  maxAgeOption,
  outputOption,
  repeated,
} from '../command.ts';
import { terminalWidth } from '../format/table.ts';
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import { ADD_SOURCE, fleetOf, requireConsistent, twoSources } from '../options.ts';
import type { Outcome, Shell } from '../shell.ts';
import { checkAndFix, checkUnfixed } from './check-fix.ts';
import { type CheckOptions, type LintInput, lintedInputs, lintInputs } from './check-inputs.ts';
import { CHECK_TITLE, checkEnd, NOTHING_FIXED, renderFindings, renderRules } from './check-output.ts';

export const checkCommand = defineCommand(
  'check',
  { file: 'several', config: 'AWS settings', reads: 'AWS or snapshots', clusters: 'several' },
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
      "--fix and --fix-access require a FILE: they don't change access entries",
      'Pass the aws-auth ConfigMap, - for stdin, or remove them.',
    ],
    [
      isFixing && paths.length > 1 && !options.write && !options.diff,
      'several FILEs were given, but stdout can hold only one fixed ConfigMap',
      'Add --write to edit the files in place, or --diff to review the changes first.',
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

/** True if other commands refuse the file, as kubectl does. */
function isInvalid({ configMap, problems }: AwsAuthDocument): boolean {
  return problems.some(({ rule }) => rule !== null || configMap === null);
}

async function checkOnly(inputs: readonly LintInput[], all: Inputs, options: CheckOptions): Promise<Outcome> {
  const { files, paths, failure, shell } = all;
  const { unread } = await all.fleet();
  const checked = lintedInputs(inputs, options, shell);
  const output = failure ? shell.io.stderr : shell.io.stdout;
  const view = { color: shell.colorOn(output), columns: terminalWidth(output) };
  const ending = options.fix || options.fixAccess ? NOTHING_FIXED : null;
  return {
    ...(await checkEnd(checked, options.output, {
      broken: paths.length - files.length,
      unread: unread.length,
      ending,
    })),
    stdout: await renderFindings(checked, options.output, view, unread),
  };
}

/** @throws Failure (exit 2), before anything is read */
function requireConsistentOptions(options: CheckOptions): void {
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
  fleetOf(options);
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
