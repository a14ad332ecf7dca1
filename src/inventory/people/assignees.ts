import { type Problem, refusal } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { memo } from '../../memo.ts';
import { compareStrings, didYouMean, quoted } from '../../text.ts';
import {
  type Inventory,
  type Principal,
  type PrincipalType,
  principalTypeText,
  type Role,
  shortName,
} from '../model.ts';
import type { PrincipalName } from '../query.ts';

/** Who is assigned which permission set in which account, by the set's name. */
export class Assignees {
  /** Who is assigned what in an inventory, gathered once. */
  static readonly of = memo((inventory: Inventory) => new Assignees(inventory));

  private readonly principals: ReadonlyMap<string, Principal>;
  private readonly accountsRead: ReadonlySet<string>;
  private readonly leftovers: ReadonlySet<string>;
  private readonly byName: ReadonlyMap<string, readonly Principal[]>;
  private readonly byPair = new Map<string, Principal[]>();
  private readonly idsByPair = new Map<string, Set<string>>();
  private readonly setsByAccount = new Map<string, Set<string>>();
  private readonly groupsByUser = new Map<string, Set<string>>();

  private constructor({ accounts, assignments, permissionSets, principals }: Inventory) {
    this.principals = new Map(principals?.map((principal) => [principal.id, principal]));
    this.byName = groupByName(this.principals.values());
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

  /** Whether the assignments of an account are known. */
  hasAssignments(accountId: string): boolean {
    return this.accountsRead.has(accountId);
  }

  /**
   * Whether it is known who is assigned a permission set in an account; of a role that outlived its set, it is not.
   */
  areKnown(accountId: string, permissionSet: string): boolean {
    return this.hasAssignments(accountId) && !this.leftovers.has(pairKey(accountId, permissionSet));
  }

  /** Whether it is known that nobody is assigned a permission set in an account. */
  isUnassigned({ accountId, permissionSet }: Pick<Role, 'accountId' | 'permissionSet'>): boolean {
    return this.areKnown(accountId, permissionSet) && this.idsOf(accountId, permissionSet).size === 0;
  }

  /** Everybody who is assigned a permission set in an account: groups before users, by name, who was deleted last. */
  of(accountId: string, permissionSet: string): readonly Principal[] {
    return [...(this.byPair.get(pairKey(accountId, permissionSet)) ?? [])].sort(comparePrincipals);
  }

  /** The ids of all of them. */
  idsOf(accountId: string, permissionSet: string): ReadonlySet<string> {
    return this.idsByPair.get(pairKey(accountId, permissionSet)) ?? NOBODY;
  }

  /** The names of the permission sets that anybody is assigned in an account. */
  setsIn(accountId: string): readonly string[] {
    return [...(this.setsByAccount.get(accountId) ?? [])].sort();
  }

  principal(id: string): Principal | undefined {
    return this.principals.get(id);
  }

  /** By exact name. */
  named(type: PrincipalType, name: string): readonly Principal[] {
    return this.byName.get(nameKey(type, name)) ?? [];
  }

  /**
   * Those with an exact name: one, unless snapshots of several identity stores are merged.
   * @throws Failure (exit 2) where there is none
   */
  requireNamed(wanted: PrincipalName, isSnapshot: boolean): readonly Principal[] {
    const found = this.named(wanted.type, wanted.name);
    if (found.length === 0) throw refusal(unknownPrincipal(wanted, this, isSnapshot));
    return found;
  }

  /** The names of all groups, or of all users, that are known. */
  namesOf(type: PrincipalType): readonly string[] {
    return [...this.principals.values()].flatMap((principal) =>
      principal.type === type ? (principal.name ?? []) : [],
    );
  }

  /** The ids of the groups that a user is in, as far as is known. */
  groupsOf(userId: string): ReadonlySet<string> {
    return this.groupsByUser.get(userId) ?? NOBODY;
  }

  /** The users in a group by name; null where they were not read. */
  membersOf({ members }: Principal): readonly Principal[] | null {
    if (members === null) return null;
    return members.map((id) => this.principals.get(id) ?? unnamed('USER', id)).sort(comparePrincipals);
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** Who was deleted has no name to be found by. */
function groupByName(principals: Iterable<Principal>): Map<string, Principal[]> {
  const named = [...principals].filter(({ name }) => name !== null);
  return groupBy(named, ({ type, name }) => nameKey(type, name ?? ''));
}

/** A principal that was edited out of a snapshot is not a deleted one: its id serves as the name. */
function unnamed(type: PrincipalType, id: string): Principal {
  return { type, id, name: id, members: null };
}

type PrincipalOrder = Pick<Principal, 'type' | 'id' | 'name'>;

/** Groups before users, by name, who was deleted last. */
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

/** Says that nobody has a name, with similar names. */
export function unknownPrincipal(
  { type, name: wanted }: PrincipalName,
  assignees: Assignees,
  isSnapshot: boolean,
): Problem {
  const [word, name] = [principalTypeText(type), quoted(shortName(wanted))];
  const near = didYouMean(wanted, assignees.namesOf(type).map(shortName));
  if (isSnapshot) {
    return {
      message: `the snapshot has no ${word} named ${name}`,
      help:
        near ??
        'A snapshot holds only those who are assigned something in its accounts; ask AWS, or take a new one.',
    };
  }
  const exact =
    type === 'GROUP'
      ? 'The display name must match exactly, including case.'
      : 'The user name (often an e-mail address) must match exactly, including case.';
  return { message: `no ${word} is named ${name}`, help: near ?? exact };
}
