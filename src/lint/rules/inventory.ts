import type { Account, Inventory, Role } from '../../inventory/model.ts';
import { rolesBySet } from '../../inventory/provisioned-roles.ts';

import { type ProvisionedRoleArn, parseProvisionedRoleArn, roleKey, setKey } from '../../role-name.ts';
import { listed, nearNames, printable, quoted } from '../../text.ts';
import type { LintContext, ListEntry } from '../context.ts';
import { arnRange } from '../locate.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnFix } from './arns.ts';

/** Entries whose role is gone from an account that was read, with the role that took its place, if any. */
function* gone(
  context: LintContext,
): Generator<ProvisionedEntry & { readonly known: KnownRoles; readonly successor: Role | undefined }> {
  const { inventory } = context.options;
  if (!inventory) return;
  const known = new KnownRoles(inventory.roles);
  for (const one of provisionedEntries(context))
    if (one.account?.rolesRead && !known.has(one.role))
      yield { ...one, known, successor: known.successorOf(one.role) };
}

export const staleRole: Rule = {
  name: 'stale-role',
  severity: 'error',
  fix: 'access',
  summary:
    'The role of a permission set was made anew and has another suffix now (with --aws or --inventory)',
  consequence: 'nobody has the old one any more, so nobody gets in through this entry',
  help: 'Write the ARN of the role that exists now.',
  *detect(context) {
    const stale = [...gone(context)];
    const counts = new Map<Role, number>();
    for (const { successor } of stale) if (successor) counts.set(successor, (counts.get(successor) ?? 0) + 1);
    for (const { one, role, successor } of stale) {
      if (!successor) continue;
      yield {
        range: arnRange(one),
        what: `${role.roleArn} does not exist any more: permission set ${quoted(successor.permissionSet)} has ${successor.roleArn} now`,
        ...succession(context, one, successor, counts.get(successor) === 1),
      };
    }
  },
};

function succession(
  context: LintContext,
  one: ListEntry,
  { roleArn }: Role,
  isAlone: boolean,
): Pick<Detection, 'help' | 'fix'> {
  if (context.entriesByArn.meantBy(roleArn).length > 0)
    return { help: 'An entry for the new role is there already: remove this one.' };
  if (!isAlone)
    return {
      help: `Other entries have an older role of the same permission set too: keep one, and write ${roleArn}`,
    };
  return {
    help: `Write ${roleArn}`,
    ...(context.options.rotate !== false && arnFix(context, one, roleArn)),
  };
}

export const unknownRole: Rule = {
  name: 'unknown-role',
  severity: 'error',
  fix: 'none',
  summary: 'A role that Identity Center should have made does not exist (with --aws or --inventory)',
  consequence: 'nobody can have it, so nobody gets in through this entry',
  help: 'Assign somebody the permission set in that account, or remove the entry.',
  *detect(context) {
    for (const { one, role, known, successor } of gone(context)) {
      if (successor) continue;
      const near = nearNames(role.permissionSet, known.setsIn(role.accountId));
      const hint = near.length > 0 ? ` That account has ${listed(near.map(quoted))}.` : '';
      yield {
        range: arnRange(one),
        what: `account ${role.accountId} has no role of a permission set ${quoted(role.permissionSet)}`,
        help: `Assign somebody the permission set in account ${role.accountId}, or remove the entry.${hint}`,
      };
    }
  },
};

export const unassignedRole: Rule = {
  name: 'unassigned-role',
  severity: 'warning',
  fix: 'none',
  summary:
    'Nobody is assigned the permission set in that account (with --aws or --inventory, where assignments were read)',
  consequence: 'nobody can use this entry',
  help: 'Assign a group or user, or remove the entry.',
  *detect(context) {
    const { inventory } = context.options;
    if (!inventory?.assignments || !inventory.permissionSets) return;
    const names = new Map(inventory.permissionSets.map(({ arn, name }) => [arn, name.toLowerCase()]));
    const assigned = new Set(
      inventory.assignments.map(
        ({ accountId, permissionSetArn }) => `${accountId} ${names.get(permissionSetArn)}`,
      ),
    );
    const known = new KnownRoles(inventory.roles);
    for (const { one, role, account } of provisionedEntries(context)) {
      if (!account?.rolesRead || !known.has(role) || account.assignmentsRead !== true) continue;
      if (assigned.has(setKey(role))) continue;
      yield {
        range: arnRange(one),
        what: `nobody is assigned permission set ${quoted(role.permissionSet)} in account ${role.accountId}`,
      };
    }
  },
};

export const accountOutsideOrganization: Rule = {
  name: 'account-outside-organization',
  severity: 'warning',
  fix: 'none',
  summary:
    'The account of a provisioned role is not in the organization (with --aws or --inventory, where that was read)',
  consequence: 'Identity Center gives nobody access to it, so the role may be left from another organization',
  help: 'Remove the entry, unless that other organization is to get in.',
  *detect(context) {
    for (const { one, role, account } of provisionedEntries(context))
      if (isOutside(account))
        yield { range: arnRange(one), what: `account ${role.accountId} is not in the organization` };
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
  *detect(context) {
    const told = new Set<string>();
    for (const { one, role, account } of provisionedEntries(context)) {
      if (account?.rolesRead || isOutside(account) || told.has(role.accountId)) continue;
      told.add(role.accountId);
      yield { range: arnRange(one), what: `the roles of account ${role.accountId} ${reasonOf(account)}` };
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

/** An entry of a provisioned role, and what is known of its account. */
export interface ProvisionedEntry {
  readonly one: ListEntry;
  readonly role: ProvisionedRoleArn;
  readonly inventory: Inventory;
  /** Undefined where the account is not in the inventory. */
  readonly account: Account | undefined;
}

export function* provisionedEntries({ entries, options }: LintContext): Generator<ProvisionedEntry> {
  const { inventory, accounts: scope } = options;
  if (!inventory) return;
  const accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
  for (const one of entries) {
    const role = parseProvisionedRoleArn(one.entry.arn);
    if (!role || role.partition !== inventory.partition || scope?.has(role.accountId) === false) continue;
    yield { one, role, inventory, account: accounts.get(role.accountId) };
  }
}

/** What exists in the accounts that were read. */
export class KnownRoles {
  private readonly byArn: ReadonlySet<string>;
  private readonly bySet: ReadonlyMap<string, readonly Role[]>;
  private readonly byAccount = new Map<string, string[]>();

  constructor(roles: readonly Role[]) {
    this.byArn = new Set(roles.map(roleKey));
    this.bySet = rolesBySet(roles);
    for (const role of roles) {
      append(this.byAccount, role.accountId, role.permissionSet);
    }
  }

  has(role: ProvisionedRoleArn): boolean {
    return this.byArn.has(roleKey(role));
  }

  successorOf(role: ProvisionedRoleArn): Role | undefined {
    return this.bySet.get(setKey(role))?.[0];
  }

  setsIn(accountId: string): readonly string[] {
    return this.byAccount.get(accountId) ?? [];
  }
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}
