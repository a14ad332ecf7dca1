import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { GOLDEN } from '../golden-case.ts';
import { scratch } from '../scratch.ts';
import { type Ran, run, runWithEnvironment, undated } from './run.ts';

// test/golden/who has the output of `who`; these tests cover what a golden case cannot.

const ACCOUNT = '111122223333';
const shared = (name: string) => readFileSync(join(GOLDEN, 'shared', name), 'utf8');

/** Removes the time of the reading. */
function timeless({ exitCode, stdout, stderr }: Ran): Ran {
  const timed = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
  const clean = (text: string) => undated(text).replace(timed, 'NOW');
  return { exitCode, stdout: clean(stdout), stderr: clean(stderr) };
}

test.each([
  [[]],
  [['--expand']],
  [['--user', 'ann@example.com']],
  [['--user', 'bob', '-o', 'csv']],
  [['--group', 'Audit', '--expand']],
  [['--account', ACCOUNT]],
  [['-o', 'json']],
])('AWS and a snapshot of it give the same output: %j', async (argv) => {
  await fakeAwsForTest(JSON.parse(shared('world.json')));
  const gone = shared('aws-auth.yaml').replace(/Dev_0{15}1/, 'Dev_0000000000000002');
  const accounts = ['--account', ACCOUNT, '--account', '222233334444'];
  const taken = await runWithEnvironment(['snapshot', '--principals', ...accounts]);
  for (const stdin of [shared('aws-auth.yaml'), gone]) {
    const live = await runWithEnvironment(['who', ...argv], { stdin });
    const cwd = await scratch({ 'aws.json': taken.stdout });
    const offline = await run(['who', ...argv, '--inventory', 'aws.json'], { stdin, cwd });
    expect(timeless(offline)).toEqual(timeless(live));
  }
});

/** A separate role for each entry. */
const itemsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    rolearn: `arn:aws:iam::${ACCOUNT}:role/r${index}`,
    username: 'x',
    groups: [`g${index}`],
  }));

test.each([
  ['an ANSI escape', 'a\u001b[31m'],
  ['a line break', 'a\nb'],
  ['a formula', '=1+1'],
  ['brackets', 'a"]; end'],
])('a cluster whose name has %s stays in its place', async (_, name) => {
  const names = [name, 'dev', 'prod', 'test'].map((one) => `${one}.yaml`);
  const cwd = await scratch(Object.fromEntries(names.map((one) => [one, awsAuthOf(itemsOf(1))])));
  const show = async (format: string) => {
    const ran = await run(['who', ...names, '-o', format], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(`${ran.stdout}${ran.stderr}`).not.toContain('\u001b');
    return ran.stdout;
  };
  expect((await show('table')).trimEnd().split('\n')).toHaveLength(5);
  expect(await show('csv')).not.toMatch(/^=/m);
});
