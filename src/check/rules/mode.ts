import { lookUpUser } from '../../access-entry/eks-commands.ts';
import type { JudgedAccessEntry } from '../../access-entry/existing-entries.ts';
import { parseArn } from '../../arn.ts';
import type { AwsAuth } from '../../aws-auth/aws-auth.ts';
import { groupsText, isNodeEntry } from '../../aws-auth/groups.ts';
import type { LoadedEntry } from '../../aws-auth/loaded.ts';
import { entriesFromFile, ITS_FINDING_HAS_COMMANDS } from '../../change/advice.ts';
import type { EksCluster } from '../../directory/model.ts';
import { ReadTime } from '../../directory/read-time.ts';
import { MANAGED_NODES } from '../../eks.ts';
import { listed, printable, shellWord } from '../../text.ts';
import type { CheckContext } from '../context.ts';
import {
  type DependentEntry,
  dependentAccounts,
  dependentEntries,
  groupsWithVariables,
  isPartlyUnread,
  isUnknownUser,
} from '../readiness.ts';
import { atArn, atNode, manifestRange, type PlacedDetection, rule, type TextRange } from '../rule.ts';

export const configMapIgnored = rule({
  name: 'config-map-ignored',
  severity: 'error',
  summary:
    'In authentication mode API, EKS ignores aws-auth. With --cluster, reports each entry that has no access entry, or only a dead one; a warning if it might be dead. Needs --authentication-mode or --cluster.',
  consequence: 'this ConfigMap grants no access',
  help: "Create access entries for everyone who needs access (`aws-auth-sso access-entries --from FILE` writes them), and remove the ConfigMap. The mode can't be changed back. `aws-auth-sso check FILE --cluster NAME --authentication-mode API` shows who has no access entry.",
  isAboutMode: true,
  *detect(context) {
    const { awsAuth, eks, mode, clusterText } = context;
    if (!awsAuth || mode !== 'API') return;
    const { document, entries, mapAccounts } = awsAuth;
    const count = entries.length + mapAccounts.entries.length + awsAuth.lostKeys.length;
    if (count + document.problems.length === 0) return;
    const range = manifestRange(document);
    if (eks) yield* lockedOut(context, awsAuth, eks, range);
    else yield { range, what: `${clusterText} has authentication mode API` };
  },
});

const IN_MODE_API = 'in authentication mode API, EKS ignores aws-auth';

/** Entries without a living access entry; otherwise a note that all have one. */
function* lockedOut(
  context: CheckContext,
  awsAuth: AwsAuth,
  cluster: EksCluster,
  range: TextRange,
): Generator<PlacedDetection> {
  const overriding = [...new Set(context.overriddenByAccessEntry.values())];
  const users = overriding.filter(isUnknownUser);
  const found = [
    ...withoutAccessEntry(context, awsAuth, cluster),
    ...lockedAccounts(awsAuth),
    ...(users.length > 0 ? [unknownUsers(users, range)] : []),
  ];
  yield* found;
  if (isPartlyUnread(awsAuth))
    yield {
      range,
      what: `${IN_MODE_API}, and parts of it can't be read`,
      consequence: "can't tell who else is locked out",
      help: 'Fix the file first. `aws-auth-sso check FILE` shows where.',
    };
  else if (found.length === 0)
    yield {
      range,
      severity: 'note',
      what: IN_MODE_API,
      consequence:
        overriding.length > 0
          ? // All of them are alive: the others have warnings.
            'every entry that grants access has an access entry'
          : 'no entry grants access',
      readTime: ReadTime.earliest(context.clusterTime, ...context.judged.map(({ readTime }) => readTime)),
      help: `Remove the ConfigMap once the cluster is in mode API. The mode can't be changed back.`,
    };
}

/**
 * Entries that grant access until the cluster ignores aws-auth, and have no access entry or none that is certainly
 * alive.
 */
function* withoutAccessEntry(
  context: CheckContext,
  awsAuth: AwsAuth,
  cluster: EksCluster,
): Generator<PlacedDetection> {
  const { clusterText, clusterTime } = context;
  for (const dependent of dependentEntries(context)) {
    const { entry, state, accessEntry } = dependent;
    if (state === 'alive') {
      yield* unknownGroups(dependent);
      continue;
    }
    if (accessEntry && state === 'unknown') {
      if (!isUnknownUser(accessEntry)) yield unknownRole(entry, accessEntry);
      continue;
    }
    const which = `${state === 'dead' ? 'only a dead' : 'no'} access entry for ${printable(entry.arn)}`;
    yield atArn(entry, `${IN_MODE_API}, and ${clusterText} has ${which}`, {
      readTime: accessEntry?.readTime ?? clusterTime,
      consequence: isNodeEntry(entry)
        ? "nodes with this role can't join"
        : 'anyone who uses this entry is locked out',
      help:
        state === 'dead'
          ? `Delete the access entry and re-create it: ${ITS_FINDING_HAS_COMMANDS}`
          : creationHelp(cluster, awsAuth.file, isNodeEntry(entry)),
    });
  }
}

function* unknownGroups(dependent: DependentEntry): Generator<PlacedDetection> {
  const groups = groupsWithVariables(dependent);
  if (groups.length === 0) return;
  const what = `${IN_MODE_API}, and the access entry has variables in ${groupsText(groups)}, which EKS doesn't document`;
  yield atArn(dependent.entry, what, {
    severity: 'warning',
    readTime: dependent.accessEntry?.readTime,
    consequence: "if EKS doesn't fill them in, anyone who uses this entry loses permissions",
    help: 'Bind a group without variables, and name it here and in the access entry.',
  });
}

/** A re-created role goes unnoticed until EKS answers 401. */
function unknownRole(
  entry: LoadedEntry,
  { entry: { principalArn, createdAt }, readTime }: JudgedAccessEntry,
): PlacedDetection {
  const { accountId = '', resource = '' } = parseArn(principalArn) ?? {};
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const what = `${IN_MODE_API}, and access entry ${printable(principalArn)} (created ${createdAt}) may be for an earlier role`;
  return atArn(entry, readTime.dated(what), {
    severity: 'warning',
    consequence: isNodeEntry(entry)
      ? "if the role was re-created since, nodes with this role can't join"
      : 'if the role was re-created since, anyone who uses this entry is locked out',
    help: [
      `Make the roles of account ${accountId} readable, or take a new snapshot of them with --cluster. Or compare in that account: the access entry is dead if the role was created after ${createdAt}:`,
      `aws iam get-role --role-name ${shellWord(name)} --query 'Role.[Arn,CreateDate]'`,
    ].join('\n'),
  });
}

/** One finding for all IAM users, because none is looked up. */
function unknownUsers(users: readonly JudgedAccessEntry[], range: TextRange): PlacedDetection {
  const dated = users.map(({ entry }) => `${printable(entry.principalArn)} (${entry.createdAt})`);
  return {
    range,
    severity: 'note',
    what: ReadTime.earliest(...users.map(({ readTime }) => readTime)).dated(
      `${IN_MODE_API}, and ${users.length === 1 ? 'an access entry may be for an earlier IAM user' : `${users.length} access entries may be for earlier IAM users`}`,
    ),
    consequence: 'a user who was re-created since is locked out',
    help: [
      `IAM users aren't looked up. Compare by hand: an access entry is dead if its user was created after it. The access entries: ${listed(dated)}.`,
      ...users.map(({ entry }) => printable(lookUpUser(entry.principalArn))),
    ].join('\n'),
  };
}

function creationHelp(cluster: EksCluster, file: string, isNode: boolean): string {
  const beforehand =
    cluster.authenticationMode === 'CONFIG_MAP' ? 'Change the mode to API_AND_CONFIG_MAP first. ' : '';
  const command = `\`${entriesFromFile(cluster, file, isNode)}\``;
  return isNode
    ? `${beforehand}${MANAGED_NODES}; for other nodes, ${command} writes one.`
    : `${beforehand}${command} writes one, or shows why it can't.`;
}

function lockedAccounts(awsAuth: AwsAuth): PlacedDetection[] {
  return dependentAccounts(awsAuth).map(({ id, item, index }) =>
    atNode('mapAccounts', item, index, `${IN_MODE_API}, and an access entry can't cover a whole account`, {
      consequence: `anyone in account ${id} without an access entry is locked out`,
      help: `Create an access entry for each role and user in account ${id} that needs access, and remove the account here.`,
    }),
  );
}
