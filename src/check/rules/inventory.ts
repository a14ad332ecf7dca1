import { deleteEntry } from '../../access-entry/eks-commands.ts';
import { arnProblem } from '../../aws-auth/diagnose-arn.ts';
import { possibleAdminBy } from '../../aws-auth/groups.ts';
import type { LoadedEntry } from '../../aws-auth/loaded.ts';
import { Assignees } from '../../directory/assignees.ts';
import type { Account, Role } from '../../directory/model.ts';
import { type RoleFact, RoleFacts } from '../../directory/role-facts.ts';
import { countBy, groupBy } from '../../group-by.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn } from '../../role-name.ts';
import { listed, nearNames, printable, quoted } from '../../text.ts';
import type { CheckContext } from '../context.ts';
import { atArn, type Detection, type Rule, rewriteArn, rule } from '../rule.ts';

/** An entry for a provisioned role, with the facts about the role. */
interface ProvisionedEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
  readonly fact: RoleFact;
}

function* provisionedEntries({ entries, options }: CheckContext): Generator<ProvisionedEntry> {
  const { inventory, accounts: scope } = options;
  if (!inventory) return;
  const facts = RoleFacts.of(inventory);
  for (const entry of entries) {
    const role = parseProvisionedRoleArn(entry.arn);
    if (!role || role.partition !== inventory.partition || scope?.has(role.accountId) === false) continue;
    yield { entry, role, fact: facts.about(role.roleArn) };
  }
}

/** Entries whose role is missing from an account whose roles were read, re-created or not. */
function goneRoles(context: CheckContext): ProvisionedEntry[] {
  return [...provisionedEntries(context)].filter(
    ({ fact: { status } }) => status === 're-created' || status === 'gone',
  );
}

const staleRole = rule({
  name: 'stale-role',
  severity: 'error',
  fix: 'access',
  summary: "A permission set's role was re-created with a new suffix. Needs --aws or --inventory.",
  consequence: 'this entry never matches',
  help: "Write the new role's ARN.",
  *detect(context) {
    const stale = goneRoles(context);
    const counts = countBy(stale.map(({ fact }) => fact.successor));
    for (const { entry, role, fact } of stale) {
      const { successor } = fact;
      if (!successor) continue;
      const what = `${role.roleArn} doesn't exist; ${newRoleText(successor.permissionSet, successor.roleArn)}`;
      yield atArn(entry, what, {
        readTime: fact.readTime,
        consequence: takeover(context, entry),
        ...succession(context, entry, successor, counts.get(successor) === 1),
      });
    }
  },
});

function succession(
  context: CheckContext,
  entry: LoadedEntry,
  { roleArn }: Role,
  isOnly: boolean,
): Pick<Detection, 'help' | 'fix'> {
  if (context.entriesFor(roleArn).length > 0)
    return { help: 'The new role already has an entry: remove this one.' };
  if (!isOnly)
    return {
      help: `Other entries have older roles of the same permission set: keep one entry and write ${roleArn}`,
    };
  return { help: `Write ${roleArn}`, fix: rewriteArn(entry, roleArn, context) };
}

/** `permission set "Dev" has ARN` */
export function newRoleText(permissionSet: string, arn: string | undefined): string {
  return `permission set ${quoted(permissionSet)} has ${arn}`;
}

/** `account 111122223333 has no role of permission set "Dev"` */
export function noRoleText({ accountId, permissionSet }: OfSet): string {
  return `account ${accountId} has no role of permission set ${quoted(permissionSet)}`;
}

/**
 * The risk of a stale cluster admin entry; undefined for other entries. The authenticator compares names only, and
 * anyone who can create a role can choose its name and path.
 */
function takeover(context: CheckContext, entry: LoadedEntry): string | undefined {
  if (possibleAdminBy(entry) === null || !context.admitting.includes(entry)) return undefined;
  const name = entry.arn.slice(entry.arn.lastIndexOf('/') + 1);
  return `this entry matches nobody, but anyone who can create a role named ${printable(name)} in that account can become cluster admin`;
}

/** All entries whose role is certainly gone, provisioned or not. */
export function goneEntries(context: CheckContext): ReadonlySet<LoadedEntry> {
  const gone = [
    ...goneRoles(context).map(({ entry, fact: { readTime } }) => ({ entry, readTime })),
    ...goneOthers(context),
  ];
  return new Set(gone.flatMap(({ entry, readTime }) => (readTime.isOld ? [] : entry)));
}

/** Entries for missing roles that Identity Center didn't provision. */
function goneOthers({ entries, options: { inventory } }: CheckContext) {
  if (!inventory) return [];
  const facts = RoleFacts.of(inventory);
  return entries.flatMap((entry) => {
    if (entry.sso || arnProblem(entry)) return [];
    const { provisioned, status, readTime } = facts.about(entry.arn);
    return !provisioned && status === 'gone' ? [{ entry, readTime }] : [];
  });
}

const unknownRole = rule({
  name: 'unknown-role',
  severity: 'error',
  summary: "An entry's role doesn't exist. Needs --aws or --inventory.",
  consequence: 'this entry never matches',
  help: 'Assign someone the permission set in that account, or remove the entry.',
  *detect(context) {
    const byAccount = groupBy(context.options.inventory?.roles ?? [], ({ accountId }) => accountId);
    for (const { entry, role, fact } of goneRoles(context)) {
      if (fact.successor) continue;
      const sets = (byAccount.get(role.accountId) ?? []).map(({ permissionSet }) => permissionSet);
      const near = nearNames(role.permissionSet, sets);
      const hint = near.length > 0 ? ` That account has ${listed(near.map(quoted))}.` : '';
      yield atArn(entry, noRoleText(role), {
        readTime: fact.readTime,
        consequence: takeover(context, entry),
        help: `Assign someone the permission set in account ${role.accountId}, or remove the entry.${hint}`,
      });
    }
    for (const { entry, readTime } of goneOthers(context))
      yield atArn(entry, `role ${printable(entry.arn)} doesn't exist`, {
        readTime,
        consequence: takeover(context, entry),
        help: 'Remove the entry, or write the ARN of the right role.',
      });
  },
});

const lookalikeRole = rule({
  name: 'lookalike-role',
  severity: 'error',
  summary:
    "An entry's role is named like a provisioned role, but Identity Center didn't create it. A warning if the entry doesn't grant cluster admin. Needs --aws or --inventory.",
  consequence: 'anyone who can assume that role is cluster admin, regardless of Identity Center assignments',
  help: 'Ask who created the role. Remove the entry, unless intentional.',
  *detect(context) {
    for (const { entry, role, fact } of provisionedEntries(context)) {
      if (fact.status !== 'outside-path' || !context.admitting.includes(entry)) continue;
      const what = `Identity Center didn't create ${role.roleArn}: IAM has ${printable(fact.role?.pathArn ?? '')}`;
      yield atArn(entry, what, {
        readTime: fact.readTime,
        ...(possibleAdminBy(entry) === null && NO_ADMINS),
      });
    }
  },
});

const NO_ADMINS = {
  severity: 'warning',
  consequence: 'anyone who can assume that role has access, regardless of Identity Center assignments',
} as const;

const unassignedRole = rule({
  name: 'unassigned-role',
  severity: 'warning',
  summary:
    "Nobody is assigned an entry's permission set in that account. Needs --aws or --inventory, with assignments.",
  consequence: 'nobody can use this entry',
  help: 'Assign a group or user, or remove the entry.',
  *detect(context) {
    for (const { entry, fact } of provisionedEntries(context)) {
      const { made, account, readTime } = fact;
      // An access entry that overrides this entry has its own finding.
      if (!made || !account?.rolesRead || context.overriddenByAccessEntry.has(entry)) continue;
      if (isUnassigned(made, context)) yield atArn(entry, nobodyText(made), { readTime });
    }
  },
});

type OfSet = Pick<Role, 'accountId' | 'permissionSet'>;

/** True if it is certain that nobody is assigned the permission set in the account. */
function isUnassigned(set: OfSet, { options: { inventory } }: CheckContext): boolean {
  return inventory?.permissionSets != null && Assignees.of(inventory).isUnassigned(set);
}

function nobodyText({ accountId, permissionSet }: OfSet): string {
  return `nobody is assigned permission set ${quoted(permissionSet)} in account ${accountId}`;
}

export const unassignedAccessEntry = rule({
  name: 'unassigned-access-entry',
  severity: 'warning',
  summary:
    "Nobody is assigned an access entry's permission set in that account. Needs --cluster, with assignments.",
  consequence: 'nobody can use this access entry',
  help: 'Assign a group or user, or delete the access entry.',
  *detectInCluster(context) {
    const { eks: cluster } = context;
    for (const { entry, provisioned, role, readTime } of context.judged) {
      if (!cluster || !provisioned || !role || !isUnassigned(provisioned, context)) continue;
      const { principalArn } = entry;
      yield {
        what: `access entry ${printable(principalArn)}: ${nobodyText(provisioned)}`,
        readTime,
        help: `Assign a group or user, or delete the access entry:\n${deleteEntry(cluster, principalArn)}`,
      };
    }
  },
});

const accountOutsideOrganization = rule({
  name: 'account-outside-organization',
  severity: 'warning',
  summary:
    "A provisioned role's account isn't in the organization. Needs --aws or --inventory, with the organization.",
  consequence:
    'Identity Center grants nobody access to it, so the role may be left over from another organization',
  help: 'Remove the entry, unless that other organization should have access.',
  *detect(context) {
    for (const { entry, role, fact } of provisionedEntries(context))
      if (isOutside(fact.account))
        yield atArn(entry, `account ${role.accountId} isn't in the organization`, {
          readTime: fact.readTime,
        });
  },
});

function isOutside(account: Account | null): boolean {
  return account?.ouIds?.length === 0;
}

const unreadableAccount = rule({
  name: 'unreadable-account',
  severity: 'warning',
  summary: "An account's roles couldn't be read. Needs --aws or --inventory.",
  consequence: "it is unknown whether its roles exist, so their entries aren't fixed",
  help: 'Make the account readable, or take a snapshot that includes it.',
  *detect(context) {
    const reported = new Set<string>();
    for (const { entry, role, fact } of provisionedEntries(context)) {
      if (isReadable(fact.account) || reported.has(role.accountId)) continue;
      reported.add(role.accountId);
      yield atArn(
        entry,
        fact.readTime.dated(`the roles of account ${role.accountId} ${unreadableReason(fact.account)}`),
      );
    }
  },
  *detectInCluster(context) {
    const { inventory, accounts } = context.options;
    if (!inventory) return;
    const reported = new Set([...provisionedEntries(context)].map(({ role }) => role.accountId));
    for (const { provisioned: arn, account, readTime } of context.judged) {
      if (!arn || isReadable(account) || reported.has(arn.accountId)) continue;
      if (accounts?.has(arn.accountId) === false) continue;
      reported.add(arn.accountId);
      yield {
        what: readTime.dated(
          `the roles of account ${arn.accountId} (named by access entries) ${unreadableReason(account)}`,
        ),
        readTime: undefined,
        consequence: "can't tell whether they exist",
      };
    }
  },
});

/** True if roles were read. Also true for an account outside the organization, which has its own rule. */
function isReadable(account: Account | null): boolean {
  return account?.rolesRead === true || isOutside(account);
}

function unreadableReason(account: Account | null): string {
  if (!account) return "aren't in the inventory";
  if (account.unreadable !== null) return `couldn't be read (${printable(account.unreadable)})`;
  const state =
    account.state !== null && account.state !== 'ACTIVE' ? ` because it is ${printable(account.state)}` : '';
  return `weren't read${state}`;
}

export const inventoryRules: readonly Rule[] = [
  staleRole,
  unknownRole,
  lookalikeRole,
  unassignedRole,
  accountOutsideOrganization,
  unreadableAccount,
];
