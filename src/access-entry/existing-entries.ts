import { arnKind, isPrincipal, parseArn } from '../arn.ts';
import type { Account, EksCluster, ExistingAccessEntry, Inventory, Role } from '../directory/model.ts';
import { compareTimes } from '../directory/provisioned-roles.ts';
import { ReadTime } from '../directory/read-time.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import type { AuthenticationMode } from '../eks.ts';
import { foldKey } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import type { ProvisionedRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';

/**
 * State of an access entry, which decides whether it can grant access.
 * - `alive`: the role is the one the entry was created for.
 * - `dead`: another role has the name now; anyone who assumes it gets 401.
 * - `orphan`: the role is gone, or the cluster can't have such a principal.
 * - `superseded`: the role exists, but Identity Center now assigns a newer role of the permission set.
 * - `unknown`: no evidence against the entry; IAM users are never looked up.
 */
type AccessEntryState = 'alive' | 'dead' | 'orphan' | 'superseded' | 'unknown';

/** An access entry with what is known about its role. */
export interface JudgedAccessEntry {
  readonly entry: ExistingAccessEntry;
  readonly state: AccessEntryState;
  /** False for an orphan whose principal the cluster can't have: not an IAM principal, or in another partition. */
  readonly isPossible: boolean;
  /** The ARN of an Identity Center role; null for all other principals. */
  readonly provisioned: ProvisionedRoleArn | null;
  /** The account of an Identity Center role, if the inventory has it. */
  readonly account: Account | null;
  /** The role that has the name now, on any path; null if it is missing or unknown. */
  readonly role: Pick<Role, 'pathArn' | 'createdAt'> | null;
  /** The newest role of the permission set, if it is another role. */
  readonly successor: Role | null;
  /**
   * For a dead entry: the caller's entry that was created later. IAM names are unique across paths, so at most one of
   * the two is alive.
   */
  readonly later: ExistingAccessEntry | null;
  /** When the entry, and its role if it is known, were read. */
  readonly readTime: ReadTime;
}

/**
 * The state of each access entry of a cluster, in their order.
 * @param inventory null if nothing is known about roles
 * @param scope ids of the accounts whose permission set roles count as read; default: all
 */
export function judgeAccessEntries(
  cluster: EksCluster,
  inventory: Inventory | null,
  scope?: ReadonlySet<string>,
): JudgedAccessEntry[] {
  const { partition } = parseArn(cluster.arn) ?? {};
  const known = inventory && { inventory, facts: RoleFacts.of(inventory), scope };
  const readTime = ReadTime.of(cluster);
  const judged = cluster.accessEntries.map((entry) => judge(entry, partition, known, readTime));
  const byCaller = groupBy(judged, ({ entry }) => principalKey(entry));
  return judged.map((one) => {
    const last = lastCreated((byCaller.get(principalKey(one.entry)) ?? []).filter(mayLive));
    // Entries created at the same time: unknown which one is alive.
    const isDead = last && mayLive(one) && isOfEarlierRole(one.entry, last.entry);
    return isDead ? { ...one, state: 'dead', later: last.entry } : one;
  });
}

/**
 * The access entry that overrides aws-auth for each caller, by the `callerKey` of the caller's ARN. Includes dead
 * entries, which still override aws-auth for the role; an orphan has no callers.
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

/** True if the entry may grant access. */
export function mayLive({ state }: Pick<JudgedAccessEntry, 'state'>): boolean {
  return state !== 'dead' && state !== 'orphan';
}

/**
 * True if an access entry was created for an earlier role of the same name: EKS stores the role's unique ID, so the
 * entry grants the new role no access.
 */
export function isOfEarlierRole(
  entry: Pick<ExistingAccessEntry, 'createdAt'>,
  role: Pick<Role, 'createdAt'>,
): boolean {
  return compareTimes(entry.createdAt, role.createdAt) < 0;
}

/**
 * True if an access entry, and so perhaps its role, is newer than the snapshot: a later snapshot with the cluster may
 * be merged in.
 */
export function isOfLaterRole(
  entry: Pick<ExistingAccessEntry, 'createdAt'>,
  { capturedAt }: Pick<Inventory, 'capturedAt'>,
): boolean {
  return compareTimes(entry.createdAt, capturedAt) > 0;
}

/** The key that an access entry shares with an aws-auth entry for the same role or user: the latter's `callerKey`. */
export function principalKey({ principalArn }: Pick<ExistingAccessEntry, 'principalArn'>): string {
  return roleArnKey(principalArn);
}

/** The entry created last; if several were created at the same time, the last in order. */
function lastCreated(judged: readonly JudgedAccessEntry[]): JudgedAccessEntry | undefined {
  const [first, ...others] = judged;
  return others.reduce((last, one) => (last && isOfEarlierRole(one.entry, last.entry) ? last : one), first);
}

/** Evidence for the state of entries. */
interface Known {
  readonly inventory: Inventory;
  readonly facts: RoleFacts;
  readonly scope: ReadonlySet<string> | undefined;
}

function judge(
  entry: ExistingAccessEntry,
  partition: string | undefined,
  known: Known | null,
  readTime: ReadTime,
): JudgedAccessEntry {
  const arn = parseArn(entry.principalArn);
  const unknown = { ...NOTHING_KNOWN, entry, readTime };
  if (!arn || arn.partition !== partition || !isPrincipal(arn))
    return { ...unknown, state: 'orphan', isPossible: false };
  if (arnKind(arn) === 'root') return { ...unknown, state: 'alive' };
  if (!known || arnKind(arn) !== 'role' || partition !== known.inventory.partition) return unknown;
  const fact = known.facts.aboutPrincipal(entry.principalArn);
  const { provisioned, account, role } = fact;
  if (provisioned && known.scope?.has(provisioned.accountId) === false) return { ...unknown, provisioned };
  const state = stateOf(entry, fact.status === 'unknown' ? undefined : role, known);
  const successor = state === 'unknown' ? null : fact.successor;
  const isSuperseded = state === 'alive' && successor !== null;
  return {
    ...unknown,
    provisioned,
    account,
    role,
    successor,
    readTime: ReadTime.earliest(readTime, fact.readTime),
    state: isSuperseded ? 'superseded' : state,
  };
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

/** @param role undefined if unknown, null if it is gone */
function stateOf(
  entry: ExistingAccessEntry,
  role: JudgedAccessEntry['role'] | undefined,
  { inventory }: Known,
): AccessEntryState {
  if (role === undefined) return 'unknown';
  if (role && isOfEarlierRole(entry, role)) return 'dead';
  if (role && foldKey(role.pathArn) === foldKey(entry.principalArn)) return 'alive';
  // The role may be newer than the inventory.
  if (isOfLaterRole(entry, inventory)) return 'unknown';
  return role ? 'dead' : 'orphan';
}
