import { describe, expect, test } from 'vitest';
import { PROVISIONED_PATH } from '../../src/role-name.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { ALL, failureOf, id, opened, query, SELF, textOf } from './opened.ts';

const MANAGEMENT = '111111111111';
const [DEV, PROD] = ['200000000000', '300000000000'];
const SETS = ['Admin', 'Dev.Ops+1', 'Audit'];
const WORLD: WorldInput = {
  accounts: [
    { id: DEV, name: 'dev' },
    { id: PROD, name: 'prod' },
  ],
  permissionSets: SETS,
  groups: ['Platform'],
  assignments: [
    { account: DEV, permissionSet: 'Admin', group: 'Platform' },
    { account: PROD, permissionSet: 'Admin', group: 'Platform' },
    { account: PROD, permissionSet: 'Dev.Ops+1', group: 'Platform' },
  ],
};
const EVERY_SET = query([ALL], { permissionSets: 'all' });

async function arnsByName(): Promise<ReadonlyMap<string, string>> {
  const { open } = await opened(WORLD);
  const inventory = await (await open()).read(EVERY_SET);
  return new Map(inventory.permissionSets?.map(({ name, arn }) => [name, arn]));
}

describe('permission sets', () => {
  test('all of them, page by page', async () => {
    const { fake, open } = await opened(WORLD, { pageSize: 2 });
    const session = await open();
    const inventory = await session.read(EVERY_SET);
    expect(inventory.permissionSets?.map(({ name }) => name).sort()).toEqual([...SETS].sort());
    expect(inventory.instance).toMatchObject({ region: 'eu-west-1' });
    expect(fake.calls).toMatchObject({
      'sso-admin.ListInstances': 1,
      'sso-admin.ListPermissionSets': 2,
      'sso-admin.DescribePermissionSet': 3,
    });
    const before = fake.calls;
    const { instance, permissionSets } = await session.permissionSets(inventory);
    expect({ instance, permissionSets }).toEqual({
      instance: inventory.instance,
      permissionSets: inventory.permissionSets,
    });
    expect(fake.calls).toEqual(before);
  });

  test('only the requested ARNs', async () => {
    const arn = (await arnsByName()).get('Dev.Ops+1') ?? '';
    const { fake, open } = await opened(WORLD);
    const inventory = await (await open()).read(query([id(PROD)], { permissionSets: [arn] }));
    expect(inventory.permissionSets).toEqual([{ arn, name: 'Dev.Ops+1' }]);
    expect(fake.calls['sso-admin.ListPermissionSets']).toBeUndefined();
    expect(fake.calls['sso-admin.DescribePermissionSet']).toBe(1);
  });

  test('a described set is not described again', async () => {
    const arn = (await arnsByName()).get('Admin') ?? '';
    const { fake, open } = await opened(WORLD);
    const session = await open();
    const asked = query([id(PROD)], { permissionSets: [arn, arn] });
    const first = await session.read(asked);
    expect(first.permissionSets).toEqual([
      { arn, name: 'Admin' },
      { arn, name: 'Admin' },
    ]);
    await session.permissionSets(first);
    const again = await session.read(asked);
    expect(again.permissionSets).toEqual(first.permissionSets);
    expect(fake.calls['sso-admin.DescribePermissionSet']).toBe(SETS.length);
  });

  test('an unknown ARN is a finding', async () => {
    const arn = (await arnsByName()).get('Admin')?.replace(/ps-.*/, 'ps-0000000000000000') ?? '';
    const { findings, open } = await opened(WORLD);
    const inventory = await (await open()).read(query([id(PROD)], { permissionSets: [arn] }));
    expect(inventory.permissionSets).toEqual([]);
    expect(findings).toMatchObject([{ severity: 'warning', code: 'permission-set-unknown' }]);
    expect(findings[0]?.message).toContain(arn);
  });

  test('an ARN of an instance that is not listed', async () => {
    const { open } = await opened(WORLD);
    const arn = 'arn:aws:sso:::permissionSet/ssoins-ffffffffffffffff/ps-0000000000000000';
    const failure = await failureOf((await open()).read(query([id(PROD)], { permissionSets: [arn] })));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toContain(arn);
    expect(textOf(failure)).toContain('--sso-region');
  });

  test('to explain a name after reading the roles', async () => {
    const { fake, open } = await opened(WORLD);
    const session = await open();
    const inventory = await session.read(query([id(DEV)]));
    expect(Object.keys(fake.calls)).not.toContain('sso-admin.ListInstances');
    const { instance, permissionSets } = await session.permissionSets(inventory);
    expect(permissionSets.map(({ name }) => name).sort()).toEqual([...SETS].sort());
    expect(instance.region).toBe('eu-west-1');
  });

  describe('to explain a name', () => {
    const NAMES = Array.from({ length: 450 }, (_, index) => `Set${index}`);

    async function search(names: readonly string[], sets: readonly string[]) {
      const { fake, open, progress } = await opened({ ...WORLD, permissionSets: [...SETS, ...sets] });
      const session = await open();
      const known = await session.knownSets(await session.read(query([id(DEV)])), names);
      return { known, described: fake.calls['sso-admin.DescribePermissionSet'] ?? 0, progress };
    }

    test('of few, all are read', async () => {
      const { known, described } = await search(['Amdin'], []);
      expect(described).toBe(3);
      expect(known).toMatchObject({ kind: 'known', sets: { length: 3 } });
    });

    test('of many, no more are read than take 20 seconds, with progress', async () => {
      const { known, described, progress } = await search(['Amdin'], NAMES);
      expect(described).toBe(400);
      expect(known).toEqual({
        kind: 'unknown',
        reason: 'Identity Center has 453 permission sets, but only 400 of their names were read',
      });
      expect(progress.at(-1)?.permissionSets).toEqual({ done: 400, total: 400 });
    });

    test('until it is found', async () => {
      const { known, described } = await search(['Audit'], NAMES);
      expect(described).toBeLessThan(40);
      expect(known).toMatchObject({ kind: 'known' });
    });
  });

  test('may be denied', async () => {
    const { open } = await opened({
      ...WORLD,
      accounts: [{ id: MANAGEMENT, denies: ['sso-admin.*'] }, { id: DEV }, { id: PROD }],
    });
    const session = await open();
    const inventory = await session.read(query([id(DEV)]));
    const failure = await failureOf(session.permissionSets(inventory));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toMatch(/sso:ListInstances is denied.*\nGrant the caller sso:ListInstances/);
    expect(failure).toMatchObject({ kind: 'denied', service: 'sso-admin' });
  });

  test('that AWS refuses while roles are read are not requested again', async () => {
    const { calls, fake, open } = await opened(WORLD);
    fake.inject({ kind: 'denied', operation: 'sso-admin.ListInstances' });
    const failure = await failureOf((await open({ ssoRegion: 'eu-west-1' })).read(EVERY_SET));
    expect(textOf(failure)).toContain('sso:ListInstances is denied');
    expect(calls.filter(({ operation }) => operation === 'ListInstances')).toHaveLength(1);
  });
});

describe('the home region', () => {
  test('is the one in the role paths', async () => {
    const { calls, open } = await opened(WORLD, { region: 'us-west-2' });
    await (await open()).read(EVERY_SET);
    expect(
      new Set(calls.filter(({ service }) => service === 'sso-admin').map(({ region }) => region)),
    ).toEqual(new Set(['eu-west-1']));
  });

  test('is us-east-1 if the path has none', async () => {
    const { calls, open } = await opened({ ...WORLD, homeRegion: 'us-east-1' }, { region: 'eu-west-1' });
    await (await open()).read(EVERY_SET);
    expect(calls.find(({ service }) => service === 'sso-admin')?.region).toBe('us-east-1');
  });

  test("is the newest role's if older ones have another", async () => {
    const roles = [
      { account: DEV, permissionSet: 'Admin', region: 'us-west-2', createdAt: '2020-01-01T00:00:00Z' },
    ];
    const { open } = await opened({
      ...WORLD,
      assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
      roles,
    });
    const inventory = await (await open({ width: { start: 1, most: 1 } })).read(EVERY_SET);
    expect(inventory.instance?.region).toBe('eu-west-1');
  });

  test('is the one stated', async () => {
    const { calls, open } = await opened({ ...WORLD, homeRegion: 'eu-central-1' }, { region: 'eu-west-1' });
    await (await open({ ssoRegion: 'eu-central-1' })).read(EVERY_SET);
    expect(calls.find(({ service }) => service === 'sso-admin')?.region).toBe('eu-central-1');
  });

  test("is the instance's, if it is listed elsewhere too", async () => {
    const { open } = await opened({ ...WORLD, instanceRegions: ['us-west-2'] });
    const inventory = await (await open({ ssoRegion: 'us-west-2' })).read(EVERY_SET);
    expect(inventory.instance?.region).toBe('eu-west-1');
    expect(inventory.permissionSets).toHaveLength(3);
  });

  test("is the instance's, if there are no roles and the region is a replica", async () => {
    const world = { instanceRegions: ['us-west-2'], permissionSets: SETS, homeRegion: 'eu-central-1' };
    const { calls, open } = await opened(world, { region: 'us-west-2' });
    const inventory = await (await open()).read(query([SELF], { permissionSets: 'all' }));
    expect([inventory.instance?.region, inventory.permissionSets?.length]).toEqual(['eu-central-1', 3]);
    const regions = calls.flatMap(({ service, operation, region }) =>
      service === 'sso-admin' ? `${operation} in ${region}` : [],
    );
    expect(new Set(regions)).toEqual(
      new Set([
        'ListInstances in us-west-2',
        'ListPermissionSets in eu-central-1',
        'DescribePermissionSet in eu-central-1',
      ]),
    );
  });

  test('is the one in the role paths if a replica does not tell', async () => {
    const world = { ...WORLD, instanceRegions: ['us-west-2'] };
    const { open } = await opened(world, {
      region: 'us-west-2',
      omitFromInstance: ['PrimaryRegion', 'Regions'],
    });
    const inventory = await (await open()).read(EVERY_SET);
    expect([inventory.instance?.region, inventory.permissionSets?.length]).toEqual(['eu-west-1', 3]);
  });

  test('must be set if neither tells', async () => {
    const world = { ...WORLD, instanceRegions: ['us-west-2'] };
    const { open } = await opened(world, { omitFromInstance: ['PrimaryRegion', 'Regions'] });
    const failure = await failureOf((await open({ ssoRegion: 'us-west-2' })).read(EVERY_SET));
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringMatching(/is listed in region us-west-2, but .*\n.*use --sso-region eu-west-1/),
    ]);
  });

  test('has no instance: the error names both regions', async () => {
    const { open } = await opened(WORLD);
    const failure = await failureOf((await open({ ssoRegion: 'us-west-2' })).read(EVERY_SET));
    expect(failure.exitCode).toBe(3);
    expect(textOf(failure)).toMatch(
      /no Identity Center instance found in region us-west-2; .*eu-west-1\nUse --sso-region eu-west-1/,
    );
  });

  test('has no instance, and there are no roles', async () => {
    const { open } = await opened({ instance: false });
    const failure = await failureOf((await open()).read(query([SELF], { permissionSets: 'all' })));
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringMatching(/region eu-west-1\n.*--sso-region/),
    ]);
  });

  test('may list account instances, which are skipped', async () => {
    const { open } = await opened({
      ...WORLD,
      accountInstances: [{ ownerAccountId: DEV }],
    });
    const inventory = await (await open()).read(EVERY_SET);
    expect(inventory.permissionSets).toHaveLength(3);
  });

  test('reports the denial if no other instance answers', async () => {
    const { fake, open } = await opened({ ...WORLD, accountInstances: [{ ownerAccountId: DEV }] });
    fake.inject({ kind: 'denied', operation: 'sso-admin.ListPermissionSets' });
    const failure = await failureOf((await open()).read(EVERY_SET));
    expect([failure.exitCode, textOf(failure)]).toEqual([
      3,
      expect.stringContaining('sso:ListPermissionSets is denied'),
    ]);
  });

  test('does not come from a role below the path, newer or not', async () => {
    const evil = {
      account: DEV,
      name: 'AWSReservedSSO_Admin_ffffffffffffffff',
      path: '/aws-reserved/sso.amazonaws.com/evil/',
      createdAt: '2030-01-01T00:00:00Z',
    };
    const { open } = await opened({ ...WORLD, roles: [evil] });
    const inventory = await (await open()).read(EVERY_SET);
    expect(inventory.roles.map(({ roleArn }) => roleArn)).not.toContainEqual(expect.stringContaining('ffff'));
    expect(inventory.instance?.region).toBe('eu-west-1');
  });

  test('only lists account instances', async () => {
    const { open } = await opened({ instance: false, accountInstances: [{ ownerAccountId: MANAGEMENT }] });
    const failure = await failureOf((await open()).read(query([SELF], { permissionSets: 'all' })));
    expect([failure.exitCode, textOf(failure)]).toEqual([3, expect.stringContaining('account instances')]);
  });

  describe.each([
    ['a member account', {}],
    ['an account without an organization', { organization: false }],
  ])('only lists an account instance of %s, whose permission sets are an empty list', (_, more) => {
    const world: WorldInput = {
      instance: false,
      accountInstances: [{ ownerAccountId: DEV }],
      accounts: [{ id: DEV, name: 'dev' }],
      roles: [{ account: DEV, name: 'AWSReservedSSO_Admin_0123456789abcdef', path: PROVISIONED_PATH }],
      ...more,
    };

    async function opener() {
      const { open } = await opened(world, { callerAccountId: DEV, accountInstancesListNothing: true });
      return await open({ ssoRegion: 'eu-west-1' });
    }

    test('it is not the organization’s', async () => {
      const failure = await failureOf((await opener()).read(query([SELF], { permissionSets: 'all' })));
      expect([failure.exitCode, textOf(failure)]).toEqual([
        3,
        expect.stringMatching(/^only found account instances of Identity Center.*\nSet the home region/),
      ]);
    });

    test('so a name that did not resolve may exist', async () => {
      const session = await opener();
      expect(await session.knownSets(await session.read(query([SELF])))).toMatchObject({ kind: 'unknown' });
    });
  });

  test('lists the organization’s, which has no permission sets yet', async () => {
    const { open } = await opened({ accounts: [{ id: DEV }] });
    const inventory = await (await open()).read(query([SELF], { permissionSets: 'all' }));
    expect(inventory.permissionSets).toEqual([]);
  });
});
