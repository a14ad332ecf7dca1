import type { AuthenticationMode } from '../access-entry.ts';
import { arnKind, isPrincipal, parseArn } from '../arn.ts';
import { foldKey } from '../go-strings.ts';
import { groupBy } from '../group-by.ts';
import type { Account, EksCluster, ExistingAccessEntry, Inventory, Role } from '../inventory/model.ts';
import { isOfEarlierRole, isOfLaterRole } from '../inventory/provisioned-roles.ts';
import { RoleFacts } from '../inventory/role-facts.ts';
import type { ProvisionedRoleArn } from '../role-name.ts';
import { roleArnKey } from '../same-arn.ts';

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
  const known = inventory && { inventory, facts: RoleFacts.of(inventory), scope };
  const judged = cluster.accessEntries.map((entry) => judge(entry, partition, known));
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

/** What may be concluded from. */
interface Known {
  readonly inventory: Inventory;
  readonly facts: RoleFacts;
  readonly scope: ReadonlySet<string> | undefined;
}

function judge(
  entry: ExistingAccessEntry,
  partition: string | undefined,
  known: Known | null,
): JudgedAccessEntry {
  const arn = parseArn(entry.principalArn);
  const unknown = { ...NOTHING_KNOWN, entry };
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

/** @param role undefined where it is not known, null where it is gone */
function stateOf(
  entry: ExistingAccessEntry,
  role: JudgedAccessEntry['role'] | undefined,
  { inventory }: Known,
): AccessEntryState {
  if (role === undefined) return 'unknown';
  if (role && isOfEarlierRole(entry, role)) return 'dead';
  if (role && foldKey(role.pathArn) === foldKey(entry.principalArn)) return 'alive';
  // The role may be younger than what is known of roles.
  if (isOfLaterRole(entry, inventory)) return 'unknown';
  return role ? 'dead' : 'orphan';
}
