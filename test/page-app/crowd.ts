import type { PageData, PageEntry, PageGrant } from '../../src/page/data.ts';
import { Draw } from '../draw.ts';

/** A page of up to 3,000 people with many permission sets, accounts, and combinations of them. */
export function crowd(seed: number): PageData {
  const draw = new Draw(seed);
  const counts = {
    people: draw.pick(300, 1_000, 3_000),
    vias: draw.pick(3, 20, 300),
    sets: draw.pick(2, 10, 60),
    accounts: draw.pick(2, 30, 150),
    groups: draw.pick(2, 8, 100),
  };
  const one = (count: number) => draw.below(count);
  const entries = listOf(counts.accounts * Math.min(counts.sets, 4), (index): PageEntry => {
    const account = index % counts.accounts;
    const set = `Set${one(counts.sets)}`;
    return {
      accountId: String(100_000_000_000 + account),
      accountName: `account-${account}`,
      permissionSet: set,
      rolearn: `arn:aws:iam::${100_000_000_000 + account}:role/AWSReservedSSO_${set}_${String(index).padStart(16, '0')}`,
      username: draw.percent(80) ? 'sso:{{SessionName}}' : `user-${index}`,
      groups: [`group-${one(counts.groups)}`],
      source: 'aws-auth',
      policies: [],
      cluster: 'prod',
      clusterArn: null,
      unread: null,
      asOf: null,
      knowsBindings: false,
      kubernetesVersion: null,
      arn: '',
      isNode: false,
      clusterIndex: 0,
    };
  });
  const grant: PageGrant = {
    access: 'granted',
    reason: null,
    note: '',
    rights: null,
    routes: 0,
    status: 'granted',
    hasPrincipal: true,
  };
  // Many people have the same rows as others.
  const kinds = listOf(draw.pick(2, 40, 400), () =>
    listOf(1 + one(4), () => [one(counts.vias + 1), one(entries.length)] as const),
  );
  const rows = listOf(counts.people, (principal) =>
    (kinds[one(kinds.length)] ?? []).map(([via, entry]) => ({ principal, via, entry })),
  ).flat();
  return {
    format: 1,
    version: '1.0.0',
    command: 'who',
    asOf: null,
    rbacFiles: [],
    clusters: [
      { name: 'prod', arn: null, file: null, authenticationMode: null, withoutEntries: [], rbac: null },
    ],
    asked: null,
    scope: [],
    limits: { named: [], kubernetesGroups: null, namespace: null },
    isExpanded: true,
    warnings: [],
    since: null,
    tables: {
      principals: listOf(counts.people, (index) => ({
        type: 'USER',
        id: `u-${index}`,
        name: `person-${index}`,
      })),
      vias: [null, ...listOf(counts.vias, (index) => `team-${index}`)],
      entries,
      grants: [grant],
      usernames: [null],
      usernameStarts: [],
      usernameEnds: [],
      changes: [null],
      rights: [],
      routes: [[]],
      boundRoles: [],
      roles: [],
      rules: [],
      bindings: [],
      rbac: [],
    },
    rows: {
      principals: rows.map(({ principal }) => principal),
      vias: rows.map(({ via }) => via),
      entries: rows.map(({ entry }) => entry),
      grants: rows.map(() => 0),
      usernames: rows.map(() => 0),
      changes: rows.map(() => 0),
    },
  };
}

function listOf<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
