import { type AccessEntry, accessPolicyArn, entryTemplates, policyText } from '../../access-entry.ts';
import { isAccountId, parseArn, withoutPath } from '../../arn.ts';
import { callerKey, describeGrant } from '../../authenticator/caller.ts';
import { isNodeEntry } from '../../authenticator/groups.ts';
import { countBy } from '../../group-by.ts';
import type { EksCluster, ExistingAccessEntry, Role } from '../../inventory/model.ts';
import { rolesBySet } from '../../inventory/provisioned-roles.ts';
import { roleKey, setKey } from '../../role-name.ts';
import { printable, quoted, shellWord } from '../../text.ts';
import {
  associatePolicy,
  createEntry,
  deleteEntry,
  effectiveListEntries,
  grantsSame,
  isDead,
  lostEntries,
  overriddenEntries,
  principalKey,
  provisionedAccessEntries,
} from '../access-entries.ts';
import { type ClusterContext, clusterText, type LintContext, type LintOptions, modeOf } from '../context.ts';
import { arnRange, type Detection, type Rule, rangeOf, type TextRange } from '../rule.ts';
import { assignedSets, goneRoles } from './inventory.ts';

export const configMapIgnored: Rule = {
  name: 'config-map-ignored',
  severity: 'error',
  fix: 'none',
  summary:
    'In authentication mode API, EKS ignores aws-auth (with --authentication-mode); with --cluster, each of its entries that has no access entry',
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
  const found = [...withoutAccessEntry(context, cluster), ...lockedAccounts(context)];
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
      consequence:
        overriddenEntries(context).size > 0
          ? 'every entry that lets somebody in has an access entry'
          : 'no entry lets anybody in',
      help: 'Once the cluster has the mode, which cannot be changed back, remove the ConfigMap.',
    };
}

/** The entries that let somebody in as long as aws-auth counts, and have no access entry. */
function* withoutAccessEntry(context: LintContext, cluster: EksCluster): Generator<Detection> {
  const { options } = context;
  const covered = overriddenEntries(context);
  // From an old snapshot nothing is concluded that could hide somebody.
  const gone = new Set(
    options.rotate === false ? [] : [...goneRoles(context)].map(({ listEntry }) => listEntry),
  );
  const principals = new Set(cluster.accessEntries.map(principalKey));
  const { partition } = parseArn(cluster.arn) ?? {};
  for (const listEntry of effectiveListEntries(context)) {
    const { entry, problem } = listEntry;
    const key = callerKey(entry.arn);
    if (problem || covered.has(listEntry) || gone.has(listEntry)) continue;
    if (parseArn(key)?.partition !== partition) continue;
    const isNode = isNodeEntry(entry);
    const isDead = principals.has(key);
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

function creationHelp(cluster: EksCluster, isNode: boolean): string {
  const beforehand =
    cluster.authenticationMode === 'CONFIG_MAP' ? 'Change the mode to API_AND_CONFIG_MAP first. ' : '';
  if (isNode)
    return `${beforehand}EKS keeps the access entries of managed node groups and Fargate profiles itself; of other nodes, ${writeEntries(cluster, ' --nodes')} writes one.`;
  return `${beforehand}${writeEntries(cluster)} writes one, or says why there can be none.`;
}

/** The command that writes access entries from the file. */
function writeEntries({ name }: EksCluster, more = ''): string {
  return `\`aws-auth-sso access-entries --from FILE --cluster ${shellWord(name)}${more}\``;
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

export const overridden: Rule = {
  name: 'overridden-by-access-entry',
  severity: 'warning',
  fix: 'none',
  summary:
    'A role or user has an access entry, too, which overrides its entry in aws-auth; a note where both give the same (with --cluster)',
  consequence: 'this entry has no effect',
  help: 'Remove this entry, or delete the access entry to let this one take effect.',
  *detect(context) {
    const { options } = context;
    const { cluster } = options;
    if (!cluster) return;
    const isIgnored = modeOf(options) === 'API';
    for (const [listEntry, accessEntry] of overriddenEntries(context)) {
      const same = grantsSame(listEntry, accessEntry);
      // Nothing is lost with these.
      if (same && isIgnored) continue;
      yield {
        range: arnRange(listEntry),
        what: `the access entry of ${clusterText(options)} gives ${grantText(accessEntry)}`,
        help: isIgnored
          ? `If this entry is what is meant, ${writeEntries(cluster)} writes it into the access entry.`
          : `Remove this entry. To let it take effect, delete the access entry instead:\n${deleteEntry(cluster, accessEntry.principalArn)}`,
        ...(same && SAME),
      };
    }
  },
};

const SAME = {
  severity: 'note',
  consequence: 'it overrides this entry, which gives the same',
  help: 'Remove this entry, or keep it until all of aws-auth has moved: nothing changes either way.',
} as const;

/** `username "…", groups […], policies AmazonEKSViewPolicy in dev-*` */
function grantText(entry: AccessEntry): string {
  const policies = entry.policies.map((policy) => printable(policyText(policy)));
  return [
    describeGrant(entryTemplates(entry), 10),
    policies.length > 0 ? `policies ${policies.join(', ')}` : 'no access policies',
  ].join(', ');
}

const deadAccessEntry: Rule = {
  name: 'dead-access-entry',
  severity: 'error',
  fix: 'none',
  summary:
    'An access entry is older than the role that it names, which was re-created since (with --cluster, and roles from AWS or --inventory)',
  consequence: 'whoever assumes the role gets 401, for EKS keeps the unique id of the role that there was',
  help: 'Delete the access entry and create it again.',
  *detectInCluster(context) {
    const { cluster, options } = context;
    for (const provisioned of provisionedAccessEntries(context)) {
      const { entry, role } = provisioned;
      if (!role || !isDead(provisioned)) continue;
      yield {
        what: `access entry ${printable(entry.principalArn)} was created on ${entry.createdAt}, before its role (${role.createdAt})`,
        help: replaceHelp(cluster, entry, role, options),
      };
    }
  },
};

/** Deletes an access entry, and creates one that gives the same to a role. */
function replaceHelp(
  cluster: EksCluster,
  entry: ExistingAccessEntry,
  { pathArn }: Role,
  options: LintOptions,
): string {
  return [
    `${beforehand(options)}Delete the access entry, and create it again for the role that there is now:`,
    deleteEntry(cluster, entry.principalArn),
    ...createEntry(cluster, entry, pathArn),
  ].join('\n');
}

function beforehand({ rotate }: LintOptions): string {
  return rotate === false ? 'The snapshot is old: take a new one first. ' : '';
}

const orphanAccessEntry: Rule = {
  name: 'orphan-access-entry',
  severity: 'error',
  fix: 'none',
  summary:
    'The role of an access entry is gone, re-created with another suffix or not (with --cluster, and roles from AWS or --inventory)',
  consequence: 'nobody gets in through this access entry',
  help: 'Delete the access entry, and create one for the new role, if there is one.',
  *detectInCluster(context) {
    const bySet = rolesBySet(context.options.inventory?.roles ?? []);
    const orphans = [...provisionedAccessEntries(context)]
      .filter(({ isGone }) => isGone)
      .map((orphan) => ({ ...orphan, successor: bySet.get(setKey(orphan.arn))?.[0] }));
    const counts = countBy(orphans.map(({ successor }) => successor));
    const taken = new Set(
      context.cluster.accessEntries.map(({ principalArn }) => withoutPath(principalArn).toLowerCase()),
    );
    for (const { entry, arn, successor } of orphans) {
      const set = quoted(arn.permissionSet);
      const now = successor
        ? `permission set ${set} now has ${successor.pathArn}`
        : `account ${arn.accountId} has no role of permission set ${set}`;
      yield {
        what: `the role of access entry ${printable(entry.principalArn)} no longer exists, ${now}`,
        help: successor
          ? successionHelp(context, entry, successor, {
              isOnly: counts.get(successor) === 1,
              isTaken: taken.has(roleKey(successor)),
            })
          : `${beforehand(context.options)}Delete the access entry:\n${deleteEntry(context.cluster, entry.principalArn)}`,
      };
    }
  },
};

/**
 * @param isOnly whether no other access entry is of an older role of the same permission set
 * @param isTaken whether the new role has an access entry
 */
function successionHelp(
  { cluster, options }: ClusterContext,
  entry: ExistingAccessEntry,
  successor: Role,
  { isOnly, isTaken }: { readonly isOnly: boolean; readonly isTaken: boolean },
): string {
  if (isOnly && !isTaken) return replaceHelp(cluster, entry, successor, options);
  const deletion = deleteEntry(cluster, entry.principalArn);
  const first = beforehand(options);
  if (isTaken) return `${first}The new role already has an access entry: delete this one:\n${deletion}`;
  return [
    `${first}Delete the access entry:`,
    deletion,
    'Others are of older roles of the same permission set: create one for the new role, with what is meant of all that they give:',
    ...createEntry(cluster, entry, successor.pathArn),
  ].join('\n');
}

const unassignedAccessEntry: Rule = {
  name: 'unassigned-access-entry',
  severity: 'warning',
  fix: 'none',
  summary:
    'Nobody is assigned the permission set of an access entry in that account (with --cluster, if assignments were read)',
  consequence: 'nobody can use this access entry',
  help: 'Assign a group or user, or delete the access entry.',
  *detectInCluster(context) {
    const { inventory } = context.options;
    const assigned = inventory && assignedSets(inventory);
    if (!assigned) return;
    for (const { entry, arn, account, role } of provisionedAccessEntries(context)) {
      if (!role || account?.assignmentsRead !== true || assigned.has(setKey(arn))) continue;
      yield {
        what: `nobody is assigned permission set ${quoted(arn.permissionSet)} in account ${arn.accountId}, whose role access entry ${printable(entry.principalArn)} names`,
        help: `Assign a group or user, or delete the access entry:\n${deleteEntry(context.cluster, entry.principalArn)}`,
      };
    }
  },
};

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
    const lost = lostEntries(context);
    for (const entry of cluster.accessEntries) {
      const { principalArn, type, kubernetesGroups, policies } = entry;
      if (type !== 'STANDARD' || kubernetesGroups.length + policies.length > 0) continue;
      // EKS makes those of service-linked roles, for itself.
      if (lost.has(entry) || parseArn(principalArn)?.resource.startsWith('role/aws-service-role/')) continue;
      const { username } = entryTemplates(entry);
      const rights = options.rbac?.rightsOf({ username, groups: [] });
      if (rights && rights.own.length + rights.possible().length > 0) continue;
      const unlessBound = `unless a binding names the user ${quoted(username)}, whoever gets in through it has only the rights of everybody`;
      const view = associatePolicy(cluster, principalArn, {
        policyArn: accessPolicyArn(parseArn(principalArn)?.partition ?? 'aws', 'AmazonEKSViewPolicy'),
        scope: 'cluster',
      });
      yield {
        what: `access entry ${printable(principalArn)} has no groups and no access policies`,
        ...(!rights && { consequence: unlessBound }),
        help: `Associate an access policy, add a group that a binding names, or delete the access entry:\n${view}\n${deleteEntry(cluster, principalArn)}`,
      };
    }
  },
};

export const accessEntryRules: readonly Rule[] = [
  configMapIgnored,
  overridden,
  deadAccessEntry,
  orphanAccessEntry,
  unassignedAccessEntry,
  entryWithoutRights,
];
