import { expect, test } from 'vitest';
import { AwsFailure } from '../../src/aws/failure.ts';
import { listPermissionSets, type OpenInstance } from '../../src/inventory/identity-center.ts';

const CALL = {
  service: 'sso-admin',
  operation: 'ListPermissionSets',
  region: 'eu-west-1',
  profile: null,
  detail: 'No.',
} as const;

function instance(name: string, arns: () => Promise<string[]>): OpenInstance {
  const admin = { permissionSetArns: arns } as unknown as OpenInstance['admin'];
  return {
    instance: { arn: `arn:aws:sso:::instance/${name}`, identityStoreId: 'd-1', region: 'eu-west-1' },
    admin,
    ownerAccountId: null,
  };
}

const refusing = (name: string, kind: 'denied' | 'invalid-request' | 'kms') =>
  instance(name, () => Promise.reject(new AwsFailure({ ...CALL, kind })));
const answering = instance('good', async () => ['arn:set']);

test.each(['denied', 'invalid-request'] as const)(
  'an instance that is %s is skipped for the next',
  async (kind) => {
    const found = await listPermissionSets([refusing('bad', kind), answering]);
    expect([found.instance.arn, found.arns]).toEqual(['arn:aws:sso:::instance/good', ['arn:set']]);
  },
);

test('where none answers, a denial says more than an instance of a single account', async () => {
  const instances = [refusing('one', 'denied'), refusing('two', 'invalid-request')];
  await expect(listPermissionSets(instances)).rejects.toMatchObject({ exitCode: 3, kind: 'denied' });
  await expect(listPermissionSets(instances.slice(1))).rejects.toThrow('only account instances');
});

test('a key that cannot be used is not skipped', async () => {
  const instances = [refusing('one', 'kms'), answering];
  await expect(listPermissionSets(instances)).rejects.toMatchObject({ kind: 'kms' });
});
