import {
  BY_SESSION,
  clusterAdminBy,
  isClusterAdmin,
  isNodeEntry,
  MASTERS,
  possibleAdminBy,
} from '../aws-auth/groups.ts';
import type { Caller, KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import { Assignees } from '../directory/assignees.ts';
import type { Inventory } from '../directory/model.ts';
import { timeText } from '../directory/read-time.ts';
import { type RoleFact, RoleFacts } from '../directory/role-facts.ts';
import { type Finding, type Location, note, warning } from '../errors.ts';
import { NODE_VARIABLE } from '../map-entry.ts';
import { listed, printable, quoted } from '../text.ts';

interface Match {
  readonly location: Location;
  readonly identity: KubernetesIdentity;
}

/**
 * Notes on a caller who has access.
 * @param found the number of entries that match, including entries that deny access
 * @param isBound true if the cluster's bindings are known
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
  const denials = found - matches.length;
  const denied = denials > 0 ? `, and ${denials} of them ${denials === 1 ? 'denies' : 'deny'} access` : '';
  return warning(
    'ambiguous-user',
    `${found} entries differ only in the case of the ARN, so which one applies is random for each call (${lines}${denied})`,
    { help: 'Keep only one of them.' },
  );
}

/** Notes on variables without a value. */
function templateNotes({ sessionName }: Caller, { username, groups }: KubernetesIdentity): Finding[] {
  const has = (variable: string) => [username, ...groups].some((text) => text.includes(variable));
  return [
    ...(sessionName === null && (has('{{SessionName}}') || has('{{SessionNameRaw}}'))
      ? [
          note('session-unknown', "a role ARN has no session name, so {{SessionName}} isn't filled in", {
            help: 'Pass the ARN that `aws sts get-caller-identity` prints.',
          }),
        ]
      : []),
    ...(has('{{AccessKeyID}}')
      ? [note('access-key-unknown', '{{AccessKeyID}} is the ID of the access key that signs the call')]
      : []),
    ...(has(NODE_VARIABLE)
      ? [
          note(
            'for-instances',
            `only EC2 instances have access: ${NODE_VARIABLE} is the calling instance's private DNS name`,
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
            `this is the root user of account ${printable(accountId)}, and the entry grants access to nobody else in the account`,
            { help: 'AWS advises against using the root user. Map a role instead.' },
          ),
        ]
      : []),
    ...adminNotes(identity),
    ...(isNodeEntry(identity) ? [note('node-entry', 'the entry is for nodes, not for people')] : []),
  ];
}

/** Notes on permissions that need no binding. */
function adminNotes(identity: KubernetesIdentity): Finding[] {
  const admin = clusterAdminBy(identity);
  if (admin !== null) {
    const code = admin === MASTERS ? 'system-masters' : 'cluster-admin-policy';
    return [warning(code, `${admin} makes the caller cluster admin, without any binding`)];
  }
  if (possibleAdminBy(identity) === BY_SESSION) {
    const message = `a session name that turns the group into ${MASTERS} makes the caller cluster admin`;
    return [warning('system-masters', message)];
  }
  return [];
}

/** A group grants permissions only through bindings. */
function rightsUnknown({ username, groups, policies = [] }: KubernetesIdentity): Finding {
  const help = "Add --rbac FILE with the cluster's roles and bindings to see these permissions.";
  if (groups.length + policies.length > 0) {
    const [other, names] = [policies.length > 0 ? 'other ' : '', groups.length > 0 ? 'groups' : 'username'];
    return note('rights-unknown', `the caller's ${other}permissions depend on the bindings of the ${names}`, {
      help,
    });
  }
  const to = username === '' ? 'an empty username' : `the user ${quoted(username)}`;
  const message = `without groups, the caller has only what bindings grant to ${to} and to system:authenticated`;
  return note('no-groups', message, { help });
}

/** Notes from AWS or a snapshot on the caller's role. */
export function callerChanges({ canonicalArn }: Caller, inventory: Inventory): Finding[] {
  const fact = RoleFacts.of(inventory).about(canonicalArn);
  return [
    ...(fact.hasAccountAccess ? [ACCOUNT_ACCESS] : []),
    ...roleChanges(canonicalArn, fact, inventory).map((finding) => fact.readTime.tell(finding)),
  ];
}

const ACCOUNT_ACCESS = note(
  'account-access',
  "people may have this role through account access manager, whose assignments aren't read",
);

/** Notes on the caller's role; for a role outside Identity Center, only that it is gone. */
function roleChanges(arn: string, fact: RoleFact, inventory: Inventory): Finding[] {
  const { status, provisioned: role, account, made: own, successor } = fact;
  if (!role) return status === 'gone' ? [warning('role-gone', `${printable(arn)} doesn't exist`)] : [];
  if (status === 'outside-path')
    return [
      warning(
        'role-outside-path',
        `${role.roleArn} is named like an Identity Center role but isn't one: anyone who can assume it calls as it`,
      ),
    ];
  if (status === 'unknown') {
    const reason = account?.unreadable ? ` (${printable(account.unreadable)})` : '';
    return [
      note(
        'roles-unknown',
        `can't tell whether the role exists, because the roles of account ${role.accountId} weren't read${reason}`,
      ),
    ];
  }
  const set = `permission set ${quoted(own?.permissionSet ?? successor?.permissionSet ?? role.permissionSet)}`;
  if (!own || successor) return [replacedRole(role.roleArn, set, fact)];
  if (Assignees.of(inventory).isUnassigned(own))
    return [warning('unassigned', `${set} isn't assigned to anyone in account ${own.accountId}`)];
  return [
    note('role-exists', `the role exists in account ${own.accountId}, created ${timeText(own.createdAt)}`),
  ];
}

export const SIGN_IN_AGAIN = 'Sign in again, for example with `aws sso login`, then explain the new caller.';

/** Warns about a caller with an old role, whose credentials will expire soon. */
function replacedRole(roleArn: string, set: string, { made: own, successor: newest }: RoleFact): Finding {
  const gone = own ? `${roleArn} is an older role` : `${roleArn} doesn't exist`;
  if (!newest)
    return warning(
      'role-gone',
      `${gone}, and ${set} has no role in this account because it isn't assigned to anyone there`,
    );
  return warning(
    own ? 'role-superseded' : 'role-gone',
    `${gone}: ${set} has ${newest.roleArn}, created ${timeText(newest.createdAt)}`,
    {
      help: `${SIGN_IN_AGAIN} If the entry names the old role, update it: \`aws-auth-sso merge\` does so if a mapping names the permission set.`,
    },
  );
}
