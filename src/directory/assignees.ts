import { type Finding, type Problem, refusal, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { memo } from '../memo.ts';
import { compareStrings, didYouMean, listed, nearNames, quoted } from '../text.ts';
import {
  type Inventory,
  type Principal,
  type PrincipalType,
  principalTypeText,
  type Role,
  shortName,
} from './model.ts';
import type { PrincipalName } from './query.ts';
import { ReadTime } from './read-time.ts';

/** Assignments by account and permission set name. */
export class Assignees {
  /** An inventory's assignments, indexed once. */
  static readonly of = memo((inventory: Inventory) => new Assignees(inventory));

  private readonly readTime: ReadTime;
  private readonly principals: ReadonlyMap<string, Principal>;
  private readonly accountsRead: ReadonlySet<string>;
  private readonly leftovers: ReadonlySet<string>;
  private readonly byName: ReadonlyMap<string, readonly Principal[]>;
  private readonly byPair = new Map<string, Principal[]>();
  private readonly idsByPair = new Map<string, Set<string>>();
  private readonly setsByAccount = new Map<string, Set<string>>();
  private readonly groupsByUser = new Map<string, Set<string>>();

  private constructor(inventory: Inventory) {
    const { accounts, assignments, permissionSets, principals } = inventory;
    this.readTime = ReadTime.of(inventory);
    this.principals = new Map(principals?.map((principal) => [principal.id, principal]));
    // Deleted principals have no name.
    const named = [...this.principals.values()].filter(({ name }) => name !== null);
    this.byName = groupBy(named, ({ type, name }) => nameKey(type, name ?? ''));
    this.accountsRead = new Set(accounts.filter((account) => account.assignmentsRead).map(({ id }) => id));
    this.leftovers = new Set(
      accounts.flatMap(({ id, leftoverSets = [] }) => leftoverSets.map((name) => pairKey(id, name))),
    );
    const names = new Map(permissionSets?.map(({ arn, name }) => [arn, name]));
    for (const { accountId, permissionSetArn, principalType, principalId } of assignments ?? []) {
      const name = names.get(permissionSetArn);
      if (name === undefined) continue;
      const principal = this.principals.get(principalId) ?? unnamed(principalType, principalId);
      const pair = pairKey(accountId, name);
      const others = this.byPair.get(pair);
      if (others) others.push(principal);
      else this.byPair.set(pair, [principal]);
      addTo(this.idsByPair, pair, principalId);
      addTo(this.setsByAccount, accountId, name);
    }
    for (const { type, id, members, groups } of this.principals.values()) {
      if (type === 'GROUP') for (const user of members ?? []) addTo(this.groupsByUser, user, id);
      for (const group of groups ?? []) addTo(this.groupsByUser, id, group);
    }
  }

  /** True if the account's assignments are known. */
  hasAssignments(accountId: string): boolean {
    return this.accountsRead.has(accountId);
  }

  /** True if a permission set's assignments in an account are known; they aren't for a role that outlived its set. */
  areKnown(accountId: string, permissionSet: string): boolean {
    return this.hasAssignments(accountId) && !this.leftovers.has(pairKey(accountId, permissionSet));
  }

  /** True if a permission set is known to have no assignments in an account. */
  isUnassigned({ accountId, permissionSet }: Pick<Role, 'accountId' | 'permissionSet'>): boolean {
    return this.areKnown(accountId, permissionSet) && this.idsOf(accountId, permissionSet).size === 0;
  }

  /** Principals with a permission set in an account: groups before users, by name, deleted ones last. */
  of(accountId: string, permissionSet: string): readonly Principal[] {
    return [...(this.byPair.get(pairKey(accountId, permissionSet)) ?? [])].sort(comparePrincipals);
  }

  /** Ids of the principals with a permission set in an account. */
  idsOf(accountId: string, permissionSet: string): ReadonlySet<string> {
    return this.idsByPair.get(pairKey(accountId, permissionSet)) ?? NOBODY;
  }

  /** Names of the permission sets with assignments in an account. */
  setsIn(accountId: string): readonly string[] {
    return [...(this.setsByAccount.get(accountId) ?? [])].sort();
  }

  principal(id: string): Principal | undefined {
    return this.principals.get(id);
  }

  /** Principals with an exact name. */
  named(type: PrincipalType, name: string): readonly Principal[] {
    return this.byName.get(nameKey(type, name)) ?? [];
  }

  /**
   * Principals with an exact name: one, unless snapshots of several identity stores are merged, which is a warning.
   * @throws Failure (exit 2) if nobody has the name
   */
  requireNamed(
    wanted: PrincipalName,
    isSnapshot: boolean,
    report: (findings: readonly Finding[]) => void,
  ): readonly Principal[] {
    const found = this.named(wanted.type, wanted.name);
    if (found.length > 1) {
      const message = `${found.length} ${principalTypeText(wanted.type)}s are named ${quoted(shortName(wanted.name))}, and the answer is about all of them: ${listed(found.map(({ id }) => id))}`;
      const help =
        'Their identity stores may differ. Use one snapshot at a time, or tell them apart by their IDs.';
      report([warning('several-named', this.readTime.dated(message), { help })]);
    }
    if (found.length > 0) return found;
    const { message, help } = unknownPrincipal(wanted, this, isSnapshot);
    throw refusal({ message: this.readTime.dated(message), ...(help && { help }) });
  }

  /** All known group names, or all known user names. */
  namesOf(type: PrincipalType): readonly string[] {
    return [...this.principals.values()].flatMap((principal) =>
      principal.type === type ? (principal.name ?? []) : [],
    );
  }

  /** Known ids of a user's groups. */
  groupsOf(userId: string): ReadonlySet<string> {
    return this.groupsByUser.get(userId) ?? NOBODY;
  }

  /** A group's users, by name; null if not read. */
  membersOf({ members }: Principal): readonly Principal[] | null {
    if (members === null) return null;
    return members.map((id) => this.principals.get(id) ?? unnamed('USER', id)).sort(comparePrincipals);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** A principal removed from a snapshot by hand isn't a deleted one: its ID replaces the name. */
function unnamed(type: PrincipalType, id: string): Principal {
  return { type, id, name: id, members: null };
}

type PrincipalOrder = Pick<Principal, 'type' | 'id' | 'name'>;

/** Sorts groups before users, by name, deleted ones last. */
export function comparePrincipals(one: PrincipalOrder, other: PrincipalOrder): number {
  return (
    compareStrings(one.type, other.type) ||
    Number(one.name === null) - Number(other.name === null) ||
    compareStrings(one.name ?? '', other.name ?? '') ||
    compareStrings(one.id, other.id)
  );
}

function nameKey(type: PrincipalType, name: string): string {
  return `${type} ${name}`;
}

function pairKey(accountId: string, permissionSet: string): string {
  return `${accountId}/${permissionSet}`;
}

function addTo(map: Map<string, Set<string>>, key: string, value: string): void {
  const set = map.get(key);
  if (set) set.add(value);
  else map.set(key, new Set([value]));
}

const EMAIL = /^([^@]+)@([^@]+)$/;

/** The problem for an unknown name, with similar names. */
export function unknownPrincipal(
  { type, name: wanted }: PrincipalName,
  assignees: Assignees,
  isSnapshot: boolean,
): Problem {
  const [word, name] = [principalTypeText(type), quoted(shortName(wanted))];
  // Colleagues share the domain of their addresses: it doesn't make names alike.
  const alike = assignees.namesOf(type).filter((known) => {
    const [, mine, domain] = EMAIL.exec(wanted) ?? [];
    const [, own, theirs] = EMAIL.exec(known) ?? [];
    return domain !== theirs || mine === undefined || nearNames(mine, [own ?? '']).length > 0;
  });
  const near = didYouMean(wanted, alike.map(shortName));
  if (isSnapshot) {
    return {
      message: `the snapshot has no ${word} named ${name}`,
      help:
        near ??
        'A snapshot only contains users and groups with assignments in its accounts, so nobody who was deleted. Query AWS instead, or take a new snapshot.',
    };
  }
  const exact =
    type === 'GROUP'
      ? 'The display name must match exactly, including case.'
      : 'The user name (often an e-mail address) must match exactly, including case.';
  return { message: `no ${word} is named ${name}`, help: near ?? exact };
}
