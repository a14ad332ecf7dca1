import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, textOf, WORKFLOWS } from '../pages.ts';
import { scratch } from '../scratch.ts';

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';

/** Runs actionlint in a folder; it checks scripts too if shellcheck is installed. */
function actionlint(cwd: string, files: readonly string[]) {
  const { status, stdout, stderr, error } = spawnSync('go', ['run', ACTIONLINT, '-no-color', ...files], {
    cwd,
    encoding: 'utf8',
  });
  if (error) throw new Error('Go is missing: it builds actionlint', { cause: error });
  return { status, stdout, stderr };
}

const CLEAN = { status: 0, stdout: '', stderr: expect.not.stringContaining('error') };

/** A repository with these workflows, and the actions of this repository. */
async function repository(workflows: Readonly<Record<string, string>>): Promise<string> {
  const files = Object.entries(workflows).map(([name, text]) => [`.github/workflows/${name}.yml`, text]);
  const folder = await scratch(Object.fromEntries(files));
  await mkdir(join(folder, '.git'));
  await cp(join(ROOT, '.github', 'actions'), join(folder, '.github', 'actions'), { recursive: true });
  return folder;
}

const EXAMPLES = WORKFLOWS.map((file): [string, string] => [basename(file, '.yaml'), textOf(file)]).filter(
  ([name]) => name !== 'gitlab',
);

test('actionlint finds nothing in the workflows of this repository', async () => {
  const names = await readdir(join(ROOT, '.github', 'workflows'));
  const files = names.map((name) => join('.github', 'workflows', name));
  expect(actionlint(ROOT, files)).toEqual(CLEAN);
});

test('actionlint finds nothing in the examples', async () => {
  expect(actionlint(await repository(Object.fromEntries(EXAMPLES)), [])).toEqual(CLEAN);
});

test('actionlint checks the inputs and outputs of the actions', async () => {
  const job = `on: push
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - uses: ./.github/actions/check
        with: { file: aws-auth.yaml }
      - uses: ./.github/actions/drift
        id: drift
        with: { file: aws-auth.yaml, fail-on-drift: 'false' }
      - run: echo "$CHANGED"
        env:
          CHANGED: \${{ steps.drift.outputs.change }}
`;
  const { status, stdout } = actionlint(await repository({ job }), []);
  expect(status).toBe(1);
  expect(stdout).toContain('missing input "files" which is required by action "Check aws-auth"');
  expect(stdout).toContain('input "file" is not defined in action "Check aws-auth"');
  expect(stdout).toContain('property "change" is not defined in object type');
  expect(stdout).toMatch(
    /^\.github\/workflows\/job\.yml:7:\d+:.*\n(.*\n)*?\.github\/workflows\/job\.yml:14:/,
  );
});
