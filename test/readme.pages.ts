import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseSnapshot } from '../src/directory/snapshot.ts';
import { withExamples } from './page-examples.ts';
import { blocksIn, textOf } from './pages.ts';
import { readersFolder } from './readers-folder.ts';
import { bash } from './readers-shell.ts';

const PAGE = 'README.md';

test('examples are as the README shows them (npm run test:pages -- -u writes it)', async () => {
  await expect(await withExamples(PAGE)).toMatchFileSnapshot(`../${PAGE}`);
});

test('its first answer shows the ARNs of the example organization', () => {
  const inventory = parseSnapshot(textOf('examples/inventory.json'), 'inventory.json');
  const set = inventory.permissionSets?.find(({ name }) => name === 'DeveloperAccess');
  const role = inventory.roles.find(({ permissionSet }) => permissionSet === set?.name);
  const [answer] = blocksIn(PAGE);
  expect([...(answer?.text.matchAll(/rolearn: (\S+)/g) ?? [])].map(([, arn]) => arn)).toEqual([
    set?.arn,
    role?.pathArn,
    role?.roleArn,
  ]);
});

test('its lines without AWS run as typed, and show what it says of them', async () => {
  const folder = await readersFolder({ npx: '#!/bin/sh\nexec "$@"\n' });
  const script = blocksIn(PAGE).find(({ text }) => text.includes('npm run --silent demo'))?.text ?? '';
  const [, cd, ...lines] = script.trimEnd().split('\n');
  expect(cd).toBe('cd examples');
  const shown: Record<string, string> = {};
  for (const line of lines) {
    const { exitCode, stdout, stderr } = await bash(`${cd}\n${line}`, folder, {
      AWS_EC2_METADATA_DISABLED: 'true',
    });
    const [, command = ''] = /aws-auth-sso (\S+)/.exec(line) ?? [];
    const [, user = ''] = /--user (\w+)/.exec(line) ?? [];
    const name = line.includes('-o html') ? 'page' : `${command}${user && ` ${user}`}`;
    expect(exitCode, stderr).toBe(['diff', 'explain alice'].includes(name) ? 1 : 0);
    shown[name] = stdout + stderr;
  }
  expect(Object.keys(shown)).toEqual(['diff', 'explain alice', 'merge', 'who', 'explain carol', 'page']);
  expect(shown.diff).toContain('1 rotated');
  expect(shown['explain alice']).toContain('has no access');
  expect(shown.merge).toContain('1 rotated');
  expect(shown.who).toContain(
    'cluster admins (ClusterRole/cluster-admin cluster-wide): user "carol@example.com"',
  );
  expect(shown['explain carol']).toContain('ClusterRoleBinding incident-4711 at rbac.yaml:');
  expect(await readFile(join(folder.cwd, 'examples', 'access.html'), 'utf8')).toContain('carol@example.com');
});
