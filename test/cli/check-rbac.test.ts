import { describe, expect, test } from 'vitest';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const entry = (set: string, group: string) =>
  `- rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_${set}_0123456789abcdef\n  username: "sso:{{SessionName}}"\n  groups: [${group}]\n`;
const NODE = `- rolearn: arn:aws:iam::111122223333:role/node\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n`;
const binding = (name: string, role: string, group: string) => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: ${name} }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${role} }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: Group, name: ${group} }]
`;
const LOOK = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: look }
rules: [{ apiGroups: [""], resources: [pods], verbs: [get] }]
${binding('look', 'look', 'viewers')}`;
const OPS = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: everything }
rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]
${binding('ops', 'everything', 'ops')}`;
const MAP = NODE + entry('View', 'viewer') + entry('Ops', 'ops');

/** `check --rbac look.yaml --rbac ops.yaml map.yaml` */
async function check(options: readonly string[] = [], map = MAP) {
  const cwd = await scratch({ 'map.yaml': map, 'look.yaml': LOOK, 'ops.yaml': OPS });
  const rbac = ['--rbac', 'look.yaml', '--rbac', 'ops.yaml'];
  return run(['check', 'map.yaml', ...rbac, ...options], { cwd });
}

/** Said of whatever is judged by RBAC. */
const AS_IN = 'note: assuming Kubernetes 1.36; set --kubernetes-version for another version\n';

const WARNING = `map.yaml:6:12: warning: no binding names the group "viewer": whoever gets in through this entry has no rights [unbound-group]
  |   groups: [viewer]
  |            ^~~~~~
  Did you mean "viewers"? If not, bind it: \`kubectl create clusterrolebinding viewer-view --clusterrole=view --group=viewer\`, or a rolebinding with -n NAMESPACE.
`;
const NOTE = `map.yaml:9:12: note: the group "ops" has the rights of an administrator (cluster admin by ClusterRoleBinding ops at ops.yaml:6:1): whoever gets in through this entry can take over the cluster [admin-by-binding]
  |   groups: [ops]
  |            ^~~
  Remove the subject from the binding, unless that is meant.
`;

describe('check --rbac', () => {
  test('reads all files, and says what the bindings make of the entries', async () => {
    expect(await check()).toEqual({
      exitCode: 0,
      stdout: `${WARNING}\n${NOTE}`,
      stderr: `${AS_IN}note: map.yaml: 0 errors, 1 warning, 1 note\n`,
    });
  });

  test('counts notes only where there are some', async () => {
    expect((await check([], NODE + entry('View', 'viewer'))).stderr).toBe(
      `${AS_IN}note: map.yaml: 0 errors, 1 warning\n`,
    );
    expect((await check([], MAP.replace('viewer', 'viewers') + entry('Ops2', 'ops'))).stderr).toBe(
      `${AS_IN}note: map.yaml: 0 errors, 0 warnings, 2 notes\n`,
    );
    expect((await check([], NODE + entry('View', 'viewers'))).stderr).toBe(
      `${AS_IN}note: map.yaml: no problems found\n`,
    );
  });

  test('says nothing of bindings without the option', async () => {
    const cwd = await scratch({ 'map.yaml': MAP });
    const ran = await run(['check', 'map.yaml'], { cwd });
    expect(ran).toEqual({ exitCode: 0, stdout: '', stderr: 'note: map.yaml: no problems found\n' });
  });

  test('makes a gate of a rule with --error, in every format', async () => {
    const { exitCode, stdout, stderr } = await check(['--error', 'admin-by-binding']);
    expect([exitCode, stderr]).toEqual([1, `${AS_IN}note: map.yaml: 1 error, 1 warning\n`]);
    expect(stdout).toBe(`${WARNING}\n${NOTE.replace(': note: ', ': error: ')}`);
    const json = await check(['--error', 'admin-by-binding', '--error', 'unbound-group', '-o', 'json']);
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ errors: 2, warnings: 0, notes: 0 });
    const github = await check(['--error', 'admin-by-binding', '-o', 'github']);
    expect(github.stdout).toContain('::error file=map.yaml,line=9,');
    expect(await check(['--error', 'admin-by-binding'], NODE + entry('View', 'viewers'))).toMatchObject({
      exitCode: 0,
    });
    // An error shows with --quiet, too.
    expect((await check(['--error', 'admin-by-binding', '--quiet'])).stdout).toBe(stdout);
  });

  test.each([
    [['--error', 'admin-by-bindin'], '--error: unknown rule "admin-by-bindin"', 'admin-by-binding'],
    [
      ['--error', 'unbound-group', '--ignore', 'unbound-group'],
      '--ignore and --error both name the rule "unbound-group"',
      'Remove one of them.',
    ],
  ])('refuses %j', async (options, message, help) => {
    const { exitCode, stdout, stderr } = await check(options);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: ${message}\n`);
    expect(stderr).toContain(help);
  });

  test('leaves the bindings of the control plane, and has the username changed', async () => {
    for (const username of ['system:kube-controller-manager', 'system:{{SessionName}}']) {
      const cwd = await scratch({
        'map.yaml': `${NODE}- rolearn: arn:aws:iam::111122223333:role/x\n  username: "${username}"\n  groups: [viewers]\n`,
        'look.yaml': LOOK,
      });
      const { stdout } = await run(['check', 'map.yaml', '--rbac', 'look.yaml'], { cwd });
      expect(stdout).toContain(
        'may create service account tokens by ClusterRoleBinding system:kube-controller-manager',
      );
      expect(stdout).toContain('so leave the binding: write a username of your own in the entry');
      expect(stdout).not.toContain('Remove the subject');
    }
  });

  test('takes no two people for one who has what both have', async () => {
    const role = (name: string, verb: string, resource: string) => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: ${name} }
rules: [{ apiGroups: [rbac.authorization.k8s.io], resources: [${resource}], verbs: [${verb}] }]
`;
    const user = (name: string, roleName: string) =>
      binding(name, roleName, name).replace('kind: Group', 'kind: User');
    const cwd = await scratch({
      'map.yaml': NODE + entry('Ops', 'ops'),
      'people.yaml':
        role('binder', 'bind', 'clusterroles') +
        role('writer', 'create', 'clusterrolebindings') +
        user('sso:alice', 'binder') +
        user('sso:bob', 'writer'),
    });
    const { exitCode, stdout } = await run(
      ['check', 'map.yaml', '--rbac', 'people.yaml', '--error', 'admin-by-binding'],
      { cwd },
    );
    expect([exitCode, stdout]).toEqual([0, expect.not.stringContaining('admin-by-binding')]);
  });

  test('judges by the version of the cluster', async () => {
    const exec = OPS.replace(
      '["*"], resources: ["*"], verbs: ["*"]',
      '[""], resources: [pods/exec], verbs: [get]',
    );
    const at = async (...version: readonly string[]) => {
      const cwd = await scratch({ 'map.yaml': NODE + entry('Ops', 'ops'), 'ops.yaml': exec });
      return run(['check', 'map.yaml', '--rbac', 'ops.yaml', ...version], { cwd });
    };
    expect((await at()).stdout).toBe('');
    expect((await at('--kubernetes-version', '1.35')).stdout).toBe('');
    const older = await at('--kubernetes-version', 'v1.34.2-eks-ae6ce05');
    expect(older.stdout).toContain('(exec in all pods by ClusterRoleBinding ops');
    expect(older.stderr).not.toContain('assuming');
  });

  test.each([
    ['1.37', '"1.37" is not supported', 'The newest known release is 1.36'],
    ['1.21', '"1.21" is not supported', 'Give a release from 1.22 to 1.36'],
    ['2.0', '"2.0" is not a Kubernetes version', 'Give a release from 1.22 to 1.36'],
    ['', '"" is not a Kubernetes version', 'Give a release from'],
  ])('refuses the version %j', async (version, message, help) => {
    const { exitCode, stdout, stderr } = await check(['--kubernetes-version', version]);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: --kubernetes-version: ${message}\n  ${help}`);
  });

  test.each([
    ['check', 'map.yaml'],
    ['who', 'map.yaml'],
    ['explain', 'map.yaml', '--caller', 'arn:aws:iam::111122223333:role/x'],
    ['diff', 'map.yaml', '--map', 'A=b', '--account', '111122223333'],
  ])('%s takes a version only with --rbac', async (...argv) => {
    const cwd = await scratch({ 'map.yaml': MAP });
    const { exitCode, stdout, stderr } = await run([...argv, '--kubernetes-version', '1.33'], { cwd });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toContain('error: --kubernetes-version requires --rbac\n');
  });

  test('hides notes with --quiet, in every format', async () => {
    expect(await check(['--quiet'])).toEqual({ exitCode: 0, stdout: WARNING, stderr: '' });
    expect((await check(['--quiet', '-o', 'github'])).stdout).toMatch(/^::warning [^\n]*\n$/);
    const { findings, notes } = JSON.parse((await check(['--quiet', '-o', 'json'])).stdout);
    expect([findings.length, notes]).toEqual([1, 0]);
  });

  test('counts notes in JSON', async () => {
    const { stdout } = await check(['-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [
        { rule: 'unbound-group', severity: 'warning', line: 6, fix: 'none' },
        {
          rule: 'admin-by-binding',
          severity: 'note',
          line: 9,
          fix: 'none',
          url: 'docs/rules.md#admin-by-binding',
        },
      ],
      errors: 0,
      warnings: 1,
      notes: 1,
    });
  });

  test('makes a note a notice of GitHub', async () => {
    const { stdout } = await check(['-o', 'github']);
    expect(stdout.split('\n').map((line) => line.slice(0, 24))).toEqual([
      '::warning file=map.yaml,',
      '::notice file=map.yaml,l',
      '',
    ]);
  });

  test('shows a note in blue', async () => {
    const cwd = await scratch({ 'map.yaml': MAP, 'ops.yaml': OPS });
    const argv = ['check', 'map.yaml', '--rbac', 'ops.yaml'];
    const { stdout } = await run(argv, { cwd, env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('map.yaml:9:12: \u001b[34mnote\u001b[39m: ');
  });

  test('fixes nothing of it, and lists it with what remains', async () => {
    const fixed = await check(['--fix-access']);
    expect(fixed.stdout).toBe(MAP);
    expect(fixed.stderr.split('\n').map((line) => line.split(' ', 2).join(' '))).toEqual([
      'note: assuming',
      'warning: map.yaml:6:12:',
      ' ',
      'note: map.yaml:9:12:',
      ' ',
      'note: map.yaml:',
      '',
    ]);
    const quiet = await check(['--fix', '--quiet', '-o', 'json']);
    expect(JSON.parse(quiet.stderr)).toMatchObject({ findings: [{ rule: 'unbound-group' }], notes: 0 });
  });

  test('ignores the rules that it is told to', async () => {
    expect((await check(['--ignore', 'unbound-group'])).stdout).toBe(NOTE);
    expect((await check(['--ignore', 'admin-by-binding'])).stdout).toBe(WARNING);
  });

  test('lists the rules with their severity', async () => {
    const { stdout } = await run(['check', '--list-rules']);
    expect(stdout).toMatch(/^unbound-group +warning +none/m);
    expect(stdout).toMatch(/^unbound-user +warning +none/m);
    expect(stdout).toMatch(/^admin-by-binding +note +none/m);
  });

  test('takes either from stdin, but not both', async () => {
    const cwd = await scratch({ 'map.yaml': MAP, 'ops.yaml': OPS });
    const piped = await run(['check', 'map.yaml', '--rbac', '-'], { cwd, stdin: OPS });
    expect(piped.stdout).toContain('ClusterRoleBinding ops at <stdin>:6:1');
    const map = await run(['check', '--rbac', 'ops.yaml'], { cwd, stdin: MAP });
    expect(map.stdout).toContain('<stdin>:9:12: note: ');
    const both = await run(['check', '--rbac', '-'], { cwd, stdin: MAP });
    expect(both).toMatchObject({ exitCode: 2, stdout: '' });
    expect(both.stderr).toContain('stdin cannot be both');
  });

  test('shows nothing to a terminal that names make up', async () => {
    const evil = '\u001b[31m\u202e\n::error::x';
    const item = (set: string, group: string) => entry(set, JSON.stringify(group));
    const subject = JSON.stringify(evil);
    const rbac = `${binding(subject, 'everything', subject)}${binding('b', subject, '"gone"')}${OPS.replace(/^/, '---\n')}`;
    const cwd = await scratch({
      'map.yaml': NODE + item('A', evil) + item('B', `${evil}s`) + item('C', 'gone'),
      'rbac.yaml': rbac,
    });
    for (const format of ['text', 'github']) {
      const { stdout, stderr } = await run(['check', 'map.yaml', '--rbac', 'rbac.yaml', '-o', format], {
        cwd,
      });
      expect(stdout + stderr).not.toMatch(/[\u001b\u202e]|^::error::/m);
      expect(stdout).toContain('\\u{1b}[31m\\u{202e}\\n::error::x');
    }
    const { exitCode } = await run(['check', 'map.yaml', '--rbac', 'rbac.yaml'], { cwd });
    expect(exitCode).toBe(0);
  });

  test('fails where the bindings cannot be read', async () => {
    const missing = await run(['check', '--rbac', 'missing.yaml'], { stdin: MAP });
    expect(missing).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: 'error: missing.yaml: cannot be read: no such file\n',
    });
  });
});
