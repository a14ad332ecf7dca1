import { describe, expect, test } from 'vitest';
import { readMapRoles } from '../../src/aws-auth/load.ts';
import type { Principal } from '../../src/directory/model.ts';
import { printableCell } from '../../src/text.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { type Ran, run } from './run.ts';

const PROD = '222222222222';
const SET_ARN = 'arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-0011223344556677';

/** Hostile names, which anyone who can create a group or user can choose. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['an ANSI escape', '\u001b[2J\u001b[31mred\u009b0m'],
  ['line breaks', 'a\r\nerror: b\n```\nc\u2028d'],
  ['a YAML comment and key', '# x\n    - rolearn: arn:aws:iam::1:role/evil'],
  ['marks that turn the direction', 'abc\u202efed\u2066x\u200f'],
  ['invisible characters', 'a\u200b\u00adb\ufeff'],
  ['pipes', 'a|b||c'],
  ['quotes', `"a" 'b' \`c\``],
  ['500 characters', `${'long '.repeat(99)}bye!!`],
  ['a formula', '=HYPERLINK("http://example.com","x")'],
  ['another formula', '@SUM(1)'],
  ['a tab and a formula', '\t=1'],
  ['HTML', '<img src=x onerror=alert(1)>'],
  ['brackets', 'x"]; click role1 href "http://x" %%{init: {}}%%'],
  ['braces', '{{SessionName}}'],
  ['a command to GitHub', '::error file=a.yaml::gone'],
  ['a command to GitHub after blanks', ' \t::set-output name=a::b'],
  ["a command to Azure's runner", 'x ##[error]gone ##vso[task.complete]'],
];

// Control, format, line and paragraph separators; a line break alone may end a line.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

// A command to a runner of GitHub or Azure.
const COMMAND = /^\s*::|##(vso)?\[/;

function expectSafe({ stdout, stderr }: Ran): void {
  for (const line of `${stdout}\n${stderr}`.split('\n')) expect(line).not.toMatch(COMMAND);
  for (const line of [...stdout.split('\n'), ...stderr.split('\n')]) expect(line).not.toMatch(UNSAFE);
  expect(stderr).toMatch(/^((note|warning|error): .*\n| {2}.*\n)*$/);
}

/** A snapshot with one role, assigned to a group with that name, a plain group, and a user in both. */
async function world(name: string) {
  const people: Principal[] = [
    { type: 'GROUP', id: 'g-1', name, members: ['u-1'] },
    { type: 'GROUP', id: 'g-2', name: 'Plain', members: ['u-1'] },
    { type: 'USER', id: 'u-1', name, members: null },
  ];
  const admin = role(PROD, 'Admin');
  const text = snapshotText(
    inventory([account(PROD, name, { assignmentsRead: true })], [admin], {
      permissionSets: [{ arn: SET_ARN, name: 'Admin' }],
      principals: people,
      assignments: people.map(({ type, id }) => ({
        accountId: PROD,
        permissionSetArn: SET_ARN,
        principalType: type,
        principalId: id,
      })),
    }),
  );
  const cwd = await scratch({ 'aws.json': text });
  const stdin = awsAuthOf([{ rolearn: admin.roleArn, groups: ['system:masters'] }]);
  return (argv: readonly string[], columns?: number) =>
    run([...argv, '--inventory', 'aws.json'], {
      cwd,
      stdin,
      stdoutIsTty: columns !== undefined,
      ...(columns !== undefined && { columns }),
    });
}

describe.each(HOSTILE)('a name with %s', (_, name) => {
  test('stays in its row of a table', async () => {
    const ran = await world(name);
    const who = await ran(['who', '--expand']);
    expectSafe(who);
    expect(who.stdout.trimEnd().split('\n')).toHaveLength(6);
    for (const line of who.stdout.split('\n')) expect([...line].length).toBeLessThan(1000);
  });

  test.each([
    ['--principals'],
    ['-o', 'wide'],
    ['--by', 'account', '--expand'],
    ['--by', 'permission-set', '-o', 'wide', '--expand'],
  ])('stays in its row of the table of roles with %s %s', async (...argv) => {
    const ran = await world(name);
    for (const columns of [undefined, 120]) {
      const roles = await ran(['roles', '--account', PROD, ...argv], columns);
      expectSafe(roles);
      expect(roles.stdout.trimEnd().split('\n')).toHaveLength(2);
    }
    const narrow = await ran(
      ['roles', '--account', PROD, ...argv.filter((one) => one !== 'wide' && one !== '-o')],
      20,
    );
    expectSafe(narrow);
    expect(narrow.stdout).toMatch(/^(?:[A-Z ]+ .*\n)+$/);
  });

  test('stays in its field of CSV, as text', async () => {
    const ran = await world(name);
    const { stdout } = await ran(['who', '-o', 'csv']);
    expect(stdout.startsWith('\uFEFF')).toBe(true);
    const rows = parseCsv(stdout);
    expect(rows.map((row) => row.length)).toEqual([27, 27, 27, 27]);
    const shown = rows.slice(1).map((row) => row[3]);
    for (const cell of [...shown, ...rows.slice(1).map((row) => row[6])])
      expect(cell).toMatch(/^[^=+\-@\t\r]/);
    expect(stdout.slice(1)).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    for (const line of stdout.split('\n')) expect(line).not.toMatch(COMMAND);
    expect(shown.map((cell) => cell?.replace(/^'/, ''))).toContain(printableCell(name).replace(/^'/, ''));
  });

  test('is unchanged in JSON', async () => {
    const ran = await world(name);
    const { stdout } = await ran(['who', '-o', 'json', '--user', name]);
    for (const line of stdout.split('\n')) expect(line).not.toMatch(COMMAND);
    expect(JSON.parse(stdout).map((row: { principal: Principal }) => row.principal.name)).toEqual([
      name,
      name,
      name,
    ]);
  });

  test('is unchanged in the JSON of roles and of generated entries', async () => {
    const ran = await world(name);
    const roles = await ran(['roles', '--account', PROD, '-o', 'json']);
    const generated = await ran([
      'generate',
      '--account',
      PROD,
      '-o',
      'json',
      '--map',
      'Admin=a',
      '--no-nodes',
    ]);
    for (const { stdout } of [roles, generated]) {
      expect(stdout).toContain('accountName');
      for (const line of stdout.split('\n')) expect(line).not.toMatch(COMMAND);
    }
    expect(JSON.parse(roles.stdout)).toMatchObject([{ accountName: name }]);
    expect(JSON.parse(generated.stdout)).toMatchObject({ entries: [{ accountName: name }] });
  });

  test('can be selected, without effect on the output', async () => {
    const ran = await world(name);
    const argv = ['generate', '-o', 'maproles', '--comments', '--account', PROD];
    const selected = await ran([...argv, '--map', `group:${name}=a`, '--allow-shared']);
    expectSafe(selected);
    const { entries, errors } = readMapRoles(selected.stdout);
    expect([entries.map(({ arn, groups }) => [arn, groups]), errors]).toEqual([
      [[role(PROD, 'Admin').roleArn, ['a']]],
      [],
    ]);
    const shared = await ran([...argv, '--map', 'group:Plain=a']);
    expect(shared.exitCode).toBe(2);
    expectSafe(shared);
    expectSafe(await ran([...argv, '--map', `user:no ${name}=a`]));
  });

  test('is explained on one line', async () => {
    const ran = await world(name);
    const merged = await ran(['merge', '--explain', '--account', PROD, '--map', 'Admin=b']);
    expect(merged.exitCode).toBe(0);
    expect(merged.stderr).toContain('gain "b"');
    expect(merged.stderr).toMatch(/^((note|warning): .*\n( {2}.*\n)*)*$/);
    expect(merged.stderr.replaceAll('\n', '')).not.toMatch(UNSAFE);
  });
});

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\n') rows.push([]);
  }
  return rows.slice(0, -1);
}
