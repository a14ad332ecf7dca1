import { possibleAdminBy } from '../../authenticator/groups.ts';
import { countBy, groupBy } from '../../group-by.ts';
import type { Account, Inventory, Role } from '../../inventory/model.ts';
import { type RoleFact, RoleFacts } from '../../inventory/role-facts.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, setKey } from '../../role-name.ts';
import { listed, nearNames, printable, quoted } from '../../text.ts';
import type { LintContext, ListEntry } from '../context.ts';
import { deleteEntry } from '../eks-commands.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnRange } from '../rule.ts';
import { arnFix } from './arns.ts';

/** An entry of a provisioned role, and what is known of its account. */
interface ProvisionedEntry {
  readonly listEntry: ListEntry;
  readonly role: ProvisionedRoleArn;
  /** Null where the account is not in the inventory. */
  readonly account: Account | null;
  readonly fact: RoleFact;
}

function* provisionedEntries({ entries, options }: LintContext): Generator<ProvisionedEntry> {
  const { inventory, accounts: scope } = options;
  if (!inventory) return;
  const facts = RoleFacts.of(inventory);
  for (const listEntry of entries) {
    const role = parseProvisionedRoleArn(listEntry.entry.arn);
    if (!role || role.partition !== inventory.partition || scope?.has(role.accountId) === false) continue;
    const fact = facts.about(role.roleArn);
    yield { listEntry, role, account: fact.account, fact };
  }
}

/** Entries whose role is gone from an account that was read, with the role that replaced it, if any. */
function* goneRoles(context: LintContext): Generator<ProvisionedEntry & { readonly successor: Role | null }> {
  for (const provisioned of provisionedEntries(context)) {
    const { status, successor } = provisioned.fact;
    if (status === 're-created' || status === 'gone') yield { ...provisioned, successor };
  }
}

const staleRole: Rule = {
  name: 'stale-role',
  severity: 'error',
  fix: 'access',
  summary: 'The role of a permission set was re-created and has a new suffix (with --aws or --inventory)',
  consequence: 'this entry never matches',
  help: 'Write the ARN of the new role.',
  *detect(context) {
    const stale = [...goneRoles(context)];
    const counts = countBy(stale.map(({ successor }) => successor));
    for (const { listEntry, role, successor } of stale) {
      if (!successor) continue;
      yield {
        range: arnRange(listEntry),
        what: `${role.roleArn} no longer exists, permission set ${quoted(successor.permissionSet)} now has ${successor.roleArn}`,
        ...takeover(context, listEntry),
        ...succession(context, listEntry, successor, counts.get(successor) === 1),
      };
    }
  },
};

function succession(
  context: LintContext,
  listEntry: ListEntry,
  { roleArn }: Role,
  isOnly: boolean,
): Pick<Detection, 'help' | 'fix'> {
  if (context.entriesFor(roleArn).length > 0)
    return { help: 'The new role already has an entry: remove this one.' };
  if (!isOnly)
    return {
      help: `Other entries have older roles of the same permission set: keep one and write ${roleArn}`,
    };
  return { help: `Write ${roleArn}`, ...(context.options.isFresh !== false && arnFix(listEntry, roleArn)) };
}

/**
 * What a dead entry that makes administrators is good for: the authenticator compares names alone, and whoever may create a role may choose
 * its name and path.
 */
function takeover(context: LintContext, { entry, list }: ListEntry): Pick<Detection, 'consequence'> {
  if (
    possibleAdminBy(entry) === null ||
    !context.effective.some((one) => one.entry === entry && one.list === list)
  )
    return {};
  const name = entry.arn.slice(entry.arn.lastIndexOf('/') + 1);
  return {
    consequence: `this entry matches nobody now, but whoever can create a role called ${printable(name)} in that account becomes cluster admin`,
  };
}

/** The entries whose role is gone, whoever made it. */
export function goneEntries(context: LintContext): ReadonlySet<ListEntry> {
  return new Set([...[...goneRoles(context)].map(({ listEntry }) => listEntry), ...goneOthers(context)]);
}

/** The entries of roles that Identity Center did not make and IAM does not have. */
function* goneOthers(context: LintContext): Generator<ListEntry> {
  const { inventory } = context.options;
  if (!inventory) return;
  const facts = RoleFacts.of(inventory);
  for (const listEntry of context.entries) {
    const { entry, problem } = listEntry;
    if (entry.sso || problem) continue;
    const { provisioned, status } = facts.about(entry.arn);
    if (!provisioned && status === 'gone') yield listEntry;
  }
}

const unknownRole: Rule = {
  name: 'unknown-role',
  severity: 'error',
  fix: 'none',
  summary: 'The role of an entry does not exist (with --aws or --inventory)',
  consequence: 'this entry never matches',
  help: 'Assign someone the permission set in that account, or remove the entry.',
  *detect(context) {
    const byAccount = groupBy(context.options.inventory?.roles ?? [], ({ accountId }) => accountId);
    for (const { listEntry, role, successor } of goneRoles(context)) {
      if (successor) continue;
      const sets = (byAccount.get(role.accountId) ?? []).map(({ permissionSet }) => permissionSet);
      const near = nearNames(role.permissionSet, sets);
      const hint = near.length > 0 ? ` That account has ${listed(near.map(quoted))}.` : '';
      yield {
        range: arnRange(listEntry),
        what: `account ${role.accountId} has no role of permission set ${quoted(role.permissionSet)}`,
        ...takeover(context, listEntry),
        help: `Assign someone the permission set in account ${role.accountId}, or remove the entry.${hint}`,
      };
    }
    for (const listEntry of goneOthers(context))
      yield {
        range: arnRange(listEntry),
        what: `the role ${printable(listEntry.entry.arn)} does not exist`,
        ...takeover(context, listEntry),
        help: 'Remove the entry, or write the ARN of the role that is meant.',
      };
  },
};

const lookalikeRole: Rule = {
  name: 'lookalike-role',
  severity: 'error',
  fix: 'none',
  summary:
    'The role of an entry is named as if Identity Center made it, but it did not; a warning where it makes no administrators (with --aws or --inventory)',
  consequence: 'whoever may assume that role is cluster admin, whatever Identity Center assigns',
  help: 'Ask who created the role. Remove the entry, unless intentional.',
  *detect(context) {
    for (const { listEntry, role, fact } of provisionedEntries(context)) {
      if (fact.status !== 'outside-path' || !context.effective.includes(listEntry)) continue;
      yield {
        range: arnRange(listEntry),
        what: `${role.roleArn} is not a role of Identity Center: IAM has ${printable(fact.role?.pathArn ?? '')}`,
        ...(possibleAdminBy(listEntry.entry) === null && {
          severity: 'warning',
          consequence: 'whoever may assume that role gets in, whatever Identity Center assigns',
        }),
      };
    }
  },
};

const unassignedRole: Rule = {
  name: 'unassigned-role',
  severity: 'warning',
  fix: 'none',
  summary:
    'Nobody is assigned the permission set in that account (with --aws or --inventory, if assignments were read)',
  consequence: 'nobody can use this entry',
  help: 'Assign a group or user, or remove the entry.',
  *detect(context) {
    const { inventory } = context.options;
    const assigned = inventory && assignedSets(inventory);
    if (!assigned) return;
    // Of these the access entry has a finding.
    const overridden = context.overridden;
    for (const { listEntry, account, fact } of provisionedEntries(context)) {
      const role = fact.made;
      if (overridden.has(listEntry) || !role) continue;
      if (!account?.rolesRead || account.assignmentsRead !== true || assigned.has(setKey(role))) continue;
      yield {
        range: arnRange(listEntry),
        what: `nobody is assigned permission set ${quoted(role.permissionSet)} in account ${role.accountId}`,
      };
    }
  },
};

/**
 * The permission sets that somebody is assigned in an account, or may be, as `setKey` names them; undefined where that was not read. Of a role that
 * outlived its set it is not known.
 */
function assignedSets({ assignments, permissionSets, accounts }: Inventory): ReadonlySet<string> | undefined {
  if (!assignments || !permissionSets) return undefined;
  const names = new Map(permissionSets.map(({ arn, name }) => [arn, name]));
  const leftover = accounts.flatMap(({ id, leftoverSets = [] }) =>
    leftoverSets.map((permissionSet) => setKey({ accountId: id, permissionSet })),
  );
  const assigned = assignments.map(({ accountId, permissionSetArn }) =>
    setKey({ accountId, permissionSet: names.get(permissionSetArn) ?? '' }),
  );
  return new Set([...assigned, ...leftover]);
}

export const unassignedAccessEntry: Rule = {
  name: 'unassigned-access-entry',
  severity: 'warning',
  fix: 'none',
  summary:
    'Nobody is assigned the permission set of an access entry in that account (with --cluster, if assignments were read)',
  consequence: 'nobody can use this access entry',
  help: 'Assign a group or user, or delete the access entry.',
  *detectInCluster(context) {
    const { inventory } = context.options;
    const assigned = inventory && assignedSets(inventory);
    if (!assigned) return;
    for (const { entry, provisioned: arn, account, role } of context.judged) {
      if (!arn || !role || account?.assignmentsRead !== true || assigned.has(setKey(arn))) continue;
      yield {
        what: `nobody is assigned permission set ${quoted(arn.permissionSet)} in account ${arn.accountId}, whose role access entry ${printable(entry.principalArn)} names`,
        help: `Assign a group or user, or delete the access entry:\n${deleteEntry(context.cluster, entry.principalArn)}`,
      };
    }
  },
};

const accountOutsideOrganization: Rule = {
  name: 'account-outside-organization',
  severity: 'warning',
  fix: 'none',
  summary:
    'The account of a provisioned role is not in the organization (with --aws or --inventory, if the organization was read)',
  consequence:
    'Identity Center gives nobody access to it, so the role may be left over from another organization',
  help: 'Remove the entry, unless that other organization should have access.',
  *detect(context) {
    for (const { listEntry, role, account } of provisionedEntries(context))
      if (isOutside(account))
        yield { range: arnRange(listEntry), what: `account ${role.accountId} is not in the organization` };
  },
};

function isOutside(account: Account | null): boolean {
  return account?.ouIds?.length === 0;
}

const unreadableAccount: Rule = {
  name: 'unreadable-account',
  severity: 'warning',
  fix: 'none',
  summary: 'The roles of an account could not be read (with --aws or --inventory)',
  consequence: 'whether its roles exist is unknown, and nothing about them is fixed',
  help: 'Make the account readable, or take a snapshot that includes it.',
  *detect(context) {
    const reported = new Set<string>();
    for (const { listEntry, role, account } of provisionedEntries(context)) {
      if (account?.rolesRead || isOutside(account) || reported.has(role.accountId)) continue;
      reported.add(role.accountId);
      yield {
        range: arnRange(listEntry),
        what: `the roles of account ${role.accountId} ${unreadableReason(account)}`,
      };
    }
  },
  *detectInCluster({ file, ...context }) {
    const known = file ? provisionedEntries(file) : [];
    const reported = new Set([...known].map(({ role }) => role.accountId));
    if (!context.options.inventory) return;
    for (const { provisioned: arn, account } of context.judged) {
      if (!arn || account?.rolesRead || isOutside(account)) continue;
      if (reported.has(arn.accountId) || context.options.accounts?.has(arn.accountId) === false) continue;
      reported.add(arn.accountId);
      yield {
        what: `the roles of account ${arn.accountId}, which access entries name, ${unreadableReason(account)}`,
        consequence: 'whether they exist is unknown',
      };
    }
  },
};

function unreadableReason(account: Account | null): string {
  if (!account) return 'are not in the inventory';
  if (account.unreadable !== null) return `could not be read (${printable(account.unreadable)})`;
  const state =
    account.state !== null && account.state !== 'ACTIVE' ? ` because it is ${printable(account.state)}` : '';
  return `were not read${state}`;
}

export const inventoryRules: readonly Rule[] = [
  staleRole,
  unknownRole,
  lookalikeRole,
  unassignedRole,
  accountOutsideOrganization,
  unreadableAccount,
];
