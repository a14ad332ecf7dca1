import { type AccessEntry, accessPolicyArn, entryTemplates, MANAGED_NODES } from '../../access-entry.ts';
import { arnKind, isAccountId, parseArn } from '../../arn.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import { type JudgedAccessEntry, mayLive, principalKey } from '../../cluster/access-entry-state.ts';
import { countBy } from '../../group-by.ts';
import type { EksCluster, Role } from '../../inventory/model.ts';
import { isOfEarlierRole } from '../../inventory/provisioned-roles.ts';
import { callerKey, roleArnKey } from '../../same-arn.ts';
import { listed, printable, quoted, shellWord } from '../../text.ts';
import {
  type ClusterContext,
  clusterText,
  type LintContext,
  type LintOptions,
  type ListEntry,
  modeOf,
} from '../context.ts';
import { OWNED, recreation, replacement } from '../correct-access-entry.ts';
import { associatePolicy, deleteEntry, updateEntry } from '../eks-commands.ts';
import { arnRange, type Detection, type Rule, rangeOf, type TextRange } from '../rule.ts';
import { overridden, takingAway } from './duplicates.ts';
import { goneEntries, unassignedAccessEntry } from './inventory.ts';

export const configMapIgnored: Rule = {
  name: 'config-map-ignored',
  severity: 'error',
  fix: 'none',
  summary:
    'In authentication mode API, EKS ignores aws-auth (with --authentication-mode); with --cluster, each of its entries that has no access entry, or only a dead one, and a warning where it is not known whether that is dead',
  consequence: 'nobody gets in through this ConfigMap',
  help: 'Give those who should get in an access entry, which `aws-auth-sso access-entries --from FILE` writes, and remove the ConfigMap: the mode cannot be changed back. `aws-auth-sso check FILE --cluster NAME --authentication-mode API` tells who has none.',
  *detect(context) {
    const { options, document, entries, accounts, unparsable } = context;
    if (modeOf(options) !== 'API') return;
    const count = entries.length + (accounts?.loaded.entries.length ?? 0);
    if (count + unparsable.length + document.problems.length === 0) return;
    const { configMap } = document;
    const where = configMap?.data?.key ?? configMap?.root;
    const range = where ? rangeOf(null, where, null) : { map: null, start: 0, end: 0, index: null };
    if (options.cluster) yield* lockedOut(context, options.cluster, range);
    else yield { range, what: `${clusterText(options)} has authentication mode API` };
  },
};

const IN_MODE_API = 'in mode API aws-auth is ignored';

/** Who has no access entry; else that there is nobody. */
function* lockedOut(context: LintContext, cluster: EksCluster, range: TextRange): Generator<Detection> {
  const users = [...new Set(context.overridden.values())].filter(isUnknownUser);
  const found = [
    ...withoutAccessEntry(context, cluster),
    ...lockedAccounts(context),
    ...(users.length > 0 ? [unknownUsers(users, range)] : []),
  ];
  yield* found;
  const { unparsable, document } = context;
  const { configMap, problems } = document;
  if (unparsable.length > 0 || problems.some(({ rule }) => rule !== null || !configMap))
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
      consequence: [...context.overridden.values()].some(mayLive)
        ? // Of each it is known that it is alive: there are warnings of the others.
          'every entry that lets somebody in has an access entry'
        : 'no entry lets anybody in',
      help: `${beforehand(context.options)}Once the cluster has the mode, which cannot be changed back, remove the ConfigMap.`,
    };
}

/** The entries that let somebody in as long as aws-auth counts, and have no access entry, or none that is known to be alive. */
function* withoutAccessEntry(context: LintContext, cluster: EksCluster): Generator<Detection> {
  const { options } = context;
  const overridden = context.overridden;
  const { gone, orphans } = goneIn(context);
  const { partition } = parseArn(cluster.arn) ?? {};
  for (const listEntry of context.effective) {
    const { entry, problem } = listEntry;
    const key = callerKey(entry.arn);
    const accessEntry = overridden.get(listEntry);
    if (problem || gone.has(listEntry)) continue;
    if (accessEntry && mayLive(accessEntry)) {
      if (accessEntry.state === 'unknown' && !isUnknownUser(accessEntry))
        yield unknownRole(listEntry, accessEntry);
      continue;
    }
    const isOrphan = orphans.has(key);
    if (isOrphan && options.isFresh !== false) continue;
    if (parseArn(key)?.partition !== partition) continue;
    const isNode = isNodeEntry(entry);
    const isDead = accessEntry !== undefined || isOrphan;
    yield {
      range: arnRange(listEntry),
      what: `${IN_MODE_API}, and ${clusterText(options)} has ${isDead ? 'only a dead' : 'no'} access entry for ${printable(entry.arn)}`,
      consequence: isNode
        ? 'nodes with this role cannot join'
        : 'whoever gets in through this entry is locked out',
      help: isDead
        ? 'Delete the access entry, and create it again: the finding of it has the commands.'
        : creationHelp(cluster, isNode),
    };
  }
}

/** Nobody is told of a role that was re-created but by EKS, which answers 401. */
function unknownRole(listEntry: ListEntry, { entry }: JudgedAccessEntry): Detection {
  const { accountId = '', resource = '' } = parseArn(entry.principalArn) ?? {};
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  return {
    range: arnRange(listEntry),
    severity: 'warning',
    what: `${IN_MODE_API}, and whether the role of access entry ${printable(entry.principalArn)} is still the one of ${entry.createdAt} is not known`,
    consequence: isNodeEntry(listEntry.entry)
      ? 'if it was re-created since, nodes with this role cannot join'
      : 'if it was re-created since, whoever gets in through this entry is locked out',
    help: [
      `Make the roles of account ${accountId} readable, or take a new snapshot of them with --cluster. Else compare in that account: the access entry is dead if the role was created after ${entry.createdAt}:`,
      `aws iam get-role --role-name ${shellWord(name)} --query 'Role.[Arn,CreateDate]'`,
    ].join('\n'),
  };
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
    gone: options.isFresh === false ? new Set<ListEntry>() : goneEntries(context),
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
function* lockedAccounts({ accounts }: LintContext): Generator<Detection> {
  const left = new Set(accounts?.loaded.entries.filter(isAccountId));
  for (const [index, item] of accounts?.loaded.list?.items.entries() ?? []) {
    if (item.kind !== 'scalar' || !left.delete(item.text)) continue;
    yield {
      range: rangeOf('mapAccounts', item, index),
      what: `${IN_MODE_API}, and no access entry is for a whole account`,
      consequence: `whoever of account ${item.text} has none of their own is locked out`,
      help: `Create an access entry for each role and user of account ${item.text} that needs access, and remove the account here.`,
    };
  }
}

const deadAccessEntry: Rule = {
  name: 'dead-access-entry',
  severity: 'error',
  fix: 'none',
  summary:
    'An access entry is older than the role that it names, which was re-created since, or than another access entry for a role of that name (with --cluster, and roles from AWS or --inventory)',
  consequence: 'whoever assumes the role gets 401, for EKS keeps the unique id of the role that there was',
  help: 'Delete the access entry and create it again.',
  *detectInCluster(context) {
    const taken = takenKeys(context);
    for (const dead of context.judged.filter(({ state }) => state === 'dead'))
      yield { ...deadText(dead), help: replaceHelp(context, dead, dead.successor ?? dead.role, taken) };
  },
};

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

/** How many access entries there are for the callers of a cluster. */
function takenKeys({ cluster }: ClusterContext): ReadonlyMap<string, number> {
  return countBy(cluster.accessEntries.map(principalKey));
}

/** @param role that there is now; null where there is none */
function replaceHelp(
  context: ClusterContext,
  judged: JudgedAccessEntry,
  role: JudgedAccessEntry['role'],
  taken: ReadonlyMap<string, number>,
): string {
  const key = role ? roleArnKey(role.pathArn) : '';
  const isTaken = (taken.get(key) ?? 0) > (principalKey(judged.entry) === key ? 1 : 0);
  return `${beforehand(context.options)}${replacement(context, judged, role, isTaken).join('\n')}`;
}

function beforehand({ isFresh }: LintOptions): string {
  return isFresh === false ? 'The snapshot is old: take a new one first. ' : '';
}

const orphanAccessEntry: Rule = {
  name: 'orphan-access-entry',
  severity: 'error',
  fix: 'none',
  summary:
    'The role of an access entry is gone, re-created with another suffix or not; a warning where it is there beside a newer one of its permission set (with --cluster, and roles from AWS or --inventory)',
  consequence: 'nobody gets in through this access entry',
  help: 'Delete the access entry, and create one for the new role, if there is one.',
  *detectInCluster(context) {
    const orphans = context.judged.filter(({ state }) => state === 'orphan' || state === 'superseded');
    const counts = countBy(orphans.map(({ successor }) => successor));
    const taken = takenKeys(context);
    for (const orphan of orphans) {
      const { state, successor } = orphan;
      const isOnly = !successor || counts.get(successor) === 1 || taken.has(callerKey(successor.roleArn));
      yield {
        what: orphanText(orphan),
        help: isOnly
          ? replaceHelp(context, orphan, successor, taken)
          : severalHelp(context, orphan, successor),
        ...(state === 'superseded' && { severity: 'warning' }),
      };
    }
  },
};

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
function severalHelp(context: ClusterContext, { entry }: JudgedAccessEntry, successor: Role): string {
  const { cluster, options } = context;
  const { commands, notes, admin } = recreation(context, entry, successor.pathArn);
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

const entryWithoutRights: Rule = {
  name: 'entry-without-rights',
  severity: 'warning',
  fix: 'none',
  summary:
    'An access entry has no Kubernetes groups and no access policies; with --rbac, unless a binding names its user (with --cluster)',
  consequence: 'whoever gets in through it has only the rights of everybody',
  help: 'Associate an access policy, add a group that a binding names, or delete the access entry.',
  *detectInCluster(context) {
    const { cluster, options } = context;
    const isTold = context.file && !options.ignore?.includes(overridden.name);
    const told = new Set(isTold ? takingAway(context.file) : []);
    for (const { entry } of context.judged.filter(mayLive)) {
      const { principalArn, type, kubernetesGroups, policies } = entry;
      if (type !== 'STANDARD' || kubernetesGroups.length + policies.length > 0 || told.has(entry)) continue;
      // EKS makes those of service-linked roles, for itself.
      if (parseArn(principalArn)?.resource.startsWith('role/aws-service-role/')) continue;
      const { username } = entryTemplates(entry);
      const rights = options.rbac?.rightsOf({ username, groups: [] });
      if (rights && rights.own.length + rights.possible().length > 0) continue;
      const unlessBound = `unless a binding names the user ${quoted(username)}, whoever gets in through it has only the rights of everybody`;
      yield {
        what: `access entry ${printable(principalArn)} has no groups and no access policies`,
        ...(!rights && { consequence: unlessBound }),
        help: rightsHelp(cluster, entry),
      };
    }
  },
};

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
