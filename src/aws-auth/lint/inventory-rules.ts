import type { Account, Inventory, Role } from '../../inventory/model.ts';
import { nearNames } from '../../near-names.ts';
import { listed, printable, quoted } from '../../printable.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../../role-name.ts';
import { arnMend } from './arn-rules.ts';
import { newestRole } from './newest-role.ts';
import type { Detection, Rule } from './rule.ts';
import { arnSpot, type LintSubject, type ListEntry } from './subject.ts';

/** An entry of a provisioned role, and what is known of its account. */
interface Judged {
  readonly one: ListEntry;
  readonly role: ProvisionedRoleArn;
  readonly inventory: Inventory;
  /** Undefined where the account is not in the inventory. */
  readonly account: Account | undefined;
}

function* judged({ entries, options }: LintSubject): Generator<Judged> {
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
class KnownRoles {
  private readonly byArn: ReadonlySet<string>;
  private readonly bySet = new Map<string, Role[]>();
  private readonly byAccount = new Map<string, string[]>();

  constructor(roles: readonly Role[]) {
    this.byArn = new Set(roles.map(({ roleArn }) => roleArn.toLowerCase()));
    for (const role of roles) {
      append(this.bySet, setKey(role), role);
      append(this.byAccount, role.accountId, role.permissionSet);
    }
  }

  has({ roleArn }: ProvisionedRoleArn): boolean {
    return this.byArn.has(roleArn.toLowerCase());
  }

  successorOf(role: ProvisionedRoleArn): Role | undefined {
    return newestRole(this.bySet.get(setKey(role)) ?? []);
  }

  setsIn(accountId: string): readonly string[] {
    return this.byAccount.get(accountId) ?? [];
  }
}

function setKey({
  accountId,
  permissionSet,
}: {
  readonly accountId: string;
  readonly permissionSet: string;
}): string {
  return `${accountId} ${permissionSet.toLowerCase()}`;
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const values = map.get(key);
  if (values) values.push(value);
  else map.set(key, [value]);
}

/** Entries whose role is gone from an account that was read, with the role that took its place, if any. */
function* gone(
  subject: LintSubject,
): Generator<Judged & { readonly known: KnownRoles; readonly successor: Role | undefined }> {
  const { inventory } = subject.options;
  if (!inventory) return;
  const known = new KnownRoles(inventory.roles);
  for (const one of judged(subject))
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
  cure: 'Write the ARN of the role that exists now.',
  *detect(subject) {
    for (const { one, role, successor } of gone(subject)) {
      if (!successor) continue;
      yield {
        spot: arnSpot(one),
        what: `${role.roleArn} does not exist any more: permission set ${quoted(successor.permissionSet)} has ${successor.roleArn} now`,
        ...succession(subject, one, successor),
      };
    }
  },
};

function succession(
  subject: LintSubject,
  one: ListEntry,
  { roleArn }: Role,
): Pick<Detection, 'cure' | 'mend'> {
  const [other] = subject.census.meantBy(roleArn);
  if (other) return { cure: 'An entry for the new role is there already: remove this one.' };
  const isAlone = subject.census.meantBy(parseProvisionedRoleArn(one.entry.arn)?.roleArn ?? '').length <= 1;
  const mend = isAlone && subject.options.rotate !== false ? arnMend(subject, one, roleArn) : {};
  return { cure: `Write ${roleArn}`, ...mend };
}

export const unknownRole: Rule = {
  name: 'unknown-role',
  severity: 'error',
  fix: 'none',
  summary: 'A role that Identity Center should have made does not exist (with --aws or --inventory)',
  consequence: 'nobody can have it, so nobody gets in through this entry',
  cure: 'Assign somebody the permission set in that account, or remove the entry.',
  *detect(subject) {
    for (const { one, role, known, successor } of gone(subject)) {
      if (successor) continue;
      const near = nearNames(role.permissionSet, known.setsIn(role.accountId));
      const hint = near.length > 0 ? ` That account has ${listed(near.map(quoted))}.` : '';
      yield {
        spot: arnSpot(one),
        what: `account ${role.accountId} has no role of a permission set ${quoted(role.permissionSet)}`,
        cure: `Assign somebody the permission set in account ${role.accountId}, or remove the entry.${hint}`,
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
  cure: 'Assign a group or user, or remove the entry.',
  *detect(subject) {
    const { inventory } = subject.options;
    if (!inventory?.assignments || !inventory.permissionSets) return;
    const names = new Map(inventory.permissionSets.map(({ arn, name }) => [arn, name.toLowerCase()]));
    const assigned = new Set(
      inventory.assignments.map(
        ({ accountId, permissionSetArn }) => `${accountId} ${names.get(permissionSetArn)}`,
      ),
    );
    const known = new KnownRoles(inventory.roles);
    for (const { one, role, account } of judged(subject)) {
      if (!account?.rolesRead || !known.has(role) || assigned.has(setKey(role))) continue;
      yield {
        spot: arnSpot(one),
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
  cure: 'Remove the entry, unless that other organization is to get in.',
  *detect(subject) {
    for (const { one, role, account } of judged(subject))
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
  cure: 'Make the account readable, or take a snapshot that has it.',
  *detect(subject) {
    const told = new Set<string>();
    for (const { one, role, account } of judged(subject)) {
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
