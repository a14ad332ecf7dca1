import { type ArnProblem, arnProblem, letterText } from '../../authenticator/diagnose-arn.ts';
import { ssoText } from '../../authenticator/gets-in.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { asciiTwin, foldKey } from '../../go-strings.ts';
import { groupBy } from '../../group-by.ts';
import type { Role } from '../../inventory/model.ts';
import { RoleFacts } from '../../inventory/role-facts.ts';
import { callerKey } from '../../same-arn.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { LintContext } from '../context.ts';
import { atArn, atNode, type Detection, type PlacedDetection, type Rule, rewriteArn, rule } from '../rule.ts';

const NEVER = 'this entry never matches';

/** Reports the entries whose ARN has the problem of the rule's name. */
function arnRule(
  texts: Omit<Parameters<typeof rule>[0], 'severity' | 'detect'> & { readonly name: ArnProblem['rule'] },
  detectionOf: (
    entry: LoadedEntry,
    problem: ArnProblem,
    context: LintContext,
  ) => PlacedDetection = plainDetection,
): Rule {
  return rule({
    ...texts,
    severity: 'error',
    *detect(context) {
      for (const [entry, problem] of context.entriesWith(texts.name))
        yield detectionOf(entry, problem, context);
    },
  });
}

function plainDetection(entry: LoadedEntry, { what, help }: ArnProblem): PlacedDetection {
  return atArn(entry, what, { help });
}

/** Fixed unless another entry is for the same role: which of them was meant, nobody can tell. */
function fixedDetection(
  entry: LoadedEntry,
  { what, help, meant }: ArnProblem,
  context: LintContext,
): PlacedDetection {
  if (meant === undefined) return atArn(entry, what, { help });
  const other = context.entriesFor(meant).find((candidate) => candidate !== entry);
  if (!other) return atArn(entry, what, { help, fix: rewriteArn(entry, meant, context) });
  const arn = arnProblem(other)?.meant ?? other.arn;
  return atArn(entry, what, {
    help: `Another entry is for the same role (line ${context.lineOf(other)}): keep the one that you want, with the ARN ${arn}`,
  });
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
  summary: 'An ARN contains a wildcard',
  consequence: `ARNs are compared literally, so ${NEVER}`,
  help: 'Write an entry for each role or user; `aws-auth-sso merge` writes those of permission sets, whatever their suffix.',
});

const nonAsciiArn = withMore(
  arnRule({
    name: 'non-ascii-arn',
    summary:
      'An ARN contains a letter that looks like one of ASCII, and that the authenticator takes for it, or half',
    consequence: `it overrides the entry of the role with that letter, and ${NEVER}`,
    help: 'Write the letter that was meant, or remove the entry.',
  }),
  function* ({ entries }) {
    for (const entry of entries) {
      const twin = asciiTwin(entry.arn);
      if (!entry.sso && twin !== entry.arn && arnProblem(entry)?.rule !== 'non-ascii-arn')
        yield twinDetection(entry, twin);
    }
  },
);

/** A rule that also finds what another function does. */
function withMore(base: Rule, more: NonNullable<Rule['detect']>): Rule {
  return {
    ...base,
    *detect(context) {
      yield* base.detect?.(context) ?? [];
      yield* more(context);
    },
  };
}

/** An ARN whose odd letters the authenticator takes for others: it is that of somebody, though it does not look so. */
function twinDetection(entry: LoadedEntry, twin: string): PlacedDetection {
  const letters = [...new Set([...entry.arn].filter((letter) => asciiTwin(letter) !== letter))];
  const taken = letters.map((letter) => `${letterText(letter)} for ${asciiTwin(letter)}`);
  return atArn(entry, `the authenticator takes ${listed(taken)} in ${quoted(entry.arn)}`, {
    consequence: `this entry is for ${printable(twin)}`,
    help: `Write ${printable(twin)} if that is meant, or remove the entry.`,
  });
}

const malformedArn = arnRule({
  name: 'malformed-arn',
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
  (entry, problem, context) => {
    const { inventory, account } = context.options;
    const arn = foldKey(entry.arn);
    const set = inventory?.permissionSets?.find((known) => foldKey(known.arn) === arn);
    if (!inventory || !set) return plainDetection(entry, problem);
    const what = `${printable(entry.arn)} is the ARN of permission set ${quoted(set.name)}, not of a role`;
    const role = account && RoleFacts.of(inventory).newestIn(account, set.name);
    return atArn(entry, what, role ? roleFix(entry, context, role) : { help: problem.help });
  },
);

const missingSuffix = arnRule({
  name: 'missing-suffix',
  summary: 'The name of a role looks provisioned, but lacks its suffix of 16 hexadecimal digits',
  consequence: `the authenticator compares the whole name, so ${NEVER}`,
  help: 'Find the role that was meant with `aws-auth-sso roles --account ACCOUNT` and write its ARN, or remove the entry.',
});

/** Writes the ARN of a role that has no entry yet. */
function roleFix(
  entry: LoadedEntry,
  context: LintContext,
  { roleArn }: Role,
): Pick<Detection, 'help' | 'fix'> {
  if (context.entriesFor(roleArn).length > 0)
    return { help: `Its role ${roleArn} already has an entry: remove this one.` };
  return { help: `Write ${roleArn}`, fix: rewriteArn(entry, roleArn, context) };
}

const assumedRoleArn = arnRule({
  name: 'assumed-role-arn',
  summary: 'An entry has the ARN of a session (assumed-role) instead of that of its role',
  consequence: `the authenticator maps each session to its role first, so ${NEVER}`,
  help: 'Write the ARN of the role, arn:aws:iam::ACCOUNT:role/NAME; it lets in everyone who can assume the role.',
});

const notARoleOrUser = arnRule({
  name: 'not-a-role-or-user',
  summary: 'An entry has the ARN of something other than a role or user',
  consequence: NEVER,
  help: 'Write the ARN of the role or user that calls the cluster; `aws sts get-caller-identity` shows it.',
});

const identityCenterUser = withMore(
  arnRule({
    name: 'identity-center-user',
    summary: 'An entry names an Identity Center user or group instead of a role',
    consequence: `Identity Center users and groups have no IAM ARN, so ${NEVER}`,
    help: 'Assign them a permission set in the account and map its role in mapRoles: `aws-auth-sso roles --account ACCOUNT` lists the roles, `aws-auth-sso merge --map user:NAME=GROUP` or --map group:NAME=GROUP writes the entry. It lets in everyone who is assigned the permission set.',
  }),
  function* ({ entries }) {
    for (const entry of entries)
      if (RESERVED_USER.test(entry.arn) && arnProblem(entry) === null) yield reservedUser(entry);
  },
);

const RESERVED_USER = /^arn:[^:]*:iam::[^:]*:user\/(?:.*\/)?AWSReservedSSO_/i;

/** IAM takes the name for a user, but Identity Center never makes one. */
function reservedUser(entry: LoadedEntry): PlacedDetection {
  return atArn(entry, `${quoted(entry.arn)} is a user with the name of a provisioned role`, {
    severity: 'warning',
    consequence: `people call as the role, so unless an IAM user has that name, ${NEVER}`,
    help: 'Write role/ instead of user/, in mapRoles.',
  });
}

const ssoMatcher = rule({
  name: 'sso-matcher',
  severity: 'error',
  summary: 'An entry names a permission set under sso: instead of a rolearn',
  consequence: `this is an alpha feature of the authenticator that EKS does not enable, so ${NEVER}`,
  help: 'Write the ARN of the role as rolearn; `aws-auth-sso merge` finds it by the name of the permission set.',
  *detect({ entries }) {
    for (const { map, node, index, sso } of entries) if (sso) yield atNode(map, node, index, ssoText(sso));
  },
});

const mixedPartition = rule({
  name: 'mixed-partition',
  severity: 'error',
  summary:
    'Entries have ARNs of several partitions (aws, aws-cn, aws-us-gov …); an error with --aws or --inventory, which know that of the cluster',
  consequence: 'a cluster lets in only callers of its own partition',
  help: 'Write the ARN of a role in the partition of the cluster, or remove the entry.',
  *detect({ entries, options: { inventory } }) {
    const byPartition = groupBy(entries, partitionOf);
    byPartition.delete(undefined);
    if (!inventory && byPartition.size < 2) return;
    const own = inventory?.partition ?? partitionOfNodes(entries);
    const contrast = `the cluster ${inventory ? 'is' : 'seems to be'} in ${own}`;
    const severity = inventory ? undefined : 'warning';
    for (const [partition, foreign] of byPartition) {
      if (partition === own) continue;
      const textOf = ({ arn }: LoadedEntry) => `${printable(arn)} is in the partition ${partition}`;
      const [first, ...more] = foreign;
      if (own !== undefined)
        for (const entry of foreign) yield atArn(entry, `${textOf(entry)}, but ${contrast}`, { severity });
      else if (first) {
        // Where nothing tells the partition of the cluster: once for each.
        const others = [...byPartition.keys()].filter((other) => other !== partition).join(', ');
        const count = more.length === 0 ? '' : `, like ${more.length} more`;
        yield atArn(first, `${textOf(first)}${count}, but other entries are in ${others}`, { severity });
      }
    }
  },
});

/** The partition of an ARN that a caller can have, or could if it were fixed. */
function partitionOf(entry: LoadedEntry): string | undefined {
  const problem = arnProblem(entry);
  if (entry.sso || (problem && problem.meant === undefined)) return undefined;
  return callerKey(problem?.meant ?? entry.arn).split(':', 2)[1];
}

/** Nodes are in the partition of their cluster; undefined where there are none, or in several. */
function partitionOfNodes(entries: readonly LoadedEntry[]): string | undefined {
  const partitions = new Set(entries.filter(isNodeEntry).map(partitionOf));
  partitions.delete(undefined);
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
