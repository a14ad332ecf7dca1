import {
  type AccessEntry,
  entryTemplates,
  isClusterAdminPolicy,
  nodeTypeOf,
  policiesText,
  policyText,
  sessionNameNotes,
  usernameProblem,
} from '../access-entry.ts';
import { groupsBeside, groupsText, isNodeEntry } from '../authenticator/groups.ts';
import { describeGrant, type LoadedEntry } from '../authenticator/loaded.ts';
import { identityOfEntry, type KubernetesIdentity } from '../authenticator/resolve-caller.ts';
import { type JudgedAccessEntry, principalKey } from '../cluster/access-entry-state.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import {
  type GrantDifference,
  grantDifference,
  isEmpty,
  refusedGroups,
  translatedEntry,
} from '../cluster/translate.ts';
import { countBy } from '../group-by.ts';
import type { EksCluster } from '../inventory/model.ts';
import { memo } from '../memo.ts';
import { roleArnKey } from '../same-arn.ts';
import { listed, printable, quoted } from '../text.ts';
import {
  associatePolicy,
  createEntry,
  deleteEntry,
  disassociatePolicy,
  ofPrincipal,
  updateEntry,
} from './eks-commands.ts';

/** `grantDifference` for an entry of aws-auth. */
export function differenceOf(entry: LoadedEntry, accessEntry: AccessEntry): GrantDifference {
  const before = identityOfEntry(entry) ?? { username: entry.username, groups: entry.groups ?? [] };
  return grantDifference(before, accessEntry);
}

/** True if an access entry grants the same as an entry of aws-auth. */
export function isSame(difference: GrantDifference): boolean {
  const { isOtherKind, isAdminLost, isAdminGained, isOtherUsername, hasPolicies } = difference;
  const isOther = isOtherKind || isAdminLost || isAdminGained || isOtherUsername || hasPolicies;
  return !isOther && difference.lost.length + difference.gained.length === 0;
}

/** `username "…", groups […], policies AmazonEKSViewPolicy in dev-*` */
export function grantText(entry: AccessEntry): string {
  return `${describeGrant(entryTemplates(entry), 10)}, ${policiesText(entry.policies)}`;
}

/** Everything that the entry of aws-auth grants and the access entry doesn't, as noun phrases. */
export function lossesIn(difference: GrantDifference): string[] {
  const { before, isOtherKind } = difference;
  if (isOtherKind) return [isNodeEntry(before) ? 'node access' : 'access for people'];
  return rightsLost(difference);
}

function rightsLost({ isAdminLost, lost }: GrantDifference): string[] {
  return [...(isAdminLost ? ['cluster admin'] : []), ...(lost.length > 0 ? [groupsText(lost)] : [])];
}

/**
 * How to make an access entry grant what an entry of aws-auth grants: steps with commands, and any difference that
 * remains.
 */
export function correction(
  cluster: EksCluster,
  accessEntry: AccessEntry,
  difference: GrantDifference,
): string {
  const { before, isOtherKind } = difference;
  const wanted = typeFor(before);
  if (isOtherKind || (wanted !== null && missingWith(wanted, before) < missingWith(accessEntry.type, before)))
    return exchange(cluster, accessEntry, wanted, difference).join('\n');
  if (isNodeEntry(before)) return correctNodes(cluster, accessEntry, difference);
  return correctPeople(cluster, accessEntry, difference).join('\n') || COMPARE;
}

const IF_MEANT = 'If this entry is right, ';
const COMPARE = 'Compare the permissions of its access policies by hand: aws-auth has no equivalent.';

/** How many groups of a node entry an access entry type lacks; 0 for people, because STANDARD takes any group. */
function missingWith(type: string, before: KubernetesIdentity): number {
  if (!isNodeEntry(before)) return 0;
  return grantDifference(before, translatedEntry('', type, before)).fewer.length;
}

/** Replaces an access entry that has the wrong type. */
function exchange(
  cluster: EksCluster,
  accessEntry: AccessEntry,
  type: string | null,
  difference: GrantDifference,
): string[] {
  const { before } = difference;
  if (type === null)
    return [
      'Map the nodes with the username and groups that EKS documents, then replace the access entry with one of their type.',
    ];
  const { principalArn } = accessEntry;
  const entry = translatedEntry(principalArn, type, before);
  const losses = refusals(before, type);
  if (losses.length > 0 && type === 'STANDARD' && isEmpty(entry))
    return [...losses, "Then replace the access entry: its type can't be changed."];
  return [
    `${IF_MEANT}replace the access entry: its type can't be changed${adminText(entry)}. Everyone who uses it today (${grantText(accessEntry)}) loses access:`,
    deleteEntry(cluster, principalArn),
    ...createEntry(cluster, entry, principalArn),
    ...losses,
  ];
}

/** A node's username and groups come from the type of its access entry. */
function correctNodes(cluster: EksCluster, accessEntry: AccessEntry, difference: GrantDifference): string {
  const { before, lost, gained, isAdminLost, isAdminGained, isOtherUsername } = difference;
  // Without the policy, groups that the type lacks make a difference again.
  if (isAdminGained)
    return [
      `${IF_MEANT}correct the access entry:`,
      ...withoutAdmin(cluster, accessEntry),
      ...refusals(before, accessEntry.type),
    ].join('\n');
  if (lost.length > 0 || isAdminLost)
    return `The groups of a node come from the type of its access entry: ${BIND_TO_NODES}`;
  return gained.length > 0 || isOtherUsername
    ? 'The username and groups of a node come from the type of its access entry.'
    : COMPARE;
}

const BIND_TO_NODES = 'bind the roles that your nodes need to system:nodes.';

/**
 * Changes an access entry for people. Removes its extra permissions last, and only once it grants everything that the
 * entry of aws-auth grants: until then they may be the only access that people have.
 */
function correctPeople(cluster: EksCluster, accessEntry: AccessEntry, difference: GrantDifference): string[] {
  const { before, lost, isAdminLost, isAdminGained, isOtherUsername } = difference;
  const { principalArn, kubernetesGroups: there, policies } = accessEntry;
  const wanted = translatedEntry(principalArn, 'STANDARD', before);
  const isAdmin = wanted.policies.length > 0;
  const missing = wanted.kubernetesGroups.filter((group) => !there.includes(group));
  // Other groups make no difference to a cluster admin.
  const extra = isAdmin ? [] : groupsBeside(there, before.groups, 'STANDARD');
  const refused = isAdmin ? refusedGroups({ groups: lost }) : refusedGroups(before);
  const isNamed = !isOtherUsername || wanted.username !== null;
  const isAddedOnly = isAdmin || refused.length > 0 || (!isNamed && isEmpty(wanted));
  const isChanged = isAdmin
    ? isAdminLost && missing.length > 0
    : missing.length > 0 || (!isAddedOnly && extra.length > 0);
  const changed = {
    ...(isChanged
      ? { kubernetesGroups: isAddedOnly ? [...there, ...missing] : wanted.kubernetesGroups }
      : {}),
    ...(isOtherUsername && wanted.username !== null ? { username: wanted.username } : {}),
  };
  const commands = [
    ...(Object.keys(changed).length > 0 ? [updateEntry(cluster, { ...accessEntry, ...changed })] : []),
    ...(isAdminLost ? wanted.policies.map((policy) => associatePolicy(cluster, principalArn, policy)) : []),
    ...(isAdminGained && !isAddedOnly ? withoutAdmin(cluster, accessEntry) : []),
  ];
  const kept = [
    ...(isAddedOnly && isAdminGained ? ['cluster admin'] : []),
    ...(isAddedOnly && extra.length > 0 ? [groupsText(extra)] : []),
  ];
  const others = policies
    .filter((policy) => !isClusterAdminPolicy(policy))
    .map((one) => printable(policyText(one)));
  return [
    ...(commands.length > 0
      ? [`${IF_MEANT}correct the access entry${others.length > 0 ? ` (it keeps ${listed(others)})` : ''}:`]
      : []),
    ...commands,
    ...sessionNameNotes(before.username, entryTemplates(accessEntry).username),
    ...(isNamed ? [] : usernameRefusal(before)),
    ...groupRefusal(refused),
    ...(kept.length > 0
      ? [
          `Until then, don't remove ${kept.join(' and ')} from the access entry: people may have no other access.`,
        ]
      : []),
  ];
}

/** Warns of commands that make people cluster admin. */
function adminText({ policies }: AccessEntry): string {
  return policies.some(isClusterAdminPolicy) ? '; this makes everyone with the role cluster admin' : '';
}

/** The commands that remove the cluster admin policies. */
function withoutAdmin(cluster: EksCluster, { principalArn, policies }: AccessEntry): string[] {
  return policies
    .filter(isClusterAdminPolicy)
    .map(({ policyArn }) => disassociatePolicy(cluster, principalArn, policyArn));
}

/** The access entry type that grants the same as an entry of aws-auth; null if there is no such type. */
function typeFor(before: KubernetesIdentity): string | null {
  return isNodeEntry(before) ? nodeTypeOf(before) : 'STANDARD';
}

/** Sentences about the parts of an entry of aws-auth that an access entry of a type can't grant. */
function refusals(before: KubernetesIdentity, type: string): string[] {
  if (type === 'STANDARD') return [...usernameRefusal(before), ...groupRefusal(refusedGroups(before))];
  const losses = rightsLost(grantDifference(before, translatedEntry('', type, before)));
  return losses.length > 0
    ? [`Access entry type ${type} doesn't grant ${losses.join(' or ')}: ${BIND_TO_NODES}`]
    : [];
}

function usernameRefusal({ username }: KubernetesIdentity): string[] {
  const problem = usernameProblem(username);
  return problem === undefined
    ? []
    : [`An access entry can't have the username ${quoted(username)}: ${problem}.`];
}

function groupRefusal(groups: readonly string[]): string[] {
  return groups.length === 0
    ? []
    : [`An access entry can't have the ${groupsText(groups)}: bind another group and map that one.`];
}

/** Reminder for steps with commands: a tool that manages the access entry would re-create it. */
export const OWNED = ' (with Terraform, CloudFormation or eksctl if one of them manages it)';

/** End of a help text of another rule; `dead-access-entry` and `orphan-access-entry` have commands. */
export const ITS_FINDING_HAS_COMMANDS = 'its own finding has the commands.';

/** Number of access entries per caller, by the ARN's `callerKey`. */
export const entriesByCaller = memo(({ accessEntries }: EksCluster) =>
  countBy(accessEntries.map(principalKey)),
);

/**
 * Steps, with commands, for an access entry that grants no access.
 * @param awsAuth see `recreation`
 * @param role the current role; null if it is gone
 */
export function replacement(
  cluster: EksCluster,
  awsAuth: AwsAuth | null,
  { entry, later, state }: JudgedAccessEntry,
  role: JudgedAccessEntry['role'],
): string[] {
  const deletion = deleteEntry(cluster, entry.principalArn);
  const key = role && roleArnKey(role.pathArn);
  const others = key === null ? 0 : (entriesByCaller(cluster).get(key) ?? 0);
  if (others > (principalKey(entry) === key ? 1 : 0))
    return [`The role has another access entry: delete this one${OWNED}:`, deletion];
  if (later || !role) return [`Delete the access entry${OWNED}:`, deletion];
  const { commands, notes, admin } = recreation(cluster, awsAuth, entry, role.pathArn);
  if (commands.length === 0)
    return [`To make aws-auth apply to the role again, delete the access entry${OWNED}:`, deletion, ...notes];
  // Sessions of a role that still exists stay valid until they expire.
  if (state === 'superseded')
    return [
      `Create an access entry for the new role, then delete this one${OWNED}; its tags are lost${admin}:`,
      ...commands,
      deletion,
      ...notes,
    ];
  return [
    `Delete the access entry and re-create it for the current role${OWNED}; its tags are lost${admin}:`,
    deletion,
    ...commands,
    ...notes,
  ];
}

/** How to re-create an access entry. */
interface Recreation {
  /** Empty if aws-auth grants something that an access entry can't, and would override. */
  readonly commands: readonly string[];
  /** Text before the commands if they make people cluster admin. */
  readonly admin: string;
  /** How the result differs from the old access entry. */
  readonly notes: readonly string[];
}

/**
 * How to re-create an access entry that grants no access.
 * @param awsAuth the cluster's aws-auth, or null. It applies once the access entry is deleted, so its grant wins over
 * the old access entry's.
 * @param principalArn the current role's ARN
 */
export function recreation(
  cluster: EksCluster,
  awsAuth: AwsAuth | null,
  accessEntry: AccessEntry,
  principalArn: string,
): Recreation {
  const gave = ofPrincipal(accessEntry, principalArn);
  // In mode API, aws-auth never applies.
  const mayCount = cluster.authenticationMode !== 'API';
  const mapped = mayCount ? awsAuth?.entryOfCaller(roleArnKey(principalArn)) : undefined;
  const difference = mapped && differenceOf(mapped, gave);
  if (!mapped || !difference || isSame(difference))
    return {
      commands: createEntry(cluster, gave, principalArn),
      admin: adminText(gave),
      notes:
        !awsAuth && mayCount
          ? ["Without FILE, aws-auth isn't checked: it might grant the role something else."]
          : [],
    };
  const { before } = difference;
  const type = typeFor(before);
  const place = `line ${awsAuth?.locationOf(mapped).line} of aws-auth`;
  const granted = describeGrant(mapped, 10);
  const old = `The access entry was different: it had ${grantText(gave)}.`;
  const losses = type === null ? ['No access entry type can grant that.'] : refusals(before, type);
  if (type === null || losses.length > 0)
    return {
      commands: [],
      admin: '',
      notes: [`Then ${place} applies: ${granted}. ${old}`, ...losses],
    };
  const wanted = translatedEntry(principalArn, type, before);
  return {
    commands: createEntry(cluster, wanted, principalArn),
    admin: adminText(wanted),
    notes: [`These commands match ${place}: ${granted}. ${old}`],
  };
}
