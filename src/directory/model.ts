import type { PrincipalType } from '../aws/answers.ts';
import type { AccessEntry, AuthenticationMode } from '../eks.ts';
import type { Location } from '../errors.ts';
import { printable, quoted } from '../text.ts';
import type { Timed } from './read-time.ts';

/** The organization's Identity Center instance. */
export interface Instance {
  readonly arn: string;
  readonly identityStoreId: string;
  readonly region: string;
}

export interface Account extends Timed {
  readonly id: string;
  readonly name: string | null;
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, …; null if Organizations was not called. */
  readonly state: string | null;
  /**
   * Names of the organizational units from the root down, joined by `/`; empty directly below the root, null if not
   * read.
   */
  readonly ou: string | null;
  /** The ids of the root and these units, in the same order; empty for an account outside the organization. */
  readonly ouIds: readonly string[] | null;
  readonly rolesRead: boolean;
  /** The reason why its roles couldn't be read. */
  readonly unreadable: string | null;
  /** True for the management account; only looked up if its roles couldn't be read. */
  readonly isManagement?: boolean;
  /** True if all requested assignments in the account were read; missing means false. */
  readonly assignmentsRead?: boolean;
  /**
   * Permission sets with a role here that Identity Center no longer has, so their assignments are unknown. Missing
   * means none.
   */
  readonly leftoverSets?: readonly string[];
  /**
   * The ARN of the Identity Center instance known to cover the account; null or missing if that is unknown, or another
   * organization's account.
   */
  readonly instance?: string | null;
}

/** An organizational unit without accounts in or below it. */
export interface EmptyUnit {
  readonly id: string;
  /** Like `Account.ou`. */
  readonly path: string | null;
}

export interface PermissionSet {
  readonly arn: string;
  readonly name: string;
}

/** A provisioned role. */
export interface Role {
  readonly accountId: string;
  /** The permission set's name, from the role's name. */
  readonly permissionSet: string;
  readonly roleArn: string;
  readonly pathArn: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** The account's names in `--skip-unreadable` and messages. */
export type AccountName = Pick<Account, 'id' | 'name'>;

/** A permission set provisioned in an account. */
export interface Provisioning {
  readonly accountId: string;
  readonly permissionSetArn: string;
}

export type { PrincipalType };

export interface Assignment {
  readonly accountId: string;
  readonly permissionSetArn: string;
  readonly principalType: PrincipalType;
  readonly principalId: string;
}

export interface Principal {
  readonly type: PrincipalType;
  readonly id: string;
  /** A group's display name or a user's user name; null for a deleted principal. */
  readonly name: string | null;
  /** The user ids in a group; null for users, or if not read. */
  readonly members: readonly string[] | null;
  /** The ids of a user's groups, if read; `members` of all groups says the same. */
  readonly groups?: readonly string[] | null;
}

/** An EKS cluster with the settings that grant access. */
export interface EksCluster extends Timed {
  readonly name: string;
  /** `arn:aws:eks:<region>:<account>:cluster/<name>` */
  readonly arn: string;
  /** The Kubernetes version, such as `1.33`. Older snapshots lack it. */
  readonly version?: string;
  /** Its name in messages: the ARN if another known cluster has the same name. Missing: the name. Not in snapshots. */
  readonly label?: string;
  readonly authenticationMode: AuthenticationMode;
  /** Empty in mode CONFIG_MAP, which has no access entries. */
  readonly accessEntries: readonly ExistingAccessEntry[];
  /** Missing if they weren't asked for, and in older snapshots. */
  readonly signIns?: SignIns;
}

/** How people get into a cluster beside its entries. */
export interface SignIns {
  readonly oidcProviders: readonly OidcProvider[];
  readonly capabilities: readonly Capability[];
  /** Why some of them couldn't be read: `eks:ListCapabilities is denied`; empty if all were. */
  readonly unread: readonly string[];
}

/** An OIDC identity provider, whose tokens the API server accepts. */
export interface OidcProvider {
  readonly name: string;
  readonly issuerUrl: string;
  readonly clientId: string;
  /** Null for the token's subject. */
  readonly usernameClaim: string | null;
  readonly usernamePrefix: string | null;
  /** Null: its users have no groups. */
  readonly groupsClaim: string | null;
  readonly groupsPrefix: string | null;
}

/** The start of a provider's usernames; EKS's default is the issuer, unless the claim is the mail address. */
export function usernamePrefix({ issuerUrl, usernameClaim, usernamePrefix }: OidcProvider): string {
  if (usernamePrefix === null) return usernameClaim === 'email' ? '' : `${issuerUrl}#`;
  return usernamePrefix === '-' ? '' : usernamePrefix;
}

/** The start of a provider's groups; empty if they have none. */
export function groupsPrefix({ groupsPrefix }: OidcProvider): string {
  return groupsPrefix === null || groupsPrefix === '-' ? '' : groupsPrefix;
}

/** A capability of EKS, such as Argo CD, which acts in the cluster with its role. */
export interface Capability {
  readonly name: string;
  /** `ACK`, `ARGOCD`, `KRO` */
  readonly type: string;
  readonly roleArn: string;
  /** The Identity Center instance of `roleMappings`; null if unknown. */
  readonly instanceArn: string | null;
  /** Who may use Argo CD, and as what. */
  readonly roleMappings: readonly {
    /** `ADMIN`, `EDITOR`, `VIEWER` */
    readonly role: string;
    /** Users and groups by their IDs in Identity Center. */
    readonly identities: readonly Pick<Principal, 'type' | 'id'>[];
  }[];
}

/** A cluster that couldn't be read, or clusters that couldn't be listed, and so may exist or not. */
export interface UnreadCluster {
  readonly accountId: string;
  readonly accountName: string | null;
  readonly region: string;
  /** Null for all clusters of the account in the region. */
  readonly name: string | null;
  /** In the same words for everything with the same cause: `eks:ListClusters is denied`. */
  readonly cause: string;
  /** AWS's own words. */
  readonly detail: string;
}

export interface ExistingAccessEntry extends AccessEntry {
  /** ISO 8601, UTC. An entry only applies to a role that existed then, not to one created later with the same name. */
  readonly createdAt: string;
}

/**
 * A role in IAM that Identity Center did not create. Roles in accounts that couldn't be read are unknown, and not
 * included.
 */
export interface OtherRole extends Timed {
  /** Without the path, in the requested case; IAM names are unique regardless of case. */
  readonly arn: string;
  /** Null if the role doesn't exist. */
  readonly role: {
    readonly pathArn: string;
    /** ISO 8601, UTC. */
    readonly createdAt: string;
    /** True if account access manager can assign the role to people, whose assignments aren't read. */
    readonly accountAccess?: boolean;
  } | null;
}

/** Data read from AWS. Null means "not read or not available", an empty list "none". */
export interface Inventory extends Timed {
  /** ISO 8601, UTC. */
  readonly capturedAt: string;
  /** True if it describes no real AWS, as in `examples/`: nothing can change there, so its age doesn't count. */
  readonly example?: boolean;
  readonly partition: string;
  /** The caller's own account; null in an inventory merged from several. */
  readonly callerAccountId: string | null;
  readonly instance: Instance | null;
  readonly accounts: readonly Account[];
  /** Organizational units that are known to have no accounts; there may be others. */
  readonly emptyUnits?: readonly EmptyUnit[];
  readonly permissionSets: readonly PermissionSet[] | null;
  readonly roles: readonly Role[];
  readonly assignments: readonly Assignment[] | null;
  readonly principals: readonly Principal[] | null;
  /** The requested EKS clusters; missing means none. */
  readonly clusters?: readonly EksCluster[];
  /** The requested clusters that couldn't be read; missing means none. */
  readonly unreadClusters?: readonly UnreadCluster[];
  /** The requested roles that Identity Center did not create; missing means none. */
  readonly otherRoles?: readonly OtherRole[];
}

/** `unreadable: eks:DescribeCluster is denied`, or that of clusters in a region */
export function unreadText({ name, region, cause }: UnreadCluster): string {
  return name === null ? `clusters in ${region} unreadable: ${cause}` : `unreadable: ${cause}`;
}

/** Location of a cluster's access entries for messages: they are in no file. */
export function clusterLocation(cluster: Pick<EksCluster, 'name' | 'label'>): Location {
  return { file: clusterText(cluster), isFile: false };
}

/** `cluster prod` */
export function clusterText({ name, label = name }: Pick<EksCluster, 'name' | 'label'>): string {
  return `cluster ${label}`;
}

/** The id, with the name if there is one. */
export function accountText({ id, name }: AccountName): string {
  return name === null ? id : `${id} (${printable(name)})`;
}

/** `pending closure` for `PENDING_CLOSURE`. */
export function stateText({ state }: Pick<Account, 'state'>): string {
  return printable(state ?? '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

const TYPE_TEXT = { GROUP: 'group', USER: 'user' } as const;
/** Identity Center allows names with a thousand characters; messages show enough to find one. */
const MAX_NAME_LENGTH = 60;

/** `group` or `user` */
export function principalTypeText(type: PrincipalType): string {
  return TYPE_TEXT[type];
}

/** `group "Platform"`, or the ID of a deleted principal. */
export function principalText({ type, id, name }: Pick<Principal, 'type' | 'id' | 'name'>): string {
  return name === null ? `deleted ${TYPE_TEXT[type]} ${id}` : `${TYPE_TEXT[type]} ${quoted(shortName(name))}`;
}

/** The name, shortened if it is very long. */
export function shortName(name: string): string {
  const characters = [...name];
  return characters.length <= MAX_NAME_LENGTH
    ? name
    : `${characters.slice(0, MAX_NAME_LENGTH - 1).join('')}…`;
}

/** An account known only by its ID. */
export function unlistedAccount(id: string): Account {
  return { id, name: null, state: null, ou: null, ouIds: null, rolesRead: false, unreadable: null };
}
