import { arnKind, parseArn } from '../arn.ts';
import { Failure } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { InventoryQuery } from '../inventory/query.ts';
import { resolveQuery, resolveScope } from '../inventory/scope/resolve-scope.ts';

import type { InventorySource } from '../inventory/session.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { InventoryOptions, MappingOptions } from './common-options.ts';
import { fileQuestion } from './file-question.ts';
import { openInventorySource } from './inventory-source.ts';
import { loadConfig, scopeFlags } from './request.ts';
import type { Shell } from './shell.ts';

/** An inventory of the accounts that a file speaks of, and which of them are in the scope. */
export interface FileInventory {
  readonly inventory: Inventory;
  readonly accountIds: ReadonlySet<string>;
  /** The one account that the scope flags name; null where they name several or none. */
  readonly account: string | null;
}

/**
 * Reads the accounts of the provisioned-role ARNs in a file, within the scope flags; null where there are none. Permission set
 * ARNs are of the one account that the flags name. An account that cannot be read is left unread.
 */
export async function readFileInventory(
  arns: readonly string[],
  options: InventoryOptions & MappingOptions,
  shell: Shell,
): Promise<FileInventory | null> {
  const ids = new Set(arns.flatMap((arn) => parseProvisionedRoleArn(arn)?.accountId ?? []));
  const flags = scopeFlags(options);
  const sets = flags.length === 1 ? [...new Set(arns.filter(isPermissionSet))] : [];
  if (ids.size + sets.length === 0) return null;
  const asked = fileQuestion(ids, options);
  const question: InventoryQuery = {
    ...asked,
    scope: [...asked.scope, ...(sets.length > 0 ? flags : [])],
    permissionSets: sets.length > 0 ? sets : 'none',
    // Worth knowing, but no reason to fail: ids need no organization.
    organizationTree: 'if-allowed',
  };
  const { config = {} } = (await loadConfig(options, shell)) ?? {};
  const source = await openInventorySource({ ...options, skipUnreadable: ['*'] }, config, shell);
  try {
    const inventory = await withAssignments(await source.read(question), arns, source, shell);
    const { accounts, callerAccountId } = inventory;
    const scope = resolveQuery(question, accounts, callerAccountId);
    const named = resolveScope(flags, [], accounts, callerAccountId).accounts;
    const account = named.length === 1 ? (named[0]?.id ?? null) : null;
    return { inventory, accountIds: new Set(scope.accounts.map(({ id }) => id)), account };
  } finally {
    source.close();
  }
}

function isPermissionSet(text: string): boolean {
  const arn = parseArn(text);
  return arn !== undefined && arnKind(arn) === 'permission-set';
}

/** Who is assigned is worth knowing as well, where sso-admin may be asked. */
async function withAssignments(
  inventory: Inventory,
  arns: readonly string[],
  source: InventorySource,
  shell: Shell,
): Promise<Inventory> {
  const named = new Set(arns.flatMap((arn) => parseProvisionedRoleArn(arn)?.roleArn.toLowerCase() ?? []));
  const roleArns = inventory.roles.map((role) => role.roleArn).filter((arn) => named.has(arn.toLowerCase()));
  if (!source.isLive || roleArns.length === 0) return inventory;
  try {
    const question = { roleArns: new Set(roleArns), named: [], onlyNamed: false, members: false };
    return await source.people(inventory, question);
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== 3) throw error;
    const message = `who is assigned could not be read, so unassigned-role stays silent: ${error.message}`;
    shell.report([{ severity: 'note', code: 'assignments-unknown', message }]);
    return inventory;
  }
}
