import { ssoText } from '../../aws-auth/denied-entries.ts';
import { type ArnProblem, arnProblem, letterText } from '../../aws-auth/diagnose-arn.ts';
import { isNodeEntry } from '../../aws-auth/groups.ts';
import type { LoadedEntry } from '../../aws-auth/loaded.ts';
import { AccountInstances } from '../../directory/instances.ts';
import type { Role } from '../../directory/model.ts';
import { RoleFacts } from '../../directory/role-facts.ts';
import { asciiTwin, foldKey } from '../../go-strings.ts';
import { groupBy } from '../../group-by.ts';
import { callerKey } from '../../same-arn.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { CheckContext } from '../context.ts';
import { atArn, atNode, type Detection, type PlacedDetection, type Rule, rewriteArn, rule } from '../rule.ts';

const NEVER = 'this entry never matches';

/** A rule that reports the ARN problem of the same name. */
function arnRule(
  texts: Omit<Parameters<typeof rule>[0], 'severity' | 'detect'> & { readonly name: ArnProblem['rule'] },
  detectionOf: (
    entry: LoadedEntry,
    problem: ArnProblem,
    context: CheckContext,
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

/** Fixed unless another entry names the same role: either could be the right one. */
function fixedDetection(
  entry: LoadedEntry,
  { what, help, meant }: ArnProblem,
  context: CheckContext,
): PlacedDetection {
  if (meant === undefined) return atArn(entry, what, { help });
  const other = context.entriesFor(meant).find((candidate) => candidate !== entry);
  if (!other) return atArn(entry, what, { help, fix: rewriteArn(entry, meant, context) });
  const arn = arnProblem(other)?.meant ?? other.arn;
  return atArn(entry, what, {
    help: `Line ${context.lineOf(other)} names the same role. Keep the entry that you want, with the ARN ${arn}`,
  });
}

const pathInArn = arnRule(
  {
    name: 'path-in-arn',
    fix: 'access',
    summary: 'The ARN of a role contains a path',
    consequence: `the authenticator strips the path from the ARN of the caller, so ${NEVER}`,
    help: 'Remove the path between role/ and the name: arn:aws:iam::ACCOUNT:role/NAME.',
  },
  fixedDetection,
);

const whitespaceInArn = arnRule(
  {
    name: 'whitespace-in-arn',
    fix: 'access',
    summary: 'An ARN contains a space, line break or invisible character',
    consequence: NEVER,
    help: 'Retype the ARN on one line.',
  },
  fixedDetection,
);

const wildcardArn = arnRule({
  name: 'wildcard-arn',
  summary: 'An ARN contains a wildcard',
  consequence: `the authenticator compares ARNs literally, so ${NEVER}`,
  help: 'Write one entry per role or user. For permission sets, `aws-auth-sso merge` writes the entries, whatever the suffix.',
});

const nonAsciiArn = withMore(
  arnRule({
    name: 'non-ascii-arn',
    summary:
      'An ARN contains a non-ASCII letter that the authenticator treats as a similar ASCII letter. It does so only when storing the ARN, or also when comparing it.',
    consequence: `it overrides the entry with the ASCII letter, and ${NEVER}`,
    help: 'Write the ASCII letter, or remove the entry.',
  }),
  function* ({ entries }) {
    for (const entry of entries) {
      const twin = asciiTwin(entry.arn);
      if (!entry.sso && twin !== entry.arn && arnProblem(entry)?.rule !== 'non-ascii-arn')
        yield twinDetection(entry, twin);
    }
  },
);

/** Extends a rule with more detections. */
function withMore(base: Rule, more: NonNullable<Rule['detect']>): Rule {
  return {
    ...base,
    *detect(context) {
      yield* base.detect?.(context) ?? [];
      yield* more(context);
    },
  };
}

/** An ARN whose non-ASCII letters the authenticator reads as ASCII: it matches, although it doesn't look like it. */
function twinDetection(entry: LoadedEntry, twin: string): PlacedDetection {
  const letters = [...new Set([...entry.arn].filter((letter) => asciiTwin(letter) !== letter))];
  const read = letters.map((letter) => `${letterText(letter)} as ${asciiTwin(letter)}`);
  return atArn(entry, `the authenticator reads ${listed(read)} in ${quoted(entry.arn)}`, {
    consequence: `this entry matches ${printable(twin)}`,
    help: `If that is intentional, write ${printable(twin)}. Otherwise remove the entry.`,
  });
}

const malformedArn = arnRule({
  name: 'malformed-arn',
  summary: "An entry's ARN isn't a valid role or user ARN",
  consequence: NEVER,
  help: 'Write arn:aws:iam::ACCOUNT:role/NAME or arn:aws:iam::ACCOUNT:user/NAME, with a 12-digit account ID.',
});

const permissionSetArn = arnRule(
  {
    name: 'permission-set-arn',
    fix: 'access',
    summary: "An entry has a permission set's ARN instead of its role's",
    consequence: `people call the cluster with the role that Identity Center creates in each account, so ${NEVER}`,
    help: "Write the role's ARN, arn:aws:iam::ACCOUNT:role/AWSReservedSSO_NAME_SUFFIX. `aws-auth-sso roles --account ACCOUNT` lists the roles, and `aws-auth-sso check --aws --account ACCOUNT --fix-access` writes the ARN.",
  },
  (entry, problem, context) => {
    const { inventory, account } = context.options;
    const arn = foldKey(entry.arn);
    const set = inventory?.permissionSets?.find((known) => foldKey(known.arn) === arn);
    if (!inventory || !set) return plainDetection(entry, problem);
    const what = `${printable(entry.arn)} is the ARN of permission set ${quoted(set.name)}, not of a role`;
    if (account && !AccountInstances.of(inventory).covers(account, set.arn))
      return atArn(entry, what, {
        help: `Write the ARN of the intended role. The permission set's Identity Center instance isn't known to cover account ${account}.`,
      });
    const facts = RoleFacts.of(inventory);
    const role = account && facts.newestIn(account, set.name);
    if (!role) return atArn(entry, what, { help: problem.help });
    return atArn(entry, what, { readTime: facts.readTimeIn(account), ...roleFix(entry, context, role) });
  },
);

const missingSuffix = arnRule({
  name: 'missing-suffix',
  summary: "A provisioned role's name lacks its 16-digit hexadecimal suffix",
  consequence: `the authenticator compares the whole name, so ${NEVER}`,
  help: 'Find the role with `aws-auth-sso roles --account ACCOUNT` and write its ARN, or remove the entry.',
});

/** Writes a role's ARN, unless the role already has an entry. */
function roleFix(
  entry: LoadedEntry,
  context: CheckContext,
  { roleArn }: Role,
): Pick<Detection, 'help' | 'fix'> {
  if (context.entriesFor(roleArn).length > 0)
    return { help: `The role ${roleArn} already has an entry: remove this one.` };
  return { help: `Write ${roleArn}`, fix: rewriteArn(entry, roleArn, context) };
}

const assumedRoleArn = arnRule({
  name: 'assumed-role-arn',
  summary: "An entry has a session's ARN (assumed-role) instead of its role's",
  consequence: `the authenticator resolves each session to its role first, so ${NEVER}`,
  help: "Write the role's ARN, arn:aws:iam::ACCOUNT:role/NAME. It grants access to everyone who can assume the role.",
});

const notARoleOrUser = arnRule({
  name: 'not-a-role-or-user',
  summary: "An entry's ARN doesn't name a role or user",
  consequence: NEVER,
  help: 'Write the ARN of the role or user that calls the cluster; `aws sts get-caller-identity` shows it.',
});

const identityCenterUser = withMore(
  arnRule({
    name: 'identity-center-user',
    summary: 'An entry names an Identity Center user or group instead of a role',
    consequence: `Identity Center users and groups have no IAM ARN, so ${NEVER}`,
    help: 'Assign them a permission set in the account, and map its role in mapRoles. `aws-auth-sso roles --account ACCOUNT` lists the roles; `aws-auth-sso merge --map user:NAME=GROUP` (or `--map group:NAME=GROUP`) writes the entry. It grants access to everyone who is assigned the permission set.',
  }),
  function* ({ entries }) {
    for (const entry of entries)
      if (RESERVED_USER.test(entry.arn) && arnProblem(entry) === null) yield reservedUser(entry);
  },
);

const RESERVED_USER = /^arn:[^:]*:iam::[^:]*:user\/(?:.*\/)?AWSReservedSSO_/i;

/** IAM allows the name for a user, but Identity Center creates only roles. */
function reservedUser(entry: LoadedEntry): PlacedDetection {
  return atArn(entry, `${quoted(entry.arn)} is a user with the name of a provisioned role`, {
    severity: 'warning',
    consequence: `people call with the role, so unless an IAM user has that name, ${NEVER}`,
    help: 'Write role/ instead of user/, in mapRoles.',
  });
}

const ssoMatcher = rule({
  name: 'sso-matcher',
  severity: 'error',
  summary: 'An entry names a permission set under sso: instead of a rolearn',
  consequence: `EKS doesn't enable this alpha feature of the authenticator, so ${NEVER}`,
  help: "Write the role's ARN as rolearn. `aws-auth-sso merge` finds it by permission set name.",
  *detect({ entries }) {
    for (const { map, node, index, sso } of entries) if (sso) yield atNode(map, node, index, ssoText(sso));
  },
});

const mixedPartition = rule({
  name: 'mixed-partition',
  severity: 'error',
  summary:
    "Entries have ARNs from several partitions (aws, aws-cn, aws-us-gov …). A warning without --aws or --inventory, because the cluster's partition is then unknown.",
  consequence: 'a cluster grants access only to callers from its own partition',
  help: "Write the ARN of a role in the cluster's partition, or remove the entry.",
  *detect({ entries, options: { inventory } }) {
    const byPartition = groupBy(entries, partitionOf);
    byPartition.delete(undefined);
    if (!inventory && byPartition.size < 2) return;
    // The nodes' partition is the cluster's, unless they differ.
    const ofNodes = new Set(entries.filter(isNodeEntry).map(partitionOf));
    ofNodes.delete(undefined);
    const own = inventory?.partition ?? (ofNodes.size === 1 ? [...ofNodes][0] : undefined);
    const severity = inventory ? undefined : 'warning';
    for (const [partition, foreign] of byPartition) {
      if (partition === own) continue;
      const others = [...byPartition.keys()].filter((other) => other !== partition).join(', ');
      const contrast =
        own === undefined
          ? `other entries are in ${others}`
          : `the cluster ${inventory ? 'is' : 'seems to be'} in ${own}`;
      // If the cluster's partition is unknown, report each partition once.
      for (const entry of own === undefined ? foreign.slice(0, 1) : foreign)
        yield atArn(entry, `${printable(entry.arn)} is in partition ${partition}, but ${contrast}`, {
          severity,
        });
    }
  },
});

/** The partition of a valid or fixable ARN. */
function partitionOf(entry: LoadedEntry): string | undefined {
  const problem = arnProblem(entry);
  if (entry.sso || (problem && problem.meant === undefined)) return undefined;
  return callerKey(problem?.meant ?? entry.arn).split(':', 2)[1];
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
