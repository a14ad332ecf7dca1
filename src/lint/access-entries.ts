import {
  type AccessEntry,
  type AccessPolicy,
  type AuthenticationMode,
  defaultUsername,
  entryTemplates,
  isClusterAdminPolicy,
} from '../access-entry.ts';
import { parseArn, withoutPath } from '../arn.ts';
import { callerKey, effectiveEntries } from '../authenticator/caller.ts';
import { isClusterAdmin, MASTERS } from '../authenticator/groups.ts';
import { identityOfEntry, isDenied } from '../authenticator/resolve-caller.ts';
import type { Account, EksCluster, ExistingAccessEntry, Inventory, Role } from '../inventory/model.ts';
import { isOfEarlierRole, isOfLaterRole, permissionSetOf } from '../inventory/provisioned-roles.ts';
import { AUTHENTICATED } from '../rbac/authorizer.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, roleKey } from '../role-name.ts';
import { shellWord } from '../text.ts';
import { type ClusterContext, type LintContext, type ListEntry, modeOf } from './context.ts';

/** An access entry of a provisioned role, and what is known of the role. */
export interface ProvisionedAccessEntry {
  readonly entry: ExistingAccessEntry;
  readonly arn: ProvisionedRoleArn;
  /** Undefined where the account is not in the inventory. */
  readonly account: Account | undefined;
  /** The role that has the name now. */
  readonly role: Role | undefined;
  /** Whether the role is known to be gone. */
  readonly isGone: boolean;
}

export function* provisionedAccessEntries({
  cluster,
  options,
}: Pick<ClusterContext, 'cluster' | 'options'>): Generator<ProvisionedAccessEntry> {
  const { inventory, accounts: scope } = options;
  if (!inventory) return;
  const accounts = new Map(inventory.accounts.map((account) => [account.id, account]));
  const roles = new Map(inventory.roles.map((role) => [roleKey(role), role]));
  for (const entry of cluster.accessEntries) {
    const arn = provisionedArn(entry, inventory);
    if (!arn || scope?.has(arn.accountId) === false) continue;
    const account = accounts.get(arn.accountId);
    const role = roles.get(roleKey(arn));
    const isNewer = isOfLaterRole(entry, inventory);
    yield { entry, arn, account, role, isGone: account?.rolesRead === true && !role && !isNewer };
  }
}

/** Anybody may give a role such a name, but not create one on the path of Identity Center. */
function provisionedArn(
  { principalArn }: AccessEntry,
  { partition }: Inventory,
): ProvisionedRoleArn | undefined {
  const arn = parseArn(principalArn);
  if (arn?.partition !== partition || permissionSetOf(arn) === undefined) return undefined;
  return parseProvisionedRoleArn(principalArn);
}

/** Whether the role was re-created since, under the same name. */
export function isDead({ entry, role }: ProvisionedAccessEntry): boolean {
  return role !== undefined && isOfEarlierRole(entry, role);
}

/** The access entries through which nobody gets in, since the role that they were made for is gone. */
export function lostEntries(
  context: Pick<ClusterContext, 'cluster' | 'options'>,
): ReadonlySet<ExistingAccessEntry> {
  const lost = [...provisionedAccessEntries(context)].filter((one) => one.isGone || isDead(one));
  return new Set(lost.map(({ entry }) => entry));
}

/** The entries through which somebody may get in, once their ARN is right: no other entry of the file overrides them. */
export function effectiveListEntries(context: LintContext): readonly ListEntry[] {
  const loaded = (key: 'mapRoles' | 'mapUsers') => context.list(key)?.loaded.entries ?? [];
  const effective = new Set(effectiveEntries({ mapRoles: loaded('mapRoles'), mapUsers: loaded('mapUsers') }));
  return context.entries.filter(({ entry }) => effective.has(entry) && !entry.sso && !isDenied(entry));
}

const OVERRIDDEN = new WeakMap<LintContext, ReadonlyMap<ListEntry, ExistingAccessEntry>>();

/**
 * The entries that would let somebody in, did not an access entry override them: each with that one. Where the access entry is dead, or
 * is of a role that is gone, there is a finding of it.
 */
export function overriddenEntries(context: LintContext): ReadonlyMap<ListEntry, ExistingAccessEntry> {
  const known = OVERRIDDEN.get(context);
  if (known) return known;
  const found = new Map(findOverridden(context));
  OVERRIDDEN.set(context, found);
  return found;
}

function* findOverridden(context: LintContext): Generator<[ListEntry, ExistingAccessEntry]> {
  const { cluster } = context.options;
  if (!cluster || modeOf(context.options) === 'CONFIG_MAP') return;
  const lost = lostEntries({ cluster, options: context.options });
  const byCaller = new Map(
    cluster.accessEntries.flatMap((entry) =>
      lost.has(entry) ? [] : [[principalKey(entry), entry] as const],
    ),
  );
  for (const listEntry of effectiveListEntries(context)) {
    const accessEntry = listEntry.problem ? undefined : byCaller.get(callerKey(listEntry.entry.arn));
    if (accessEntry) yield [listEntry, accessEntry];
  }
}

/** Equal to the `callerKey` of the ARN of an entry of aws-auth that is of the same role or user. */
export function principalKey({ principalArn }: AccessEntry): string {
  return callerKey(withoutPath(principalArn));
}

/** Whether both give the same username and groups, and both or none of them all rights. */
export function grantsSame({ entry }: ListEntry, accessEntry: AccessEntry): boolean {
  const before = identityOfEntry(entry);
  const after = entryTemplates(accessEntry);
  const { policies } = accessEntry;
  return (
    before?.username === after.username &&
    namedGroups(before.groups) === namedGroups(after.groups) &&
    isClusterAdmin(before) === policies.some(isClusterAdminPolicy) &&
    policies.every(isClusterAdminPolicy)
  );
}

/** The groups that access entries could have, equal for two lists with the same. */
function namedGroups(groups: readonly string[]): string {
  const named = groups.filter((group) => !NOT_NAMED.includes(group));
  return JSON.stringify([...new Set(named)].sort());
}

/** A policy is in the place of the first; the second is everybody's, and the third that of nodes that are not in yet. */
const NOT_NAMED: readonly string[] = [MASTERS, AUTHENTICATED, 'system:bootstrappers'];

/** A parameter of an operation of EKS, as the API names it. */
interface Parameter {
  readonly name: string;
  readonly value: string | readonly string[] | object;
  /** The value as words of a command, without quotes. */
  readonly words: readonly string[];
}

/** The command that deletes an access entry, with its access policies. */
export function deleteEntry(cluster: EksCluster, principalArn: string): string {
  return command(cluster, 'delete-access-entry', [text('principalArn', principalArn)]);
}

/** The command that changes the authentication mode, which cannot be changed back. */
export function changeMode(cluster: EksCluster, mode: AuthenticationMode): string {
  const words = ['update-cluster-config', '--name', cluster.name];
  return eksCommand(cluster, [...words, '--access-config', `authenticationMode=${mode}`]);
}

/**
 * The commands that create for a principal what an access entry gives, a line each. A username that EKS made of the principal's name is
 * left to EKS again.
 */
export function createEntry(cluster: EksCluster, entry: AccessEntry, principalArn: string): string[] {
  const { type, kubernetesGroups, username, policies } = entry;
  const isOwn = username !== null && username !== defaultUsername(entry.principalArn);
  const named = [
    ...(kubernetesGroups.length > 0
      ? [{ name: 'kubernetesGroups', value: kubernetesGroups, words: kubernetesGroups }]
      : []),
    ...(isOwn ? [text('username', username)] : []),
  ];
  return [
    command(cluster, 'create-access-entry', [
      text('principalArn', principalArn),
      text('type', type),
      // Other types have names of their own, and none that could be given.
      ...(type === 'STANDARD' ? named : []),
    ]),
    ...policies.map((policy) => associatePolicy(cluster, principalArn, policy)),
  ];
}

/** The command that gives an access policy to an access entry. */
export function associatePolicy(
  cluster: EksCluster,
  principalArn: string,
  { policyArn, scope }: AccessPolicy,
): string {
  const parameters = [text('principalArn', principalArn), text('policyArn', policyArn), scopeOf(scope)];
  return command(cluster, 'associate-access-policy', parameters);
}

function text(name: string, value: string): Parameter {
  return { name, value, words: [value] };
}

function scopeOf(scope: AccessPolicy['scope']): Parameter {
  const name = 'accessScope';
  if (scope === 'cluster') return { name, value: { type: 'cluster' }, words: ['type=cluster'] };
  const { namespaces } = scope;
  // In the short form of the AWS CLI other characters have a meaning.
  const isShort = namespaces.every((namespace) => /^[\w.*-]+$/.test(namespace));
  const words = isShort ? [`type=namespace,namespaces=${namespaces.join(',')}`] : [''];
  return { name, value: { type: 'namespace', namespaces }, words };
}

function command(cluster: EksCluster, operation: string, parameters: readonly Parameter[]): string {
  return eksCommand(cluster, [operation, '--cluster-name', cluster.name, ...argumentsOf(parameters)]);
}

/** In the region of the cluster: elsewhere another one may have its name. */
function eksCommand({ arn }: EksCluster, words: readonly string[]): string {
  const { region = '' } = parseArn(arn) ?? {};
  const options = /^[a-z0-9-]+$/.test(region) ? ['--region', region] : [];
  return ['aws', 'eks', ...words, ...options].map(shellWord).join(' ');
}

/** As options; as JSON where the AWS CLI would take a value for an option or for the name of a file, or a terminal cannot show it. */
function argumentsOf(parameters: readonly Parameter[]): string[] {
  if (parameters.some(({ words }) => !words.every((word) => PLAIN.test(word))))
    return ['--cli-input-json', asciiJson(parameters)];
  return parameters.flatMap(({ name, words }) => [`--${kebabCase(name)}`, ...words]);
}

const PLAIN = /^(?!-|file:|fileb:|.*##)[!-~]+$/;

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** JSON that a terminal and a runner show as it is. */
function asciiJson(parameters: readonly Parameter[]): string {
  const json = JSON.stringify(Object.fromEntries(parameters.map(({ name, value }) => [name, value])));
  return json.replace(
    /[^ -"$-~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
