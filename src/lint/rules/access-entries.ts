import { type AccessEntry, accessPolicyArn, entryTemplates } from '../../access-entry.ts';
import { parseArn } from '../../arn.ts';
import { groupsText } from '../../authenticator/groups.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { type JudgedAccessEntry, mayLive } from '../../cluster/access-entry-state.ts';
import type { GrantDifference } from '../../cluster/translate.ts';
import { countBy } from '../../group-by.ts';
import type { EksCluster, Role } from '../../inventory/model.ts';
import { isOfEarlierRole } from '../../inventory/provisioned-roles.ts';
import { callerKey } from '../../same-arn.ts';
import { printable, quoted } from '../../text.ts';
import type { LintContext } from '../context.ts';
import {
  correction,
  differenceOf,
  entriesByCaller,
  grantText,
  isSame,
  lossesIn,
  OWNED,
  recreation,
  replacement,
} from '../correct-access-entry.ts';
import { associatePolicy, deleteEntry, updateEntry } from '../eks-commands.ts';
import { atArn, type Detection, type PlacedDetection, type Rule, rule } from '../rule.ts';
import { unassignedAccessEntry } from './inventory.ts';

const overridden = rule({
  name: 'overridden-by-access-entry',
  severity: 'error',
  summary:
    'A role or user has an access entry, too, which overrides its entry in aws-auth and takes rights away; a warning where it gives something else, a note where both give the same (with --cluster)',
  consequence: 'this entry has no effect',
  help: 'Correct the access entry, or remove this entry where both give the same.',
  isAboutMode: true,
  *detect(context) {
    const { eks: cluster } = context;
    if (!cluster) return;
    const isIgnored = context.mode === 'API';
    for (const [entry, { entry: accessEntry, state }] of context.overriddenByAccessEntry) {
      // In mode API these are locked out, which has its own rule.
      if (state === 'dead' && !isIgnored) yield overriddenByDead(entry, context);
      if (state === 'dead') continue;
      const difference = differenceOf(entry, accessEntry);
      // Nothing is lost with these.
      if (isIgnored && isSame(difference)) continue;
      const what = `the access entry of ${context.clusterText} gives ${grantText(accessEntry)}`;
      yield atArn(entry, what, outcomeOf(cluster, accessEntry, difference));
    }
  },
});

/** The access entries that take rights away, of which there is a finding at the entry of aws-auth. */
function takingAway(context: LintContext): AccessEntry[] {
  return [...context.overriddenByAccessEntry].flatMap(([entry, { entry: accessEntry }]) =>
    lossesIn(differenceOf(entry, accessEntry)).length > 0 ? accessEntry : [],
  );
}

function overriddenByDead(entry: LoadedEntry, { clusterText }: LintContext): PlacedDetection {
  const what = `the access entry of ${clusterText} overrides this entry, and was created for an earlier role`;
  return atArn(entry, what, {
    consequence: 'whoever assumes the role gets 401',
    help: 'Replace the access entry: the finding of it has the commands, which give what this entry does as far as an access entry can.',
  });
}

function outcomeOf(
  cluster: EksCluster,
  entry: AccessEntry,
  difference: GrantDifference,
): Pick<Detection, 'severity' | 'consequence' | 'help'> {
  if (isSame(difference)) return GIVES_THE_SAME;
  const help = correction(cluster, entry, difference);
  const losses = lossesIn(difference);
  if (losses.length > 0)
    return { consequence: `it overrides this entry, and takes away ${losses.join(' and ')}`, help };
  const removal = 'If the access entry is what is meant, remove this entry once you need no way back to it.';
  const gains = gainsIn(difference);
  return {
    severity: 'warning',
    ...(gains.length > 0 && {
      consequence: `it overrides this entry, and gives ${gains.join(' and ')} in addition`,
    }),
    help: `${help}\n${removal}`,
  };
}

/** What somebody has in addition who had an entry of aws-auth; of groups and policies nothing beside cluster admin. */
function gainsIn({ isOtherKind, isAdminGained, gained, hasPolicies }: GrantDifference): string[] {
  if (isOtherKind) return [];
  if (isAdminGained) return ['cluster admin'];
  return [...(gained.length > 0 ? [groupsText(gained)] : []), ...(hasPolicies ? ['access policies'] : [])];
}

const GIVES_THE_SAME = {
  severity: 'note',
  consequence: 'it overrides this entry, which gives the same',
  help: 'Remove this entry, or keep it until all of aws-auth has moved: nothing changes either way.',
} as const;

const deadAccessEntry = rule({
  name: 'dead-access-entry',
  severity: 'error',
  summary:
    'An access entry is older than the role that it names, which was re-created since, or than another access entry for a role of that name (with --cluster, and roles from AWS or --inventory)',
  consequence: 'whoever assumes the role gets 401, for EKS keeps the unique id of the role that there was',
  help: 'Delete the access entry and create it again.',
  *detectInCluster(context) {
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
  { awsAuth, eks, beforehand }: LintContext,
  judged: JudgedAccessEntry,
  role: JudgedAccessEntry['role'],
): string | undefined {
  return eks && `${beforehand}${replacement(eks, awsAuth, judged, role).join('\n')}`;
}

const orphanAccessEntry = rule({
  name: 'orphan-access-entry',
  severity: 'error',
  summary:
    'The role of an access entry is gone, re-created with another suffix or not; a warning where it is there beside a newer one of its permission set (with --cluster, and roles from AWS or --inventory)',
  consequence: 'nobody gets in through this access entry',
  help: 'Delete the access entry, and create one for the new role, if there is one.',
  *detectInCluster(context) {
    const { eks: cluster } = context;
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
  { awsAuth, beforehand }: LintContext,
  cluster: EksCluster,
  { entry }: JudgedAccessEntry,
  successor: Role,
): string {
  const { commands, notes, admin } = recreation(cluster, awsAuth, entry, successor.pathArn);
  return [
    `${beforehand}Delete the access entry${OWNED}:`,
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
  *detectInCluster(context) {
    const { eks: cluster, rbac, options } = context;
    if (!cluster) return;
    const told = new Set(options.ignore?.includes(overridden.name) ? [] : takingAway(context));
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
  overridden,
  deadAccessEntry,
  orphanAccessEntry,
  unassignedAccessEntry,
  entryWithoutRights,
];
