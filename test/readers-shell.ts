import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { awsCommand, awsProgram } from './access-entry/aws-command.ts';
import { FORTY_ACCOUNTS, writeClusters } from './eight-clusters.ts';
import { exampleWorld } from './example-world.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import type { FakeAws } from './fake-aws/server.ts';
import { type ReadersFolder, readersFolder } from './readers-folder.ts';
import { worldOfThePolicies } from './reading-role.ts';
import { openConfigMapCluster, openThreeClusters } from './three-clusters.ts';

/** Answers like kubectl with the cluster of the examples, and runs plugins. */
export const KUBECTL = `#!/bin/sh
case "$1 $2" in
  "--context arn:aws:eks:"*) cat live-aws-auth.yaml ;;
  "get configmap") cat replaced.yaml 2> /dev/null || awk '{ print } /^  name: aws-auth$/ { print "  resourceVersion: \\"4711\\"" }' examples/aws-auth.yaml ;;
  "replace -f") cat "$3" > received.yaml; test -s received.yaml && mv received.yaml replaced.yaml && echo configmap/aws-auth replaced ;;
  "apply -f") awk '/^kind: / { kind = tolower($2) } /^  name: "aws-auth-sso:/ { gsub(/"/, ""); print kind ".rbac.authorization.k8s.io/" $2 " created" }' ;;
  "delete clusterrolebinding" | "delete rolebinding") echo "$2.rbac.authorization.k8s.io \\"$3\\" deleted" ;;
  "apply --server-side") cat > applied.yaml; test -s applied.yaml && echo configmap/aws-auth serverside-applied ;;
  "create -f") cat > created.yaml; test -s created.yaml && echo configmap/aws-auth created ;;
  "get clusterroles,clusterrolebindings,roles,rolebindings") cat examples/rbac.yaml ;;
  "auth can-i") echo yes ;;
  "get pods") echo "No resources found in $4 namespace." >&2 ;;
  "create role" | "create clusterrole" | "create clusterrolebinding" | "create rolebinding") echo "$2.rbac.authorization.k8s.io/$3 created" ;;
  "aws-auth-sso "*) shift; exec kubectl-aws_auth_sso "$@" ;;
  *) echo "unexpected: kubectl $*" >&2; exit 1 ;;
esac
`;

/** Answers like the AWS CLI, for a user whose role was re-created since. */
const AWS = `#!/bin/sh
case "$1 $2" in
  "sso login" | "eks update-kubeconfig") ;;
  "sts get-caller-identity") echo '{"UserId": "AROAEXAMPLE:alice", "Account": "111122223333", "Arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_ClusterAdmin_c3402ddbb14af723/alice@example.com"}' ;;
  *) echo "unexpected: aws $*" >&2; exit 1 ;;
esac
`;

/** Answers like GitHub's CLI in a repository. */
const GH = `#!/bin/sh
case "$1 $2 $4" in
  "variable set --body") ;;
  *) echo "unexpected: gh $*" >&2; exit 1 ;;
esac
`;

/** Answers like npm, with a package that was installed globally. */
const NPM = `#!/bin/sh
case "$*" in
  "root --global") echo "$PWD/global" ;;
  "pack --silent --ignore-scripts $PWD/global/aws-auth-sso") echo packed > aws-auth-sso-0.2.0.tgz; echo aws-auth-sso-0.2.0.tgz ;;
  *) echo "unexpected: npm $*" >&2; exit 1 ;;
esac
`;

type Environment = Readonly<Record<string, string>>;

const GET = 'kubectl get configmap aws-auth -n kube-system -o yaml';

async function configured({ env }: FakeAws, { cwd }: ReadersFolder): Promise<Environment> {
  for (const config of ['aws-auth-sso.yaml', 'clusters/prod/access-entries.yaml'])
    await copyFile(join(cwd, 'examples', 'aws-auth-sso.yaml'), join(cwd, config));
  return env;
}

/** Conditions for a block's commands, by words in the comment above it: change the fake AWS, or return another environment. */
const CIRCUMSTANCES: Readonly<
  Record<string, (fake: FakeAws, folder: ReadersFolder) => Promise<Environment> | Environment>
> = {
  '': ({ env }) => env,
  'new-repository': async ({ env }, { cwd }) => {
    await rm(join(cwd, 'clusters'), { recursive: true });
    return env;
  },
  'reading-role': async () => (await fakeAwsForTest(await worldOfThePolicies())).env,
  'eight-clusters': async (_, { cwd }) => {
    await writeClusters(cwd);
    return (await fakeAwsForTest(FORTY_ACCOUNTS)).env;
  },
  // The reader has written a config.
  configured,
  // And merged it into the cluster.
  merged: async (fake, folder) => {
    const env = await configured(fake, folder);
    await bash(`${GET} | aws-auth-sso merge | kubectl replace -f -`, folder, env);
    return env;
  },
  // Three saved files, with the entries that Carol uses.
  'carol-works': async ({ env }, folder) => {
    const merge = 'aws-auth-sso merge examples/aws-auth.yaml -c examples/aws-auth-sso.yaml';
    await bash(`cp examples/inventory.json examples/rbac.yaml .\n${merge} > aws-auth.yaml`, folder, env);
    return env;
  },
  // Carol is deleted, and so is her binding.
  'carol-left': async (_, { cwd }) => {
    const carol = 'carol@example.com';
    const { users = [], groups = [], ...world } = await exampleWorld();
    const remaining = users.filter((user) => typeof user !== 'object' || user.userName !== carol);
    const without = groups.map((group) =>
      typeof group === 'string'
        ? group
        : { ...group, members: (group.members ?? []).filter((name) => name !== carol) },
    );
    const rbac = join(cwd, 'examples', 'rbac.yaml');
    const manifests = (await readFile(rbac, 'utf8')).split('---\n');
    await writeFile(rbac, manifests.filter((text) => !text.includes('sso:carol-example.com')).join('---\n'));
    return (await fakeAwsForTest({ ...world, users: remaining, groups: without })).env;
  },
  'account-of-the-cluster': async (_, folder) =>
    withAwsCli((await fakeAwsForTest(await exampleWorld(), { callerAccountId: '111122223333' })).env, folder),
  'config-map-cluster': async (_, folder) =>
    withAwsCli((await openConfigMapCluster(await exampleWorld())).env, folder),
  'three-clusters': async (_, folder) =>
    withAwsCli((await openThreeClusters(folder.cwd, await exampleWorld())).env, folder),
};

/** Replaces `aws` by one that changes the clusters of the environment's fake AWS. */
async function withAwsCli(env: FakeAws['env'], { cwd }: ReadersFolder): Promise<Environment> {
  await writeFile(join(cwd, 'path', 'aws'), await awsProgram(awsCommand(env)));
  return env;
}

export interface Ran {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script like a reader would, in the order of a page. */
export interface ReadersShell {
  /** Working directory of the commands. */
  readonly folder: string;
  readonly run: (script: string, circumstances?: string) => Promise<Ran>;
}

/** A shell in a reader's folder, with kubectl and a fake AWS for the examples. */
export async function readersShell(): Promise<ReadersShell> {
  const folder = await readersFolder({ kubectl: KUBECTL, aws: AWS, gh: GH, npm: NPM });
  await cp(join(folder.cwd, 'examples'), join(folder.cwd, 'global', 'aws-auth-sso', 'examples'), {
    recursive: true,
  });
  const fakes = new Map<string, Promise<Environment>>();
  const environmentUnder = async (name: string): Promise<Environment> => {
    const change = CIRCUMSTANCES[name];
    if (!change) throw new Error(`unknown circumstances: ${name}`);
    return change(await fakeAwsForTest(await exampleWorld()), folder);
  };
  return {
    folder: folder.cwd,
    run: async (script, circumstances = '') => {
      const environment = fakes.get(circumstances) ?? environmentUnder(circumstances);
      fakes.set(circumstances, environment);
      return bash(script, folder, await environment);
    },
  };
}

export async function bash(script: string, { cwd, path }: ReadersFolder, env: Environment): Promise<Ran> {
  const child = spawn('bash', ['-c', `set -o pipefail\n${script}`], {
    cwd,
    env: { ...env, HOME: cwd, PATH: `${path}:/usr/bin:/bin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [[exitCode], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ]);
  return { exitCode, stdout, stderr };
}
