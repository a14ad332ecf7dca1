import { join } from 'node:path';
import { expect, test } from 'vitest';
import { editFile } from '../edit-file.ts';
import { type Block, blocksIn, scriptOf, textOf } from '../pages.ts';
import { type Entry, loaded, setAwsAuth } from './control.ts';
import { EXAMPLE } from './example.ts';
import { openTerminal } from './terminal.ts';

/** A page that a reader follows from top to bottom in one cluster: its blocks are run by something that only they contain. */
async function walk(page: string) {
  await setAwsAuth(EXAMPLE.live);
  const terminal = await openTerminal();
  const blockWith = (part: string): Block => {
    const [block, ...others] = blocksIn(page).filter(({ text }) => text.includes(part));
    if (!block || others.length > 0) throw new Error(`not one block has ${part}`);
    return block;
  };
  return {
    bash: terminal.bash,
    step: async (part: string, exitCode = 0): Promise<string> => {
      const ran = await terminal.bash(`set -eo pipefail\n${scriptOf(blockWith(part))}`);
      expect(ran.exitCode, ran.stderr).toBe(exitCode);
      return ran.stdout;
    },
    edit: (direction: 'do' | 'undo') =>
      editFile(join(terminal.cwd, 'aws-auth-sso.yaml'), blockWith('+  - permissionSet').text, direction),
  };
}

const admin = EXAMPLE.merged.roles.slice(0, 2);
const [DEVELOPER] = EXAMPLE.merged.roles.slice(2) as [Entry];

test('the page to start with gives access to a cluster, and takes it back', async () => {
  const { step, edit, bash } = await walk('docs/getting-started.md');
  await bash('kubectl create namespace payments');
  await step('aws-auth-sso init');
  await edit('do');
  expect(await step('aws-auth-sso diff aws-auth.yaml\n---', 1)).toContain('\n+++ ');
  await step('aws-auth-sso merge --quiet');
  expect((await loaded()).roles).toEqual([...admin, DEVELOPER]);
  expect(await step('kubectl auth can-i')).toMatch(/ has access\n[\s\S]*yes\n/);
  await edit('undo');
  await step('merge --prune');
  expect((await loaded()).roles).toEqual(admin);
  expect(await bash('kubectl get rolebindings -n payments -o name')).toMatchObject({ stdout: '' });
});

test('the README goes from init to a person with access', async () => {
  const { step, edit, bash } = await walk('README.md');
  await bash('kubectl create namespace payments');
  await step('aws-auth-sso init');
  await edit('do');
  await step('kubectl replace -f -');
  expect((await loaded()).roles).toEqual([...admin, DEVELOPER]);
  // The namespace stays: no controller runs here that could delete it.
  const undo = [...textOf('README.md').matchAll(/`((?:kubectl delete|sed) [^`]*)`/g)].map(([, line]) => line);
  expect(undo).toHaveLength(2);
  expect(await bash(undo.join(' && '))).toMatchObject({ exitCode: 0 });
  expect(await loaded()).toEqual(EXAMPLE.loaded);
});
