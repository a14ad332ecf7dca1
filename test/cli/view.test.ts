import { describe, expect, test } from 'vitest';
import { run } from './run.ts';

const HEAD = 'kind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n';
const viewJson = async (stdin: string) => {
  const { exitCode, stdout, stderr } = await run(['view', '-o', 'json'], { stdin });
  expect(exitCode).toBe(0);
  return { shown: JSON.parse(stdout), stderr };
};

describe('view', () => {
  test('says of users that differ by case alone that either may be picked', async () => {
    const stdin = `${HEAD}  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/Bob
      username: b
      groups: [system:masters]
    - userarn: arn:aws:iam::111122223333:user/bob
      username: b
      groups: [view]
    - userarn: arn:aws:iam::111122223333:user/eve
      username: old
    - userarn: arn:aws:iam::111122223333:user/eve
      username: new
`;
    const { shown } = await viewJson(stdin);
    const states = shown.mapUsers.entries.map(
      ({ shadowed, ambiguous }: { shadowed: boolean; ambiguous: boolean }) => [shadowed, ambiguous],
    );
    expect(states).toEqual([
      [false, true],
      [false, true],
      [true, false],
      [false, false],
    ]);
    const { stdout } = await run(['view'], { stdin });
    const notes = stdout.split('\n').map((line) => line.replace(/^.* {3}/, ''));
    expect(notes.slice(1, 5)).toEqual([
      'picked at random: line 9 differs only in case',
      'picked at random: line 6 differs only in case',
      'shadowed by a later entry',
      '-',
    ]);
  });

  test('tells in JSON all that is loaded, and where in the file an error is', async () => {
    const { shown } = await viewJson(`${HEAD}  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/ci
      username: ci
      groups: [a, b]
    - x
    - y
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/eve
    - z
  mapAccounts: '{}'
`);
    const flags = { shadowed: false, ambiguous: false, sso: null, neverMatches: null };
    expect(shown).toEqual({
      mapRoles: {
        entries: [
          {
            rolearn: 'arn:aws:iam::111122223333:role/ci',
            username: 'ci',
            groups: ['a', 'b'],
            ...flags,
            line: 6,
          },
        ],
        errors: [expect.stringMatching(/^<stdin>:9:7: /), expect.stringMatching(/^<stdin>:10:7: /)],
      },
      mapUsers: {
        entries: [
          { userarn: 'arn:aws:iam::111122223333:user/eve', username: '', groups: [], ...flags, line: 12 },
        ],
        errors: [expect.stringMatching(/^<stdin>:13:7: /)],
      },
      mapAccounts: { entries: [], errors: [expect.stringMatching(/^<stdin>:14:17: /)] },
    });
  });

  test('says of users that mapRoles overrides no more than that', async () => {
    const { shown } = await viewJson(`${HEAD}  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:user/BOB
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/Bob
    - userarn: arn:aws:iam::111122223333:user/bob
`);
    expect(shown.mapUsers.entries).toMatchObject([
      { shadowed: true, ambiguous: false },
      { shadowed: true, ambiguous: false },
    ]);
  });

  test('shows the lines of entries and what stands under sso', async () => {
    const { shown } = await viewJson(`${HEAD}  mapRoles: |
    - &a
      rolearn: arn:aws:iam::111122223333:role/a
    - sso:
        permissionSetName: Admin
        accountID: "111122223333"
      username: x
    - *a
  mapUsers: "[{userarn: arn:aws:iam::111122223333:user/b}]"
`);
    expect(shown.mapRoles.entries).toMatchObject([
      { rolearn: 'arn:aws:iam::111122223333:role/a', sso: null, line: 6, shadowed: true },
      {
        rolearn: '',
        username: 'x',
        groups: [],
        sso: { permissionSetName: 'Admin', accountID: '111122223333', partition: '' },
        line: 8,
      },
      { rolearn: 'arn:aws:iam::111122223333:role/a', sso: null, line: 12, shadowed: false },
    ]);
    expect(shown.mapUsers.entries).toEqual([
      {
        userarn: 'arn:aws:iam::111122223333:user/b',
        username: '',
        groups: [],
        shadowed: false,
        ambiguous: false,
        sso: null,
        neverMatches: null,
        line: 13,
      },
    ]);
  });

  test('says of entries that let nobody in why, as check does', async () => {
    const stdin = `metadata: {name: aws-auth}
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_Admin
      username: a
    - rolearn: arn:aws:iam::111122223333:role/team/ci
      username: b
    - rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_Dev_0123456789abcdef
      username: "{{EC2PrivateDNSName}}"
    - rolearn: arn:aws:iam::111122223333:role/ok
      username: c
`;
    const lacks =
      'arn:aws:iam::111122223333:role/AWSReservedSSO_Admin lacks the suffix of 16 hexadecimal digits: whom it was meant for is not known';
    const { stdout, stderr } = await run(['view'], { stdin });
    expect(stdout.match(/never matches|denies people/g)).toEqual([
      'never matches',
      'never matches',
      'denies people',
    ]);
    expect(stderr).toContain(`warning: <stdin>:4:7: this entry never matches: ${lacks}`);
    expect(stderr).toContain(
      'warning: <stdin>:6:7: this entry never matches: arn:aws:iam::111122223333:role/team/ci',
    );
    expect(stderr).toContain('warning: <stdin>:8:7: this entry lets nobody in');
    expect(stderr).not.toContain('role/ok');
    const shown = JSON.parse((await run(['view', '-o', 'json'], { stdin })).stdout);
    expect(
      shown.mapRoles.entries.map((entry: { neverMatches: string | null }) => entry.neverMatches),
    ).toEqual([
      lacks,
      expect.stringContaining('contains the path'),
      expect.stringContaining('denies access to people'),
      null,
    ]);
  });

  test.each([
    ['maproles', '  maproles: |\n    - rolearn: arn:aws:iam::111122223333:role/a\n'],
    ['map-roles', '  "map-roles": ""\n'],
  ])('names the key that %s was meant to be, and says that there is no entry', async (key, data) => {
    const { exitCode, stdout, stderr } = await run(['view'], { stdin: HEAD + data });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(stderr).toBe(
      `warning: <stdin>:5:3: unknown key "${key}" is ignored; did you mean mapRoles?\nnote: <stdin>: no entries\n`,
    );
    const json = await viewJson(HEAD + data);
    expect(json.shown.mapRoles).toEqual({ entries: [], errors: [] });
    expect(json.stderr).toContain('did you mean mapRoles?');
  });

  test.each(['', '  mapRoles: |\n    []\n', '  note: maproles\n  mapAccounts: ""\n'])(
    'says that there is no entry in %j, and nothing else',
    async (data) => {
      const ran = await run(['view'], { stdin: HEAD + data });
      expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: 'note: <stdin>: no entries\n' });
    },
  );

  test('says in JSON what each error loses', async () => {
    const item = '    - rolearn: arn:aws:iam::111122223333:role/a\n';
    const lossy = await viewJson(`${HEAD}  mapRoles: |\n${item}      groups: a\n    - username: b\n`);
    expect(lossy.shown.mapRoles.errors).toEqual([
      expect.stringMatching(/^<stdin>:\d+:\d+: [^:]+: it is lost$/),
      expect.stringMatching(/^<stdin>:\d+:\d+: [^:]+: it is dropped$/),
    ]);
    const unparsable = await viewJson(`${HEAD}  mapRoles: |\n    a: b\n`);
    expect(unparsable.shown.mapRoles.errors).toEqual([expect.not.stringMatching(/it is (lost|dropped)$/)]);
  });

  test('shows in a table what is empty, overridden and inert', async () => {
    const stdin = `${HEAD}  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/a
    - rolearn: arn:aws:iam::111122223333:role/A
      username: a
      groups: [x, z]
    - rolearn: arn:aws:iam::111122223333:user/bob
      groups: []
    - sso:
        permissionSetName: Admin
        accountID: "111122223333"
      username: x
    - sso:
        permissionSetName: ""
        accountID: "111122223333"
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/Bob
      username: b
  mapAccounts: |
    - "111122223333"
`;
    const { stdout } = await run(['view'], { stdin });
    expect(stdout).toBe(`\
KEY           ARN                                  USERNAME                  GROUPS   NOTE
mapRoles      arn:aws:iam::111122223333:role/a     -                         -        shadowed by a later entry
mapRoles      arn:aws:iam::111122223333:role/A     a                         x,z
mapRoles      arn:aws:iam::111122223333:user/bob   -                         -
mapRoles      sso:Admin                            x                         -        inert on EKS
mapUsers      arn:aws:iam::111122223333:user/Bob   b                         -        overridden by mapRoles, line 10
mapAccounts   111122223333                         (the ARN of the caller)   -
`);
  });

  test('cuts usernames first on a terminal, then groups, then ARNs in front; nothing in a pipe', async () => {
    const arn = 'arn:aws:iam::111122223333:role/AWSReservedSSO_ClusterAdmin_00aa11bb22cc33dd';
    const [username, groups] = ['admin:{{SessionName}}:and:more', 'system:masters,system:nodes'];
    const stdin = `${HEAD}  mapRoles: |
    - rolearn: ${arn}
      username: ${username}
      groups: [${groups}]
`;
    const row = async (columns: number, stdoutIsTty = true) =>
      (await run(['view'], { stdin, stdoutIsTty, columns })).stdout.split('\n')[1]?.split(/ {2,}/).slice(1);
    expect(await row(60, false)).toEqual([arn, username, groups]);
    expect(await row(156)).toEqual([arn, username, groups]);
    expect(await row(152)).toEqual([arn, username, groups]);
    expect(await row(150)).toEqual([arn, 'admin:{{SessionName}}:and:m…', groups]);
    expect(await row(136)).toEqual([arn, 'admin:{{SessionName…', 'system:masters,syste…']);
    expect(await row(100)).toEqual([
      '…servedSSO_ClusterAdmin_00aa11bb22cc33dd',
      'admin:{{SessionName…',
      'system:masters,syst…',
    ]);
    expect(await row(80)).toEqual(['…edSSO_ClusterAdmin_00aa11bb22cc33dd', 'admin:{{Ses…', 'system:mast…']);
  });

  test('names all lines that an entry overrides in a wide table', async () => {
    const stdin = `${HEAD}  mapRoles: |\n${'    - rolearn: arn:aws:iam::111122223333:role/a\n'.repeat(13)}`;
    const { stdout } = await run(['view', '-o', 'wide'], { stdin });
    expect(stdout).toMatch(/ overrides lines (?:\d+, ){11}\d+\n$/);
  });

  test('has places, overrides and errors in a wide table, and says them nowhere else', async () => {
    const stdin = `${HEAD}  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/a
    - x
    - rolearn: arn:aws:iam::111122223333:role/A
      username: 5
    - rolearn: arn:aws:iam::111122223333:role/a
    - rolearn: arn:aws:iam::111122223333:user/bob
    - sso:
        permissionSetName: Admin
        accountID: "111122223333"
  mapUsers: |
    - userarn: arn:aws:iam::111122223333:user/Bob
    - userarn: arn:aws:iam::111122223333:user/Eve
    - userarn: arn:aws:iam::111122223333:user/eve
    - userarn: arn:aws:iam::111122223333:user/eve
  mapAccounts: |
    - {}
    - "111122223333"
`;
    const { stdout, stderr } = await run(['view', '-o', 'wide'], { stdin, stdoutIsTty: true, columns: 40 });
    expect(stderr).toBe('');
    const cells = stdout.split('\n').map((line) => line.split(/ {3,}/));
    expect(cells[0]).toEqual(['PLACE', 'KEY', 'ARN', 'USERNAME', 'GROUPS', 'NOTE']);
    expect(cells.slice(1, -1).map(([place, key, arn, , , note]) => [place, key, arn, note])).toEqual([
      ['<stdin>:6:7', 'mapRoles', 'arn:aws:iam::111122223333:role/a', 'overridden by line 10'],
      [
        '<stdin>:7:7',
        'mapRoles',
        '-',
        'error: the item is the string "x", not a map; the authenticator drops this item',
      ],
      ['<stdin>:8:7', 'mapRoles', 'arn:aws:iam::111122223333:role/A', 'overridden by line 10'],
      [
        '<stdin>:9:17',
        'mapRoles',
        '-',
        'error: username is the number "5", not a string; the authenticator reads this field as empty',
      ],
      ['<stdin>:10:7', 'mapRoles', 'arn:aws:iam::111122223333:role/a', 'overrides lines 6, 8'],
      ['<stdin>:11:7', 'mapRoles', 'arn:aws:iam::111122223333:user/bob', 'overrides mapUsers, line 16'],
      ['<stdin>:12:7', 'mapRoles', 'sso:Admin', 'inert on EKS'],
      ['<stdin>:16:7', 'mapUsers', 'arn:aws:iam::111122223333:user/Bob', 'overridden by mapRoles, line 11'],
      [
        '<stdin>:17:7',
        'mapUsers',
        'arn:aws:iam::111122223333:user/Eve',
        'picked at random: line 19 differs only in case',
      ],
      ['<stdin>:18:7', 'mapUsers', 'arn:aws:iam::111122223333:user/eve', 'overridden by line 19'],
      [
        '<stdin>:19:7',
        'mapUsers',
        'arn:aws:iam::111122223333:user/eve',
        'overrides line 18; picked at random: line 17 differs only in case',
      ],
      [
        '<stdin>:21:7',
        'mapAccounts',
        '-',
        'error: the item is a map, not an account id; the authenticator drops this item',
      ],
      ['<stdin>:22:7', 'mapAccounts', '111122223333', undefined],
    ]);
  });

  test('has the loss of a whole map in a wide table', async () => {
    const stdin = `${HEAD}  mapRoles: |\n    a: b\n`;
    const { stdout, stderr } = await run(['view', '-o', 'wide'], { stdin });
    expect(stdout).toMatch(/^<stdin>:6:5 +mapRoles +- +- +- +error: .*ignores the whole key/m);
    expect(stderr).toBe('note: <stdin>: no entries\n');
  });

  test('shows a map of accounts alone', async () => {
    const { stdout, stderr } = await run(['view'], {
      stdin: `${HEAD}  mapAccounts: |\n    - "111122223333"\n`,
    });
    expect(stdout).toMatch(/^KEY .*\nmapAccounts +111122223333 /);
    expect(stderr).toBe('');
  });
});
