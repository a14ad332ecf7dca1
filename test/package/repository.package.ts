import { execFileSync, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { blocksIn, ROOT } from '../pages.ts';
import { scratch } from '../scratch.ts';
import { runSteps } from '../workflow-runner.ts';

const HAS_REGISTRY = spawnSync('npm', ['ping', '--fetch-retries=0'], { timeout: 60_000 }).status === 0;
const SUITE = HAS_REGISTRY ? 'from a commit' : 'from a commit (skipped: npm reaches no registry)';

/** npm 12 needs Node 22. */
const NPMS = Number.parseInt(process.versions.node, 10) < 22 ? ['10', '11'] : ['10', '11', '12'];

/** The only folder that the tests share: what they download once. */
const cache = await mkdtemp(join(tmpdir(), 'npm-cache-'));
afterAll(() => rm(cache, { recursive: true, force: true }));

const withNode = (...folders: readonly string[]) =>
  [...folders, dirname(process.execPath), process.env.PATH].join(delimiter);

/** The README's script that installs a commit. */
const LINES = blocksIn('README.md').find(({ text }) => text.includes('npm pack'))?.text ?? '';

/** A repository with the files of the working tree in one commit, and another one after it that can't be built. */
async function repository(): Promise<{ readonly folder: string; readonly commit: string }> {
  const folder = await scratch();
  const git = (cwd: string, ...argv: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...argv], {
      cwd,
      encoding: 'utf8',
    }).trim();
  const files = git(ROOT, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const file of new Set(files.filter(Boolean)))
    await cp(join(ROOT, file), join(folder, file), { recursive: true });
  git(folder, 'init', '--quiet');
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'This one');
  const commit = git(folder, 'rev-parse', 'HEAD');
  git(folder, 'rm', '--quiet', 'build.js');
  git(folder, 'commit', '--quiet', '--message', 'Another one');
  return { folder, commit };
}

describe.runIf(HAS_REGISTRY)(SUITE, () => {
  test.each(NPMS)('the line of the README installs it with npm %s', async (major) => {
    const [home, npm] = [await scratch({ '.npmrc': 'ignore-scripts=true\n' }), await scratch()];
    const env = { ...process.env, npm_config_cache: cache };
    execFileSync('npm', ['install', '--prefix', npm, '--silent', `npm@${major}`], { env });
    const PATH = withNode(join(npm, 'node_modules', '.bin'), join(home, 'bin'));
    const as = {
      cwd: home,
      env: { ...env, HOME: home, npm_config_prefix: home, PATH },
      encoding: 'utf8',
    } as const;
    expect(execFileSync('npm', ['--version'], as)).toMatch(new RegExp(`^${major}\\.`));
    const { folder, commit } = await repository();
    const script = LINES.replace(/git\+https:.*#COMMIT/, `git+file://${folder}#${commit}`);
    expect(script).not.toBe(LINES);
    const { status, stderr } = spawnSync('bash', ['-c', script], as);
    expect(status, stderr).toBe(0);
    await rm(folder, { recursive: true });
    const program = join(home, 'bin', 'aws-auth-sso');
    expect(execFileSync(program, ['--version'], as)).toBe(`${packageJson.version}\n`);
    // The examples that it copies.
    expect(execFileSync(program, ['view', join('examples', 'aws-auth.yaml')], as)).toContain('mapRoles');
  });

  test('an action builds and installs its own, whatever the job sets for its own packages', async () => {
    const cwd = await scratch({ '.npmrc': 'registry=http://127.0.0.1:9\n' });
    const env = {
      ...process.env,
      npm_config_cache: cache,
      npm_config_ignore_scripts: 'true',
      NODE_ENV: 'production',
    };
    const steps = [
      { uses: 'OWNER/aws-auth-sso/.github/actions/setup@COMMIT' },
      { run: 'aws-auth-sso --version' },
    ];
    const { exitCode, stdout, stderr } = await runSteps(steps, { cwd, path: withNode(), env });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout.split('\n').slice(-2)).toEqual([packageJson.version, '']);
  });
});
