import { describe, expect, test } from 'vitest';
import { buildWorld } from '../fake-aws/build-world.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { scratch } from '../scratch.ts';
import { runWithEnvironment as run } from './run.ts';

// To the authenticator U+017F is an s, and U+0130 an i that it stores and never finds again.
const PROD = '222222222222';
const WORLD: WorldInput = {
  accounts: [{ id: PROD }],
  permissionSets: ['Admin', 'ReadOnly'],
  groups: ['Platform', 'Audit'].map((displayName) => ({ displayName })),
  assignments: [
    { account: PROD, permissionSet: 'Admin', group: 'Platform' },
    { account: PROD, permissionSet: 'ReadOnly', group: 'Audit' },
  ],
};
const arnOf = (set: string) =>
  `arn:aws:iam::${PROD}:role/${buildWorld(WORLD).roles.find(({ name }) => name.includes(`_${set}_`))?.name}`;
const [ADMIN, READER] = [arnOf('Admin'), arnOf('ReadOnly')];
const callerOf = (arn: string) => `${arn.replace(':iam:', ':sts:').replace('role/', 'assumed-role/')}/ada`;

async function about(argv: readonly string[], entries: readonly (readonly [arn: string, group: string])[]) {
  await fakeAwsForTest(WORLD);
  const items = entries.map(([arn, group]) => `    - {rolearn: ${arn}, username: u, groups: [${group}]}\n`);
  const cwd = await scratch({
    'map.yaml': `metadata: {name: aws-auth}\ndata:\n  mapRoles: |\n${items.join('')}`,
  });
  return run([...argv], { cwd });
}

describe('a long s', () => {
  const LONG = READER.replace('Reserved', 'Re\u017Ferved');

  test('lets in whoever has the role: who, explain and access-entries say so', async () => {
    const entries = [[LONG, 'system:masters']] as const;
    const who = await about(['who', 'map.yaml', '-o', 'json'], entries);
    expect(JSON.parse(who.stdout)).toMatchObject([
      {
        principal: { name: 'Audit' },
        permissionSet: 'ReadOnly',
        access: 'granted',
        groups: ['system:masters'],
      },
    ]);
    const explained = await about(
      ['explain', 'map.yaml', '--caller', callerOf(READER), '-o', 'json'],
      entries,
    );
    expect([explained.exitCode, JSON.parse(explained.stdout)]).toMatchObject([
      0,
      { groups: ['system:masters'] },
    ]);
    const translated = await about(['access-entries', '--from', 'map.yaml', '-o', 'json'], entries);
    expect(JSON.parse(translated.stdout).entries).toHaveLength(1);
  });

  test('is an error of check', async () => {
    const { exitCode, stdout } = await about(['check', 'map.yaml', '-o', 'json'], [[LONG, 'viewers']]);
    const { findings } = JSON.parse(stdout);
    expect(exitCode).toBe(1);
    expect(findings).toContainEqual(
      expect.objectContaining({ rule: 'non-ascii-arn', severity: 'error', line: 4 }),
    );
  });

  test('beside the right letter is chance, and merge leaves one entry of the role', async () => {
    const entries = [
      [LONG, 'system:masters'],
      [READER, 'viewers'],
    ] as const;
    const view = await about(['view', 'map.yaml', '-o', 'json'], entries);
    expect(JSON.parse(view.stdout).mapRoles.entries).toMatchObject([
      { ambiguous: true },
      { ambiguous: true },
    ]);
    const explained = await about(
      ['explain', 'map.yaml', '--caller', callerOf(READER), '-o', 'json'],
      entries,
    );
    expect(JSON.parse(explained.stdout).notes).toContainEqual(
      expect.objectContaining({ code: 'ambiguous-user' }),
    );
    const merged = await about(
      ['merge', 'map.yaml', '--map', 'ReadOnly=viewers', '--account', PROD],
      entries,
    );
    expect(merged.stdout.match(/groups: .*/g)).toEqual(['groups: ["viewers"]}', 'groups: [viewers]}']);
    expect(merged.stdout).not.toContain('\u017F');
  });
});

describe('an I with a dot', () => {
  const DOTTED = ADMIN.replace('Admin', 'Adm\u0130n');
  const entries = [
    [ADMIN, 'system:masters'],
    [DOTTED, 'viewers'],
  ] as const;

  test('hides the entry of the role, and lets nobody in itself', async () => {
    const view = await about(['view', 'map.yaml', '-o', 'json'], entries);
    expect(JSON.parse(view.stdout).mapRoles.entries).toMatchObject([
      { shadowed: true },
      { shadowed: false, neverMatches: expect.stringContaining('U+0130') },
    ]);
    const explained = await about(['explain', 'map.yaml', '--caller', callerOf(ADMIN)], entries);
    expect(explained.exitCode).toBe(1);
    const who = await about(['who', 'map.yaml', '-o', 'json'], entries);
    expect(JSON.parse(who.stdout).map((row: { access: string }) => row.access)).toEqual(['none', 'none']);
  });

  test('gives way in a merge', async () => {
    const argv = ['merge', 'map.yaml', '--map', 'Admin=system:masters', '--account', PROD];
    const { exitCode, stdout } = await about(argv, entries);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain('\u0130');
    expect(stdout.match(/groups: .*/g)).toEqual(['groups: [system:masters]}', 'groups: ["system:masters"]}']);
  });
});
