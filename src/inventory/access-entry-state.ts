import type { AuthenticationMode } from '../access-entry.ts';
import { type Arn, arnKind, isAccountId, parseArn } from '../arn.ts';
import { groupBy } from '../group-by.ts';
import {
  type ProvisionedRoleArn,
  parseProvisionedRoleArn,
  roleArnKey,
  roleKey,
  setKey,
} from '../role-name.ts';
import type { Account, EksCluster, ExistingAccessEntry, Inventory, OtherRole, Role } from './model.ts';
import { isOfEarlierRole, isOfLaterRole, permissionSetOf, rolesBySet } from './provisioned-roles.ts';

/**
 * Whether somebody gets in through an access entry.
 * - `alive`: the role is the one that the entry was created for.
 * - `dead`: another role has the name now; whoever assumes it gets 401.
 * - `orphan`: the role is gone, or EKS can have no such principal.
 * - `superseded`: the role is there, but Identity Center gives people a newer one of the permission set.
 * - `unknown`: nothing is known against it; IAM users are never looked up.
 */
type AccessEntryState = 'alive' | 'dead' | 'orphan' | 'superseded' | 'unknown';

/** An access entry, and what is known of its role. */
export interface JudgedAccessEntry {
  readonly entry: ExistingAccessEntry;
  readonly state: AccessEntryState;
  /** False of an orphan that EKS can have no principal for: it is none of IAM, or of another partition. */
  readonly isPossible: boolean;
  /** Of a role of Identity Center, its ARN; null for all other principals. */
  readonly provisioned: ProvisionedRoleArn | null;
  /** The account of a role of Identity Center, where it is in the inventory. */
  readonly account: Account | null;
  /** The role that has the name now, whatever its path; null where there is none, or it is not known. */
  readonly role: Pick<Role, 'pathArn' | 'createdAt'> | null;
  /** The newest role of the permission set, where that is another one. */
  readonly successor: Role | null;
  /** Of a dead one: the entry of the same caller that was created later. IAM names are unique whatever the path, so one of the two at most is alive. */
  readonly later: ExistingAccessEntry | null;
}

/**
 * What becomes of each access entry of a cluster, in their order.
 * @param inventory null where nothing is known of roles
 * @param scope ids of the accounts whose roles of permission sets may be concluded from; missing: all
 */
export function judgeAccessEntries(
  cluster: EksCluster,
  inventory: Inventory | null,
  scope?: ReadonlySet<string>,
): JudgedAccessEntry[] {
  const { partition } = parseArn(cluster.arn) ?? {};
  const index = inventory && { ...indexOf(inventory), scope };
  const judged = cluster.accessEntries.map((entry) => judge(entry, partition, index));
  const byCaller = groupBy(judged, ({ entry }) => principalKey(entry));
  return judged.map((one) => {
    const last = lastCreated((byCaller.get(principalKey(one.entry)) ?? []).filter(mayLive));
    // Of those that were created at once it is not known which.
    const isDead = last && mayLive(one) && isOfEarlierRole(one.entry, last.entry);
    return isDead ? { ...one, state: 'dead', later: last.entry } : one;
  });
}

/**
 * The access entry that EKS heeds in place of aws-auth, for each caller who has one: by the `callerKey` of the caller's ARN. A dead one too,
 * since it keeps out whoever has the role; but nobody is the caller of an orphan.
 */
export function overridingEntries(
  judged: readonly JudgedAccessEntry[],
  mode: AuthenticationMode,
): ReadonlyMap<string, JudgedAccessEntry> {
  if (mode === 'CONFIG_MAP') return new Map();
  const possible = judged.filter(({ state }) => state !== 'orphan');
  const byCaller = groupBy(possible, ({ entry }) => principalKey(entry));
  return new Map(
    [...byCaller].flatMap(([key, entries]) => {
      const one = entries.find(mayLive) ?? lastCreated(entries);
      return one ? [[key, one] as const] : [];
    }),
  );
}

/** Whether somebody may get in through it. */
export function mayLive({ state }: Pick<JudgedAccessEntry, 'state'>): boolean {
  return state !== 'dead' && state !== 'orphan';
}

/** Equal for an access entry and an entry of aws-auth that are of one role or user: the `callerKey` of the latter. */
export function principalKey({ principalArn }: Pick<ExistingAccessEntry, 'principalArn'>): string {
  return roleArnKey(principalArn);
}

/** Of several that were created at once, the last. */
function lastCreated(judged: readonly JudgedAccessEntry[]): JudgedAccessEntry | undefined {
  const [first, ...others] = judged;
  return others.reduce((last, one) => (last && isOfEarlierRole(one.entry, last.entry) ? last : one), first);
}

/** What is looked up in an inventory. */
interface Index {
  readonly inventory: Inventory;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly bySet: ReadonlyMap<string, readonly Role[]>;
  readonly others: ReadonlyMap<string, OtherRole['role']>;
}

type ScopedIndex = Index & { readonly scope: ReadonlySet<string> | undefined };

const INDEXES = new WeakMap<Inventory, Index>();

/** Cached, since the clusters of one inventory may be many. */
function indexOf(inventory: Inventory): Index {
  const index = INDEXES.get(inventory) ?? {
    inventory,
    accounts: new Map(inventory.accounts.map((account) => [account.id, account])),
    roles: new Map(inventory.roles.map((role) => [roleKey(role), role])),
    bySet: rolesBySet(inventory.roles),
    others: new Map(inventory.otherRoles?.map(({ arn, role }) => [roleArnKey(arn), role])),
  };
  INDEXES.set(inventory, index);
  return index;
}

function judge(
  entry: ExistingAccessEntry,
  partition: string | undefined,
  index: ScopedIndex | null,
): JudgedAccessEntry {
  const arn = parseArn(entry.principalArn);
  const unknown = { ...NOTHING_KNOWN, entry };
  if (!arn || arn.partition !== partition || !isPossible(arn))
    return { ...unknown, state: 'orphan', isPossible: false };
  if (arnKind(arn) === 'root') return { ...unknown, state: 'alive' };
  if (!index || arnKind(arn) !== 'role') return unknown;
  const isProvisioned = arn.partition === index.inventory.partition && permissionSetOf(arn) !== undefined;
  const provisioned = isProvisioned ? parseProvisionedRoleArn(entry.principalArn) : undefined;
  if (provisioned) return judgeProvisioned(unknown, provisioned, index);
  const role = index.others.get(principalKey(entry));
  return { ...unknown, role: role ?? null, state: stateOf(entry, role, index) };
}

const NOTHING_KNOWN = {
  state: 'unknown',
  isPossible: true,
  provisioned: null,
  account: null,
  role: null,
  successor: null,
  later: null,
} as const;

/** Whether IAM can have such a role, user or root user. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
function isPossible(arn: Arn): boolean {
  if (arn.service !== 'iam' || arn.region !== '' || !isAccountId(arn.accountId)) return false;
  return arn.resource === 'root' || /^(?:role|user)\/(?:[!-~]*\/)?[\w+=,.@-]{1,64}$/.test(arn.resource);
}

function judgeProvisioned(
  unknown: JudgedAccessEntry,
  provisioned: ProvisionedRoleArn,
  index: ScopedIndex,
): JudgedAccessEntry {
  const { entry } = unknown;
  if (index.scope?.has(provisioned.accountId) === false) return { ...unknown, provisioned };
  const account = index.accounts.get(provisioned.accountId) ?? null;
  const role = index.roles.get(roleKey(provisioned)) ?? null;
  const newest = index.bySet.get(setKey(provisioned))?.[0] ?? null;
  const state = stateOf(entry, role ?? (account?.rolesRead ? null : undefined), index);
  const successor = state !== 'unknown' && account?.rolesRead && newest !== role ? newest : null;
  const isSuperseded = state === 'alive' && successor !== null;
  return {
    ...unknown,
    provisioned,
    account,
    role,
    successor,
    state: isSuperseded ? 'superseded' : state,
  };
}

/** @param role undefined where it is not known, null where it is gone */
function stateOf(
  entry: ExistingAccessEntry,
  role: JudgedAccessEntry['role'] | undefined,
  { inventory }: Index,
): AccessEntryState {
  if (role === undefined) return 'unknown';
  if (role && isOfEarlierRole(entry, role)) return 'dead';
  if (role?.pathArn.toLowerCase() === entry.principalArn.toLowerCase()) return 'alive';
  // The role may be younger than what is known of roles.
  if (isOfLaterRole(entry, inventory)) return 'unknown';
  return role ? 'dead' : 'orphan';
}
