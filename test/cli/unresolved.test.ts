import { expect, test } from 'vitest';
import type { Inventory } from '../../src/inventory/model.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const ACCOUNTS = [
  account(PROD, 'prod', { assignmentsRead: true }),
  account(DEV, 'dev', { assignmentsRead: true }),
];
const ADMIN = { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-admin', name: 'Admin' };
const BILLING = { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-billing', name: 'Billing' };
const INSTANCE = { arn: 'arn:aws:sso:::instance/ssoins-1', identityStoreId: 'd-1', region: 'eu-west-1' };
const PLATFORM = { type: 'GROUP', id: 'g-1', name: 'Platform', members: ['u-1'] } as const;
const ADA = { type: 'USER', id: 'u-1', name: 'ada', members: null } as const;

const assigned = (
  accountId: string,
  set: { readonly arn: string },
  principal: { id: string; type: 'GROUP' | 'USER' },
) => ({
  accountId,
  permissionSetArn: set.arn,
  principalType: principal.type,
  principalId: principal.id,
});

/** Everything is known: Admin has a role in prod, Billing has none. */
const KNOWN: Partial<Inventory> = {
  permissionSets: [ADMIN, BILLING],
  instance: INSTANCE,
  assignments: [assigned(PROD, ADMIN, PLATFORM)],
  principals: [PLATFORM, ADA],
};

async function refused(
  world: Partial<Inventory>,
  config: string,
  roles = [role(PROD, 'Admin')],
  flags: readonly string[] = [],
) {
  const cwd = await scratch({
    'world.json': snapshotText(inventory(ACCOUNTS, roles, world)),
    'aws-auth-sso.yaml': `mappings: [${config}]\n`,
  });
  const { exitCode, stdout, stderr } = await run(['generate', '--inventory', 'world.json', ...flags], {
    cwd,
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  const [error = '', ...help] = stderr.split('\n').filter((line) => !line.startsWith('note: '));
  return { error: error.replace(/^error: \S+ /, ''), help: help[0]?.trim(), next: help[1]?.trim(), stderr };
}

const create = (instance: string, set: string, accountId: string, principal: string, region: string) =>
  `aws sso-admin create-account-assignment --instance-arn ${instance} --permission-set-arn ${set} --target-type AWS_ACCOUNT --target-id ${accountId} ${principal}${region}`;

test.each<[string, string, Partial<Inventory>, string, string]>([
  [
    'a name that is like none, where all permission sets are known',
    'permissionSet: Zzzzzz, accounts: [prod]',
    KNOWN,
    'permission set "Zzzzzz" does not exist',
    'Existing permission sets: "Admin", "Billing".',
  ],
  [
    'a name, where there is no permission set',
    'permissionSet: Zzzzzz, accounts: [prod]',
    { ...KNOWN, permissionSets: [], assignments: [] },
    'permission set "Zzzzzz" does not exist',
    'Existing permission sets: none.',
  ],
  [
    'a name, where permission sets are not known',
    'permissionSet: Zzzzzz, accounts: [prod]',
    {},
    `permission set "Zzzzzz" has no role in account ${PROD}; cannot tell whether it exists: the snapshot has no permission sets`,
    'Provisioned there: "Admin".',
  ],
  [
    'a name that is nearly that of a role, where permission sets are not known',
    'permissionSet: Admins, accounts: [prod, dev]',
    {},
    `permission set "Admins" has no role in accounts ${PROD}, ${DEV}; cannot tell whether it exists: the snapshot has no permission sets`,
    'Did you mean "Admin"?',
  ],
  [
    'a glob',
    'permissionSet: "Zz*", accounts: ["*"]',
    KNOWN,
    'no permission set matching "Zz*" is provisioned in any account of the scope: 111122223333 (prod), 222233334444 (dev)',
    'Provisioned there: "Admin".',
  ],
  [
    'a user who is not assigned anything',
    'permissionSet: "user:ada", accounts: [dev]',
    KNOWN,
    `user "ada" is not assigned a permission set in account ${DEV}`,
    'Assign it, and the role is created:',
  ],
  [
    'a group that is not assigned a permission set of that kind',
    'permissionSet: "B*", assignedTo: "group:Platform", accounts: ["*"]',
    KNOWN,
    'group "Platform" is not assigned a permission set matching "B*" in any account of the scope: 111122223333 (prod), 222233334444 (dev)',
    'Assign it, and the role is created:',
  ],
  [
    'a group and a user at once',
    'permissionSet: "group:Platform", assignedTo: "user:ada", accounts: [dev]',
    KNOWN,
    `group "Platform" with user "ada" is not assigned a permission set in account ${DEV}`,
    'Assign it, and the role is created:',
  ],
  [
    'a group that nobody knows',
    'permissionSet: "group:Zzzzzzzz", accounts: [dev]',
    KNOWN,
    'the snapshot has no group named "Zzzzzzzz"',
    'A snapshot holds only those who are assigned something in its accounts; ask AWS, or take a new one.',
  ],
  [
    'a group and a user that nobody knows',
    'permissionSet: "group:Zzzzzzzz", assignedTo: "user:Yyyyyyyy", accounts: [dev]',
    KNOWN,
    'the snapshot has no group named "Zzzzzzzz"',
    'A snapshot holds only those who are assigned something in its accounts; ask AWS, or take a new one.',
  ],
  [
    'an ARN that is known',
    `permissionSet: "${BILLING.arn}", accounts: [dev]`,
    KNOWN,
    `permission set "Billing" exists but is not provisioned in account ${DEV}`,
    'Assign someone, and the role is created:',
  ],
  [
    'an ARN that is unknown, whoever is assigned it',
    `permissionSet: "${BILLING.arn}0", assignedTo: "group:Platform", accounts: [dev]`,
    KNOWN,
    `permission set "${BILLING.arn}0" does not exist`,
    'Existing permission sets: "Admin", "Billing".',
  ],
  [
    'a name that is unknown, whoever is assigned it',
    'permissionSet: Zzzzzz, assignedTo: "group:Platform", accounts: [dev]',
    KNOWN,
    'permission set "Zzzzzz" does not exist',
    'Existing permission sets: "Admin", "Billing".',
  ],
  [
    'a group that is called as a permission set',
    'permissionSet: "group:Admin", accounts: [dev]',
    { ...KNOWN, principals: [PLATFORM, ADA, { ...PLATFORM, id: 'g-2', name: 'Admin' }] },
    `group "Admin" is not assigned a permission set in account ${DEV}`,
    'Assign it, and the role is created:',
  ],
  [
    'of a group and a user, only the one is assigned a permission set without a role',
    'permissionSet: "group:Platform", assignedTo: "user:bob", accounts: [dev]',
    {
      ...KNOWN,
      assignments: [assigned(DEV, BILLING, PLATFORM)],
      principals: [PLATFORM, ADA, { ...ADA, id: 'u-2', name: 'bob' }],
    },
    `group "Platform" with user "bob" is not assigned a permission set in account ${DEV}`,
    'Assign it, and the role is created:',
  ],
  [
    'a group that is assigned permission sets without a role',
    'permissionSet: "group:Platform", accounts: [dev]',
    { ...KNOWN, assignments: [assigned(DEV, BILLING, PLATFORM), assigned(DEV, ADMIN, PLATFORM)] },
    `group "Platform" is assigned permission set "Admin" in account ${DEV}, but its role does not exist`,
    'Let Identity Center create it:',
  ],
])('%s', async (_, mapping, world, error, help) => {
  const ran = await refused(world, `{ ${mapping}, groups: [g] }`);
  expect([ran.error, ran.help]).toEqual([error, help]);
  expect(ran.stderr).toContain(
    '\n  To continue without it, set `optional: true` in the config or pass --allow-unresolved.\n',
  );
});

test('no role at all', async () => {
  const ran = await refused(KNOWN, '{ permissionSet: "A*", accounts: [prod], groups: [g] }', []);
  expect(ran.help).toBe('Provisioned there: none.');
});

test.each([
  [
    'of the instance and its region',
    'permissionSet: Billing, accounts: [dev]',
    KNOWN,
    create(
      INSTANCE.arn,
      BILLING.arn,
      DEV,
      '--principal-type GROUP --principal-id GROUP_ID',
      ' --region eu-west-1',
    ),
  ],
  [
    'that leaves open what the snapshot does not know',
    'permissionSet: Billing, accounts: ["*"]',
    { ...KNOWN, instance: null },
    create('INSTANCE_ARN', BILLING.arn, 'ACCOUNT_ID', '--principal-type GROUP --principal-id GROUP_ID', ''),
  ],
  [
    'for a user',
    'permissionSet: Admin, assignedTo: "user:ada", accounts: [dev]',
    { ...KNOWN, principals: [{ ...PLATFORM, members: [] }, ADA] },
    create(INSTANCE.arn, ADMIN.arn, DEV, '--principal-type USER --principal-id u-1', ' --region eu-west-1'),
  ],
])('the command %s', async (_, mapping, world, command) => {
  const { next } = await refused(world, `{ ${mapping}, groups: [g] }`, [
    role(PROD, 'Admin'),
    role(DEV, 'View'),
  ]);
  expect(next).toBe(command);
});

test('what has a role is listed by name', async () => {
  const roles = [role(PROD, 'View'), role(DEV, 'Admin')];
  const ran = await refused(KNOWN, '{ permissionSet: "Z*", accounts: ["*"], groups: [g] }', roles);
  expect(ran.help).toBe('Provisioned there: "Admin", "View".');
});

test('a group is explained for itself beside a permission set that does not exist', async () => {
  const zed = '{ permissionSet: Zzzzzz, accounts: [prod], groups: [g] }';
  const { stderr } = await refused(
    KNOWN,
    `${zed}, { permissionSet: "group:Platform", accounts: [dev], groups: [g] }`,
  );
  expect(stderr.match(/^error: .*$/gm)).toEqual([
    expect.stringContaining('permission set "Zzzzzz" does not exist'),
    expect.stringContaining(`group "Platform" is not assigned a permission set in account ${DEV}`),
  ]);
});

test('a pattern that matches nothing may match in an account that is not read', async () => {
  const accounts = [account(PROD, 'prod'), account(DEV, 'dev', { rolesRead: false })];
  const cwd = await scratch({ 'world.json': snapshotText(inventory(accounts, [role(PROD, 'Admin')])) });
  const flags = ['--map', 'Z*=g', '--map', 'Admin=g', '--skip-unreadable', '*', '--no-nodes'];
  const ran = (...ids: string[]) =>
    run(['generate', '--inventory', 'world.json', ...flags, ...ids.flatMap((id) => ['--account', id])], {
      cwd,
    });
  expect(await ran(PROD, DEV)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('_Admin_') });
  expect(await ran(PROD)).toMatchObject({ exitCode: 2, stdout: '' });
});

test('several mappings are explained at once, those of one account by all its accounts', async () => {
  const zed = '{ permissionSet: Zed, accounts: [prod, dev], groups: [g] }';
  const { stderr } = await refused({}, `${zed}, { permissionSet: Zod, accounts: [dev], groups: [g] }`);
  expect(stderr.match(/^error: .*$/gm)).toEqual([
    expect.stringContaining(`"Zed" has no role in accounts ${PROD}, ${DEV};`),
    expect.stringContaining(`"Zod" has no role in account ${DEV};`),
  ]);
});

test('two usernames for a role that a group and a user lead to', async () => {
  const mapping = (permissionSet: string, username: string) =>
    `{ permissionSet: "${permissionSet}", accounts: [prod], groups: [a], username: ${username} }`;
  const { stderr } = await refused(
    KNOWN,
    [mapping('group:Platform', 'one'), mapping('Admin', 'one'), mapping('user:ada', 'two')].join(', '),
    [role(PROD, 'Admin')],
    ['--allow-shared'],
  );
  expect(stderr.replace(/^note: .*\n/, '')).toBe(
    `error: aws-auth-sso.yaml:1:169: conflicting usernames for ${role(PROD, 'Admin').roleArn}: aws-auth-sso.yaml:1 sets "one", aws-auth-sso.yaml:1 sets "two"
  Set the same username in both, or narrow "user:ada" so that it does not match permission set "Admin" there.
`,
  );
});

test('an account that is not active may be given by id alone, whatever another mapping says', async () => {
  const closed = [account(PROD, 'prod', { state: 'SUSPENDED' }), account(DEV, 'dev')];
  const cwd = await scratch({
    'world.json': snapshotText(inventory(closed, [role(PROD, 'Admin')])),
    'aws-auth-sso.yaml': `mappings:\n  - { permissionSet: Admin, accounts: ["${PROD}"], groups: [g] }\n  - { permissionSet: Admin, accounts: [prod], groups: [h] }\n`,
  });
  const ran = await run(['generate', '--inventory', 'world.json', '-o', 'maproles'], { cwd });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
  expect(ran.stderr).toContain(
    `error: account "prod" (${PROD}) is suspended\n  Remove it from the scope, or give its id to try it anyway.\n`,
  );
});

test('the newest of several roles is used, and the others are named', async () => {
  const roles = [role(PROD, 'Admin', 2), role(PROD, 'Admin', 3), role(PROD, 'Admin', 1)];
  const cwd = await scratch({ 'world.json': snapshotText(inventory(ACCOUNTS, roles)) });
  const flags = ['--map', 'Admin=g', '--account', PROD, '--no-nodes', '-o', 'maproles'];
  const { stdout, stderr } = await run(['generate', '--inventory', 'world.json', ...flags], { cwd });
  const [old, newest, oldest] = roles.map(({ roleArn, createdAt }) => `${roleArn} (${createdAt})`);
  expect(stdout.match(/AWSReservedSSO_\w+/g)).toEqual(['AWSReservedSSO_Admin_0000000000000003']);
  expect(stderr).toContain(
    `warning: permission set "Admin" has several roles in account ${PROD}: the newest is used, ${newest}; not used: ${old}, ${oldest}\n`,
  );
});

test('several permission sets of a group are named in order, with the accounts', async () => {
  const world = {
    ...KNOWN,
    assignments: [PROD, DEV].flatMap((id) => [
      assigned(id, BILLING, PLATFORM),
      assigned(id, ADMIN, PLATFORM),
    ]),
  };
  const roles = [PROD, DEV].flatMap((id) => [role(id, 'Billing'), role(id, 'Admin')]);
  const { error, help } = await refused(
    world,
    '{ permissionSet: "group:Platform", accounts: ["*"], groups: [g] }',
    roles,
  );
  expect(error).toMatch(
    /matches several permission sets: "Admin", "Billing" in account 111122223333 \(prod\), "Admin", "Billing" in account 222233334444 \(dev\)$/,
  );
  expect(help).toBe('Map the intended one by its name, or pass --all-sets to map all of them.');
});

test('names where the mapping is, and of the accounts that were looked at ten and a count', async () => {
  const ids = Array.from({ length: 12 }, (_, index) => `${100000000000 + index}`);
  const snapshot = snapshotText(
    inventory(
      ids.map((id) => account(id, `c${id.slice(-2)}`)),
      [],
      { permissionSets: [ADMIN], instance: INSTANCE },
    ),
  );
  const config = 'mappings:\n  - permissionSet: Admin\n    accounts: ["*"]\n    groups: [g]\n';
  const cwd = await scratch({ 'world.json': snapshot, 'clusters/eu/config.yaml': config });
  const argv = ['generate', '-c', 'clusters/eu/config.yaml', '--inventory', 'world.json', '--no-nodes'];
  const { exitCode, stderr } = await run(argv, { cwd });
  expect(exitCode).toBe(2);
  const listedIds = ids.slice(0, 10).map((id) => `${id} (c${id.slice(-2)})`);
  expect(stderr).toContain(
    `error: clusters/eu/config.yaml:2:5: permission set "Admin" exists but is not provisioned in any account of the scope: ${listedIds.join(', ')} and 2 more\n`,
  );
});

test('what is provisioned is that of the accounts that were looked at', async () => {
  const roles = [role(PROD, 'Admin'), role(DEV, 'Other')];
  const { help } = await refused({}, '{ permissionSet: "Zz*", accounts: [prod], groups: [g] }', roles);
  expect(help).toBe('Provisioned there: "Admin".');
});
