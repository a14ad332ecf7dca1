import type { AccessEntry, AuthenticationMode } from '../../../src/eks.ts';
import type { Device } from '../world-input.ts';

/** Everything the fake knows, as plain data: it can be printed, compared and sent to another process. */
export interface World {
  readonly partition: string;
  /** Identity Center's home region. */
  readonly homeRegion: string;
  /** The only account, without an organization. */
  readonly managementAccountId: string;
  readonly delegatedAdminId: string | null;
  readonly organization: WorldOrganization | null;
  readonly instances: readonly WorldInstance[];
  readonly units: readonly WorldUnit[];
  readonly accounts: readonly WorldAccount[];
  readonly permissionSets: readonly WorldPermissionSet[];
  /** Sets that sso-admin lists as provisioned, even without assignments or a role. */
  readonly provisioned: readonly Provisioning[];
  readonly roles: readonly WorldRole[];
  readonly clusters: readonly WorldCluster[];
  readonly users: readonly WorldUser[];
  readonly groups: readonly WorldGroup[];
  readonly memberships: readonly WorldMembership[];
  readonly assignments: readonly WorldAssignment[];
}

interface WorldOrganization {
  readonly id: string;
  readonly rootId: string;
}

export interface WorldInstance {
  /** An account instance has no permission sets. */
  readonly kind: 'organization' | 'account';
  readonly arn: string;
  readonly identityStoreId: string;
  readonly ownerAccountId: string;
  readonly primaryRegion: string;
  /** Regions where ListInstances lists it, the primary region included. */
  readonly regions: readonly string[];
}

export interface WorldUnit {
  readonly id: string;
  readonly name: string;
  readonly parentId: string;
}

export interface WorldAccount {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, `PENDING_ACTIVATION`, `CLOSED`. */
  readonly state: string;
  readonly parentId: string;
  readonly assumable: AssumableRole | null;
  /** Operations denied to this account's credentials: `iam.ListRoles`, `sso-admin.*` or `*`. */
  readonly denies: readonly string[];
}

interface AssumableRole {
  /** A name, or `path/name`. */
  readonly name: string;
  readonly externalId: string | null;
  readonly mfa: Device | null;
  readonly trusts: readonly string[];
}

export interface WorldPermissionSet {
  readonly arn: string;
  readonly name: string;
}

export interface Provisioning {
  readonly accountId: string;
  readonly permissionSetArn: string;
}

export interface WorldRole {
  readonly accountId: string;
  readonly name: string;
  /** With a slash on either side. */
  readonly path: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly accountAccess?: boolean;
}

export interface WorldCluster {
  readonly accountId: string;
  readonly region: string;
  readonly name: string;
  /** Null if EKS omits it, as for a cluster older than access entries. */
  readonly authenticationMode: AuthenticationMode | null;
  readonly version: string;
  readonly accessEntries: readonly WorldAccessEntry[];
  readonly oidcProviders: readonly WorldProvider[];
  readonly capabilities: readonly WorldCapability[];
}

export interface WorldProvider {
  readonly name: string;
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly usernameClaim?: string;
  readonly usernamePrefix?: string;
  readonly groupsClaim?: string;
  readonly groupsPrefix?: string;
}

export interface WorldCapability {
  readonly name: string;
  readonly type: string;
  readonly roleArn: string;
  /** Argo CD's Identity Center instance; default: the organization's. */
  readonly instanceArn?: string;
  readonly mappings?: readonly {
    readonly role: string;
    /** By user name, display name or ID. */
    readonly identities: readonly { readonly type: 'SSO_USER' | 'SSO_GROUP'; readonly name: string }[];
  }[];
}

export interface WorldAccessEntry extends AccessEntry {
  /** Missing: none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** EKS generates a missing one. */
  readonly username: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** A deleted user or group is unknown to Identity Store, but its assignments stay. */
export interface WorldUser {
  readonly id: string;
  readonly userName: string;
  readonly displayName: string;
  readonly deleted: boolean;
}

export interface WorldGroup {
  readonly id: string;
  readonly displayName: string;
  readonly deleted: boolean;
}

export interface WorldMembership {
  readonly id: string;
  readonly groupId: string;
  readonly userId: string;
}

export interface WorldAssignment extends Provisioning {
  readonly principalType: 'USER' | 'GROUP';
  readonly principalId: string;
}
