import { describe, expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const NODE = 'arn:aws:iam::111122223333:role/eks/nodes/eks-node';

const WORLD = inventory(
  [
    account(PROD, 'prod', {
      ou: 'Workloads/Prod',
      ouIds: ['r-ab12', 'ou-ab12-workload', 'ou-ab12-prodprod'],
    }),
    account(DEV, 'dev', { ou: 'Workloads/Dev', ouIds: ['r-ab12', 'ou-ab12-workload', 'ou-ab12-devdevde'] }),
  ],
  [
    role(PROD, 'Admin'),
    role(PROD, 'Admin_ReadOnly'),
    role(PROD, 'Dev.Ops+1'),
    role(PROD, 'a=b,c@d'),
    role(PROD, 'x'.repeat(32)),
    role(DEV, 'Admin'),
  ],
  {
    permissionSets: [
      { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-admin', name: 'Admin' },
      { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-billing', name: 'Billing' },
      { arn: 'arn:aws:sso:::permissionSet/ssoins-1/ps-read', name: 'Admin_ReadOnly' },
    ],
    instance: { arn: 'arn:aws:sso:::instance/ssoins-1', identityStoreId: 'd-1', region: 'eu-west-1' },
  },
);

/** Runs `generate` in a folder that holds the world as a snapshot, and the given config. */
async function generate(flags: readonly string[], config?: string, world = WORLD) {
  const files = {
    'world.json': snapshotText(world),
    ...(config === undefined ? {} : { 'aws-auth-sso.yaml': config }),
  };
  return run(['generate', '--inventory', 'world.json', ...flags], { cwd: await scratch(files) });
}

/** The role ARNs and groups that come out, as `SET@ACCOUNT: group,group`. */
async function mapped(flags: readonly string[], config?: string, world = WORLD): Promise<string[]> {
  const { stdout, stderr } = await generate(['-o', 'json', ...flags], config, world);
  if (stdout === '') throw new Error(stderr);
  const { entries } = JSON.parse(stdout);
  return entries.map(
    (entry: { permissionSet: string | null; accountId: string; rolearn: string; groups: string[] }) =>
      `${entry.permissionSet === null ? entry.rolearn : `${entry.permissionSet}@${entry.accountId}`}: ${entry.groups.join(',')}`,
  );
}

describe('generate', () => {
  test('refuses a mapping without accounts beside one that has some', async () => {
    const scoped = '{ permissionSet: Admin, accounts: [prod], groups: [g] }';
    const config = `mappings: [${scoped}, { permissionSet: Admin_ReadOnly, groups: [g] }]\n`;
    const { exitCode, stdout, stderr } = await generate([], config);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('no accounts selected');
    const none = await generate(['--map', 'Admin=g', '--map', 'View=g']);
    expect(none.stderr).toMatch(/^error: --map "Admin=g": no accounts selected\n {2}Select accounts with /);
  });

  test('is content with node roles alone, of the flags or of a config', async () => {
    expect(await mapped(['--account', 'prod', '--node-role', NODE])).toEqual([
      'arn:aws:iam::111122223333:role/eks-node: system:bootstrappers,system:nodes',
    ]);
    expect(await mapped(['--account', 'prod'], `nodeRoles: ["${NODE}"]\n`)).toHaveLength(1);
  });

  test('refuses to give nobody anything, or a username to nobody', async () => {
    expect((await generate(['--account', 'prod'])).stderr).toMatch(
      /^error: no mappings given\n {2}Give --map SELECTOR=GROUP or a config file/,
    );
    expect((await generate(['--account', 'prod', '--username', 'x'])).stderr).toBe(
      'error: --username requires --map\n  In a config, set `username:` of each mapping.\n',
    );
  });

  test('leaves out what the config excludes, and what --exclude-account does', async () => {
    const config = 'excludeAccounts: [prod]\nmappings: [{ permissionSet: Admin, groups: [g] }]\n';
    expect(await mapped(['--all-accounts'], config)).toEqual([`Admin@${DEV}: g`]);
    const { stderr } = await generate(['--all-accounts', '--exclude-account', 'dev'], config);
    expect(stderr).toMatch(/^error: /m);
  });

  test('sorts permission sets by name, whatever the order of the snapshot', async () => {
    const world = { ...WORLD, roles: WORLD.roles.toReversed() };
    const names = await mapped(['--map', 'Admin*=g', '--account', 'prod'], undefined, world);
    expect(names).toEqual([`Admin@${PROD}: g`, `Admin_ReadOnly@${PROD}: g`]);
  });

  test('tells what it leaves out once, however many mappings look there', async () => {
    const closed = account('333344445555', 'closed', { state: 'SUSPENDED' });
    const world = { ...WORLD, accounts: [...WORLD.accounts, closed] };
    const config = `accounts: ["*"]
mappings:
  - { permissionSet: Admin, groups: [g] }
  - { permissionSet: Dev.Ops+1, groups: [g] }
`;
    const { findings } = JSON.parse((await generate(['-o', 'json'], config, world)).stdout);
    expect(findings).toMatchObject([{ severity: 'note', code: 'account-inactive' }]);
  });

  describe('of the node roles of a config', () => {
    const OTHER = '333344445555';
    const node = (id: string) => `arn:aws:iam::${id}:role/node`;
    const config = `accounts: [prod, dev]
excludeAccounts: ["${OTHER}"]
nodeRoles: ["${node(PROD)}", "${node(DEV)}", "${node(OTHER)}"]
mappings: [{ permissionSet: Admin, groups: [g] }]
`;
    const nodesWith = async (flags: readonly string[], world = WORLD) => {
      const entries = await mapped(flags, config, world);
      return entries.flatMap((entry) => /^arn:aws:iam::(\d+):role\/node:/.exec(entry)?.[1] ?? []);
    };

    test.each([
      [[], [PROD, DEV, OTHER]],
      [['--account', 'prod'], [PROD]],
      [['--account', DEV], [DEV]],
      [['--account', 'self'], [DEV]],
      [
        ['--account', 'd*', '--account', 'prod'],
        [PROD, DEV],
      ],
      [['--ou', 'Workloads/Prod'], [PROD]],
      [
        ['--ou', 'Workloads'],
        [PROD, DEV],
      ],
      [['--all-accounts'], [PROD, DEV, OTHER]],
      [
        ['--exclude-account', 'prod'],
        [DEV, OTHER],
      ],
      [
        ['--exclude-account', 'ou:Workloads/Dev'],
        [PROD, OTHER],
      ],
      [['--all-accounts', '--exclude-account', DEV, '--exclude-account', OTHER], [PROD]],
      [
        ['--account', 'prod', '--node-role', node(DEV)],
        [PROD, DEV],
      ],
      [
        ['--exclude-account', 'dev', '--node-role', node(DEV)],
        [PROD, OTHER, DEV],
      ],
    ])('%j keep those in %j', async (flags, accounts) => {
      expect(await nodesWith(flags, { ...WORLD, callerAccountId: DEV })).toEqual(accounts);
    });

    test('says which are left out, where none is kept', async () => {
      const elsewhere = config.replace(`"${node(PROD)}", `, '');
      const refused = await generate(['--account', 'prod'], elsewhere);
      expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
      expect(refused.stderr).toContain(
        `would lock out every node\n  The \`nodeRoles\` of the config are outside the scope: ${node(DEV)}, ${node(OTHER)}.\n  Merge the entries`,
      );
      const note = `note: the config adds no node entry: its \`nodeRoles\` are outside the scope: ${node(DEV)}, ${node(OTHER)}\n`;
      const withoutNodes = await generate(['--account', 'prod', '--no-nodes'], elsewhere);
      expect(withoutNodes).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(note) });
      const kept = await generate(['--account', 'prod', '--node-role', NODE], elsewhere);
      expect(kept).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(note) });
      const none = await generate(['--account', 'prod'], config.replace(/^nodeRoles.*\n/m, ''));
      expect(none).toMatchObject({ exitCode: 2, stderr: expect.not.stringContaining('nodeRoles') });
    });

    test('says always which the scope flags leave out, and warns where nothing else looks after the nodes', async () => {
      const said = async (...flags: string[]) => {
        const { exitCode, stderr } = await generate(flags, config);
        expect(exitCode, stderr).toBe(0);
        return stderr.match(/^.*nodeRoles.*\n(?: {2}.*\n)?/gm) ?? [];
      };
      const some = (...ids: string[]) =>
        `: ${ids.length} of 3 \`nodeRoles\` of the config are outside the scope: ${ids.map(node).join(', ')}\n`;
      const help =
        '  Nodes with these roles are locked out where their entries are missing. Name those of this cluster with --node-role.\n';
      expect(await said()).toEqual([]);
      expect(await said('-o', 'maproles')).toEqual([]);
      expect(await said('--account', 'prod')).toEqual([`note${some(DEV, OTHER)}`]);
      expect(await said('--account', 'prod', '-o', 'maproles')).toEqual([
        `warning${some(DEV, OTHER)}${help}`,
      ]);
      expect(await said('--exclude-account', 'prod')).toEqual([`warning${some(PROD)}${help}`]);
      expect(await said('--all-accounts', '--exclude-account', DEV)).toEqual([`warning${some(DEV)}${help}`]);
      // What is excluded was not selected either: nobody expects its nodes.
      expect(await said('--account', 'prod', '--exclude-account', DEV)).toEqual([`note${some(DEV, OTHER)}`]);
    });

    test('says in JSON which are left out', async () => {
      const { stdout } = await generate(['--account', 'prod', '-o', 'json'], config);
      expect(JSON.parse(stdout).findings).toMatchObject([
        { severity: 'note', code: 'node-roles-out-of-scope', message: expect.stringContaining('2 of 3') },
      ]);
    });

    test('says with --debug which are left out', async () => {
      const { stderr } = await generate(['--account', 'prod', '--debug'], config);
      const leftOut = [...stderr.matchAll(/^note: node role (\S+) is left out: /gm)].map(([, arn]) => arn);
      expect(leftOut).toEqual([node(DEV), node(OTHER)]);
    });
  });

  test('passes over mappings that the flags leave without an account', async () => {
    const config = `mappings:
  - { permissionSet: Admin, groups: [a], accounts: [prod] }
  - { permissionSet: Admin, groups: [b], accounts: [dev] }
`;
    expect(await mapped(['--account', 'dev'], config)).toEqual([`Admin@${DEV}: b`]);
  });

  test('refuses ARNs of another partition, each where it stands', async () => {
    const config = `accounts: [prod]
nodeRoles: ["${NODE.replace('aws', 'aws-cn')}"]
mappings:
  - { permissionSet: "arn:aws-cn:sso:::permissionSet/ssoins-1/ps-1", groups: [a] }
`;
    const { exitCode, stderr } = await generate([], config);
    expect(exitCode).toBe(2);
    const expected = 'is in partition aws-cn, but the accounts are in aws\n';
    expect(stderr).toContain(
      `error: aws-auth-sso.yaml:4:5: permission set arn:aws-cn:sso:::permissionSet/ssoins-1/ps-1 ${expected}`,
    );
    expect(stderr).toMatch(new RegExp(`^error: node role arn:aws-cn:\\S+ ${expected}`, 'm'));
  });

  test('concludes nothing from an account that is skipped because it was not read', async () => {
    const unread = account('333344445555', null, { rolesRead: false });
    const world = { ...WORLD, accounts: [...WORLD.accounts, unread] };
    const skip = ['--all-accounts', '--skip-unreadable', '333344445555'];
    expect(await mapped(['--map', 'Billing=g', ...skip], undefined, world)).toEqual([]);
  });

  test('skips no unread account by a pattern that only looks as if it matched', async () => {
    const unread = account('333344445555', 'dev\u200bs', { rolesRead: false });
    const world = { ...WORLD, accounts: [...WORLD.accounts, unread] };
    const ran = await generate(
      ['--map', 'Admin=g', '--all-accounts', '--skip-unreadable', 'dev*'],
      undefined,
      world,
    );
    expect(ran).toMatchObject({ exitCode: 3, stdout: '', stderr: expect.stringContaining('333344445555') });
  });

  test('warns of several roles of one permission set only where one of them is used', async () => {
    const world = { ...WORLD, roles: [...WORLD.roles, role(PROD, 'Dev.Ops+1', 2)] };
    const codes = async (set: string) => {
      const { stdout } = await generate(
        ['-o', 'json', '--map', `${set}=g`, '--account', 'prod'],
        undefined,
        world,
      );
      return JSON.parse(stdout).findings.map(({ code }: { code: string }) => code);
    };
    expect(await codes('Dev.Ops+1')).toEqual(['several-roles-of-one-set']);
    expect(await codes('Admin')).toEqual([]);
  });

  test('takes two spellings of a node role for one, as merge does', async () => {
    const argv = ['--map', 'Admin=system:masters', '--account', 'prod', '-o', 'json'];
    const nodes = ['--node-role', NODE, '--node-role', NODE.replace('eks-node', 'path/EKS-Node')];
    const { stdout } = await generate([...argv, ...nodes]);
    const arns = JSON.parse(stdout).entries.map(({ rolearn }: { rolearn: string }) => rolearn);
    expect(arns).toEqual([
      'arn:aws:iam::111122223333:role/eks-node',
      expect.stringContaining('AWSReservedSSO_Admin_'),
    ]);
  });

  test('prints nodes first, then people', async () => {
    const { stdout, exitCode } = await generate([
      '--map',
      'Admin=system:masters',
      '--account',
      'prod',
      '--node-role',
      NODE,
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toBe(`apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  namespace: kube-system
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/eks-node
      username: "system:node:{{EC2PrivateDNSName}}"
      groups:
        - "system:bootstrappers"
        - "system:nodes"
    - rolearn: ${role(PROD, 'Admin').roleArn}
      username: "sso:{{SessionName}}"
      groups:
        - "system:masters"
`);
  });

  test('prints the list alone', async () => {
    const { stdout } = await generate([
      '-o',
      'maproles',
      '--map',
      'Admin=a,b',
      '--username',
      'x:{{SessionName}}',
      '--account',
      'dev',
    ]);
    expect(stdout).toBe(
      `- rolearn: ${role(DEV, 'Admin').roleArn}\n  username: "x:{{SessionName}}"\n  groups:\n    - "a"\n    - "b"\n`,
    );
  });

  test('prints every field as JSON', async () => {
    const { stdout } = await generate([
      '-o',
      'json',
      '--map',
      'Admin=a',
      '--account',
      'dev',
      '--node-role',
      NODE,
    ]);
    expect(JSON.parse(stdout)).toEqual({
      entries: [
        {
          rolearn: 'arn:aws:iam::111122223333:role/eks-node',
          username: 'system:node:{{EC2PrivateDNSName}}',
          groups: ['system:bootstrappers', 'system:nodes'],
          pathArn: null,
          accountId: null,
          accountName: null,
          permissionSet: null,
        },
        {
          rolearn: role(DEV, 'Admin').roleArn,
          username: 'sso:{{SessionName}}',
          groups: ['a'],
          pathArn: role(DEV, 'Admin').pathArn,
          accountId: DEV,
          accountName: 'dev',
          permissionSet: 'Admin',
        },
      ],
      findings: [],
    });
  });
});

describe('a selector', () => {
  test.each([
    ['Admin=g', ['Admin@111122223333: g']],
    ['Dev.Ops+1=g', ['Dev.Ops+1@111122223333: g']],
    ['a=b,c@d=g', ['a=b,c@d@111122223333: g']],
    [`${'x'.repeat(32)}=g`, [`${'x'.repeat(32)}@111122223333: g`]],
    ['Admin*=g', ['Admin@111122223333: g', 'Admin_ReadOnly@111122223333: g']],
    ['{Admin,Dev.Ops+1}=g', ['Admin@111122223333: g', 'Dev.Ops+1@111122223333: g']],
    ['arn:aws:sso:::permissionSet/ssoins-1/ps-admin=system:masters', ['Admin@111122223333: system:masters']],
  ])('%s', async (map, expected) => {
    expect(await mapped(['--map', map, '--account', PROD])).toEqual(expected);
  });
});

describe('the order of entries', () => {
  test('follows the scope, then the names of the sets', async () => {
    const flags = ['--map', 'Admin*=g', '--account', 'dev', '--account', 'prod'];
    expect(await mapped(flags)).toEqual([
      'Admin@222233334444: g',
      'Admin@111122223333: g',
      'Admin_ReadOnly@111122223333: g',
    ]);
  });

  test('is ascending by id within a glob', async () => {
    expect(await mapped(['--map', 'Admin=g', '--account', '{prod,dev}'])).toEqual([
      'Admin@111122223333: g',
      'Admin@222233334444: g',
    ]);
  });
});

describe('a config', () => {
  test('gives mappings their own accounts, and unites groups in order', async () => {
    const config = `
accounts: [prod]
mappings:
  - { permissionSet: Admin, groups: [one, two] }
  - { permissionSet: "Adm*", groups: [three, two], accounts: ["ou:Workloads"] }
`;
    expect(await mapped([], config)).toEqual([
      'Admin@111122223333: one,two,three',
      'Admin_ReadOnly@111122223333: three,two',
      'Admin@222233334444: three,two',
    ]);
  });

  test('is narrowed by the scope flags', async () => {
    const config = 'accounts: ["*"]\nmappings: [{ permissionSet: Admin, groups: [g] }]\n';
    expect(await mapped(['--account', 'dev'], config)).toEqual(['Admin@222233334444: g']);
  });

  test('may let a mapping lead nowhere', async () => {
    const config =
      'accounts: [prod]\nmappings:\n  - { permissionSet: Nope, groups: [g], optional: true }\n  - { permissionSet: Admin, groups: [g] }\n';
    expect(await mapped([], config)).toEqual(['Admin@111122223333: g']);
  });

  test('may state a username once for a role that two mappings reach', async () => {
    const config =
      'accounts: [dev]\nmappings:\n  - { permissionSet: Admin, groups: [a] }\n  - { permissionSet: Admin, groups: [b], username: "u:{{SessionName}}" }\n';
    const { stdout } = await generate(['-o', 'maproles'], config);
    expect(stdout).toContain('username: "u:{{SessionName}}"');
  });
});

describe('a config that is wrong', () => {
  test.each([
    ['no YAML', 'accounts: [prod\nmappings: []\n', /^error: aws-auth-sso\.yaml:2:\d+: invalid YAML/],
    [
      'an unknown key',
      'acounts: [prod]\n',
      /^error: aws-auth-sso\.yaml:1:1: unknown key "acounts"\n {2}Did you mean "accounts"\?/,
    ],
    [
      'an unquoted id with a leading zero',
      'accounts: [012345678901]\n',
      /^error: aws-auth-sso\.yaml:1:12: .*write "012345678901"/,
    ],
    [
      'an unknown variable',
      'accounts: [prod]\nmappings: [{permissionSet: Admin, groups: [g], username: "{{User}}"}]\n',
      /^error: aws-auth-sso\.yaml:2:58: .*\{\{User\}\}.*\{\{SessionName\}\}/,
    ],
    [
      'no accounts',
      'mappings: [{permissionSet: Admin, groups: [g]}]\n',
      /^error: aws-auth-sso\.yaml:1:\d+: .*no accounts selected\n.*--account/,
    ],
  ])('%s', async (_, config, message) => {
    const { exitCode, stdout, stderr } = await generate(['-o', 'maproles'], config);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test('a config that is not there', async () => {
    const ran = await generate(['-c', 'other.yaml']);
    expect(ran).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining('other.yaml: cannot be read'),
    });
  });
});

test('of two roles of one set the newest is used, and a warning names both', async () => {
  const world = inventory(
    [account(PROD)],
    [role(PROD, 'Admin', 3), role(PROD, 'Admin', 7), role(PROD, 'Admin', 5)],
  );
  const { stdout, stderr } = await generate(
    ['-o', 'maproles', '--map', 'Admin=g', '--account', PROD],
    undefined,
    world,
  );
  expect(stdout).toContain(role(PROD, 'Admin', 7).roleArn);
  expect(stdout).not.toContain(role(PROD, 'Admin', 5).roleArn);
  expect(stderr).toMatch(/^warning: .*0000000000000007.*0000000000000005.*0000000000000003/);
});

describe('what does not resolve', () => {
  test.each([
    [
      'a set that does not exist',
      ['--map', 'Admn=g', '--account', 'prod'],
      'permission set "Admn" does not exist',
      'Did you mean "Admin"',
    ],
    [
      'a set that is not provisioned',
      ['--map', 'Billing=g', '--account', 'prod'],
      'not provisioned in account 111122223333',
      'aws sso-admin create-account-assignment',
    ],
    [
      'a glob without a match',
      ['--map', 'Zz*=g', '--account', 'prod'],
      'no permission set matching "Zz*"',
      'Provisioned there: ',
    ],
    [
      'a set missing in one of two named accounts',
      ['--map', 'Admin_ReadOnly=g', '--account', 'prod', '--account', DEV],
      DEV,
      '--allow-unresolved',
    ],
    [
      'an unknown ARN',
      ['--map', 'arn:aws:sso:::permissionSet/ssoins-1/ps-none=g', '--account', 'prod'],
      'does not exist',
      '',
    ],
    ['an unknown account', ['--map', 'Admin=g', '--account', 'prdo'], 'prdo', '"prod"'],
    ['an unknown unit', ['--map', 'Admin=g', '--ou', 'Workloads/Prud'], 'Workloads/Prud', 'Workloads/Prod'],
  ])('%s', async (_, flags, message, next) => {
    const { exitCode, stdout, stderr } = await generate(['--no-nodes', ...flags]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(next);
    expect(stderr).toMatch(/^error: /);
  });

  test('a scope of several accounts needs one match', async () => {
    expect(await mapped(['--map', 'Admin_ReadOnly=g', '--all-accounts'])).toEqual([
      'Admin_ReadOnly@111122223333: g',
    ]);
  });

  test('--allow-unresolved goes on and says what is left out', async () => {
    const flags = [
      '-o',
      'maproles',
      '--map',
      'Admin=g',
      '--map',
      'Nope=g',
      '--account',
      'prod',
      '--allow-unresolved',
    ];
    const { exitCode, stdout, stderr } = await generate(flags);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('AWSReservedSSO_Admin_');
    expect(stderr).toContain('warning: skipped --map "Nope=g": no role in');
  });

  test('what is optional is skipped with a note, with --allow-unresolved too', async () => {
    const config = 'accounts: [prod]\nmappings: [{ permissionSet: Nope, groups: [g], optional: true }]\n';
    for (const more of [[], ['--allow-unresolved']]) {
      const { stderr } = await generate(['-o', 'maproles', ...more], config);
      expect(stderr).toMatch(/^note: skipped aws-auth-sso.yaml:2: no role in/m);
    }
  });
});

describe('what is refused', () => {
  test.each([
    ['no scope', ['--map', 'Admin=g'], '--all-accounts'],
    ['no mapping', ['--account', 'prod'], '--map'],
    ['a username without --map', ['--username', 'x', '--account', 'prod'], '--map'],
    ['no nodes', ['--map', 'Admin=g', '--account', 'prod'], '--node-role'],
    [
      'what would lock the nodes out',
      ['--map', 'Admin=g', '--account', 'prod'],
      'error: this ConfigMap has no node entry: applied over a live aws-auth, it would lock out every node\n',
    ],
    [
      'an unknown variable',
      ['--map', 'Admin=g', '--username', '{{Session}}', '--account', 'prod'],
      '{{SessionName}}',
    ],
    [
      'a wrong username',
      ['--map', 'Admin=g', '--username', ' x', '--account', 'prod'],
      '  Change --username.',
    ],
    [
      'a node variable on people',
      ['--map', 'Admin=g', '--username', '{{EC2PrivateDNSName}}', '--account', 'prod'],
      'EC2',
    ],
    ['a group of nodes on people', ['--map', 'Admin=system:nodes', '--account', 'prod'], 'nodes'],
    ['an empty group', ['--map', 'Admin=', '--account', 'prod'], 'is empty'],
    ['an empty name', ['--map', '=g', '--account', 'prod'], '"" is not a permission set name'],
    ['a name with a space', ['--map', 'Ad min=g', '--account', 'prod'], 'those have 1 to 32 letters'],
    ['a name that is too long', ['--map', `${'x'.repeat(33)}=g`, '--account', 'prod'], 'those have 1 to 32'],
    ['a group without a name', ['--map', 'group:=g', '--account', 'prod'], 'has no name after the colon'],
    ['a user without a name', ['--map', 'user:=g', '--account', 'prod'], 'has no name after the colon'],
    [
      'an ARN of another service',
      ['--map', 'arn:aws:s3:::bucket=g', '--account', 'prod'],
      'is not a permission set ARN (arn:aws:sso:::permissionSet/ssoins-…/ps-…)',
    ],
    ['an ARN that is none', ['--map', 'arn:aws=g', '--account', 'prod'], 'is not a permission set ARN'],
    ['an empty username', ['--map', 'Admin=g', '--username', '', '--account', 'prod'], 'is empty'],
    ['a group that is not ASCII', ['--map', 'Admin=grüppe', '--account', 'prod'], 'ASCII'],
    [
      'an Identity Center user',
      ['--map', 'arn:aws:identitystore:::user/906759a2=g', '--account', 'prod'],
      'which cannot be mapped',
    ],
    [
      'an IAM user',
      ['--map', 'arn:aws:iam::111122223333:user/bob=g', '--account', 'prod'],
      'is not a permission set',
    ],
    [
      'a set ARN of another partition',
      ['--map', 'arn:aws-cn:sso:::permissionSet/ssoins-1/ps-1=g', '--account', 'prod'],
      'aws-cn',
    ],
    [
      'a node role of another partition',
      ['--map', 'Admin=g', '--account', 'prod', '--node-role', 'arn:aws-cn:iam::111122223333:role/n'],
      'aws-cn',
    ],
    [
      'an instance profile as node role',
      [
        '--map',
        'Admin=g',
        '--account',
        'prod',
        '--node-role',
        'arn:aws:iam::111122223333:instance-profile/n',
      ],
      'instance profile',
    ],
    ['an account id with eleven digits', ['--map', 'Admin=g', '--account', '11122223333'], '11 digits'],
    [
      'a snapshot together with a profile',
      ['--map', 'Admin=g', '--account', 'prod', '--profile', 'p'],
      '--profile',
    ],
    ...['--assume-role', '--external-id', '--region', '--sso-region'].map(
      (option): [string, string[], string] => [
        `a snapshot together with ${option}`,
        ['--map', 'Admin=g', '--account', 'prod', option, 'eu-west-1'],
        option,
      ],
    ),
    ['an unknown option', ['--mop', 'Admin=g'], '--map'],
  ])('%s', async (_, flags, message) => {
    const { exitCode, stdout, stderr } = await generate(flags);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(message);
  });

  test('two usernames for one role, naming both mappings', async () => {
    const config =
      'accounts: [dev]\nmappings:\n  - { permissionSet: Admin, groups: [a], username: one }\n  - { permissionSet: "A*", groups: [b], username: two }\n';
    const { exitCode, stdout, stderr } = await generate(['-o', 'maproles'], config);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(
      /aws-auth-sso\.yaml:4:\d+: .*aws-auth-sso\.yaml:3 .*"one".*aws-auth-sso\.yaml:4 .*"two"/,
    );
  });
});

describe('a snapshot', () => {
  test.each([
    ['of a future version', '{"version": 2}', 'version 2'],
    ['that is none', '{"hello": 1}', 'no version'],
    ['cut off', snapshotText(WORLD).slice(0, 200), 'not valid JSON'],
    ['with a broken account', snapshotText(WORLD).replace('"111122223333"', '"1111"'), '12-digit'],
  ])('%s is refused', async (_, text, message) => {
    const cwd = await scratch({ 'broken.json': text });
    const ran = await run(['generate', '--inventory', 'broken.json', '--map', 'Admin=g', '--account', PROD], {
      cwd,
    });
    expect({ exitCode: ran.exitCode, stdout: ran.stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toContain('broken.json: ');
    expect(ran.stderr).toContain(message);
  });

  test('is united with another of disjoint accounts, and refused with an overlapping one', async () => {
    const [one, other] = [
      inventory([account(PROD)], [role(PROD, 'Admin')]),
      inventory([account(DEV)], [role(DEV, 'Admin')]),
    ];
    const cwd = await scratch({ 'one.json': snapshotText(one), 'other.json': snapshotText(other) });
    const flags = [
      'generate',
      '-o',
      'maproles',
      '--map',
      'Admin=g',
      '--all-accounts',
      '--inventory',
      'one.json',
      '--inventory',
    ];
    const united = await run([...flags, 'other.json'], { cwd });
    expect(united.stdout).toContain(role(PROD, 'Admin').roleArn);
    expect(united.stdout).toContain(role(DEV, 'Admin').roleArn);
    const overlapping = await run([...flags, 'one.json'], { cwd });
    expect(overlapping).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining(PROD) });
  });

  test('that did not read an account stops the run, unless that account may be skipped', async () => {
    const unread = account(DEV, 'dev', { rolesRead: false, unreadable: 'AccessDenied' });
    const world = inventory([account(PROD, 'prod'), unread], [role(PROD, 'Admin')]);
    const flags = ['-o', 'maproles', '--map', 'Admin=g', '--all-accounts'];
    expect(await generate(flags, undefined, world)).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringContaining(DEV),
    });
    const other = await generate([...flags, '--skip-unreadable', 'dex'], undefined, world);
    expect(other).toMatchObject({ exitCode: 3, stdout: '' });
    const skipped = await generate([...flags, '--skip-unreadable', 'd*'], undefined, world);
    expect(skipped.exitCode).toBe(0);
    expect(skipped.stderr).toContain(
      `warning: skipped 1 account (not read when the snapshot was taken): ${DEV}`,
    );
  });
});

test('a ConfigMap that no cluster would take is refused, one that client-side apply alone would not take is fine to create', async () => {
  const worldOf = (count: number) => {
    const accounts = Array.from({ length: count }, (_, index) => account(String(100_000_000_000 + index)));
    return inventory(
      accounts,
      accounts.map(({ id }) => role(id, 'Admin')),
    );
  };
  const flags = ['--no-nodes', '--map', 'Admin=g', '--all-accounts'];
  const large = await generate(flags, undefined, worldOf(2500));
  expect(large).toMatchObject({ exitCode: 0, stderr: '' });
  const tooLarge = await generate(flags, undefined, worldOf(12_000));
  expect(tooLarge).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('1024') });
});
