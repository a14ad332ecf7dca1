import type { AccessEntry, AuthenticationMode } from '../access-entry.ts';
import type { Location } from '../errors.ts';
import { printable, quoted } from '../text.ts';

/** The Identity Center instance of the organization. */
export interface Instance {
  readonly arn: string;
  readonly identityStoreId: string;
  readonly region: string;
}

export interface Account {
  readonly id: string;
  readonly name: string | null;
  /** `ACTIVE`, `SUSPENDED`, `PENDING_CLOSURE`, …; null where Organizations was not called. */
  readonly state: string | null;
  /** Names of the organizational units from the root down, joined by `/`; empty directly below the root, null where not read. */
  readonly ou: string | null;
  /** The ids of the root and of those units, in the same order; empty for an account outside the organization. */
  readonly ouIds: readonly string[] | null;
  readonly rolesRead: boolean;
  /** Why its roles could not be read. */
  readonly unreadable: string | null;
  /** Whether it is known to be the management account; only asked where its roles could not be read. */
  readonly isManagement?: boolean;
  /** Whether all requested assignments of the account were read; missing: no. */
  readonly assignmentsRead?: boolean;
  /** Permission sets that have a role here and that Identity Center does not have: who is assigned them is not known. Missing: none. */
  readonly leftoverSets?: readonly string[];
}

export interface PermissionSet {
  readonly arn: string;
  readonly name: string;
}

/** A provisioned role. */
export interface Role {
  readonly accountId: string;
  /** The permission set's name, parsed from the role's name. */
  readonly permissionSet: string;
  readonly roleArn: string;
  readonly pathArn: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** An account as `--skip-unreadable` and messages name it. */
export type AccountName = Pick<Account, 'id' | 'name'>;

/** A permission set that is provisioned in an account. */
export interface Provisioning {
  readonly accountId: string;
  readonly permissionSetArn: string;
}

export type PrincipalType = 'GROUP' | 'USER';

export interface Assignment {
  readonly accountId: string;
  readonly permissionSetArn: string;
  readonly principalType: PrincipalType;
  readonly principalId: string;
}

export interface Principal {
  readonly type: PrincipalType;
  readonly id: string;
  /** A group's display name or a user's user name; null for a principal that was deleted. */
  readonly name: string | null;
  /** The user ids in a group; null for users, and where they were not read. */
  readonly members: readonly string[] | null;
  /** The ids of the groups that a user is in, where they were read; they also follow from `members` of all groups. */
  readonly groups?: readonly string[] | null;
}

/** An EKS cluster, as far as it says who gets in. */
export interface EksCluster {
  readonly name: string;
  /** `arn:aws:eks:<region>:<account>:cluster/<name>` */
  readonly arn: string;
  readonly authenticationMode: AuthenticationMode;
  /** Empty in mode CONFIG_MAP, where EKS has none. */
  readonly accessEntries: readonly ExistingAccessEntry[];
}

export interface ExistingAccessEntry extends AccessEntry {
  /** ISO 8601, UTC. An entry is of the role that there was then: a role that was created later is another one. */
  readonly createdAt: string;
}

/** A role that Identity Center did not make, as IAM has it; one of an account that could not be read is unknown, and has none of these. */
export interface OtherRole {
  /** Without the path, as it was asked for; IAM names are unique without regard to case. */
  readonly arn: string;
  /** Null: there is no such role. `createdAt`: ISO 8601, UTC. */
  readonly role: { readonly pathArn: string; readonly createdAt: string } | null;
}

/** What was read from AWS. Null means "not read or not available", an empty list "none". */
export interface Inventory {
  /** ISO 8601, UTC. */
  readonly capturedAt: string;
  readonly partition: string;
  /** The caller's own account; null in an inventory merged from several. */
  readonly callerAccountId: string | null;
  readonly instance: Instance | null;
  readonly accounts: readonly Account[];
  readonly permissionSets: readonly PermissionSet[] | null;
  readonly roles: readonly Role[];
  readonly assignments: readonly Assignment[] | null;
  readonly principals: readonly Principal[] | null;
  /** The EKS clusters that were asked for; missing: none. */
  readonly clusters?: readonly EksCluster[];
  /** Those of the roles without a permission set that were asked for; missing: none. */
  readonly otherRoles?: readonly OtherRole[];
}

/** Where the access entries of a cluster are, for messages: they are in no file. */
export function clusterLocation({ name }: Pick<EksCluster, 'name'>): Location {
  return { file: `cluster ${name}`, isFile: false };
}

/** The id, with the name where there is one. */
export function accountText({ id, name }: AccountName): string {
  return name === null ? id : `${id} (${printable(name)})`;
}

/** `PENDING_CLOSURE` as words in a sentence. */
export function stateText({ state }: Pick<Account, 'state'>): string {
  return printable(state ?? '')
    .toLowerCase()
    .replaceAll('_', ' ');
}

const TYPE_TEXT = { GROUP: 'group', USER: 'user' } as const;
/** Identity Center allows names of a thousand characters; messages show enough of one to find it. */
const MAX_NAME_LENGTH = 60;

/** `group` or `user` */
export function principalTypeText(type: PrincipalType): string {
  return TYPE_TEXT[type];
}

/** `group "Platform"`, or the id of one that was deleted. */
export function principalText({ type, id, name }: Pick<Principal, 'type' | 'id' | 'name'>): string {
  return name === null ? `deleted ${TYPE_TEXT[type]} ${id}` : `${TYPE_TEXT[type]} ${quoted(shortName(name))}`;
}

/** The name, or the beginning of a very long one. */
export function shortName(name: string): string {
  const characters = [...name];
  return characters.length <= MAX_NAME_LENGTH
    ? name
    : `${characters.slice(0, MAX_NAME_LENGTH - 1).join('')}…`;
}
