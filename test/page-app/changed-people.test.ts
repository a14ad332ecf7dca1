import { expect, test } from 'vitest';
import { changedPeople } from '../../src/page/app/since.ts';
import { PageRows } from '../../src/page/decode.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { run } from '../cli/run.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { pageDataOf } from './worlds.ts';

const PROD = '111122223333';
const ROLES = [role(PROD, 'Admin'), role(PROD, 'View')];
const SETS = ['01', '02'].map((tail, index) => ({
  arn: `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-00112233445566${tail}`,
  name: ROLES[index]?.permissionSet ?? '',
}));
const NAMES = ['ada', 'bob', 'cleo', 'dan'];

/** Files in which people are assigned permission sets, by index: `{ ada: [0, 1] }`. */
function filesOf(assigned: Readonly<Record<string, readonly number[]>>, clusters: readonly string[]) {
  const known = inventory([account(PROD, null, { assignmentsRead: true })], ROLES, {
    permissionSets: SETS,
    principals: NAMES.map((name) => ({ type: 'USER', id: `u-${name}`, name, members: null })),
    assignments: Object.entries(assigned).flatMap(([name, sets]) =>
      sets.map((set) => ({
        accountId: PROD,
        permissionSetArn: SETS[set]?.arn ?? '',
        principalType: 'USER' as const,
        principalId: `u-${name}`,
      })),
    ),
  });
  const map = awsAuthOf(ROLES.map(({ roleArn }) => ({ rolearn: roleArn, groups: ['dev'] })));
  return {
    'aws.json': snapshotText(known),
    ...Object.fromEntries(clusters.map((name) => [`${name}.yaml`, map])),
  };
}

async function changed(
  was: Readonly<Record<string, readonly number[]>>,
  now: Readonly<Record<string, readonly number[]>>,
  clusters: readonly string[] = ['prod'],
) {
  const argv = (files: readonly string[]) => [
    'who',
    ...files.map((name) => `${name}.yaml`),
    '--inventory',
    'aws.json',
  ];
  const old = await run([...argv(['prod']), '-o', 'json'], { cwd: await scratch(filesOf(was, ['prod'])) });
  const cwd = await scratch({ ...filesOf(now, clusters), 'old.json': old.stdout });
  const page = await run([...argv(clusters), '-o', 'html', '--since', 'old.json'], { cwd });
  expect(page.exitCode, page.stderr).toBe(0);
  const people = [...changedPeople(new PageRows(pageDataOf(page.stdout)))];
  const valuesOf = (kind: string) => people.flatMap(([value, own]) => (own === kind ? value : []));
  return { new: valuesOf('new'), gone: valuesOf('gone'), changed: valuesOf('changed') };
}

test('people are new without access before, gone without access now, and changed otherwise', async () => {
  const people = await changed({ ada: [0], bob: [0], cleo: [0, 1] }, { bob: [0, 1], cleo: [0], dan: [1] });
  expect(people).toEqual({ new: ['USER/dan'], gone: ['USER/ada'], changed: ['USER/bob', 'USER/cleo'] });
});

test('nobody is new or gone because of a cluster that is not compared', async () => {
  const people = await changed({ ada: [0], bob: [0, 1] }, { bob: [0, 1], dan: [1] }, ['prod', 'dev']);
  // dan has access to dev, too, and perhaps had before.
  expect(people).toEqual({ new: [], gone: ['USER/ada'], changed: ['USER/dan'] });
});
