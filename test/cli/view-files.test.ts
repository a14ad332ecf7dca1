import { expect, test } from 'vitest';
import { awsAuthOf } from '../access/aws-auth-of.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const ARN = 'arn:aws:iam::111122223333:role/ci';
const OPS = 'arn:aws:iam::111122223333:role/ops';
const FILES = {
  'clusters/dev/aws-auth.yaml': awsAuthOf([{ rolearn: ARN, username: 'ci', groups: ['deployers'] }]),
  'clusters/prod/aws-auth.yaml': awsAuthOf([{ rolearn: OPS, username: 'ops' }], { mapAccounts: '[' }),
  'clusters/test/aws-auth.yaml': awsAuthOf([]),
};
const [DEV, PROD, TEST] = Object.keys(FILES) as [string, string, string];

async function view(...argv: string[]) {
  const cwd = await scratch({ ...FILES, 'pod.yaml': 'kind: Pod\n' });
  return run(['view', ...argv], { cwd, stdin: FILES['clusters/dev/aws-auth.yaml'] });
}

test('several files: a table with the cluster in front', async () => {
  const { exitCode, stdout, stderr } = await view(DEV, PROD, TEST);
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`\
CLUSTER   KEY        ARN                                  USERNAME   GROUPS      NOTE
dev       mapRoles   ${ARN}    ci         deployers
prod      mapRoles   ${OPS}   ops        -
`);
  expect(stderr).toMatch(/^warning: clusters\/prod\/aws-auth\.yaml:1:\d+: mapAccounts: .*\n/);
  expect(stderr).toContain(`note: ${TEST}: no entries\n`);
  expect((await view(DEV)).stdout).not.toContain('CLUSTER');
  expect((await view('-', PROD)).stdout).toMatch(/^- +mapRoles +/m);
});

test('several files as JSON: a list with file and cluster', async () => {
  const { stdout } = await view(DEV, '-', '-o', 'json');
  const one = JSON.parse((await view(DEV, '-o', 'json')).stdout);
  expect(one.file).toBeUndefined();
  expect(JSON.parse(stdout)).toEqual([
    { file: DEV, cluster: 'dev', ...one },
    expect.objectContaining({ file: '<stdin>', cluster: null, mapRoles: one.mapRoles }),
  ]);
});

test('one that is given twice is shown once, and a note says so', async () => {
  const { stdout, stderr } = await view(DEV, `./${DEV}`);
  expect(stdout.match(/^(?:CLUSTER|dev) .*/gm)).toHaveLength(2);
  expect(JSON.parse((await view(DEV, DEV, '-o', 'json')).stdout)).toMatchObject([{ file: DEV }]);
  expect(stderr).toBe(`note: ${DEV}: is given more than once and read once\n`);
});

test.each([
  ['pod.yaml', 2],
  ['gone.yaml', 3],
])('a broken one among others, %s: they are shown on stderr', async (broken, expected) => {
  const { exitCode, stdout, stderr } = await view(broken, DEV, PROD);
  expect([exitCode, stdout]).toEqual([expected, '']);
  expect(stderr).toContain((await view(DEV, PROD)).stdout);
  expect(stderr).toMatch(new RegExp(`\\nerror: ${broken}:`));
});

test('what is left of several looks as they would together', async () => {
  const table = await view('gone.yaml', DEV);
  expect(table.stderr).toMatch(/^CLUSTER +KEY .*\ndev +mapRoles /);
  const { stderr } = await view(DEV, 'gone.yaml', '-o', 'json');
  expect(stderr).toMatch(
    /^\[\n {2}\{\n {4}"file": "clusters\/dev\/aws-auth\.yaml",\n {4}"cluster": "dev",\n/,
  );
});

test.each([[['view', '']], [['check', '--fix', '--write', '']], [['generate', '-c', '']]])(
  'an empty name of a file is refused as such: %j',
  async (argv) => {
    expect(await run(argv, { cwd: await scratch({}) })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        'error: the name of a file is empty\n  Give a file, or - for stdin; a variable that should hold its name may be empty.\n',
    });
  },
);

test('several files in a wide table: the place names the file', async () => {
  const { stdout } = await view(DEV, PROD, '-o', 'wide');
  expect(stdout.match(/^PLACE .*| (?:mapRoles|mapAccounts) |^clusters\/\w+\/aws-auth\.yaml:1:/gm)).toEqual([
    expect.stringMatching(/^PLACE +KEY +ARN +USERNAME +GROUPS +NOTE$/),
    'clusters/dev/aws-auth.yaml:1:',
    ' mapRoles ',
    'clusters/prod/aws-auth.yaml:1:',
    ' mapRoles ',
    'clusters/prod/aws-auth.yaml:1:',
    ' mapAccounts ',
  ]);
});

test('the table fits the terminal that it goes to', async () => {
  const cwd = await scratch(FILES);
  const widest = async (world: { stdoutIsTty?: boolean; stderrIsTty?: boolean }, ...argv: string[]) => {
    const { stdout, stderr } = await run(['view', DEV, PROD, ...argv], { cwd, ...world, columns: 60 });
    return (stdout || stderr).split('\n').find((line) => line.startsWith('dev'))?.length;
  };
  expect(await widest({})).toBeGreaterThan(60);
  expect(await widest({ stdoutIsTty: true })).toBeLessThanOrEqual(60);
  expect(await widest({ stderrIsTty: true }, 'gone.yaml')).toBeLessThanOrEqual(60);
  expect(await widest({ stdoutIsTty: true }, 'gone.yaml')).toBeGreaterThan(60);
});
