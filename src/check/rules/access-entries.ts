import { deleteEntry } from '../../access-entry/eks-commands.ts';
import { isOfEarlierRole, type JudgedAccessEntry, mayLive } from '../../access-entry/existing-entries.ts';
import type { GrantDifference } from '../../access-entry/translate-entry.ts';
import { groupsText } from '../../aws-auth/groups.ts';
import type { LoadedEntry } from '../../aws-auth/loaded.ts';
import {
  correction,
  differenceOf,
  entriesByCaller,
  grantText,
  ITS_FINDING_HAS_COMMANDS,
  isSame,
  lossesIn,
  replacement,
} from '../../change/advice.ts';
import type { ReadTime } from '../../directory/read-time.ts';
import { type AccessEntry, entryTemplates, isForPeople } from '../../eks.ts';
import { countBy } from '../../group-by.ts';
import { callerKey } from '../../same-arn.ts';
import { printable, quoted } from '../../text.ts';
import type { CheckContext } from '../context.ts';
import { atArn, type Detection, type PlacedDetection, type Rule, rule } from '../rule.ts';
import { adminByPolicy } from './admin.ts';
import { newRoleText, noRoleText, unassignedAccessEntry } from './inventory.ts';
import { supersededEntry } from './superseded-entry.ts';

const GETS_401 = 'anyone who assumes the role gets 401';
const ONLY_DEFAULTS = 'anyone who uses it has only the permissions granted to everyone';

const overridden = rule({
  name: 'overridden-by-access-entry',
  severity: 'error',
  summary:
    'An access entry overrides an aws-auth entry and takes permissions away. A warning if it grants something else. Needs --cluster.',
  consequence: 'this entry has no effect',
  help: 'Correct the access entry, or remove this entry if the access entry is right.',
  isAboutMode: true,
  *detect(context) {
    const isIgnored = context.mode === 'API';
    for (const [entry, { entry: accessEntry, state, readTime }] of context.overriddenByAccessEntry) {
      // In mode API, another rule reports these as locked out.
      if (state === 'dead' && !isIgnored) yield overriddenByDead(entry, readTime, context);
      if (state === 'dead') continue;
      const difference = differenceOf(entry, accessEntry);
      if (isSame(difference)) continue;
      const what = `the access entry in ${context.clusterText} has ${grantText(accessEntry)}`;
      yield atArn(entry, what, { readTime, ...outcomeOf(context, accessEntry, difference) });
    }
  },
});

function overriddenByDead(
  entry: LoadedEntry,
  readTime: ReadTime,
  { clusterText }: CheckContext,
): PlacedDetection {
  const what = `a dead access entry in ${clusterText}, created for an earlier role, overrides this entry`;
  return atArn(entry, what, {
    readTime,
    consequence: GETS_401,
    help: `Replace the access entry: ${ITS_FINDING_HAS_COMMANDS} They grant what this entry grants, as far as an access entry can.`,
  });
}

function outcomeOf(
  { eks, mode, awsAuth }: CheckContext,
  entry: AccessEntry,
  difference: GrantDifference,
): Pick<Detection, 'severity' | 'consequence' | 'help'> {
  const cluster = eks && { ...eks, authenticationMode: mode ?? eks.authenticationMode };
  const help = cluster ? correction(cluster, entry, difference, awsAuth?.file ?? '') : '';
  const losses = lossesIn(difference);
  if (losses.length > 0)
    return { consequence: `it overrides this entry and takes away ${losses.join(' and ')}`, help };
  const removal = 'If the access entry is right, remove this entry once you no longer need it as a fallback.';
  const { isOtherKind, isAdminGained, gained, hasPolicies } = difference;
  const parts = [
    ...(gained.length > 0 ? [groupsText(gained)] : []),
    ...(hasPolicies ? ['access policies'] : []),
  ];
  // Cluster admin covers all the rest.
  const gains = isOtherKind ? [] : isAdminGained ? ['cluster admin'] : parts;
  return {
    severity: 'warning',
    ...(gains.length > 0 && {
      consequence: `it overrides this entry and also grants ${gains.join(' and ')}`,
    }),
    help: `${help}\n${removal}`,
  };
}

const deadAccessEntry = rule({
  name: 'dead-access-entry',
  severity: 'error',
  summary:
    'An access entry is for an earlier role with the same name. The role was re-created since, or another access entry names a newer role with that name. Needs --cluster, and roles from AWS or --inventory.',
  consequence: `${GETS_401}, because EKS keeps the unique ID of the earlier role`,
  help: 'Delete the access entry and re-create it.',
  *detectInCluster(context) {
    for (const dead of context.judged.filter(({ state }) => state === 'dead'))
      yield {
        ...deadText(dead),
        readTime: dead.readTime,
        help: replaceHelp(context, dead, dead.successor ?? dead.role),
      };
  },
});

function deadText({ entry, role, later }: JudgedAccessEntry): Pick<Detection, 'what' | 'consequence'> {
  const name = `access entry ${printable(entry.principalArn)}`;
  if (later)
    return {
      what: `${name} (created ${entry.createdAt}) is older than access entry ${printable(later.principalArn)} (created ${later.createdAt}), and role names are unique in an account, whatever the path`,
      consequence: 'this one grants no access',
    };
  if (!role || isOfEarlierRole(entry, role))
    return { what: `${name} was created on ${entry.createdAt}, before its role (${role?.createdAt})` };
  return {
    what: `${name} is for an earlier role; the role with this name is ${printable(role.pathArn)}`,
  };
}

/** @param role the current role; null if it is gone */
function replaceHelp(
  { awsAuth, eks }: CheckContext,
  judged: JudgedAccessEntry,
  role: JudgedAccessEntry['role'],
): string | undefined {
  return eks && replacement(eks, awsAuth, judged, role).join('\n');
}

const orphanAccessEntry = rule({
  name: 'orphan-access-entry',
  severity: 'error',
  summary:
    "An access entry's role no longer exists. Its permission set may have a new role with another suffix. A warning if the old role still exists next to the new one. Needs --cluster, and roles from AWS or --inventory.",
  consequence: 'this access entry grants no access',
  help: 'Delete the access entry. If there is a new role, create an access entry for it.',
  *detectInCluster(context) {
    const { eks: cluster } = context;
    if (!cluster) return;
    const orphans = context.judged.filter(({ state }) => state === 'orphan' || state === 'superseded');
    const counts = countBy(orphans.map(({ successor }) => successor));
    for (const orphan of orphans) {
      const { state, successor, readTime } = orphan;
      const isOnly =
        !successor ||
        counts.get(successor) === 1 ||
        entriesByCaller(cluster).has(callerKey(successor.roleArn));
      yield {
        what: orphanText(orphan),
        readTime,
        help: `${replaceHelp(context, orphan, successor)}${isOnly ? '' : `\n${SEVERAL}`}`,
        severity: state === 'superseded' ? 'warning' : undefined,
      };
    }
  },
});

function orphanText({ entry, isPossible, provisioned, successor, state }: JudgedAccessEntry): string {
  const arn = printable(entry.principalArn);
  if (!isPossible)
    return `the principal of access entry ${arn} isn't an IAM role or user in the cluster's partition`;
  const set = provisioned?.permissionSet ?? '';
  if (state === 'superseded')
    return `people no longer get the role of access entry ${arn}; ${newRoleText(set, successor?.pathArn)}`;
  const gone = `the role of access entry ${arn} doesn't exist`;
  if (!provisioned) return gone;
  return successor
    ? `${gone}; ${newRoleText(set, successor.pathArn)}`
    : `${gone}; ${noRoleText(provisioned)}`;
}

const SEVERAL =
  'Other access entries belong to older roles of the same permission set: create one, with the grants that you still want.';

const entryWithoutRights = rule({
  name: 'entry-without-rights',
  severity: 'note',
  summary:
    'An access entry has no Kubernetes groups and no access policies. With --rbac, skipped if a binding names its user. Needs --cluster.',
  consequence: ONLY_DEFAULTS,
  help: 'Associate an access policy, add a group that a binding names, or delete the access entry.',
  *detectInCluster(context) {
    const { eks: cluster, rbac, options } = context;
    if (!cluster) return;
    // Access entries that take permissions away are reported at the overridden entry.
    const reported = new Set(
      [...context.overriddenByAccessEntry].flatMap(([entry, { entry: accessEntry }]) =>
        lossesIn(differenceOf(entry, accessEntry)).length > 0 ? accessEntry : [],
      ),
    );
    if (options.ignore?.includes(overridden.name)) reported.clear();
    for (const { entry } of context.judged.filter(mayLive)) {
      const { principalArn, kubernetesGroups, policies } = entry;
      if (!isForPeople(entry) || kubernetesGroups.length + policies.length > 0 || reported.has(entry))
        continue;
      const { username } = entryTemplates(entry);
      const rights = rbac?.rightsOf({ username, groups: [] });
      if (rights && rights.own.length + rights.possible().length > 0) continue;
      const unlessBound = `unless a binding names the user ${quoted(username)}, ${ONLY_DEFAULTS}`;
      yield {
        what: `access entry ${printable(principalArn)} has no groups and no access policies`,
        consequence: rights ? undefined : unlessBound,
        help: `Add a group that a binding names, or associate an access policy. If nobody needs the access entry, delete it:\n${deleteEntry(cluster, principalArn)}`,
      };
    }
  },
});

export const accessEntryRules: readonly Rule[] = [
  overridden,
  supersededEntry,
  deadAccessEntry,
  orphanAccessEntry,
  unassignedAccessEntry,
  entryWithoutRights,
  adminByPolicy,
];
