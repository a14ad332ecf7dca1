import { isAccountId } from '../arn.ts';
import type { InventoryQuery } from '../inventory/query.ts';
import { accountSelectorProblem, parseAccountSelector } from '../inventory/scope/account-selector.ts';
import type { ScopeOptions } from './common-options.ts';
import { checked, scopeFlags } from './request.ts';

/**
 * What to ask about the accounts that a file speaks of: their roles, within the scope flags.
 * @throws Failure (exit 2) where a flag names no accounts
 */
export function fileQuestion(accountIds: Iterable<string>, options: ScopeOptions): InventoryQuery {
  const flags = scopeFlags(options);
  return {
    scope: [...new Set(accountIds)].filter(isAccountId).sort().map(parseAccountSelector),
    within: flags.length > 0 ? flags : null,
    exclude: checked('--exclude-account', options.excludeAccount, accountSelectorProblem).map(
      parseAccountSelector,
    ),
    permissionSets: 'none',
    organizationTree: false,
  };
}
