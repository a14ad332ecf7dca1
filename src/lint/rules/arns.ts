import { type ArnProblem, letterText } from '../../authenticator/diagnose-arn.ts';
import { ssoText } from '../../authenticator/gets-in.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import { ownPair } from '../../authenticator/loaded.ts';
import { arnLike, replaceValue } from '../../configmap/replace-value.ts';
import { asciiTwin, foldKey } from '../../go-strings.ts';
import { groupBy } from '../../group-by.ts';
import type { Role } from '../../inventory/model.ts';
import { RoleFacts } from '../../inventory/role-facts.ts';
import { callerKey } from '../../same-arn.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { EntryWithProblem, LintContext, ListEntry } from '../context.ts';
import type { Detection, Fix, Rule } from '../rule.ts';
import { arnRange, lineOf, rangeOf } from '../rule.ts';

const NEVER = 'this entry never matches';

/** Reports the entries whose ARN has the problem of the rule's name. */
function arnRule(
  rule: Omit<Rule, 'severity' | 'detect'> & { readonly name: ArnProblem['rule'] },
  detectionOf: (listEntry: EntryWithProblem, context: LintContext) => Detection = plainDetection,
): Rule {
  return {
    ...rule,
    severity: 'error',
    *detect(context) {
      for (const listEntry of context.entriesWith(rule.name)) yield detectionOf(listEntry, context);
    },
  };
}

function plainDetection(listEntry: EntryWithProblem): Detection {
  const { what, help } = listEntry.problem;
  return { range: arnRange(listEntry), what, ...(help !== undefined && { help }) };
}

/** Fixed unless another entry is for the same role: which of them was meant, nobody can tell. */
function fixedDetection(listEntry: EntryWithProblem, context: LintContext): Detection {
  const { meant } = listEntry.problem;
  if (meant === undefined) return plainDetection(listEntry);
  const other = context.entriesFor(meant).find((candidate) => candidate !== listEntry);
  if (!other) return { ...plainDetection(listEntry), ...arnFix(listEntry, meant) };
  const arn = other.problem?.meant ?? other.entry.arn;
  const help = `Another entry is for the same role (line ${lineOf(other)}): keep the one that you want, with the ARN ${arn}`;
  return { ...plainDetection(listEntry), help };
}

/** The change that gives an entry another ARN, where it can be made. */
export function arnFix({ list, entry }: ListEntry, arn: string): { readonly fix?: Fix } {
  const pair = ownPair(entry, 'arn');
  if (!pair || pair.value.kind === 'alias' || !list.isEditable(entry.index)) return {};
  const edit = replaceValue(list.text, pair, arnLike(pair, arn, entry.node.flow));
  return { fix: { kind: 'edit', map: list.key, index: entry.index, edit, effect: { arn } } };
}

const pathInArn = arnRule(
  {
    name: 'path-in-arn',
    fix: 'access',
    summary: 'The ARN of a role contains a path',
    consequence: `the authenticator strips the path from the ARN of the caller, so ${NEVER}`,
    help: 'Remove what is between role/ and the name: arn:aws:iam::ACCOUNT:role/NAME.',
  },
  fixedDetection,
);

const whitespaceInArn = arnRule(
  {
    name: 'whitespace-in-arn',
    fix: 'access',
    summary: 'An ARN contains a space, a line break or an invisible character',
    consequence: NEVER,
    help: 'Retype the ARN on one line.',
  },
  fixedDetection,
);

const wildcardArn = arnRule({
  name: 'wildcard-arn',
  fix: 'none',
  summary: 'An ARN contains a wildcard',
  consequence: `ARNs are compared literally, so ${NEVER}`,
  help: 'Write an entry for each role or user; `aws-auth-sso merge` writes those of permission sets, whatever their suffix.',
});

const nonAsciiArn: Rule = {
  ...arnRule({
    name: 'non-ascii-arn',
    fix: 'none',
    summary:
      'An ARN contains a letter that looks like one of ASCII, and that the authenticator takes for it, or half',
    consequence: `it overrides the entry of the role with that letter, and ${NEVER}`,
    help: 'Write the letter that was meant, or remove the entry.',
  }),
  *detect(context) {
    for (const listEntry of context.entriesWith('non-ascii-arn')) yield plainDetection(listEntry);
    for (const listEntry of context.entries) {
      const { arn, sso } = listEntry.entry;
      const twin = asciiTwin(arn);
      if (!sso && listEntry.problem?.rule !== 'non-ascii-arn' && twin !== arn)
        yield twinDetection(listEntry, twin);
    }
  },
};

/** An ARN whose odd letters the authenticator takes for others: it is that of somebody, though it does not look so. */
function twinDetection(listEntry: ListEntry, twin: string): Detection {
  const { arn } = listEntry.entry;
  const letters = [...new Set([...arn].filter((letter) => asciiTwin(letter) !== letter))];
  const taken = letters.map((letter) => `${letterText(letter)} for ${asciiTwin(letter)}`);
  return {
    range: arnRange(listEntry),
    what: `the authenticator takes ${listed(taken)} in ${quoted(arn)}`,
    consequence: `this entry is for ${printable(twin)}`,
    help: `Write ${printable(twin)} if that is meant, or remove the entry.`,
  };
}

const malformedArn = arnRule({
  name: 'malformed-arn',
  fix: 'none',
  summary: 'The ARN of an entry is not that of a role or user',
  consequence: NEVER,
  help: 'Write arn:aws:iam::ACCOUNT:role/NAME or arn:aws:iam::ACCOUNT:user/NAME, with an account id of 12 digits.',
});

const permissionSetArn = arnRule(
  {
    name: 'permission-set-arn',
    fix: 'access',
    summary: 'An entry has the ARN of a permission set instead of that of its role',
    consequence: `people call the cluster as the role that Identity Center creates in each account, so ${NEVER}`,
    help: 'Write the ARN of that role, arn:aws:iam::ACCOUNT:role/AWSReservedSSO_NAME_SUFFIX; `aws-auth-sso roles --account ACCOUNT` lists them, `aws-auth-sso check --aws --account ACCOUNT --fix-access` writes it.',
  },
  (listEntry, context) => {
    const { inventory, account } = context.options;
    const arn = foldKey(listEntry.entry.arn);
    const set = inventory?.permissionSets?.find((known) => foldKey(known.arn) === arn);
    if (!inventory || !set) return plainDetection(listEntry);
    const what = `${printable(listEntry.entry.arn)} is the ARN of permission set ${quoted(set.name)}, not of a role`;
    const role = account && RoleFacts.of(inventory).newestIn(account, set.name);
    return { ...plainDetection(listEntry), what, ...(role && roleFix(listEntry, context, role)) };
  },
);

const missingSuffix = arnRule({
  name: 'missing-suffix',
  fix: 'none',
  summary: 'The name of a role looks provisioned, but lacks its suffix of 16 hexadecimal digits',
  consequence: `the authenticator compares the whole name, so ${NEVER}`,
  help: 'Find the role that was meant with `aws-auth-sso roles --account ACCOUNT` and write its ARN, or remove the entry.',
});

/** Writes the ARN of a role that has no entry yet. */
function roleFix(
  listEntry: ListEntry,
  context: LintContext,
  { roleArn }: Role,
): { readonly help: string; readonly fix?: Fix } {
  if (context.entriesFor(roleArn).length > 0)
    return { help: `Its role ${roleArn} already has an entry: remove this one.` };
  return { help: `Write ${roleArn}`, ...arnFix(listEntry, roleArn) };
}

const assumedRoleArn = arnRule({
  name: 'assumed-role-arn',
  fix: 'none',
  summary: 'An entry has the ARN of a session (assumed-role) instead of that of its role',
  consequence: `the authenticator maps each session to its role first, so ${NEVER}`,
  help: 'Write the ARN of the role, arn:aws:iam::ACCOUNT:role/NAME; it lets in everyone who can assume the role.',
});

const notARoleOrUser = arnRule({
  name: 'not-a-role-or-user',
  fix: 'none',
  summary: 'An entry has the ARN of something other than a role or user',
  consequence: NEVER,
  help: 'Write the ARN of the role or user that calls the cluster; `aws sts get-caller-identity` shows it.',
});

const personRule = arnRule({
  name: 'identity-center-user',
  fix: 'none',
  summary: 'An entry names an Identity Center user or group instead of a role',
  consequence: `Identity Center users and groups have no IAM ARN, so ${NEVER}`,
  help: 'Assign them a permission set in the account and map its role in mapRoles: `aws-auth-sso roles --account ACCOUNT` lists the roles, `aws-auth-sso merge --map user:NAME=GROUP` or --map group:NAME=GROUP writes the entry. It lets in everyone who is assigned the permission set.',
});

const identityCenterUser: Rule = {
  ...personRule,
  *detect(context) {
    yield* personRule.detect?.(context) ?? [];
    for (const listEntry of context.entries)
      if (listEntry.problem === null && RESERVED_USER.test(listEntry.entry.arn))
        yield reservedUser(listEntry);
  },
};

const RESERVED_USER = /^arn:[^:]*:iam::[^:]*:user\/(?:.*\/)?AWSReservedSSO_/i;

/** IAM takes the name for a user, but Identity Center never makes one. */
function reservedUser(listEntry: ListEntry): Detection {
  return {
    range: arnRange(listEntry),
    what: `${quoted(listEntry.entry.arn)} is a user with the name of a provisioned role`,
    severity: 'warning',
    consequence: `people call as the role, so unless an IAM user has that name, ${NEVER}`,
    help: 'Write role/ instead of user/, in mapRoles.',
  };
}

const ssoMatcher: Rule = {
  name: 'sso-matcher',
  severity: 'error',
  fix: 'none',
  summary: 'An entry names a permission set under sso: instead of a rolearn',
  consequence: `this is an alpha feature of the authenticator that EKS does not enable, so ${NEVER}`,
  help: 'Write the ARN of the role as rolearn; `aws-auth-sso merge` finds it by the name of the permission set.',
  *detect({ entries }) {
    for (const { list, entry } of entries) {
      if (!entry.sso) continue;
      yield { range: rangeOf(list.key, entry.node, entry.index), what: ssoText(entry.sso) };
    }
  },
};

const mixedPartition: Rule = {
  name: 'mixed-partition',
  severity: 'error',
  fix: 'none',
  summary:
    'Entries have ARNs of several partitions (aws, aws-cn, aws-us-gov …); an error with --aws or --inventory, which know that of the cluster',
  consequence: 'a cluster lets in only callers of its own partition',
  help: 'Write the ARN of a role in the partition of the cluster, or remove the entry.',
  *detect({ entries, options: { inventory } }) {
    const byPartition = groupBy(entries, partitionOf);
    byPartition.delete(undefined);
    if (!inventory && byPartition.size < 2) return;
    const own = inventory?.partition ?? partitionOfNodes(entries);
    for (const [partition, foreign] of byPartition) {
      if (partition === own) continue;
      const [first, ...more] = foreign;
      if (own !== undefined)
        for (const listEntry of foreign)
          yield foreignPartition(
            listEntry,
            `the cluster ${inventory ? 'is' : 'seems to be'} in ${own}`,
            inventory !== undefined,
          );
      else if (first) {
        // Where nothing tells the partition of the cluster: once for each.
        const others = [...byPartition.keys()].filter((other) => other !== partition).join(', ');
        const count = more.length === 0 ? '' : `, like ${more.length} more`;
        yield foreignPartition(first, `other entries are in ${others}`, false, count);
      }
    }
  },
};

function foreignPartition(listEntry: ListEntry, contrast: string, isCertain: boolean, count = ''): Detection {
  return {
    range: arnRange(listEntry),
    what: `${printable(listEntry.entry.arn)} is in the partition ${partitionOf(listEntry)}${count}, but ${contrast}`,
    ...(!isCertain && { severity: 'warning' }),
  };
}

/** The partition of an ARN that a caller can have, or could if it were fixed. */
function partitionOf({ entry, problem }: ListEntry): string | undefined {
  const canMatch = problem === null || problem.meant !== undefined;
  return canMatch && entry.sso === null ? callerKey(problem?.meant ?? entry.arn).split(':', 2)[1] : undefined;
}

/** Nodes are in the partition of their cluster; undefined where there are none, or in several. */
function partitionOfNodes(entries: readonly ListEntry[]): string | undefined {
  const partitions = new Set(
    entries.flatMap((listEntry) => (isNodeEntry(listEntry.entry) ? (partitionOf(listEntry) ?? []) : [])),
  );
  return partitions.size === 1 ? [...partitions][0] : undefined;
}

export const arnRules: readonly Rule[] = [
  permissionSetArn,
  missingSuffix,
  identityCenterUser,
  assumedRoleArn,
  pathInArn,
  wildcardArn,
  whitespaceInArn,
  notARoleOrUser,
  nonAsciiArn,
  malformedArn,
  mixedPartition,
  ssoMatcher,
];
