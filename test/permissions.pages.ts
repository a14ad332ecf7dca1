import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { editFile } from './edit-file.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { blocksIn, commandsOf, textOf } from './pages.ts';
import { readersFolder } from './readers-folder.ts';
import { bash, KUBECTL } from './readers-shell.ts';
import { READING_ROLE, statementsIn, worldOfThePolicies } from './reading-role.ts';

/**
 * A shell whose AWS identity has the policies of docs/permissions.md.
 * @param caller what the policy in the management account has; default all of it
 */
async function reader(caller?: ReturnType<typeof statementsIn>) {
  const { env } = await fakeAwsForTest(await worldOfThePolicies(caller));
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

describe('the table of docs/permissions.md', () => {
  const ID = '111122223333';
  const BY_ID = `--account ${ID}`;
  const SET = 'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-a7651e862140a45d';
  /** A command for each row that a caller in another account can notice, without a config. */
  const COMMANDS: Readonly<Record<string, string>> = {
    'map names in accounts by ID': `generate -o maproles --map ReadOnly=viewers ${BY_ID}`,
    'select accounts by name, glob or `--all-accounts`':
      'generate -o maproles --map ReadOnly=viewers --account prod-*',
    'select accounts by `--ou`': 'generate -o maproles --map ReadOnly=viewers --ou Workloads',
    'map permission set ARNs, explain a missing role': `generate -o maproles --map ${SET}=viewers ${BY_ID}`,
    'read the access entries of `--cluster`': `diff --map ReadOnly=viewers ${BY_ID} --cluster ${ARN}`,
    'translate or check roles from outside Identity Center': `access-entries --from examples/aws-auth.yaml --cluster ${ARN}`,
    '`who`, `group:`, `user:`, `--principals`, `--expand`, `--unassigned`':
      'who examples/aws-auth.yaml --expand',
  };
  const rows = [
    ...textOf('docs/permissions.md').matchAll(
      /^\| ([^|]+) \| ([^|]*`(?:sts|iam|organizations|sso|eks|On)[^|]*) \|$/gm,
    ),
  ];
  const table = new Map(rows.map(([, to = '', calls = '']) => [to, calls]));
  const BASE = statementsIn(table.get('map names in accounts by ID') ?? '');

  test.each(Object.entries(COMMANDS))('is enough to %s', async (row, command) => {
    const { run } = await reader([...BASE, ...statementsIn(table.get(row) ?? '')]);
    const ran = await run(`aws-auth-sso ${command} --assume-role ${READING_ROLE}`);
    expect(ran.stderr).not.toMatch(/denied|not authorized|can't be read|unknown/);
    expect(ran.exitCode, ran.stderr).toBeLessThan(2);
  });
});
