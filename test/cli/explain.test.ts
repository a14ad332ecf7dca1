import { describe, expect, test } from 'vitest';
import { binding, role } from '../rbac/manifests.ts';
import { scratch } from '../scratch.ts';
import { type Ran, run, type World } from './run.ts';

// test/golden/explain has the output of `explain`; these tests follow its advice.

const ACCOUNT = '111122223333';
const NAME = 'AWSReservedSSO_Admin_c3402ddbb14af723';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/${NAME}`;
const CALLER = `arn:aws:sts::${ACCOUNT}:assumed-role/${NAME}/bob@example.com`;

const fileOf = (arn: string, group: string) =>
  `- rolearn: ${arn}\n  username: "sso:{{SessionName}}"\n  groups: [${group}]\n`;

const RBAC = [
  role('deployer', [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }]),
  binding('devs', 'ClusterRole/deployer', ['Group developers'], 'payments'),
];

async function explain(file: string, rbac: readonly string[] = [], world: World = {}): Promise<Ran> {
  const cwd = await scratch({ 'f.yaml': file, 'rbac.yaml': rbac.join('\n---\n') });
  const argv = rbac.length > 0 ? ['--rbac', 'rbac.yaml'] : [];
  return run(['explain', 'f.yaml', '--caller', CALLER, ...argv], { cwd, ...world });
}

/** Five beginner mistakes: following the output alone gives the caller access. */
describe('its advice fixes', () => {
  test.each([
    ['a path in the ARN', `arn:aws:iam::${ACCOUNT}:role/aws-reserved/sso.amazonaws.com/${NAME}`],
    ['the old suffix of a re-created role', ROLE.replace('c3402ddbb14af723', '00aa11bb22cc33dd')],
    ['the wrong account', ROLE.replace(ACCOUNT, '222233334444')],
  ])('%s', async (_, wrong) => {
    const { exitCode, stdout } = await explain(fileOf(wrong, 'developers'));
    expect(exitCode).toBe(1);
    const [, line, arn = ''] = /f\.yaml:(\d+) .*\n {4}Write rolearn: (\S+)\n$/s.exec(stdout) ?? [];
    expect(line).toBe('1');
    expect(await explain(fileOf(arn, 'developers'))).toMatchObject({ exitCode: 0 });
  });

  test('a misspelled group', async () => {
    const before = await explain(fileOf(ROLE, 'develpers'), RBAC);
    const [, group, meant = ''] =
      /names the group "(\w+)", so it grants no permissions\n {2}Did you mean "(\w+)"\?/.exec(
        before.stdout,
      ) ?? [];
    expect(group).toBe('develpers');
    expect(before.stdout).not.toContain('\npayments ');
    const after = await explain(fileOf(ROLE, meant), RBAC);
    expect(after.stdout).toContain('\npayments    secrets ');
    expect(after.stdout).not.toContain('warning:');
  });

  test('a missing binding', async () => {
    const file = fileOf(ROLE, 'oncall');
    const { stdout } = await explain(file, RBAC);
    const [, name = '', bound = '', group = ''] =
      /`kubectl create clusterrolebinding (\S+) --clusterrole=(\S+) --group=(\S+)`/.exec(stdout) ?? [];
    const after = await explain(file, [...RBAC, binding(name, `ClusterRole/${bound}`, [`Group ${group}`])]);
    expect(after.stdout).toContain('  bindings:    ClusterRole/view cluster-wide (group "oncall"');
    expect(after.stdout).not.toContain('warning:');
  });
});

test('shows rights in hundreds of namespaces in one row', async () => {
  const bindings = Array.from({ length: 300 }, (_, at) =>
    binding('b', 'ClusterRole/edit', ['Group developers'], `n${at}`),
  );
  const { stdout } = await explain(fileOf(ROLE, 'developers'), [...RBAC, ...bindings]);
  expect(stdout).toMatch(/^n0 and 299 more +pods\/eviction/m);
  expect(stdout.split('\n').length).toBeLessThan(100);
});

test('refuses a terminal on stdin', async () => {
  const ran = await run(['explain', '--caller', CALLER], { stdinIsTty: true });
  expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
});
