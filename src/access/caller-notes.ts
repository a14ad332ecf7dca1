import { isClusterAdminPolicy, policyText } from '../access-entry.ts';
import {
  BY_SESSION,
  clusterAdminBy,
  isClusterAdmin,
  isNodeEntry,
  MASTERS,
  possibleAdminBy,
} from '../authenticator/groups.ts';
import type { LoadError, LoadedEntry } from '../authenticator/loaded.ts';
import type { Caller, KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import type { EmbeddedText } from '../configmap/embedded-text.ts';
import { MAP_KEYS, NODE_VARIABLE } from '../entry.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import type { Inventory, Role } from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import type { LintFinding } from '../lint/rule.ts';
import { listed, printable, quoted } from '../text.ts';

interface Match {
  readonly location: Location;
  readonly identity: KubernetesIdentity;
}

/**
 * What there is to know about who gets in.
 * @param found the entries of which one counts, those that deny access among them
 * @param isBound whether it is known which bindings there are
 */
export function matchNotes(
  caller: Caller,
  matches: readonly Match[],
  found: number,
  isBound: boolean,
): Finding[] {
  const [first] = matches;
  if (!first) return [];
  return [
    ...(found > 1 ? [chance(matches, found)] : []),
    ...templateNotes(caller, first.identity),
    ...identityNotes(caller, first.identity),
    ...(isBound || isClusterAdmin(first.identity) || isNodeEntry(first.identity)
      ? []
      : [rightsUnknown(first.identity)]),
  ];
}

function chance(matches: readonly Match[], found: number): Finding {
  const lines = listed(matches.map(({ location: { line } }) => `line ${line}`));
  const denied = found > matches.length ? `, and ${found - matches.length} of them deny access` : '';
  return warning(
    'ambiguous-user',
    `${found} entries differ only in the case of the ARN: which one counts is chance, call by call (${lines}${denied})`,
    { help: 'Keep one of them.' },
  );
}

/** What is not filled in. */
function templateNotes({ sessionName }: Caller, { username, groups }: KubernetesIdentity): Finding[] {
  const has = (variable: string) => [username, ...groups].some((text) => text.includes(variable));
  return [
    ...(sessionName === null && (has('{{SessionName}}') || has('{{SessionNameRaw}}'))
      ? [
          note(
            'session-unknown',
            'the ARN of a role does not tell the name of the session, so {{SessionName}} is not filled in',
            { help: 'Give the ARN that `aws sts get-caller-identity` prints.' },
          ),
        ]
      : []),
    ...(has('{{AccessKeyID}}')
      ? [note('access-key-unknown', '{{AccessKeyID}} is the id of the access key that signs the call')]
      : []),
    ...(has(NODE_VARIABLE)
      ? [
          note(
            'for-instances',
            `only EC2 instances get in: ${NODE_VARIABLE} is the private DNS name of the one that calls`,
          ),
        ]
      : []),
  ];
}

function identityNotes({ kind, accountId }: Caller, identity: KubernetesIdentity): Finding[] {
  return [
    ...(kind === 'root'
      ? [
          warning(
            'root-user',
            `this is the root user of account ${printable(accountId)}, and the entry lets in nobody else of the account`,
            { help: 'AWS advises against using the root user: map a role instead.' },
          ),
        ]
      : []),
    ...adminNotes(identity),
    ...(isNodeEntry(identity) ? [note('node-entry', 'the entry is for nodes, not for people')] : []),
  ];
}

/** What is allowed without any binding. */
function adminNotes(identity: KubernetesIdentity): Finding[] {
  const admin = clusterAdminBy(identity);
  if (admin !== null) {
    const code = admin === MASTERS ? 'system-masters' : 'cluster-admin-policy';
    return [warning(code, `${admin} is allowed everything in the cluster, without any binding`)];
  }
  if (possibleAdminBy(identity) === BY_SESSION) {
    const message = `a session whose name turns the group into ${MASTERS} is allowed everything in the cluster`;
    return [warning('system-masters', message)];
  }
  const others = identity.policies?.filter((policy) => !isClusterAdminPolicy(policy)) ?? [];
  if (others.length === 0) return [];
  const texts = listed(others.map((policy) => policyText(policy)));
  return [
    note('access-policies', `what access policies allow, EKS evaluates itself, and is not shown: ${texts}`),
  ];
}

/** Without bindings a group means nothing. */
function rightsUnknown({ username, groups, policies = [] }: KubernetesIdentity): Finding {
  const help = 'Add --rbac FILE with the roles and bindings of the cluster to see that.';
  if (groups.length > 0)
    return note('rights-unknown', 'what the caller may do depends on the bindings of the groups', { help });
  if (policies.length > 0)
    return note('rights-unknown', 'what the caller may do besides depends on the bindings of the username', {
      help,
    });
  const to = username === '' ? 'an empty username' : `the user ${quoted(username)}`;
  const message = `without groups, the caller may do only what bindings give to ${to} and to system:authenticated`;
  return note('no-groups', message, { help });
}

/** What `check` finds between two offsets of the file. */
export function findingsIn(
  findings: readonly LintFinding[],
  { start, end }: { readonly start: number; readonly end: number },
): LintFinding[] {
  return findings.filter((finding) => finding.start >= start && finding.start <= end);
}

/** What `check` says of a key that cannot be parsed. */
export function unparsableFinding(
  findings: readonly LintFinding[],
  { node, offsets }: EmbeddedText,
  error: LoadError,
): LintFinding | undefined {
  const { start, end } = node ?? { start: 0, end: 0 };
  // What is missing at the end of a text is found behind it.
  const range = { start, end: Math.max(end, offsets.startOf(error.offset)) };
  return findingsIn(findings, range)[0];
}

/** Why keys that cannot be parsed let nobody in. */
export function brokenMaps(awsAuth: AwsAuth, findings: () => readonly LintFinding[]): Finding[] {
  return MAP_KEYS.flatMap((key) => {
    const source = awsAuth.document[key];
    const error = awsAuth.lossOf(key);
    return (source && error && unparsableFinding(findings(), source, error)) ?? [];
  });
}

/** What `check` finds in an entry that lets the caller in. */
export function entryProblems(
  entry: LoadedEntry,
  awsAuth: AwsAuth,
  findings: () => readonly LintFinding[],
): EntryProblems {
  const { groups } = entry.fields;
  const all = findingsIn(findings(), awsAuth.spanOf(entry, entry.node));
  // There is a note of its own for that.
  const found = all.filter(({ code }) => code !== 'ambiguous-user');
  const isOdd = found.some(({ code }) => code === 'duplicate-field') || entry.groups?.includes('') === true;
  const explainsGroups =
    isOdd || (groups !== undefined && findingsIn(found, awsAuth.spanOf(entry, groups)).length > 0);
  return { found, explainsGroups };
}

export interface EntryProblems {
  readonly found: readonly LintFinding[];
  /** Whether its groups may be other ones than those that are meant. */
  readonly explainsGroups: boolean;
}

/** Notes on the rights of a caller, without a next step for a name that may not be meant: to fix the entry is the only one. */
export function withoutVainCommands(
  notes: readonly Finding[],
  { found, explainsGroups }: EntryProblems,
): Finding[] {
  const isVain = ({ code }: Finding) =>
    (code === 'unbound-group' && explainsGroups) || (code === 'unbound-user' && found.length > 0);
  return notes.map(({ help, ...one }) => (help === undefined || isVain(one) ? one : { ...one, help }));
}

/** What AWS, or a snapshot, says of the caller's role. Of roles that Identity Center did not make, only which are gone. */
export function callerChanges({ canonicalArn }: Caller, inventory: Inventory): Finding[] {
  const {
    status,
    provisioned: role,
    account,
    made: own,
    successor,
  } = RoleFacts.of(inventory).about(canonicalArn);
  if (!role)
    return status === 'gone'
      ? [warning('role-gone', `${printable(canonicalArn)} no longer exists, as of ${inventory.capturedAt}`)]
      : [];
  if (status === 'outside-path')
    return [
      warning(
        'role-outside-path',
        `${role.roleArn} is not a role of Identity Center, though it is named as if: whoever may assume it calls as it`,
      ),
    ];
  if (status === 'unknown') {
    const reason = account?.unreadable ? `: ${printable(account.unreadable)}` : '';
    return [
      note(
        'roles-unknown',
        `the roles of account ${role.accountId} were not read, so whether the role exists is not known${reason}`,
      ),
    ];
  }
  const set = `permission set ${quoted(own?.permissionSet ?? successor?.permissionSet ?? role.permissionSet)}`;
  if (!own || successor) return [replacedRole(role.roleArn, set, own, successor)];
  if (Assignees.of(inventory).isUnassigned(own))
    return [warning('unassigned', `${set} is assigned to nobody in account ${own.accountId} any more`)];
  return [note('role-exists', `the role exists in account ${own.accountId}, created ${own.createdAt}`)];
}

export const SIGN_IN_AGAIN = 'Sign in again, for example with `aws sso login`, and explain that caller.';

/** Who still calls as it has credentials that will end soon. */
function replacedRole(roleArn: string, set: string, own: Role | null, newest: Role | null): Finding {
  const gone = own ? `${roleArn} is an older role` : `${roleArn} no longer exists`;
  if (!newest)
    return warning(
      'role-gone',
      `${gone}, and ${set} has no role in this account: it is assigned to nobody there`,
    );
  return warning(
    own ? 'role-superseded' : 'role-gone',
    `${gone}: ${set} now has ${newest.roleArn}, created ${newest.createdAt}`,
    { help: SIGN_IN_AGAIN },
  );
}
