import { type Command, Option } from 'commander';
import { AwsAuth } from '../../aws-auth/aws-auth.ts';
import { letsAdminIn } from '../../aws-auth/denied-entries.ts';
import type { KubectlVerb } from '../../aws-auth/server-metadata.ts';
import { type PlanContext, planContext } from '../../change/change.ts';
import { describeChange } from '../../change/describe-change.ts';
import { type MergeResult, mergeAwsAuth } from '../../change/merge.ts';
import { nodesFindings } from '../../change/merge-findings.ts';
import type { Inventory } from '../../directory/model.ts';
import type { InventorySource } from '../../directory/query.ts';
import { type Finding, note } from '../../errors.ts';
import { inputName } from '../../io.ts';
import type { Desired } from '../../mapping/resolve.ts';
import type { Authorizer } from '../../rbac/authorizer.ts';
import { addRbacOption, defineCommand, maxAgeOption } from '../define-command.ts';
import { readAwsAuth, readAwsAuthOrEmpty } from '../inputs/inputs.ts';
import { withDesired } from '../load-request.ts';
import {
  type CommonOptions,
  givesRbac,
  pruneWithoutMappings,
  type RbacOptions,
  requireConsistent,
} from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';

/** Options that `merge` and `diff` share. */
export interface MergeCommandOptions extends CommonOptions, RbacOptions {
  readonly comments?: boolean;
  readonly prune?: boolean;
  readonly allowLockout?: boolean;
  readonly explain?: boolean;
  readonly maxAge: string;
}

/** A command that merges the desired entries into FILE. */
export function defineMergeCommand<Options extends MergeCommandOptions, Given = string>(
  name: string,
  addOwn: (command: Command) => Command,
  work: (options: Options, shell: Shell, file: Given) => Promise<Outcome>,
) {
  const addMergeOptions = (command: Command) =>
    addRbacOption(
      addOwn(command)
        .option(
          '--prune',
          'remove entries of provisioned roles in scope that no mapping wants; requires a config file',
        )
        .option('--explain', 'show who gains and loses access (with --rbac, which roles)'),
    )
      .option('--comments', 'annotate added role ARNs with account and permission set')
      .option(
        '--allow-lockout',
        "let --prune remove an account's last entry or the last non-node system:masters entry",
      )
      .addOption(maxAgeOption());
  return defineCommand(
    name,
    { file: 'one', mapping: true, reads: 'AWS or snapshots' },
    addMergeOptions,
    work,
  );
}

export const mergeCommand = defineMergeCommand(
  'merge',
  (command) =>
    command
      .option('--write', 'edit the file in place; print nothing to stdout')
      .addOption(
        new Option(
          '--for <verb>',
          'kubectl command that will apply the result; use apply for files in Git',
        ).choices(['replace', 'server-side-apply', 'apply']),
      ),
  merge,
);

async function merge(
  options: MergeCommandOptions & { readonly for?: KubectlVerb; readonly write?: boolean },
  shell: Shell,
  file: string,
): Promise<Outcome> {
  requireConsistent([
    options.rbac && !options.explain,
    '--rbac requires --explain',
    "Add --explain, or remove --rbac: bindings don't affect aws-auth.",
  ]);
  if (options.write) await (await import('../replace-file.ts')).requireReplaceable(shell.io, file);
  const { before, text, changed, summary } = await runMerge(file, options, options.for ?? null, shell);
  if (!options.write) return { stdout: text, summary };
  const replacements = [{ name: file, before: before.document.source, after: text }];
  return { stdout: '', summary, ...(changed ? { replacements } : {}) };
}

export interface MergeRun extends Omit<MergeResult, 'summary'> {
  readonly summary: readonly Finding[];
  readonly desired: Desired;
  readonly context: PlanContext;
  /** Null without `--rbac`. */
  readonly authorizer: Authorizer | null;
}

/**
 * Merges the desired entries into FILE, reports the findings, and returns the result with a summary; writes nothing.
 * @param reportedElsewhere codes of findings that the caller reports itself
 * @throws Failure if input or options are refused (exit 2), or AWS or the file can't be read (exit 3)
 */
export async function runMerge(
  file: string,
  options: MergeCommandOptions,
  verb: KubectlVerb | null,
  shell: Shell,
  reportedElsewhere: ReadonlySet<string> = new Set(),
): Promise<MergeRun> {
  // A drift check of an empty file would report the loss of all entries if saving the ConfigMap has failed.
  const read = options.strict ? readAwsAuth : readAwsAuthOrEmpty;
  const awsAuth = new AwsAuth(await read(file, shell));
  const authorizer = givesRbac(options)
    ? await (await import('../inputs/rbac.ts')).readRbacOfOne(options, file, null, shell)
    : null;
  return withDesired(options, shell, async (desired, source) => {
    requireConsistent(...pruneWithoutMappings(options.prune, desired.request));
    const { withNamesakes } = await import('../../directory/look-up.ts');
    const arns = awsAuth.mapRoles.entries.map(({ arn }) => arn);
    const known = await withNamesakes(desired.inventory, arns, source);
    const inventory = options.prune ? await inventoryForPruning(known, awsAuth, source) : known;
    const context = planContext({ ...desired, inventory }, options);
    const merging = { comments: options.comments ?? false, for: verb };
    const result = mergeAwsAuth(awsAuth, desired.entries, context, merging);
    const findings = result.findings.filter(({ code }) => !reportedElsewhere.has(code));
    shell.report([...desired.findings, ...nodesFindings(desired, awsAuth, result.changes), ...findings]);
    if (shell.debugging)
      for (const change of result.changes) shell.debug(describeChange(change, awsAuth, context.roles));
    if (options.explain) await explain(result, known, source, authorizer, shell);
    const message = `${inputName(file)}: ${result.summary}`;
    return { ...result, summary: [note('summary', message)], desired, context, authorizer };
  });
}

/** @param authorizer what roles allow; null without bindings */
async function explain(
  { before, after }: MergeResult,
  inventory: Inventory,
  source: InventorySource,
  authorizer: Authorizer | null,
  shell: Shell,
): Promise<void> {
  const { changedEntries, explainChange, rolesOfChange } = await import('../../who/changed-access.ts');
  const change = changedEntries(before, after);
  const roleArns = rolesOfChange(change, inventory);
  const members = authorizer?.mayNamePeople([...change.before, ...change.after]) ?? false;
  const query = { roleArns, named: [], onlyNamed: false, members };
  const known = roleArns.size > 0 ? await source.people(inventory, query) : inventory;
  shell.report(explainChange(change, known, authorizer));
}

async function inventoryForPruning(
  inventory: Inventory,
  { mapRoles: { entries } }: AwsAuth,
  source: InventorySource,
): Promise<Inventory> {
  const { forPruning } = await import('../inputs/pruning.ts');
  const admins = entries.filter((entry) => !entry.shadowed && letsAdminIn(entry)).map(({ arn }) => arn);
  return forPruning(inventory, admins, source);
}
