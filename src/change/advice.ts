import {
  createEntry,
  deleteEntry,
  disassociatePolicy,
  ofPrincipal,
  updateEntry,
} from '../access-entry/eks-commands.ts';
import { type JudgedAccessEntry, principalKey } from '../access-entry/existing-entries.ts';
import type { KeptGrant } from '../access-entry/proof.ts';
import {
  type GrantDifference,
  grantDifference,
  refusedGroups,
  translatedEntry,
} from '../access-entry/translate-entry.ts';
import { CLUSTER_ADMIN_POLICY, namespaceProblem, POLICY_ITEM, policyOfServices } from '../access-policy.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { groupsText, isNodeEntry } from '../aws-auth/groups.ts';
import { describeGrant, type LoadedEntry } from '../aws-auth/loaded.ts';
import { identityOfEntry, type KubernetesIdentity } from '../aws-auth/resolve-caller.ts';
import { hasVariable } from '../aws-auth/templates.ts';
import type { EksCluster } from '../directory/model.ts';
import {
  type AccessEntry,
  type AccessPolicy,
  defaultUsername,
  entryTemplates,
  isClusterAdminPolicy,
  nodeTypeOf,
  policiesText,
  policyName,
  sessionNameNotes,
  statedPolicyOf,
  usernameProblem,
  writtenPolicy,
} from '../eks.ts';
import { countBy } from '../group-by.ts';
import { USERNAME_OF_EKS } from '../map-entry.ts';
import { memo } from '../memo.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';
import { fileArgument, printable, quoted, shellWord } from '../text.ts';

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

/**
 * The commands, with introductions, that remove what the outputs keep of an existing access entry; undefined if they
 * keep nothing.
 */
export function removalOfKept(
  cluster: EksCluster,
  principalArn: string,
  wanted: AccessEntry,
  { username, policies }: KeptGrant,
  intro: Readonly<Record<'username' | 'policies', string>>,
): string | undefined {
  const own = { ...wanted, username: defaultUsername(principalArn) };
  const lines = [
    ...(username === null ? [] : [intro.username, updateEntry(cluster, own)]),
    ...(policies.length > 0 ? [intro.policies] : []),
    ...policies.map(({ policyArn }) => disassociatePolicy(cluster, principalArn, policyArn)),
  ];
  return lines.length > 0 ? lines.join('\n') : undefined;
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

/** Reminder for steps that delete: what manages the access entry would re-create it, or, as ACK, report an error forever. */
export const OWNED = ' (with Terraform, CloudFormation, eksctl or ACK if one of them manages it)';

const MAKES_ADMIN = ' This makes everyone who can assume the role cluster admin.';
const WHOLE_FILE = ' aws-auth-sso writes a script with access entries for the whole file.';

/**
 * How to correct an access entry so that it grants the same as the aws-auth entry that it overrides. Deletes nothing
 * that can be changed: in mode API, nothing else would grant access.
 * @param cluster with the authentication mode to advise for
 * @param file the aws-auth
 */
export function correction(
  cluster: EksCluster,
  accessEntry: AccessEntry,
  difference: GrantDifference,
  file: string,
): string {
  const { before, after, isOtherKind, isAdminLost, isAdminGained } = difference;
  if (isNodeEntry(before) && !isOtherKind)
    return `The username and groups of a node come from the type of its access entry: use another type, or ${BIND_TO_NODES}`;
  const { principalArn, type, policies } = accessEntry;
  const losses = refusals(before);
  const admin = isAdminLost ? MAKES_ADMIN : '';
  const script = entriesFromFile(cluster, file, isNodeEntry(before));
  const notes = sessionNameNotes(before.username, after.username);
  if (losses.length === 0 && type === typeFor(before)) {
    const wanted = translatedEntry(principalArn, type, before).policies;
    const others = policies.filter(({ policyArn }) => !wanted.some((one) => one.policyArn === policyArn));
    return [
      `If this entry is right, correct the access entry${OWNED}.${admin}${WHOLE_FILE}`,
      // Removals come last, and only if the script succeeds.
      ...(others.length === 0
        ? [script]
        : inOrder([
            ...saveAndRun(script),
            ...others.map(({ policyArn }) => disassociatePolicy(cluster, principalArn, policyArn)),
          ])),
      ...notes,
    ].join('\n');
  }
  const deletion = deleteEntry(cluster, principalArn);
  const also = type === 'STANDARD' ? (isAdminGained ? 'cluster admin' : null) : 'node access';
  const lost = `whatever else it grants${also === null ? '' : `, ${also} included,`} is lost`;
  if (cluster.authenticationMode !== 'API')
    return [
      `If this entry is right, and the cluster's aws-auth has it, delete the access entry${OWNED}: ${lost}, and this entry applies.${admin}`,
      deletion,
      ...losses,
      ...notes,
    ].join('\n');
  // Nothing would replace the access entry.
  if (losses.length > 0) return losses.join('\n');
  const [save, run] = saveAndRun(script);
  return [
    `If this entry is right, replace the access entry, whose type can't be changed${OWNED}: ${lost}, and anyone who uses it is locked out in between.${admin}${WHOLE_FILE}`,
    // The script first: only the access entry may say what path the role has.
    ...inOrder([save, deletion, run]),
    ...notes,
  ].join('\n');
}

/** The commands that save and run a script that a command prints. */
function saveAndRun(command: string): readonly [save: string, run: string] {
  return [`${command} > access-entries.sh`, 'bash access-entries.sh'];
}

/** Commands, one a line; each runs only if the previous one succeeded. */
function inOrder(commands: readonly string[]): string[] {
  return commands.map((command, index) => (index + 1 < commands.length ? `${command} &&` : command));
}

/** The command that writes access entries from an aws-auth. */
export function entriesFromFile({ arn }: EksCluster, file: string, withNodes = false): string {
  const from = printable(fileArgument(file));
  return `aws-auth-sso access-entries --from ${from} --cluster ${printable(shellWord(arn))}${withNodes ? ' --nodes' : ''}`;
}

const BIND_TO_NODES = 'bind the roles that your nodes need to system:nodes.';

/** The access entry type that grants the same as an entry of aws-auth; null if there is no such type. */
function typeFor(before: KubernetesIdentity): string | null {
  return isNodeEntry(before) ? nodeTypeOf(before) : 'STANDARD';
}

/** Sentences about the parts of an entry of aws-auth that no access entry can grant. */
function refusals(before: KubernetesIdentity): string[] {
  const type = typeFor(before);
  if (type === null) return ['No access entry type can grant that.'];
  if (type !== 'STANDARD') {
    const losses = rightsLost(grantDifference(before, translatedEntry('', type, before)));
    const what = losses.join(' or ');
    return losses.length > 0 ? [`Access entry type ${type} doesn't grant ${what}: ${BIND_TO_NODES}`] : [];
  }
  const { username } = before;
  const problem = usernameProblem(username);
  const groups = refusedGroups(before);
  return [
    ...(problem === undefined
      ? []
      : [`An access entry can't have the username ${quoted(username)}: ${problem}.`]),
    ...(groups.length === 0
      ? []
      : [`An access entry can't have the ${groupsText(groups)}: bind another group and map that one.`]),
  ];
}

/** End of a help text of another rule; `dead-access-entry` and `orphan-access-entry` have commands. */
export const ITS_FINDING_HAS_COMMANDS = 'its own finding has the commands.';

/** Number of access entries per caller, by the ARN's `callerKey`. */
export const entriesByCaller = memo(({ accessEntries }: EksCluster) =>
  countBy(accessEntries.map(principalKey)),
);

/**
 * Steps, with commands, for an access entry that grants no access: the changes that a plan has for it. EKS allows one
 * access entry for each principal: the current role's is created first if it has another principal, so that sessions
 * of the old role keep access until then.
 * @param awsAuth the cluster's aws-auth, or null. It applies once the access entry is deleted, so its grant wins over
 * the access entry's.
 * @param role the current role; null if it is gone
 */
export function replacement(
  cluster: EksCluster,
  awsAuth: AwsAuth | null,
  { entry, later }: JudgedAccessEntry,
  role: JudgedAccessEntry['role'],
): string[] {
  const removal = deleteEntry(cluster, entry.principalArn);
  const key = role && roleArnKey(role.pathArn);
  const isOwn = principalKey(entry) === key;
  const others = key === null ? 0 : (entriesByCaller(cluster).get(key) ?? 0);
  if (others > (isOwn ? 1 : 0))
    return [`The role has another access entry: delete this one${OWNED}:`, removal];
  if (later || !role) return [`Delete the access entry${OWNED}:`, removal];
  const { additions, notes, isAdmin } = additionOf(cluster, awsAuth, ofPrincipal(entry, role.pathArn));
  if (additions.length === 0) return [`Delete the access entry${OWNED}:`, removal, ...notes];
  const steps = isOwn
    ? `Delete the access entry${OWNED}, then create it again for the current role.`
    : `Create an access entry for the current role, then delete this one${OWNED}.`;
  const saved = additions.flatMap((one) => (one.startsWith('aws-auth-sso ') ? saveAndRun(one) : one));
  return [
    `${steps} Its tags are lost.${isAdmin ? MAKES_ADMIN : ''}`,
    ...(isOwn ? [removal, ...additions] : inOrder([...saved, removal])),
    ...notes,
  ];
}

/**
 * The commands that add an access entry with the grant of one that grants no access; none if aws-auth grants something
 * that an access entry can't, and would override.
 */
function additionOf(cluster: EksCluster, awsAuth: AwsAuth | null, wanted: AccessEntry) {
  // In mode API, aws-auth never applies.
  const mayCount = cluster.authenticationMode !== 'API';
  const mapped = mayCount ? awsAuth?.entryOfCaller(roleArnKey(wanted.principalArn)) : undefined;
  if (!awsAuth || !mapped)
    return {
      additions: commandsLike(cluster, wanted),
      isAdmin: wanted.policies.some(isClusterAdminPolicy),
      notes:
        !awsAuth && mayCount
          ? ["Without FILE, aws-auth isn't checked: it might grant the role something else."]
          : [],
    };
  const { before } = differenceOf(mapped, wanted);
  const losses = refusals(before);
  const place = `line ${awsAuth.locationOf(mapped).line} of aws-auth`;
  const type = typeFor(before) ?? '';
  return {
    additions: losses.length > 0 ? [] : [entriesFromFile(cluster, awsAuth.file, isNodeEntry(before))],
    isAdmin: translatedEntry(wanted.principalArn, type, before).policies.length > 0,
    notes: [
      `Without an access entry, ${place} applies: ${describeGrant(mapped, 10)}. The access entry had ${grantText(wanted)}.${losses.length > 0 ? '' : WHOLE_FILE}`,
      ...losses,
    ],
  };
}

/** The commands that write an access entry; for a role of a permission set, from a mapping. */
function commandsLike(cluster: EksCluster, entry: AccessEntry): string[] {
  const { principalArn, username, kubernetesGroups, policies } = entry;
  const role = parseProvisionedRoleArn(principalArn);
  if (!role || !isMappable(entry)) return createEntry(cluster, entry, principalArn);
  const items = policies.map(statedPolicyOf).map((stated) => {
    const namespaces = stated.namespaces === null ? '' : `@${stated.namespaces.join('+')}`;
    return `${POLICY_ITEM}${writtenPolicy(stated)}${namespaces}`;
  });
  const mapping = `${role.permissionSet}=${[...kubernetesGroups, ...items].join(',')}`;
  return [
    `aws-auth-sso access-entries --map ${shellWord(mapping)} --username ${shellWord(username ?? 'default')} --account ${role.accountId} --cluster ${printable(shellWord(cluster.arn))}`,
  ];
}

/** True if --map and --username can say what an access entry grants. */
function isMappable({ type, username, kubernetesGroups, policies }: AccessEntry): boolean {
  const isGroup = (group: string) =>
    PLAIN.test(group) &&
    !group.startsWith('system:') &&
    !group.startsWith(POLICY_ITEM) &&
    !hasVariable(group);
  const isPolicy = (policy: AccessPolicy) =>
    policyOfServices(policyName(policy)) === undefined &&
    (policy.scope === 'cluster' ||
      (policyName(policy) !== CLUSTER_ADMIN_POLICY &&
        policy.scope.namespaces.every((namespace) => namespaceProblem(namespace) === undefined)));
  // As --username takes it.
  const isStatable = (name: string) =>
    PLAIN.test(name) &&
    name !== USERNAME_OF_EKS &&
    !hasVariable(name.replaceAll('{{SessionName}}', '')) &&
    usernameProblem(name) === undefined;
  return (
    type === 'STANDARD' &&
    kubernetesGroups.length + policies.length > 0 &&
    (username === null || isStatable(username)) &&
    kubernetesGroups.every(isGroup) &&
    policies.every(isPolicy)
  );
}

/** Printable ASCII without spaces and the separators of --map. */
const PLAIN = /^[!-+\--<>-~]+$/;
