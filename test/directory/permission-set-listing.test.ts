import { describe, expect, test } from 'vitest';
import { AwsFailure } from '../../src/aws/failure.ts';

import { IdentityCenter, listPermissionSets } from '../../src/directory/identity-center.ts';
import type { OpenInstance } from '../../src/directory/permission-sets.ts';
import { failureOf } from './opened.ts';

const CALL = {
  service: 'sso-admin',
  operation: 'ListPermissionSets',
  region: 'eu-west-1',
  profile: null,
  detail: 'No.',
} as const;

const HOME = { region: 'eu-west-1', inPath: undefined };
const MANAGEMENT = async () => '111111111111';

function instance(name: string, arns: () => Promise<string[]>): OpenInstance {
  const admin = { permissionSetArns: arns } as unknown as OpenInstance['admin'];
  return {
    instance: { arn: `arn:aws:sso:::instance/${name}`, identityStoreId: 'd-1', region: 'eu-west-1' },
    admin,
    ownerAccountId: null,
  };
}

const refusing = (
  name: string,
  kind: 'denied' | 'invalid-request' | 'not-found' | 'kms' | 'contradiction',
  detail = CALL.detail as string,
) => instance(name, () => Promise.reject(new AwsFailure({ ...CALL, detail, kind })));
const answering = instance('good', async () => ['arn:set']);

test.each(['denied', 'invalid-request', 'not-found'] as const)(
  'an instance that is %s is skipped for the next',
  async (kind) => {
    const found = await listPermissionSets([refusing('bad', kind), answering], HOME, MANAGEMENT);
    expect([found.instance.arn, found.arns]).toEqual(['arn:aws:sso:::instance/good', ['arn:set']]);
  },
);

const [EMPTY, SECOND] = [instance('empty', async () => []), instance('second', async () => ['arn:other'])];
for (const { admin, ...one } of [EMPTY, SECOND, answering])
  Object.assign(admin, {
    contradiction: (_: string, detail: string) =>
      new AwsFailure({ ...CALL, kind: 'contradiction', detail: `${one.instance.arn}: ${detail}` }),
  });

test.each([
  ['an empty list', EMPTY],
  ['sets of another instance', refusing('bad', 'contradiction')],
])('an instance that returns %s is skipped', async (_, first) => {
  const found = await listPermissionSets([first, answering], HOME, MANAGEMENT);
  expect(found.instance.arn).toBe('arn:aws:sso:::instance/good');
  expect((await listPermissionSets([answering, first], HOME, MANAGEMENT)).instance.arn).toBe(
    'arn:aws:sso:::instance/good',
  );
});

test('a refusal takes precedence over an instance without permission sets', async () => {
  for (const kind of ['denied', 'contradiction'] as const)
    await expect(listPermissionSets([EMPTY, refusing('one', kind)], HOME, MANAGEMENT)).rejects.toMatchObject({
      kind,
    });
  await expect(listPermissionSets([EMPTY, refusing('one', 'not-found')], HOME, MANAGEMENT)).rejects.toThrow(
    'is listed in region',
  );
  expect(
    (await listPermissionSets([EMPTY, refusing('one', 'invalid-request')], HOME, MANAGEMENT)).arns,
  ).toEqual([]);
});

test('two instances that both have permission sets are a contradiction', async () => {
  const failure = await failureOf(listPermissionSets([answering, SECOND], HOME, MANAGEMENT));
  expect(failure.message).toContain(
    'the instances arn:aws:sso:::instance/good and arn:aws:sso:::instance/second both have permission sets',
  );
});

test('if none answers, a denial takes precedence over an account instance', async () => {
  const instances = [refusing('one', 'denied'), refusing('two', 'invalid-request')];
  const both = [refusing('one', 'denied'), refusing('two', 'denied', 'Neither.')];
  await expect(listPermissionSets(both, HOME, MANAGEMENT)).rejects.toMatchObject({ detail: 'No.' });
  await expect(listPermissionSets(instances, HOME, MANAGEMENT)).rejects.toMatchObject({
    exitCode: 3,
    kind: 'denied',
  });
  await expect(listPermissionSets(instances.slice(1), HOME, MANAGEMENT)).rejects.toMatchObject({
    findings: [
      {
        message:
          'only found account instances of Identity Center, which have no permission sets: arn:aws:sso:::instance/two in eu-west-1',
        help: "Set the home region of the organization's instance with --sso-region.",
      },
    ],
  });
});

test('an instance that is not found in the region is reported as a replica, whatever the others return', async () => {
  const instances = [refusing('one', 'invalid-request'), refusing('two', 'not-found')];
  const help = async (inPath: string | undefined) => {
    const failure = await failureOf(
      listPermissionSets(instances, { region: 'eu-west-1', inPath }, MANAGEMENT),
    );
    expect([failure.exitCode, failure.message]).toEqual([
      3,
      "Identity Center is listed in region eu-west-1, but its permission sets can't be read there: No.",
    ]);
    return failure.findings[0]?.help;
  };
  const unknown = /only be a replica: set the primary region with --sso-region\.$/;
  expect(await help(undefined)).toMatch(unknown);
  expect(await help('eu-west-1')).toMatch(unknown);
  expect(await help('us-west-2')).toMatch(/from us-west-2: use --sso-region us-west-2\.$/);
});

test('a denial takes precedence over an instance that is not found', async () => {
  const instances = [refusing('one', 'not-found'), refusing('two', 'denied')];
  await expect(listPermissionSets(instances, HOME, MANAGEMENT)).rejects.toMatchObject({ kind: 'denied' });
});

test('an unusable KMS key is not skipped', async () => {
  const instances = [refusing('one', 'kms'), answering];
  await expect(listPermissionSets(instances, HOME, MANAGEMENT)).rejects.toMatchObject({ kind: 'kms' });
});

describe('one reader of Identity Center', () => {
  const ARN = 'arn:aws:sso:::permissionSet/ssoins-1/ps-1';
  const INSTANCE = {
    arn: 'arn:aws:sso:::instance/ssoins-1',
    identityStoreId: 'd-1',
    region: 'eu-west-1',
  };

  /** A reader of one instance with one permission set, and the regions and permission sets that it requested. */
  function reader(instances: readonly object[] = [{ ...INSTANCE, ownerAccountId: null }]) {
    const asked: string[] = [];
    const open = async (region: string) => ({
      instances: async () => {
        asked.push(region);
        return instances;
      },
      permissionSetArns: async () => [ARN],
      permissionSetName: async (_: string, arn: string) => {
        asked.push(arn);
        return arn === ARN ? 'Admin' : arn;
      },
    });
    const center = new IdentityCenter(
      open as unknown as (region: string) => Promise<OpenInstance['admin']>,
      () => {},
      MANAGEMENT,
    );
    return { center, asked };
  }

  const ELSEWHERE = { region: 'us-west-2', inPath: undefined };
  const ADMIN = { arn: ARN, name: 'Admin' };

  test('makes no calls if no permission set is wanted', async () => {
    const { center, asked } = reader();
    const nothing = { instance: null, permissionSets: null };
    expect(await center.read('none', HOME)).toStrictEqual(nothing);
    expect(await center.read([], HOME)).toStrictEqual({ ...nothing, permissionSets: [] });
    expect(asked).toEqual([]);
  });

  test('reads a name once, and no other region for a known name', async () => {
    const { center, asked } = reader();
    const first = await center.read([ARN, ARN], HOME);
    expect(first).toStrictEqual({ instance: INSTANCE, permissionSets: [ADMIN, ADMIN] });
    expect(await center.read([ARN], ELSEWHERE)).toStrictEqual({
      instance: null,
      permissionSets: [ADMIN],
    });
    expect(asked).toEqual(['eu-west-1', ARN]);
    const other = ARN.replace('ps-1', 'ps-2');
    await center.read([ARN, other], HOME);
    expect(asked).toEqual(['eu-west-1', ARN, other]);
  });

  test.each([
    [undefined, '', 'Set its home region with --sso-region.'],
    ['eu-west-1', '; the provisioned roles are from eu-west-1', /still enabled there\.$/],
    ['us-west-2', '; the provisioned roles are from us-west-2', 'Use --sso-region us-west-2.'],
  ])('the help without an instance, if roles have %s', async (inPath, text, help) => {
    const { center } = reader([]);
    await expect(center.read('all', { ...HOME, inPath })).rejects.toMatchObject({
      exitCode: 3,
      findings: [
        {
          message: `no Identity Center instance found in region eu-west-1${text}`,
          help: expect.stringMatching(help),
        },
      ],
    });
  });
});
