import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/directory/model.ts';
import type { Fault, FaultKind } from '../fake-aws/fault.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import type { AssignmentInput, WorldInput } from '../fake-aws/world-input.ts';
import { ALL, opened, query } from './opened.ts';

const USERS = Array.from({ length: 6 }, (_, index) => `user-${index}`);

/** A number of accounts with four permission sets, each assigned to three users and a group. */
function worldOf(accounts: number): WorldInput {
  const ids = Array.from({ length: accounts }, (_, index) => String(200_000_000_000 + index));
  const permissionSets = ['A', 'B', 'C', 'D'];
  return {
    accounts: ids.map((id) => ({ id })),
    permissionSets,
    users: USERS,
    groups: [{ displayName: 'Platform', members: USERS }],
    assignments: ids.flatMap((account) =>
      permissionSets.flatMap((permissionSet): AssignmentInput[] => [
        ...USERS.slice(0, 3).map((user) => ({ account, permissionSet, user })),
        { account, permissionSet, group: 'Platform' },
      ]),
    ),
  };
}

const EVERYBODY = { roleArns: null, named: [], onlyNamed: false, members: true };
const PAIR_BY_PAIR = { world: worldOf(1), options: { pageSize: 3 } };
const BY_PRINCIPAL = { world: worldOf(25), options: { pageSize: 60 } };

interface Way {
  readonly world: WorldInput;
  readonly options: FakeAwsOptions;
}

async function readWith({ world, options }: Way, fault?: Fault, more: FakeAwsOptions = {}) {
  const { fake, open } = await opened(world, { ...options, ...more });
  const session = await open();
  if (fault) fake.inject(fault);
  const { assignments, principals } = await session.read(query([ALL], { people: EVERYBODY }));
  return { assignments, principals };
}

const known = new Map<Way, Promise<Pick<Inventory, 'assignments' | 'principals'>>>();
function undisturbed(way: Way) {
  const answer = known.get(way) ?? readWith(way);
  known.set(way, answer);
  return answer;
}

test('without a fault nobody is missing', async () => {
  const [byPair, byPrincipal] = [await undisturbed(PAIR_BY_PAIR), await undisturbed(BY_PRINCIPAL)];
  expect([byPair.assignments?.length, byPair.principals?.length]).toEqual([16, 7]);
  expect([byPrincipal.assignments?.length, byPrincipal.principals?.length]).toEqual([400, 7]);
});

/** Other faults don't depend on the request; faults.matrix.ts has them all. */
const KINDS: FaultKind[] = ['throttle', 'truncate'];
const LISTINGS: [string, Way][] = [
  ['sso-admin.ListAccountAssignments', PAIR_BY_PAIR],
  ['sso-admin.ListAccountAssignmentsForPrincipal', BY_PRINCIPAL],
  ['identitystore.ListUsers', PAIR_BY_PAIR],
  ['identitystore.ListGroupMemberships', PAIR_BY_PAIR],
];

describe.each(LISTINGS)('nobody is lost when %s', (operation, way) => {
  test.each(KINDS)('meets %s', async (kind) => {
    expect(await readWith(way, { kind, operation, after: 1, times: 2 })).toEqual(await undisturbed(way));
  });

  test('gives an empty page with a token', async () => {
    const fault = { kind: 'empty-page-with-token', operation, after: 0, times: 2 } as const;
    expect(await readWith(way, fault)).toEqual(await undisturbed(way));
  });
});

test.each(['one', 'two'])('nobody is lost when one answer in ten goes wrong (%s)', async (faultSeed) => {
  const answer = await readWith(PAIR_BY_PAIR, undefined, { faultRate: 0.1, faultSeed });
  expect(answer).toEqual(await undisturbed(PAIR_BY_PAIR));
});
