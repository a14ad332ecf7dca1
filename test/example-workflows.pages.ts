import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { readAckObjects } from './access-entry/readers.ts';
import { accountIdOf, CLUSTERS, FORTY_ACCOUNTS, writeClusters } from './eight-clusters.ts';
import { exampleWorld } from './example-world.ts';
import { TOKENS } from './fake-aws/credential-services.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import type { WorldInput } from './fake-aws/world-input.ts';
import { workflowCommandsIn } from './github-runner.ts';
import { blocksIn, textOf, WORKFLOWS } from './pages.ts';
import { readersFolder } from './readers-folder.ts';
import { KUBECTL } from './readers-shell.ts';
import { type Ended, runnerPrograms, runSteps, type Step } from './workflow-runner.ts';

/** The account of the example's cluster. */
const PROD = '111122223333';

/** The variables of a repository. */
const VARIABLES: Readonly<Record<string, string>> = {
  AWS_AUTH_SSO_ROLE: `arn:aws:iam::${PROD}:role/EksAuthCi`,
  AWS_AUTH_SSO_MANAGEMENT_ROLE: 'arn:aws:iam::444455556666:role/EksAuthCi',
  AWS_REGION: 'eu-west-1',
  EKS_CLUSTER: `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`,
};

interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly outputs?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly folder: string } };
  readonly steps: readonly Step[];
}

interface GitLabJob {
  readonly variables: Readonly<Record<string, string>>;
  readonly id_tokens: object;
  readonly script: readonly string[];
}

interface Workflow {
  readonly name: string;
  readonly permissions?: object;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Each workflow, by the name of its file. */
const ON_GITHUB = WORKFLOWS.map((file) => {
  const text = textOf(file);
  return { name: basename(file, '.yaml'), text, workflow: load(text) as Workflow };
}).filter(({ name }) => name !== 'gitlab');
const named = (name: string) => ON_GITHUB.find((one) => one.name === name)?.workflow;

/** Permissions of jobs, by workflow. */
const PERMISSIONS: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  'access-page': [{ actions: 'read', contents: 'read', 'id-token': 'write' }],
  apply: [{ contents: 'read', 'id-token': 'write' }],
  clusters: [{ contents: 'read', 'id-token': 'write' }, { contents: 'read' }],
  drift: [{ contents: 'read', 'id-token': 'write' }],
  'drift-access-entries': [{ contents: 'read', 'id-token': 'write' }],
  'follow-access-entries': [{ contents: 'write', 'id-token': 'write', 'pull-requests': 'write' }],
  'follow-aws-auth': [{ contents: 'write', 'id-token': 'write', 'pull-requests': 'write' }],
  'pull-request': [{ contents: 'read' }],
};

test('each workflow has no more permissions than it needs', () => {
  const found = ON_GITHUB.map(({ name, workflow: { jobs } }) => [
    name,
    Object.values(jobs).map(({ permissions }) => permissions),
  ]);
  expect(Object.fromEntries(found)).toEqual(PERMISSIONS);
  for (const { workflow } of ON_GITHUB) expect(workflow.permissions).toEqual({});
  const names = new Set(ON_GITHUB.map(({ workflow }) => workflow.name));
  expect(names.size).toBe(ON_GITHUB.length);
});

describe.each(ON_GITHUB)('the workflow $name', ({ text, workflow }) => {
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  test('pins each action to a commit', () => {
    const uses = [...text.matchAll(/uses: (.*)$/gm)].map(([, action = '']) => action);
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w.-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('puts no value into the text of a script, and none from outside anywhere', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
    const expressions = [...text.matchAll(/\$\{\{ (.*?) \}\}/g)].map(([, name]) => name);
    for (const name of expressions)
      expect(name).toMatch(
        /^((vars|env)\.[A-Z_]+|matrix\.folder|github\.token|steps\.clusters\.outputs\.folders|fromJSON\(needs\.snapshot\.outputs\.folders\))$/,
      );
  });

  test('keeps no credentials of the repository, and ends some time', () => {
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')))
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    for (const job of Object.values(workflow.jobs)) expect(job['timeout-minutes']).toBeLessThan(20);
  });

  test('has nothing to replace', () => {
    expect(text).not.toMatch(/\b(OWNER|COMMIT|example)\b/);
    // Accounts are variables, except in the workflow that can make cluster admins: reviewers must see them.
    if (workflow.name !== 'aws-auth-apply') expect(text).not.toMatch(/\d{12}\b(?!.* # v)|eu-west-1/);
  });
});

/** Programs of the runner; each notes in `calls` of the working directory how it was called. */
const noting = (name: string, script: string) =>
  `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> "$HOME/calls"\n${script}`;

const AWS = noting('aws', '[ "$*" = "eks update-kubeconfig --name prod" ] || exit 64\n');
/** Remembers whether there is a pull request. An earlier run exists once `before.html` does, and has that file. */
const GH = noting(
  'gh',
  `case "$1 $2" in
  "run list") [ "$4" = "$GITHUB_WORKFLOW" ] || exit 64; if [ -e "$HOME/before.html" ]; then echo 4711; fi ;;
  "run download") [ "$GH_TOKEN $3 $4 $5 $6" = "TOKEN 4711 --name access --dir" ] && mkdir "$7" && cp "$HOME/before.html" "$7/access.html" ;;
  "auth setup-git") [ "$GH_TOKEN" = TOKEN ] ;;
  "pr list") if [ -e "$HOME/pr-$4" ]; then echo '[{"number":1}]'; else echo '[]'; fi ;;
  "pr create") touch "$HOME/pr-$4" ;;
  *) exit 64 ;;
esac
`,
);

const COMMIT = ['-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '--message'] as const;

interface Runner {
  readonly cwd: string;
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
  readonly job: (workflow: string, job: string, values?: Readonly<Record<string, string>>) => Promise<Ended>;
  readonly calls: () => Promise<string[]>;
  readonly git: (...argv: readonly string[]) => string;
}

/** Puts what a repository has into `origin` and its branch `main`. */
function push({ git, cwd }: Runner): void {
  git('init', '--quiet', '--initial-branch=main');
  git('init', '--quiet', '--bare', 'origin.git');
  git('remote', 'add', 'origin', join(cwd, 'origin.git'));
  git('add', 'clusters');
  git(...COMMIT, 'As it was');
}

interface Circumstances {
  readonly kubectl?: string;
  readonly world?: WorldInput;
  readonly callerAccountId?: string;
}

/** A runner with a checkout, the AWS of the examples behind `configure-aws-credentials`, and a cluster behind kubectl. */
async function runner({ kubectl = KUBECTL, world, callerAccountId }: Circumstances = {}): Promise<Runner> {
  const caller = callerAccountId === undefined ? {} : { callerAccountId };
  const { env } = await fakeAwsForTest(world ?? (await exampleWorld()), caller);
  const programs = { ...runnerPrograms(), kubectl, aws: AWS, gh: GH };
  const { cwd, path } = await readersFolder(programs);
  // As the page says. The program comes from there.
  await mkdir(join(cwd, '.github'));
  await writeFile(join(cwd, '.github', 'aws-auth-sso.tgz'), '');
  await rm(join(cwd, 'path', 'aws-auth-sso'));
  const prod = join(cwd, 'clusters', 'prod');
  await cp(join(prod, 'aws-auth-sso.yaml'), join(prod, 'access-entries.yaml'));
  const signedIn: Record<string, string> = {
    AWS_EC2_METADATA_DISABLED: 'true',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'OIDC',
  };
  const artifact = join(cwd, 'artifact');
  const git = (...argv: readonly string[]) => {
    const { stdout, stderr, status } = spawnSync('git', argv, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`git ${argv.join(' ')}: ${stderr}`);
    return stdout;
  };
  const actions = {
    'actions/checkout': async ({ path: folder = '', ref = '' }) => {
      if (ref === '') return;
      await rm(join(cwd, folder), { recursive: true, force: true });
      git('clone', '--quiet', '--branch', ref, join(cwd, 'origin.git'), folder);
    },
    'aws-actions/configure-aws-credentials': async (inputs: Readonly<Record<string, string>>) => {
      expect(inputs).toEqual({
        'role-to-assume': expect.stringMatching(/^arn:aws:iam::(111122223333|444455556666):role\/EksAuthCi$/),
        'aws-region': 'eu-west-1',
      });
      Object.assign(signedIn, env);
    },
    'actions/upload-artifact': async ({ name = '', path: files = '' }) => {
      for (const file of files.trim().split('\n')) {
        await cp(join(cwd, file), join(artifact, name, file));
        await rm(join(cwd, file));
      }
    },
    'actions/download-artifact': async ({ name = '' }) => cp(join(artifact, name), cwd, { recursive: true }),
  };
  return {
    cwd,
    path,
    env,
    git,
    job: async (workflow, name, changed = {}) => {
      const { name: title = '', jobs = {} } = named(workflow) ?? {};
      const { steps = [], env: shared = {} } = jobs[name] ?? {};
      const variables = Object.entries(VARIABLES).map(([variable, value]) => [`vars.${variable}`, value]);
      const own = Object.entries(shared).map(([variable, value]) => [`env.${variable}`, value]);
      const values = { ...Object.fromEntries([...variables, ...own]), ...changed };
      const inJob = steps.map(
        (step): Step => (step.run ? { ...step, env: { ...shared, ...step.env } } : step),
      );
      // A job has only the credentials that one of its steps gets.
      for (const key of Object.keys(env)) delete signedIn[key];
      signedIn.GITHUB_WORKFLOW = title;
      return runSteps(inJob, { cwd, path, env: signedIn, values, actions });
    },
    calls: async () => (await readFile(join(cwd, 'calls'), 'utf8').catch(() => '')).split('\n').slice(0, -1),
  };
}

/** A role of the cluster's account that may do no more than the pages say. */
async function limited(changes: Partial<WorldInput> = {}): Promise<Circumstances> {
  const world = await exampleWorld();
  const denies = ['organizations.*', 'sso-admin.*', 'identitystore.*', 'sts.AssumeRole'];
  const accounts = world.accounts?.map((one) => (one.id === PROD ? { ...one, denies } : one)) ?? [];
  return { world: { ...world, accounts, ...changes }, callerAccountId: PROD };
}

/** The config of docs/gitops.md. */
const [{ text: ONE_MAPPING } = { text: '' }] = blocksIn('docs/gitops.md').filter(({ text }) =>
  text.startsWith('accounts:'),
);

const titles = ({ stdout }: Ended) =>
  workflowCommandsIn(stdout).map(({ properties: { title = '' } }) => title);

describe('on a runner', () => {
  test('a pull request is checked against the snapshot of last night, without AWS', async () => {
    const machine = await runner();
    const { cwd, job, git } = machine;
    push(machine);
    expect((await job('follow-aws-auth', 'follow')).exitCode).toBe(0);
    git('switch', '--quiet', '--force', 'main');
    const stale = await job('pull-request', 'check');
    expect(stale.exitCode).toBe(1);
    expect(titles(stale)).toEqual(['stale-role']);
    const map = join(cwd, 'clusters', 'prod', 'aws-auth.yaml');
    const text = await readFile(map, 'utf8');
    await writeFile(map, text.replace('00aa11bb22cc33dd', 'c3402ddbb14af723'));
    const missing = await job('pull-request', 'check');
    expect(missing.exitCode).toBe(1);
    expect(titles(missing)).toEqual(['added', 'added', 'added']);
    // A night without a new snapshot.
    await writeFile(map, text);
    git('switch', '--quiet', '--force', 'aws-auth-snapshot');
    const snapshot = JSON.parse(await readFile(join(cwd, 'inventory.json'), 'utf8'));
    const capturedAt = new Date(Date.now() - 47 * 3_600_000).toISOString();
    await writeFile(join(cwd, 'inventory.json'), JSON.stringify({ ...snapshot, capturedAt }));
    git('add', 'inventory.json');
    git(...COMMIT, 'Long ago');
    git('push', '--quiet', 'origin', 'aws-auth-snapshot');
    git('switch', '--quiet', 'main');
    expect(titles(await job('pull-request', 'check'))).toEqual(titles(stale));
  });

  const WITH_VARIABLES = ON_GITHUB.flatMap(({ name, text, workflow }) => {
    const [job = ''] = Object.keys(workflow.jobs);
    const variables = new Set([...text.matchAll(/\bvars\.(\w+)/g)].map(([, variable = '']) => variable));
    return [...variables].map((variable) => ({ name, job, variable }));
  });

  test.each(WITH_VARIABLES)('$name says that $variable is missing, and does nothing', async (missing) => {
    const { job, calls, cwd } = await runner();
    const ended = await job(missing.name, missing.job, { [`vars.${missing.variable}`]: '' });
    const [told, ...more] = workflowCommandsIn(ended.stdout);
    expect([ended.exitCode, more]).toEqual([1, []]);
    const data = `The variable ${missing.variable} is missing. Set it: gh variable set ${missing.variable}`;
    expect(told).toMatchObject({ command: 'error', data });
    expect(await calls()).toEqual([]);
    await expect(readFile(join(cwd, 'npm-installs'))).rejects.toThrow('ENOENT');
  });

  test('drift of a cluster is found, annotated and summed up', async () => {
    const { cwd, job, calls } = await runner();
    const ended = await job('drift', 'drift');
    expect(ended.exitCode, ended.stderr).toBe(1);
    expect(titles(ended)).toEqual(['rotated', 'added', 'added', 'added']);
    expect(await calls()).toEqual(['aws eks update-kubeconfig --name prod']);
    expect(await readFile(join(cwd, 'summary.md'), 'utf8')).toContain('live&#46;yaml');
  });

  test('drift of access entries is found without access to the cluster', async () => {
    const { cwd, job, calls } = await runner(await limited());
    await writeFile(join(cwd, 'clusters', 'prod', 'access-entries.yaml'), ONE_MAPPING);
    const ended = await job('drift-access-entries', 'drift');
    expect(ended.exitCode, ended.stderr).toBe(1);
    expect(titles(ended)).toEqual(['unmapped', 'added']);
    expect(await calls()).toEqual([]);
  });

  test('re-created roles are followed by one pull request, which later runs update', async () => {
    const machine = await runner();
    const { cwd, job, git, calls } = machine;
    push(machine);
    // Also on nights when no role is re-created.
    let lastCapture = 0;
    const expectCurrentSnapshot = async () => {
      git('fetch', '--quiet', 'origin');
      expect(git('ls-tree', '--name-only', 'origin/aws-auth-snapshot')).toBe('inventory.json\n');
      const pushed = git('show', 'origin/aws-auth-snapshot:inventory.json');
      expect(pushed).toBe(await readFile(join(cwd, 'inventory.json'), 'utf8'));
      const captured = Date.parse(JSON.parse(pushed).capturedAt);
      expect(captured).toBeGreaterThan(lastCapture);
      lastCapture = captured;
    };
    const follow = async () => {
      git('switch', '--quiet', '--force', 'main');
      git('branch', '--list', 'follow-aws-auth') && git('branch', '--quiet', '-D', 'follow-aws-auth');
      const { exitCode, stderr } = await job('follow-aws-auth', 'follow');
      expect(exitCode, stderr).toBe(0);
      expect((await calls()).filter((call) => call.startsWith('gh pr create'))).toHaveLength(1);
      const changed = git('diff', '--name-only', 'main', 'origin/follow-aws-auth', '--', 'clusters');
      expect(changed).toBe('clusters/prod/aws-auth.yaml\n');
      await expectCurrentSnapshot();
      expect(git('show', 'origin/follow-aws-auth:clusters/prod/aws-auth.yaml')).toContain('c3402ddbb14af723');
      return git('rev-parse', 'origin/follow-aws-auth');
    };
    const first = await follow();
    // The snapshot is another, and nothing else.
    expect(await follow()).toBe(first);
    git('push', '--quiet', '--force', 'origin', 'main:follow-aws-auth');
    expect(await follow()).not.toBe(first);
    git('switch', '--quiet', '--force', '-C', 'main', 'follow-aws-auth');
    git('branch', '--quiet', '-D', 'follow-aws-auth');
    const pullRequests = async () => (await calls()).filter((call) => call.startsWith('gh pr')).length;
    const before = await pullRequests();
    expect((await job('follow-aws-auth', 'follow')).exitCode).toBe(0);
    expect(await pullRequests()).toBe(before);
    await expectCurrentSnapshot();
    // Without its branch, a pull request that is no longer wanted is closed.
    expect(git('branch', '--list')).toBe('* main\n');
    expect(git('ls-remote', 'origin', 'refs/heads/follow-aws-auth')).toBe('');
    expect((await job('follow-aws-auth', 'follow')).exitCode).toBe(0);
  });

  describe('access entries for Argo CD and Flux', () => {
    const FILE = 'clusters/prod/entries/access-entries.yaml';

    /** A runner of a repository that has only a config, and the job on a fresh checkout of `main`. */
    async function repository(circumstances: Circumstances) {
      const machine = await runner(circumstances);
      const { cwd, job, git, calls } = machine;
      push(machine);
      const write = async () => {
        git('switch', '--quiet', '--force', 'main');
        git('branch', '--list', 'follow-access-entries') &&
          git('branch', '--quiet', '-D', 'follow-access-entries');
        await rm(join(cwd, 'clusters', 'prod', 'entries'), { recursive: true, force: true });
        git('checkout', '--quiet', '--', 'clusters');
        return job('follow-access-entries', 'follow');
      };
      const pullRequests = async () =>
        (await calls()).filter((call) => call.startsWith('gh pr create')).length;
      return { cwd, git, write, pullRequests };
    }

    test('are written to a file, which one pull request adds', async () => {
      const { git, write, pullRequests } = await repository({});
      const first = await write();
      // The cluster lacks them until the pull request is merged.
      expect(first.exitCode, first.stderr).toBe(1);
      expect(titles(first)).toContain('added');
      expect(git('diff', '--name-only', 'main', 'origin/follow-access-entries')).toBe(`${FILE}\n`);
      const objects = [...readAckObjects(git('show', `origin/follow-access-entries:${FILE}`)).values()];
      expect(objects.map(({ spec }) => spec.clusterName)).toEqual(['prod', 'prod', 'prod', 'prod']);
      const commit = git('rev-parse', 'origin/follow-access-entries');
      await write();
      expect(git('rev-parse', 'origin/follow-access-entries')).toBe(commit);
      git('switch', '--quiet', '--force-create', 'main', 'origin/follow-access-entries');
      await write();
      expect(git('ls-remote', 'origin', 'refs/heads/follow-access-entries')).toBe('');
      // The cluster still lacks them, and nothing else fails.
      expect((await write()).exitCode).toBe(1);
      expect(await pullRequests()).toBe(1);
    });

    test('that a reverted config no longer wants are in no pull request', async () => {
      const { cwd, git, write } = await repository({});
      await write();
      git('switch', '--quiet', '--force-create', 'main', 'origin/follow-access-entries');
      const config = join(cwd, 'clusters', 'prod', 'access-entries.yaml');
      const before = await readFile(config, 'utf8');
      const isProposed = () => git('ls-remote', 'origin', 'refs/heads/follow-access-entries') !== '';
      const writeWith = async (text: string) => {
        git('switch', '--quiet', '--force', 'main');
        await writeFile(config, text);
        git('add', 'clusters');
        git(...COMMIT, 'Another config');
        await write();
      };
      await writeWith(before.replace(/ {2}- permissionSet: ReadOnly\n( {4}.*\n)+/, ''));
      expect(isProposed()).toBe(true);
      await writeWith(before);
      expect(isProposed()).toBe(false);
    });

    test('are not written if AWS does not answer, and nothing is committed', async () => {
      const world = await exampleWorld();
      const accounts = world.accounts?.map((one) => (one.id === PROD ? { ...one, denies: ['iam.*'] } : one));
      const { git, write, pullRequests } = await repository({
        world: { ...world, accounts: accounts ?? [] },
      });
      expect((await write()).exitCode).toBe(3);
      expect(git('branch', '--list', '--all', '*follow-access-entries')).toBe('');
      expect(await pullRequests()).toBe(0);
    });

    test('are applied from the folder of the file, by Argo CD and by Flux', () => {
      const manifests = blocksIn('docs/gitops.md')
        .filter(({ language, text }) => language === 'yaml' && text.startsWith('apiVersion:'))
        .map(({ text }) => load(text));
      const path = dirname(FILE);
      expect(manifests).toEqual([
        expect.objectContaining({
          kind: 'Application',
          spec: expect.objectContaining({ source: expect.objectContaining({ path }) }),
        }),
        expect.objectContaining({
          kind: 'Kustomization',
          spec: expect.objectContaining({ path, prune: true }),
        }),
      ]);
    });

    test('that are dead fail the job, though their objects stay the same', async () => {
      const entry = {
        permissionSet: 'ReadOnly',
        policies: ['AmazonEKSViewPolicy'],
        username: 'sso:{{SessionName}}',
      };
      const jobWith = async (createdAt: string) => {
        const clusters = [{ name: 'prod', account: PROD, accessEntries: [{ ...entry, createdAt }] }];
        const { cwd, git, write } = await repository(await limited({ clusters }));
        await writeFile(join(cwd, 'clusters', 'prod', 'access-entries.yaml'), ONE_MAPPING);
        git('add', 'clusters');
        git(...COMMIT, 'One mapping');
        const ended = await write();
        return { ended, text: git('show', `origin/follow-access-entries:${FILE}`) };
      };
      const [alive, dead] = [
        await jobWith('2026-11-30T00:00:00.000Z'),
        await jobWith('2020-01-01T00:00:00.000Z'),
      ];
      expect(alive.ended.exitCode, alive.ended.stderr).toBe(0);
      expect(dead.ended.exitCode).toBe(1);
      expect(titles(dead.ended).length).toBeGreaterThan(0);
      expect(dead.text).toBe(alive.text);
    });
  });

  test('a file stays as it is where a role is missing, and the snapshot shows it', async () => {
    const machine = await runner();
    const { cwd, job, git } = machine;
    push(machine);
    const config = join(cwd, 'clusters', 'prod', 'aws-auth-sso.yaml');
    await writeFile(config, (await readFile(config, 'utf8')).replace('ClusterAdmin', 'NoSuchSet'));
    const before = await readFile(join(cwd, 'clusters', 'prod', 'aws-auth.yaml'), 'utf8');
    expect((await job('follow-aws-auth', 'follow')).exitCode).toBe(2);
    expect(await readFile(join(cwd, 'clusters', 'prod', 'aws-auth.yaml'), 'utf8')).toBe(before);
    expect(git('ls-remote', '--heads', 'origin').match(/refs.*/g)).toEqual(['refs/heads/aws-auth-snapshot']);
    expect((await job('apply', 'apply')).exitCode).toBe(2);
    await expect(readFile(join(cwd, 'replaced.yaml'))).rejects.toThrow('ENOENT');
  });

  /** The first replacements fail, with this message. */
  const failing = (count: number, message: string) =>
    KUBECTL.replace(
      '"replace -f")',
      `"replace -f") echo try >> tries; if [ "$(wc -l < tries)" -le ${count} ]; then echo '${message}' >&2; exit 1; fi;`,
    );
  const CONFLICT = 'Error from server (Conflict): the object has been modified';

  test.each([
    ['at once', KUBECTL, 0, 1],
    ['after two conflicts', failing(2, CONFLICT), 0, 3],
    ['not after five conflicts', failing(5, CONFLICT), 1, 5],
    ['not after another failure', failing(1, 'Error from server (Forbidden): no'), 1, 1],
  ])('a merge is applied: %s', async (_, kubectl, exitCode, tries) => {
    const { cwd, job, calls } = await runner({ kubectl: noting('kubectl', kubectl) });
    const ended = await job('apply', 'apply');
    expect(ended.exitCode, ended.stderr).toBe(exitCode);
    expect((await calls()).filter((call) => call.startsWith('kubectl replace'))).toHaveLength(tries);
    const replaced = await readFile(join(cwd, 'replaced.yaml'), 'utf8').catch(() => '');
    expect(replaced.includes('c3402ddbb14af723')).toBe(exitCode === 0);
    if (exitCode === 0) expect(replaced).toContain('resourceVersion');
  });

  test('eight clusters are compared with one snapshot, in jobs without access to AWS', async () => {
    const { cwd, job } = await runner({ world: FORTY_ACCOUNTS });
    await writeClusters(cwd);
    const snapshot = await job('clusters', 'snapshot');
    expect(snapshot.exitCode, snapshot.stderr).toBe(0);
    // A job for each folder.
    expect(JSON.parse(snapshot.outputs.folders ?? '')).toEqual(CLUSTERS.map((name) => `clusters/${name}`));
    const { jobs } = named('clusters') ?? {};
    expect(jobs?.snapshot?.outputs).toEqual({ folders: '${{ steps.clusters.outputs.folders }}' });
    expect(jobs?.drift?.strategy?.matrix.folder).toBe('${{ fromJSON(needs.snapshot.outputs.folders) }}');
    for (const cluster of ['dev-eu', 'prod-us']) {
      const { stdout, stderr, exitCode } = await job('clusters', 'drift', {
        'matrix.folder': `clusters/${cluster}`,
      });
      expect(exitCode, stderr).toBe(1);
      const found = workflowCommandsIn(stdout);
      expect(found[0]?.properties).toMatchObject({
        title: 'rotated',
        file: `clusters/${cluster}/aws-auth.yaml`,
      });
      for (const { data } of found) expect(data).toContain(`arn:aws:iam::${accountIdOf(cluster)}:role/`);
      expect(found.map(({ properties }) => properties.title)).not.toContain('unlisted');
    }
  });

  test('a page is made every night, and once there is one of a month ago, compared with it', async () => {
    const world = await exampleWorld();
    const accounts = world.accounts?.map((one) => ({ ...one, assumableRole: 'EksAuthReader' })) ?? [];
    const { cwd, job } = await runner({ world: { ...world, accounts } });
    const first = await job('access-page', 'page');
    expect(first.exitCode, first.stderr).toBe(0);
    const page = await readFile(join(cwd, 'artifact', 'access', 'access.html'), 'utf8');
    expect(page.includes('"since":null')).toBe(true);
    const alice = /"id":"[^"]*","name":"alice@example.com"/;
    expect(page).toMatch(alice);
    const before = page.replace(alice, '"id":"left","name":"left@example.com"');
    await writeFile(join(cwd, 'before.html'), before);
    const second = await job('access-page', 'page');
    expect(second.exitCode, second.stderr).toBe(0);
    const compared = await readFile(join(cwd, 'artifact', 'access', 'access.html'), 'utf8');
    expect(['before/access.html', 'left@example.com'].filter((part) => !compared.includes(part))).toEqual([]);
  });

  test('a new user finds drift with a config of init, and a role that may do no more than the page says', async () => {
    const { cwd, path, env, job } = await runner(await limited());
    const setUp = `npm install --global --ignore-scripts .github/aws-auth-sso.tgz
kubectl get configmap aws-auth -n kube-system -o yaml > live.yaml
rm clusters/prod/aws-auth-sso.yaml
aws-auth-sso init --from live.yaml -c clusters/prod/aws-auth-sso.yaml --inventory examples/inventory.json`;
    const proposed = await runSteps([{ run: setUp }], { cwd, path, env });
    expect(proposed.exitCode, proposed.stderr).toBe(0);
    const drift = await job('drift', 'drift');
    expect(drift.exitCode, drift.stderr).toBe(1);
    expect(titles(drift)).toEqual(['rotated']);
  });

  test('of GitLab, drift is found by web identity', async () => {
    const { cwd, path } = await runner();
    const map = join(cwd, 'clusters', 'prod', 'aws-auth.yaml');
    await writeFile(map, (await readFile(map, 'utf8')).replace('user/break-glass', 'user/eve'));
    const world = await exampleWorld();
    const [id, assumableRole] = [world.managementAccountId ?? '', 'EksAuthCi'];
    const accounts = world.accounts?.map((one) => (one.id === id ? { ...one, assumableRole } : one)) ?? [];
    const { env } = await fakeAwsForTest({ ...world, accounts });
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ...others } = env;
    const gitlab = load(textOf('examples/workflows/gitlab.yaml')) as Readonly<Record<string, GitLabJob>>;
    const job = gitlab['aws-auth-drift'] as GitLabJob;
    expect(Object.keys(job.id_tokens)).toEqual(['AWS_TOKEN']);
    const script = [{ run: job.script.join('\n') }];
    const { AWS_REGION = '', ...withoutRegion } = others;
    expect(await runSteps(script, { cwd, path, env: { ...withoutRegion, AWS_ROLE_ARN: 'a' } })).toMatchObject(
      {
        exitCode: 1,
        stdout: 'The CI/CD variable AWS_REGION is missing\n',
      },
    );
    // The account of the fake that may read the others.
    await mkdir(join(cwd, '.gitlab'));
    await cp(join(cwd, '.github', 'aws-auth-sso.tgz'), join(cwd, '.gitlab', 'aws-auth-sso.tgz'));
    const role = { AWS_ROLE_ARN: `arn:aws:iam::${id}:role/${assumableRole}` };
    const token = { AWS_WEB_IDENTITY_TOKEN_FILE: join(cwd, 'token'), AWS_TOKEN: TOKENS.web };
    const { exitCode, stderr } = await runSteps(script, {
      cwd,
      path,
      env: { ...others, AWS_REGION, ...job.variables, ...role, ...token },
    });
    expect(stderr).toContain('3 added, 1 rotated, 1 unchanged, 1 unlisted');
    expect(exitCode).toBe(1);
  });
});
