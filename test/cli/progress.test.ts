import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ProgressLine, progressText, RunCost } from '../../src/cli/progress.ts';
import { Shell } from '../../src/cli/shell.ts';
import type { Ask, Output } from '../../src/io.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { NO_WAITS } from '../timing.ts';
import { run, runWithEnvironment, type World } from './run.ts';

const progress = { accountsDone: 120, accountsTotal: 1000, calls: 265, throttles: 0 };
const READ = { ...progress, accountsDone: 1000 };

describe('the text of the progress', () => {
  test.each([
    [progress, 'reading accounts: 120/1000, 44 calls/s, ~44 s left'],
    [{ ...progress, accountsTotal: null }, 'reading accounts: 120/?, 44 calls/s'],
    [READ, 'reading accounts: 1000/1000, 44 calls/s'],
    [
      { ...progress, assignments: { done: 30, total: 6030 } },
      'reading accounts: 120/1000, assignments: 30/6030, 44 calls/s, ~5 min 0 s left',
    ],
    [
      { ...progress, accountsTotal: null, assignments: { done: 1, total: 2 }, people: 9 },
      'reading accounts: 120/?, assignments: 1/2, 44 calls/s, ~1 s left',
    ],
    [{ ...READ, assignments: { done: 7, total: 15 } }, 'reading assignments: 7/15, 44 calls/s, ~1 s left'],
    [
      { ...READ, assignments: { done: 7, total: 15 }, people: 30 },
      'reading assignments: 7/15, 44 calls/s, ~1 s left',
    ],
    [{ ...READ, assignments: { done: 15, total: 15 } }, 'reading assignments: 15/15, 44 calls/s'],
    [{ ...READ, assignments: { done: 15, total: 15 }, people: 0 }, 'reading people: 0, 44 calls/s'],
    [{ ...READ, people: 30 }, 'reading people: 30, 44 calls/s'],
    [{ ...progress, people: 30 }, 'reading accounts: 120/1000, people: 30, 44 calls/s, ~44 s left'],
    [
      { ...progress, accountsDone: 0, accountsTotal: null, clusters: { done: 3, total: 100 } },
      'reading clusters: 3/100, 44 calls/s',
    ],
    [
      { ...progress, accountsTotal: null, clusters: { done: 1, total: 1 } },
      'reading accounts: 120/?, 44 calls/s',
    ],
    [{ ...READ, clusters: { done: 0, total: 2 } }, 'reading clusters: 0/2, 44 calls/s'],
    [
      { ...progress, accountsDone: 0, accountsTotal: null, clusterLists: { done: 3, total: 30 } },
      'reading lists of clusters: 3/30, 44 calls/s',
    ],
    [
      {
        ...progress,
        accountsTotal: null,
        clusterLists: { done: 30, total: 30 },
        clusters: { done: 1, total: 9 },
      },
      'reading clusters: 1/9, 44 calls/s',
    ],
    [
      { ...READ, clusters: { done: 0, total: 1 }, accessEntries: { done: 120, total: 2000 } },
      'reading access entries: 120/2000, 44 calls/s, ~1 min 34 s left',
    ],
    [
      { ...READ, clusters: { done: 3, total: 9 }, accessEntries: { done: 0, total: 20 } },
      'reading clusters: 3/9, access entries: 0/20, 44 calls/s',
    ],
    [
      { ...READ, clusters: { done: 1, total: 1 }, accessEntries: { done: 20, total: 20 } },
      'reading accounts: 1000/1000, 44 calls/s',
    ],
    [{ ...READ, throttles: 1 }, 'reading accounts: 1000/1000, 44 calls/s, 1 throttled'],
  ])('of %j names the item, the rate and the time left', (step, text) => {
    expect(progressText(step, 6000, 44.4)).toBe(text);
  });

  test.each([
    [0, '0 calls/s'],
    [0.44, '0.4 calls/s'],
    [3, '3 calls/s'],
    [9.96, '10 calls/s'],
    [10.4, '10 calls/s'],
    [120.5, '121 calls/s'],
  ])('shows %j calls per second as %s', (perSecond, text) => {
    expect(progressText(READ, 6000, perSecond)).toBe(`reading accounts: 1000/1000, ${text}`);
  });

  test('accounts and assignments are read in parallel, so the slower one counts', () => {
    const left = (done: number) => progressText({ ...progress, assignments: { done, total: 6030 } }, 6000, 1);
    expect(left(30)).toContain('~5 min 0 s left');
    expect(left(6000)).toContain('~44 s left');
  });

  test.each([
    [71, 'reading accounts: 120/1000, 44 calls/s, 3 throttled, ~44 s left'],
    [63, 'reading accounts: 120/1000, 44 calls/s, 3 throttled, ~44 s left'],
    [62, 'reading accounts: 120/1000, 44 calls/s, ~44 s left'],
    [50, 'reading accounts: 120/1000, 44 calls/s, ~44 s left'],
    [49, 'reading accounts: 120/1000, ~44 s left'],
    [38, 'reading accounts: 120/1000, ~44 s left'],
    [37, 'reading accounts: 120/1000'],
    [26, 'reading accounts: 120/1000'],
    [25, 'reading accounts: 120/10…'],
    [1, '…'],
    [0, '…'],
  ])('keeps the most important parts in %i columns', (width, text) => {
    expect(progressText({ ...progress, throttles: 3 }, 6000, 44, width)).toBe(text);
  });
});

describe('the line', () => {
  function lineOf(output: Partial<Output>) {
    const written: string[] = [];
    const clock = { now: 0 };
    const line = new ProgressLine(
      { isTTY: true, ...output, write: (piece) => written.push(piece) },
      () => clock.now,
    );
    const update = (now: number, calls: number) => {
      clock.now = now;
      line.update({ ...READ, calls });
      return written.at(-1)?.replace('\r\u001b[2K', '');
    };
    return { update, written };
  }

  test('leaves the last column of a terminal free; works without a known width', () => {
    const whole = 'reading accounts: 1000/1000, 100 calls/s';
    expect(lineOf({ columns: whole.length + 1 }).update(1000, 100)).toBe(whole);
    expect(lineOf({ columns: whole.length }).update(1000, 100)).toBe('reading accounts: 1000/1000');
    expect(lineOf({ columns: 1 }).update(1000, 100)).toBe('…');
    expect(lineOf({ columns: 0 }).update(1000, 100)).toBe(whole);
    expect(lineOf({}).update(1000, 100)).toBe(whole);
    expect(lineOf({ isTTY: false, columns: 20 }).update(5000, 100)).toBe(
      'note: reading accounts: 1000/1000, 20 calls/s\n',
    );
  });

  test('shows the rate of the last five seconds', () => {
    const { update } = lineOf({});
    const rateAt = (now: number, calls: number) => /[\d.]+(?= calls)/.exec(update(now, calls) ?? '')?.[0];
    expect([
      rateAt(1000, 100),
      rateAt(2000, 300),
      rateAt(5000, 500),
      rateAt(6000, 700),
      rateAt(7001, 700),
      rateAt(12_000, 700),
    ]).toEqual(['100', '150', '100', '120', '80', '0']);
  });
});

test.each([
  [
    'rewrites one line on a terminal, ten times a second',
    true,
    ['\r\u001b[2Kreading accounts: 1/9', '\r\u001b[2Kreading accounts: 3/9', '\r\u001b[2K'],
  ],
  ['writes a line every five seconds elsewhere', false, ['note: reading accounts: 9/9']],
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

test('estimates the time left from the start of the run', () => {
  const written: string[] = [];
  let time = 1_000_000;
  const line = new ProgressLine({ isTTY: true, write: (text) => written.push(text) }, () => time);
  time += 10_000;
  line.update({ accountsDone: 1, accountsTotal: 3, calls: 0, throttles: 0 });
  expect(written.join()).toContain('~20 s left');
});

test.each([
  [0, 3, undefined],
  [3, 3, undefined],
  [9, 10, '~1 s left'],
  [1, null, undefined],
] as const)('with %j accounts of %j, shows the time left if known', (accountsDone, accountsTotal, left) => {
  const text = progressText({ accountsDone, accountsTotal, calls: 0, throttles: 0 }, 9000, 0);
  expect(text.split(', ')[2]).toBe(left);
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
    cost.update(progress);
    now = 11_000;
    cost.update({ ...progress, ...read });
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
  const SHOWN = '\r\u001b[2Kreading accounts: 1/1, 0 calls/s';

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
    expect(stderr).toContain(`${SHOWN}\r\u001b[2K\u001b[34mnote:\u001b[39m no roles found\n`);
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
    expect(stderr).toMatch(/reading accounts: 1\/1, [\d.]+ calls\/s\r\u001b\[2K$/);
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
    expect(stderr).not.toContain('reading accounts');
  });

  test('is shown line by line with --progress', async () => {
    expect(await roles({}, '--progress')).toMatch(/^note: reading accounts: 1\/1, 0 calls\/s$/m);
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
  const line = `\r\u001b[2K${progressText(progress, 1000, 265)}`;
  const later = `\r\u001b[2K${progressText(progress, 3000, 265 / 3)}`;
  expect(written).toEqual([line, '\r\u001b[2K', 'Code: ', later]);
});
