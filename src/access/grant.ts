import type { Principal } from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';
import type { EntryAccess } from './entry-access.ts';

/** Somebody who comes in by an entry. */
export interface Grant {
  readonly principal: Principal;
  /** The group that a user comes through; null for whoever is assigned in person. */
  readonly via: Principal | null;
  readonly access: EntryAccess;
}

/** Whose grants are wanted. */
export interface GrantFilter {
  /** Ids of users, with whatever they reach through groups. */
  readonly users: ReadonlySet<string> | null;
  /** Ids of groups. */
  readonly groups: ReadonlySet<string> | null;
  /** Whether the members of groups are listed behind them. */
  readonly expand: boolean;
}

/** Who comes in by the entries: in their order, groups before users. */
export function grantsOf(
  access: readonly EntryAccess[],
  assignees: Assignees,
  { users, groups, expand }: GrantFilter,
): Grant[] {
  const everybody = access.flatMap((one) =>
    (one.principals ?? []).flatMap((principal) => [
      { principal, via: null, access: one },
      ...(principal.type === 'GROUP' ? throughGroup(principal, one, assignees, users, expand) : []),
    ]),
  );
  if (users === null && groups === null) return everybody;
  return everybody.filter(
    ({ principal, via }) =>
      users?.has(principal.id) || groups?.has(principal.id) || (via && groups?.has(via.id)),
  );
}

/** The members that are wanted; those of a deleted group do not come in. */
function throughGroup(
  group: Principal,
  access: EntryAccess,
  assignees: Assignees,
  users: ReadonlySet<string> | null,
  expand: boolean,
): Grant[] {
  if (group.name === null) return [];
  const members = new Map<string, Principal>();
  if (expand) for (const member of assignees.membersOf(group) ?? []) members.set(member.id, member);
  for (const id of users ?? []) {
    const user = assignees.principal(id);
    if (user && assignees.groupsOf(id).has(group.id)) members.set(id, user);
  }
  return [...members.values()].map((principal) => ({ principal, via: group, access }));
}

/** Whether somebody who comes in by an entry is an administrator of the whole cluster. */
export function isMaster({ entry }: EntryAccess): boolean {
  return (entry.groups ?? []).includes('system:masters');
}
