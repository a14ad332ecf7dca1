import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Principal } from '../../src/directory/model.ts';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { ACCOUNT, accessEntry, eksCluster, policy } from '../access-entry/eks-cluster.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { binding, role as roleManifest, rulesOf } from '../rbac/manifests.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const SETS = ['Admin', 'Dev', 'View'] as const;
const ROLES = SETS.map((set) => role(ACCOUNT, set));
const setArn = (index: number) =>
  `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-001122334455660${index}`;
const ADA: Principal = { type: 'USER', id: 'u-1', name: 'ada@example.com', members: null };
const TEAM: Principal = { type: 'GROUP', id: 'g-1', name: 'Team', members: [ADA.id] };

const NAMESPACES = ['shop', 'team-a'] as const;
const scope = fc.constantFrom(
  'cluster' as const,
  { namespaces: ['team-*'] },
  { namespaces: ['shop'] },
  { namespaces: ['other', 'team-a'] },
);
const policies = fc.uniqueArray(
  fc
    .tuple(
      fc.constantFrom(
        'ClusterAdmin',
        'Admin',
        'AdminView',
        'Edit',
        'View',
        'SecretReader',
        'New',
        'New',
        'View',
      ),
      scope,
    )
    .map(([name, where]) => policy(`AmazonEKS${name}Policy`, where)),
  { maxLength: 2, selector: ({ policyArn }) => policyArn },
);
const groups = fc.subarray(['dev', 'ops', 'system:masters']);
const username = fc.constantFrom('sso:{{SessionName}}', 'fixed');

/** How each role has access: not at all, through aws-auth or through an access entry. */
const grants = fc.tuple(
  ...ROLES.map(() =>
    fc.oneof(
      fc.constant(null),
      fc.record({ in: fc.constant('aws-auth' as const), username, groups, policies: fc.constant([]) }),
      fc.record({
        in: fc.constant('access entry' as const),
        username,
        groups: groups.map((all) => all.filter((group) => group !== 'system:masters')),
        policies,
      }),
    ),
  ),
);

const RULES = [
  'get,list core pods',
  'list core secrets',
  'get core secrets named',
  'create core pods/exec',
  'get,list core nodes',
  'get /metrics',
  '* * *',
];
const manifests = fc
  .array(
    fc.record({
      rules: fc.constantFrom(...RULES),
      subject: fc.constantFrom(
        'Group dev',
        'Group ops',
        'User fixed',
        'User sso:ada-example.com',
        'User sso:bob',
        'Group system:authenticated',
      ),
      namespace: fc.constantFrom(undefined, ...NAMESPACES),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((all) =>
    all
      .flatMap(({ rules, subject, namespace }, index) => [
        roleManifest(`r${index}`, rulesOf(rules)),
        binding(`b${index}`, `ClusterRole/r${index}`, [subject], namespace),
      ])
      .join('\n---\n'),
  );
const question = fc.record({
  can: fc.constantFrom(
    ['get pods'],
    ['get,list secrets'],
    ['create pods/exec', 'list nodes'],
    ['get /metrics'],
    ['get secrets named'],
    ['delete namespaces'],
  ),
  namespace: fc.constantFrom(null, ...NAMESPACES),
});

interface Row {
  readonly permissionSet: string;
  readonly principal: { readonly type: string };
  readonly can: readonly string[];
}

interface Explained {
  readonly caller: string;
  readonly permissionSet?: string;
  readonly hasAccess: boolean;
  readonly can: readonly { readonly text: string; readonly answer: 'yes' | 'no' | 'unknown' }[];
}

test('explain --can answers as who --can does, for a user and for each caller', async () => {
  await fc.assert(
    fc.asyncProperty(
      grants,
      manifests,
      question,
      fc.constantFrom('API' as const, 'API_AND_CONFIG_MAP' as const),
      fc.boolean(),
      async (given, rbac, { can, namespace }, mode, isBound) => {
        const all = given.flatMap((grant, index) => {
          const of = ROLES[index];
          return grant && of ? [{ ...grant, of }] : [];
        });
        const cluster = eksCluster(
          mode,
          all
            .filter((one) => one.in === 'access entry')
            .map(({ of, username: name, groups: kubernetesGroups, policies: own }) =>
              accessEntry(of.pathArn, { username: name, kubernetesGroups, policies: own }),
            ),
        );
        const items = all
          .filter((one) => one.in === 'aws-auth')
          .map(({ of, username: name, groups: own }) => ({
            rolearn: of.roleArn,
            username: name,
            groups: own,
          }));
        const known = inventory([account(ACCOUNT, null, { assignmentsRead: true })], ROLES, {
          permissionSets: SETS.map((name, index) => ({ arn: setArn(index), name })),
          assignments: SETS.map((name, index) => {
            const [principalType, principalId] =
              name === 'Dev' ? (['GROUP', 'g-1'] as const) : (['USER', 'u-1'] as const);
            return { accountId: ACCOUNT, permissionSetArn: setArn(index), principalType, principalId };
          }),
          principals: [TEAM, ADA],
          clusters: [cluster],
        });
        const cwd = await scratch({
          'aws.json': snapshotText(known),
          'f.yaml': awsAuthOf(items),
          'rbac.yaml': rbac,
        });
        const asked = [
          ...can.flatMap((text) => ['--can', text]),
          ...(namespace === null ? [] : ['-n', namespace]),
          ...(isBound ? ['--rbac', 'rbac.yaml'] : []),
        ];
        const ask = async (...argv: readonly string[]) => {
          const [command = '', ...rest] = argv;
          const more = ['--inventory', 'aws.json', '--cluster', 'prod', '-o', 'json'];
          const { stdout, stderr, exitCode } = await run([command, 'f.yaml', ...rest, ...more, ...asked], {
            cwd,
          });
          expect([0, 1], stderr).toContain(exitCode);
          return { out: JSON.parse(stdout), exitCode };
        };
        const rows: Row[] = (await ask('who', '--user', 'ada@example.com')).out;
        const { out, exitCode } = await ask('explain', '--user', 'ada@example.com');
        const ways: Explained[] = out.ways;
        expect(ways.map(({ permissionSet }) => permissionSet)).toEqual([...SETS]);
        for (const way of ways) {
          const own = rows.filter(
            ({ permissionSet, principal }) =>
              permissionSet === way.permissionSet && principal.type === 'USER',
          );
          const allowed = new Set(own.flatMap((row) => row.can));
          for (const { text, answer } of way.can) {
            expect(answer === 'yes', `${way.permissionSet} ${text}`).toBe(allowed.has(text));
            if (isBound && own.length === 0) expect(answer).toBe('no');
            if (!isBound && way.hasAccess) expect(answer).not.toBe('no');
          }
          // An open row has no answer, so nothing that it may allow is denied.
          if (own.length > 0 && allowed.size === 0)
            expect(way.can.map(({ answer }) => answer)).toContain('unknown');
          const alone = await ask('explain', '--caller', way.caller);
          expect(alone.out.can).toEqual(way.can);
          expect(alone.exitCode === 0).toBe(way.can.every(({ answer }) => answer === 'yes'));
        }
        const isAnyAllowed = ways.some((way) => way.can.every(({ answer }) => answer === 'yes'));
        expect(exitCode).toBe(isAnyAllowed ? 0 : 1);
      },
    ),
    runs(60),
  );
});
