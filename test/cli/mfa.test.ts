import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Ask } from '../../src/io.ts';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import { USER_SECRET, userKey } from '../fake-aws/sessions.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment, type World } from './run.ts';

const [CENTRAL, MEMBER, SECOND] = ['111111111111', '222222222222', '333333333333'];
const DEVICE = `arn:aws:iam::${CENTRAL}:mfa/alice`;
const QUESTION = `Enter MFA code for ${DEVICE}: `;

const CONFIG = `
[profile people]
aws_access_key_id = ${userKey(CENTRAL)}
aws_secret_access_key = ${USER_SECRET}
[profile reader]
region = eu-west-1
role_arn = arn:aws:iam::${MEMBER}:role/Reader
source_profile = people
mfa_serial = ${DEVICE}
[profile through]
region = eu-west-1
role_arn = arn:aws:iam::${SECOND}:role/Reader
source_profile = reader
[profile again]
region = eu-west-1
role_arn = arn:aws:iam::${MEMBER}:role/Reader
source_profile = people
mfa_serial = ${DEVICE}
[profile longer]
region = eu-west-1
role_arn = arn:aws:iam::${MEMBER}:role/Reader
source_profile = people
mfa_serial = ${DEVICE}
duration_seconds = 7200
[profile writer]
region = eu-west-1
role_arn = arn:aws:iam::${MEMBER}:role/Writer
source_profile = people
mfa_serial = ${DEVICE}
[profile short]
region = eu-west-1
role_arn = arn:aws:iam::${MEMBER}:role/Reader
source_profile = people
mfa_serial = ${DEVICE}
duration_seconds = 60
[profile signed-out]
role_arn = arn:aws:iam::${MEMBER}:role/Reader
source_profile = nobody
mfa_serial = ${DEVICE}
`;

/** A user who types these answers, and the questions they got. */
function person(...answers: readonly (string | undefined)[]): { ask: Ask; asked: string[] } {
  const asked: string[] = [];
  const ask: Ask = async (question) => {
    asked.push(question);
    return answers[asked.length - 1];
  };
  return { ask, asked };
}

async function started(options: FakeAwsOptions = {}) {
  const both = { permissionSet: 'Admin', group: 'Platform' };
  const mfa = { serial: DEVICE, codes: ['123456', '234567'] };
  const fake = await fakeAwsForTest(
    {
      permissionSets: ['Admin'],
      groups: ['Platform'],
      accounts: [
        { id: MEMBER, assumableRole: 'Reader', mfa },
        { id: SECOND, assumableRole: 'Reader', trusts: [MEMBER] },
      ],
      assignments: [MEMBER, SECOND].map((account) => ({ account, ...both })),
    },
    options,
  );
  const folder = await scratch({ config: CONFIG });
  const env = { ...fake.env, AWS_CONFIG_FILE: join(folder, 'config') };
  useEnvironment({ ...env, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined });
  return fake;
}

const roles = (profiles: readonly string[], world: World, ...more: readonly string[]) =>
  runWithEnvironment(
    [
      'roles',
      ...profiles.flatMap((profile) => ['--profile', profile]),
      '--account',
      'self',
      '-o',
      'json',
      ...more,
    ],
    world,
  );

describe('a profile with mfa_serial', () => {
  test('asks for the code once, like the AWS CLI, and reads with the role', async () => {
    const fake = await started();
    const { ask, asked } = person('123456');
    const { exitCode, stdout, stderr } = await roles(['reader'], { ask });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject([{ accountId: MEMBER, permissionSet: 'Admin' }]);
    expect(asked).toEqual([QUESTION]);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.AssumeRole': 1 });
  });

  test('asks on the terminal while stdin carries the ConfigMap', async () => {
    await started();
    const { ask } = person('123 456');
    const argv = ['merge', '--profile', 'reader', '--account', 'self', '--map', 'Admin=system:masters'];
    const { exitCode, stdout } = await runWithEnvironment(argv, { ask, stdin: '[]\n' });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`arn:aws:iam::${MEMBER}:role/AWSReservedSSO_Admin_`);
  });

  test('can be in the middle of a chain', async () => {
    const seen: unknown[] = [];
    const fake = await started({
      onCall: ({ operation, input }) => seen.push([operation, input.RoleArn]),
    });
    const { ask, asked } = person('123456');
    const { exitCode, stdout } = await roles(['through'], { ask });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([{ accountId: SECOND }]);
    expect(asked).toEqual([QUESTION]);
    expect(fake.calls).toEqual({ 'iam.ListRoles': 1, 'sts.AssumeRole': 2 });
    expect(seen.slice(0, 2)).toEqual(
      [MEMBER, SECOND].map((id) => ['AssumeRole', `arn:aws:iam::${id}:role/Reader`]),
    );
  });

  test('asks once for all profiles that use one role', async () => {
    const fake = await started();
    const { ask, asked } = person('123456');
    const { exitCode } = await roles(['reader', 'through', 'again'], { ask });
    expect([exitCode, asked]).toEqual([0, [QUESTION]]);
    expect(fake.calls['sts.AssumeRole']).toBe(2);
  });

  test('asks once, however short the session', async () => {
    const fake = await started();
    const { ask, asked } = person('123456', '234567');
    const { exitCode } = await roles(['short'], { ask });
    expect([exitCode, asked]).toEqual([0, [QUESTION]]);
    expect(fake.calls['sts.AssumeRole']).toBe(1);
  });

  test('another role with the same device asks for a second code', async () => {
    await started();
    const { ask, asked } = person('123456', '234567');
    let open = 0;
    const oneAtATime: Ask = async (...args) => {
      open += 1;
      expect(open).toBe(1);
      await new Promise(setImmediate);
      open -= 1;
      return ask(...args);
    };
    const { exitCode } = await roles(['reader', 'longer'], { ask: oneAtATime });
    expect([exitCode, asked]).toEqual([0, [QUESTION, QUESTION]]);
  });

  test('asks only after its source has credentials', async () => {
    const fake = await started();
    const { ask, asked } = person('123456');
    const { exitCode, stderr } = await roles(['signed-out'], { ask });
    expect([exitCode, asked, fake.calls]).toEqual([3, [], {}]);
    expect(stderr).toMatch(
      /no usable AWS credentials for profile signed-out from profile nobody: .*\[nobody\]/,
    );
  });
});

describe('an MFA code that is wrong', () => {
  test('once is asked for again', async () => {
    await started();
    const { ask, asked } = person('999999', '123456');
    const { exitCode } = await roles(['reader'], { ask });
    expect(exitCode).toBe(0);
    expect(asked).toEqual([
      QUESTION,
      `Code rejected: MultiFactorAuthentication failed with invalid MFA one time pass code.\n${QUESTION}`,
    ]);
  });

  test('twice ends the run, and says what to do', async () => {
    const fake = await started();
    const { ask, asked } = person('999999', '888888', '123456');
    const { exitCode, stdout, stderr } = await roles(['reader'], { ask });
    expect([exitCode, stdout, asked.length]).toEqual([3, '', 2]);
    expect(stderr).toBe(
      'error: no usable AWS credentials for profile reader: MultiFactorAuthentication failed with invalid MFA one time pass code.\n' +
        "  Run again with the device's next code; each code works once. If codes keep failing, check mfa_serial in ~/.aws/config and the device's clock.\n",
    );
    expect(fake.calls).toEqual({ 'sts.AssumeRole': 2 });
  });

  test('is not blamed if the role does not trust the caller', async () => {
    await started();
    const { ask, asked } = person('123456', '234567');
    const { exitCode, stderr } = await roles(['writer'], { ask });
    expect([exitCode, asked]).toEqual([3, [QUESTION]]);
    expect(stderr).toMatch(
      /not authorized to perform: sts:AssumeRole .*\n {2}.*The role must exist and trust them/,
    );
  });

  test('twice ends questions for other profiles too', async () => {
    await started();
    const { ask, asked } = person('999999', '888888', '123456', '234567');
    const { exitCode } = await roles(['reader', 'longer'], { ask });
    expect([exitCode, asked.length]).toEqual([3, 2]);
  });

  test.each(['', '12345', '1234567', 'abcdef'])('%j is not sent', async (code) => {
    const fake = await started();
    const { ask, asked } = person(code, code);
    const { exitCode, stderr } = await roles(['reader'], { ask });
    expect([exitCode, fake.calls]).toEqual([3, {}]);
    expect(asked[1]).toBe(`Code rejected: an MFA code has 6 digits\n${QUESTION}`);
    expect(stderr).toContain("an MFA code has 6 digits\n  Run again with the device's next code");
  });

  test('never shows, even with --debug', async () => {
    await started();
    const { ask } = person('999999', '888888');
    const { stdout, stderr } = await roles(['reader'], { ask }, '--debug');
    expect(stderr).toContain('sts:AssumeRole in eu-west-1');
    expect(`${stdout}${stderr}`).not.toMatch(/999999|888888|fake-secret/);
  });
});

describe('without a user to ask', () => {
  const noTerminal = person(undefined).ask;
  const NEXT =
    /Run it in a terminal\. Or .*`eval "\$\(aws configure export-credentials --profile reader --format env\)"`/;

  test.each([
    ['without a terminal', { ask: noTerminal }],
    ['if the program cannot ask', {}],
  ])('%s it suggests the AWS CLI', async (_, world) => {
    const fake = await started();
    const { exitCode, stdout, stderr } = await roles(['reader'], world);
    expect([exitCode, stdout, fake.calls]).toEqual([3, '', {}]);
    expect(stderr).toContain(
      `no usable AWS credentials for profile reader: arn:aws:iam::${MEMBER}:role/Reader requires an MFA code, but there is no terminal to ask for it`,
    );
    expect(stderr).toMatch(NEXT);
  });

  test('never asks in CI, even with a terminal', async () => {
    await started();
    const { ask, asked } = person('123456');
    const env = { ...(process.env as Record<string, string>), CI: 'true' };
    const { exitCode, stderr } = await roles(['reader'], { ask, env });
    expect([exitCode, asked]).toEqual([3, []]);
    expect(stderr).toMatch(NEXT);
  });
});

describe('while a question waits', () => {
  test('an interrupt ends the run', async () => {
    await started();
    const end = new AbortController();
    const ask: Ask = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        end.abort();
      });
    const { exitCode, stdout, stderr } = await roles(['reader'], { ask, signal: end.signal });
    expect([exitCode, stdout, stderr]).toEqual([130, '', 'error: interrupted; nothing was written\n']);
  });

  test('no deadline expires, however long it takes', async () => {
    await started();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    onTestFinished(() => void vi.useRealTimers());
    const ask: Ask = async () => {
      await vi.advanceTimersByTimeAsync(600_000);
      return '123456';
    };
    expect((await roles(['reader'], { ask })).exitCode).toBe(0);
  });
});
