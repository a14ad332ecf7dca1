import type { Account, Inventory } from '../inventory/model.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../role-name.ts';
import type { LintSubject, ListEntry } from './subject.ts';

/** An entry of a provisioned role, and what is known of its account. */
export interface JudgedEntry {
  readonly one: ListEntry;
  readonly role: ProvisionedRoleArn;
  readonly inventory: Inventory;
  /** Undefined where the account is not in the inventory. */
  readonly account: Account | undefined;
}

export function* judgedEntries({ entries, options }: LintSubject): Generator<JudgedEntry> {
  const { inventory, accounts: scope } = options;
  if (!inventory) return;
  const accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
  for (const one of entries) {
    const role = parseProvisionedRoleArn(one.entry.arn);
    if (!role || role.partition !== inventory.partition || scope?.has(role.accountId) === false) continue;
    yield { one, role, inventory, account: accounts.get(role.accountId) };
  }
}
