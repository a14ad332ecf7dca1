import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accountIdOf, awsAuth, CLUSTERS, FORTY_ACCOUNTS, RECIPE, writeClusters } from './eight-clusters.ts';
import { fakeAwsForTest } from './fake-aws/fake-aws-for-test.ts';
import { type ReadersFolder, readersFolder } from './readers-folder.ts';
import { bash } from './readers-shell.ts';

/** Each context has its cluster's ConfigMap in a file. */
const KUBECTL = `#!/bin/sh
case "$*" in
  "get configmap aws-auth -n kube-system -o yaml --context "*) sed 's/^metadata:/&\\n  resourceVersion: "4711"/' "live/$9.yaml" ;;
  "replace --context "*" -f -") cat > replaced.yaml && mv replaced.yaml "live/$3.yaml" && echo configmap/aws-auth replaced ;;
  *) echo "unexpected: kubectl $*" >&2; exit 1 ;;
esac
`;

const SCRIPTS = RECIPE.filter(({ language }) => language === 'bash' || language === 'sh').map(
  ({ text }) => text,
);
const scriptWith = (part: string) => {
  const [script = '', ...others] = SCRIPTS.filter((one) => one.includes(part));
  expect(others).toEqual([]);
  return script;
};

/** Runs a script in a reader's folder with these clusters; counts its calls to AWS. */
async function reader(clusters: readonly string[] = CLUSTERS) {
  const folder: ReadersFolder = await readersFolder({ kubectl: KUBECTL });
  await bash('mkdir live', folder, {});
  await writeClusters(folder.cwd, clusters);
  const run = async (script: string) => {
    const fake = await fakeAwsForTest(FORTY_ACCOUNTS);
    const ran = await bash(script, folder, fake.env);
    return { ...ran, calls: fake.calls };
  };
  const textOf = (path: string) => readFile(join(folder.cwd, path), 'utf8');
  const entriesOf = async (cluster: string, file = `clusters/${cluster}/aws-auth.yaml`) =>
    [
      ...(await textOf(file)).matchAll(
        /rolearn: arn:aws:iam::(\d+):role\/(?:AWSReservedSSO_)?([\w-]+?)(?:_[0-9a-f]{16})?$/gm,
      ),
    ].map(([, id, name]) => [id, name]);
  return { folder, run, textOf, entriesOf };
}

/** The final entries of a cluster, with the single config. */
function expectedEntries(cluster: string) {
  const names = [
    'eks-node',
    'ClusterAdmin',
    ...(/^(?:dev|test)-/.test(cluster) ? ['Developer'] : []),
    'ReadOnly',
  ];
  return names.map((name) => [accountIdOf(cluster), name]);
}

const DIFF = scriptWith('aws-auth-sso diff');
/** Replacements in the loop that the text after it describes. */
const instead = (script: string, words: string, others: string) => {
  expect(script).toContain(words);
  return script.replace(words, others);
};
const MERGE = instead(DIFF, 'diff --strict', 'merge --write --for apply');
const SAVE = scriptWith('mkdir -p');
const EACH = instead(
  instead(MERGE, 'snapshot -c aws-auth-sso.yaml', 'snapshot --all-accounts'),
  '-c aws-auth-sso.yaml --account "$(basename "$folder")"',
  '-c "$folder/aws-auth-sso.yaml"',
);
const ALL = scriptWith('aws-auth-sso who');

test('every script of the recipe is tested here', () => {
  expect([SAVE, DIFF, ALL].sort()).toEqual([...SCRIPTS].sort());
});

test.each([
  ['diff', DIFF, 8, 1],
  ['merge --write', MERGE, 8, 0],
  ['merge --write with a config for each', `rm aws-auth-sso.yaml\n${EACH}`, 40, 0],
])(
  '%s for eight clusters in forty accounts makes the AWS calls of one cluster',
  async (_, script, accounts, code) => {
    const eight = await (await reader()).run(script);
    const one = await (await reader(CLUSTERS.slice(0, 1))).run(script);
    expect([eight.exitCode, one.exitCode], eight.stderr).toEqual([code, code]);
    expect(eight.calls).toEqual(one.calls);
    expect(one.calls['iam.ListRoles']).toBe(accounts);
  },
);

test('diff shows the changes of each cluster, continues after an error, and ends with the worst exit code', async () => {
  const { run, folder } = await reader();
  const ran = await run(DIFF);
  expect(ran.stdout.match(/^\+\+\+ .*/gm)).toEqual(
    CLUSTERS.map((name) => `+++ b/clusters/${name}/aws-auth.yaml`),
  );
  await bash('echo "kind: Pod" > clusters/prod-eu/aws-auth.yaml', folder, {});
  expect(await run(DIFF)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/\nerror: clusters\/prod-eu\/aws-auth\.yaml:1:1: .*\nnote: .*test-us/s),
  });
});

test('merge with the single config writes to each cluster the entries of its account', async () => {
  const { run, entriesOf } = await reader();
  await run(MERGE);
  for (const cluster of CLUSTERS) expect(await entriesOf(cluster)).toEqual(expectedEntries(cluster));
  const again = await run(DIFF);
  expect([again.exitCode, again.stdout], again.stderr).toEqual([0, '']);
});

test('roles in accounts without a cluster are listed with the single config, live and from a snapshot', async () => {
  const { run, textOf } = await reader();
  const { stdout } = await run('aws-auth-sso roles --all-accounts --by permission-set -o json');
  const sets: { accounts: unknown[] }[] = JSON.parse(stdout);
  expect(sets.map(({ accounts }) => accounts.length)).toEqual([40, 40, 40]);
  const team = (from: string) => run(`aws-auth-sso roles --account team-1 -o name ${from}`);
  const live = await team('');
  expect(live.stdout.match(/^arn:aws:iam::222222222209:role/gm)).toHaveLength(3);
  await run('aws-auth-sso snapshot --all-accounts > all.json');
  expect(JSON.parse(await textOf('all.json')).accounts).toHaveLength(40);
  expect((await team('--inventory all.json')).stdout).toBe(live.stdout);
});

test('warns about the single config without --account, but about no nodes in the recipe', async () => {
  const { run } = await reader();
  const all = 'aws-auth-sso diff clusters/prod-eu/aws-auth.yaml > /dev/null || test $? = 1';
  expect((await run(all)).stderr).toContain(
    'warning: adds nodes from accounts that have no entry in the file: 222222222201, 222222222202\n',
  );
  expect((await run(DIFF)).stderr).not.toMatch(/node/);
});

test('a cluster that cannot be merged does not stop the others, and fails the script', async () => {
  const { run, folder, entriesOf } = await reader();
  await bash('echo "kind: Pod" > clusters/dev-eu/aws-auth.yaml', folder, {});
  // A later, lesser failure does not hide it.
  const worse = MERGE.replace(
    'set -euo pipefail',
    `set -euo pipefail
aws-auth-sso() {
  command aws-auth-sso "$@" || return $(( $? + 1 ))
  case $* in *test-us*) return 1 ;; esac
}`,
  );
  expect((await run(worse)).exitCode).toBe(3);
  expect(await entriesOf('test-us')).toEqual(expectedEntries('test-us'));
});

test('merge with separate configs writes to each cluster its own entries', async () => {
  const { run, entriesOf } = await reader();
  expect((await run(EACH)).exitCode).toBe(0);
  // A mapping's own accounts override those of the config.
  expect(await entriesOf('prod-us')).toEqual(
    expect.arrayContaining([
      [accountIdOf('prod-us'), 'ReadOnly'],
      [accountIdOf('dev-eu'), 'Developer'],
    ]),
  );
});

test('clusters are saved by their contexts, and merged', async () => {
  const { run, folder, textOf } = await reader();
  for (const cluster of CLUSTERS)
    await bash(`cp clusters/${cluster}/aws-auth.yaml live/${cluster}.yaml`, folder, {});
  await bash('rm -r clusters', folder, {});
  expect(await run(SAVE)).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await textOf('clusters/test-eu/aws-auth.yaml')).toBe(
    awsAuth(accountIdOf('test-eu')).replace('metadata:', 'metadata:\n  resourceVersion: "4711"'),
  );
  await run(MERGE);
  expect(await textOf('clusters/test-eu/aws-auth.yaml')).not.toContain('resourceVersion');
});

test('all clusters at once: check, and the access of one person', async () => {
  const { run } = await reader();
  await run(MERGE);
  const { exitCode, stdout, stderr } = await run(ALL);
  expect(exitCode, stderr).toBe(0);
  expect(stderr).toContain('note: 8 files: no problems found\n');
  const rows = stdout.split('\n').filter((line) => line.includes('bob@example.com'));
  expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(
    CLUSTERS.flatMap((name) => (/^(?:dev|test)-/.test(name) ? [name, name] : [name])),
  );
});
