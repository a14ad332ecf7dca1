import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { awsAuthOf } from '../access/aws-auth-of.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import { account, inventory, snapshotText } from '../inventory/build-inventory.ts';
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

const NAMED = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: aws-auth, namespace: kube-system }\n';
const LISTED = `${NAMED}data:\n  mapRoles:\n    - rolearn: ${STRIPPED}\n`;

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

describe('check of several files', () => {
  test('shows what is found in each, and counts it by file and in all', async () => {
    const { exitCode, stdout, stderr } = await check([DEV, LIVE, TEST]);
    expect(exitCode).toBe(1);
    const alone = await Promise.all([DEV, TEST].map((file) => check([file])));
    expect(stdout).toBe(alone.map((ran) => ran.stdout).join('\n'));
    expect(stdout).toMatch(/^clusters\/dev\/aws-auth\.yaml:4:12: error: .*\n {2}\| - rolearn: arn:aws:iam/);
    expect(stderr).toBe(`\
note: ${DEV}: 1 error, 0 warnings
note: ${LIVE}: no problems found
note: ${TEST}: 1 error, 0 warnings
note: 3 files: 2 errors, 0 warnings
`);
    expect(await check([LIVE, DEV], { ...FILES, [DEV]: CLEAN })).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: expect.stringMatching(/\nnote: 2 files: no problems found\n$/),
    });
  });

  test('puts all findings into one JSON object, each with its file', async () => {
    const { exitCode, stdout } = await check([DEV, LIVE, TEST, '-o', 'json']);
    expect(exitCode).toBe(1);
    const { findings, ...counts } = JSON.parse(stdout);
    expect(counts).toEqual({ errors: 2, warnings: 0, notes: 0 });
    expect(findings).toMatchObject([
      { rule: 'path-in-arn', file: DEV },
      { rule: 'assumed-role-arn', file: TEST },
    ]);
  });

  test('annotates each', async () => {
    const { stdout } = await check([DEV, LIVE, TEST, '-o', 'github']);
    expect(stdout.match(/^::error file=[^,]*/gm)).toEqual([`::error file=${DEV}`, `::error file=${TEST}`]);
    const dotted = await check([`./${DEV}`, '-o', 'github']);
    expect(dotted.stdout).toMatch(new RegExp(`^::error file=${DEV},`));
  });

  test('checks one that is given twice once, and says so', async () => {
    const { exitCode, stdout, stderr } = await check([DEV, `./clusters/../${DEV}`, '-o', 'json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout).findings).toHaveLength(1);
    expect(stderr).toBe(
      `note: ${DEV}: is given more than once and read once\nnote: ${DEV}: 1 error, 0 warnings\n`,
    );
  });

  test('takes stdin among files, as what comes from a cluster', async () => {
    const live = awsAuthOf([]).replace('"metadata":{', '"metadata":{"resourceVersion":"1",');
    const cwd = await scratch({ 'a.yaml': live });
    const { stdout, stderr } = await run(['check', 'a.yaml', '-', '-o', 'json'], { cwd, stdin: live });
    const metadata = JSON.parse(stdout).findings.filter(
      ({ rule }: { rule: string }) => rule === 'server-metadata',
    );
    expect(metadata.map(({ file }: { file: string }) => file)).toEqual(['a.yaml']);
    expect(stderr).toContain('note: <stdin>: 0 errors, 1 warning\n');
  });
});

describe('a broken file among several', () => {
  const SOME = { ...FILES, 'bad.yaml': 'a: [', 'pod.yaml': 'kind: Pod\n' };

  test.each([
    ['invalid', 'pod.yaml', 2],
    ['not there', 'gone.yaml', 3],
  ])(
    'that is %s: the others are checked, on stderr, and it is named at the end',
    async (_, broken, expected) => {
      const { exitCode, stdout, stderr } = await check([broken, DEV, LIVE], SOME);
      expect([exitCode, stdout]).toEqual([expected, '']);
      const sound = await check([DEV]);
      const rest = stderr.slice(sound.stdout.length);
      expect(stderr).toBe(sound.stdout + rest);
      const notes = `note: ${DEV}: 1 error, 0 warnings\nnote: ${LIVE}: no problems found\n`;
      const all = 'note: 2 of 3 files checked: 1 error, 0 warnings\n';
      expect(rest.startsWith(`${notes}${all}error: ${broken}:`)).toBe(true);
    },
  );

  test('shows the others as JSON on stderr, too', async () => {
    const { stdout, stderr } = await check([DEV, 'gone.yaml', '-o', 'json']);
    expect(stdout).toBe('');
    expect(stderr.startsWith((await check([DEV, '-o', 'json'])).stdout)).toBe(true);
    expect(stderr).not.toMatch(/^::/m);
  });

  test('is annotated, among others and alone', async () => {
    const { stdout, stderr } = await check(['pod.yaml', DEV, 'gone.yaml', '-o', 'github'], SOME);
    expect(stdout).toBe('');
    expect(stderr.match(/^::.*/gm)).toEqual([
      expect.stringMatching(
        /^::error file=pod\.yaml,line=1,col=1,title=refused::there is no aws-auth .*\. aws-auth is /,
      ),
      '::error file=gone.yaml,title=unavailable::cannot be read: no such file',
      expect.stringMatching(/^::error file=clusters\/dev\//),
    ]);
    const alone = await check(['gone.yaml', '-o', 'github']);
    expect(alone).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr:
        '::error file=gone.yaml,title=unavailable::cannot be read: no such file\nerror: gone.yaml: cannot be read: no such file\n',
    });
    expect((await check(['--fix', '--write', '-', '-o', 'github'])).stderr).toMatch(
      /^::error title=refused::--write requires a FILE, not stdin\. .*$/m,
    );
  });

  test('is in the summary of a workflow, too', async () => {
    const cwd = await scratch(SOME);
    const env = { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') };
    await run(['check', 'gone.yaml', DEV, 'pod.yaml', '-o', 'github'], { cwd, env });
    const summary = await readFile(env.GITHUB_STEP_SUMMARY, 'utf8');
    expect(summary).toContain('- 1 of 3 files checked: 1 error');
    expect(summary.match(/^\| error \|.*/gm)).toEqual([
      '| error | <code>gone&#46;yaml</code> | <code>unavailable</code> | cannot be read: no such file |',
      expect.stringMatching(/pod&#46;yaml:1:1<.*>refused<.* there is no aws-auth .*&#46; aws-auth is /),
      expect.stringMatching(/clusters.*>path-in-arn</),
    ]);
    await run(['check', '--fix', '--write', '-', DEV, '-o', 'github'], { cwd, env });
    expect(await readFile(env.GITHUB_STEP_SUMMARY, 'utf8')).toMatch(/^\| error \| {2}\| <code>refused</m);
  });

  test('ends with the worst exit code, and names all', async () => {
    const { exitCode, stdout, stderr } = await check(['gone.yaml', 'pod.yaml', LIVE, 'lost.yaml'], SOME);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr.match(/^(?:note: \d|error: [\w.]+)/gm)).toEqual([
      'note: 1',
      'error: gone.yaml',
      'error: pod.yaml',
      'error: lost.yaml',
    ]);
  });

  test('says nothing but what is wrong where none is left', async () => {
    const { exitCode, stdout, stderr } = await check(['gone.yaml', 'pod.yaml'], SOME);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(/^error: gone\.yaml: .*\nerror: pod\.yaml:1:1: .*\n {2}.*\n$/);
  });

  test('is named even if the run fails for another reason', async () => {
    const { exitCode, stderr } = await check(['pod.yaml', LIVE, '--inventory', 'lost.json'], SOME);
    expect(exitCode).toBe(3);
    expect(stderr.match(/^error: [\w.]+/gm)).toEqual(['error: pod.yaml', 'error: lost.json']);
    const denied = await check(['gone.yaml', DEV, '--rbac', 'rbac.yaml'], { ...SOME, 'rbac.yaml': 'a: [' });
    expect(denied.exitCode).toBe(3);
    expect(denied.stderr.match(/^error: [\w.]+/gm)).toEqual(['error: gone.yaml', 'error: rbac.yaml']);
  });

  test('has colors where stderr is a terminal', async () => {
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
error: cluster/*/aws-auth.yaml: cannot be read: no such file
  The shell found no file for this pattern: check the directory and the spelling, and do not quote it.
`);
    for (const file of ['a?.yaml', 'a[1].yaml'])
      expect((await check([file])).stderr).toMatch(/no such file\n {2}The shell /);
    expect((await check(['gone.yaml'])).stderr).toBe('error: gone.yaml: cannot be read: no such file\n');
    expect((await check(['a*'], { 'a*/x': '' })).stderr).toBe('error: a*: cannot be read: is a directory\n');
  });
});

describe('check of several files reads once for all', () => {
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
    // Once for the roles of permission sets, and once for what else the file names.
    expect(one.calls).toMatchObject({ 'iam.ListRoles': 4 });
    expect(all.findings).toMatchObject([
      { file: DEV, rule: 'path-in-arn' },
      { file: DEV, rule: 'stale-role' },
      { file: LIVE, rule: 'stale-role' },
      { file: LIVE, rule: 'unknown-role' },
      { file: TEST, rule: 'assumed-role-arn' },
    ]);
  });

  test('RBAC manifests, each for the clusters below its directory', async () => {
    const binding = (group: string) => `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ${group} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: ${group} }]
`;
    const files = {
      [DEV]: NODE + entry(STRIPPED, 'viewers'),
      [LIVE]: NODE + entry(STRIPPED, 'viewers'),
      'clusters/dev/rbac.yaml': binding('viewers'),
      'clusters/prod/rbac.yaml': binding('others'),
      [TEST]: 'a: [',
      'clusters/test/rbac.yaml': binding('viewers'),
    };
    const rbac = ['dev', 'prod', 'test'].flatMap((name) => ['--rbac', `clusters/${name}/rbac.yaml`]);
    const { stderr } = await check([DEV, LIVE, TEST, ...rbac], files);
    expect(stderr).toContain('note: dev: bindings from clusters/dev/rbac.yaml\n');
    expect(stderr).toContain('note: prod: bindings from clusters/prod/rbac.yaml\n');
    expect(stderr.match(/^\S+ warning: .*\[unbound-group\]$/gm)).toEqual([
      expect.stringMatching(/^clusters\/prod\/aws-auth\.yaml:6:12: warning: no binding names .*"viewers"/),
    ]);
  });
});

describe('check --fix --write of several files', () => {
  test('edits each that can be fixed, and says how many', async () => {
    const { exitCode, stdout, stderr, textOf } = await check(['--fix-access', '--write', DEV, LIVE, TEST]);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(await textOf(DEV)).toBe(CLEAN);
    expect(await textOf(TEST)).toBe(BAD);
    expect(stderr).toMatch(
      new RegExp(`^note: ${DEV}:4:12: fixed: .*\\nnote: ${DEV}: now effective: ${STRIPPED}`),
    );
    expect(stderr).toMatch(/\nnote: 3 files: 1 error, 0 warnings; 1 of 3 written\n$/);
  });

  test('says of each what takes effect, even if it is the same', async () => {
    const { stderr } = await check(['--fix-access', '--write', DEV, LIVE], { ...FILES, [LIVE]: BROKEN_PATH });
    expect(stderr.match(/^note: \S+: now effective/gm)).toEqual([
      `note: ${DEV}: now effective`,
      `note: ${LIVE}: now effective`,
    ]);
    const one = await check(['--fix-access', '--write', DEV]);
    expect(one.stderr).toMatch(/^note: now effective/m);
    expect(one.stderr).not.toContain('written');
  });

  test('writes none where one is broken; the others are checked', async () => {
    const { exitCode, stdout, stderr, textOf } = await check(['--fix-access', '--write', DEV, 'gone.yaml']);
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(await textOf(DEV)).toBe(BROKEN_PATH);
    expect(stderr).toMatch(/^clusters\/dev\/aws-auth\.yaml:4:12: error: .*\[path-in-arn\]\n/);
    expect(stderr).not.toContain('fixed: ');
    expect(stderr).toMatch(
      /\nnote: 1 of 2 files checked: 1 error, 0 warnings; nothing was fixed\nerror: gone\.yaml: /,
    );
    const piped = await check(['--fix-access', '--write', DEV, '-']);
    expect(piped).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('error: --write requires') });
    expect(await piped.textOf(DEV)).toBe(BROKEN_PATH);
  });

  describe('where one is invalid', () => {
    const SOME = { ...FILES, 'bad.yaml': 'mapRoles: |\n  - rolearn: [\n b', 'list.yaml': LISTED };

    test.each([['--write'], ['--diff']])('fixes none with %s, and says why', async (mode) => {
      const argv = ['--fix-access', mode, DEV, 'list.yaml', LIVE, 'bad.yaml'];
      const { exitCode, stdout, stderr, textOf } = await check(argv, SOME);
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(await textOf(DEV)).toBe(BROKEN_PATH);
      expect(stderr).not.toMatch(/fixed: .*→/);
      expect(stderr).toMatch(/^error: clusters\/dev\/aws-auth\.yaml:4:12: .*\[path-in-arn\]\n/);
      expect(stderr).toMatch(/\nerror: bad\.yaml:\d+:\d+: invalid YAML: .*\[invalid-yaml\]\n/);
      expect(stderr).toContain(`
warning: nothing was fixed: list.yaml, bad.yaml are invalid
  Correct the file, or leave it out.
`);
      expect(stderr).toMatch(/\nnote: 4 files: \d errors, \d warnings; nothing was fixed\n$/);
    });

    test('is 1 even if what is wrong is ignored; one alone, and an alias, hinder nothing', async () => {
      const ignoring = await check(['--fix', '--write', '--ignore', 'invalid-yaml', LIVE, 'bad.yaml'], SOME);
      expect(ignoring.exitCode).toBe(1);
      expect(ignoring.stderr).toMatch(/^warning: nothing was fixed: bad\.yaml is invalid\n/);
      const list = await check(['--fix', '--write', LIVE, 'rows.yaml'], {
        ...SOME,
        'rows.yaml': `${CLEAN}- [`,
      });
      expect(list.stderr).toContain('warning: nothing was fixed: rows.yaml is invalid\n');
      const alone = await check(['--fix', '--write', 'bad.yaml'], SOME);
      expect(alone.stderr).not.toContain('nothing was fixed');
      const alias = `${NAMED}x: &a |\n  - rolearn: ${STRIPPED}\ndata:\n  mapRoles: *a\n`;
      const both = await check(['--fix-access', '--write', DEV, 'b.yaml'], { ...SOME, 'b.yaml': alias });
      expect(await both.textOf(DEV)).toBe(CLEAN);
    });
  });

  test('says which were written where one cannot be', async () => {
    const files = { 'a.yaml': BROKEN_PATH, 'b.yaml': BROKEN_PATH, 'c.yaml': BROKEN_PATH };
    const cwd = await scratch(files);
    // What cannot be a lock.
    await mkdir(join(cwd, '.b.yaml.aws-auth-sso.lock'));
    const argv = ['check', '--fix-access', '--write', ...Object.keys(files)];
    const { exitCode, stdout, stderr } = await run(argv, { cwd });
    expect([exitCode, stdout]).toEqual([3, '']);
    expect(stderr).toMatch(
      /\nerror: b\.yaml: cannot be written: .*\n {2}The file is unchanged\. .*\nwarning: only a\.yaml was written\n {2}Run it again for the others\.\n$/,
    );
    expect(await readFile(join(cwd, 'a.yaml'), 'utf8')).toBe(CLEAN);
    expect(await readFile(join(cwd, 'c.yaml'), 'utf8')).toBe(BROKEN_PATH);
    const again = await run(['check', '--fix-access', '--write', 'b.yaml', 'c.yaml'], { cwd });
    expect(again.stderr).not.toContain('only');
  });

  test('says which were written where it is interrupted', async () => {
    const files = { 'a.yaml': BROKEN_PATH, 'b.yaml': BROKEN_PATH, 'c.yaml': BROKEN_PATH };
    const cwd = await scratch(files);
    const controller = new AbortController();
    const textOf = (name: string) => readFile(join(cwd, name), 'utf8');
    const watch = async () => {
      while ((await textOf('b.yaml')) !== CLEAN) await new Promise(setImmediate);
      controller.abort();
    };
    const argv = ['check', '--fix-access', '--write', ...Object.keys(files)];
    const [ran] = await Promise.all([run(argv, { cwd, signal: controller.signal }), watch()]);
    expect(ran.exitCode).toBe(130);
    expect(ran.stderr).toMatch(/\nerror: interrupted; a\.yaml, b\.yaml were written\n$/);
    expect(await textOf('c.yaml')).toBe(BROKEN_PATH);
  });

  test('writes a file with several links once', async () => {
    const cwd = await scratch({ 'a.yaml': BROKEN_PATH });
    await symlink('a.yaml', join(cwd, 'b.yaml'));
    const ran = await run(['check', '--fix-access', '--write', 'a.yaml', 'b.yaml'], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toMatch(/^note: a\.yaml: is given more than once and read once\n/);
    expect(await readFile(join(cwd, 'b.yaml'), 'utf8')).toBe(CLEAN);
    const shown = await run(['check', '--fix', '--diff', 'a.yaml', 'b.yaml'], { cwd });
    expect(shown.stderr).toMatch(/^note: a\.yaml: is given more than once and read once\n/);
    const both = await run(['check', 'a.yaml', 'b.yaml'], { cwd });
    expect(both.stderr).toContain('note: 2 files: ');
  });

  test('is needed where stdout would hold several', async () => {
    const { exitCode, stdout, stderr } = await check(['--fix', DEV, LIVE]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`\
error: stdout can hold one fixed ConfigMap, and several FILEs were given
  Add --write to edit the files in place, or --diff to look at it first.
`);
    expect((await check(['--fix-access', DEV, DEV])).stdout).toBe(CLEAN);
  });

  test('tells with --debug which file a decision is about', async () => {
    const { stderr } = await check(['--fix', '--write', '--debug', LIVE, DEV]);
    expect(stderr).toContain(`note: ${LIVE}: line 1, `);
    expect((await check(['--fix', '--debug', LIVE])).stderr).toContain('note: line 1, ');
  });
});

describe('check --fix --diff', () => {
  const DIFF = `\
--- a/${DEV}
+++ b/${DEV}
@@ -1,6 +1,6 @@
 - rolearn: arn:aws:iam::${PROD}:role/node
   username: system:node:{{EC2PrivateDNSName}}
   groups: [system:bootstrappers, system:nodes]
-- rolearn: ${PATH}
+- rolearn: ${STRIPPED}
   username: "sso:{{SessionName}}"
   groups: [system:masters]
`;

  test('shows what would change, and changes nothing', async () => {
    const { exitCode, stdout, stderr, textOf } = await check(['--fix-access', '--diff', DEV]);
    expect([exitCode, stdout]).toEqual([1, DIFF]);
    expect(await textOf(DEV)).toBe(BROKEN_PATH);
    expect(stderr).toMatch(new RegExp(`^note: ${DEV}:4:12: would fix: .*\\[path-in-arn\\]\\n`));
    expect(stderr).toMatch(new RegExp(`\\nnote: ${DEV}: no problems found once fixed\\n$`));
  });

  test('shows several files one after the other', async () => {
    const files = { ...FILES, [LIVE]: BROKEN_PATH };
    const { exitCode, stdout } = await check(['--fix-access', '--diff', DEV, TEST, LIVE], files);
    expect([exitCode, stdout]).toEqual([1, DIFF + DIFF.replaceAll(DEV, LIVE)]);
  });

  test('is empty where nothing would change: exit code 0, or 1 for what remains', async () => {
    expect(await check(['--fix', '--diff', LIVE])).toMatchObject({ exitCode: 0, stdout: '' });
    const remains = await check(['--fix', '--diff', DEV]);
    expect(remains).toMatchObject({ exitCode: 1, stdout: '' });
    expect(remains.stderr).toMatch(/^error: .*\[path-in-arn\]\n/);
  });

  test('has a hunk for each place, also of changes that take several rounds', async () => {
    const many = (arn: string, from: number) =>
      Array.from({ length: 4 }, (_, index) => entry(`arn:aws:iam::${PROD}:role/${arn}${from + index}`)).join(
        '',
      );
    const twice = entry(`arn:aws:iam::${PROD}:role/a0`, 'x');
    const before = `${NODE}${twice}${many('a', 0)}${entry(PATH)}${many('b', 0)}`;
    const { stdout } = await check(['--fix-access', '--diff', DEV], { [DEV]: before });
    expect(stdout.match(/^(?:@@|[-+] ?\S).*/gm)).toEqual([
      `--- a/${DEV}`,
      `+++ b/${DEV}`,
      '@@ -1,9 +1,6 @@',
      `-${twice.split('\n')[0]}`,
      '@@ -16,7 +13,7 @@',
      `-- rolearn: ${PATH}`,
      `+- rolearn: ${STRIPPED}`,
    ]);
    const { stdout: fixed } = await check(['--fix-access', DEV], { [DEV]: before });
    expect(fixed).toBe(before.replace(twice, '').replace(PATH, STRIPPED));
  });

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
  ])('names %j so that it can be applied, on one line', async (file, name) => {
    const { stdout, cwd, textOf } = await check(['--fix-access', '--diff', file], { [file]: BROKEN_PATH });
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `--- ${name}`,
      `+++ ${name.replace('a/', 'b/')}`,
      '@@ -1,6 +1,6 @@',
    ]);
    execFileSync('git', ['apply', '-'], { cwd, input: stdout });
    expect(await textOf(file)).toBe(CLEAN);
  });

  test('names a file with an absolute path below the root', async () => {
    const cwd = await scratch(FILES);
    const { stdout } = await run(['check', '--fix-access', '--diff', join(cwd, DEV)], { cwd });
    expect(stdout.split('\n')[0]).toBe(`--- a${join(cwd, DEV)}`);
  });

  test('shows a terminal no carriage return or tab at the end of lines, and a pipe all bytes', async () => {
    const files = { 'a b.yaml': BROKEN_PATH.replaceAll('\n', '\r\n') };
    const cwd = await scratch(files);
    const shown = async (stdoutIsTty: boolean) =>
      (await run(['check', '--fix-access', '--diff', '--no-color', 'a b.yaml'], { cwd, stdoutIsTty })).stdout;
    expect(await shown(true)).toBe(DIFF.replaceAll(DEV, 'a b.yaml'));
    expect(await shown(false)).toContain(`\n+- rolearn: ${STRIPPED}\r\n`);
  });

  test('takes stdin, and shows colors on a terminal', async () => {
    const { stdout } = await run(['check', '--fix-access', '--diff'], {
      stdin: BROKEN_PATH,
      stdoutIsTty: true,
    });
    expect(stdout).toContain('\u001b[1m--- a/aws-auth.yaml\u001b[22m\n');
    expect(stdout).toContain(`\u001b[32m+- rolearn: ${STRIPPED}\u001b[39m\n`);
  });

  test.each([
    [['--diff'], '--diff requires --fix or --fix-access\n  Add one of them.\n'],
    [['--fix', '--diff', '--write'], '--write and --diff exclude each other\n  Look at the diff first.\n'],
  ])('%j is a usage error', async (argv, message) => {
    const { exitCode, stdout, stderr } = await check([...argv, DEV]);
    expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 2, stdout: '', stderr: `error: ${message}` });
  });
});

test('check of a snapshot reads it once for several files', async () => {
  const snapshot = snapshotText({
    ...inventory([account(PROD)], []),
    capturedAt: new Date().toISOString(),
  });
  const { stdout } = await check(['--inventory', 'aws.json', LIVE, DEV, '-o', 'json'], {
    ...FILES,
    [DEV]: CLEAN,
    'aws.json': snapshot,
  });
  const { findings } = JSON.parse(stdout);
  expect(findings.map(({ file, rule }: { file: string; rule: string }) => `${file} ${rule}`)).toEqual([
    `${LIVE} unknown-role`,
    `${DEV} unknown-role`,
  ]);
});
