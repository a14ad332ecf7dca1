import {
  type AccessEntry,
  entryTemplates,
  isClusterAdminPolicy,
  nodeTypeOf,
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

/** As `grantDifference`. */
export function differenceOf(entry: LoadedEntry, accessEntry: AccessEntry): GrantDifference {
  const before = identityOfEntry(entry) ?? { username: entry.username, groups: entry.groups ?? [] };
  return grantDifference(before, accessEntry);
}

/** Whether an access entry gives what an entry of aws-auth does. */
export function isSame(difference: GrantDifference): boolean {
  const { isOtherKind, isAdminLost, isAdminGained, isOtherUsername, hasPolicies } = difference;
  const isOther = isOtherKind || isAdminLost || isAdminGained || isOtherUsername || hasPolicies;
  return !isOther && difference.lost.length + difference.gained.length === 0;
}

/** `username "…", groups […], policies AmazonEKSViewPolicy in dev-*` */
export function grantText(entry: AccessEntry): string {
  const policies = entry.policies.map((policy) => printable(policyText(policy)));
  return [
    describeGrant(entryTemplates(entry), 10),
    policies.length > 0 ? `policies ${policies.join(', ')}` : 'no access policies',
  ].join(', ');
}

/** What somebody no longer has who had it by an entry of aws-auth. */
export function lossesIn(difference: GrantDifference): string[] {
  const { before, isOtherKind } = difference;
  if (isOtherKind) return [isNodeEntry(before) ? 'what lets nodes join' : 'what lets people in'];
  return rightsLost(difference);
}

function rightsLost({ isAdminLost, lost }: GrantDifference): string[] {
  return [...(isAdminLost ? ['cluster admin'] : []), ...(lost.length > 0 ? [groupsText(lost)] : [])];
}

/** How an access entry comes to give what an entry of aws-auth does: what to do, with commands, and what it gives then if that is not the same. */
export function correction(
  cluster: EksCluster,
  accessEntry: AccessEntry,
  difference: GrantDifference,
): string {
  const { before, isOtherKind } = difference;
  const wanted = typeFor(before);
  if (isOtherKind || (wanted !== null && missingWith(wanted, before) < missingWith(accessEntry.type, before)))
    return exchange(cluster, accessEntry, wanted, difference).join('\n');
  if (isNodeEntry(before)) return ofNodes(cluster, accessEntry, difference);
  return ofPeople(cluster, accessEntry, difference).join('\n') || COMPARE;
}

const IF_MEANT = 'If this entry is what is meant, ';
const COMPARE = 'Compare what its access policies allow: aws-auth has nothing like them.';

/** How many groups of nodes their access entry lacks by its type; none of people, who may have any by the one type there is for them. */
function missingWith(type: string, before: KubernetesIdentity): number {
  if (!isNodeEntry(before)) return 0;
  return grantDifference(before, translatedEntry('', type, before)).fewer.length;
}

/** Replaces an access entry of another type. */
function exchange(
  cluster: EksCluster,
  accessEntry: AccessEntry,
  type: string | null,
  difference: GrantDifference,
): string[] {
  const { before } = difference;
  if (type === null) return ['Map the nodes as EKS does, and replace the access entry by one of their type.'];
  const { principalArn } = accessEntry;
  const entry = translatedEntry(principalArn, type, before);
  const losses = cannotGive(before, type);
  if (losses.length > 0 && type === 'STANDARD' && isEmpty(entry))
    return [...losses, 'Then replace the access entry, whose type cannot be changed.'];
  return [
    `${IF_MEANT}replace the access entry, whose type cannot be changed${adminText(entry)}. Whoever gets in through it today (${grantText(accessEntry)}) loses access:`,
    deleteEntry(cluster, principalArn),
    ...createEntry(cluster, entry, principalArn),
    ...losses,
  ];
}

/** Nodes get username and groups by the type of their access entry. */
function ofNodes(cluster: EksCluster, accessEntry: AccessEntry, difference: GrantDifference): string {
  const { lost, gained, isAdminLost, isAdminGained, isOtherUsername } = difference;
  if (isAdminGained)
    return [`${IF_MEANT}correct the access entry:`, ...withoutAdmin(cluster, accessEntry)].join('\n');
  if (lost.length > 0 || isAdminLost)
    return 'Nodes get their groups by the type of the access entry: bind what they need to system:nodes.';
  return gained.length > 0 || isOtherUsername
    ? 'Nodes get username and groups by the type of the access entry.'
    : COMPARE;
}

/**
 * Changes an access entry of people. What it gives in addition is taken away last, and only once it can give all that the entry of aws-auth
 * does: until then it may be all that they have.
 */
function ofPeople(cluster: EksCluster, accessEntry: AccessEntry, difference: GrantDifference): string[] {
  const { before, lost, isAdminLost, isAdminGained, isOtherUsername } = difference;
  const { principalArn, kubernetesGroups: there, policies } = accessEntry;
  const wanted = translatedEntry(principalArn, 'STANDARD', before);
  const isAdmin = wanted.policies.length > 0;
  const missing = wanted.kubernetesGroups.filter((group) => !there.includes(group));
  // An administrator's other groups make no difference.
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
      ? [`${IF_MEANT}correct the access entry${others.length > 0 ? `, which keeps ${listed(others)}` : ''}:`]
      : []),
    ...commands,
    ...sessionNameNotes(before.username, entryTemplates(accessEntry).username),
    ...(isNamed ? [] : usernameRefusal(before)),
    ...groupRefusal(refused),
    ...(kept.length > 0
      ? [
          `Until then, don't remove ${kept.join(' and ')} from the access entry: its people may have nothing else.`,
        ]
      : []),
  ];
}

/** No command makes administrators without a word of it. */
function adminText({ policies }: AccessEntry): string {
  return policies.some(isClusterAdminPolicy) ? '; this makes everyone with the role a cluster admin' : '';
}

/** The commands that take away what makes administrators. */
function withoutAdmin(cluster: EksCluster, { principalArn, policies }: AccessEntry): string[] {
  return policies
    .filter(isClusterAdminPolicy)
    .map(({ policyArn }) => disassociatePolicy(cluster, principalArn, policyArn));
}

/** The type of access entry that gives what an entry of aws-auth does; null where none does. */
function typeFor(before: KubernetesIdentity): string | null {
  return isNodeEntry(before) ? nodeTypeOf(before) : 'STANDARD';
}

/** What no access entry of a type can give of an entry of aws-auth. */
function cannotGive(before: KubernetesIdentity, type: string): string[] {
  if (type === 'STANDARD') return [...usernameRefusal(before), ...groupRefusal(refusedGroups(before))];
  const losses = rightsLost(grantDifference(before, translatedEntry('', type, before)));
  return losses.length > 0
    ? [
        `Nodes get their groups by the type ${type}, without ${losses.join(' and ')}: bind what they need to system:nodes.`,
      ]
    : [];
}

function usernameRefusal({ username }: KubernetesIdentity): string[] {
  const problem = usernameProblem(username);
  return problem === undefined
    ? []
    : [`No access entry can have the username ${quoted(username)}: ${problem}.`];
}

function groupRefusal(groups: readonly string[]): string[] {
  return groups.length === 0
    ? []
    : [`No access entry can have the ${groupsText(groups)}: bind another name, and map that.`];
}

/** Behind what commands are to do: who made an access entry by other means would make it again. */
export const OWNED = ' (with Terraform, CloudFormation or eksctl, where one of them made it)';

/** How many access entries a cluster has for each caller, by the `callerKey` of the ARN. */
export const entriesByCaller = memo(({ accessEntries }: EksCluster) =>
  countBy(accessEntries.map(principalKey)),
);

/**
 * What to do about an access entry through which nobody gets in, with commands.
 * @param awsAuth as for `recreation`
 * @param role that there is now; null where there is none
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
    return [
      `Delete the access entry${OWNED}, so that aws-auth applies to the role again:`,
      deletion,
      ...notes,
    ];
  // Sessions of a role that is still there go on until they end.
  if (state === 'superseded')
    return [
      `Create an access entry for the role that there is now, then delete this one${OWNED}; its tags are not kept${admin}:`,
      ...commands,
      deletion,
      ...notes,
    ];
  return [
    `Delete the access entry, and create it again for the role that there is now${OWNED}; its tags are not kept${admin}:`,
    deletion,
    ...commands,
    ...notes,
  ];
}

/** How an access entry is created again. */
interface Recreation {
  /** None where aws-auth gives what no access entry can: one would take it away. */
  readonly commands: readonly string[];
  /** What is to be said before: that they make administrators. */
  readonly admin: string;
  /** What they give where that is not what the access entry gave. */
  readonly notes: readonly string[];
}

/**
 * How an access entry through which nobody gets in is created again.
 * @param awsAuth of the cluster, null where it is not given: it counts once the access entry is deleted, so what it gives the role is meant
 * @param principalArn of the role that there is now
 */
export function recreation(
  cluster: EksCluster,
  awsAuth: AwsAuth | null,
  accessEntry: AccessEntry,
  principalArn: string,
): Recreation {
  const gave = ofPrincipal(accessEntry, principalArn);
  // In mode API nobody comes back to aws-auth.
  const mayCount = cluster.authenticationMode !== 'API';
  const mapped = mayCount ? awsAuth?.entryOfCaller(roleArnKey(principalArn)) : undefined;
  const difference = mapped && differenceOf(mapped, gave);
  if (!mapped || !difference || isSame(difference))
    return {
      commands: createEntry(cluster, gave, principalArn),
      admin: adminText(gave),
      notes:
        !awsAuth && mayCount
          ? ['Without FILE it is not known whether aws-auth gives the role something else.']
          : [],
    };
  const { before } = difference;
  const type = typeFor(before);
  const line = `line ${awsAuth?.locationOf(mapped).line} of aws-auth gives the same role: ${describeGrant(mapped, 10)}`;
  const losses = type === null ? ['No type of access entry gives that.'] : cannotGive(before, type);
  if (type === null || losses.length > 0)
    return {
      commands: [],
      admin: '',
      notes: [`This is what ${line}. The access entry gave something else: ${grantText(gave)}.`, ...losses],
    };
  const wanted = translatedEntry(principalArn, type, before);
  return {
    commands: createEntry(cluster, wanted, principalArn),
    admin: adminText(wanted),
    notes: [`This is what ${line}. The access entry gave something else: ${grantText(gave)}.`],
  };
}
