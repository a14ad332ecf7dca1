import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ProgressLine, progressText } from '../../src/cli/progress.ts';
import { Shell } from '../../src/cli/shell.ts';
import type { Ask } from '../../src/io.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { NO_WAITS } from '../timing.ts';
import { run, runWithEnvironment, type World } from './run.ts';

const progress = { accountsDone: 120, accountsTotal: 1000, calls: 265, throttles: 1 };

test('tells accounts, calls, throttles and the time left', () => {
  expect(progressText(progress, 6000)).toBe('120/1000 accounts, 265 calls, 1 throttled, about 44 s left');
  expect(progressText({ ...progress, accountsTotal: null }, 6000)).toBe(
    '120/? accounts, 265 calls, 1 throttled',
  );
  expect(progressText({ ...progress, accountsDone: 1000 }, 6000)).toBe(
    '1000/1000 accounts, 265 calls, 1 throttled',
  );
});

test('shows how far the assignment queries are', () => {
  const text = progressText(
    { ...progress, accountsDone: 1000, assignments: { done: 30, total: 6030 } },
    6000,
  );
  expect(text).toBe(
    '1000/1000 accounts, 30/6030 assignment queries, 265 calls, 1 throttled, about 300 s left',
  );
});

test('accounts and assignments are read at the same time, so the slower one counts', () => {
  const left = (done: number) => progressText({ ...progress, assignments: { done, total: 6030 } }, 6000);
  expect(left(30)).toContain('about 300 s left');
  expect(left(6000)).toContain('about 44 s left');
});

test('a line that just fits is shown whole', () => {
  const text = progressText(progress, 1000);
  const shown = (columns: number) => {
    const written: string[] = [];
    let time = 0;
    const line = new ProgressLine(
      { isTTY: true, columns, write: (piece) => written.push(piece) },
      () => time,
    );
    time = 1000;
    line.update(progress);
    return written;
  };
  expect(shown(text.length + 1)).toEqual([`\r\u001b[2K${text}`]);
  expect(shown(text.length)).toEqual([`\r\u001b[2K${text.slice(0, -2)}…`]);
});

test.each([
  [
    'rewrites one line on a terminal, ten times a second',
    true,
    ['\r\u001b[2K1/9 accounts', '\r\u001b[2K3/9 accounts', '\r\u001b[2K'],
  ],
  ['writes a line every five seconds elsewhere', false, ['note: 9/9 accounts']],
])('%s', (_, isTTY, expected) => {
  const written: string[] = [];
  let time = 0;
  const line = new ProgressLine({ isTTY, write: (text) => written.push(text) }, () => time);
  for (const [at, accountsDone] of [[100, 1], [150, 2], [250, 3], ...(isTTY ? [] : [[5100, 9]])] as const) {
    time = at ?? 0;
    line.update({ accountsDone: accountsDone ?? 0, accountsTotal: 9, calls: 0, throttles: 0 });
  }
  line.clear();
  line.clear();
  expect(written.map((text) => text.split(',')[0])).toEqual(expected);
});

test('is cut to what fits on a line of the terminal', () => {
  const written: string[] = [];
  let time = 0;
  const line = new ProgressLine(
    { isTTY: true, columns: 30, write: (text) => written.push(text) },
    () => time,
  );
  time = 1000;
  line.update(progress);
  expect(written).toEqual(['\r\u001b[2K120/1000 accounts, 265 calls…']);
  expect(written[0]?.replace('\r\u001b[2K', '')).toHaveLength(29);
});

test('estimates what is left from when the run began', () => {
  const written: string[] = [];
  let time = 1_000_000;
  const line = new ProgressLine({ isTTY: true, write: (text) => written.push(text) }, () => time);
  time += 10_000;
  line.update({ accountsDone: 1, accountsTotal: 3, calls: 0, throttles: 0 });
  expect(written.join()).toContain('about 20 s left');
});

test.each([
  [0, 3, undefined],
  [3, 3, undefined],
  [9, 10, 'about 1 s left'],
  [1, null, undefined],
] as const)(
  'of %j accounts of %j, says what is left where that is known',
  (accountsDone, accountsTotal, left) => {
    const text = progressText({ accountsDone, accountsTotal, calls: 0, throttles: 0 }, 9000);
    expect(text.split(', ')[3]).toBe(left);
  },
);

describe('the cost of a run', () => {
  const ACCOUNT = '222222222222';

  /** Its clock goes on by so many milliseconds with each answer of IAM. */
  async function roles(milliseconds: number, ...flags: string[]) {
    const fake = await fakeAwsForTest({ accounts: [{ id: ACCOUNT }] });
    fake.inject({ kind: 'throttle', operation: 'iam.ListRoles', times: 2 });
    const timing = { ...NO_WAITS, now: () => (fake.calls['iam.ListRoles'] ?? 0) * milliseconds };
    const argv = ['roles', '--account', ACCOUNT, '-o', 'json', ...flags];
    return (await runWithEnvironment(argv, { timing })).stderr;
  }

  test('is told at the end of one that takes more than ten seconds', async () => {
    expect(await roles(3334)).toBe('note: no roles\nnote: 5 calls to AWS in 10 s, 2 throttled\n');
    expect(await roles(25_000)).toMatch(/^note: 5 calls to AWS in 1 min 15 s, 2 throttled$/m);
  });

  test('is told of no other', async () => {
    expect(await roles(3333)).toBe('note: no roles\n');
    expect(await roles(60_000, '--quiet')).toBe('');
  });

  test('is nothing where AWS was not called', async () => {
    const { exitCode, stderr } = await run(['view'], { stdin: '[]' });
    expect([exitCode, stderr]).toEqual([0, 'note: <stdin>: no entries\n']);
  });
});

describe('the progress of a run', () => {
  const SHOWN = '\r\u001b[2K1/1 accounts, 3 calls, 0 throttled';

  /** A second goes by whenever the clock is looked at. */
  async function roles(world: World, ...flags: string[]) {
    await fakeAwsForTest({ accounts: [{ id: '222222222222' }] });
    let now = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
      now += 10_000;
      return now;
    });
    onTestFinished(() => clock.mockRestore());
    const argv = ['roles', '--account', '222222222222', ...flags];
    return (await runWithEnvironment(argv, world)).stderr;
  }

  test('is shown on a terminal, and cleared before what stays', async () => {
    const stderr = await roles({ stderrIsTty: true });
    expect(stderr).toContain(`${SHOWN}\r\u001b[2K\u001b[34mnote:\u001b[39m no roles\n`);
  });

  test('is cleared before stdout, where nothing else is said', async () => {
    const fake = await fakeAwsForTest({
      permissionSets: ['Admin'],
      provisioned: [{ account: '111111111111', permissionSet: 'Admin' }],
    });
    let now = 0;
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
      now += 200;
      return now;
    });
    onTestFinished(() => clock.mockRestore());
    const { stdout, stderr } = await runWithEnvironment(['roles', '--account', 'self'], {
      stderrIsTty: true,
    });
    expect([stdout.split('\n').length, fake.calls['iam.ListRoles']]).toEqual([3, 1]);
    expect(stderr).toMatch(/1\/1 accounts, 2 calls, 0 throttled\r\u001b\[2K$/);
  });

  test.each([
    ['elsewhere', {}, []],
    ['with --quiet', { stderrIsTty: true }, ['--quiet']],
    ['in CI', { stderrIsTty: true, env: { CI: 'true' } }, []],
  ])('is not shown %s', async (_, { env, ...world }: World, flags) => {
    const stderr = await roles(
      env ? { ...world, env: { ...(process.env as Record<string, string>), ...env } } : world,
      ...flags,
    );
    expect(stderr).not.toContain('accounts, ');
  });

  test('is shown line by line with --progress', async () => {
    expect(await roles({}, '--progress')).toMatch(/^note: 1\/1 accounts, 3 calls, 0 throttled$/m);
  });
});

test('leaves the line to a question while somebody is asked', async () => {
  const written: string[] = [];
  const output = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
  let time = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => time);
  onTestFinished(() => void vi.restoreAllMocks());
  const ask: Ask = async (question) => {
    written.push(question);
    time += 1000;
    shell.progress(progress);
    return 'answer';
  };
  const stdin = (async function* () {})();
  const { signal } = new AbortController();
  const shell = new Shell({ stdin, stdout: output, stderr: output, env: {}, cwd: '/', signal, ask }, {});
  time += 1000;
  shell.progress(progress);
  expect(await shell.ask('Code: ', signal)).toBe('answer');
  time += 1000;
  shell.progress(progress);
  const line = `\r\u001b[2K${progressText(progress, 1000)}`;
  const later = `\r\u001b[2K${progressText(progress, 3000)}`;
  expect(written).toEqual([line, '\r\u001b[2K', 'Code: ', later]);
});
