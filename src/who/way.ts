import type { Entry, GrantingEntry } from '../access-entry/entry.ts';
import type { Granted } from '../aws-auth/groups.ts';
import { identityOfEntry, type KubernetesIdentity, renderIdentity } from '../aws-auth/resolve-caller.ts';
import { type Principal, principalText, type Role, shortName } from '../directory/model.ts';
import type { Timed } from '../directory/read-time.ts';
import { groupBy } from '../group-by.ts';
import { printable, quoted } from '../text.ts';

const PRINCIPAL_KINDS = {
  GROUP: 'group',
  USER: 'user',
  // Principals that an entry names and Identity Center doesn't know.
  IAM_ROLE: 'IAM role',
  IAM_USER: 'IAM user',
  ACCOUNT: 'account',
  // Subjects of bindings that aren't from AWS.
  KUBERNETES_GROUP: 'Kubernetes group',
  KUBERNETES_USER: 'Kubernetes user',
  SERVICE_ACCOUNT: 'service account',
} as const;

/**
 * A principal with access: a user or group from Identity Center, the role, user or account that an entry names, or a
 * subject that only bindings name.
 */
export type WayPrincipal =
  | Principal
  | {
      readonly type: Exclude<keyof typeof PRINCIPAL_KINDS, Principal['type']>;
      readonly id: string;
      readonly name: string;
    };

/** Why an entry grants no access, as a clause. */
export const NOBODY_REASONS = {
  'config-map-ignored': 'the cluster has mode API and ignores aws-auth',
  'overridden-by-access-entry': 'an access entry overrides this entry',
  'dead-access-entry': 'the access entry is for an earlier role with that name',
  'path-in-arn': 'the ARN has a path and never matches',
  'role-gone': "the role doesn't exist",
  'role-superseded': 'the permission set has a newer role',
  unassigned: "the permission set isn't assigned to anyone in the account",
  'all-deleted': 'everyone assigned was deleted',
  'groups-empty': 'the assigned groups have no members',
  shadowed: 'a later entry with the same ARN overrides this one',
  'overridden-user': 'mapRoles overrides this entry',
  'sso-inert': 'EKS ignores sso: entries',
  'for-instances': "the entry is for EC2 instances, which can't have this ARN",
  'invalid-arn': 'the ARN never matches (run check to see why)',
  'invalid-account': 'the account ID is invalid',
} as const;

export type NobodyReason = keyof typeof NOBODY_REASONS;

/** The reasons that AWS gave, at some time; the file says the others. */
export const FROM_AWS: ReadonlySet<string> = new Set<NobodyReason | 'deleted'>([
  'config-map-ignored',
  'overridden-by-access-entry',
  'dead-access-entry',
  'role-gone',
  'role-superseded',
  'unassigned',
  'all-deleted',
  'groups-empty',
  'deleted',
]);

/** An entry and who has access through it, as far as permissions depend on it. */
export interface HeldEntry {
  readonly entry: GrantingEntry;
  /** Null for a provisioned role that nobody is known to have. */
  readonly principal: WayPrincipal | null;
  /** Empty if the ARN has none. */
  readonly accountId: string;
  readonly status: 'granted' | 'none' | 'unknown';
  /** True if nodes join the cluster through it. */
  readonly isNode: boolean;
}

/** A route into a cluster through an entry: for a principal, for nobody, or for unknown people. */
export interface Way<Granting extends GrantingEntry = Entry> extends HeldEntry, Timed {
  readonly entry: Granting;
  /** The group through which a user is assigned; null if assigned directly, and for all other principals. */
  readonly via: Principal | null;
  /** Null if it was not read. */
  readonly accountName: string | null;
  /** For a provisioned role, even if another entry overrides it. */
  readonly permissionSet: string | null;
  /** Why the entry grants access to no principal; null if it may grant access. */
  readonly nobody: NobodyReason | null;
  /** The role that replaced one that is gone. */
  readonly successor: Role | null;
  /** True if people may have the role through account access manager, whose assignments aren't read. */
  readonly hasAccountAccess: boolean;
}

/** The permissions of a subject that only bindings name. */
export type SubjectWay = Way<Extract<GrantingEntry, { readonly source: 'binding' }>>;

/** True for a user or group from Identity Center, who has access through an assignment. */
export function isPerson(principal: WayPrincipal | null): principal is Principal {
  return principal?.type === 'GROUP' || principal?.type === 'USER';
}

/**
 * A principal's identity in the cluster, with known names filled in: an Identity Center user's session has the user's
 * name, and each member of a group gets the group's identity.
 * @param principal another principal with the role
 */
export function identityOf(
  { entry, accountId, principal: own }: Pick<HeldEntry, 'entry' | 'accountId' | 'principal'>,
  principal: WayPrincipal | null = own,
): KubernetesIdentity | null {
  if (principal && !isPerson(principal)) return identityOfEntry({ ...entry, arn: entry.id });
  const sessionName = principal?.type === 'USER' ? principal.name : null;
  return renderIdentity(entry, { accountId, sessionName });
}

/** The granted groups and policies, with the principal's name filled in if it is known. */
export function grantedTo(way: HeldEntry): Granted {
  return (way.principal && identityOf(way)) ?? way.entry;
}

/** A principal with access: `group "Platform" (Admin in 111122223333)`, `IAM role "ci" (in 111122223333)` */
export function wayText(way: Way<GrantingEntry>): string {
  const { entry, principal, accountId } = way;
  if (!principal) return `people with access through ${placeText(way)}`;
  if (isPerson(principal)) return `${principalText(principal)} (${placeText(way)})`;
  const text = `${principalKindText(principal)} ${quoted(shortName(principal.name))}`;
  return entry.source === 'binding' ? text : `${text} (in ${printable(accountId)})`;
}

/** Like `wayText`, but each person once: `user "bob" (Admin in 111122223333; Dev in 111122223333)`. */
export function waysTexts(ways: readonly Way<GrantingEntry>[]): string[] {
  const keyOf = (way: Way<GrantingEntry>) => (isPerson(way.principal) ? way.principal.id : wayText(way));
  return [...groupBy(ways, keyOf).values()].flatMap((same) => {
    const [first] = same;
    if (!first || !isPerson(first.principal)) return same.map(wayText);
    return `${principalText(first.principal)} (${same.map(placeText).join('; ')})`;
  });
}

function placeText({ via, permissionSet, accountId }: Way<GrantingEntry>): string {
  const through = via ? `through ${principalText(via)}, ` : '';
  return `${through}${permissionSet} in ${accountId}`;
}

/** `group`, `IAM role`, `service account` */
export function principalKindText({ type }: Pick<WayPrincipal, 'type'>): string {
  return PRINCIPAL_KINDS[type];
}

/** Marks permissions that everyone with access has. */
export const OF_EVERYBODY = 'everybody: ';
