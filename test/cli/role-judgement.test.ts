import { describe, expect, test } from 'vitest';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

const PROD = '222222222222';
const LOOKALIKE = 'AWSReservedSSO_Fake_0123456789abcdef';
const WORLD: WorldInput = {
  accounts: [{ id: PROD, name: 'prod' }],
  permissionSets: ['Admin'],
  groups: [{ displayName: 'Platform' }],
  assignments: [{ account: PROD, permissionSet: 'Admin', group: 'Platform' }],
  roles: [
    { account: PROD, name: 'ci', path: '/team/' },
    { account: PROD, name: 'node' },
    { account: PROD, name: LOOKALIKE },
  ],
};
const arnOf = (name: string) => `arn:aws:iam::${PROD}:role/${name}`;
const current = buildWorld(WORLD).roles.find(({ name }) => name.startsWith('AWSReservedSSO_Admin_'));
const ADMIN = arnOf(current?.name ?? '');
const RECREATED = arnOf('AWSReservedSSO_Admin_0123456789abcdef');
const GONE_SET = arnOf('AWSReservedSSO_Old_0123456789abcdef');
const GONE = arnOf('legacy');
const CI = arnOf('ci');
const FAKE = arnOf(LOOKALIKE);
const NODE = arnOf('node');
const ALL = [ADMIN, RECREATED, GONE_SET, CI, GONE, FAKE];
const FILE = `metadata: {name: aws-auth}
data:
  mapRoles: |
${ALL.map((arn) => `    - {rolearn: ${arn}, username: u, groups: [system:masters]}\n`).join('')}    - {rolearn: ${NODE}, username: "system:node:{{EC2PrivateDNSName}}", groups: [system:nodes]}\n`;

/** JSON output of a command about the file, from AWS or from a snapshot of it. */
async function ask(source: string, argv: readonly string[]) {
  await fakeAwsForTest(WORLD);
  const cwd = await scratch({ 'aws-auth.yaml': FILE });
  if (source === 'AWS') return JSON.parse((await run([...argv, '-o', 'json'], { cwd })).stdout);
  const taken = await run(['snapshot', 'aws-auth.yaml', '--account', PROD, '--principals'], { cwd });
  const offline = await scratch({ 'aws-auth.yaml': FILE, 'aws.json': taken.stdout });
  const { stdout } = await run([...argv, '-o', 'json', '--inventory', 'aws.json'], { cwd: offline, env: {} });
  return JSON.parse(stdout);
}

describe.each(['AWS', 'a snapshot'])(
  'with roles from %s, including roles that Identity Center did not create',
  (source) => {
    const live = (flags: readonly string[]) => (source === 'AWS' ? flags : []);

    test('who shows who has access', async () => {
      const rows: { rolearn: string; access: string; reason: string | null }[] = await ask(source, [
        'who',
        'aws-auth.yaml',
      ]);
      const shown = new Map(
        rows.map(({ rolearn, access, reason }) => [rolearn, access === 'none' ? reason : null]),
      );
      expect(Object.fromEntries(shown)).toEqual({
        [ADMIN]: null,
        [CI]: null,
        [FAKE]: null,
        [NODE]: null,
        [RECREATED]: 'role-gone',
        [GONE_SET]: 'role-gone',
        [GONE]: 'role-gone',
      });
      expect(rows.find(({ rolearn }) => rolearn === FAKE)).toMatchObject({ principal: { type: 'IAM_ROLE' } });
    });

    test('check finds deleted roles, roles open to takeover, and roles that only look like Identity Center roles', async () => {
      const { findings } = await ask(source, ['check', 'aws-auth.yaml', ...live(['--aws'])]);
      const found: { rule: string; line: number; message: string }[] = findings;
      expect(found.map(({ rule, line }) => [rule, ALL[line - 4]])).toEqual([
        ['stale-role', RECREATED],
        ['unknown-role', GONE_SET],
        ['unknown-role', GONE],
        ['lookalike-role', FAKE],
      ]);
      for (const { message, rule } of found)
        expect(message).toContain(
          rule === 'lookalike-role' ? 'is cluster admin' : 'can become cluster admin',
        );
    });

    test.each([
      [ADMIN, 'role-exists'],
      [RECREATED, 'role-gone'],
      [GONE_SET, 'role-gone'],
      [GONE, 'role-gone'],
      [FAKE, 'role-outside-path'],
    ])('explain shows if the role of caller %s exists', async (arn, code) => {
      const { notes } = await ask(source, ['explain', 'aws-auth.yaml', '--caller', arn, ...live(['--aws'])]);
      expect(notes.map((note: { code: string }) => note.code)).toContain(code);
    });

    test('access-entries translates existing roles', async () => {
      const { entries, refused } = await ask(source, ['access-entries', '--from', 'aws-auth.yaml']);
      expect(entries.map(({ principalArn }: { principalArn: string }) => principalArn)).toEqual([
        arnOf(`${current?.path.slice(1)}${current?.name}`),
        arnOf('team/ci'),
        FAKE,
      ]);
      const arns = refused.map(({ arn }: { arn: string }) => arn);
      expect(arns).toEqual(expect.arrayContaining([RECREATED, GONE_SET, GONE]));
      for (const arn of [ADMIN, CI, FAKE]) expect(arns).not.toContain(arn);
    });
  },
);
