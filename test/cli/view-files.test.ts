import { expect, test } from 'vitest';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const ARN = 'arn:aws:iam::111122223333:role/ci';
const OPS = 'arn:aws:iam::111122223333:role/ops';
const FILES = {
  'clusters/dev/aws-auth.yaml': awsAuthOf([{ rolearn: ARN, username: 'ci', groups: ['deployers'] }]),
  'clusters/prod/aws-auth.yaml': awsAuthOf([{ rolearn: OPS, username: 'ops' }], { mapAccounts: '[' }),
};
const [DEV, PROD] = Object.keys(FILES) as [string, string];

test('the table fits the terminal of its stream', async () => {
  const cwd = await scratch(FILES);
  const widest = async (world: { stdoutIsTty?: boolean; stderrIsTty?: boolean }, ...argv: string[]) => {
    const { stdout, stderr } = await run(['view', DEV, PROD, ...argv], { cwd, ...world, columns: 60 });
    return (stdout || stderr).split('\n').find((line) => line.startsWith('dev'))?.length;
  };
  expect(await widest({})).toBeGreaterThan(60);
  expect(await widest({ stdoutIsTty: true })).toBeLessThanOrEqual(60);
  expect(await widest({ stderrIsTty: true }, 'gone.yaml')).toBeLessThanOrEqual(60);
  expect(await widest({ stdoutIsTty: true }, 'gone.yaml')).toBeGreaterThan(60);
});
