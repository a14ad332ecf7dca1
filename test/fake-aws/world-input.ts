import type { AccessPolicy, AuthenticationMode } from '../../src/eks.ts';
import type { WorldCapability, WorldProvider } from './world/world.ts';

/** A test's description of the world; everything omitted has a sensible default. */
export interface WorldInput {
  /** Default `eu-west-1`; the partition follows from it. */
  readonly homeRegion?: string;
  /** Default `111111111111`; added to `accounts` as `management` if missing. */
  readonly managementAccountId?: string;
  readonly delegatedAdminId?: string;
  /** False for an account without an organization. */
  readonly organization?: boolean;
  /** False if Identity Center is not enabled for the organization. */
  readonly instance?: boolean;
  /** Further regions where ListInstances lists the organization's instance. */
  readonly instanceRegions?: readonly string[];
  /** Accounts that own an account instance, in the home region unless said otherwise. */
  readonly accountInstances?: readonly { readonly ownerAccountId: string; readonly region?: string }[];
  readonly accounts?: readonly AccountInput[];
  /** Organizational units without accounts, by path. */
  readonly emptyUnits?: readonly string[];
  /** Names, or names with explicit ARNs. */
  readonly permissionSets?: readonly (string | { readonly name: string; readonly arn: string })[];
  readonly users?: readonly (string | UserInput)[];
  readonly groups?: readonly (string | GroupInput)[];
  readonly assignments?: readonly AssignmentInput[];
  /** Provisioned without an assignment. */
  readonly provisioned?: readonly PairInput[];
  /** Provisioned according to sso-admin, but the role is gone. */
  readonly missingRoles?: readonly PairInput[];
  /** Roles in addition to the provisioned ones: leftovers, duplicates, and any other. */
  readonly roles?: readonly RoleInput[];
  /** EKS clusters. */
  readonly clusters?: readonly ClusterInput[];
}

export interface AccountInput {
  readonly id: string;
  /** Default `account-<id>`. */
  readonly name?: string;
  /** Default `ACTIVE`. */
  readonly state?: string;
  /** Names of units from the root down, joined by `/`; default: directly below the root. */
  readonly ou?: string;
  /** Name or path/name; default OrganizationAccountAccessRole, none in the management account. Null for no role. */
  readonly assumableRole?: string | null;
  readonly externalId?: string;
  /** The role requires a code from this device. */
  readonly mfa?: Device;
  /** Accounts that may assume it; default: only the management account. */
  readonly trusts?: readonly string[];
  /** Operations denied to this account's credentials: `iam.ListRoles`, `sso-admin.*` or `*`. */
  readonly denies?: readonly string[];
}

export interface Device {
  readonly serial: string;
  /** Each works once. */
  readonly codes: readonly string[];
}

export interface UserInput {
  readonly userName: string;
  readonly id?: string;
  readonly displayName?: string;
  readonly deleted?: boolean;
}

export interface GroupInput {
  readonly displayName: string;
  readonly id?: string;
  /** User names. */
  readonly members?: readonly string[];
  readonly deleted?: boolean;
}

/** An account's id or name, and a permission set's name. */
export interface PairInput {
  readonly account: string;
  readonly permissionSet: string;
}

/** Exactly one of `group` and `user`: a name, or an ID that is stated. */
export interface AssignmentInput extends PairInput {
  readonly group?: string;
  readonly user?: string;
}

/** A provisioned role by `permissionSet`, or any role by `name`. */
export interface RoleInput {
  readonly account: string;
  readonly permissionSet?: string;
  /** 16 hex digits; default: generated, different from the provisioned role's. */
  readonly suffix?: string;
  /** The region in a provisioned role's path; default the home region. */
  readonly region?: string;
  readonly name?: string;
  /** Default `/` for a role by name. */
  readonly path?: string;
  readonly createdAt?: string;
  /** True if account access manager can assign it. */
  readonly accountAccess?: boolean;
}

export interface ClusterInput {
  readonly name: string;
  /** An account's id or name; default the management account. */
  readonly account?: string;
  /** Default: the home region. */
  readonly region?: string;
  /** Default `API_AND_CONFIG_MAP`; null if EKS omits it. */
  readonly authenticationMode?: AuthenticationMode | null;
  /** The Kubernetes version; default 1.36. */
  readonly version?: string;
  readonly accessEntries?: readonly AccessEntryInput[];
  readonly oidcProviders?: readonly WorldProvider[];
  readonly capabilities?: readonly WorldCapability[];
}

/**
 * An access entry of a role by `permissionSet` (in the cluster's account by default), or of any principal by
 * `principalArn`.
 */
export interface AccessEntryInput {
  readonly principalArn?: string;
  readonly permissionSet?: string;
  /** An account's id or name; default the cluster's. */
  readonly account?: string;
  /** Default `STANDARD`. */
  readonly type?: string;
  /** Default: EKS's default. */
  readonly username?: string;
  readonly groups?: readonly string[];
  /** Names such as `AmazonEKSViewPolicy`, for the whole cluster, or policies. */
  readonly policies?: readonly (string | AccessPolicy)[];
  /** Default after the creation of the role. */
  readonly createdAt?: string;
}
