import type { Role } from '../../inventory/model.ts';
import { setKey } from '../../role-name.ts';
import { listed, nearNames, quoted } from '../../text.ts';
import { type JudgedEntry, judgedEntries } from '../judged-entry.ts';
import { KnownRoles } from '../known-roles.ts';
import type { Detection, Rule } from '../rule.ts';
import { arnSpot } from '../spot.ts';
import type { LintSubject, ListEntry } from '../subject.ts';
import { arnMend } from './arn-rules.ts';

/** Entries whose role is gone from an account that was read, with the role that took its place, if any. */
function* gone(
  subject: LintSubject,
): Generator<JudgedEntry & { readonly known: KnownRoles; readonly successor: Role | undefined }> {
  const { inventory } = subject.options;
  if (!inventory) return;
  const known = new KnownRoles(inventory.roles);
  for (const one of judgedEntries(subject))
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
  *detect(subject) {
    const stale = [...gone(subject)];
    const counts = new Map<Role, number>();
    for (const { successor } of stale) if (successor) counts.set(successor, (counts.get(successor) ?? 0) + 1);
    for (const { one, role, successor } of stale) {
      if (!successor) continue;
      yield {
        spot: arnSpot(one),
        what: `${role.roleArn} does not exist any more: permission set ${quoted(successor.permissionSet)} has ${successor.roleArn} now`,
        ...succession(subject, one, successor, counts.get(successor) === 1),
      };
    }
  },
};

function succession(
  subject: LintSubject,
  one: ListEntry,
  { roleArn }: Role,
  isAlone: boolean,
): Pick<Detection, 'help' | 'mend'> {
  if (subject.census.meantBy(roleArn).length > 0)
    return { help: 'An entry for the new role is there already: remove this one.' };
  if (!isAlone)
    return {
      help: `Other entries have an older role of the same permission set too: keep one, and write ${roleArn}`,
    };
  return {
    help: `Write ${roleArn}`,
    ...(subject.options.rotate !== false && arnMend(subject, one, roleArn)),
  };
}

export const unknownRole: Rule = {
  name: 'unknown-role',
  severity: 'error',
  fix: 'none',
  summary: 'A role that Identity Center should have made does not exist (with --aws or --inventory)',
  consequence: 'nobody can have it, so nobody gets in through this entry',
  help: 'Assign somebody the permission set in that account, or remove the entry.',
  *detect(subject) {
    for (const { one, role, known, successor } of gone(subject)) {
      if (successor) continue;
      const near = nearNames(role.permissionSet, known.setsIn(role.accountId));
      const hint = near.length > 0 ? ` That account has ${listed(near.map(quoted))}.` : '';
      yield {
        spot: arnSpot(one),
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
    for (const { one, role, account } of judgedEntries(subject)) {
      if (!account?.rolesRead || !known.has(role) || account.assignmentsRead !== true) continue;
      if (assigned.has(setKey(role))) continue;
      yield {
        spot: arnSpot(one),
        what: `nobody is assigned permission set ${quoted(role.permissionSet)} in account ${role.accountId}`,
      };
    }
  },
};
