import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/inventory/model.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';

const HEAD =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n  mapRoles: |\n';
const NODE = `    - rolearn: arn:aws:iam::${PROD}:role/node
      username: system:node:{{EC2PrivateDNSName}}
      groups: [system:bootstrappers, system:nodes]
`;
const entry = (arn: string, group: string) =>
  `    - {rolearn: "${arn}", username: "sso:{{SessionName}}", groups: [${group}]}\n`;
const OLD = role(PROD, 'Admin', 1).roleArn;
const NEW = role(PROD, 'Admin', 2).roleArn;
const BEFORE = `${HEAD}${NODE}${entry(OLD, 'system:masters')}`;
const AFTER = `${HEAD}${NODE}${entry(NEW, 'system:masters')}`;

const CONFIG = `accounts: ["${PROD}"]\nmappings: [{ permissionSet: Admin, groups: [system:masters] }]\n`;

const fresh = (world: Inventory): Inventory => ({ ...world, capturedAt: new Date().toISOString() });
const WORLD = fresh(
  inventory([account(PROD, 'prod'), account(DEV, 'dev')], [role(PROD, 'Admin', 2), role(DEV, 'Admin', 1)]),
);

/** A folder with a config, a snapshot and an aws-auth file. */
async function folder({ before = BEFORE, config = CONFIG, world = WORLD } = {}): Promise<string> {
  return scratch({ 'aws-auth.yaml': before, 'aws-auth-sso.yaml': config, 'world.json': snapshotText(world) });
}

const NEVER_ENDING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
};

const INVENTORY = ['--inventory', 'world.json'];
const DEFAULT_CONFIG = 'note: using aws-auth-sso.yaml\n';

describe('merge', () => {
  test('from stdin to stdout, with a summary on stderr', async () => {
    const ran = await run(['merge', ...INVENTORY], { cwd: await folder(), stdin: BEFORE });
    expect(ran).toEqual({
      exitCode: 0,
      stdout: AFTER,
      stderr: `${DEFAULT_CONFIG}note: <stdin>: 1 rotated, 1 unchanged\n`,
    });
  });

  test('changes a username to the default where a mapping states that', async () => {
    const before = AFTER.replace('"sso:{{SessionName}}"', 'mine');
    const config = CONFIG.replace('groups:', 'username: "sso:{{SessionName}}", groups:');
    const merged = async (given: string) =>
      (await run(['merge', ...INVENTORY], { cwd: await folder({ config: given }), stdin: before })).stdout;
    expect(await merged(CONFIG)).toBe(before);
    expect(await merged(config)).toBe(AFTER);
  });

  test('--explain needs to know nobody where nothing changes', async () => {
    const ran = await run(['merge', '--explain', ...INVENTORY], { cwd: await folder(), stdin: AFTER });
    expect(ran).toMatchObject({ exitCode: 0, stdout: AFTER });
    const changed = await run(['merge', '--explain', ...INVENTORY], { cwd: await folder(), stdin: BEFORE });
    expect(changed).toMatchObject({ exitCode: 2, stdout: '' });
  });

  test('a bare list in a file stays one, and --comments say whose role an added entry is of', async () => {
    const list = `- rolearn: arn:aws:iam::${PROD}:role/node\n  groups: [system:nodes]\n`;
    const merged = async (...flags: string[]) => {
      const cwd = await folder({ before: list });
      return (await run(['merge', 'aws-auth.yaml', ...INVENTORY, ...flags], { cwd })).stdout;
    };
    const added = `- rolearn: ${NEW}`;
    const rest = '\n  username: "sso:{{SessionName}}"\n  groups:\n    - "system:masters"\n';
    expect(await merged()).toBe(`${list}${added}${rest}`);
    const empty = await run(['merge', 'aws-auth.yaml', ...INVENTORY], { cwd: await folder({ before: '' }) });
    expect(empty).toMatchObject({ exitCode: 0, stdout: `${added}${rest}` });
    expect(await merged('--comments')).toBe(`${list}${added} # prod, Admin${rest}`);
  });

  test('adds of the node roles of a config those in the accounts of the scope flags, and removes none', async () => {
    const [mine, others] = [PROD, DEV].map((id) => `arn:aws:iam::${id}:role/new-node`);
    const merged = async (nodeRoles: readonly (string | undefined)[]) => {
      const cwd = await folder({
        config: `nodeRoles: ${JSON.stringify(nodeRoles)}\n${CONFIG}`,
        before: AFTER,
      });
      return run(['merge', 'aws-auth.yaml', '--account', PROD, ...INVENTORY], { cwd });
    };
    const both = await merged([mine, others]);
    expect(both.stdout).toContain(AFTER);
    expect(both.stdout.slice(AFTER.length).match(/arn:aws[^",]*/g)).toEqual([mine]);
    const none = await merged([others]);
    expect([none.stdout, none.stderr]).toEqual([
      AFTER,
      `note: using aws-auth-sso.yaml; limited to account ${PROD} by --account
note: aws-auth.yaml: 2 unchanged
`,
    ]);
  });

  test('says which node roles the scope flags leave out, where the file lets no node in', async () => {
    const [mine, others] = [PROD, DEV].map((id) => `arn:aws:iam::${id}:role/node`);
    const people = `${HEAD}${entry(NEW, 'system:masters')}`;
    const overridden = `${HEAD}${NODE}    - { rolearn: "arn:aws:iam::${PROD}:role/node", username: u, groups: [g] }\n`;
    const said = async (before: string, nodeRoles: readonly (string | undefined)[], ...flags: string[]) => {
      const config = `nodeRoles: ${JSON.stringify(nodeRoles)}\n${CONFIG}`;
      const cwd = await folder({ config, before });
      const argv = ['diff', 'aws-auth.yaml', '-c', 'aws-auth-sso.yaml', ...flags, ...INVENTORY];
      return (await run(argv, { cwd })).stderr.match(/^.*nodeRoles.*$/gm);
    };
    const none = `note: the config adds no node entry: its \`nodeRoles\` are outside the scope: ${others}`;
    const some = `: 1 of 2 \`nodeRoles\` of the config are outside the scope: ${others}`;
    expect(await said(people, [others], '--account', PROD)).toEqual([none]);
    expect(await said(overridden, [others], '--account', PROD)).toEqual([none]);
    expect(await said(people, [mine, others], '--account', PROD)).toEqual([`note${some}`]);
    expect(await said(people, [mine, others], '--exclude-account', DEV)).toEqual([`warning${some}`]);
    expect(await said(AFTER, [others], '--account', PROD)).toBeNull();
    expect(await said(people, [mine, others])).toBeNull();
  });

  test('warns of nodes from accounts that the file does not name, where nothing limits the config', async () => {
    const node = (id: string, name = 'node') => `arn:aws:iam::${id}:role/${name}`;
    const said = async (nodeRoles: readonly string[], flags: readonly string[], before = BEFORE) => {
      const config = `nodeRoles: ${JSON.stringify(nodeRoles)}\n${CONFIG}`;
      const { stderr } = await run(['merge', 'aws-auth.yaml', ...flags, ...INVENTORY], {
        cwd: await folder({ config, before }),
      });
      return stderr.match(/^warning: adds nodes.*$/gm);
    };
    const OTHER = '333344445555';
    const warning = 'warning: adds nodes of accounts that the file has no entry of: ';
    const all = [node(PROD), node(DEV), node(OTHER), node(DEV, 'gpu')];
    expect(await said(all, [])).toEqual([`${warning}${DEV}, ${OTHER}`]);
    expect(await said([node(PROD, 'gpu')], [])).toBeNull();
    for (const scope of [['--account', DEV], ['--all-accounts'], ['--exclude-account', OTHER]])
      expect(await said(all, scope)).toBeNull();
    // Meant for this run.
    expect(
      await said([node(PROD)], ['--node-role', node(DEV), '--node-role', node(OTHER, 'a/b')]),
    ).toBeNull();
    // A file without nodes is that of no account yet.
    expect(await said(all, [], `${HEAD}${entry(OLD, 'system:masters')}`)).toBeNull();
    const known = `${BEFORE}${entry(role(DEV, 'Admin', 1).roleArn, 'g')}`;
    expect(await said(all, [], known)).toEqual([`${warning}${OTHER}`]);
  });

  test('tells what was noticed while the mappings were resolved', async () => {
    const world = { ...WORLD, roles: [...WORLD.roles, role(PROD, 'Admin', 3)] };
    const { stderr } = await run(['merge', ...INVENTORY], { cwd: await folder({ world }), stdin: BEFORE });
    expect(stderr).toMatch(/^warning: .*Admin/m);
  });

  test('--prune removes the last entry of an account only with --allow-lockout', async () => {
    const config = CONFIG.replace('mappings: [{', `mappings: [{ accounts: ["${DEV}"],`);
    const kept = entry(role(DEV, 'Admin', 1).roleArn, 'system:masters');
    const pruned = async (...flags: string[]) => {
      const cwd = await folder({ config, before: `${AFTER}${kept}` });
      return run(['merge', 'aws-auth.yaml', '--prune', ...INVENTORY, ...flags], { cwd });
    };
    expect(await pruned()).toMatchObject({ exitCode: 2, stdout: '' });
    expect(await pruned('--allow-lockout')).toMatchObject({ exitCode: 0, stdout: `${HEAD}${NODE}${kept}` });
  });

  test('--prune without a config is refused with the next step', async () => {
    const argv = ['merge', '--prune', '--map', 'Admin=g', '--account', PROD, ...INVENTORY];
    expect(await run(argv, { cwd: await folder(), stdin: BEFORE })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: --prune requires a config file, which lists everyone who keeps access\n  Put the mappings into a file and pass it with -c.\n',
    });
  });

  test('--quiet leaves the summary out', async () => {
    const ran = await run(['merge', '--quiet', ...INVENTORY], { cwd: await folder(), stdin: BEFORE });
    expect(ran).toEqual({ exitCode: 0, stdout: AFTER, stderr: '' });
  });

  test('a terminal on stdin is a usage error that says what to pipe', async () => {
    const ran = await run(['merge', ...INVENTORY], { cwd: await folder(), stdinIsTty: true });
    expect(ran).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('kubectl get configmap aws-auth'),
    });
  });

  test.each([
    ['binary garbage', new Uint8Array([0xff, 0xfe, 0x00, 0x80]), 2, 'UTF-8'],
    [
      'invalid UTF-8 in a manifest',
      new Uint8Array([...new TextEncoder().encode(BEFORE), 0xc3, 0x28]),
      2,
      'UTF-8',
    ],
    ['nothing', '', 2, 'empty'],
    [
      'a ConfigMap of over 1 MiB',
      `${BEFORE}${entry(role(DEV, 'x', 1).roleArn, 'g').repeat(50_000)}`,
      2,
      'no more than 1024',
    ],
  ])('refuses %s', async (_, stdin, exitCode, message) => {
    const ran = await run(['merge', ...INVENTORY], { cwd: await folder(), stdin });
    expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode, stdout: '' });
    expect(ran.stderr).toContain(message);
  });

  test('ends at Ctrl-C while it waits for stdin', async () => {
    const interruption = new AbortController();
    const ran = run(['merge', ...INVENTORY], {
      cwd: await folder(),
      stdin: NEVER_ENDING,
      signal: interruption.signal,
    });
    interruption.abort();
    expect(await ran).toMatchObject({ exitCode: 130, stdout: '' });
  });

  test.each([
    ['a file that is not there', 'nope.yaml', 'no such file'],
    ['a directory', '.', 'is a directory'],
  ])('%s cannot be read', async (_, file, message) => {
    const ran = await run(['merge', file, ...INVENTORY], { cwd: await folder() });
    expect(ran).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining(`${file}: cannot be read: `),
    });
    expect(ran.stderr).toContain(message);
  });

  const LIVE = BEFORE.replace('metadata:\n', 'metadata:\n  resourceVersion: "7"\n  managedFields: []\n');

  test('for server-side apply keeps the lock, and nothing that the server refuses', async () => {
    const ran = await run(['merge', '--for', 'server-side-apply', ...INVENTORY], {
      cwd: await folder(),
      stdin: LIVE,
    });
    expect(ran).toEqual({
      exitCode: 0,
      stdout: LIVE.replace('  managedFields: []\n', '').replace(OLD, NEW),
      stderr: `${DEFAULT_CONFIG}note: <stdin>: 1 rotated, 1 unchanged\n`,
    });
  });

  test('for apply names what the lock went with, and what else is in the output', async () => {
    const other = '---\nkind: ConfigMap\nmetadata: {name: coredns, namespace: kube-system}\n';
    const ran = await run(['merge', '--for', 'apply', ...INVENTORY], {
      cwd: await folder(),
      stdin: `${LIVE}${other}`,
    });
    expect(ran).toMatchObject({ exitCode: 0, stdout: `${AFTER}${other}` });
    expect(ran.stderr).toContain('writes it all back as it was read: ConfigMap kube-system/coredns\n');
    expect(ran.stderr).toContain(
      'note: dropped resourceVersion, managedFields: the output is for a file in Git',
    );
  });

  test('says that an immutable ConfigMap takes no change', async () => {
    const ran = await run(['merge', ...INVENTORY], {
      cwd: await folder(),
      stdin: `immutable: true\n${BEFORE}`,
    });
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toContain('warning: <stdin>: the ConfigMap is immutable');
    const same = await run(['merge', ...INVENTORY], {
      cwd: await folder(),
      stdin: `immutable: true\n${AFTER}`,
    });
    expect(same.stderr).not.toContain('immutable');
  });

  test('an old snapshot does not rotate, and says so', async () => {
    const world = { ...WORLD, capturedAt: '2020-01-01T00:00:00.000Z' };
    const cwd = await folder({ world });
    const old = await run(['merge', 'aws-auth.yaml', ...INVENTORY], { cwd });
    expect(old.stdout).toContain(OLD);
    expect(old.stdout).toContain(NEW);
    expect(old.stderr).toContain('the inventory is too old to tell that a role no longer exists');
    const allowed = await run(['merge', 'aws-auth.yaml', '--max-age', '9999d', ...INVENTORY], { cwd });
    expect(allowed.stdout).toBe(AFTER);
  });

  test('--max-age takes a duration', async () => {
    const ran = await run(['merge', 'aws-auth.yaml', '--max-age', 'soon', ...INVENTORY], {
      cwd: await folder(),
    });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('24h') });
  });
});

describe('merge --write', () => {
  test('edits in place, follows a link, keeps the mode, leaves nothing beside it', async () => {
    const cwd = await folder();
    await mkdir(join(cwd, 'real'));
    await writeFile(join(cwd, 'real', 'map.yaml'), BEFORE);
    await chmod(join(cwd, 'real', 'map.yaml'), 0o666);
    await symlink(join('real', 'map.yaml'), join(cwd, 'link.yaml'));
    const ran = await run(['merge', '--write', 'link.yaml', ...INVENTORY], { cwd });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await readFile(join(cwd, 'real', 'map.yaml'), 'utf8')).toBe(AFTER);
    expect((await stat(join(cwd, 'real', 'map.yaml'))).mode & 0o777).toBe(0o666);
    expect((await lstat(join(cwd, 'link.yaml'))).isSymbolicLink()).toBe(true);
    expect(await readdir(join(cwd, 'real'))).toEqual(['map.yaml']);
  });

  test('does not touch a file that need not change', async () => {
    const cwd = await folder({ before: AFTER });
    const untouched = await stat(join(cwd, 'aws-auth.yaml'));
    expect(await run(['merge', '--write', 'aws-auth.yaml', ...INVENTORY], { cwd })).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect((await stat(join(cwd, 'aws-auth.yaml'))).ino).toBe(untouched.ino);
  });

  test('is not for stdin', async () => {
    const ran = await run(['merge', '--write', ...INVENTORY], { cwd: await folder(), stdin: BEFORE });
    expect(ran).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('--write requires a FILE, not stdin'),
    });
  });
});

describe('merge --prune', () => {
  const stale = entry(role(DEV, 'Gone', 1).roleArn, 'g');
  const config = `accounts: ["${PROD}", "${DEV}"]\nmappings: [{ permissionSet: Admin, groups: [system:masters] }]\n`;

  test('removes what no mapping wants', async () => {
    const cwd = await folder({ before: BEFORE + stale, config });
    const ran = await run(['merge', '--prune', 'aws-auth.yaml', ...INVENTORY], { cwd });
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout).not.toContain('Gone');
    expect(ran.stderr).toContain('1 removed');
  });

  test('needs a config file', async () => {
    const flags = ['--map', 'Admin=system:masters', '--account', PROD];
    const ran = await run(['merge', '--prune', 'aws-auth.yaml', ...flags, ...INVENTORY], {
      cwd: await folder(),
    });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('config file') });
  });

  test('needs every account read', async () => {
    const world = fresh(
      inventory([account(PROD), account(DEV, 'dev', { rolesRead: false })], [role(PROD, 'Admin', 2)]),
    );
    const cwd = await folder({ config, world });
    const ran = await run(['merge', '--prune', 'aws-auth.yaml', '--skip-unreadable', DEV, ...INVENTORY], {
      cwd,
    });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(DEV) });
  });

  test('needs every mapping resolved', async () => {
    const open = `${config.slice(0, -2)}, { permissionSet: Nope, groups: [g] }]\n`;
    const cwd = await folder({ config: open });
    const ran = await run(['merge', '--prune', 'aws-auth.yaml', '--allow-unresolved', ...INVENTORY], { cwd });
    expect(ran).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('every mapping resolved'),
    });
  });

  test('what no mapping wants is told beside a mapping that is unresolved', async () => {
    const open = `${config.slice(0, -2)}, { permissionSet: Nope, groups: [g] }]\n`;
    const cwd = await folder({ before: BEFORE + stale, config: open });
    const ran = await run(['merge', 'aws-auth.yaml', '--allow-unresolved', ...INVENTORY], { cwd });
    expect(ran).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('1 unmapped') });
  });

  test('an old snapshot prunes nothing, with a warning', async () => {
    const cwd = await folder({
      before: BEFORE + stale,
      config,
      world: { ...WORLD, capturedAt: '2020-01-01T00:00:00.000Z' },
    });
    const ran = await run(['merge', '--prune', 'aws-auth.yaml', ...INVENTORY], { cwd });
    expect(ran.stdout).toContain('Gone');
    expect(ran.stderr).toContain('--prune removes nothing');
  });
});

describe('diff', () => {
  test('shows a terminal no characters that turn its text around', async () => {
    const before = BEFORE.replace('apiVersion', '# \u202e\napiVersion').replace(
      NODE,
      `${NODE}    # a\u202eb\n`,
    );
    const shown = async (stdoutIsTty: boolean) => {
      const cwd = await folder({ before });
      return (await run(['diff', 'aws-auth.yaml', '--no-color', ...INVENTORY], { cwd, stdoutIsTty })).stdout;
    };
    expect(await shown(false)).toContain('     # a\u202eb\n');
    expect(await shown(true)).toContain('     # a\\u{202e}b\n');
  });

  const DIFF = `--- a/aws-auth.yaml
+++ b/aws-auth.yaml
@@ -8,4 +8,4 @@
     - rolearn: arn:aws:iam::${PROD}:role/node
       username: system:node:{{EC2PrivateDNSName}}
       groups: [system:bootstrappers, system:nodes]
-${entry(OLD, 'system:masters')}+${entry(NEW, 'system:masters')}`;

  test('is a unified diff, and exit 1', async () => {
    const ran = await run(['diff', 'aws-auth.yaml', ...INVENTORY], { cwd: await folder() });
    expect(ran).toEqual({
      exitCode: 1,
      stdout: DIFF,
      stderr: `${DEFAULT_CONFIG}note: aws-auth.yaml: 1 entry is not named by any mapping, node role or otherEntries item
  With --strict, this is 1 difference.
note: aws-auth.yaml: 1 rotated, 1 unchanged\n`,
    });
  });

  test('is nothing, and exit 0, where merge would change nothing', async () => {
    const ran = await run(['diff', 'aws-auth.yaml', ...INVENTORY], { cwd: await folder({ before: AFTER }) });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('never counts metadata', async () => {
    const live = AFTER.replace('namespace: kube-system', 'namespace: kube-system\n  resourceVersion: "7"');
    const ran = await run(['diff', 'aws-auth.yaml', ...INVENTORY], { cwd: await folder({ before: live }) });
    expect(ran).toMatchObject({ exitCode: 0, stdout: '' });
  });

  test('has colour on a terminal only', async () => {
    const cwd = await folder();
    const onTerminal = await run(['diff', 'aws-auth.yaml', ...INVENTORY], { cwd, stdoutIsTty: true });
    expect(onTerminal.stdout).toContain(`\u001b[31m-${entry(OLD, 'system:masters').trimEnd()}\u001b[39m`);
    const plain = await run(['diff', 'aws-auth.yaml', '--no-color', ...INVENTORY], {
      cwd,
      stdoutIsTty: true,
    });
    expect(plain.stdout).toBe(DIFF);
  });
});

describe('view', () => {
  const MAP = `${HEAD}${NODE}${entry(OLD, 'a')}${entry(OLD.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam'), 'b')}    - {rolearn: "x", username: yes}\n    - oops\n  mapAccounts: |\n    - 012345678901\n`;

  test('prints what the authenticator keeps as JSON', async () => {
    const { exitCode, stdout } = await run(['view', '-o', 'json'], { stdin: MAP });
    expect(exitCode).toBe(0);
    const { mapRoles, mapUsers, mapAccounts } = JSON.parse(stdout);
    expect(
      mapRoles.entries.map((one: { shadowed: boolean; username: string }) => [one.shadowed, one.username]),
    ).toEqual([
      [false, 'system:node:{{EC2PrivateDNSName}}'],
      [true, 'sso:{{SessionName}}'],
      [false, 'sso:{{SessionName}}'],
      [false, ''],
    ]);
    expect(mapRoles.errors).toEqual([
      expect.stringMatching(/^<stdin>:13:\d+: /),
      expect.stringMatching(/^<stdin>:14:7: /),
    ]);
    expect(mapUsers).toEqual({ entries: [], errors: [] });
    expect(mapAccounts).toEqual({ entries: ['012345678901'], errors: [] });
  });

  test('prints a table, and tells the losses on stderr', async () => {
    const { exitCode, stdout, stderr } = await run(['view'], { stdin: MAP });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^KEY +ARN +USERNAME +GROUPS +NOTE\n/);
    expect(stdout).toContain('shadowed by a later entry');
    expect(stderr).toMatch(/warning: <stdin>:14:7: mapRoles: .*; the authenticator drops this item\n/);
  });

  test('exits 0 on a map that the authenticator loses', async () => {
    const { exitCode, stdout } = await run(['view', '-o', 'json'], { stdin: `${HEAD}    - rolearn: {{x}\n` });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).mapRoles).toMatchObject({ entries: [], errors: [expect.any(String)] });
  });

  test('exits 2 on what is no aws-auth', async () => {
    const ran = await run(['view'], { stdin: 'kind: ConfigMap\nmetadata: {name: other}\n' });
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  });
});
