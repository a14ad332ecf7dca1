import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Inventory } from '../../src/directory/model.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
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

describe('merge', () => {
  test('a terminal on stdin is a usage error that explains what to pipe', async () => {
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

  test('ends on Ctrl-C while waiting for stdin', async () => {
    const interruption = new AbortController();
    const ran = run(['merge', ...INVENTORY], {
      cwd: await folder(),
      stdin: NEVER_ENDING,
      signal: interruption.signal,
    });
    interruption.abort();
    expect(await ran).toMatchObject({ exitCode: 130, stdout: '' });
  });
});

describe('merge --write', () => {
  test('edits in place, follows a link, keeps the mode, leaves no other file', async () => {
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

  test('does not touch an unchanged file', async () => {
    const cwd = await folder({ before: AFTER });
    const untouched = await stat(join(cwd, 'aws-auth.yaml'));
    expect(await run(['merge', '--write', 'aws-auth.yaml', ...INVENTORY], { cwd })).toMatchObject({
      exitCode: 0,
      stdout: '',
    });
    expect((await stat(join(cwd, 'aws-auth.yaml'))).ino).toBe(untouched.ino);
  });
});
