import { isAccountId, parseArn } from '../../arn.ts';
import { callerKey } from '../../authenticator/caller-order.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import { arnLike, ownPair, replaceValue } from '../../configmap/edit-field.ts';
import type { Inventory, Role } from '../../inventory/model.ts';
import { newestRole } from '../../inventory/provisioned-roles.ts';

import { printable, quoted } from '../../text.ts';
import type { EntryWithProblem, LintContext, ListEntry } from '../context.ts';
import type { ArnProblem } from '../diagnose-arn.ts';
import { arnRange, rangeOf } from '../locate.ts';
import type { Detection, Fix, Rule } from '../rule.ts';

const NEVER = 'the authenticator never finds a caller with this ARN, so nobody gets in through this entry';

export const pathInArn: Rule = {
  name: 'path-in-arn',
  severity: 'error',
  fix: 'access',
  summary: 'The ARN of a role has a path in it',
  consequence:
    'the authenticator takes the path off the ARN of whoever calls, so this one never matches and nobody gets in through this entry',
  help: 'Write the ARN without what stands between role/ and the name: arn:aws:iam::ACCOUNT:role/NAME.',
  detect: (context) => fixable(context, 'path-in-arn'),
};

export const whitespaceInArn: Rule = {
  name: 'whitespace-in-arn',
  severity: 'error',
  fix: 'access',
  summary: 'An ARN has a space, a line break or an invisible character in it',
  consequence: NEVER,
  help: 'Type the ARN anew, on one line.',
  detect: (context) => fixable(context, 'whitespace-in-arn'),
};

export const wildcardArn: Rule = {
  name: 'wildcard-arn',
  severity: 'error',
  fix: 'none',
  summary: 'An ARN has a wildcard in it',
  consequence: 'the authenticator compares ARNs letter by letter, so nobody gets in through this entry',
  help: 'Write an entry for each role or user; aws-auth-sso merge writes those of permission sets, whatever their suffix.',
  detect: (context) => plain(context, 'wildcard-arn'),
};

export const malformedArn: Rule = {
  name: 'malformed-arn',
  severity: 'error',
  fix: 'none',
  summary: 'Something that is no ARN of a role or user stands where one belongs',
  consequence: NEVER,
  help: 'Write arn:aws:iam::ACCOUNT:role/NAME, or arn:aws:iam::ACCOUNT:user/NAME, with the account id of 12 digits.',
  detect: (context) => plain(context, 'malformed-arn'),
};

function* plain(context: LintContext, rule: ArnProblem['rule']): Generator<Detection> {
  for (const one of context.entriesWith(rule)) yield detectionOf(one);
}

/** Fixed unless another entry is for the same role: which of them was meant, nobody can tell. */
function* fixable(context: LintContext, rule: ArnProblem['rule']): Generator<Detection> {
  for (const one of context.entriesWith(rule)) {
    const { meant } = one.problem;
    if (meant === undefined) {
      yield detectionOf(one);
      continue;
    }
    const other = context.entriesByArn.meantBy(meant).find((candidate) => candidate !== one);
    if (other) yield { ...detectionOf(one), help: otherHelp(other) };
    else yield { ...detectionOf(one), ...arnFix(context, one, meant) };
  }
}

export function detectionOf(one: EntryWithProblem): Detection {
  const { what, help } = one.problem;
  return { range: arnRange(one), what, ...(help !== undefined && { help }) };
}

function otherHelp(other: ListEntry): string {
  const { line } = other.list.source.locationOf(other.entry.node.contentStart);
  return `Another entry is for the same role (line ${line}): keep the one that you want, with the ARN ${other.problem?.meant ?? other.entry.arn}`;
}

/** The change that gives an entry another ARN, where it can be made. */
export function arnFix(
  context: LintContext,
  { list, entry }: ListEntry,
  arn: string,
): { readonly fix?: Fix } {
  const pair = ownPair(entry, 'arn');
  if (!pair || pair.value.kind === 'alias' || !context.isEditable(list, entry.index)) return {};
  const edit = replaceValue(list.text, pair, arnLike(pair, arn, entry.node.flow));
  return { fix: { kind: 'edit', map: list.key, index: entry.index, edit, effect: { arn } } };
}

export const permissionSetArn: Rule = {
  name: 'permission-set-arn',
  severity: 'error',
  fix: 'access',
  summary: 'The ARN of a permission set stands where that of a role belongs',
  consequence:
    'people call the cluster as the role that Identity Center makes for the permission set in each account, never with this ARN, so nobody gets in through this entry',
  help: 'Write the ARN of that role, arn:aws:iam::ACCOUNT:role/AWSReservedSSO_NAME_SUFFIX; `aws-auth-sso roles --account ACCOUNT` lists them, and `aws-auth-sso check --aws --account ACCOUNT --fix-access` writes it.',
  *detect(context) {
    for (const one of context.entriesWith('permission-set-arn')) yield permissionSetDetection(context, one);
  },
};

function permissionSetDetection(context: LintContext, one: EntryWithProblem): Detection {
  const { inventory, account } = context.options;
  const plain = detectionOf(one);
  const set = inventory?.permissionSets?.find(({ arn }) => arn.toLowerCase() === one.entry.arn.toLowerCase());
  const what = set ? plain.what.replace(', not of', ` (${quoted(set.name)}), not of`) : plain.what;
  const role = inventory && set && account && roleIn(inventory, account, set.name);
  if (!role) return { ...plain, what };
  if (context.entriesByArn.meantBy(role.roleArn).length > 0)
    return { ...plain, what, help: `Its role in account ${account} has an entry already: remove this one.` };
  const help = `Write the ARN of its role in account ${account}: ${role.roleArn}`;
  return { ...plain, what, help, ...arnFix(context, one, role.roleArn) };
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
  *detect(context) {
    for (const one of context.entriesWith('missing-suffix')) yield suffixDetection(context, one);
  },
};

function suffixDetection(context: LintContext, one: EntryWithProblem): Detection {
  const { inventory, rotate } = context.options;
  const { accountId, resource } = parseArn(one.entry.arn) ?? { accountId: '', resource: '' };
  const set = resource.replace(/^role\/AWSReservedSSO_/i, '');
  const role = inventory && roleIn(inventory, accountId, set);
  if (!role) return detectionOf(one);
  if (context.entriesByArn.meantBy(role.roleArn).length > 0)
    return { ...detectionOf(one), help: `Its role ${role.roleArn} has an entry already: remove this one.` };
  const fix = rotate === false ? {} : arnFix(context, one, role.roleArn);
  return { ...detectionOf(one), help: `Write ${role.roleArn}`, ...fix };
}

export const assumedRoleArn: Rule = {
  name: 'assumed-role-arn',
  severity: 'error',
  fix: 'none',
  summary: 'The ARN of an STS session (assumed-role) stands where that of a role belongs',
  consequence:
    'the authenticator turns every session into its role before it looks for an entry, so nobody gets in through this one',
  help: 'Write the ARN of the role instead, arn:aws:iam::ACCOUNT:role/NAME; it lets in everyone who may assume the role.',
  *detect(context) {
    for (const one of context.entriesWith('assumed-role-arn')) yield detectionOf(one);
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
  *detect(context) {
    for (const one of context.entriesWith('identity-center-user')) yield detectionOf(one);
    for (const one of context.entries)
      if (one.problem === null && RESERVED_USER.test(one.entry.arn)) yield reservedUser(one);
  },
};

const RESERVED_USER = /^arn:[^:]*:iam::[^:]*:user\/(?:.*\/)?AWSReservedSSO_/i;

/** IAM takes the name for a user, but Identity Center never makes one. */
function reservedUser(one: ListEntry): Detection {
  return {
    range: arnRange(one),
    what: `${quoted(one.entry.arn)} has the name of a role of Identity Center, but is a user`,
    severity: 'warning',
    consequence:
      'people come in as the role, so unless there is an IAM user of that name this entry never matches',
    help: 'Write role/ instead of user/, in mapRoles.',
  };
}

export const notARoleOrUser: Rule = {
  name: 'not-a-role-or-user',
  severity: 'error',
  fix: 'none',
  summary: 'The ARN of something else than a role or a user',
  consequence: NEVER,
  help: 'Write the ARN of the role or user that calls the cluster; `aws sts get-caller-identity` shows who that is.',
  *detect(context) {
    for (const one of context.entriesWith('not-a-role-or-user')) yield detectionOf(one);
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
        range: rangeOf(list.key, entry.node, entry.index),
        what: `this entry has sso: in place of a rolearn, for ${quoted(permissionSetName)} in account ${accountID}`,
      };
    }
  },
};

export const mixedPartition: Rule = {
  name: 'mixed-partition',
  severity: 'error',
  fix: 'none',
  summary:
    'ARNs are of several partitions (aws, aws-cn, aws-us-gov …); an error with --aws or --inventory, which know that of the cluster',
  consequence:
    'a cluster lets in callers of its own partition alone, so nobody gets in through the entries of another',
  help: 'Write the ARN of a role in the partition of the cluster, or remove the entry.',
  *detect(context) {
    const byPartition = entriesByPartition(context);
    const { inventory } = context.options;
    if (!inventory && byPartition.size < 2) return;
    const nodes = partitionOfNodes(context);
    for (const [partition, entries] of byPartition) {
      const own = inventory?.partition ?? nodes;
      if (own === undefined) yield* undecided(partition, entries, byPartition);
      else if (partition !== own) yield* strangers(partition, entries, own, inventory !== undefined);
    }
  },
};

function entriesByPartition({ entries }: LintContext): Map<string, ListEntry[]> {
  const byPartition = new Map<string, ListEntry[]>();
  for (const one of entries) {
    const partition = partitionOf(one);
    if (partition === undefined) continue;
    const found = byPartition.get(partition);
    if (found) found.push(one);
    else byPartition.set(partition, [one]);
  }
  return byPartition;
}

/** The partition of an ARN that a caller can have, or could if it were fixed. */
function partitionOf({ entry, problem }: ListEntry): string | undefined {
  const isSound = problem === null || problem.meant !== undefined;
  return isSound && entry.sso === null ? callerKey(problem?.meant ?? entry.arn).split(':', 2)[1] : undefined;
}

/** Nodes are in the partition of their cluster; undefined where there are none, or in several. */
function partitionOfNodes({ entries }: LintContext): string | undefined {
  const partitions = new Set(
    entries.flatMap((one) => (isNodeEntry(one.entry) ? (partitionOf(one) ?? []) : [])),
  );
  return partitions.size === 1 ? partitions.values().next().value : undefined;
}

function* strangers(
  partition: string,
  entries: readonly ListEntry[],
  own: string,
  isKnown: boolean,
): Generator<Detection> {
  for (const one of entries)
    yield {
      range: arnRange(one),
      what: `${printable(one.entry.arn)} is of the partition ${partition}, and the cluster ${isKnown ? 'is' : 'seems to be'} in ${own}`,
      ...(!isKnown && { severity: 'warning' }),
    };
}

/** Where nothing tells the partition of the cluster: once for each. */
function* undecided(
  partition: string,
  [first, ...more]: readonly ListEntry[],
  all: ReadonlyMap<string, unknown>,
): Generator<Detection> {
  if (!first) return;
  const others = [...all.keys()].filter((other) => other !== partition).join(', ');
  const count = more.length === 0 ? '' : `, like ${more.length} more`;
  yield {
    range: arnRange(first),
    what: `${printable(first.entry.arn)} is of the partition ${partition}${count}, and other entries are of ${others}`,
    severity: 'warning',
  };
}
