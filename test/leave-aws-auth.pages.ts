import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksIn, commandsOf } from './pages.ts';
import { readersShell } from './readers-shell.ts';

const UNDER = 'three-clusters';
const WALK = 'config-map-cluster';
const STEPS = blocksIn('docs/leave-aws-auth.md').filter(({ circumstances }) => circumstances === WALK);
const STATE = 'aws-auth-sso snapshot --cluster "prod-*" 2> /dev/null';

interface Row {
  readonly cluster: string;
  readonly mode: string;
  readonly ready: boolean;
  readonly next: string | null;
}

test('the next commands lead each cluster to mode API, with an access entry for everyone', async () => {
  const shell = await readersShell();
  const run = async (script: string) => {
    const ran = await shell.run(`set -eu\n${script}`, UNDER);
    return { ...ran, shown: `${script}\n${ran.stdout}${ran.stderr}` };
  };
  const modes: string[] = [];
  for (let turn = 0; turn < 10; turn += 1) {
    const check = `aws-auth-sso check prod-*.yaml --cluster 'prod-*' --authentication-mode API -o json || true`;
    const { readiness }: { readiness: Row[] } = JSON.parse((await run(check)).stdout);
    modes.push(
      readiness
        .map(({ cluster, mode }) => `${cluster} ${mode}`)
        .sort()
        .join(', '),
    );
    const left = readiness.flatMap(({ next }) => next ?? []);
    if (left.length === 0) break;
    for (const next of left) {
      const isScript = next.startsWith('aws-auth-sso access-entries ');
      const { exitCode, shown } = await run(isScript ? `${next} > script.sh\nbash script.sh` : next);
      expect(exitCode, shown).toBe(0);
    }
  }
  expect(modes).toEqual([
    'prod-1 CONFIG_MAP, prod-2 API_AND_CONFIG_MAP, prod-3 API_AND_CONFIG_MAP',
    'prod-1 API_AND_CONFIG_MAP, prod-2 API_AND_CONFIG_MAP, prod-3 API',
    'prod-1 API_AND_CONFIG_MAP, prod-2 API_AND_CONFIG_MAP, prod-3 API',
    'prod-1 API, prod-2 API, prod-3 API',
  ]);
  const { clusters } = JSON.parse((await run(STATE)).stdout);
  const [first, ...others] = clusters.map(
    ({ accessEntries }: { accessEntries: { principalArn: string }[] }) =>
      accessEntries
        .map(({ createdAt: _, ...entry }: Record<string, unknown>) => JSON.stringify(entry))
        .sort(),
  );
  expect(first).toHaveLength(3);
  for (const other of others) expect(other).toEqual(first);
});

test('each step of the page can be undone until the switch, also one that stopped halfway', async () => {
  const shell = await readersShell();
  const run = (script: string) => shell.run(script, WALK);
  const entries = async () => {
    const { stdout } = await run('aws-auth-sso snapshot --account self --cluster prod 2> /dev/null');
    const [{ authenticationMode, accessEntries }] = JSON.parse(stdout).clusters;
    return [
      authenticationMode,
      ...accessEntries.map(({ principalArn }: { principalArn: string }) => principalArn.replace(/.*[/]/, '')),
    ];
  };
  const follow = async (...parts: readonly string[]) => {
    for (const part of parts) {
      const [block] = STEPS.filter(({ text }) => text.includes(part));
      for (const command of block ? commandsOf(block) : []) {
        const { exitCode, stderr } = await run(command);
        if (!command.includes(' check ')) expect(exitCode, command + stderr).toBe(0);
      }
    }
  };
  await follow('--fix-access', 'replace -f repaired', 'mode API > check', '=API_AND_CONFIG_MAP');
  const before = ['API_AND_CONFIG_MAP', 'eks-prod-node'];
  expect(await entries()).toEqual(before);

  await follow('--rollback');
  const migrated = ['AWSReservedSSO_ClusterAdmin_c3402ddbb14af723', 'break-glass'];
  expect((await entries()).sort()).toEqual([...before, ...migrated].sort());
  expect(await run('bash rollback.sh')).toMatchObject({ exitCode: 0 });
  expect(await entries()).toEqual(before);

  await run("sed '/^  entry .*break-glass/,/[^\\\\]$/d' access-entries.sh > halfway.sh");
  expect(await run('bash halfway.sh')).toMatchObject({ exitCode: 0 });
  expect(await entries()).toHaveLength(3);
  expect(await run('bash rollback.sh')).toMatchObject({ exitCode: 0 });
  expect(await entries()).toEqual(before);

  await follow('bash access-entries.sh', '--fix ');
  const check = 'aws-auth-sso check aws-auth.yaml --cluster prod --authentication-mode API -o json';
  expect(JSON.parse((await run(check)).stdout).readiness).toMatchObject([
    { lost: 0, doubtful: 1, next: expect.stringContaining('get-user --user-name break-glass ') },
  ]);
  const refused = await run("echo n | script -qefc 'bash rollback.sh' /dev/null");
  expect(refused).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('restore them first') });
  expect(await entries()).toHaveLength(4);
  expect(await readFile(join(shell.folder, 'replaced.yaml'), 'utf8')).not.toContain('ClusterAdmin');
  await follow('sed ');
  const saved = await readFile(join(shell.folder, 'aws-auth.yaml'), 'utf8');
  expect(await readFile(join(shell.folder, 'replaced.yaml'), 'utf8')).toBe(
    saved.replace(/^ {2}resourceVersion.*\n/m, ''),
  );

  await follow('=API >');
  expect(await run('bash rollback.sh')).toMatchObject({ exitCode: 1 });
  expect((await entries()).sort()).toEqual(['API', 'eks-prod-node', ...migrated].sort());
});
