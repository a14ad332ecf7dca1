import { describe, expect, test } from 'vitest';
import { type AwsCliTarget, renderAwsCli } from '../../src/access-entry/aws-cli.ts';
import { type AccessEntry, clusterAdminPolicy } from '../../src/eks.ts';
import { fakeAwsForTest } from '../fake-aws/fake-aws-for-test.ts';
import type { FakeAwsOptions } from '../fake-aws/options.ts';
import type { FakeAws } from '../fake-aws/server.ts';
import type { WorldInput } from '../fake-aws/world-input.ts';
import { awsCommand, optionsIn, runScript } from './aws-command.ts';
import { accessEntry, clusterAdmin, HOSTILE_NAMES } from './entries.ts';

const ACCOUNT = '111122223333';
const PATH = `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/`;
const ADMIN = `${PATH}AWSReservedSSO_Admin_0123456789abcdef`;
const VIEWER = `${PATH}AWSReservedSSO_Viewer_0123456789abcdef`;
const NODES = `arn:aws:iam::${ACCOUNT}:role/nodes`;
const CLUSTER = `arn:aws:eks:us-east-1:${ACCOUNT}:cluster/prod`;
const ADMIN_POLICY = clusterAdminPolicy('aws');
const VIEW_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy';

const LACKS =
  'The access entry overrides aws-auth and lacks some of its policies. Fix the error and run this again.';

type Cluster = NonNullable<WorldInput['clusters']>[number];

const WORLD: WorldInput = {
  managementAccountId: ACCOUNT,
  homeRegion: 'us-east-1',
  roles: [
    { account: ACCOUNT, permissionSet: 'Admin', suffix: '0123456789abcdef' },
    { account: ACCOUNT, permissionSet: 'Viewer', suffix: '0123456789abcdef' },
    { account: ACCOUNT, name: 'nodes' },
  ],
};

const WANTED: readonly AccessEntry[] = [
  accessEntry(ADMIN, { username: 'sso:{{SessionName}}', ...clusterAdmin() }),
  accessEntry(VIEWER, {
    kubernetesGroups: ['viewers', 'auditors', 'developers'],
    policies: [{ policyArn: VIEW_POLICY, scope: { namespaces: ['dev-*', 'qa'] } }],
  }),
  accessEntry(NODES, { type: 'EC2_LINUX' }),
];

function fakeWith(cluster: Partial<Cluster> = {}, options: FakeAwsOptions = {}): Promise<FakeAws> {
  return fakeAwsForTest({ ...WORLD, clusters: [{ name: 'prod', ...cluster }] }, { pageSize: 2, ...options });
}

const UNKNOWN = { cluster: 'prod', arn: null, region: null, dead: [] };

type Target = Partial<Omit<AwsCliTarget, 'cluster'>>;

function run(fake: FakeAws, entries = WANTED, target: Target = {}, version: 1 | 2 = 2) {
  const script = renderAwsCli(entries, { ...UNKNOWN, ...target });
  return runScript(script, awsCommand(fake.env, version));
}

/** The output around the changes. */
function printed(changes: readonly string[], count: number, failures = 0): string {
  const last = `access entries: ${count}, changes: ${changes.length}, failures: ${failures}`;
  return [`cluster: ${CLUSTER}`, ...changes, last, ''].join('\n');
}

/** The cluster's entries without their dates. */
function entriesOf(fake: FakeAws): readonly AccessEntry[] {
  const entries = fake.clusters[0]?.accessEntries ?? [];
  return entries.map(({ createdAt: _, ...entry }) => entry);
}

function writes({ calls }: FakeAws): string[] {
  return Object.keys(calls).filter((name) => !/^eks\.(?:List|Describe)/.test(name));
}

describe('the script', () => {
  test('creates entries, changes nothing in a second run, and corrects later changes', async () => {
    const fake = await fakeWith({}, { shuffle: 'x' });
    const first = await run(fake);
    expect(first).toEqual({
      code: 0,
      stderr: '',
      stdout: printed(
        [
          `${ADMIN}: created`,
          `${ADMIN}: associated ${ADMIN_POLICY}`,
          `${VIEWER}: created`,
          `${VIEWER}: associated ${VIEW_POLICY}`,
          `${NODES}: created`,
        ],
        3,
      ),
    });
    const created = entriesOf(fake);
    expect(created).toMatchObject([
      WANTED[0],
      { ...WANTED[1], username: expect.stringContaining('{{SessionName}}') },
      { principalArn: NODES, type: 'EC2_LINUX' },
    ]);

    fake.reset();
    const unchanged = { code: 0, stderr: '', stdout: printed([], 3) };
    expect(await run(fake)).toEqual(unchanged);
    expect(writes(fake)).toEqual([]);
    expect(fake.calls).toEqual({
      'eks.DescribeCluster': 1,
      'eks.ListAccessEntries': 2,
      'eks.DescribeAccessEntry': 3,
      'eks.ListAssociatedAccessPolicies': 2,
    });

    const changed = WANTED.map((entry) => ({
      ...entry,
      kubernetesGroups: entry.type === 'STANDARD' ? ['other'] : [],
      policies: entry.policies.map(({ policyArn }) => ({ policyArn, scope: { namespaces: ['other'] } })),
    }));
    await run(fake, changed);
    expect(entriesOf(fake)).not.toEqual(created);
    const corrected = await run(fake);
    expect(corrected.stdout).toBe(
      printed(
        [
          `${ADMIN}: associated ${ADMIN_POLICY}`,
          // First what is added: namespaces and groups.
          `${VIEWER}: associated ${VIEW_POLICY}`,
          `${VIEWER}: updated`,
          `${ADMIN}: updated`,
          `${VIEWER}: updated`,
          `${VIEWER}: associated ${VIEW_POLICY}`,
        ],
        3,
      ),
    );
    expect(entriesOf(fake)).toEqual(created);
    expect(await run(fake)).toEqual(unchanged);
  });

  test.each(['y:{{SessionName}}', 'y:{{SessionNameRaw}}', `it's "a" \\ $(x) \u00fc`, 'file:///etc/passwd'])(
    'keeps the existing username %j if it sets none, also in an update, and warns',
    async (username) => {
      const made = `arn:aws:sts::${ACCOUNT}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/{{SessionName}}`;
      const fake = await fakeWith({
        accessEntries: [
          { principalArn: ADMIN, username: made, groups: ['old'] },
          { principalArn: VIEWER, username, groups: ['old'] },
        ],
      });
      const wanted = [
        accessEntry(ADMIN, { kubernetesGroups: ['x'] }),
        accessEntry(VIEWER, { kubernetesGroups: ['x'] }),
      ];
      const warning = `warning: ${VIEWER}: keeps its username ${JSON.stringify(username)}\n`;
      expect(await run(fake, wanted)).toEqual({
        code: 0,
        // Adds x, then removes old.
        stdout: printed(
          [ADMIN, VIEWER, ADMIN, VIEWER].map((arn) => `${arn}: updated`),
          2,
        ),
        stderr: warning,
      });
      expect(entriesOf(fake).map((entry) => [entry.username, entry.kubernetesGroups])).toEqual([
        [made, ['x']],
        [username, ['x']],
      ]);
      expect(await run(fake, wanted)).toEqual({ code: 0, stdout: printed([], 2), stderr: warning });
    },
  );

  test('corrects the username if it sets one', async () => {
    const fake = await fakeWith({ accessEntries: [{ principalArn: ADMIN, username: 'x:{{SessionName}}' }] });
    const { stdout, stderr } = await run(fake, [accessEntry(ADMIN, { username: 'sso:{{SessionNameRaw}}' })]);
    expect({ stdout, stderr }).toEqual({ stdout: printed([`${ADMIN}: updated`], 1), stderr: '' });
    expect(entriesOf(fake)).toMatchObject([{ username: 'sso:{{SessionNameRaw}}' }]);
  });

  test('keeps other policies and other entries, and lists the policies', async () => {
    const policies = ['AmazonEKSEditPolicy', 'AmazonEKSViewPolicy', 'AmazonEKSAdminPolicy'];
    const fake = await fakeWith({
      accessEntries: [
        { principalArn: ADMIN, policies: [...policies, 'AmazonEKSClusterAdminPolicy'] },
        { principalArn: VIEWER, groups: ['x'], policies },
      ],
    });
    const before = entriesOf(fake);
    const { code, stdout, stderr } = await run(fake, [accessEntry(ADMIN, clusterAdmin())]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: printed([], 1) });
    expect(stderr).toBe(
      policies
        .map((name) => `warning: ${ADMIN}: also keeps arn:aws:eks::aws:cluster-access-policy/${name}\n`)
        .join(''),
    );
    expect(entriesOf(fake)).toEqual(before);
  });

  test('continues after an entry of another type and exits with 1', async () => {
    const fake = await fakeWith({ accessEntries: [{ principalArn: ADMIN, type: 'EC2_LINUX' }] });
    const { code, stdout, stderr } = await run(fake, [
      accessEntry(ADMIN, { kubernetesGroups: ['x'], ...clusterAdmin() }),
      accessEntry(VIEWER),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: printed([`${VIEWER}: created`], 2, 1) });
    expect(stderr).toBe(
      `error: ${ADMIN}: the type is EC2_LINUX, not STANDARD, and can't be changed: delete the access entry, then run this again\n`,
    );
  });

  describe.each([1, 2] as const)(
    'with version %i of the AWS CLI and an entry older than its role,',
    (version) => {
      const wanted = [accessEntry(ADMIN, clusterAdmin()), accessEntry(VIEWER, { kubernetesGroups: ['x'] })];
      const dead = [{ principalArn: ADMIN, createdAt: '2024-07-01T00:00:00.999Z' }];
      const fakeWithEntry = (createdAt: string) =>
        fakeWith({ accessEntries: [{ principalArn: ADMIN, groups: ['y'], createdAt }] });

      test.each(['2024-07-01T00:00:00.999Z', '2024-07-01T00:00:00Z'])(
        'leaves the entry created at %s unchanged, continues, and exits with 1',
        async (createdAt) => {
          const fake = await fakeWithEntry(createdAt);
          const [before] = entriesOf(fake);
          expect(await run(fake, wanted, { dead }, version)).toEqual({
            code: 1,
            stdout: printed([`${VIEWER}: created`], 2, 1),
            stderr: [
              `error: ${ADMIN}: the access entry was created before its role was re-created: delete it, then run this again:`,
              `  aws eks delete-access-entry --cluster-name prod --principal-arn ${ADMIN} --region us-east-1`,
              '',
            ].join('\n'),
          });
          expect(entriesOf(fake)[0]).toEqual(before);
        },
      );

      test('reports node entries and entries of another type, too', async () => {
        for (const [principalArn, type] of [
          [NODES, 'EC2_LINUX'],
          [ADMIN, 'STANDARD'],
        ] as const) {
          const [one] = dead.map(
            ({ createdAt }) => ({ principalArn, type: 'EC2_LINUX', createdAt }) as const,
          );
          const fake = await fakeWith({ accessEntries: one ? [one] : [] });
          const target = { dead: one ? [one] : [] };
          const { code, stderr } = await run(fake, [accessEntry(principalArn, { type })], target, version);
          expect({ code, line: stderr.split('\n')[0] }).toEqual({
            code: 1,
            line: `error: ${principalArn}: the access entry was created before its role was re-created: delete it, then run this again:`,
          });
        }
      });

      test('corrects an entry that has replaced it since', async () => {
        const fake = await fakeWithEntry('2024-07-01T00:00:01Z');
        const changes = [`${ADMIN}: associated ${ADMIN_POLICY}`, `${VIEWER}: created`, `${ADMIN}: updated`];
        expect(await run(fake, wanted, { dead }, version)).toEqual({
          code: 0,
          stdout: printed(changes, 2),
          stderr: '',
        });
      });

      test('creates the entry if it was deleted since', async () => {
        const fake = await fakeWith();
        const { code, stdout } = await run(fake, wanted, { dead }, version);
        expect({ code, created: stdout.includes(`${ADMIN}: created\n`) }).toEqual({ code: 0, created: true });
      });
    },
  );

  test.each([
    ['DescribeCluster', 'prod: aws eks describe-cluster failed', 0],
    ['ListAccessEntries', 'prod: aws eks list-access-entries failed', 1],
    ['DescribeAccessEntry', `${ADMIN}: aws eks describe-access-entry failed`, 1],
    ['ListAssociatedAccessPolicies', `${ADMIN}: aws eks list-associated-access-policies failed`, 1],
    ['AssociateAccessPolicy', `${ADMIN}: aws eks associate-access-policy failed\n${LACKS}`, 1],
    ['UpdateAccessEntry', `${ADMIN}: aws eks update-access-entry failed`, 5],
    ['CreateAccessEntry', `${VIEWER}: aws eks create-access-entry failed`, 2],
  ])('stops if %s is denied, and names the entry', async (operation, message, lines) => {
    const fake = await fakeWith({ accessEntries: [{ principalArn: ADMIN, groups: ['x'] }] });
    fake.inject({ operation: `eks.${operation}`, kind: 'denied' });
    const { code, stdout, stderr } = await run(fake);
    expect(code).toBe(1);
    expect(stderr).toContain('AccessDenied');
    expect(stderr.endsWith(`\nerror: ${message}\n`)).toBe(true);
    expect(stdout.split('\n').length - 1).toBe(lines);
  });

  test('continues after a principal that EKS rejects and exits with 1', async () => {
    const fake = await fakeWith();
    const gone = `arn:aws:iam::${ACCOUNT}:role/gone`;
    const { code, stdout, stderr } = await run(fake, [accessEntry(gone, clusterAdmin()), ...WANTED]);
    expect({ code, last: stdout.split('\n').at(-2) }).toEqual({
      code: 1,
      last: 'access entries: 4, changes: 5, failures: 1',
    });
    expect(stderr).toContain('invalid principal');
    expect(stderr.endsWith(`\nerror: ${gone}: aws eks create-access-entry failed\n`)).toBe(true);
    expect(entriesOf(fake)).toHaveLength(3);
  });

  test.each([
    ['InvalidParameterException', '', true],
    ['ResourceInUseException', '', true],
    ['AccessDeniedException', 'not authorized to perform: iam:PassRole on resource', true],
    ['AccessDeniedException', 'not authorized to perform: eks:CreateAccessEntry', false],
    ['ExpiredTokenException', '', false],
    ['ResourceLimitExceededException', '', false],
    ['InvalidRequestException', 'the authentication mode must be set', false],
    ['ServerException', '', false],
  ])('after %s %s continues: %s', async (name, message, isNext) => {
    const created: (string | undefined)[] = [];
    const script = renderAwsCli([accessEntry(NODES, { type: 'EC2_LINUX' }), accessEntry(VIEWER)], UNKNOWN);
    const { code } = await runScript(script, ([, operation, ...args]) => {
      if (operation !== 'create-access-entry') return '';
      created.push(optionsIn(args)['principal-arn']);
      if (created.length === 1) throw new Error(`An error occurred (${name}) when calling: ${message}`);
      return '';
    });
    expect({ code, created }).toEqual({ code: 1, created: isNext ? [NODES, VIEWER] : [NODES] });
  });

  test.each([
    [
      'An error occurred (ServerException) when calling the CreateAccessEntry operation (reached max retries: 4): x',
      true,
    ],
    ['An error occurred (500) when calling the CreateAccessEntry operation: Internal Server Error', true],
    ['An error occurred (ServiceUnavailableException) when calling the CreateAccessEntry operation: x', true],
    ['Read timeout on endpoint URL: "https://eks.us-east-1.amazonaws.com/"', true],
    // Caused by an earlier call that got a 500: the AWS CLI retries automatically.
    ['An error occurred (ResourceInUseException) when calling the CreateAccessEntry operation: x', true],
    ['An error occurred (InvalidParameterException) when calling the CreateAccessEntry operation: x', false],
    ['An error occurred (AccessDeniedException) when calling the CreateAccessEntry operation: x', false],
    ['An error occurred (ThrottlingException) when calling the CreateAccessEntry operation: x', false],
    [
      'An error occurred (ResourceLimitExceededException) when calling the CreateAccessEntry operation: x',
      false,
    ],
    ['An error occurred (ResourceNotFoundException) when calling the CreateAccessEntry operation: x', false],
    ['An error occurred (ExpiredTokenException) when calling the CreateAccessEntry operation: x', false],
  ])('after %j says that the entry may exist anyway: %s', async (message, isSaid) => {
    const script = renderAwsCli([accessEntry(ADMIN, clusterAdmin())], {
      ...UNKNOWN,
      arn: CLUSTER,
      region: 'us-east-1',
    });
    const { code, stderr } = await runScript(script, ([, operation]) => {
      if (operation === 'create-access-entry') throw new Error(message);
      return operation === 'describe-cluster' ? `${CLUSTER}\n` : '';
    });
    expect(code).toBe(1);
    const advice = [
      'The access entry may exist anyway. If so, it overrides aws-auth and has no policies yet. Run this again to',
      'continue from there, or delete it:',
      `  aws eks delete-access-entry --cluster-name prod --principal-arn ${ADMIN} --region us-east-1`,
    ];
    const error = `error: ${ADMIN}: aws eks create-access-entry failed`;
    expect(stderr.trimEnd().split('\n').slice(-4)).toEqual(
      isSaid ? [error, ...advice] : ['', `Error: ${message}`, error].slice(-4),
    );
  });

  describe('if a policy cannot be associated', () => {
    const advice = (lacks: string) =>
      [
        `error: ${ADMIN}: aws eks associate-access-policy failed`,
        `The access entry exists: it overrides aws-auth and has ${lacks}. Fix the error and run this again, or delete the entry:`,
        `  aws eks delete-access-entry --cluster-name prod --principal-arn ${ADMIN} --region us-east-1`,
        '',
      ].join('\n');

    test.each([
      ['a new entry has nothing', [], undefined, 'no groups and no policies'],
      ['a new entry has only its groups', ['x'], undefined, 'no policies'],
      ['an entry from an earlier run has nothing', ['x'], {}, 'no groups and no policies'],
      ['an entry keeps its groups', [], { groups: ['y'] }, null],
      ['an entry keeps its policies', [], { policies: ['AmazonEKSViewPolicy'] }, null],
    ])('%s', async (_, kubernetesGroups, existing, lacks) => {
      const fake = await fakeWith({
        accessEntries: existing ? [{ principalArn: ADMIN, ...existing }] : [],
      });
      const before = entriesOf(fake);
      fake.inject({ operation: 'eks.AssociateAccessPolicy', kind: 'denied' });
      const { code, stderr } = await run(fake, [accessEntry(ADMIN, { kubernetesGroups, ...clusterAdmin() })]);
      expect(code).toBe(1);
      if (lacks !== null) expect(stderr.endsWith(`\n${advice(lacks)}`)).toBe(true);
      else expect(stderr).not.toContain('delete');
      if (existing) expect(entriesOf(fake)).toEqual(before);
    });

    test.each([
      [5, 0, 'access entries: 1, changes: 2, failures: 0\n', ''],
      [6, 1, `${ADMIN}: created\n`, advice('no groups and no policies').replace('us-east-1', '')],
    ])('a new entry that is not found %i times exits with %i', async (misses, code, last, error) => {
      let calls = 0;
      const notFound =
        'An error occurred (ResourceNotFoundException) when calling the AssociateAccessPolicy operation: The specified principalArn could not be found.';
      const script = renderAwsCli([accessEntry(ADMIN, clusterAdmin())], UNKNOWN);
      const outcome = await runScript(script, ([, operation]) => {
        if (operation !== 'associate-access-policy') return '';
        calls += 1;
        if (calls <= misses) throw new Error(notFound);
        return '';
      });
      expect({ code: outcome.code, calls }).toEqual({ code, calls: 6 });
      expect(outcome.stdout.endsWith(last)).toBe(true);
      expect(outcome.stderr.endsWith(error)).toBe(true);
    });

    test.each([
      [1, 'no groups and no policies'],
      [2, 'only some of its policies'],
    ])('a new entry whose policy %i fails, the widest first', async (failing, lacks) => {
      let count = 0;
      const associated: (string | undefined)[] = [];
      const policies = [
        { policyArn: VIEW_POLICY, scope: { namespaces: ['dev'] } },
        { policyArn: VIEW_POLICY.replace('View', 'Edit'), scope: 'cluster' as const },
        ...clusterAdmin().policies,
      ];
      const { code, stderr } = await runScript(
        renderAwsCli([accessEntry(ADMIN, { policies })], UNKNOWN),
        ([, operation, ...args]) => {
          if (operation !== 'associate-access-policy') return '';
          count += 1;
          if (count === failing) throw new Error('An error occurred (AccessDeniedException) when calling it');
          associated.push(optionsIn(args)['policy-arn']);
          return '';
        },
      );
      expect(code).toBe(1);
      expect(stderr.endsWith(`\n${advice(lacks).replace('us-east-1', '')}`)).toBe(true);
      expect(associated).toEqual([ADMIN_POLICY].slice(2 - failing));
    });

    test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s between create and associate', async (signal) => {
      const fake = await fakeWith();
      const aws = awsCommand(fake.env);
      const script = renderAwsCli([accessEntry(ADMIN, clusterAdmin())], UNKNOWN);
      const { code, stderr } = await runScript(script, (args, interrupt) => {
        if (args[1] !== 'associate-access-policy') return aws(args);
        interrupt(signal);
        return new Promise(() => {});
      });
      const name = signal.slice(3);
      expect(code).toBe({ HUP: 129, INT: 130, TERM: 143 }[name]);
      expect(stderr).toBe(
        `error: ${ADMIN}: interrupted by ${name}: run this again to continue\n${advice('no groups and no policies').split('\n').slice(1).join('\n')}`,
      );
    });

    test('a second run completes the first', async () => {
      const fake = await fakeWith();
      fake.inject({ operation: 'eks.AssociateAccessPolicy', kind: 'denied', times: 1 });
      expect((await run(fake)).code).toBe(1);
      expect((await run(fake)).stdout).toBe(
        printed(
          [
            `${ADMIN}: associated ${ADMIN_POLICY}`,
            `${VIEWER}: created`,
            `${VIEWER}: associated ${VIEW_POLICY}`,
            `${NODES}: created`,
          ],
          3,
        ),
      );
    });
  });

  test('stops before writing to another cluster', async () => {
    const fake = await fakeWith();
    const arn = 'arn:aws:eks:us-east-1:222233334444:cluster/prod';
    expect(await run(fake, WANTED, { arn, region: 'us-east-1' })).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: prod: this is ${CLUSTER}, but the script is for ${arn}\n`,
    });
    expect(fake.calls).toEqual({ 'eks.DescribeCluster': 1 });
    expect((await run(fake, WANTED, { arn: CLUSTER, region: 'us-east-1' })).code).toBe(0);
  });

  test('stops before writing if the cluster is missing or has no access entries', async () => {
    const fake = await fakeWith({ authenticationMode: 'CONFIG_MAP' });
    const noEntries = await run(fake);
    expect(noEntries.stderr).toContain('authentication mode must be set to one of');
    const elsewhere = await run(fake, WANTED, { region: 'eu-central-1' });
    expect(elsewhere.stderr).toContain('No cluster found for name: prod.');
    expect([noEntries.code, elsewhere.code, ...writes(fake)]).toEqual([1, 1]);
  });

  test('passes names to EKS and compares them literally', async () => {
    const fake = await fakeWith({}, { shuffle: 'x' });
    const username = HOSTILE_NAMES.join(' ');
    const entries = [accessEntry(ADMIN, { kubernetesGroups: HOSTILE_NAMES, username })];
    await run(fake, entries);
    expect(entriesOf(fake)).toEqual(entries);
    fake.reset();
    expect(await run(fake, entries)).toMatchObject({ code: 0, stderr: '' });
    expect(writes(fake)).toEqual([]);
  });

  test('passes each name to the AWS CLI as JSON', async () => {
    const inputs: (string | undefined)[] = [];
    const entries = HOSTILE_NAMES.map((username, index) =>
      accessEntry(`arn:aws:iam::${ACCOUNT}:user/user-${index}`, { username }),
    );
    const script = renderAwsCli(entries, UNKNOWN);
    expect(script).toMatch(/^[\n -~]*$/);
    const { code } = await runScript(script, ([, operation, ...args]) => {
      if (operation === 'create-access-entry') inputs.push(optionsIn(args)['cli-input-json']);
      return '';
    });
    expect(code).toBe(0);
    expect(inputs.map((input = '') => JSON.parse(input))).toEqual(
      HOSTILE_NAMES.map((username) => ({ kubernetesGroups: [], username })),
    );
  });
});
