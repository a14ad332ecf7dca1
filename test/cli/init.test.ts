import { link, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { fakeAwsForTest, useEnvironment } from '../fake-aws/fake-aws-for-test.ts';
import { writeProfiles } from '../fake-aws/profiles.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const DEV = '333333333333';
const WORLD: WorldInput = {
  accounts: [
    { id: PROD, name: 'prod' },
    { id: DEV, name: 'dev' },
  ],
  permissionSets: ['Admin', 'Viewer'],
  groups: [{ displayName: 'Platform' }],
  assignments: [
    { account: PROD, permissionSet: 'Admin', group: 'Platform' },
    { account: PROD, permissionSet: 'Viewer', group: 'Platform' },
    { account: DEV, permissionSet: 'Viewer', group: 'Platform' },
  ],
};

const MAP = `- rolearn: ${role(PROD, 'Admin').roleArn}
  username: admin
  groups: [system:masters]
`;
const SNAPSHOT = snapshotText(inventory([account(PROD, 'prod')], [role(PROD, 'Admin')]));
const FROM_MAP = ['init', '--from', 'map.yaml'];

const configIn = (cwd: string) => readFile(join(cwd, 'aws-auth-sso.yaml'), 'utf8');

describe('from AWS', () => {
  test('without credentials, it names other starting points', async () => {
    useEnvironment({
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/none',
      AWS_SHARED_CREDENTIALS_FILE: '/none',
    });
    const cwd = await scratch();
    const { exitCode, stdout, stderr } = await run(['init'], { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toMatch(/^error: no usable AWS credentials/);
    expect(stderr).toMatch(
      /^error: can't propose a config: .*\n.*--profile.*--inventory FILE\.\n.*--from -\n/m,
    );
    expect(await readdir(cwd)).toEqual([]);
  });

  test.each([
    ['a map', 3, [...FROM_MAP, '--account', PROD]],
    ['a wrong account', 2, ['init', '--account', '12']],
    ['a wrong exclusion', 2, ['init', '--exclude-account', '12']],
    ['a missing snapshot', 3, ['init', '--inventory', 'missing.json']],
  ])('with %s, it reports only the error', async (_, exitCode, argv) => {
    useEnvironment({
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/none',
      AWS_SHARED_CREDENTIALS_FILE: '/none',
    });
    const ran = await run(argv, { cwd: await scratch({ 'map.yaml': MAP }) });
    expect(ran).toMatchObject({ exitCode, stdout: '', stderr: expect.stringMatching(/^error: /) });
    expect(ran.stderr).not.toContain('nothing to propose');
  });
});

test('the example of a node role is in the partition of the snapshot, whatever its name', async () => {
  const snapshot = snapshotText(inventory([account(PROD)], [], { partition: 'aws-cn' }));
  const cwd = await scratch({ 'new\nline.json': snapshot });
  const { exitCode, stdout } = await run(['init', '-c', '-', '--inventory', 'new\nline.json'], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`arn:aws-cn:iam::${PROD}:role/NODE-ROLE`);
});

describe('the file', () => {
  test('is replaced with --force, whatever its content; keeps its mode and the link to it', async () => {
    const cwd = await scratch({ 'map.yaml': MAP });
    await writeFile(join(cwd, 'real.yaml'), Buffer.from([0xff, 0xfe, 0]), { mode: 0o640 });
    await symlink('real.yaml', join(cwd, 'aws-auth-sso.yaml'));
    expect(await run([...FROM_MAP, '--force'], { cwd })).toMatchObject({ exitCode: 0 });
    expect((await lstat(join(cwd, 'aws-auth-sso.yaml'))).isSymbolicLink()).toBe(true);
    expect((await stat(join(cwd, 'real.yaml'))).mode & 0o777).toBe(0o640);
    expect(await configIn(cwd)).toContain('permissionSet: Admin');
    expect((await readdir(cwd)).sort()).toEqual(['aws-auth-sso.yaml', 'map.yaml', 'real.yaml']);
  });

  test('is never replaced if it is a folder, has other names, or is an input of the config', async () => {
    const cwd = await scratch({ 'map.yaml': MAP, 'one.yaml': 'mine\n', 'inventory.json': SNAPSHOT });
    await mkdir(join(cwd, 'folder'));
    await link(join(cwd, 'one.yaml'), join(cwd, 'two.yaml'));
    await symlink('map.yaml', join(cwd, 'link.yaml'));
    for (const [file, why] of [
      ['folder', 'not a regular file'],
      ['missing/', 'not a regular file'],
      ['one.yaml', 'hard links'],
      ['map.yaml', 'generated from'],
      ['link.yaml', 'generated from'],
    ] as const) {
      const { exitCode, stderr } = await run([...FROM_MAP, '--force', '-c', file], { cwd });
      expect(exitCode).toBe(2);
      expect(stderr).toContain(why);
    }
    const snapshot = ['--inventory', 'inventory.json', '--force', '-c', './inventory.json'];
    for (const start of [['init'], FROM_MAP])
      expect((await run([...start, ...snapshot], { cwd })).stderr).toBe(
        'error: ./inventory.json: the config would overwrite the file that it is generated from\n  Use another file with -c.\n',
      );
    expect(await readFile(join(cwd, 'inventory.json'), 'utf8')).toBe(SNAPSHOT);
    expect(await readFile(join(cwd, 'one.yaml'), 'utf8')).toBe('mine\n');
    expect(await readFile(join(cwd, 'map.yaml'), 'utf8')).toBe(MAP);
    expect(await readdir(cwd)).not.toContain('missing');
  });

  test.each([
    ['folder', [], /: not a regular file\n {2}Use another file/],
    [
      'map.yaml/config.yaml',
      [],
      /: can't write the file: no such directory\n {2}Make map.yaml a writable directory/,
    ],
    [
      'missing/config.yaml',
      [],
      /: can't write the file: no such directory\n {2}Make missing a writable directory/,
    ],
    [
      `${'x'.repeat(300)}/config.yaml`,
      [],
      /: can't write the file: (?!no such directory).*\n {2}Make x+ a writable directory/,
    ],
    [
      'dangling.yaml',
      ['--force'],
      /: can't write the file: it is a symbolic link to a missing file\n {2}Use another file/,
    ],
    ['circle.yaml', ['--force'], /: can't write the file: (?!it is a symbolic link).*\n {2}Use another file/],
    ['two.yaml', ['--force'], /two.yaml: the file has 2 hard links.*\n {2}Use another file/],
  ])('is refused if it cannot be a file: %s', async (file, options, expected) => {
    const cwd = await scratch({ 'map.yaml': MAP });
    await mkdir(join(cwd, 'folder'));
    await symlink('missing.yaml', join(cwd, 'dangling.yaml'));
    await symlink('circle.yaml', join(cwd, 'circle.yaml'));
    await writeFile(join(cwd, 'one.yaml'), 'mine\n');
    await link(join(cwd, 'one.yaml'), join(cwd, 'two.yaml'));
    const { exitCode, stderr } = await run([...FROM_MAP, '-c', file, ...options], { cwd });
    expect(exitCode).toBeGreaterThan(1);
    expect(stderr).toMatch(expected);
  });

  // In Linux, even root cannot create a file in /proc.
  test.runIf(process.platform === 'linux').each(['/proc/config.yaml', 'nowhere/config.yaml'])(
    'in a read-only folder is refused: %s',
    async (file) => {
      const fake = await fakeAwsForTest(WORLD);
      const { exitCode, stdout, stderr } = await run(['init', '-c', file], { cwd: await scratch() });
      expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
      const why = {
        '/proc/config.yaml':
          "its directory accepts no new files\n  The file still doesn't exist. Free up disk space, or make the file and its directory writable, then run it again.\n",
        'nowhere/config.yaml':
          'no such directory\n  Make nowhere a writable directory, or use another file with -c (-c - prints to stdout).\n',
      }[file];
      expect(stderr).toContain(`error: ${file}: can't write the file: ${why}`);
      if (file.startsWith('nowhere')) expect(fake.calls).toEqual({});
    },
  );

  test('that another process creates in the meantime stays', async () => {
    const cwd = await scratch({ 'map.yaml': MAP });
    const stdin = (async function* () {
      await writeFile(join(cwd, 'aws-auth-sso.yaml'), 'theirs\n');
      yield new TextEncoder().encode(MAP);
    })();
    const { exitCode, stderr } = await run(['init', '--from', '-'], { cwd, stdin });
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(
      /^error: aws-auth-sso.yaml: another process created the file .*\n {2}Check that file/m,
    );
    expect(await configIn(cwd)).toBe('theirs\n');
  });
});

describe('the note at the end', () => {
  test('prints the next command, which runs unchanged', async () => {
    const cwd = await scratch({ 'a map.yaml': MAP, 'inventory.json': SNAPSHOT });
    const argv = ['init', '--from', 'a map.yaml', '--inventory', 'inventory.json', '-c', "it's.yaml"];
    const { stderr } = await run(argv, { cwd });
    const next = String.raw`aws-auth-sso diff 'a map.yaml' -c 'it'\''s.yaml' --inventory inventory.json`;
    expect(stderr).toContain(`    ${next}\n`);
    const diff = await run(['diff', 'a map.yaml', '-c', "it's.yaml", '--inventory', 'inventory.json'], {
      cwd,
    });
    expect(diff).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('repeats the AWS options, and reads the live map if it came from stdin', async () => {
    const fake = await fakeAwsForTest(WORLD, { callerAccountId: PROD });
    const cwd = await scratch();
    useEnvironment(await writeProfiles(cwd, fake.url, { one: { accountId: PROD, region: 'eu-west-1' } }));
    const argv = ['init', '--from', '-', '--profile', 'one', '--region', 'eu-west-1'];
    const { exitCode, stderr } = await run(argv, { cwd, stdin: MAP });
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    const live = 'kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso diff';
    expect(stderr).toContain(`    ${live} --profile one --region eu-west-1\n`);
    expect(await configIn(cwd)).toContain('# Proposed by `aws-auth-sso init` from stdin and AWS.');
  });

  test('asks for mappings if there are only examples, as the next command does', async () => {
    const cwd = await scratch({ 'map.yaml': MAP, 'inventory.json': SNAPSHOT });
    const { stderr } = await run(['init', '--inventory', 'inventory.json'], { cwd });
    expect(stderr).toContain('uncomment the mappings you want');
    const diff = await run(['diff', 'map.yaml', '--inventory', 'inventory.json'], { cwd });
    expect(diff).toMatchObject({ exitCode: 2, stdout: '' });
    expect(diff.stderr).toMatch(/^error: the config has no mappings\n {2}.*uncomment/m);
  });
});
