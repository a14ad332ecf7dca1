import { Command } from 'commander';
import { type CallerExplanation, explainCaller } from '../../access/explain-caller.ts';
import { arnIn, requireCaller } from '../../access/named-caller.ts';
import { readDocument } from '../../configmap/document.ts';
import { refusal } from '../../errors.ts';
import type { Inventory } from '../../inventory/model.ts';
import { inputName, readText } from '../../io.ts';
import { LintContext } from '../../lint/context.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { scopeFlags } from '../load-request.ts';
import {
  addConfigOption,
  addFileArgument,
  addInventoryOptions,
  addRbacOption,
  addShellOptions,
  type CommonOptions,
  outputOption,
  type RbacOptions,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import { type ExplainFormat, renderExplanation } from './explain-output.ts';

interface ExplainOptions extends CommonOptions, RbacOptions {
  readonly output: ExplainFormat;
  readonly caller?: string;
  readonly aws?: boolean;
}

export function explainCommand(run: Run): Command {
  const command = addFileArgument(new Command('explain'))
    .option('--caller <arn>', 'who calls: an ARN, or - for what `aws sts get-caller-identity` prints')
    .option('--aws', 'look up in AWS what changed; without --caller, who the profile is');
  addRbacOption(command).addOption(outputOption('text', 'json'));
  return addShellOptions(addInventoryOptions(addConfigOption(command, 'AWS settings'))).action(
    (file: string, options: ExplainOptions) => run(options, (shell) => explain(file, options, shell)),
  );
}

async function explain(file: string, options: ExplainOptions, shell: Shell): Promise<Outcome> {
  requireConsistent(file, options);
  const given = await givenArn(options, shell);
  if (given !== null) requireCaller(given);
  const authorizer = await rbacOf(file, options, shell);
  const document = readDocument(await readText(shell.io, file), inputName(file));
  const context = new LintContext(document, {});
  const explainTo = (arn: string, inventory: Inventory | null) =>
    explainCaller(requireCaller(arn), context, { inventory, authorizer });
  const explanation =
    given !== null && !options.aws && !options.inventory
      ? explainTo(given, null)
      : await explainWithInventory(given, explainTo, options, shell);
  return {
    stdout: await renderExplanation(explanation, document.file, options.output),
    exitCode: explanation.matches.length > 0 ? 0 : 1,
  };
}

/** Null without `--rbac`. */
async function rbacOf(file: string, options: ExplainOptions, shell: Shell): Promise<Authorizer | null> {
  if (!options.rbac) return null;
  const { readRbac } = await import('../rbac-source.ts');
  return readRbac(options, [file], shell);
}

/** Null: whoever the profile is. */
async function givenArn({ caller }: ExplainOptions, shell: Shell): Promise<string | null> {
  if (caller === undefined) return null;
  return caller === '-' ? arnIn(await readText(shell.io, '-')) : caller.trim();
}

async function explainWithInventory(
  given: string | null,
  explainTo: (arn: string, inventory: Inventory | null) => CallerExplanation,
  options: ExplainOptions,
  shell: Shell,
): Promise<CallerExplanation> {
  const { readCallerInventory, withFileSource } = await import('../file-inventory.ts');
  const arnsFor = (arn: string) => {
    const { caller, nearest } = explainTo(arn, null);
    return [caller.canonicalArn, ...nearest.map((miss) => miss.arn)];
  };
  const { arn, inventory } = await withFileSource(options, shell, true, (open) =>
    readCallerInventory(given, arnsFor, options, shell, open),
  );
  return explainTo(arn, inventory);
}

function requireConsistent(file: string, options: ExplainOptions): void {
  const { caller, aws, inventory, profile, rbac } = options;
  if (aws && inventory)
    throw refusal({ message: '--aws and --inventory exclude each other', help: 'Give one of them.' });
  if (caller === undefined && !aws)
    throw refusal({
      message: 'who calls is missing: --caller ARN',
      help: 'Give the ARN that `aws sts get-caller-identity` prints, or pipe its output into --caller -, or let --aws ask who the profile is.',
    });
  if (caller === '-' && [file, ...(rbac ?? [])].includes('-'))
    throw refusal({
      message: `--caller - and ${file === '-' ? 'the ConfigMap' : 'RBAC manifests'} cannot both come from stdin`,
      help: 'Give files for all else: aws sts get-caller-identity | aws-auth-sso explain FILE --caller -',
    });
  if (aws || inventory) return;
  if (profile)
    throw refusal({ message: '--profile requires --aws', help: 'Add --aws, or leave out --profile.' });
  if (scopeFlags(options).length > 0 || options.excludeAccount)
    throw refusal({
      message: 'account options require --aws or --inventory',
      help: 'Add --aws or --inventory FILE, or leave out --account, --ou, --all-accounts and --exclude-account.',
    });
}
