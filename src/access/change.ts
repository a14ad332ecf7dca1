import { isClusterAdmin, MASTERS } from '../authenticator/groups.ts';
import { templateMatcher } from '../authenticator/templates.ts';
import type { AwsAuth } from '../cluster/aws-auth.ts';
import { awsAuthEntry, type Entry } from '../cluster/entry.ts';
import { type Finding, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import { accountText, type Inventory, type Principal, principalText } from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import { type Authorizer, isDefault } from '../rbac/authorizer.ts';
import { type BoundRole, bindingText, boundRoleText } from '../rbac/model.ts';
import { risksOf, risksText, risksTogether } from '../rbac/risks.ts';
import { setKey } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { listed, quoted } from '../text.ts';
import { NOBODY_REASONS } from './nobody-reasons.ts';
import { identityOf, isPerson, liveRoleArns, roleWays, type Way } from './who-gets-in.ts';

/** The entries that a change adds, removes or modifies, as they load before and after. */
export interface ChangedEntries {
  readonly before: readonly Entry[];
  readonly after: readonly Entry[];
}

/** Effective entries that load differently. */
export function changedEntries(old: AwsAuth, fresh: AwsAuth): ChangedEntries {
  const [before, after] = [old.effective.map(awsAuthEntry), fresh.effective.map(awsAuthEntry)];
  const [known, wanted] = [new Set(before.map(entryKey)), new Set(after.map(entryKey))];
  return {
    before: before.filter((entry) => !wanted.has(entryKey(entry))),
    after: after.filter((entry) => !known.has(entryKey(entry))),
  };
}

function entryKey({ arn, username, groups }: Entry): string {
  return JSON.stringify([callerKey(arn), username, [...groups].sort()]);
}

/** The roles whose assignments decide who gains and loses access. */
export function rolesOfChange({ before, after }: ChangedEntries, inventory: Inventory): Set<string> {
  const ways = roleWays([...before, ...after], inventory, Assignees.of(inventory));
  return liveRoleArns(ways, inventory);
}

/**
 * Notes on who gains and loses access through a change, one for each permission set and account.
 * @param authorizer adds the roles that people gain and lose, and a warning for each new cluster admin
 */
export function explainChange(
  changed: ChangedEntries,
  inventory: Inventory,
  authorizer: Authorizer | null = null,
): Finding[] {
  const assignees = Assignees.of(inventory);
  const rights = authorizer && new ChangeRights(authorizer);
  const before = bySet(roleWays(changed.before, inventory, assignees));
  const after = bySet(roleWays(changed.after, inventory, assignees));
  const admins: string[] = [];
  const notes = [...new Map([...before, ...after])].map(
    ([key, [{ permissionSet, accountId: id, accountName: name }]]) => {
      const [old, fresh] = [before.get(key) ?? null, after.get(key) ?? null];
      const place = `${permissionSet} in account ${accountText({ id, name })}`;
      if (old?.[0].status === 'unknown' || fresh?.[0].status === 'unknown')
        return `${place}: can't tell who gains or loses access`;
      const changes = changesOf(old, fresh);
      const members = rights ? membersOf(changes, assignees) : [];
      if (rights) admins.push(...adminTexts(changes, members, rights));
      const texts = [
        ...differences(changes, wayIn(old)?.entry ?? null, wayIn(fresh)?.entry ?? null, rights),
        ...(rights ? memberTexts(members, rights) : []),
      ];
      return `${place}: ${(texts.length > 0 ? texts : [nobodyText(fresh ?? old)]).join('; ')}`;
    },
  );
  const messages = notes.length > 0 ? notes : ['nobody gains or loses access through this change'];
  return [...messages.map((message) => note('access-change', message)), ...adminFindings(admins)];
}

function nobodyText(ways: EntryWays | null): string {
  const nobody = ways?.[0].nobody;
  return `nobody gains or loses access${nobody ? `, because ${NOBODY_REASONS[nobody]}` : ''}`;
}

function adminFindings(texts: readonly string[]): Finding[] {
  if (texts.length === 0) return [];
  const message = `cluster admins through a binding, once this change is applied: ${listed([...new Set(texts)])}`;
  return [warning('admin-by-binding', message)];
}

function adminTexts(
  changes: readonly AccessChange[],
  members: readonly AccessChange[],
  rights: ChangeRights,
): string[] {
  const gains = [
    ...changes.map((change) => ({
      change,
      gained: rights.beyond(change.principal, change.fresh, change.old),
    })),
    ...members.map((change) => ({
      change,
      gained: rights.ownBeyond(change.principal, change.fresh, change.old),
    })),
  ];
  return gains.flatMap(({ change, gained }) => {
    const role = rights.adminBy(gained, change);
    return role ? `${principalText(change.principal)} (${bindingText(role.binding)})` : [];
  });
}

/** The routes through one entry, at least one. */
type EntryWays = readonly [Way, ...Way[]];

/** Keyed by permission set and account; an entry that grants access wins over others. */
function bySet(ways: readonly Way[]): Map<string, EntryWays> {
  const all = [...groupBy(ways, ({ entry }) => entry).values()].flatMap(([first, ...others]) => {
    const own: EntryWays[] = first ? [[first, ...others]] : [];
    return own;
  });
  const live = all.filter(([{ nobody }]) => !nobody);
  return new Map(
    [...all, ...live].map((own) => {
      const [{ accountId, permissionSet }] = own;
      return [setKey({ accountId, permissionSet: permissionSet ?? '' }), own];
    }),
  );
}

/** Everyone with access before or after; deleted users and groups have none. */
function changesOf(old: EntryWays | null, fresh: EntryWays | null): AccessChange[] {
  const [were, are] = [livingIn(old), livingIn(fresh)];
  const [wereIds, areIds] = [were, are].map((principals) => new Set(principals.map(({ id }) => id)));
  return [
    ...are.map((principal) => {
      return { principal, old: wereIds?.has(principal.id) ? wayIn(old) : null, fresh: wayIn(fresh) };
    }),
    ...were.flatMap((principal) =>
      areIds?.has(principal.id) ? [] : { principal, old: wayIn(old), fresh: null },
    ),
  ];
}

/** Any of the routes, for what they share. */
function wayIn(ways: EntryWays | null): Way | null {
  return ways?.[0] ?? null;
}

function livingIn(ways: EntryWays | null): readonly Principal[] {
  const people = ways?.map(({ principal }) => principal).filter(isPerson) ?? [];
  return people.filter(({ name }) => name !== null);
}

/** The known members of the groups, each once, without anyone who is assigned directly. */
function membersOf(changes: readonly AccessChange[], assignees: Assignees): AccessChange[] {
  const members = new Map(
    changes.flatMap(({ principal, old, fresh }) =>
      (assignees.membersOf(principal) ?? []).map((member) => [member.id, { principal: member, old, fresh }]),
    ),
  );
  for (const { principal } of changes) members.delete(principal.id);
  return [...members.values()].filter(({ principal }) => principal.name !== null);
}

/** Gains and losses of members through bindings that name them rather than their groups. */
function memberTexts(members: readonly AccessChange[], rights: ChangeRights): string[] {
  const gains = groupBy(members, ({ principal, old, fresh }) =>
    rights.rolesText(rights.ownBeyond(principal, fresh, old)),
  );
  const losses = groupBy(members, ({ principal, old, fresh }) =>
    rights.rolesText(rights.ownBeyond(principal, old, fresh)),
  );
  return [
    ...[...gains].flatMap(([text, some]) => (text ? clauses(some, GAIN, text, () => '') : [])),
    ...[...losses].flatMap(([text, some]) => (text ? clauses(some, LOSE, text, () => '') : [])),
  ];
}

function differences(
  changes: readonly AccessChange[],
  old: Entry | null,
  fresh: Entry | null,
  rights: ChangeRights | null,
): string[] {
  const newcomers = changes.filter((change) => !change.old);
  const leavers = changes.filter((change) => !change.fresh);
  const stayers = changes.filter((change) => change.old && change.fresh);
  return [
    ...(fresh ? clauses(newcomers, GAIN, accessText(fresh, rights), gainText(rights, 'no permissions')) : []),
    ...(old ? clauses(leavers, LOSE, accessText(old, rights), lossText(rights, 'no permissions')) : []),
    ...(old && fresh ? changesFor(stayers, old, fresh, rights) : []),
  ];
}

function changesFor(
  changes: readonly AccessChange[],
  old: Entry,
  fresh: Entry,
  rights: ChangeRights | null,
): string[] {
  const [before, after] = [old.groups, fresh.groups];
  const more = after.filter((group) => !before.includes(group));
  const fewer = before.filter((group) => !after.includes(group));
  const renamed = `${quoted(fresh.username)} instead of ${quoted(old.username)}`;
  // Gains and losses that no group explains come from the username.
  const byName: RightsText = (change) => {
    const gained = more.length > 0 ? '' : gainText(rights, '')(change);
    const lost = fewer.length > 0 ? '' : lossText(rights, '')(change);
    return [gained && `gaining ${gained}`, lost && `losing ${lost}`].filter((text) => text !== '').join(', ');
  };
  return [
    ...(more.length > 0
      ? clauses(changes, GAIN, groupsText(more, rights), gainText(rights, 'no additional permissions'))
      : []),
    ...(fewer.length > 0
      ? clauses(changes, LOSE, groupsText(fewer, rights), lossText(rights, 'no permissions lost'))
      : []),
    ...(old.username === fresh.username ? [] : clauses(changes, BECOME, renamed, byName)),
  ];
}

type RightsText = (change: AccessChange) => string;

function gainText(rights: ChangeRights | null, none: string): RightsText {
  return ({ principal, old, fresh }) => rights?.text(principal, fresh, old, none) ?? '';
}

function lossText(rights: ChangeRights | null, none: string): RightsText {
  return ({ principal, old, fresh }) => rights?.text(principal, old, fresh, none) ?? '';
}

/** Verbs for one principal and for several. */
const GAIN = ['gains', 'gain'] as const;
const LOSE = ['loses', 'lose'] as const;
const BECOME = ['becomes', 'become'] as const;

/** `user "ada" gains "view" (ClusterRole/view cluster-wide)`, one clause for everyone with the same permissions. */
function clauses(
  changes: readonly AccessChange[],
  [one, many]: readonly [string, string],
  what: string,
  rightsText: RightsText,
): string[] {
  return [...groupBy(changes, rightsText)].map(([rights, some]) => {
    const names = listed(some.map(({ principal }) => principalText(principal)));
    return `${names} ${some.length === 1 ? one : many} ${what}${rights && ` (${rights})`}`;
  });
}

function accessText({ groups, username }: Entry, rights: ChangeRights | null): string {
  return `${groupsText(groups, rights)}, as ${quoted(username)}`;
}

function groupsText(groups: readonly string[], rights: ChangeRights | null): string {
  if (groups.length === 0) return 'access without groups';
  return listed(groups.map((group) => rights?.groupText(group) ?? quoted(group)));
}

/** A principal and its routes before and after a change; null if it has no access. */
interface AccessChange {
  readonly principal: Principal;
  readonly old: Way | null;
  readonly fresh: Way | null;
}

/** Permissions that bindings grant through entries, before and after a change. */
class ChangeRights {
  private readonly authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.authorizer = authorizer;
  }

  /** The roles that a principal has through `one` but not `other`; none if both make it cluster admin. */
  beyond(principal: Principal, one: Way | null, other: Way | null): BoundRole[] {
    if (isMaster(one) && isMaster(other)) return [];
    const known = new Set(this.rolesOf(principal, other).map(boundRoleText));
    return this.rolesOf(principal, one).filter((role) => !known.has(boundRoleText(role)));
  }

  /** The permissions that a principal has through `one` but not `other`, as a clause. */
  text(principal: Principal, one: Way | null, other: Way | null, none: string): string {
    if (isMaster(one) && !isMaster(other)) return 'cluster admin';
    const texts = [
      this.rolesText(this.beyond(principal, one, other)),
      this.togetherText(principal, one, other),
    ];
    return texts.filter(Boolean).join(', ') || none;
  }

  /** Like `beyond`, but only roles that bindings grant by name, not to everyone with access through the entry. */
  ownBeyond(principal: Principal, one: Way | null, other: Way | null): BoundRole[] {
    const others = new Set(this.beyond({ ...principal, type: 'GROUP' }, one, other).map(boundRoleText));
    return this.beyond(principal, one, other).filter((role) => !others.has(boundRoleText(role)));
  }

  /** `ClusterRole/ops cluster-wide (cluster admin), ClusterRole/edit in payments`: roles with risks first. */
  rolesText(roles: readonly BoundRole[]): string {
    const texts = [...groupBy(roles, boundRoleText)].map(([text, [role]]) => {
      const risks = role ? risksText([role], this.authorizer) : '';
      return { isRisk: risks !== '', text: risks === '' ? text : `${text} (${risks})` };
    });
    const sorted = texts.toSorted((one, other) => Number(other.isRisk) - Number(one.isRisk));
    return listed(sorted.map(({ text }) => text));
  }

  /** The gained role that makes a principal cluster admin who was not one before. */
  adminBy(gained: readonly BoundRole[], { old, fresh }: AccessChange): BoundRole | undefined {
    if (isMaster(old) || isMaster(fresh)) return undefined;
    const [found] = risksOf(gained, this.authorizer);
    return found?.risk === 'cluster-admin' ? found.through : undefined;
  }

  groupText(group: string): string {
    const isBound = group === MASTERS || templateMatcher(group) || this.authorizer.isBound('Group', group);
    return isBound ? quoted(group) : `${quoted(group)} (no binding names it)`;
  }

  private rolesOf(principal: Principal, access: Way | null): readonly BoundRole[] {
    const identity = access && identityOf(access, principal);
    if (!identity) return [];
    const { own, everybody } = this.authorizer.rightsOf(identity);
    return [...own, ...everybody.filter((bound) => !isDefault(bound))];
  }

  /** Risks that only several roles together bring, through `one` but not `other`: `together may bind roles` */
  private togetherText(principal: Principal, one: Way | null, other: Way | null): string {
    const before = risksOf(this.rolesOf(principal, other), this.authorizer);
    const found = risksTogether(this.rolesOf(principal, one), before, this.authorizer);
    return found.length === 0 ? '' : `together ${found.map(({ text }) => text).join(', ')}`;
  }
}

function isMaster(access: Way | null): boolean {
  return access !== null && isClusterAdmin(access.entry);
}
