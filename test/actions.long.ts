import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { run } from './cli/run.ts';
import { workflowCommandsIn } from './github-runner.ts';
import { ROOT } from './pages.ts';
import { readersFolder } from './readers-folder.ts';
import { type Ended, readAction, runAction, runnerPrograms, runSteps } from './workflow-runner.ts';

const NAMES = ['check', 'drift', 'setup'];

describe.each(NAMES)('the %s action', (name) => {
  test('is composite, describes its inputs and outputs, and runs only files next to it', async () => {
    const { runs, inputs, outputs = {} } = await readAction(name);
    expect(runs.using).toBe('composite');
    for (const { description } of [...Object.values(inputs), ...Object.values(outputs)])
      expect(description).toMatch(/^[A-Z`].*[^.]$/);
    for (const { required, default: preset } of Object.values(inputs))
      expect(required === true).toBe(preset === undefined);
    for (const { shell, run, uses } of runs.steps) {
      expect({ shell, uses }).toEqual({ shell: 'bash', uses: undefined });
      expect(run).toMatch(/^bash "\$GITHUB_ACTION_PATH\/[\w./]+\.sh"$/);
    }
  });

  test('passes each input to a step through the environment', async () => {
    const { runs, inputs } = await readAction(name);
    const handed = runs.steps.flatMap(({ env = {} }) => Object.entries(env));
    const expected = Object.keys(inputs).map((input) => [
      `INPUT_${input.toUpperCase().replaceAll('-', '_')}`,
      `\${{ inputs.${input} }}`,
    ]);
    expect(handed.sort()).toEqual(expected.sort());
  });

  test('builds its own commit, without scripts of other packages, unless a version is given', async () => {
    const { act, asked } = await stage(name);
    expect((await act(GOOD[name])).exitCode).toBe(0);
    const tarball = expect.stringMatching(/\/runner-\w+\/aws-auth-sso-[\d-]+\.tgz$/);
    expect(await asked()).toEqual(['ci', 'pack', tarball]);
    expect((await act({ ...GOOD[name], version: '1.2.3-rc.1' })).exitCode).toBe(0);
    expect((await act({ ...GOOD[name], version: 'file:/tmp/my packages/x.tgz' })).exitCode).toBe(0);
    expect((await asked()).slice(3)).toEqual(
      ['1.2.3-rc.1', 'file:/tmp/my packages/x.tgz'].map((one) => `aws-auth-sso@${one}`),
    );
  });

  test.each(['latest', '^1.2.3', '1.2', 'npm:evil@1.0.0', 'file:x.tgz', '1.2.3 evil', '1.2.3\n4.5.6'])(
    'refuses the version %j, which is not exact',
    async (inexact) => {
      const { act, asked } = await stage(name);
      const { exitCode, stderr } = await act({ ...GOOD[name], version: inexact });
      expect({ exitCode, asked: await asked() }).toEqual({ exitCode: 2, asked: [] });
      expect(stderr).toMatch(/^::error::version must be exact, such as 1\.2\.3/);
    },
  );
});

test('the steps of a job build the program once, and later ones can run it', async () => {
  const { cwd, path, asked } = await stage('setup');
  const steps = [
    { uses: 'OWNER/aws-auth-sso/.github/actions/setup@COMMIT' },
    { run: 'rm -f path/aws-auth-sso && aws-auth-sso --version' },
    { uses: 'OWNER/aws-auth-sso/.github/actions/check@COMMIT', with: { files: 'examples/aws-auth.yaml' } },
  ];
  const { exitCode, stdout, stderr } = await runSteps(steps, { cwd, path, env: {} });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(`${packageJson.version}\n`);
  const [, , tarball] = await asked();
  expect(await asked()).toEqual(['ci', 'pack', tarball, tarball]);
});

const CLEAN = 'examples/clean.yaml';
/** Inputs without findings. */
const GOOD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  check: { files: 'examples/aws-auth.yaml' },
  drift: { file: CLEAN, config: 'examples/aws-auth-sso.yaml', inventory: 'examples/inventory.json' },
  setup: {},
};
const DRIFT = { ...GOOD.drift, file: 'examples/aws-auth.yaml', arguments: '--max-age=9999d' };

interface Stage {
  readonly cwd: string;
  readonly path: string;
  readonly act: (inputs?: Readonly<Record<string, string>>) => Promise<Ended>;
  /** Packages that npm was told to install. */
  readonly asked: () => Promise<string[]>;
  /** The summary of the step. */
  readonly summary: () => Promise<string>;
}

/** A checkout on a runner. */
async function stage(name: string): Promise<Stage> {
  const { cwd, path } = await readersFolder(runnerPrograms());
  const read = (file: string) => readFile(join(cwd, file), 'utf8').catch(() => '');
  const inventory = ['--inventory', 'examples/inventory.json', '--max-age', '9999d'];
  const merged = await run(
    ['merge', 'examples/aws-auth.yaml', '-c', 'examples/aws-auth-sso.yaml', ...inventory],
    { cwd },
  );
  await writeFile(join(cwd, CLEAN), merged.stdout);
  return {
    cwd,
    path,
    act: (inputs = {}) => runAction(name, inputs, { cwd, path, env: {} }),
    asked: async () => (await read('npm-installs')).split('\n').slice(0, -1),
    summary: () => read('summary.md'),
  };
}

describe('the drift action', () => {
  test('fails on any difference, and annotates it', async () => {
    const { act, summary } = await stage('drift');
    const { exitCode, stdout, outputs } = await act(DRIFT);
    expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: { changed: 'true' } });
    expect(workflowCommandsIn(stdout).map(({ properties }) => properties.title)).toEqual([
      'rotated',
      'added',
      'added',
      'added',
    ]);
    expect(await summary()).toContain('\n3 added, 1 rotated, 1 unchanged; mapUsers: 1 unchanged\n');
  });

  test('fails on manually added cluster admins, with next steps', async () => {
    const { act, cwd, summary } = await stage('drift');
    const added = [
      ['mapRoles', 'rolearn', 'arn:aws:iam::999900001111:role/eve'],
      ['mapUsers', 'userarn', 'arn:aws:iam::111122223333:user/eve'],
    ] as const;
    const clean = await readFile(join(cwd, CLEAN), 'utf8');
    const text = added.reduce(
      (map, [key, field, arn]) =>
        map.replace(
          `  ${key}: |\n`,
          `  ${key}: |\n    - {${field}: "${arn}", username: eve, groups: [system:masters]}\n`,
        ),
      clean,
    );
    await writeFile(join(cwd, 'examples', 'eve.yaml'), text);
    // With an old snapshot, the next step is to take a new one.
    const drift = { ...GOOD.drift, file: 'examples/eve.yaml', arguments: '--max-age=9999d' };
    const { exitCode, stdout, outputs } = await act(drift);
    expect({ exitCode, outputs }).toEqual({ exitCode: 1, outputs: { changed: 'true' } });
    const told = workflowCommandsIn(stdout);
    expect(told).toHaveLength(added.length);
    for (const [index, [key, field, arn]] of added.entries()) {
      const line = text.split('\n').findIndex((one) => one.includes(`${field}: "${arn}"`)) + 1;
      expect(told[index]).toMatchObject({
        command: 'warning',
        properties: { file: 'examples/eve.yaml', line: String(line), title: 'unlisted' },
      });
      for (const said of [
        `${arn} (username "eve", groups ["system:masters"], cluster admin)`,
        `add to otherEntries in the config: - arn: "${arn}"`,
        `remove it from ${key}`,
      ])
        expect(told[index]?.data).toContain(said);
    }
    expect(await summary()).toContain('\n5 unchanged, 2 unlisted; mapUsers: 1 unchanged\n');
    const lenient = await act({ ...drift, strict: 'false' });
    expect(lenient).toMatchObject({ exitCode: 0, stdout: '', outputs: { changed: 'false' } });
  });

  test('continues if told to, and reports it in its output', async () => {
    const { act } = await stage('drift');
    expect(await act({ ...DRIFT, 'fail-on-drift': 'false' })).toMatchObject({
      exitCode: 0,
      outputs: { changed: 'true' },
    });
  });

  test('passes without differences', async () => {
    const { act } = await stage('drift');
    const { exitCode, stdout, outputs } = await act(GOOD.drift);
    expect({ exitCode, stdout, outputs }).toEqual({ exitCode: 0, stdout: '', outputs: { changed: 'false' } });
  });

  test('always fails if the comparison is impossible', async () => {
    const { act, cwd, summary } = await stage('drift');
    const missing = await act({ ...DRIFT, file: 'no such.yaml', 'fail-on-drift': 'false' });
    expect(missing).toMatchObject({ exitCode: 3, stdout: '', outputs: { changed: '' } });
    expect(workflowCommandsIn(missing.stderr)).toMatchObject([
      { command: 'error', properties: { file: 'no such.yaml' } },
    ]);
    expect(await summary()).toContain('Failed with exit code 3.');
    await writeFile(join(cwd, 'broken.yaml'), 'kind: [');
    expect(await act({ ...DRIFT, file: 'broken.yaml', 'fail-on-drift': 'false' })).toMatchObject({
      exitCode: 2,
      outputs: { changed: '' },
    });
  });

  test('compares the access entries of a cluster, also strictly', async () => {
    const { act, cwd, summary } = await stage('drift');
    const world = JSON.parse(await readFile(join(cwd, 'examples', 'inventory.json'), 'utf8'));
    const { entries } = JSON.parse(
      (
        await run(
          ['access-entries', '-c', 'aws-auth-sso.yaml', '--inventory', 'inventory.json', '-o', 'json'],
          { cwd: join(cwd, 'examples') },
        )
      ).stdout,
    );
    const eve = { ...entries[0], principalArn: 'arn:aws:iam::111122223333:role/eve' };
    const [first, ...others] = entries;
    const renamed = { ...first, username: 'someone' };
    const compare = async (accessEntries: readonly object[], more: Readonly<Record<string, string>> = {}) => {
      const cluster = {
        name: 'prod',
        arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
        authenticationMode: 'API',
        accessEntries: accessEntries.map((entry) => ({ ...entry, createdAt: world.capturedAt })),
      };
      await writeFile(join(cwd, 'cluster.json'), JSON.stringify({ ...world, clusters: [cluster] }));
      return act({ ...GOOD.drift, file: '', cluster: 'prod', inventory: 'cluster.json', ...more });
    };
    const titlesOf = (stdout: string) => workflowCommandsIn(stdout).map(({ properties }) => properties.title);
    const same = await compare(entries);
    expect(same).toMatchObject({ exitCode: 0, stdout: '', outputs: { changed: 'false' } });
    const added = await compare([...entries, eve]);
    expect(added).toMatchObject({ exitCode: 1, outputs: { changed: 'true' } });
    expect(titlesOf(added.stdout)).toEqual(['unlisted']);
    expect(await compare([...entries, eve], { strict: 'false' })).toMatchObject({ exitCode: 0, stdout: '' });
    const changed = await compare([renamed, ...others.slice(1)], { strict: 'false' });
    expect(changed).toMatchObject({ exitCode: 1, outputs: { changed: 'true' } });
    expect(titlesOf(changed.stdout).sort()).toEqual(['added', 'updated']);
    expect(await summary()).toContain('### aws-auth-sso diff: cluster <code>prod</code>');
    const unknown = await compare(entries, { cluster: 'a b; touch pwned', 'fail-on-drift': 'false' });
    expect(unknown).toMatchObject({ exitCode: 2, stdout: '', outputs: { changed: '' } });
    await expect(readFile(join(cwd, 'pwned'))).rejects.toThrow('ENOENT');
  });

  test('accepts any file name', async () => {
    const { act, cwd } = await stage('drift');
    for (const name of ['--help', '-c', 'a b; touch pwned', '%0A::error::x']) {
      await cp(join(cwd, 'examples', 'aws-auth.yaml'), join(cwd, name));
      const { exitCode, stdout } = await act({ ...DRIFT, file: name });
      expect(exitCode).toBe(1);
      expect(workflowCommandsIn(stdout).map(({ properties }) => properties.file)).toEqual(
        Array(4).fill(name),
      );
    }
    await expect(readFile(join(cwd, 'pwned'))).rejects.toThrow('ENOENT');
  });

  test.each([
    [{ file: '' }, '::error::file must name the ConfigMap, or cluster the EKS cluster\n'],
    [{ file: '-' }, '::error::file must name the ConfigMap, or cluster the EKS cluster\n'],
    [{ cluster: 'prod' }, '::error::use either file or cluster: for both, use this action twice\n'],
    [{ 'fail-on-drift': 'no' }, '::error::fail-on-drift must be true or false\n'],
    [{ strict: 'yes' }, '::error::strict must be true or false\n'],
  ])('refuses %j', async (inputs, message) => {
    const { act } = await stage('drift');
    const { exitCode, stderr, outputs } = await act({ ...DRIFT, ...inputs });
    expect({ exitCode, stderr, outputs }).toEqual({ exitCode: 2, stderr: message, outputs: { changed: '' } });
  });

  test.each(['--help', '--help-all', '-h', '--output=diff', '--output', '-odiff', '--'])(
    'refuses the argument %j, which would make it pass, or print the file',
    async (more) => {
      const { act } = await stage('drift');
      const { exitCode, stdout, stderr, outputs } = await act({ ...DRIFT, arguments: more });
      expect({ exitCode, stdout, outputs }).toEqual({ exitCode: 2, stdout: '', outputs: { changed: '' } });
      expect(stderr).toBe(`::error::arguments: ${more} is not allowed in this action\n`);
    },
  );

  test('uses the config of the working directory, and several snapshots and arguments', async () => {
    const { act, cwd } = await stage('drift');
    const [config = '', text = ''] = await Promise.all(
      ['aws-auth-sso.yaml', 'inventory.json'].map((name) => readFile(join(cwd, 'examples', name), 'utf8')),
    );
    const world = JSON.parse(text);
    const half = (isFirst: boolean) => {
      const isIn = (id: string) => (id === '111122223333') === isFirst;
      return JSON.stringify({
        ...world,
        accounts: world.accounts.filter(({ id }: { id: string }) => isIn(id)),
        roles: world.roles.filter(({ accountId }: { accountId: string }) => isIn(accountId)),
        assignments: null,
      });
    };
    await writeFile(join(cwd, 'aws-auth-sso.yaml'), config);
    await writeFile(join(cwd, 'one.json'), half(true));
    await writeFile(join(cwd, 'number two.json'), half(false));
    const { stderr, outputs } = await act({
      file: 'examples/aws-auth.yaml',
      inventory: 'one.json\n\n',
      arguments: '--max-age=9999d\n\n--quiet\n--inventory=number two.json',
    });
    expect({ stderr, outputs }).toEqual({ stderr: '', outputs: { changed: 'true' } });
  });
});

describe('the check action', () => {
  test('fails if a file has errors, checks the others too, and counts findings', async () => {
    const { act } = await stage('check');
    const files = 'examples/broken.yaml\nexamples/aws-auth.yaml\nexamples/broken.yaml\n';
    const { exitCode, stdout, outputs } = await act({ files });
    const severities = workflowCommandsIn(stdout).map(({ command }) => command);
    const count = (severity: string) => String(severities.filter((one) => one === severity).length);
    expect(exitCode).toBe(1);
    expect(outputs).toEqual({ errors: count('error'), warnings: count('warning') });
    expect(Number(outputs.errors)).toBeGreaterThan(1);
  });

  test('passes without findings', async () => {
    const { act } = await stage('check');
    const { exitCode, stdout, outputs } = await act(GOOD.check);
    expect({ exitCode, stdout, outputs }).toEqual({
      exitCode: 0,
      stdout:
        "note: examples/aws-auth.yaml: no problems found\nnote: roles weren't looked up, so stale entries aren't found\n  Add --aws, or --inventory FILE.\n",
      outputs: { errors: '0', warnings: '0' },
    });
  });

  test('ends with the worst exit code if a file is unreadable, and annotates the others', async () => {
    const { act, cwd } = await stage('check');
    await mkdir(join(cwd, 'examples', 'a.yaml'));
    const { exitCode, stdout, outputs } = await act({ files: 'examples/a.yaml\nexamples/broken.yaml' });
    expect(exitCode).toBe(3);
    expect(String(workflowCommandsIn(stdout).filter(({ command }) => command === 'error').length)).toBe(
      outputs.errors,
    );
  });

  test('accepts globs, but not one without a match, and requires a file', async () => {
    const { act, cwd } = await stage('check');
    for (const cluster of ['a b', 'prod', '[x]']) {
      await mkdir(join(cwd, 'clusters', cluster), { recursive: true });
      await cp(join(cwd, 'examples', 'broken.yaml'), join(cwd, 'clusters', cluster, 'aws-auth.yaml'));
    }
    const found = workflowCommandsIn((await act({ files: 'clusters/*/aws-auth.yaml' })).stdout);
    expect([...new Set(found.map(({ properties }) => properties.file))].sort()).toEqual([
      'clusters/[x]/aws-auth.yaml',
      'clusters/a b/aws-auth.yaml',
      'clusters/prod/aws-auth.yaml',
    ]);
    const literal = workflowCommandsIn((await act({ files: 'clusters/[x]/aws-auth.yaml' })).stdout);
    expect(new Set(literal.map(({ properties }) => properties.file))).toEqual(
      new Set(['clusters/[x]/aws-auth.yaml']),
    );
    expect(await act({ files: 'examples/aws-auth.yaml\nnone/*.yaml' })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^::error::no file matches: none\/\*\.yaml \(a line is a path, or a glob .*\n$/,
      ),
    });
    for (const unknown of ['clusters/{prod,a b}/aws-auth.yaml', '!clusters/prod/aws-auth.yaml', 'a%0A']) {
      const refused = await act({ files: unknown });
      expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
      const [command] = workflowCommandsIn(refused.stderr);
      expect(command?.data).toContain(`no file matches: ${unknown} (`);
      expect(command?.data).toContain("{a,b} and !x aren't supported");
    }
    expect(await act({ files: '\n' })).toMatchObject({
      exitCode: 2,
      stderr: '::error::no files specified\n',
    });
  });

  test('searches every level of **, or refuses it if bash does not support it', async () => {
    const { act, cwd } = await stage('check');
    for (const folder of ['eu/prod', 'us', '.'])
      await mkdir(join(cwd, 'clusters', folder), { recursive: true });
    await cp(join(cwd, CLEAN), join(cwd, 'clusters', 'us', 'aws-auth.yaml'));
    await cp(join(cwd, 'examples', 'broken.yaml'), join(cwd, 'clusters', 'eu', 'prod', 'aws-auth.yaml'));
    await cp(join(cwd, 'examples', 'broken.yaml'), join(cwd, 'clusters', 'aws-auth.yaml'));
    const { exitCode, stdout } = await act({ files: 'clusters/**/aws-auth.yaml' });
    expect(exitCode).toBe(1);
    expect(new Set(workflowCommandsIn(stdout).map(({ properties }) => properties.file))).toEqual(
      new Set(['clusters/aws-auth.yaml', 'clusters/eu/prod/aws-auth.yaml']),
    );
    expect(stdout).toContain('clusters/us/aws-auth.yaml: no problems found');
    // Like bash on macOS.
    const script = `shopt() { return 1; }; . "${join(ROOT, '.github', 'actions', 'lists.sh')}"; add_files "$1"; echo "\${#files[@]}"`;
    const old = (files: string) =>
      spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', script, 'bash', files], {
        cwd,
        encoding: 'utf8',
      });
    expect(old('clusters/**/aws-auth.yaml')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^::error::\*\* needs bash 4 or newer/),
    });
    expect(old('clusters/*/aws-auth.yaml')).toMatchObject({ status: 0, stdout: '2\n' });
  });

  test.each([
    ...['--fix', '--fix-access', '--fix\n--diff', '--write', '--list-rules', '--quiet\n--diff'],
    ...['--output=json', '--output\njson', '-o', '-ojson', '--help', '--help-all', '-h', '--'],
  ])('refuses the arguments %j: file content may reach the runner only in annotations', async (more) => {
    const { act, cwd } = await stage('check');
    const evil = await readFile(join(cwd, 'examples', 'broken.yaml'), 'utf8');
    await writeFile(join(cwd, 'evil.yaml'), evil.replace('data:', '# x\n    ::stop-commands::x\ndata:'));
    const { exitCode, stdout, stderr } = await act({ files: 'evil.yaml', arguments: more });
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^::error::arguments: -\S+ is not allowed in this action\n$/);
    await expect(readFile(join(cwd, 'evil.yaml'), 'utf8')).resolves.toContain('::stop-commands::');
  });

  test('passes on RBAC manifests, snapshots and arguments', async () => {
    const { act } = await stage('check');
    const files = 'examples/broken.yaml';
    const rbac = await act({ files: CLEAN, rbac: 'examples/rbac.yaml' });
    expect(rbac.stdout).toContain('title=unbound-group');
    const stale = await act({ files: 'examples/aws-auth.yaml', inventory: 'examples/inventory.json' });
    expect(stale.stdout).toContain('title=stale-role');
    const fewer = await act({ files, arguments: '--ignore=path-in-arn\n--ignore=permission-set-arn' });
    expect(fewer.stdout).toContain('::error');
    expect(fewer.stdout).not.toMatch(/title=(path-in-arn|permission-set-arn)/);
  });
});

describe('hostile inputs', () => {
  const EVIL = ['$(touch pwned)', '`touch pwned`', '"; touch pwned; "', "' && touch pwned '", '\\x\n-o json'];

  test.each(EVIL)('such as %j run nothing, and stay one argument per line', async (evil) => {
    for (const [name, inputs] of [
      ['drift', { file: evil, config: evil, inventory: evil, arguments: evil, 'fail-on-drift': 'true' }],
      ['drift', { ...DRIFT, config: evil }],
      ['check', { files: evil, rbac: evil, inventory: evil, arguments: evil }],
      ['check', { files: 'examples/aws-auth.yaml', rbac: evil }],
    ] as const) {
      const { act, cwd } = await stage(name);
      const { exitCode, stdout } = await act(inputs);
      expect(exitCode).toBeGreaterThan(1);
      // An unreadable file is annotated with its name.
      for (const { command, properties } of workflowCommandsIn(stdout)) {
        expect([command, properties.title]).toEqual(['error', 'unavailable']);
        expect(evil.split('\n')).toContain(properties.file);
      }
      await expect(readFile(join(cwd, 'pwned'))).rejects.toThrow('ENOENT');
    }
  });

  test('in names of files are neither options nor commands to the runner', async () => {
    const { act, cwd } = await stage('check');
    const names = ['--list-rules', '-h', 'a b; touch pwned', '$(touch pwned)', '%0A::error::x', '*.yaml'];
    for (const name of names) await cp(join(cwd, 'examples', 'broken.yaml'), join(cwd, name));
    const { stdout } = await act({ files: names.join('\n') });
    const found = workflowCommandsIn(stdout).map(({ properties }) => properties.file);
    expect(new Set(found)).toEqual(new Set(names));
    await expect(readFile(join(cwd, 'pwned'))).rejects.toThrow('ENOENT');
  });
});
