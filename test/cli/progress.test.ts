import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ProgressLine, RunCost } from '../../src/cli/progress.ts';
import { Shell } from '../../src/cli/shell.ts';
import type { Progress } from '../../src/directory/connection.ts';
import type { Ask, Output } from '../../src/io.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { NO_WAITS } from '../timing.ts';
import { run, runWithEnvironment, type World } from './run.ts';

const START = { accountsDone: 0, accountsTotal: 1000, calls: 0, throttles: 0 };
const READ = { ...START, accountsDone: 1000 };
const CLEAR = '\r\u001b[2K';

/** A line and its clock; `update` returns what is written. */
function lineOf(output: Partial<Output> = {}) {
  const written: string[] = [];
  const clock = { now: 0 };
  const line = new ProgressLine(
    { isTTY: true, ...output, write: (text) => written.push(text) },
    () => clock.now,
  );
  const update = (now: number, progress: Progress) => {
    clock.now = now;
    const before = written.length;
    line.update(progress);
    return written[before]?.replace(CLEAR, '');
  };
  return { line, update, written };
}

describe('the progress', () => {
  test.each([
    [START, '0 of 1,000 accounts'],
    [{ ...START, accountsDone: 120 }, '120 of 1,000 accounts'],
    [{ ...START, accountsDone: 120, accountsTotal: null }, '120 accounts'],
    [READ, '1,000 of 1,000 accounts'],
    [{ ...START, assignments: { done: 30, total: 6030 } }, '0 of 1,000 accounts'],
    [{ ...READ, permissionSets: { done: 30, total: 2000 } }, '30 of 2,000 permission sets'],
    [{ ...READ, assignments: { done: 30, total: 6030 } }, '30 of 6,030 assignments'],
    [{ ...READ, assignments: { done: 7, total: 15 }, people: 30 }, '7 of 15 assignments'],
    [{ ...READ, assignments: { done: 15, total: 15 }, people: 0 }, '0 users and groups'],
    [{ ...START, accountsTotal: null, clusterLists: { done: 3, total: 30 } }, '3 of 30 lists of clusters'],
    [
      {
        ...START,
        accountsTotal: null,
        clusterLists: { done: 30, total: 30 },
        clusters: { done: 1, total: 9 },
        accessEntries: { done: 3, total: 7 },
      },
      '1 of 9 clusters',
    ],
    [
      { ...READ, clusters: { done: 0, total: 1 }, accessEntries: { done: 120, total: 2000 } },
      '120 of 2,000 access entries',
    ],
    [{ ...START, accountsDone: 2, accountsTotal: null, clusters: { done: 1, total: 1 } }, '2 accounts'],
  ])('of %j shows the first counter that is not complete', (progress, text) => {
    expect(lineOf().update(1000, progress)).toBe(`reading ${text}, 0/s`);
  });

  test('shows the rate of its counter, from its first count on', () => {
    const { update } = lineOf();
    update(0, START);
    expect(update(1000, { ...START, accountsDone: 45 })).toBe('reading 45 of 1,000 accounts, 45/s');
    expect(update(4000, { ...START, accountsDone: 46 })).toBe('reading 46 of 1,000 accounts, 12/s');
    expect(update(5000, { ...READ, assignments: { done: 20, total: 40 } })).toBe(
      'reading 20 of 40 assignments, 0/s',
    );
    expect(update(6000, { ...READ, assignments: { done: 23, total: 40 } })).toBe(
      'reading 23 of 40 assignments, 3/s',
    );
    expect(update(10_000, { ...READ, assignments: { done: 25, total: 40 } })).toBe(
      'reading 25 of 40 assignments, 1/s',
    );
  });

  test('leaves the last column of a terminal free; works without a known width', () => {
    const whole = 'reading 1,000 of 1,000 accounts, 0/s';
    expect(lineOf({ columns: whole.length + 1 }).update(1000, READ)).toBe(whole);
    expect(lineOf({ columns: whole.length }).update(1000, READ)).toBe(whole.slice(0, -1));
    expect(lineOf({ columns: 0 }).update(1000, READ)).toBe(whole);
    expect(lineOf({ isTTY: false, columns: 20 }).update(5000, READ)).toBe(`note: ${whole}\n`);
  });

  test('rewrites one line on a terminal, ten times a second', () => {
    const { line, update, written } = lineOf();
    update(100, START);
    update(150, { ...START, accountsDone: 2 });
    update(250, { ...START, accountsDone: 3 });
    line.clear();
    line.clear();
    expect(written).toEqual([
      `${CLEAR}reading 0 of 1,000 accounts, 0/s`,
      `${CLEAR}reading 3 of 1,000 accounts, 20/s`,
      CLEAR,
    ]);
  });

  test('writes a line every five seconds elsewhere', () => {
    const { line, update, written } = lineOf({ isTTY: false });
    update(0, START);
    update(4999, START);
    update(5000, { ...START, accountsDone: 10 });
    line.clear();
    expect(written).toEqual(['note: reading 10 of 1,000 accounts, 2/s\n']);
  });
});

describe('the cost of a run', () => {
  const ACCOUNT = '222222222222';

  /** Its clock advances by so many milliseconds with each IAM answer. */
  async function roles(milliseconds: number, ...flags: string[]) {
    const fake = await fakeAwsForTest({ accounts: [{ id: ACCOUNT }] });
    fake.inject({ kind: 'throttle', operation: 'iam.ListRoles', times: 2 });
    const timing = { ...NO_WAITS, now: () => (fake.calls['iam.ListRoles'] ?? 0) * milliseconds };
    const argv = ['roles', '--account', ACCOUNT, '-o', 'json', ...flags];
    return (await runWithEnvironment(argv, { timing })).stderr;
  }

  test('is reported at the end of one that takes more than ten seconds', async () => {
    expect(await roles(3334)).toBe(
      'note: no roles found\nnote: 1 account: 5 calls to AWS in 10 s, 2 throttled\n',
    );
    expect(await roles(25_000)).toMatch(/^note: 1 account: 5 calls to AWS in 1 min 15 s, 2 throttled$/m);
  });

  test('names the accounts, users and groups that were read', async () => {
    const accounts = [{ id: ACCOUNT }, { id: '333333333333' }];
    const fake = await fakeAwsForTest({
      accounts,
      permissionSets: ['Admin'],
      provisioned: accounts.map(({ id }) => ({ account: id, permissionSet: 'Admin' })),
      groups: ['Ops'],
      users: ['ann', 'bob'],
      assignments: [
        { account: ACCOUNT, permissionSet: 'Admin', group: 'Ops' },
        { account: '333333333333', permissionSet: 'Admin', user: 'bob' },
      ],
    });
    const timing = { ...NO_WAITS, now: () => (fake.calls['iam.ListRoles'] ?? 0) * 20_000 };
    const flags = accounts.flatMap(({ id }) => ['--account', id]);
    const { stderr } = await runWithEnvironment(['roles', '--principals', ...flags], { timing });
    expect(stderr).toMatch(
      /^note: 2 accounts, 2 users and groups: \d+ calls to AWS in \d+ s, 0 throttled\n$/,
    );
  });

  const COST = { ...START, calls: 265 };

  test.each([
    [{ accountsDone: 0, people: 0 }, '265 calls to AWS in 11 s, 0 throttled'],
    [{ accountsDone: 0, people: 7 }, '7 users and groups: 265 calls to AWS in 11 s, 0 throttled'],
    [{ accountsDone: 2 }, '2 accounts: 265 calls to AWS in 11 s, 0 throttled'],
    [
      { accountsDone: 1, clusters: { done: 3, total: 3 } },
      '1 account, 3 clusters: 265 calls to AWS in 11 s, 0 throttled',
    ],
  ])('of %j names only the items that were read', (read, message) => {
    let now = 0;
    const cost = new RunCost(() => now);
    cost.update(COST);
    now = 11_000;
    cost.update({ ...COST, ...read });
    expect(cost.notes()).toEqual([{ severity: 'note', code: 'cost', message }]);
  });

  test('is not reported for a short run', async () => {
    expect(await roles(3333)).toBe('note: no roles found\n');
    expect(await roles(60_000, '--quiet')).toBe('');
  });

  test('is not reported without a call to AWS', async () => {
    const { exitCode, stderr } = await run(['view'], { stdin: '[]' });
    expect([exitCode, stderr]).toEqual([0, 'note: <stdin>: no entries\n']);
  });
});

describe('the progress of a run', () => {
  /** The clock advances by a second at each reading. */
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

  test('is shown on a terminal, and cleared before messages', async () => {
    const stderr = await roles({ stderrIsTty: true });
    expect(stderr).toContain(`${CLEAR}reading 1 of 1 accounts, `);
    expect(stderr).toContain(`/s${CLEAR}\u001b[34mnote:\u001b[39m no roles found\n`);
  });

  test('is cleared before stdout, even without messages', async () => {
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
    expect(stderr).toMatch(/reading 1 of 1 accounts, [\d.]+\/s\r\u001b\[2K$/);
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
    expect(stderr).not.toContain('reading ');
  });

  test('is shown line by line with --progress', async () => {
    expect(await roles({}, '--progress')).toMatch(/^note: reading 1 of 1 accounts, [\d.]+\/s$/m);
  });
});

test('leaves the line to a question while it waits', async () => {
  const written: string[] = [];
  const output = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
  let time = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => time);
  onTestFinished(() => void vi.restoreAllMocks());
  const ask: Ask = async (question) => {
    written.push(question);
    time += 1000;
    shell.progress(READ);
    return 'answer';
  };
  const stdin = (async function* () {})();
  const { signal } = new AbortController();
  const shell = new Shell({ stdin, stdout: output, stderr: output, env: {}, cwd: '/', signal, ask }, {});
  time += 1000;
  shell.progress(READ);
  expect(await shell.ask('Code: ', signal)).toBe('answer');
  time += 1000;
  shell.progress(READ);
  const line = `${CLEAR}reading 1,000 of 1,000 accounts, 0/s`;
  expect(written).toEqual([line, CLEAR, 'Code: ', line]);
});
