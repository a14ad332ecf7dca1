import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { scratch } from '../scratch.ts';
import { run, runWithEnvironment } from './run.ts';

const PROD = '111122223333';
const STRIPPED = `arn:aws:iam::${PROD}:role/AWSReservedSSO_Admin_0123456789abcdef`;
const PATH = STRIPPED.replace('role/', 'role/aws-reserved/sso.amazonaws.com/eu-west-1/');
const NODE = `- rolearn: arn:aws:iam::${PROD}:role/node
  username: system:node:{{EC2PrivateDNSName}}
  groups: [system:bootstrappers, system:nodes]
`;
const entry = (arn: string, group = 'system:masters') =>
  `- rolearn: ${arn}\n  username: "sso:{{SessionName}}"\n  groups: [${group}]\n`;
const CLEAN = NODE + entry(STRIPPED);
const BROKEN_PATH = NODE + entry(PATH);
const BAD = NODE + entry('arn:aws:sts::111122223333:assumed-role/x/bob');

const [DEV, LIVE, TEST] = ['dev', 'prod', 'test'].map((name) => `clusters/${name}/aws-auth.yaml`) as [
  string,
  string,
  string,
];
const FILES = { [DEV]: BROKEN_PATH, [LIVE]: CLEAN, [TEST]: BAD };

async function check(argv: readonly string[], files: Readonly<Record<string, string>> = FILES) {
  const cwd = await scratch(files);
  const textOf = (file: string) => readFile(join(cwd, file), 'utf8');
  return { ...(await run(['check', ...argv], { cwd })), cwd, textOf };
}

describe('a broken file among several', () => {
  const SOME = { ...FILES, 'bad.yaml': 'a: [', 'pod.yaml': 'kind: Pod\n' };

  test('is in the summary of a workflow too', async () => {
    const cwd = await scratch(SOME);
    const env = { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') };
    await run(['check', 'gone.yaml', DEV, 'pod.yaml', '-o', 'github'], { cwd, env });
    const summary = await readFile(env.GITHUB_STEP_SUMMARY, 'utf8');
    expect(summary).toContain('- 1 of 3 files checked: 1 error');
    expect(summary.match(/^\| error \|.*/gm)).toEqual([
      '| error | <code>gone&#46;yaml</code> | <code>unavailable</code> | can&#39;t read the file: no such file |',
      expect.stringMatching(
        /pod&#46;yaml:1:1<.*>refused<.* no aws-auth ConfigMap found .*&#46; aws-auth is /,
      ),
      expect.stringMatching(/clusters.*>path-in-arn</),
    ]);
    await run(['check', '--fix', '--write', '-', DEV, '-o', 'github'], { cwd, env });
    expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^\| error \| {2}\| <code>refused</m);
  });

  test('has colors if stderr is a terminal', async () => {
    const cwd = await scratch(FILES);
    const shown = async (world: { stdoutIsTty?: boolean; stderrIsTty?: boolean }) =>
      (await run(['check', 'gone.yaml', DEV], { cwd, ...world, columns: 60 })).stderr;
    expect(await shown({ stdoutIsTty: true })).toContain('12: error: ');
    const colored = await shown({ stderrIsTty: true });
    expect(colored).toContain('12: \u001b[31merror\u001b[39m: ');
    expect(colored.split('\n')[1]?.length).toBeLessThanOrEqual(60);
  });

  test('a pattern that matches no file is explained', async () => {
    const { exitCode, stderr } = await check(['cluster/*/aws-auth.yaml']);
    expect(exitCode).toBe(3);
    expect(stderr).toBe(`\
error: cluster/*/aws-auth.yaml: can't read the file: no such file
  No file matches this pattern. Check the directory and the spelling, and don't quote the pattern.
`);
    for (const file of ['a?.yaml', 'a[1].yaml'])
      expect((await check([file])).stderr).toMatch(/no such file\n {2}No file matches /);
    expect((await check(['gone.yaml'])).stderr).toBe("error: gone.yaml: can't read the file: no such file\n");
    expect((await check(['a*'], { 'a*/x': '' })).stderr).toBe(
      "error: a*: can't read the file: it's a directory\n",
    );
  });
});

describe('check of several files reads once for all of them', () => {
  test('AWS', async () => {
    const world = {
      accounts: [{ id: PROD, name: 'prod' }, { id: '222233334444' }],
      permissionSets: ['Admin'],
      groups: [{ displayName: 'Platform' }],
      roles: [{ account: PROD, name: 'node' }],
      assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
    };
    const cwd = await scratch({ ...FILES, [LIVE]: CLEAN + entry(STRIPPED.replace(PROD, '222233334444')) });
    const calls = async (...files: string[]) => {
      const fake = await fakeAwsForTest(world);
      const { stdout } = await runWithEnvironment(['check', '--aws', '-o', 'json', ...files], { cwd });
      return { calls: fake.calls, findings: JSON.parse(stdout).findings };
    };
    const one = await calls(LIVE);
    const all = await calls(DEV, LIVE, TEST);
    expect(all.calls).toEqual(one.calls);
    // Once for provisioned roles, and once for other roles in the file.
    expect(one.calls).toMatchObject({ 'iam.ListRoles': 4 });
    expect(all.findings).toMatchObject([
      { file: DEV, rule: 'path-in-arn' },
      { file: DEV, rule: 'stale-role' },
      { file: LIVE, rule: 'stale-role' },
      { file: LIVE, rule: 'unknown-role' },
      { file: TEST, rule: 'assumed-role-arn' },
    ]);
  });
});

describe('check --fix --write of several files', () => {
  test('names the written files if one is not writable', async () => {
    const files = { 'a.yaml': BROKEN_PATH, 'b.yaml': BROKEN_PATH, 'c.yaml': BROKEN_PATH };
    const cwd = await scratch(files);
    const { renameSync } = fs;
    const spy = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (String(to).endsWith('b.yaml')) throw new Error('EBUSY');
      renameSync(from, to);
    });
    const argv = ['check', '--fix-access', '--write', ...Object.keys(files)];
    const { exitCode, stdout, stderr } = await run(argv, { cwd });
    spy.mockRestore();
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /\nerror: b\.yaml: can't write the file: .*\n {2}The file is unchanged\. .*\nwarning: only a\.yaml was written\n {2}Run it again to write the others\.\n$/,
    );
    expect(await readFile(join(cwd, 'a.yaml'), 'utf8')).toBe(CLEAN);
    expect(await readFile(join(cwd, 'c.yaml'), 'utf8')).toBe(BROKEN_PATH);
    const again = await run(['check', '--fix-access', '--write', 'b.yaml', 'c.yaml'], { cwd });
    expect(again.stderr).not.toContain('only');
  });

  test('names the written files after an interrupt', async () => {
    const files = { 'a.yaml': BROKEN_PATH, 'b.yaml': BROKEN_PATH, 'c.yaml': BROKEN_PATH };
    const cwd = await scratch(files);
    const controller = new AbortController();
    const textOf = (name: string) => readFile(join(cwd, name), 'utf8');
    const { renameSync } = fs;
    const spy = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      renameSync(from, to);
      if (String(to).endsWith('b.yaml')) controller.abort();
    });
    const argv = ['check', '--fix-access', '--write', ...Object.keys(files)];
    const ran = await run(argv, { cwd, signal: controller.signal });
    spy.mockRestore();
    expect(ran.exitCode).toBe(130);
    expect(ran.stderr).toMatch(/\nerror: interrupted; a\.yaml, b\.yaml were written\n$/);
    expect(await textOf('c.yaml')).toBe(BROKEN_PATH);
  });

  test('writes a file with several links once', async () => {
    const cwd = await scratch({ 'a.yaml': BROKEN_PATH });
    await symlink('a.yaml', join(cwd, 'b.yaml'));
    const ran = await run(['check', '--fix-access', '--write', 'a.yaml', 'b.yaml'], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(/^note: a\.yaml: listed more than once, but read only once\n/);
    expect(await readFile(join(cwd, 'b.yaml'), 'utf8')).toBe(CLEAN);
    const shown = await run(['check', '--fix', '--diff', 'a.yaml', 'b.yaml'], { cwd });
    expect(shown.stderr).toMatch(/^note: a\.yaml: listed more than once, but read only once\n/);
    const both = await run(['check', 'a.yaml', 'b.yaml'], { cwd });
    expect(both.stderr).toContain('note: 2 files: ');
  });
});

describe('check --fix --diff', () => {
  test.each([
    ['a b/aws-auth.yaml', 'a/a b/aws-auth.yaml\t'],
    ['./x/../y.yaml', 'a/y.yaml'],
    ['a\n+++ b', '"a/a\\n+++ b"\t'],
    ['a\tb', '"a/a\\tb"'],
    ['a\rb', '"a/a\\rb"'],
    ['a"b\\', '"a/a\\"b\\\\"'],
    ['a\u001b\u202eé', '"a/a\\033\\342\\200\\256é"'],
    ['##[x', '"a/\\043\\043[x"'],
    ['#é', 'a/#é'],
  ])('names %j on one line, in a form that git can apply', async (file, name) => {
    const { stdout, cwd, textOf } = await check(['--fix-access', '--diff', file], { [file]: BROKEN_PATH });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `--- ${name}`,
      `+++ ${name.replace('a/', 'b/')}`,
      '@@ -1,6 +1,6 @@',
    ]);
    execFileSync('git', ['apply', '-'], { cwd, input: stdout });
    expect(await textOf(file)).toBe(CLEAN);
  });
});
