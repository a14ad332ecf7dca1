import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/directory/model.ts';
import type { InventoryQuery } from '../../src/directory/query.ts';
import type { Fault, FaultKind } from '../fake-aws/fault.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { NO_WAITS } from '../timing.ts';
import { ALL, failureOf, opened, query, textOf } from './opened.ts';

const SETS = ['Admin', 'Dev.Ops+1', 'ReadOnly'];
const MEMBERS = Array.from({ length: 5 }, (_, index) => String(200_000_000_000 + index));
const WORLD: WorldInput = {
  accounts: MEMBERS.map((id) => ({ id, name: `member-${id}`, ou: 'Workloads/Prod' })),
  permissionSets: SETS,
  groups: ['Platform'],
  assignments: MEMBERS.flatMap((account) =>
    SETS.map((permissionSet) => ({ account, permissionSet, group: 'Platform' })),
  ),
};
/** A world without Identity Center, whose pacing is slow. */
const NAMES = query([ALL], { organizationTree: true });
const EVERYTHING = query([ALL], { permissionSets: 'all', organizationTree: true });

type Known = Omit<Inventory, 'capturedAt'>;

async function discoverWith(asked: InventoryQuery, options: FakeAwsOptions, fault?: Fault): Promise<Known> {
  const { fake, open } = await opened(WORLD, { pageSize: 2, ...options });
  const session = await open(fault?.kind === 'hang' ? { timing: { ...NO_WAITS, timeout: 600 } } : {});
  if (fault) fake.inject(fault);
  const { capturedAt: _, ...inventory } = await session.read(asked);
  const permissionSets = inventory.permissionSets?.toSorted((one, other) => (one.arn < other.arn ? -1 : 1));
  return { ...inventory, permissionSets: permissionSets ?? null };
}

const known = new Map<InventoryQuery, Promise<Known>>();
async function undisturbed(asked: InventoryQuery): Promise<Known> {
  const answer = known.get(asked) ?? discoverWith(asked, {});
  known.set(asked, answer);
  return answer;
}

test('without a fault nothing is missing', async () => {
  const { accounts, roles, permissionSets } = await undisturbed(EVERYTHING);
  expect(accounts.map(({ ou }) => ou)).toEqual(['', ...MEMBERS.map(() => 'Workloads/Prod')]);
  expect(permissionSets?.map(({ name }) => name).sort()).toEqual(SETS);
  expect(roles).toHaveLength(15);
});

const LISTINGS = ['iam.ListRoles', 'organizations.ListAccounts', 'sso-admin.ListPermissionSets'];
const KINDS: FaultKind[] = ['throttle', '500', 'reset', 'truncate', 'half-body', 'hang'];

describe.each([...LISTINGS, 'sts.AssumeRole'])('nothing is lost when %s', (operation) => {
  const asked = operation.startsWith('sso-admin') ? EVERYTHING : NAMES;

  test.each(KINDS)('meets %s', async (kind) => {
    const answer = await discoverWith(
      asked,
      {},
      { kind, operation, after: 1, times: kind === 'hang' ? 1 : 2 },
    );
    expect(answer).toEqual(await undisturbed(asked));
  });
});

test.each(LISTINGS)('nothing is lost when %s gives an empty page with a token', async (operation) => {
  const fault = { kind: 'empty-page-with-token', operation, after: 1, times: 2 } as const;
  expect(await discoverWith(EVERYTHING, {}, fault)).toEqual(await undisturbed(EVERYTHING));
});

test.each(['one', 'two'])('nothing is lost when one answer in ten goes wrong (%s)', async (faultSeed) => {
  const answer = await discoverWith(EVERYTHING, { faultRate: 0.1, faultSeed, shuffle: faultSeed });
  expect(answer).toEqual(await undisturbed(EVERYTHING));
});

test('an account that hangs is reported, and the others are read', async () => {
  const { fake, open } = await opened(WORLD);
  const session = await open({ timing: { ...NO_WAITS, timeout: 600 } });
  fake.inject({ kind: 'hang', operation: 'iam.ListRoles', accountId: MEMBERS[3] ?? '' });
  const failure = await failureOf(session.read(query([ALL])));
  expect(failure.exitCode).toBe(3);
  expect(failure.findings).toHaveLength(1);
  expect(textOf(failure)).toContain("1 account can't be read (iam:ListRoles got no response): 200000000003");
  expect(textOf(failure)).toContain('exceeded the configured 600 ms');
  expect(fake.calls['sts.AssumeRole']).toBe(5);
});

test('the endpoint refuses connections', async () => {
  const { open } = await opened({}, {}, { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
  const failure = await failureOf(open());
  expect(failure.exitCode).toBe(3);
  expect(textOf(failure)).toMatch(
    /sts:GetCallerIdentity got no response: .*ECONNREFUSED.*\nCheck the network/,
  );
});
