import { expect, test } from 'vitest';
import { blocksIn, commandsOf } from './pages.ts';
import { readersShell } from './readers-shell.ts';

const UNDER = 'account-of-the-cluster';
const BLOCKS = blocksIn('docs/grant-a-policy.md');
const [PREVIEW, GRANT] = BLOCKS.filter(({ circumstances }) => circumstances === UNDER);
const [VERIFY] = BLOCKS.filter(({ circumstances }) => circumstances === null);

test('the page grants, narrows and undoes what it says', async () => {
  const shell = await readersShell();
  const grant = async (policy: string) => {
    for (const command of [PREVIEW, GRANT].flatMap((block) => (block ? commandsOf(block) : []))) {
      const { exitCode, stderr } = await shell.run(command.replace('Edit@team-*', policy), UNDER);
      expect(exitCode, command + stderr).toBe(command.includes('aws-auth-sso diff') ? 1 : 0);
    }
  };
  const answer = async (namespace: string) => {
    const dan = 'arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_DeveloperAccess_84d1501ba55ed4dd/dan';
    const question = `--can 'update deployments' -n ${namespace} --rbac examples/rbac.yaml`;
    const { stdout } = await shell.run(
      `aws-auth-sso explain --cluster prod --caller ${dan} ${question}`,
      UNDER,
    );
    return stdout.split(':')[0];
  };
  const answers = async () => [await answer('team-a'), await answer('team-b'), await answer('payments')];

  await grant('Edit@team-*');
  expect(await answers()).toEqual(['yes', 'yes', 'no']);
  expect(await shell.run(VERIFY?.text ?? '', UNDER)).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^yes: /),
  });
  await grant('Edit@team-a');
  expect(await answers()).toEqual(['yes', 'no', 'no']);
  expect(await shell.run('bash rollback.sh', UNDER)).toMatchObject({ exitCode: 0 });
  expect(await answers()).toEqual(['yes', 'yes', 'no']);
});
