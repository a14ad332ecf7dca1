import { parseAccountSelector } from '../inventory/account-selector.ts';
import type { Inventory } from '../inventory/model.ts';
import type { Question } from '../inventory/question.ts';
import { resolveQuestion } from '../inventory/question-scope.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { InventoryOptions, MappingOptions } from './common-options.ts';
import { openInventorySource } from './inventory-source.ts';
import { loadConfig, scopeFlags } from './request.ts';
import type { Shell } from './shell.ts';

/** An inventory of the accounts that a file speaks of, and which of them are in the scope. */
export interface FileInventory {
  readonly inventory: Inventory;
  readonly accountIds: ReadonlySet<string>;
}

/**
 * Reads the accounts of the provisioned-role ARNs in a file, within the scope flags; null where there are none. An account that
 * cannot be read is left unread, and the organization is looked at where that is allowed.
 */
export async function readFileInventory(
  arns: readonly string[],
  options: InventoryOptions & MappingOptions,
  shell: Shell,
): Promise<FileInventory | null> {
  const ids = new Set(arns.flatMap((arn) => parseProvisionedRoleArn(arn)?.accountId ?? []));
  if (ids.size === 0) return null;
  const within = scopeFlags(options);
  const question: Question = {
    scope: [...ids].sort().map(parseAccountSelector),
    within: within.length > 0 ? within : null,
    exclude: (options.excludeAccount ?? []).map(parseAccountSelector),
    permissionSets: 'none',
    knownPermissionSets: [],
    provisioned: false,
    // Worth knowing, but no reason to fail: ids need no organization.
    organizationTree: 'if-allowed',
  };
  const { config = {} } = (await loadConfig(options, shell.io)) ?? {};
  const source = await openInventorySource({ ...options, skipUnreadable: ['*'] }, config, shell);
  try {
    const inventory = await source.read(question);
    const scope = resolveQuestion(question, inventory.accounts, inventory.callerAccountId);
    return { inventory, accountIds: new Set(scope.accounts.map(({ id }) => id)) };
  } finally {
    source.close();
  }
}
