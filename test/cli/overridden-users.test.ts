import { expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const ADMIN = role(PROD, 'Admin', 1).roleArn;
const SNAPSHOT = snapshotText({
  ...inventory([account(PROD, 'prod')], [role(PROD, 'Admin', 1)]),
  capturedAt: new Date().toISOString(),
});

const HEAD = `kind: ConfigMap
metadata: {name: aws-auth}
data:
  mapRoles: |
    - {rolearn: "arn:aws:iam::${PROD}:role/node", username: "system:node:{{EC2PrivateDNSName}}", groups: [system:nodes]}
`;
const ROLE = `    - {rolearn: "${ADMIN}", username: "sso:{{SessionName}}", groups: [view]}\n`;
const USERS = `  mapUsers: |
    - {userarn: "${ADMIN.replace('role/', 'ROLE/')}", username: boss, groups: [system:masters]}
    - {userarn: "arn:aws:iam::${PROD}:user/jane", username: jane, groups: [dev]}
`;
const MAPPING = ['--map', 'Admin=view', '--account', PROD, '--inventory', 'world.json'];

test('merge says with both lines what an addition takes over from mapUsers, and counts it as an update', async () => {
  const cwd = await scratch({ 'world.json': SNAPSHOT });
  const { exitCode, stdout, stderr } = await run(['merge', ...MAPPING], { cwd, stdin: HEAD + USERS });
  expect(exitCode).toBe(0);
  expect(stdout.split('\n')[5]).toBe(
    ROLE.trimEnd()
      .replace('[view]', '["view"]')
      .replace(/"arn.*?"/, ADMIN),
  );
  expect(stderr).toBe(
    `warning: mapRoles (line 6) overrides mapUsers (line 8) for ${ADMIN}: username "boss", groups ["system:masters"] becomes username "sso:{{SessionName}}", groups ["view"]\nnote: <stdin>: 1 updated, 1 unchanged\n`,
  );
});

test('merge says of an entry of mapUsers that was overridden before that it has no effect', async () => {
  const cwd = await scratch({ 'world.json': SNAPSHOT });
  const stdin = HEAD + ROLE + USERS;
  const ran = await run(['merge', ...MAPPING], { cwd, stdin });
  expect(ran).toMatchObject({ exitCode: 0, stdout: stdin });
  expect(ran.stderr).toContain(
    'mapRoles (line 6) overrides mapUsers (line 8) for ' +
      `${ADMIN}: username "boss", groups ["system:masters"] has no effect\n`,
  );
});

test('view shows which entry of mapUsers is overridden', async () => {
  const stdin = HEAD + ROLE + USERS;
  const table = await run(['view'], { stdin });
  expect(table.stdout.split('\n').filter((line) => line.includes('overridden'))).toEqual([
    expect.stringMatching(/^mapUsers .*ROLE\/AWSReservedSSO.* boss .*overridden by mapRoles, line 6$/),
  ]);
  const json = await run(['view', '-o', 'json'], { stdin });
  const { mapRoles, mapUsers } = JSON.parse(json.stdout);
  expect(mapUsers.entries.map((one: { shadowed: boolean }) => one.shadowed)).toEqual([true, false]);
  expect(mapRoles.entries.map((one: { shadowed: boolean }) => one.shadowed)).toEqual([false, false]);
});

test('view shows each entry of mapUsers that is overridden, whatever stands between them', async () => {
  const more = ['node', ADMIN.replace(/.*role\//, '')].map(
    (name) => `    - {userarn: "arn:aws:iam::${PROD}:role/${name}", username: again, groups: [ops]}\n`,
  );
  const stdin = HEAD + ROLE + USERS + more.join('');
  const notesOf = async (...argv: readonly string[]) =>
    (await run(['view', ...argv], { stdin })).stdout
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => /overrid[^;]*/.exec(line)?.[0] ?? '');
  const [five, six] = [5, 6].map((line) => `overridden by mapRoles, line ${line}`);
  expect(await notesOf()).toEqual(['', '', six, '', five, six]);
  const ofRoles = ['overrides mapUsers, line 10', 'overrides mapUsers, lines 8, 11'];
  expect(await notesOf('-o', 'wide')).toEqual([...ofRoles, six, '', five, six]);
  const { mapUsers } = JSON.parse((await run(['view', '-o', 'json'], { stdin })).stdout);
  expect(mapUsers.entries.map((one: { shadowed: boolean }) => one.shadowed)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});

test('who says which entry of mapUsers is overridden, and counts it no more', async () => {
  const prod = account(PROD, 'prod', { assignmentsRead: true });
  const nobody = { permissionSets: [], assignments: [], principals: [] };
  const world = inventory([prod, account('444455556666')], [role(PROD, 'Admin', 1)], nobody);
  const cwd = await scratch({ 'world.json': snapshotText(world) });
  const stdin = HEAD + ROLE + USERS;
  const { stderr, stdout } = await run(['who', '--inventory', 'world.json'], { cwd, stdin });
  expect(stderr).toMatch(
    /^warning: <stdin>: mapRoles overrides .*\(mapUsers line 8, overridden by mapRoles line 6\)$/m,
  );
  expect(stdout).toMatch(/ Admin +boss +system:masters +mapRoles overrides it$/m);
  expect(stdout).not.toContain('cluster admin');
  const narrow = await run(['who', '--inventory', 'world.json', '--account', '444455556666'], { cwd, stdin });
  expect(narrow.stderr).toContain('1 node role, 1 IAM user\n');
});

test('merge --explain tells what people had through mapUsers', async () => {
  const arn = 'arn:aws:sso:::permissionSet/ssoins-1/ps-1';
  const world = {
    ...inventory([account(PROD, 'prod')], [role(PROD, 'Admin', 1)]),
    capturedAt: new Date().toISOString(),
    permissionSets: [{ arn, name: 'Admin' }],
    principals: [{ type: 'GROUP', id: 'g1', name: 'Ops', members: null }],
    assignments: [{ accountId: PROD, permissionSetArn: arn, principalType: 'GROUP', principalId: 'g1' }],
  } as const;
  const cwd = await scratch({ 'world.json': snapshotText(world) });
  const ran = await run(['merge', '--explain', ...MAPPING], { cwd, stdin: HEAD + USERS });
  expect(ran.stderr).toContain(
    `note: Admin in account ${PROD} (prod): group "Ops" gains "view"; group "Ops" loses "system:masters"; group "Ops" becomes`,
  );
});

test('check finds an overridden entry: an error, or a warning where both say the same', async () => {
  const differs = await run(['check'], { stdin: HEAD + ROLE + USERS });
  expect(differs.exitCode).toBe(1);
  expect(differs.stdout).toContain('overridden by mapRoles, line 6');
  expect(differs.stdout).toContain('[overridden-user]');
  const same = ROLE.replace('{{SessionName}}', 'x');
  const user = same.replace('rolearn', 'userarn');
  const ran = await run(['check', '-o', 'json'], { stdin: `${HEAD}${same}  mapUsers: |\n${user}` });
  const { findings } = JSON.parse(ran.stdout);
  expect(findings).toMatchObject([{ rule: 'overridden-user', severity: 'warning', line: 8 }]);
});
