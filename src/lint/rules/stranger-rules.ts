import { isAccountId, parseArn } from '../../arn.ts';
import type { Inventory, Role } from '../../inventory/model.ts';
import { newestRole } from '../../inventory/newest-role.ts';
import { quoted } from '../../text.ts';

import type { Detection, Rule } from '../rule.ts';
import { arnSpot, spotOf } from '../spot.ts';
import type { FaultyEntry, LintSubject, ListEntry } from '../subject.ts';
import { arnMend, detectionOf } from './arn-rules.ts';

const NEVER = 'no caller ever has this ARN, so nobody gets in through this entry';

export const permissionSetArn: Rule = {
  name: 'permission-set-arn',
  severity: 'error',
  fix: 'access',
  summary: 'The ARN of a permission set stands where that of a role belongs',
  consequence:
    'people call the cluster as the role that Identity Center makes for the permission set in each account, never with this ARN, so nobody gets in through this entry',
  help: 'Write the ARN of that role, arn:aws:iam::ACCOUNT:role/AWSReservedSSO_NAME_SUFFIX; `aws-auth-sso roles --account ACCOUNT` lists them, and `aws-auth-sso check --aws --account ACCOUNT --fix-access` writes it.',
  *detect(subject) {
    for (const one of subject.faulty('permission-set-arn')) yield permissionSetDetection(subject, one);
  },
};

function permissionSetDetection(subject: LintSubject, one: FaultyEntry): Detection {
  const { inventory, account } = subject.options;
  const plain = detectionOf(one);
  const set = inventory?.permissionSets?.find(({ arn }) => arn.toLowerCase() === one.entry.arn.toLowerCase());
  const what = set ? plain.what.replace(', not of', ` (${quoted(set.name)}), not of`) : plain.what;
  const role = inventory && set && account && roleIn(inventory, account, set.name);
  if (!role) return { ...plain, what };
  if (subject.census.meantBy(role.roleArn).length > 0)
    return { ...plain, what, help: `Its role in account ${account} has an entry already: remove this one.` };
  const help = `Write the ARN of its role in account ${account}: ${role.roleArn}`;
  return { ...plain, what, help, ...arnMend(subject, one, role.roleArn) };
}

function roleIn({ roles }: Inventory, account: string, permissionSet: string): Role | undefined {
  if (!isAccountId(account)) return undefined;
  return newestRole(
    roles.filter((role) => role.accountId === account && role.permissionSet === permissionSet),
  );
}

export const missingSuffix: Rule = {
  name: 'missing-suffix',
  severity: 'error',
  fix: 'access',
  summary: 'The role of a permission set is named without its suffix',
  consequence:
    'Identity Center puts a suffix behind the name of every role that it makes, and the authenticator compares the whole, so this entry never matches',
  help: 'Write the whole name, AWSReservedSSO_NAME_SUFFIX; `aws-auth-sso roles --account ACCOUNT` lists the roles, and `aws-auth-sso check --aws --fix-access` writes it.',
  *detect(subject) {
    for (const one of subject.faulty('missing-suffix')) yield suffixDetection(subject, one);
  },
};

function suffixDetection(subject: LintSubject, one: FaultyEntry): Detection {
  const { inventory, rotate } = subject.options;
  const { accountId, resource } = parseArn(one.entry.arn) ?? { accountId: '', resource: '' };
  const set = resource.replace(/^role\/AWSReservedSSO_/i, '');
  const role = inventory && roleIn(inventory, accountId, set);
  if (!role) return detectionOf(one);
  if (subject.census.meantBy(role.roleArn).length > 0)
    return { ...detectionOf(one), help: `Its role ${role.roleArn} has an entry already: remove this one.` };
  const mend = rotate === false ? {} : arnMend(subject, one, role.roleArn);
  return { ...detectionOf(one), help: `Write ${role.roleArn}`, ...mend };
}

export const sessionArn: Rule = {
  name: 'session-arn',
  severity: 'error',
  fix: 'none',
  summary: 'The ARN of an STS session (assumed-role) stands where that of a role belongs',
  consequence:
    'the authenticator turns every session into its role before it looks for an entry, so nobody gets in through this one',
  help: 'Write the ARN of the role instead, arn:aws:iam::ACCOUNT:role/NAME; it lets in everyone who may assume the role.',
  *detect(subject) {
    for (const one of subject.faulty('session-arn')) yield detectionOf(one);
  },
};

export const identityCenterUser: Rule = {
  name: 'identity-center-user',
  severity: 'error',
  fix: 'none',
  summary: 'A user or group of Identity Center stands where an ARN of IAM belongs',
  consequence:
    'users and groups of Identity Center have no ARN in IAM and cannot be mapped (they come in as the role of a permission set), so nobody gets in through this entry',
  help: 'Assign them a permission set in the account, and put its role into mapRoles (not mapUsers): `aws-auth-sso roles --account ACCOUNT` lists the roles, `aws-auth-sso merge --map user:NAME=GROUP` or --map group:NAME=GROUP writes the entry. It lets in everyone who is assigned the permission set.',
  *detect(subject) {
    for (const one of subject.faulty('identity-center-user')) yield detectionOf(one);
    for (const one of subject.entries)
      if (one.fault === null && RESERVED_USER.test(one.entry.arn)) yield reservedUser(one);
  },
};

const RESERVED_USER = /^arn:[^:]*:iam::[^:]*:user\/(?:.*\/)?AWSReservedSSO_/i;

/** IAM takes the name for a user, but Identity Center never makes one. */
function reservedUser(one: ListEntry): Detection {
  return {
    spot: arnSpot(one),
    what: `${quoted(one.entry.arn)} has the name of a role of Identity Center, but is a user`,
    severity: 'warning',
    consequence:
      'people come in as the role, so unless there is an IAM user of that name this entry never matches',
    help: 'Write role/ instead of user/, in mapRoles.',
  };
}

export const notAnIdentity: Rule = {
  name: 'not-an-identity',
  severity: 'error',
  fix: 'none',
  summary: 'The ARN of something else than a role or a user',
  consequence: NEVER,
  help: 'Write the ARN of the role or user that calls the cluster; `aws sts get-caller-identity` shows who that is.',
  *detect(subject) {
    for (const one of subject.faulty('not-an-identity')) yield detectionOf(one);
  },
};

export const ssoMatcher: Rule = {
  name: 'sso-matcher',
  severity: 'error',
  fix: 'none',
  summary: 'An entry names a permission set under sso: instead of a rolearn',
  consequence:
    'this is an alpha feature of the authenticator that EKS does not enable, so nobody gets in through this entry',
  help: 'Write the ARN of the role as rolearn; `aws-auth-sso merge` finds it by the name of the permission set.',
  *detect({ entries }) {
    for (const { list, entry } of entries) {
      if (!entry.sso) continue;
      const { permissionSetName, accountID } = entry.sso;
      yield {
        spot: spotOf(list.key, entry.node, entry.index),
        what: `this entry has sso: in place of a rolearn, for ${quoted(permissionSetName)} in account ${accountID}`,
      };
    }
  },
};
