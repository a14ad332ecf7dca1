import type { Account } from '../../inventory/model.ts';
import { printable } from '../../text.ts';
import { judgedEntries } from '../judged-entry.ts';
import type { Rule } from '../rule.ts';
import { arnSpot } from '../spot.ts';

export const accountOutsideOrganization: Rule = {
  name: 'account-outside-organization',
  severity: 'warning',
  fix: 'none',
  summary:
    'The account of a provisioned role is not in the organization (with --aws or --inventory, where that was read)',
  consequence: 'Identity Center gives nobody access to it, so the role may be left from another organization',
  help: 'Remove the entry, unless that other organization is to get in.',
  *detect(subject) {
    for (const { one, role, account } of judgedEntries(subject))
      if (isOutside(account))
        yield { spot: arnSpot(one), what: `account ${role.accountId} is not in the organization` };
  },
};

function isOutside(account: Account | undefined): boolean {
  return account?.ouIds?.length === 0;
}

export const unreadableAccount: Rule = {
  name: 'unreadable-account',
  severity: 'warning',
  fix: 'none',
  summary: 'The roles of an account in the file could not be read (with --aws or --inventory)',
  consequence: 'nobody can say whether its roles exist, and nothing about them is mended',
  help: 'Make the account readable, or take a snapshot that has it.',
  *detect(subject) {
    const told = new Set<string>();
    for (const { one, role, account } of judgedEntries(subject)) {
      if (account?.rolesRead || isOutside(account) || told.has(role.accountId)) continue;
      told.add(role.accountId);
      yield { spot: arnSpot(one), what: `the roles of account ${role.accountId} ${reasonOf(account)}` };
    }
  },
};

function reasonOf(account: Account | undefined): string {
  if (!account) return 'are not in the inventory';
  if (account.unreadable !== null) return `could not be read (${printable(account.unreadable)})`;
  const state =
    account.state !== null && account.state !== 'ACTIVE' ? `: it is ${printable(account.state)}` : '';
  return `were not read${state}`;
}
