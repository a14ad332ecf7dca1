import { isAccountId } from '../../arn.ts';
import type { Inventory, Role } from '../../inventory/model.ts';
import { quoted } from '../../printable.ts';
import { arnMend, detectionOf } from './arn-rules.ts';
import { newestRole } from './newest-role.ts';
import type { Detection, Rule } from './rule.ts';
import { spotOf } from './spot.ts';
import type { FaultyEntry, LintSubject } from './subject.ts';

const NEVER = 'no caller ever has this ARN, so nobody gets in through this entry';

export const permissionSetArn: Rule = {
  name: 'permission-set-arn',
  severity: 'error',
  fix: 'access',
  summary: 'The ARN of a permission set stands where that of a role belongs',
  consequence:
    'people call the cluster as the role that Identity Center makes for the permission set in each account, never with this ARN, so nobody gets in through this entry',
  cure: 'Write the ARN of that role, arn:aws:iam::ACCOUNT:role/AWSReservedSSO_NAME_SUFFIX; `aws-auth-sso roles --account ACCOUNT` lists them, and `aws-auth-sso check --aws --account ACCOUNT --fix-access` writes it.',
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
    return { ...plain, what, cure: `Its role in account ${account} has an entry already: remove this one.` };
  const cure = `Write the ARN of its role in account ${account}: ${role.roleArn}`;
  return { ...plain, what, cure, ...arnMend(subject, one, role.roleArn) };
}

function roleIn({ roles }: Inventory, account: string, permissionSet: string): Role | undefined {
  if (!isAccountId(account)) return undefined;
  return newestRole(
    roles.filter((role) => role.accountId === account && role.permissionSet === permissionSet),
  );
}

export const sessionArn: Rule = {
  name: 'session-arn',
  severity: 'error',
  fix: 'none',
  summary: 'The ARN of an STS session (assumed-role) stands where that of a role belongs',
  consequence:
    'the authenticator turns every session into its role before it looks for an entry, so nobody gets in through this one',
  cure: 'Write the ARN of the role instead, arn:aws:iam::ACCOUNT:role/NAME; it lets in everyone who may assume the role.',
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
  cure: 'Assign them a permission set in the account, and put its role into mapRoles (not mapUsers): `aws-auth-sso roles --account ACCOUNT` lists the roles, `aws-auth-sso merge --map user:NAME=GROUP` or --map group:NAME=GROUP writes the entry. It lets in everyone who is assigned the permission set.',
  *detect(subject) {
    for (const one of subject.faulty('identity-center-user')) yield detectionOf(one);
  },
};

export const notAnIdentity: Rule = {
  name: 'not-an-identity',
  severity: 'error',
  fix: 'none',
  summary: 'The ARN of something else than a role or a user',
  consequence: NEVER,
  cure: 'Write the ARN of the role or user that calls the cluster; `aws sts get-caller-identity` shows who that is.',
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
  cure: 'Write the ARN of the role as rolearn; `aws-auth-sso merge` finds it by the name of the permission set.',
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
