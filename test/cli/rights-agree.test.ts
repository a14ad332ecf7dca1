import { describe, expect, test } from 'vitest';
import { awsAuthOf } from '../access-entry/aws-auth-of.ts';
import { binding, role } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const ACCOUNT = '111122223333';
const ARN = `arn:aws:iam::${ACCOUNT}:role/ci`;
const ROOT = 'ClusterRole/root cluster-wide';
const ALL = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];

/** How an entry makes administrators: by its names, by what they can become, as everybody is one, or not. */
type Way = 'own' | 'possible' | 'everybody' | null;

const CASES: readonly (readonly [username: string, groups: readonly string[], subject: string, way: Way])[] =
  [
    ['u', ['ops'], 'Group ops', 'own'],
    ['u', ['ops', 'other'], 'User u', 'own'],
    ['u', ['ops'], 'Group Ops', null],
    ['u', [], 'User u', 'own'],
    ['u', [], 'Group u', null],
    ['u', ['ops'], 'User ops', null],
    ['sso:{{SessionName}}', [], 'User sso:ada', 'possible'],
    ['sso:{{SessionName}}', ['ops'], 'User sso:ada', 'possible'],
    ['sso:{{SessionName}}', ['ops'], 'User dev:ada', null],
    ['{{SessionNameRaw}}', [], 'User ada@example.com', 'possible'],
    ['{{SessionName}}', [], 'User ada@example.com', null],
    ['x', ['team-{{SessionName}}'], 'Group team-root', 'possible'],
    ['x', ['team-{{SessionName}}'], 'User team-root', null],
    ['x', ['acct-{{AccountID}}'], `Group acct-${ACCOUNT}`, 'own'],
    ['x', ['acct-{{AccountID}}'], 'Group acct-444455556666', null],
    ['k-{{AccessKeyID}}', ['ops'], 'User k-AKIA', 'possible'],
    ['system:serviceaccount:ci:bot', [], 'ServiceAccount ci/bot', 'own'],
    ['system:serviceaccount:ci:bot', [], 'User system:serviceaccount:ci:bot', 'own'],
    ['system:serviceaccount:ci:bot', [], 'ServiceAccount other/bot', null],
    ['system:serviceaccount:ci:{{SessionName}}', [], 'ServiceAccount ci/bot', 'possible'],
    ['u', ['system:serviceaccounts:ci'], 'Group system:serviceaccounts:ci', 'own'],
    ['u', ['ops'], 'Group system:authenticated', 'everybody'],
    ['u', [], 'Group system:authenticated', 'everybody'],
    ['u', ['system:authenticated'], 'Group system:authenticated', 'everybody'],
    ['u', ['system:unauthenticated'], 'Group system:authenticated', null],
    ['u', ['system:unauthenticated'], 'Group system:unauthenticated', 'own'],
    ['u', ['ops'], 'Group system:unauthenticated', null],
    ['system:anonymous', ['x'], 'Group system:authenticated', null],
    ['system:anonymous', [], 'User system:anonymous', 'own'],
  ];

describe.each(CASES)(
  '%s in %j, with %s bound to a cluster admin role: %s',
  (username, groups, subject, way) => {
    async function ask(...argv: readonly string[]) {
      const rbac = [role('root', ALL), binding('b', 'ClusterRole/root', [subject])].join('\n---\n');
      const cwd = await scratch({
        'rbac.yaml': rbac,
        'f.yaml': awsAuthOf([{ rolearn: ARN, username, groups }]),
      });
      const [command = '', ...rest] = argv;
      return run([command, 'f.yaml', ...rest, '--rbac', 'rbac.yaml'], { cwd });
    }

    test('explain', async () => {
      const said = JSON.parse((await ask('explain', '--caller', ARN, '-o', 'json')).stdout);
      const { bindings, possibleBindings, bindingsOfEverybody, notes } = said;
      expect([bindings, possibleBindings, bindingsOfEverybody]).toEqual(
        ['own', 'possible', 'everybody'].map((one) => (one === way ? [ROOT] : [])),
      );
      const codes: readonly string[] = notes.map(({ code }: { readonly code: string }) => code);
      expect(codes.includes('rbac-risk')).toBe(way === 'own' || way === 'everybody');
      expect(codes.includes('session-dependent')).toBe(way === 'possible');
      const isLost = groups.length === 0 && way !== 'own' && way !== 'possible';
      expect(codes.includes('unbound-user')).toBe(isLost);
    });

    test('who', async () => {
      const { stdout, stderr } = await ask('who', '-o', 'json');
      const [{ bindings, risks }] = JSON.parse(stdout);
      const isAdmin = way === 'own' || way === 'possible';
      expect([bindings, risks]).toEqual(isAdmin ? [[ROOT], ['cluster-admin']] : [[], []]);
      expect(stderr.includes(`cluster admins (${ROOT}): IAM role "ci"`)).toBe(isAdmin);
      if (way === 'everybody') expect(stderr).toContain(`everyone with access: cluster admin (${ROOT})`);
    });

    test('who --can', async () => {
      const { stdout, stderr } = await ask('who', '--can', 'delete nodes', '-o', 'json');
      const rows: readonly { readonly source: string; readonly bindings: unknown }[] = JSON.parse(stdout);
      const ofEntries = rows.filter(({ source }) => source !== 'binding');
      expect(ofEntries.map(({ bindings }) => bindings)).toEqual(way === null ? [] : [[ROOT]]);
      expect(stderr.includes('no matching principal')).toBe(rows.length === 0);
    });

    test('check', async () => {
      const { stdout } = await ask('check', '-o', 'json');
      const findings: readonly { readonly rule: string; readonly message: string }[] =
        JSON.parse(stdout).findings;
      const admin = findings.flatMap(({ rule, message }) => (rule === 'admin-by-binding' ? message : []));
      const own = admin.filter((message) => !message.startsWith('everyone'));
      expect(own.length).toBe(way === 'own' || way === 'possible' ? 1 : 0);
      if (way === 'everybody')
        expect(admin).toEqual([expect.stringMatching(/^everyone has admin-equivalent permissions/)]);
      // Rights of everybody count too.
      const none = findings.filter(({ message }) => message.includes('has no permissions'));
      if (way !== null) expect(none).toEqual([]);
    });
  },
);

test('the case of an ARN does not matter, nor for what its account makes of a group', async () => {
  const rbac = [role('root', ALL), binding('b', 'ClusterRole/root', [`Group acct-${ACCOUNT}`])].join(
    '\n---\n',
  );
  const entry = (account: string) => {
    return { rolearn: `ARN:AWS:IAM::${account}:ROLE/CI`, username: 'x', groups: ['acct-{{AccountID}}'] };
  };
  const risksOf = async (account: string) => {
    const cwd = await scratch({ 'rbac.yaml': rbac, 'f.yaml': awsAuthOf([entry(account)]) });
    const { stdout } = await run(['who', 'f.yaml', '--rbac', 'rbac.yaml', '-o', 'json'], { cwd });
    return JSON.parse(stdout)[0].risks;
  };
  expect(await risksOf(ACCOUNT)).toEqual(['cluster-admin']);
  expect(await risksOf('444455556666')).toEqual([]);
});
