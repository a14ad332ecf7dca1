import { type Arn, formatArn, parseArn, partitionOfRegion } from '../arn.ts';
import { printable } from '../text.ts';
import type { Answer, Operation } from './answers.ts';

/** A call's request, and the account and partition that must answer it. */
export interface Expected {
  readonly input: object;
  readonly region: string;
  /** Undefined for the region's partition. */
  readonly partition?: string | undefined;
  /** Undefined until the account of the credentials is known. */
  readonly accountId?: string | undefined;
}

/** A valid answer to a different question, or one that contradicts itself. */
class Contradiction extends Error {
  override readonly name = 'Contradiction';
}

/** Returns both sides of a contradiction; undefined if the answer agrees. */
type Check<Name extends Operation> = (answer: Answer<Name>, asked: SentRequest) => string | undefined;

/** The request by its members, and what is known about the caller. */
interface SentRequest extends Pick<Expected, 'accountId' | 'region'> {
  readonly partition: string;
  readonly text: (member: string) => string | undefined;
}

type ListedAccount = Answer<'ListAccounts'>['Accounts'][number];

/**
 * How each answer must agree with its request: every member that repeats part of the request, and every ARN. Lists of
 * several pages, and answers to different calls, are compared by the caller.
 */
const CHECKS: { readonly [Name in Operation]: Check<Name> } = {
  GetCallerIdentity: ({ Account, Arn }, { partition, accountId }) =>
    differs('account', accountId, Account) ??
    (isIn(parseArn(Arn), { partition, accountId: Account })
      ? undefined
      : `account ${Account} in partition ${partition} doesn't match ${printable(Arn)}`),
  AssumeRole: assumedRole,
  AssumeRoleWithWebIdentity: assumedRole,
  ListRoles: ({ Roles, IsTruncated, Marker }, facts) =>
    IsTruncated === false && Marker
      ? 'IsTruncated is false, but there is a Marker'
      : first(Roles, (role) => strayRole(role, facts)),
  ListAccounts: ({ Accounts }) => first(Accounts, inconsistentAccount),
  ListAccountsForParent: ({ Accounts }, { text }) =>
    first(Accounts, (account) => {
      const { Id, Paths } = account;
      const unitId = Paths?.[0]?.split('/').findLast((part) => /^(r|ou)-/.test(part));
      const problem = differs('the accounts in', text('ParentId'), unitId);
      return inconsistentAccount(account) ?? (problem && `${problem} for account ${Id}`);
    }),
  ListOrganizationalUnitsForParent: ({ OrganizationalUnits }, { text }) =>
    first(OrganizationalUnits, ({ Id }) =>
      Id === text('ParentId') ? `${printable(Id)} is listed as its own child` : undefined,
    ),
  ListRoots: () => undefined,
  ListParents: ({ Parents }, { text }) =>
    first(Parents, ({ Id }) =>
      Id === text('ChildId') ? `${printable(Id)} is listed as its own parent` : undefined,
    ),
  DescribeOrganization: ({ Organization: { MasterAccountId, MasterAccountArn } }) =>
    MasterAccountArn && !MasterAccountArn.endsWith(`/${MasterAccountId}`)
      ? `account ${MasterAccountId} doesn't match ${printable(MasterAccountArn)}`
      : undefined,
  DescribeOrganizationalUnit: ({ OrganizationalUnit }, { text }) =>
    differs('unit', text('OrganizationalUnitId'), OrganizationalUnit.Id),
  ListInstances: ({ Instances }, { partition }) =>
    first(Instances, ({ InstanceArn }) => inOtherPartition(InstanceArn, partition)),
  ListPermissionSets: ({ PermissionSets }, { text }) =>
    first(PermissionSets, (arn) => ofOtherInstance(arn, text('InstanceArn'))),
  DescribePermissionSet: ({ PermissionSet }, { text }) =>
    differs('permission set', text('PermissionSetArn'), PermissionSet.PermissionSetArn),
  ListPermissionSetsProvisionedToAccount: ({ PermissionSets }, { text }) =>
    first(PermissionSets, (arn) => ofOtherInstance(arn, text('InstanceArn'))),
  ListAccountAssignments: ({ AccountAssignments }, { text }) =>
    first(
      AccountAssignments,
      ({ AccountId, PermissionSetArn }) =>
        differs('account', text('AccountId'), AccountId) ??
        differs('permission set', text('PermissionSetArn'), PermissionSetArn),
    ),
  ListAccountAssignmentsForPrincipal: ({ AccountAssignments }, { text }) =>
    first(
      AccountAssignments,
      ({ PermissionSetArn, PrincipalType, PrincipalId }) =>
        ofOtherInstance(PermissionSetArn, text('InstanceArn')) ??
        // An assignment through a group names the group.
        (text('PrincipalType') === 'USER' && PrincipalType === 'GROUP'
          ? undefined
          : differs(
              'principal',
              `${text('PrincipalType')} ${text('PrincipalId')}`,
              `${PrincipalType} ${PrincipalId}`,
            )),
    ),
  ListUsers: ({ Users }, facts) => first(Users, (user) => inOtherStore(user, facts)),
  ListGroups: ({ Groups }, facts) => first(Groups, (group) => inOtherStore(group, facts)),
  DescribeUser: (user, facts) =>
    inOtherStore(user, facts) ?? differs('user', facts.text('UserId'), user.UserId),
  DescribeGroup: (group, facts) =>
    inOtherStore(group, facts) ?? differs('group', facts.text('GroupId'), group.GroupId),
  GetUserId: inOtherStore,
  GetGroupId: inOtherStore,
  ListGroupMemberships: ({ GroupMemberships }, facts) =>
    first(
      GroupMemberships,
      (membership) =>
        inOtherStore(membership, facts) ??
        differs('the members of group', facts.text('GroupId'), membership.GroupId),
    ),
  ListGroupMembershipsForMember: ({ GroupMemberships }, facts) =>
    first(
      GroupMemberships,
      (membership) =>
        inOtherStore(membership, facts) ??
        differs('the groups of user', facts.text('MemberId.UserId'), membership.MemberId?.UserId),
    ),
  ListClusters: () => undefined,
  DescribeCluster: ({ cluster: { name, arn } }, { partition, region, accountId, text }) => {
    const resource = `cluster/${text('name')}`;
    const asked = accountId && formatArn({ partition, service: 'eks', region, accountId, resource });
    return differs('cluster', text('name'), name) ?? differs('cluster', asked, arn);
  },
  ListIdentityProviderConfigs: () => undefined,
  DescribeIdentityProviderConfig: ({ identityProviderConfig: { oidc } }, { text }) =>
    differs('cluster', text('clusterName'), oidc.clusterName),
  ListCapabilities: () => undefined,
  DescribeCapability: ({ capability: { capabilityName, clusterName, roleArn } }, { text, partition }) =>
    differs('cluster', text('clusterName'), clusterName) ??
    differs('capability', text('capabilityName'), capabilityName) ??
    inOtherPartition(roleArn, partition),
  ListAccessEntries: ({ accessEntries }, { partition }) =>
    first(accessEntries, (arn) => inOtherPartition(arn, partition)),
  DescribeAccessEntry: ({ accessEntry: { clusterName, principalArn } }, { text }) =>
    differs('cluster', text('clusterName'), clusterName) ??
    differs('access entry', text('principalArn'), principalArn),
  ListAssociatedAccessPolicies: ({ clusterName, principalArn, associatedAccessPolicies }, facts) =>
    differs('cluster', facts.text('clusterName'), clusterName) ??
    differs('the policies of access entry', facts.text('principalArn'), principalArn) ??
    first(associatedAccessPolicies, ({ policyArn }) => inOtherPartition(policyArn, facts.partition)),
};

/** @throws Contradiction naming what was asked and what came back */
export function requireAgreement<Name extends Operation>(
  operation: Name,
  answer: Answer<Name>,
  { input, region, partition = partitionOfRegion(region), accountId }: Expected,
): void {
  const check = CHECKS[operation] as Check<Name>;
  const text = (member: string) => textIn(input, member.split('.'));
  const problem = check(answer, { region, partition, accountId, text });
  if (problem !== undefined) throw new Contradiction(problem);
}

/** The message for a mismatch; undefined if both sides are equal, or one is missing. */
function differs(
  what: string,
  asked: string | undefined,
  got: string | null | undefined,
): string | undefined {
  if (asked === undefined || got === undefined || got === null || asked === got) return undefined;
  return `asked for ${what} ${printable(asked)}, got ${printable(got)}`;
}

function first<T>(items: readonly T[], check: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const problem = check(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function textIn(value: unknown, [member, ...rest]: readonly string[]): string | undefined {
  if (member === undefined) return typeof value === 'string' ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return textIn(new Map(Object.entries(value)).get(member), rest);
}

function isIn(
  arn: Arn | undefined,
  { partition, accountId }: { readonly partition: string; readonly accountId: string | undefined },
): boolean {
  return arn?.partition === partition && (accountId === undefined || arn.accountId === accountId);
}

function inOtherPartition(arn: string, partition: string): string | undefined {
  return parseArn(arn)?.partition === partition
    ? undefined
    : `asked in partition ${partition}, got ${printable(arn)}`;
}

/** STS builds the ARN from role name and session name, without the role's path. */
function assumedRole(
  { AssumedRoleUser: { Arn } }: Answer<'AssumeRole'>,
  { text }: SentRequest,
): string | undefined {
  const asked = parseArn(text('RoleArn') ?? '');
  if (!asked) return undefined;
  const { partition, accountId, resource } = asked;
  const [role, session] = [resource.slice(resource.lastIndexOf('/') + 1), text('RoleSessionName')];
  const expected = `arn:${partition}:sts::${accountId}:assumed-role/${role}/${session}`;
  // IAM names are unique regardless of case, and a config may use a different case.
  return expected.toLowerCase() === Arn.toLowerCase() ? undefined : differs('session', expected, Arn);
}

function strayRole(
  { Arn, RoleName }: Answer<'ListRoles'>['Roles'][number],
  { partition, accountId, text }: SentRequest,
): string | undefined {
  const arn = parseArn(Arn);
  const prefix = `role${text('PathPrefix') ?? '/'}`;
  const isAsked =
    arn?.service === 'iam' && isIn(arn, { partition, accountId }) && arn.resource.startsWith(prefix);
  if (!isAsked)
    return `asked for ${prefix}* in account ${accountId ?? ''} in partition ${partition}, got ${printable(Arn)}`;
  return arn.resource.endsWith(`/${RoleName}`)
    ? undefined
    : `role ${printable(RoleName)} has ARN ${printable(Arn)}`;
}

function inconsistentAccount({ Id, Arn, Paths }: ListedAccount): string | undefined {
  const [path] = Paths ?? [];
  const inPath = path?.split('/').findLast((part) => /^\d{12}$/.test(part)) ?? Id;
  const other = Arn && !Arn.endsWith(`/${Id}`) ? Arn : inPath === Id ? undefined : path;
  return other && `account ${Id} is listed with ${printable(other)}`;
}

/** `arn:aws:sso:::permissionSet/ssoins-1/ps-1` belongs to `arn:aws:sso:::instance/ssoins-1`. */
function ofOtherInstance(setArn: string, instanceArn: string | undefined): string | undefined {
  const instance = parseArn(instanceArn ?? '');
  if (!instance) return undefined;
  const id = instance.resource.replace(/^instance\//, '');
  const prefix = formatArn({ ...instance, resource: `permissionSet/${id}/` });
  return setArn.startsWith(prefix)
    ? undefined
    : `asked for permission sets of ${printable(instanceArn ?? '')}, got ${printable(setArn)}`;
}

function inOtherStore(
  { IdentityStoreId }: { readonly IdentityStoreId?: string | null | undefined },
  { text }: SentRequest,
): string | undefined {
  return differs('identity store', text('IdentityStoreId'), IdentityStoreId);
}
