import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blocksIn } from './pages.ts';
import { readersShell } from './readers-shell.ts';

const UNDER = 'three-clusters';
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

test('the rollback of the page restores the access entries', async () => {
  const [translation] = blocksIn('docs/leave-aws-auth.md').filter(({ text }) => text.includes('--rollback'));
  const shell = await readersShell();
  const entries = async () => {
    const { stdout } = await shell.run(STATE, UNDER);
    const { clusters } = JSON.parse(stdout);
    return clusters[1].accessEntries.map(({ principalArn }: { principalArn: string }) => principalArn);
  };
  const before = await entries();
  expect(await shell.run(`set -eu\n${translation?.text}`, UNDER)).toMatchObject({ exitCode: 0 });
  expect(await entries()).toHaveLength(3);
  expect(await shell.run('bash rollback.sh', UNDER)).toMatchObject({ exitCode: 0 });
  // The dead access entry stays deleted.
  expect(await entries()).toEqual(before.filter((arn: string) => arn.endsWith(':role/eks-node')));
  expect(await readFile(join(shell.folder, 'rollback.sh'), 'utf8')).toContain('ReadOnly');
});
