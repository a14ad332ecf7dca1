import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../src/mapping/config.ts';
import { exampleWorld } from './example-world.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { scratch } from './scratch.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const README = await readFile(join(ROOT, 'README.md'), 'utf8');

/** The fenced blocks of one language. */
function blocksOf(language: string): string[] {
  return [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, name, text = '']) =>
    name === language ? [text] : [],
  );
}

interface Example {
  readonly command: string;
  readonly output: string;
}

const EXAMPLES = blocksOf('console')
  .flatMap((block) => block.split(/^\$ /m).slice(1))
  .map((text): Example => {
    const [command = '', ...output] = text.split('\n');
    return { command, output: output.join('\n') };
  });

const KUBECTL = `#!/bin/sh
case "$1 $2" in
  "get configmap") cat examples/aws-auth.yaml ;;
  "replace -f") cat > replaced.yaml; test -s replaced.yaml && echo configmap/aws-auth replaced ;;
  "apply --server-side") cat > applied.yaml; test -s applied.yaml && echo configmap/aws-auth serverside-applied ;;
  *) exit 1 ;;
esac
`;

/** A folder like the reader's: the examples, and \`aws-auth-sso\` and \`kubectl\` on the path. */
async function readersFolder(): Promise<{ cwd: string; path: string }> {
  const cwd = await scratch();
  await cp(join(ROOT, 'examples'), join(cwd, 'examples'), { recursive: true });
  await mkdir(join(cwd, 'clusters', 'prod'), { recursive: true });
  await cp(join(ROOT, 'examples', 'aws-auth.yaml'), join(cwd, 'clusters', 'prod', 'aws-auth.yaml'));
  const path = join(cwd, 'path');
  await mkdir(path);
  const program = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'bin', 'aws-auth-sso.js')}" "$@"\n`;
  await writeFile(join(path, 'aws-auth-sso'), program);
  await writeFile(join(path, 'kubectl'), KUBECTL);
  await Promise.all((await readdir(path)).map((name) => chmod(join(path, name), 0o755)));
  return { cwd, path };
}

test('every example of the README gives what the README shows', async () => {
  const { env } = await fakeAwsForTest(await exampleWorld());
  const { cwd, path } = await readersFolder();
  expect(EXAMPLES.length).toBeGreaterThan(8);
  for (const { command, output } of EXAMPLES) {
    // What is written to stderr comes behind what is written to stdout, as the README shows it.
    const script = `{ ${command}; } 2> stderr; cat stderr`;
    const ran = await promisify(execFile)('sh', ['-c', script], {
      cwd,
      env: { ...env, PATH: `${path}:/usr/bin:/bin` },
    });
    expect(`$ ${command}\n${ran.stdout}`).toBe(`$ ${command}\n${output}`);
  }
}, 60_000);

describe('the README', () => {
  test('has two set-up commands', () => {
    expect(blocksOf('sh')).toEqual(['npm ci && npm run demo\n', 'npm ci && npm test\n']);
  });

  test('shows a config that is right', () => {
    const [, config = ''] = blocksOf('yaml');
    expect(parseConfig(config, 'README.md').mappings).toHaveLength(2);
  });

  test('asks for every permission that the source uses, and for nothing that writes', async () => {
    const folder = join(ROOT, 'src', 'aws');
    const sources = await Promise.all(
      (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')),
    );
    const operations = sources.flatMap((text) =>
      [...text.matchAll(/new (\w+)Command\(/g)].map(([, name]) => name),
    );
    const policies = blocksOf('json').map((text) => JSON.parse(text));
    const actions = policies.flatMap(({ Statement }) =>
      Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
    );
    expect(new Set(actions.map((action: string) => action.split(':')[1]))).toEqual(new Set(operations));
    expect(actions.filter((action: string) => !/:(List|Describe|Get|AssumeRole)/.test(action))).toEqual([]);
  });
});
