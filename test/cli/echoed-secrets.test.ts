import { expect, test } from 'vitest';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { USER_SECRET } from '../fake-aws/sessions.ts';
import { AwsError } from '../fake-aws/wire/aws-error.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const WORLD: WorldInput = {
  accounts: [{ id: PROD }],
  permissionSets: ['Admin'],
  groups: ['Platform'],
  assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
  clusters: [{ name: 'prod', account: PROD }],
};
const ARN = `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`;
const AWS_AUTH = "{kind: ConfigMap, apiVersion: v1, metadata: {name: aws-auth}, data: {mapRoles: ''}}";
const PEOPLE = ['roles', '--principals', '--account', PROD];

test.each([
  ['sts.GetCallerIdentity', ['roles', '--account', PROD]],
  ['sts.AssumeRole', ['roles', '--account', PROD]],
  ['iam.ListRoles', ['roles', '--account', PROD]],
  ['organizations.ListAccounts', ['roles', '--all-accounts']],
  ['sso-admin.ListInstances', PEOPLE],
  ['identitystore.DescribeGroup', PEOPLE],
  ['eks.DescribeCluster', ['who', '-', '--cluster', ARN]],
])('credentials that %s echoes in an error are never printed, even with --debug', async (operation, argv) => {
  const fake = await fakeAwsForTest(WORLD);
  const own = fake.openSession('111111111111', 'arn:aws:sts::111111111111:assumed-role/admin/alice');
  useEnvironment({
    ...fake.env,
    AWS_ACCESS_KEY_ID: own.accessKeyId,
    AWS_SECRET_ACCESS_KEY: own.secretAccessKey,
    AWS_SESSION_TOKEN: own.token,
  });
  const secrets = new Set<string>([USER_SECRET, own.secretAccessKey, own.token ?? '']);
  fake.inject({
    kind: 'changed',
    operation,
    change: (_, { caller }) => {
      const { token = '', secretAccessKey } = caller;
      for (const secret of [token, secretAccessKey]) secrets.add(secret);
      const message = `bad token ${token}, and ${encodeURIComponent(token)}: IQoJb3JpZ2luX2VjEXAMPLETOKEN== ${secretAccessKey}`;
      throw new AwsError(`Bad.${token}`, message, 403);
    },
  });
  const { exitCode, stdout, stderr } = await run([...argv, '--debug'], { stdin: AWS_AUTH });
  expect([exitCode, stdout]).toEqual([3, '']);
  expect(stderr).toContain('bad token …, and …: IQoJ…');
  for (const secret of secrets) expect(stderr).not.toContain(secret);
});
