import { type AccessEntry, accessPolicyArn, entryTemplates, MANAGED_NODES } from '../../access-entry.ts';
import { arnKind, isAccountId, parseArn } from '../../arn.ts';
import { arnProblem } from '../../authenticator/diagnose-arn.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { type JudgedAccessEntry, mayLive, principalKey } from '../../cluster/access-entry-state.ts';
import type { AwsAuth } from '../../cluster/aws-auth.ts';
import { countBy } from '../../group-by.ts';
import type { EksCluster, Role } from '../../inventory/model.ts';
import { isOfEarlierRole } from '../../inventory/provisioned-roles.ts';
import { callerKey } from '../../same-arn.ts';
import { listed, printable, quoted, shellWord } from '../../text.ts';
import { entriesByCaller, OWNED, recreation, replacement } from '../access-entries.ts';
import type { LintContext, LintOptions } from '../context.ts';
import { associatePolicy, deleteEntry, updateEntry } from '../eks-commands.ts';
import { atArn, atNode, type Detection, manifestRange, type Rule, rule, type TextRange } from '../rule.ts';
import { overridden, takingAway } from './duplicates.ts';
import { goneEntries, unassignedAccessEntry } from './inventory.ts';

export const configMapIgnored = rule({
  name: 'config-map-ignored',
  severity: 'error',
  summary:
    'In authentication mode API, EKS ignores aws-auth (with --authentication-mode); with --cluster, each of its entries that has no access entry, or only a dead one, and a warning where it is not known whether that is dead',
  consequence: 'nobody gets in through this ConfigMap',
  help: 'Give those who should get in an access entry, which `aws-auth-sso access-entries --from FILE` writes, and remove the ConfigMap: the mode cannot be changed back. `aws-auth-sso check FILE --cluster NAME --authentication-mode API` tells who has none.',
  *detect(context) {
    const { awsAuth, options, mode, clusterText } = context;
    if (!awsAuth || mode !== 'API') return;
    const { document, entries, mapAccounts } = awsAuth;
    const count = entries.length + mapAccounts.entries.length + context.unparsable.length;
    if (count + document.problems.length === 0) return;
    const range = manifestRange(document);
    if (options.cluster) yield* lockedOut(context, awsAuth, options.cluster, range);
    else yield { range, what: `${clusterText} has authentication mode API` };
  },
});

const IN_MODE_API = 'in mode API aws-auth is ignored';

/** Who has no access entry; else that there is nobody. */
function* lockedOut(
  context: LintContext,
  awsAuth: AwsAuth,
  cluster: EksCluster,
  range: TextRange,
): Generator<Detection> {
  const overriding = [...new Set(context.overridden.values())];
  const users = overriding.filter(isUnknownUser);
  const found = [
    ...withoutAccessEntry(context, cluster),
    ...lockedAccounts(awsAuth),
    ...(users.length > 0 ? [unknownUsers(users, range)] : []),
  ];
  yield* found;
  const { configMap, problems } = awsAuth.document;
  if (context.unparsable.length > 0 || problems.some(({ rule }) => rule !== null || !configMap))
    yield {
      range,
      what: `${IN_MODE_API}, and parts of it cannot be read`,
      consequence: 'whom else it lets in is not known',
      help: 'Fix the file first: `aws-auth-sso check FILE` says where.',
    };
  else if (found.length === 0)
    yield {
      range,
      severity: 'note',
      what: IN_MODE_API,
      consequence: overriding.some(mayLive)
        ? // Of each it is known that it is alive: there are warnings of the others.
          'every entry that lets somebody in has an access entry'
        : 'no entry lets anybody in',
      help: `${beforehand(context.options)}Once the cluster has the mode, which cannot be changed back, remove the ConfigMap.`,
    };
}

/** The entries that let somebody in as long as aws-auth counts, and have no access entry, or none that is known to be alive. */
function* withoutAccessEntry(context: LintContext, cluster: EksCluster): Generator<Detection> {
  const { options, overridden, clusterText } = context;
  const { gone, orphans } = goneIn(context);
  const { partition } = parseArn(cluster.arn) ?? {};
  for (const entry of context.admitting) {
    const key = callerKey(entry.arn);
    const accessEntry = overridden.get(entry);
    if (arnProblem(entry) || gone.has(entry)) continue;
    if (accessEntry && mayLive(accessEntry)) {
      if (accessEntry.state === 'unknown' && !isUnknownUser(accessEntry))
        yield unknownRole(entry, accessEntry);
      continue;
    }
    const isOrphan = orphans.has(key);
    if (isOrphan && options.isFresh !== false) continue;
    if (parseArn(key)?.partition !== partition) continue;
    const isDead = accessEntry !== undefined || isOrphan;
    const which = `${isDead ? 'only a dead' : 'no'} access entry for ${printable(entry.arn)}`;
    yield atArn(entry, `${IN_MODE_API}, and ${clusterText} has ${which}`, {
      consequence: isNodeEntry(entry)
        ? 'nodes with this role cannot join'
        : 'whoever gets in through this entry is locked out',
      help: isDead
        ? 'Delete the access entry, and create it again: the finding of it has the commands.'
        : creationHelp(cluster, isNodeEntry(entry)),
    });
  }
}

/** Nobody is told of a role that was re-created but by EKS, which answers 401. */
function unknownRole(
  entry: LoadedEntry,
  { entry: { principalArn, createdAt } }: JudgedAccessEntry,
): Detection {
  const { accountId = '', resource = '' } = parseArn(principalArn) ?? {};
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const what = `${IN_MODE_API}, and whether the role of access entry ${printable(principalArn)} is still the one of ${createdAt} is not known`;
  return atArn(entry, what, {
    severity: 'warning',
    consequence: isNodeEntry(entry)
      ? 'if it was re-created since, nodes with this role cannot join'
      : 'if it was re-created since, whoever gets in through this entry is locked out',
    help: [
      `Make the roles of account ${accountId} readable, or take a new snapshot of them with --cluster. Else compare in that account: the access entry is dead if the role was created after ${createdAt}:`,
      `aws iam get-role --role-name ${shellWord(name)} --query 'Role.[Arn,CreateDate]'`,
    ].join('\n'),
  });
}

function isUnknownUser({ entry, state }: JudgedAccessEntry): boolean {
  const arn = parseArn(entry.principalArn);
  return state === 'unknown' && arn !== undefined && arnKind(arn) === 'user';
}

/** One for all of them, since no user is looked up. */
function unknownUsers(users: readonly JudgedAccessEntry[], range: TextRange): Detection {
  const dated = users.map(({ entry }) => `${printable(entry.principalArn)} (${entry.createdAt})`);
  return {
    range,
    severity: 'note',
    what: `${IN_MODE_API}, and whether ${users.length === 1 ? 'the IAM user of an access entry is still the same' : `the IAM users of ${users.length} access entries are still the same`} is not known`,
    consequence: 'whoever was re-created since is locked out',
    help: [
      `IAM users are not looked up. Compare by hand: an access entry is dead if its user was created after it. The access entries: ${listed(dated)}.`,
      "aws iam get-user --user-name NAME --query 'User.[Arn,CreateDate]'",
    ].join('\n'),
  };
}

/** Who is gone: from an old snapshot nothing is concluded that could hide somebody. */
function goneIn(context: LintContext) {
  const { options } = context;
  const orphans = context.judged.filter(({ state }) => state === 'orphan');
  return {
    gone: options.isFresh === false ? new Set<LoadedEntry>() : goneEntries(context),
    orphans: new Set(orphans.map(({ entry }) => principalKey(entry))),
  };
}

function creationHelp(cluster: EksCluster, isNode: boolean): string {
  const beforehand =
    cluster.authenticationMode === 'CONFIG_MAP' ? 'Change the mode to API_AND_CONFIG_MAP first. ' : '';
  if (isNode)
    return `${beforehand}${MANAGED_NODES}; of other nodes, ${writeEntries(cluster, ' --nodes')} writes one.`;
  return `${beforehand}${writeEntries(cluster)} writes one, or says why there can be none.`;
}

/** The command that writes access entries from the file. */
function writeEntries({ arn }: EksCluster, more = ''): string {
  return `\`aws-auth-sso access-entries --from FILE --cluster ${shellWord(arn)}${more}\``;
}

/** The accounts of mapAccounts, each once; access entries let in single roles and users. */
function* lockedAccounts({ mapAccounts }: AwsAuth): Generator<Detection> {
  const left = new Set(mapAccounts.entries.filter(isAccountId));
  for (const [index, item] of mapAccounts.list?.items.entries() ?? []) {
    if (item.kind !== 'scalar' || !left.delete(item.text)) continue;
    yield atNode('mapAccounts', item, index, `${IN_MODE_API}, and no access entry is for a whole account`, {
      consequence: `whoever of account ${item.text} has none of their own is locked out`,
      help: `Create an access entry for each role and user of account ${item.text} that needs access, and remove the account here.`,
    });
  }
}

const deadAccessEntry = rule({
  name: 'dead-access-entry',
  severity: 'error',
  summary:
    'An access entry is older than the role that it names, which was re-created since, or than another access entry for a role of that name (with --cluster, and roles from AWS or --inventory)',
  consequence: 'whoever assumes the role gets 401, for EKS keeps the unique id of the role that there was',
  help: 'Delete the access entry and create it again.',
  *detect(context) {
    for (const dead of context.judged.filter(({ state }) => state === 'dead'))
      yield { ...deadText(dead), help: replaceHelp(context, dead, dead.successor ?? dead.role) };
  },
});

function deadText({ entry, role, later }: JudgedAccessEntry): Pick<Detection, 'what' | 'consequence'> {
  const name = `access entry ${printable(entry.principalArn)}`;
  if (later)
    return {
      what: `${name} was created on ${entry.createdAt}, before that of ${printable(later.principalArn)} (${later.createdAt}), and IAM has one role of a name, whatever its path`,
      consequence: 'nobody gets in through this one',
    };
  if (!role || isOfEarlierRole(entry, role))
    return { what: `${name} was created on ${entry.createdAt}, before its role (${role?.createdAt})` };
  return { what: `${name} is of an earlier role, the one of that name is now ${printable(role.pathArn)}` };
}

/** @param role that there is now; null where there is none */
function replaceHelp(
  { options, awsAuth }: LintContext,
  judged: JudgedAccessEntry,
  role: JudgedAccessEntry['role'],
): string | undefined {
  const { cluster } = options;
  return cluster && `${beforehand(options)}${replacement(cluster, awsAuth, judged, role).join('\n')}`;
}

function beforehand({ isFresh }: LintOptions): string {
  return isFresh === false ? 'The snapshot is old: take a new one first. ' : '';
}

const orphanAccessEntry = rule({
  name: 'orphan-access-entry',
  severity: 'error',
  summary:
    'The role of an access entry is gone, re-created with another suffix or not; a warning where it is there beside a newer one of its permission set (with --cluster, and roles from AWS or --inventory)',
  consequence: 'nobody gets in through this access entry',
  help: 'Delete the access entry, and create one for the new role, if there is one.',
  *detect(context) {
    const { cluster } = context.options;
    if (!cluster) return;
    const orphans = context.judged.filter(({ state }) => state === 'orphan' || state === 'superseded');
    const counts = countBy(orphans.map(({ successor }) => successor));
    for (const orphan of orphans) {
      const { state, successor } = orphan;
      const isOnly =
        !successor ||
        counts.get(successor) === 1 ||
        entriesByCaller(cluster).has(callerKey(successor.roleArn));
      yield {
        what: orphanText(orphan),
        help: isOnly
          ? replaceHelp(context, orphan, successor)
          : severalHelp(context, cluster, orphan, successor),
        severity: state === 'superseded' ? 'warning' : undefined,
      };
    }
  },
});

function orphanText({ entry, isPossible, provisioned, successor, state }: JudgedAccessEntry): string {
  const arn = printable(entry.principalArn);
  if (!isPossible) return `access entry ${arn} is of no IAM role or user that the cluster can know`;
  const set = quoted(provisioned?.permissionSet ?? '');
  if (state === 'superseded')
    return `people no longer get the role of access entry ${arn}, permission set ${set} now has ${successor?.pathArn}`;
  const gone = `the role of access entry ${arn} no longer exists`;
  if (!provisioned) return gone;
  return successor
    ? `${gone}, permission set ${set} now has ${successor.pathArn}`
    : `${gone}, account ${provisioned.accountId} has no role of permission set ${set}`;
}

/** Where access entries of several older roles of a permission set are left. */
function severalHelp(
  { awsAuth, options }: LintContext,
  cluster: EksCluster,
  { entry }: JudgedAccessEntry,
  successor: Role,
): string {
  const { commands, notes, admin } = recreation(cluster, awsAuth, entry, successor.pathArn);
  return [
    `${beforehand(options)}Delete the access entry${OWNED}:`,
    deleteEntry(cluster, entry.principalArn),
    ...(commands.length > 0
      ? [
          `Others are of older roles of the same permission set: create one for the new role, with what is meant of all that they give${admin}:`,
          ...commands,
        ]
      : []),
    ...notes,
  ].join('\n');
}

const entryWithoutRights = rule({
  name: 'entry-without-rights',
  severity: 'warning',
  summary:
    'An access entry has no Kubernetes groups and no access policies; with --rbac, unless a binding names its user (with --cluster)',
  consequence: 'whoever gets in through it has only the rights of everybody',
  help: 'Associate an access policy, add a group that a binding names, or delete the access entry.',
  *detect(context) {
    const { cluster, rbac, ignore = [] } = context.options;
    if (!cluster) return;
    const told = new Set(ignore.includes(overridden.name) ? [] : takingAway(context));
    for (const { entry } of context.judged.filter(mayLive)) {
      const { principalArn, type, kubernetesGroups, policies } = entry;
      if (type !== 'STANDARD' || kubernetesGroups.length + policies.length > 0 || told.has(entry)) continue;
      // EKS makes those of service-linked roles, for itself.
      if (parseArn(principalArn)?.resource.startsWith('role/aws-service-role/')) continue;
      const { username } = entryTemplates(entry);
      const rights = rbac?.rightsOf({ username, groups: [] });
      if (rights && rights.own.length + rights.possible().length > 0) continue;
      const unlessBound = `unless a binding names the user ${quoted(username)}, whoever gets in through it has only the rights of everybody`;
      yield {
        what: `access entry ${printable(principalArn)} has no groups and no access policies`,
        consequence: rights ? undefined : unlessBound,
        help: rightsHelp(cluster, entry),
      };
    }
  },
});

/** One of these is to be done. */
function rightsHelp(cluster: EksCluster, accessEntry: AccessEntry): string {
  const { principalArn } = accessEntry;
  const policyArn = accessPolicyArn(parseArn(principalArn)?.partition ?? 'aws', 'POLICY');
  return [
    'Add a group that a binding names:',
    updateEntry(cluster, { ...accessEntry, kubernetesGroups: ['GROUP'] }),
    'or: associate an access policy, in namespaces or with type=cluster:',
    associatePolicy(cluster, principalArn, { policyArn, scope: { namespaces: ['NAMESPACE'] } }),
    'or: delete the access entry, if nobody needs it:',
    deleteEntry(cluster, principalArn),
  ].join('\n');
}

export const accessEntryRules: readonly Rule[] = [
  configMapIgnored,
  overridden,
  deadAccessEntry,
  orphanAccessEntry,
  unassignedAccessEntry,
  entryWithoutRights,
];
