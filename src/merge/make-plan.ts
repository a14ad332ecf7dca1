import { formatArn, parseArn, stripPath } from '../arn.ts';
import type { LoadedEntry, LoadedMap, LoadedMaps } from '../authenticator/loaded.ts';
import { type DesiredEntry, withoutRepetition } from '../entry.ts';
import { bug, type Location } from '../errors.ts';
import { type ProvisionedRoleArn, parseProvisionedRoleArn, roleKey, setKey } from '../role-name.ts';
import { countsOf, decisionsOf } from './decisions.ts';
import { planFindings } from './findings.ts';
import {
  type EntryChange,
  type MergeContext,
  type MergePlan,
  type UnwantedEntry,
  type UnwantedReason,
  undecidedReason,
} from './plan.ts';
import { decideRemovals } from './prune.ts';

/**
 * Decides what becomes of each entry, and which are added. Leaves alone what is not a provisioned role's, was not read or could
 * not be resolved. `placeOf` leads from an offset in the text of mapRoles to the file.
 * @throws Failure (exit 2) where `prune` cannot be sure, or would lock somebody out or let somebody in
 */
export function planMerge(
  maps: LoadedMaps,
  desired: readonly DesiredEntry[],
  facts: MergeContext,
  placeOf: (offset: number) => Location,
): MergePlan {
  const draft = new Draft(maps.mapRoles, withoutRepetition(desired), facts);
  const { changes, additions } = draft;
  const skippedRotations = [...draft.skippedRotations.values()];
  const unwanted = draft.unwanted();
  const removals = decideRemovals(maps, unwanted, draft, facts, placeOf);
  const removed = new Set(removals);
  const left = unwanted.filter((one) => !removed.has(one));
  const loaded = maps.mapRoles;
  const findings = planFindings({ loaded, changes, additions, removals, left, skippedRotations, facts });
  const decisions = decisionsOf({ maps, draft, removals, left, facts });
  return { changes, removals, additions, decisions, findings, counts: countsOf(decisions) };
}

/** A plan in the making. */
class Draft {
  readonly changes: EntryChange[] = [];
  readonly additions: DesiredEntry[] = [];
  /** Entries that would have been rotated, had the inventory been recent, by what is added beside them. */
  readonly skippedRotations = new Map<DesiredEntry, LoadedEntry>();
  /** Entries that some desired one asks for and that stay: they are as they should be, or become so. */
  readonly kept = new Set<LoadedEntry>();
  private readonly loaded: LoadedMap;
  private readonly existing: RoleEntries;
  private readonly facts: MergeContext;
  /** What becomes of the entries that some desired one concerns. */
  private readonly settled = new Map<RoleEntry, 'kept' | 'shadowed'>();

  constructor(loaded: LoadedMap, desired: readonly DesiredEntry[], facts: MergeContext) {
    const roles = new Map(desired.filter(({ role }) => role).map((entry) => [entry, requireRole(entry)]));
    this.loaded = loaded;
    this.existing = new RoleEntries(loaded.entries, [...roles.values()]);
    this.facts = facts;
    for (const entry of desired) {
      const role = roles.get(entry);
      if (role) this.wantRole(entry, role);
      else this.wantNode(entry);
    }
  }

  /** All that no desired entry keeps, as far as that can be told. */
  unwanted(): UnwantedEntry[] {
    const { all } = this.existing;
    const open = all.filter((one) => !this.settled.has(one) && !undecidedReason(one.role, this.facts));
    const last = new Map(open.map((roleEntry) => [roleEntry.key, roleEntry]));
    const reasons = new Map(open.map((roleEntry) => [roleEntry, this.reasonFor(roleEntry, last)]));
    return all.flatMap((roleEntry): UnwantedEntry[] => {
      const settled = this.settled.get(roleEntry);
      const reason = settled === 'shadowed' ? settled : reasons.get(roleEntry);
      return reason ? [{ entry: roleEntry.entry, reason }] : [];
    });
  }

  private reasonFor(roleEntry: RoleEntry, last: ReadonlyMap<string, RoleEntry>): UnwantedReason {
    if (last.get(roleEntry.key) !== roleEntry) return 'shadowed';
    if (!this.facts.roleArns.has(roleEntry.key)) return 'gone';
    return this.existing.isWantedSet(roleEntry.role) ? 'rival' : 'unmapped';
  }

  private wantNode(desired: DesiredEntry): void {
    const arn = parseArn(desired.rolearn);
    const arns = new Set([desired.rolearn, ...(arn ? [formatArn(stripPath(arn))] : [])].map(lowerCase));
    const existing = this.loaded.entries.filter((entry) => arns.has(lowerCase(entry.arn)));
    for (const entry of existing) this.kept.add(entry);
    if (existing.length === 0) this.additions.push(desired);
  }

  private wantRole(desired: DesiredEntry, role: ProvisionedRoleArn): void {
    const own = this.existing.ofRole(role);
    const last = own.at(-1);
    for (const roleEntry of own) this.settled.set(roleEntry, roleEntry === last ? 'kept' : 'shadowed');
    if (last) this.update(last.entry, desired, false);
    else this.rotateOrAdd(desired, role);
  }

  private rotateOrAdd(desired: DesiredEntry, role: ProvisionedRoleArn): void {
    const predecessor = this.predecessorOf(role);
    if (predecessor && this.facts.rotate) {
      this.settled.set(predecessor, 'kept');
      this.update(predecessor.entry, desired, true);
      return;
    }
    if (predecessor) this.skippedRotations.set(desired, predecessor.entry);
    this.additions.push(desired);
  }

  /** The last entry for an earlier role of the same permission set and account, gone by now. */
  private predecessorOf(role: ProvisionedRoleArn): RoleEntry | undefined {
    const { accountsRead, roleArns, rotate } = this.facts;
    return this.existing.ofPermissionSet(role).findLast((old) => {
      const isGone = !roleArns.has(old.key) && (accountsRead.has(role.accountId) || !rotate);
      return isGone && !this.settled.has(old);
    });
  }

  private update(entry: LoadedEntry, desired: DesiredEntry, rotated: boolean): void {
    this.kept.add(entry);
    const arn = entry.arn.toLowerCase() === desired.rolearn.toLowerCase() ? null : desired.rolearn;
    const username = desired.usernameStated && entry.username !== desired.username ? desired.username : null;
    const groups = isSameList(entry.groups ?? [], desired.groups) ? null : desired.groups;
    if (arn !== null || username !== null || groups !== null)
      this.changes.push({ entry, arn, username, groups, rotated });
  }
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

function requireRole({ rolearn }: DesiredEntry): ProvisionedRoleArn {
  const role = parseProvisionedRoleArn(rolearn);
  if (!role) throw bug(`${rolearn} was resolved, but is no provisioned role`);
  return role;
}

function isSameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** An entry of a provisioned role. */
export interface RoleEntry {
  readonly entry: LoadedEntry;
  readonly role: ProvisionedRoleArn;
  /** The ARN without path, in lower case: equal for two ARNs of one role. */
  readonly key: string;
}

/** Entries by the role that they are for, whatever the case of their ARN and whether or not a path was left in. */
export class RoleEntries {
  /** In the order of the list. */
  readonly all: readonly RoleEntry[];
  private readonly byKey = new Map<string, RoleEntry[]>();
  private readonly bySet = new Map<string, RoleEntry[]>();

  /** `roles`: those that will be asked for. */
  constructor(entries: readonly LoadedEntry[], roles: readonly ProvisionedRoleArn[]) {
    for (const role of roles) {
      this.byKey.set(roleKey(role), []);
      this.bySet.set(wantedSetKey(role), []);
    }
    this.all = entries.flatMap((entry) => {
      const role = parseProvisionedRoleArn(entry.arn);
      return role ? { entry, role, key: roleKey(role) } : [];
    });
    for (const roleEntry of this.all) {
      this.byKey.get(roleEntry.key)?.push(roleEntry);
      this.bySet.get(wantedSetKey(roleEntry.role))?.push(roleEntry);
    }
  }

  ofRole(role: ProvisionedRoleArn): readonly RoleEntry[] {
    return this.byKey.get(roleKey(role)) ?? [];
  }

  /** Whether some role of this permission set in this account will be asked for. */
  isWantedSet(role: ProvisionedRoleArn): boolean {
    return this.bySet.has(wantedSetKey(role));
  }

  /** Those of the same permission set in the same account, whatever the suffix. */
  ofPermissionSet(role: ProvisionedRoleArn): readonly RoleEntry[] {
    return this.bySet.get(wantedSetKey(role)) ?? [];
  }
}

/** Account ids do not tell partitions apart. */
function wantedSetKey(role: ProvisionedRoleArn): string {
  return `${role.partition} ${setKey(role)}`;
}
