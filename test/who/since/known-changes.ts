import type { Inventory, Principal, Role } from '../../../src/directory/model.ts';
import { ACCOUNT, accessEntry, eksCluster, policy } from '../../access-entry/eks-cluster.ts';
import { account, inventory, role, snapshotText } from '../../directory/build-inventory.ts';
import type { Draw } from '../../draw.ts';
import { binding, role as roleManifest, rulesOf } from '../../rbac/manifests.ts';

/** Kubernetes groups by permission set: everyone who is assigned one gets the group of its entry. */
const GROUPS = { View: 'viewers', Secrets: 'readers', Admin: 'admins' } as const;
type SetName = keyof typeof GROUPS;
const SETS = Object.keys(GROUPS) as SetName[];

/** An account whose roles and people can't be read. */
const UNREAD = '444455556666';

interface State {
  /** Ids and names. */
  readonly users: Map<string, string>;
  /** By ID: the name and the members. */
  readonly groups: Map<string, { name: string; members: Set<string> }>;
  /** `USER u-1 View` */
  readonly assignments: Set<string>;
  /** The permission sets of each cluster's entries. */
  readonly clusters: Map<string, Set<SetName>>;
  readonly generations: Map<SetName, number>;
  /** Clusters with an entry of the account that can't be read. */
  readonly unknown: Set<string>;
  /** Prefix of IDs: a directory that is filled again has other ones. */
  ids: string;
}

/** A random state without anyone who is going to change. */
function firstState(draw: Draw): State {
  const names = ['blue', 'green', 'red'].slice(0, draw.between(1, 3));
  // Everyone may view every cluster, so a change of other sets never is somebody's first access.
  const clusters = names.map((name, index) => {
    const sets = index === 0 ? SETS : (['View', ...draw.some(['Secrets', 'Admin'] as const, 60)] as const);
    return [name, new Set<SetName>(sets)] as const;
  });
  const state: State = {
    users: new Map(),
    groups: new Map(),
    assignments: new Set(),
    clusters: new Map(clusters),
    generations: new Map(SETS.map((set) => [set, 2])),
    unknown: new Set(draw.percent(30) ? ['blue'] : []),
    ids: '',
  };
  for (const group of ['g-1', 'g-2']) {
    state.groups.set(group, { name: `Team ${group}`, members: new Set(['u-1', 'u-2']) });
    state.assignments.add(`GROUP ${group} View`);
  }
  for (const user of ['u-1', 'u-2', 'u-3']) {
    state.users.set(user, `person-${user}`);
    for (const set of draw.some(SETS, 40)) state.assignments.add(`USER ${user} ${set}`);
  }
  return state;
}

/** Known changes: what each needs before, what it does, and the heads that it must have, as `head name cluster`. */
const CHANGES: Readonly<Record<string, (was: State, now: State) => readonly string[]>> = {
  'joins a group': (was, now) => {
    add(was, now, 'joiner');
    member(now, 'g-1', 'joiner');
    return headsIn(now, 'View', 'new joiner');
  },
  'leaves a group': (was, now) => {
    add(was, now, 'leaver');
    member(was, 'g-1', 'leaver');
    return headsIn(now, 'View', 'gone leaver');
  },
  'moves to another group': (was, now) => {
    add(was, now, 'mover');
    member(was, 'g-1', 'mover');
    member(now, 'g-2', 'mover');
    return headsIn(now, 'View', 'changed mover');
  },
  'becomes admin': (was, now) => {
    add(was, now, 'riser', 'View');
    now.assignments.add('USER riser Admin');
    return headsIn(now, 'Admin', 'became-admin riser');
  },
  'arrives as admin': (_was, now) => {
    now.users.set('boss', 'boss');
    now.assignments.add('USER boss Admin');
    return headsIn(now, 'Admin', 'became-admin boss');
  },
  'can become admin': (was, now) => {
    add(was, now, 'reader', 'View');
    now.assignments.add('USER reader Secrets');
    return headsIn(now, 'Secrets', 'route reader');
  },
  'is no longer admin': (was, now) => {
    add(was, now, 'faller', 'View');
    was.assignments.add('USER faller Admin');
    return headsIn(now, 'Admin', 'no-longer-admin faller');
  },
  'keeps being admin through another set': (was, now) => {
    add(was, now, 'steady', 'Admin');
    now.assignments.add('USER steady View');
    return headsIn(now, 'View', 'changed steady');
  },
  'has a new name': (was, now) => {
    add(was, now, 'maiden', 'View');
    now.users.set('maiden', 'married');
    return headsIn(now, 'View', 'changed married');
  },
  'has a group with a new name': (_was, now) => {
    const group = now.groups.get('g-2');
    if (group) group.name = 'Renamed';
    return [];
  },
  'has a role that was re-created': (_was, now) => {
    now.generations.set('View', 5);
    return [];
  },
  'has a new ID': (was, now) => {
    if (was.users.has('maiden') || now.groups.get('g-2')?.name === 'Renamed') return [];
    now.ids = 'again-';
    return [];
  },
  'has a new entry of unknown people': (_was, now) => {
    const [cluster = ''] = [...now.clusters.keys()].filter((name) => !now.unknown.has(name));
    if (cluster === '') return [];
    now.unknown.add(cluster);
    return [`unknown-people ${UNKNOWN} ${cluster}`];
  },
};

const UNKNOWN = role(UNREAD, 'Ops', 3).pathArn.split('/').at(-1) ?? '';

function add({ users, assignments }: State, now: State, user: string, ...sets: readonly SetName[]): void {
  for (const state of [{ users, assignments }, now]) {
    state.users.set(user, user);
    for (const set of sets) state.assignments.add(`USER ${user} ${set}`);
  }
}

function member({ groups }: State, group: string, user: string): void {
  groups.get(group)?.members.add(user);
}

function headsIn({ clusters }: State, set: SetName, text: string): string[] {
  return [...clusters].flatMap(([name, sets]) => (sets.has(set) ? `${text} ${name}` : []));
}

/** Files of two runs, and what must have changed. */
export interface KnownChanges {
  readonly was: Readonly<Record<string, string>>;
  readonly now: Readonly<Record<string, string>>;
  /** Heads, as `became-admin ada prod`, sorted. */
  readonly heads: readonly string[];
  readonly newClusters: readonly string[];
  readonly goneClusters: readonly string[];
}

export function knownChanges(draw: Draw): KnownChanges {
  const was = firstState(draw);
  const now = structuredClone(was);
  const made = draw.some(Object.values(CHANGES), 40);
  const heads = made.flatMap((change) => change(was, now));
  const [newClusters, goneClusters] = [draw.percent(30) ? ['new'] : [], draw.percent(30) ? ['old'] : []];
  const whole = heads.concat(
    ...newClusters.map((name) => clusterHeads(was, now, name, 'new')),
    ...goneClusters.map((name) => clusterHeads(was, now, name, 'gone')),
  );
  for (const name of newClusters) now.clusters.set(name, new Set(['View']));
  for (const name of goneClusters) was.clusters.set(name, new Set(['View']));
  return {
    was: filesOf(was),
    now: filesOf(now),
    heads: [...new Set(whole)].sort(),
    newClusters,
    goneClusters,
  };
}

/** Everyone who may view a cluster that comes or goes has new access there, or has lost it. */
function clusterHeads(was: State, now: State, cluster: string, kind: 'new' | 'gone'): string[] {
  const [before, after] = [viewers(was), viewers(now)];
  const has = kind === 'new' ? after : before;
  const had = kind === 'new' ? anyAccess(was) : anyAccess(now);
  return [...has].map(([id, name]) => {
    const isGroup = id.startsWith('g-');
    const shown = isGroup ? (now.groups.get(id)?.name ?? name) : (now.users.get(id) ?? name);
    return `${had.has(id) ? 'changed' : kind} ${shown} ${cluster}`;
  });
}

/** Groups and people with the permission set View, and their names. */
function viewers({ users, groups, assignments }: State): Map<string, string> {
  const found = new Map<string, string>();
  for (const [id, { name, members }] of groups) {
    found.set(id, name);
    for (const user of members) found.set(user, users.get(user) ?? '');
  }
  for (const [id, name] of users) if (assignments.has(`USER ${id} View`)) found.set(id, name);
  return found;
}

function anyAccess(state: State): Set<string> {
  const assigned = [...state.assignments].flatMap((text) => text.split(' ')[1] ?? []);
  return new Set([...viewers(state).keys(), ...assigned]);
}

function filesOf(state: State): Record<string, string> {
  const roles = SETS.map((set) => role(ACCOUNT, set, state.generations.get(set)));
  const setArn = (set: string) =>
    `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-00000000000000${SETS.indexOf(set as SetName)}0`;
  const principals: Principal[] = [
    ...[...state.users].map(
      ([id, name]) => ({ type: 'USER', id: state.ids + id, name, members: null }) as const,
    ),
    ...[...state.groups].map(([id, { name, members }]) => {
      return {
        type: 'GROUP',
        id: state.ids + id,
        name,
        members: [...members].map((one) => state.ids + one),
      } as const;
    }),
  ];
  const known: Partial<Inventory> = {
    permissionSets: SETS.map((name) => ({ name, arn: setArn(name) })),
    principals,
    assignments: [...state.assignments].map((text) => {
      const [type = '', id = '', set = ''] = text.split(' ');
      const principalType = type === 'USER' ? 'USER' : 'GROUP';
      return {
        accountId: ACCOUNT,
        permissionSetArn: setArn(set),
        principalType,
        principalId: state.ids + id,
      };
    }),
    clusters: [...state.clusters].map(([name, sets]) => clusterOf(state, roles, name, sets)),
  };
  const accounts = [
    account(ACCOUNT, 'main', { assignmentsRead: true }),
    account(UNREAD, 'other', { rolesRead: false, unreadable: 'AccessDenied' }),
  ];
  return {
    'aws.json': snapshotText(inventory(accounts, roles, known)),
    'rbac.yaml': [
      roleManifest('reader', rulesOf('get,list,watch core secrets')),
      binding('viewers', 'ClusterRole/view', ['Group viewers']),
      binding('readers', 'ClusterRole/reader', ['Group readers']),
      binding('admins', 'ClusterRole/cluster-admin', ['Group admins']),
    ].join('\n---\n'),
  };
}

function clusterOf({ unknown }: State, roles: readonly Role[], name: string, sets: ReadonlySet<SetName>) {
  const entries = roles.flatMap(({ pathArn, permissionSet }) => {
    const set = SETS.find((one) => one === permissionSet);
    const createdAt = '2026-02-01T00:00:00.000Z';
    if (!set || !sets.has(set)) return [];
    return accessEntry(pathArn, {
      createdAt,
      username: 'sso:{{SessionName}}',
      kubernetesGroups: [GROUPS[set]],
    });
  });
  const ofUnknown = accessEntry(role(UNREAD, 'Ops', 3).pathArn, {
    policies: [policy('AmazonEKSClusterAdminPolicy')],
  });
  return eksCluster('API', unknown.has(name) ? [...entries, ofUnknown] : entries, name);
}
