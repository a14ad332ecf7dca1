import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { editFile } from './edit-file.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { blocksIn, commandsOf } from './pages.ts';
import { readersFolder } from './readers-folder.ts';
import { bash, KUBECTL } from './readers-shell.ts';
import { READING_ROLE, worldOfThePolicies } from './reading-role.ts';

/** A shell whose AWS identity has the policies of docs/permissions.md. */
async function reader() {
  const { env } = await fakeAwsForTest(await worldOfThePolicies());
  const folder = await readersFolder({ kubectl: KUBECTL });
  return { cwd: folder.cwd, run: (script: string) => bash(script, folder, env) };
}

const ARN = 'arn:aws:eks:eu-west-1:111122223333:cluster/prod';

describe('the policies of docs/permissions.md allow', () => {
  test.each([
    'roles --all-accounts --principals',
    'roles --ou Workloads --unassigned',
    'init --from aws-auth.yaml --account prod-eks -c new.yaml',
    `init --cluster ${ARN} -c new.yaml`,
    'generate',
    'merge aws-auth.yaml',
    'diff aws-auth.yaml --explain',
    `diff --cluster ${ARN}`,
    `access-entries --cluster ${ARN} --rollback`,
    `access-entries --from aws-auth.yaml --cluster ${ARN}`,
    `check aws-auth.yaml --cluster ${ARN}`,
    `explain aws-auth.yaml --user alice@example.com --cluster ${ARN}`,
    `who aws-auth.yaml --cluster ${ARN} --expand`,
    `snapshot aws-auth.yaml --all-accounts --principals --cluster ${ARN}`,
  ])('aws-auth-sso %s', async (command) => {
    const { run } = await reader();
    const ran = await run(`cd examples; aws-auth-sso ${command} --assume-role ${READING_ROLE}`);
    expect(ran.stderr).not.toMatch(/denied|not authorized|can't be read|unknown/);
    expect(ran.exitCode, ran.stderr).toBeLessThan(2);
  });

  test.each(['README.md', 'docs/getting-started.md'])('the commands of %s', async (page) => {
    const { cwd, run } = await reader();
    for (const block of blocksIn(page)) {
      if (block.edited) await editFile(join(cwd, block.edited), block.text);
      if (block.language !== 'console' || block.circumstances === null) continue;
      for (const command of commandsOf(block)) {
        // `init` writes the role into the config.
        const asReader = command.replace(/aws-auth-sso (init|roles)/, `$& --assume-role ${READING_ROLE}`);
        const { exitCode, stderr } = await run(asReader);
        expect(stderr).not.toMatch(/denied|not authorized/);
        expect(exitCode, `${command}\n${stderr}`).toBeLessThan(2);
      }
    }
  });
});
