import type { JudgedAccessEntry } from '../access-entry/existing-entries.ts';
import type { EntryChange } from '../aws-auth/edit-entry.ts';
import type { LoadedEntry } from '../aws-auth/loaded.ts';
import { ReadTime } from '../directory/read-time.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import type { AccessEntry } from '../eks.ts';
import { foldKey } from '../go-strings.ts';
import type { DesiredEntry } from '../map-entry.ts';
import type { Desired } from '../mapping/resolve.ts';
import type { ProvisionedRoleArn } from '../role-name.ts';

/**
 * Why the entry of a provisioned role is unwanted: its role is `gone` from an account that was read; no mapping names
 * it (`unmapped`); or it still exists, but a newer role of its permission set is mapped (`superseded`).
 */
export type UnwantedRole = 'gone' | 'unmapped' | 'superseded';

/** Why nothing can be concluded about a provisioned role that no mapping names; `newer`: created after the roles were read. */
export type UndecidedReason =
  | 'old-inventory'
  | 'other-partition'
  | 'out-of-scope'
  | 'account-unread'
  | 'unresolved'
  | 'newer';

/** A field that can differ between two access entries of one principal, as in JSON. */
export type AccessEntryField = 'type' | 'username' | 'kubernetesGroups' | 'policies';

/** The parts of a change of mapRoles. */
interface MapSource {
  readonly entry: LoadedEntry;
  readonly wanted: DesiredEntry;
  readonly addition: {
    /** The entry of mapUsers that it overrides, in which case it counts as an update. */
    readonly overrides: LoadedEntry | null;
  };
  readonly update: Omit<EntryChange, 'entry'>;
  /** `shadowed`: a later entry for the same role overrides it. */
  readonly unwanted: UnwantedRole | 'shadowed';
}

/** The parts of a change of a cluster's access entries. */
interface ClusterSource {
  readonly entry: JudgedAccessEntry;
  readonly wanted: AccessEntry;
  readonly addition: unknown;
  readonly update: { readonly wanted: AccessEntry; readonly fields: readonly AccessEntryField[] };
  /** `re-created`: it grants no access, and its role gets a new one. */
  readonly unwanted: UnwantedRole | 're-created';
}

/**
 * The outcome for an existing or added entry, and its reason. A plan has one for each existing entry, in their order,
 * and then the additions.
 */
type Change<Source extends MapSource | ClusterSource> =
  | ({
      readonly outcome: 'added';
      readonly wanted: Source['wanted'];
      /**
       * The entry that it replaces, which has its own change: it is for an earlier role, or would be rotated if the
       * inventory were recent.
       */
      readonly predecessor: Source['entry'] | null;
    } & Source['addition'])
  | ({ readonly outcome: 'updated'; readonly entry: Source['entry'] } & Source['update'])
  | {
      readonly outcome: 'kept';
      readonly entry: Source['entry'];
      readonly reason: 'as-mapped' | 'node-entry';
    }
  | { readonly outcome: 'removed'; readonly entry: Source['entry']; readonly reason: Source['unwanted'] }
  | {
      readonly outcome: 'unmapped';
      readonly entry: Source['entry'];
      readonly reason: Source['unwanted'];
      /** Why even `--prune` doesn't remove it. */
      readonly undecided: UndecidedReason | null;
    }
  | {
      readonly outcome: 'left-alone';
      readonly entry: Source['entry'];
      /** `lookalike`: Identity Center didn't create the role, despite its name. */
      readonly reason: 'not-provisioned' | 'lookalike' | 'listed' | UndecidedReason;
    };

export type MapChange =
  | Change<MapSource>
  /** The ARN becomes that of the role's successor. */
  | ({ readonly outcome: 'rotated' } & EntryChange);
export type ClusterChange = Change<ClusterSource>;

/** The changes with one of these outcomes, in order. */
export function decided<Of extends MapChange | ClusterChange, Outcome extends Of['outcome']>(
  changes: readonly Of[],
  ...outcomes: readonly Outcome[]
): Extract<Of, { readonly outcome: Outcome }>[] {
  const wanted: readonly string[] = outcomes;
  return changes.filter((change): change is Extract<Of, { readonly outcome: Outcome }> =>
    wanted.includes(change.outcome),
  );
}

/** The knowledge of mappings and AWS that decides whether a provisioned role's entry is wanted. */
export interface WantedContext {
  /** The known roles: which accounts were read, and what became of a role. */
  readonly roles: RoleFacts;
  /** IDs of the accounts that the mappings cover. */
  readonly scope: ReadonlySet<string>;
  /** Mappings, or parts of one, that could not be resolved: the roles that they concern stay unchanged. */
  readonly unresolved: readonly {
    /** Null: in every account. */
    readonly accountId: string | null;
    /** Null: all permission sets of the account. */
    readonly permissionSet: string | null;
  }[];
  /** True if the config lists an ARN without path as managed elsewhere; missing if it lists none. */
  readonly isListed?: (arn: string) => boolean;
  /**
   * False if the inventory is too old to conclude that a role is gone: then nothing is rotated, removed or reported
   * as unmapped.
   */
  readonly isFresh: boolean;
}

/** The knowledge that a plan needs in addition to the wanted entries. */
export interface PlanContext extends WantedContext {
  /** Null: nothing is removed. */
  readonly prune: { readonly allowLockout: boolean } | null;
}

export function planContext(
  { inventory, request, scoped, unresolved }: Desired,
  options: { readonly prune?: boolean; readonly allowLockout?: boolean },
): PlanContext {
  return {
    roles: RoleFacts.of(inventory),
    scope: new Set(scoped.accountIds),
    unresolved: unresolved.flatMap(({ mapping: { selector }, exact }) => {
      const permissionSet = selector.kind === 'name' ? selector.name : null;
      return (exact.length > 0 ? exact : [null]).map((accountId) => ({ accountId, permissionSet }));
    }),
    isListed: (arn) => request.otherEntries.exactly(arn) !== undefined,
    isFresh: !ReadTime.of(inventory).isOld,
    prune: options.prune ? { allowLockout: options.allowLockout ?? false } : null,
  };
}

/**
 * The outcome for the entry of a provisioned role that no mapping names.
 * @param arn without path
 * @param exists null if the entry may be for a role that is newer than what is known about roles
 * @param wantedSets the permission sets with a mapped role, see `setsOf`
 */
export function unnamedOutcome(
  arn: string,
  role: ProvisionedRoleArn,
  exists: boolean | null,
  wantedSets: ReadonlySet<string>,
  context: WantedContext,
) {
  const undecided = undecidedReason(role, context);
  if (undecided) return { outcome: 'left-alone', reason: undecided } as const;
  if (exists === false) return { outcome: 'unmapped', reason: 'gone', undecided: null } as const;
  if (exists === null) return { outcome: 'left-alone', reason: 'newer' } as const;
  if (context.isListed?.(arn)) return { outcome: 'left-alone', reason: 'listed' } as const;
  const reason = wantedSets.has(context.roles.setKeyOf(role)) ? 'superseded' : 'unmapped';
  return { outcome: 'unmapped', reason, undecided: null } as const;
}

/** Null if a provisioned role that no mapping names is known to be unwanted; otherwise why that is unknown. */
export function undecidedReason(
  role: ProvisionedRoleArn,
  { roles, scope, unresolved, isFresh }: WantedContext,
): UndecidedReason | null {
  if (role.partition !== roles.partition) return 'other-partition';
  if (!scope.has(role.accountId)) return 'out-of-scope';
  if (!isFresh) return 'old-inventory';
  if (!roles.isRead(role.accountId)) return 'account-unread';
  const isOpen = unresolved.some(({ accountId, permissionSet }) => {
    const isAccount = accountId === null || accountId === role.accountId;
    const { permissionSet: own } = role;
    return isAccount && (permissionSet === null || foldKey(permissionSet) === foldKey(own));
  });
  return isOpen ? 'unresolved' : null;
}

/** The permission sets that roles belong to, as keys of `RoleFacts.setKeyOf`. */
export function setsOf(roles: Iterable<ProvisionedRoleArn>, facts: RoleFacts): ReadonlySet<string> {
  return new Set([...roles].map((role) => facts.setKeyOf(role)));
}

/** An entry as it should load after a merge. */
export interface ExpectedEntry {
  readonly arn: string;
  readonly username: string;
  readonly groups: readonly string[] | null;
  readonly sso: LoadedEntry['sso'];
}

/** The entries that should load after a plan is carried out, in order. */
export function expectedEntries(changes: readonly MapChange[]): ExpectedEntry[] {
  return changes.flatMap((change): ExpectedEntry[] => {
    if (change.outcome === 'removed') return [];
    if (change.outcome === 'added') {
      const { rolearn, username, groups } = change.wanted;
      return [{ arn: rolearn, username, groups, sso: null }];
    }
    const { arn, username, groups, sso } = change.entry;
    if (change.outcome !== 'updated' && change.outcome !== 'rotated') return [{ arn, username, groups, sso }];
    const changed = { username: change.username ?? username, groups: change.groups ?? groups };
    return [{ arn: change.arn ?? arn, ...changed, sso }];
  });
}
