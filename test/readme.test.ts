import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { ANSWERS } from '../src/aws/answers.ts';
import { parseConfig } from '../src/mapping/config.ts';
import { exampleWorld } from './example-world.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { blocksOf, commandsOf, README, readersFolder } from './readers-folder.ts';

const KUBECTL = `#!/bin/sh
case "$1 $2" in
  "get configmap") awk '{ print } /^  name: aws-auth$/ { print "  resourceVersion: \\"4711\\"" }' examples/aws-auth.yaml ;;
  "replace -f") cat > replaced.yaml; test -s replaced.yaml && echo configmap/aws-auth replaced ;;
  "apply --server-side") cat > applied.yaml; test -s applied.yaml && echo configmap/aws-auth serverside-applied ;;
  "create -f") cat > created.yaml; test -s created.yaml && echo configmap/aws-auth created ;;
  *) exit 1 ;;
esac
`;

/** Runs a command as the reader would; what it writes to stderr comes behind what it writes to stdout. */
type Shell = (command: string) => Promise<string>;

async function readersShell(): Promise<Shell> {
  const { env } = await fakeAwsForTest(await exampleWorld());
  const { cwd, path } = await readersFolder({ kubectl: KUBECTL });
  return async (command) => {
    const script = `set -o pipefail; { ${command}; } 2> stderr; cat stderr`;
    const ran = await promisify(execFile)('bash', ['-c', script], {
      cwd,
      env: { ...env, PATH: `${path}:/usr/bin:/bin` },
    });
    return ran.stdout;
  };
}

/** A block of commands with what they print now. */
async function withOutputs(block: string, shell: Shell): Promise<string> {
  let shown = '';
  for (const command of commandsOf(block)) shown += `$ ${command}\n${await shell(command)}`;
  return shown;
}

test('examples are as the README shows them (npx vitest run test/readme.test.ts -u writes it)', async () => {
  const shell = await readersShell();
  const blocks = blocksOf('console');
  expect(blocks.length).toBeGreaterThan(8);
  let readme = README;
  for (const block of blocks) {
    const shown = await withOutputs(block, shell);
    readme = readme.replace(block, () => shown);
  }
  const graph = await shell(
    'aws-auth-sso generate -c examples/aws-auth-sso.yaml | aws-auth-sso who -o mermaid 2> /dev/null',
  );
  readme = readme.replace(/(?<=^```mermaid\n).*?(?=^```$)/ms, () => graph);
  await expect(readme).toMatchFileSnapshot('../README.md');
}, 60_000);

describe('the README', () => {
  test('has two set-up commands', () => {
    expect(blocksOf('sh')).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
  });

  test('shows a config that is right', () => {
    const config = blocksOf('yaml').find((block) => block.startsWith('accounts:')) ?? '';
    expect(parseConfig(config, 'README.md').mappings).toHaveLength(2);
  });

  test('asks for every permission that the source uses, and for nothing that writes', () => {
    const policies = blocksOf('json').map((text) => JSON.parse(text));
    const actions = policies.flatMap(({ Statement }) =>
      Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
    );
    expect(new Set(actions.map((action: string) => action.split(':')[1]))).toEqual(
      new Set([...Object.keys(ANSWERS), 'Decrypt']),
    );
    expect(
      actions.filter((action: string) => !/:(List|Describe|Get|AssumeRole|Decrypt$)/.test(action)),
    ).toEqual([]);
  });
});
