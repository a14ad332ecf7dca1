import { type Command, Option } from 'commander';
import { changedEntries, explainChange, rolesOfChange } from '../../access/change.ts';
import { effectiveEntries } from '../../authenticator/caller-order.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { readMapRoles, readMapUsers } from '../../authenticator/read-map.ts';
import { type AwsAuthDocument, readDocument, readListOrDocument } from '../../configmap/document.ts';
import { type Failure, type Finding, refusal } from '../../errors.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { InventorySource } from '../../inventory/session.ts';
import { inputName, readText } from '../../io.ts';
import type { Desired } from '../../mapping/desired.ts';

import { type MergeOptions, type MergeResult, mergeAwsAuth } from '../../merge/merge.ts';
import { describeDecision, type MergeContext, type UnresolvedRoles } from '../../merge/plan.ts';
import {
  addInventoryOptions,
  addMappingOptions,
  addScopeOptions,
  addShellOptions,
} from '../common-options.ts';
import { type DesiredOptions, withDesired } from '../desired.ts';
import { parseDuration } from '../duration.ts';
import type { Shell, ShellOptions } from '../shell.ts';

/** What `merge` and `diff` have in common. */
export interface MergeRunOptions extends DesiredOptions, ShellOptions {
  readonly comments?: boolean;
  readonly prune?: boolean;
  readonly allowLockout?: boolean;
  readonly explain?: boolean;
  readonly maxAge: string;
}

export function addMergeOptions(command: Command): Command {
  command
    .option('--comments', 'say account name and permission set behind each role ARN that is added')
    .option('--prune', 'remove provisioned-role entries in scope that no mapping wants; needs a config file')
    .option(
      '--allow-lockout',
      'let --prune remove the last entry of an account, or the last human system:masters',
    )
    .option('--explain', 'say who gains and who loses access through the change, before it is applied')
    .addOption(
      new Option('--max-age <duration>', 'an older snapshot neither rotates nor prunes').default('24h'),
    );
  for (const add of [addMappingOptions, addScopeOptions, addInventoryOptions, addShellOptions]) add(command);
  return command;
}

export interface MergeRun extends Omit<MergeResult, 'summary'> {
  readonly document: AwsAuthDocument;
  readonly summary: readonly Finding[];
}

/**
 * Merges the desired entries into FILE, tells the findings, and answers the result and a summary; writes nothing.
 * @throws Failure where input or options are refused (exit 2), or AWS or the file cannot be read (exit 3)
 */
export async function runMerge(
  file: string,
  options: MergeRunOptions,
  merging: MergeOptions,
  shell: Shell,
): Promise<MergeRun> {
  const maxAge = parseDuration(options.maxAge);
  // What is empty on stdin is a ConfigMap that kubectl did not find.
  const read = file === '-' ? readDocument : readListOrDocument;
  const document = read(await readText(shell.io, file), inputName(file));
  return withDesired(options, shell, async (desired, source) => {
    if (options.prune && !desired.request.fromConfig) throw pruneWithoutConfig();
    const facts = factsOf(desired, options, maxAge);
    const result = mergeAwsAuth(document, desired.entries, facts, merging);
    shell.report([...desired.findings, ...result.findings]);
    const lineOf = (offset: number) => document.mapRoles?.locationOf(offset).line;
    for (const decision of result.decisions) shell.debug(describeDecision(decision, lineOf));
    if (options.explain) await explain(document, result, desired.inventory, source, shell);
    const message = `${inputName(file)}: ${result.summary}`;
    return { ...result, document, summary: [{ severity: 'note', code: 'summary', message }] };
  });
}

async function explain(
  before: AwsAuthDocument,
  { result }: MergeResult,
  inventory: Inventory,
  source: InventorySource,
  shell: Shell,
): Promise<void> {
  const change = changedEntries(entriesOf(before), entriesOf(result));
  const roleArns = rolesOfChange(change, inventory);
  const question = { roleArns, named: [], onlyNamed: false, members: false };
  const known = roleArns.size > 0 ? await source.people(inventory, question) : inventory;
  shell.report(explainChange(change, known));
}

/** Of both maps: an entry that mapRoles gets may take the place of one in mapUsers. */
function entriesOf({ mapRoles, mapUsers }: AwsAuthDocument): readonly LoadedEntry[] {
  return effectiveEntries({
    mapRoles: readMapRoles(mapRoles?.text ?? '').entries,
    mapUsers: readMapUsers(mapUsers?.text ?? '').entries,
  });
}

function factsOf(
  { inventory, scoped, unresolved }: Desired,
  options: MergeRunOptions,
  maxAge: number,
): MergeContext {
  const age = Date.now() - Date.parse(inventory.capturedAt);
  return {
    accountsRead: new Set(inventory.accounts.filter((account) => account.rolesRead).map(({ id }) => id)),
    roleArns: new Set(inventory.roles.map((role) => role.roleArn.toLowerCase())),
    scope: new Set(scoped.accountIds),
    unresolved: unresolved.map(({ mapping: { selector }, accountId }): UnresolvedRoles => {
      return { accountId, permissionSet: selector.kind === 'name' ? selector.name : null };
    }),
    prune: options.prune ? { allowLockout: options.allowLockout ?? false } : null,
    rotate: age <= maxAge,
  };
}

function pruneWithoutConfig(): Failure {
  return refusal({
    message: '--prune needs a config file: only that names everybody who may stay',
    help: 'Put the mappings into a file, and name it with -c.',
  });
}
