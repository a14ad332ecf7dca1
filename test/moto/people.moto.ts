import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { scratch } from '../scratch.ts';
import { program } from './program.ts';
import { accountNamed, openAccounts, roleOf, type TrueAccount, type TrueAssignment } from './truth.ts';

const truth = inject('truth');
const prod = accountNamed(truth, 'prod-eks');
const data = accountNamed(truth, 'prod-data');

interface Row {
  readonly accountId: string;
  readonly permissionSet: string;
  readonly permissionSetArn: string | null;
  readonly roleArn: string;
  /** Null if unknown, for a deleted permission set. */
  readonly principals: readonly RowPrincipal[] | null;
}

interface RowPrincipal {
  readonly type: string;
  readonly id: string;
  readonly name: string | null;
}

interface WhoRow {
  readonly principal: RowPrincipal;
  readonly via: string | null;
  readonly permissionSet: string;
  readonly groups: readonly string[];
}

/** `account set TYPE id name` for each principal of each role. */
function linesIn(rows: readonly Row[]): string[] {
  return rows
    .flatMap(({ accountId, permissionSet, principals }) =>
      (principals ?? []).map(({ type, id, name }) => `${accountId} ${permissionSet} ${type} ${id} ${name}`),
    )
    .sort();
}

function principalNamed(name: string) {
  const principal = truth.principals.find((one) => one.name === name);
  if (!principal) throw new Error(`nobody is named ${name}`);
  return principal;
}

/** The truth in the same form, without assignments that have no role. */
function trueLines(accounts: readonly TrueAccount[], withDeleted: boolean): string[] {
  const hasRole = ({ accountId, permissionSet }: TrueAssignment) =>
    accounts.some(
      ({ id, roles }) => id === accountId && roles.some((role) => role.permissionSet === permissionSet),
    );
  return truth.assignments
    .filter(hasRole)
    .flatMap(({ accountId, permissionSet, principal }) => {
      const { type, id, name, deleted } = principalNamed(principal);
      if (deleted && !withDeleted) return [];
      return [`${accountId} ${permissionSet} ${type} ${id} ${deleted ? null : name}`];
    })
    .sort();
}

async function roles(...argv: string[]): Promise<{ rows: Row[]; stderr: string }> {
  const { exitCode, stdout, stderr } = await program(['roles', '-o', 'json', ...argv]);
  if (exitCode !== 0) throw new Error(stderr);
  return { rows: JSON.parse(stdout), stderr };
}

describe('roles --principals', () => {
  test('pair by pair, with deleted principals', async () => {
    const { rows } = await roles('--principals', '--account', 'prod-eks', '--account', 'prod-data');
    expect(linesIn(rows)).toEqual(trueLines([prod, data], true));
    const arns = new Map(truth.permissionSets.map(({ name, arn }) => [name, arn]));
    for (const row of rows) expect(row.permissionSetArn).toBe(arns.get(row.permissionSet) ?? null);
  });

  test('by user and group, without deleted principals', async () => {
    const { rows, stderr } = await roles('--principals', '--all-accounts', '--exclude-account', 'invited');
    const accounts = openAccounts(truth, ({ name }) => name !== 'invited');
    const living = trueLines(accounts, false);
    // A role that seems unassigned is read again by pair, which shows deleted principals.
    const pairOf = (line: string) => line.split(' ').slice(0, 2).join(' ');
    const pairs = new Set(living.map(pairOf));
    const alone = trueLines(accounts, true).filter((line) => !pairs.has(pairOf(line)));
    expect(linesIn(rows)).toEqual([...living, ...alone].sort());
    expect(stderr).toMatch(/by user and group, in \d+ calls instead of 1\d\d;.*deleted/);
  });

  test('--unassigned lists the roles without assignments, and the older of two roles', async () => {
    const { rows } = await roles('--unassigned', '--account', 'prod-eks', '--account', 'prod-data');
    const assigned = new Set(
      trueLines([prod, data], false).map((line) => line.split(' ').slice(0, 2).join(' ')),
    );
    const isNewest = (account: TrueAccount, arn: string, set: string) => roleOf(account, set).roleArn === arn;
    const expected = [prod, data].flatMap((account) =>
      account.roles.filter(
        ({ permissionSet, roleArn }) =>
          permissionSet !== 'DeletedSet' &&
          (!assigned.has(`${account.id} ${permissionSet}`) || !isNewest(account, roleArn, permissionSet)),
      ),
    );
    expect(rows.map(({ roleArn }) => roleArn).sort()).toEqual(expected.map(({ roleArn }) => roleArn).sort());
  });
});

describe('who', () => {
  const sets = ['Admin', 'ViewOnly', 'Dev.Ops+1', 'Billing'];
  const configMap = awsAuthOf(
    sets.map((set) => ({ rolearn: roleOf(prod, set).roleArn, groups: [`k8s:${set}`] })),
  );
  let snapshot = '';

  beforeAll(async () => {
    // By id, like `who`: then no call to Organizations is needed for names.
    const argv = ['snapshot', '--principals', '--account', prod.id];
    const { exitCode, stdout, stderr } = await program(argv, { cwd: tmpdir() });
    if (exitCode !== 0) throw new Error(stderr);
    snapshot = stdout;
  });

  /** `set TYPE name via`, live and from a snapshot. */
  async function who(...argv: string[]): Promise<string[]> {
    const cwd = await scratch({ 'aws-auth.yaml': configMap, 'aws.json': snapshot });
    const live = await program(['who', 'aws-auth.yaml', '-o', 'json', ...argv], { cwd });
    const offline = await program(
      ['who', 'aws-auth.yaml', '-o', 'json', '--inventory', 'aws.json', ...argv],
      { cwd },
    );
    const timeless = (text: string) => text.replaceAll(/"asOf": "[^"]+"/g, '"asOf"');
    expect(timeless(live.stdout || live.stderr)).toBe(timeless(offline.stdout));
    const rows: WhoRow[] = JSON.parse(live.stdout);
    for (const { permissionSet, groups } of rows) expect(groups).toEqual([`k8s:${permissionSet}`]);
    return rows
      .map(({ principal: { type, name }, via, permissionSet }) => `${permissionSet} ${type} ${name} ${via}`)
      .sort();
  }

  const assigned = truth.assignments.filter(
    ({ accountId, permissionSet }) => accountId === prod.id && sets.includes(permissionSet),
  );
  const direct = assigned.map(({ permissionSet, principal }) => {
    const { type, name, deleted } = principalNamed(principal);
    return `${permissionSet} ${type} ${deleted ? null : name} null`;
  });
  const through = assigned.flatMap(({ permissionSet, principal }) => {
    const { name, members, deleted } = principalNamed(principal);
    return deleted ? [] : members.map((member) => `${permissionSet} USER ${member} ${name}`);
  });

  test('groups and users', async () => expect(await who()).toEqual([...direct].sort()));

  test('with the members of groups', async () => {
    expect(await who('--expand')).toEqual([...direct, ...through].sort());
  });

  test('a user assigned directly and through two groups', async () => {
    const ofAda = [...direct, ...through].filter((line) => line.includes(' USER ada '));
    expect(ofAda).toHaveLength(4);
    expect(await who('--user', 'ada')).toEqual(ofAda.sort());
  });
});

describe('selectors', () => {
  const argv = ['generate', '-o', 'maproles', '--account', 'prod-eks'];

  test('a group that is alone on a permission set', async () => {
    const { exitCode, stdout, stderr } = await program([
      ...argv.slice(0, 3),
      '--account',
      'prod-data',
      '--map',
      'group:Platform=system:masters',
    ]);
    expect(stdout || stderr).toContain(`rolearn: ${roleOf(data, 'Admin').roleArn}\n`);
    expect(exitCode).toBe(0);
  });

  test('several permission sets, and the others assigned to them', async () => {
    const several = await program([...argv, '--map', 'group:Platform=a']);
    expect(several).toMatchObject({ exitCode: 2, stdout: '' });
    expect(several.stderr).toContain('"Admin", "ViewOnly"');
    for (const name of ['group "Audit"', 'user "ada"']) expect(several.stderr).toContain(name);
    expect(several.stderr).not.toContain('gone');
  });

  test('an awkward name, shared with one of its members', async () => {
    const { exitCode, stderr } = await program([...argv, '--map', 'group:Team: "A | B"=a']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('is also assigned to user "cy"');
    const open = await program([...argv, '--map', 'group:Team: "A | B"=a', '--allow-shared']);
    expect(open.stdout).toContain(roleOf(prod, 'Dev.Ops+1').roleArn);
  });

  test('an assignment whose role was removed', async () => {
    const { exitCode, stderr } = await program([
      'generate',
      '--no-nodes',
      '--account',
      'dev-eks',
      '--map',
      'group:Audit=a',
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('group "Audit" is assigned permission set "Admin"');
    expect(stderr).toContain('aws sso-admin provision-permission-set');
  });

  test("a group that doesn't exist, and one that was deleted", async () => {
    const unknown = await program([...argv, '--map', 'group:Platfrom=a']);
    expect(unknown).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('Did you mean "Platform"?'),
    });
    const deleted = await program([...argv, '--map', 'group:Former=a']);
    expect(deleted).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no group is named "Former"'),
    });
  });
});
