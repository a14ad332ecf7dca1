import { awsAuthEntry, type Entry } from '../access-entry/entry.ts';
import type { AwsAuth } from '../aws-auth/aws-auth.ts';
import { MASTERS } from '../aws-auth/groups.ts';
import { templateMatcher } from '../aws-auth/templates.ts';
import { Assignees } from '../directory/assignees.ts';
import { accountText, type Inventory, type Principal, principalText } from '../directory/model.ts';
import { ReadTime } from '../directory/read-time.ts';
import { type Finding, note, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { Authorizer } from '../rbac/authorizer.ts';
import { bindingText, boundRoleText } from '../rbac/model.ts';
import { RISKS } from '../rbac/ways-to-admin.ts';
import { setKey } from '../role-name.ts';
import { callerKey } from '../same-arn.ts';
import { listed, quoted } from '../text.ts';
import { ClusterRights, type Rights } from './cluster-rights.ts';
import { liveRoleArns, roleWays, wayOf } from './find-ways.ts';
import { isPerson, NOBODY_REASONS, type Way } from './way.ts';

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
  const ways = roleWays([...before, ...after], inventory);
  return liveRoleArns(ways, inventory);
}

/**
 * Notes on who gains and loses access through a change, one for each permission set and account.
 * @param authorizer adds the permissions that each of them gains and loses, and a warning for new cluster admins
 */
export function explainChange(
  changed: ChangedEntries,
  inventory: Inventory,
  authorizer: Authorizer | null = null,
): Finding[] {
  const assignees = Assignees.of(inventory);
  const rights = authorizer && new ClusterRights(authorizer);
  const ways = roleWays([...changed.before, ...changed.after], inventory);
  const before = new Set(changed.before);
  const bySet = groupBy(ways, ({ accountId, permissionSet }) =>
    setKey({ accountId, permissionSet: permissionSet ?? '' }),
  );
  const explained = [...bySet.values()].map((all) => {
    const live = all.filter(({ status }) => status === 'granted');
    const old = live.findLast(({ entry }) => before.has(entry)) ?? null;
    const fresh = live.findLast(({ entry }) => !before.has(entry)) ?? null;
    const changes = changesOf(live, [old, fresh], assignees, rights);
    const [place] = all.map(
      ({ permissionSet, accountId: id, accountName: name }) =>
        `${permissionSet} in account ${accountText({ id, name })}`,
    );
    const texts = all.some(({ status }) => status === 'unknown')
      ? ["can't tell who gains or loses access"]
      : changeTexts(changes, old?.entry ?? null, fresh?.entry ?? null, rights);
    const nobody = all.findLast((way) => way.nobody)?.nobody;
    const none = `nobody gains or loses access${nobody ? `, because ${NOBODY_REASONS[nobody]}` : ''}`;
    const message = `${place}: ${texts.length > 0 ? texts.join('; ') : none}`;
    return { changes, message: ReadTime.earliest(...all.map(ReadTime.of)).dated(message) };
  });
  const notes = explained.map(({ message }) => note('access-change', message));
  const admins = new Set(
    explained.flatMap(({ changes }) => changes.flatMap(({ newAdmin }) => newAdmin ?? [])),
  );
  const message = `cluster admins through a binding, once this change is applied: ${listed([...admins])}`;
  return [
    ...(notes.length > 0
      ? notes
      : [note('access-change', 'nobody gains or loses access through this change')]),
    ...(admins.size > 0 ? [warning('admin-by-binding', message)] : []),
  ];
}

/** A person or group, and the permissions it gains and loses; empty without any, or if they are unknown. */
interface AccessChange {
  readonly principal: Principal;
  /** The group of a user who isn't assigned directly. */
  readonly via: Principal | null;
  readonly gained: string;
  readonly lost: string;
  /** Set if a binding makes it cluster admin: `user "bob" (ClusterRoleBinding ops)` */
  readonly newAdmin: string | null;
}

/**
 * The changes for everyone with a permission set in an account, and for members of their groups that bindings name:
 * these have other permissions than their group.
 * @param sides a route through the entry before and after the change; null if no entry grants access
 */
function changesOf(
  live: readonly Way[],
  sides: readonly [old: Way | null, fresh: Way | null],
  assignees: Assignees,
  rights: ClusterRights | null,
): AccessChange[] {
  const waysOf = (principal: Principal, via: Principal | null) =>
    sides.map((way) => way && wayOf(way, principal, via));
  const changeOf = (principal: Principal, via: Principal | null): AccessChange => {
    // Without access, people still have what needs no credentials.
    const [before, after] = waysOf(principal, via).map((way) => (way ? rights?.of(way) : rights?.anybody));
    if (!before || !after) return { principal, via, gained: '', lost: '', newAdmin: null };
    // The role whose binding makes someone cluster admin who wasn't before.
    const isNew = after.admin === null && !risksIn(before).some(isAdmin);
    const { through } = (isNew && risksIn(after).find(isAdmin)) || {};
    const roles = [...after.roles, ...after.rolesOfEverybody];
    const admin = roles.find((role) => boundRoleText(role) === through);
    return {
      principal,
      via,
      gained: listed(beyond(after, before)),
      lost: listed(beyond(before, after)),
      newAdmin: admin ? `${principalText(principal)} (${bindingText(admin.binding)})` : null,
    };
  };
  const people = live.map(({ principal }) => principal).filter(isPerson);
  const assigned = new Map(people.map((one) => [one.id, one]));
  const members = [...assigned.values()].flatMap((group) =>
    (assignees.membersOf(group) ?? []).map((member) => [member.id, { member, group }] as const),
  );
  const apart = [...new Map(members)].filter(
    ([id, { member, group }]) =>
      !assigned.has(id) && waysOf(member, group).some((way) => way && rights?.isNamed(way)),
  );
  return [
    ...[...assigned.values()].map((one) => changeOf(one, null)),
    ...apart.map(([, { member, group }]) => changeOf(member, group)),
  ];
}

/** The permissions in `one` but not in `other`, first `ClusterRole/ops cluster-wide (cluster admin)`. */
function beyond(one: Rights, other: Rights): string[] {
  if (other.admin !== null) return [];
  if (one.admin !== null) return risksIn(other).some(isAdmin) ? [] : [RISKS['cluster-admin']];
  const risks = risksIn(one).filter(({ text }) => !risksIn(other).some((known) => known.text === text));
  const byRole = groupBy(risks, ({ through }) => through);
  const known = new Set([...rolesIn(other), ...byRole.keys()]);
  return [
    ...[...byRole].map(([role, same]) => `${role} (${same.map(({ text }) => text).join(', ')})`),
    ...rolesIn(one).filter((role) => !known.has(role)),
  ];
}

function isAdmin({ risk }: Rights['risks'][number]): boolean {
  return risk === 'cluster-admin';
}

function risksIn({ risks, risksOfEverybody }: Rights): Rights['risks'] {
  return [...risks, ...risksOfEverybody];
}

function rolesIn({ bindings, bindingsOfEverybody }: Rights): string[] {
  return [...new Set([...bindings, ...bindingsOfEverybody])];
}

/** Changes of the entry for everyone assigned, with permissions; then permissions that it doesn't explain. */
function changeTexts(
  changes: readonly AccessChange[],
  old: Entry | null,
  fresh: Entry | null,
  rights: ClusterRights | null,
): string[] {
  const assigned = changes.filter(({ via }) => !via);
  const isChanged = old !== null && fresh !== null;
  const directions = [
    {
      key: 'gained',
      verb: GAIN,
      text: entryText(fresh, old, rights),
      none: isChanged ? 'no additional permissions' : 'no permissions',
    },
    {
      key: 'lost',
      verb: LOSE,
      text: entryText(old, fresh, rights),
      none: isChanged ? 'no permissions lost' : 'no permissions',
    },
  ] as const;
  const byEntry = directions.flatMap(({ key, verb, text, none }) =>
    clauses(
      text === null ? [] : assigned,
      verb,
      (change) => `${text}${rights ? ` (${change[key] || none})` : ''}`,
    ),
  );
  const isRenamed = isChanged && old.username !== fresh.username;
  const renamed = `${quoted(fresh?.username ?? '')} instead of ${quoted(old?.username ?? '')}`;
  const others = directions.flatMap(({ key, verb, text }) => {
    const isUntold = (change: AccessChange) => {
      const group = changes.find(({ principal }) => principal.id === change.via?.id);
      return change[key] !== '' && (group ? change[key] !== group[key] : text === null);
    };
    return clauses(changes.filter(isUntold), verb, (change) => change[key]);
  });
  return [...byEntry, ...clauses(isRenamed ? assigned : [], BECOME, () => renamed), ...others];
}

/** The groups of an entry that the other doesn't have; without another one, the access; null if nothing differs. */
function entryText(one: Entry | null, other: Entry | null, rights: ClusterRights | null): string | null {
  if (!one) return null;
  const groups = one.groups.filter((group) => !other?.groups.includes(group));
  const isKnown = (group: string) =>
    group === MASTERS || templateMatcher(group) || rights?.authorizer.isBound('Group', group) !== false;
  const texts = groups.map((group) => `${quoted(group)}${isKnown(group) ? '' : ' (no binding names it)'}`);
  if (other) return texts.length > 0 ? listed(texts) : null;
  return `${texts.length > 0 ? listed(texts) : 'access without groups'}, as ${quoted(one.username)}`;
}

/** Verbs for one principal and for several. */
const GAIN = ['gains', 'gain'] as const;
const LOSE = ['loses', 'lose'] as const;
const BECOME = ['becomes', 'become'] as const;

/** `user "ada", user "bob" gain "view"`, one clause for everyone with the same text. */
function clauses(
  changes: readonly AccessChange[],
  [one, many]: readonly [string, string],
  textOf: (change: AccessChange) => string,
): string[] {
  return [...groupBy(changes, textOf)].map(([text, some]) => {
    const names = listed(some.map(({ principal }) => principalText(principal)));
    return `${names} ${some.length === 1 ? one : many} ${text}`;
  });
}
