import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const MAP = '- rolearn: arn:aws:iam::111122223333:role/node\n  groups: [system:nodes]\n';
const OTHER = MAP.replace('node\n', 'other\n');
const LEAVE_OUT = 'aws-auth is always in kube-system: leave it out.';
const PIPE =
  'aws-auth-sso never talks to a cluster: pipe the ConfigMap in.\n  kubectl --context CONTEXT get configmap aws-auth -n kube-system -o yaml | aws-auth-sso';
const DIFF = 'Use `aws-auth-sso diff`: it shows what merge would change.';

test.each([
  ['merge --dry-run', DIFF],
  ['merge --dry-run=client', DIFF],
  ['merge aws-auth.yaml --dry-run server', DIFF],
  ['--dry-run merge', DIFF],
  ['--dry-run', DIFF],
  ['diff --dry-run', 'diff changes nothing: leave it out.'],
  ['generate --dry-run', 'generate changes nothing: leave it out.'],
  ['check --fix --dry-run', 'check edits a file only with --write: leave it out.'],
  ['init --dry-run', 'Use `-c -`, which prints the config.'],
  ['view -n kube-system', LEAVE_OUT],
  ['view -nkube-system', LEAVE_OUT],
  ['merge --namespace kube-system', LEAVE_OUT],
  ['check --namespace=kube-system', LEAVE_OUT],
  ['diff -A', LEAVE_OUT],
  ['roles --all-namespaces', LEAVE_OUT],
  ['view -l app=a', 'A cluster has one aws-auth: leave it out.'],
  ['view --selector app=a', 'A cluster has one aws-auth: leave it out.'],
  ['merge --context prod', `${PIPE} merge`],
  ['--context prod diff', `${PIPE} diff`],
  ['--context prod', `${PIPE} view`],
  ['check --kubeconfig=k', `${PIPE} check`],
  ['view --server https://k', `${PIPE} view`],
  ['init --context prod', `${PIPE} init --from -`],
  ...['generate', 'roles', 'snapshot', 'completion'].map((command) => [
    `${command} --context prod`,
    'aws-auth-sso never talks to a cluster: leave it out.',
  ]),
  ['merge -o yaml', 'merge has one format: leave it out.'],
  ['-o yaml merge', 'merge has one format: leave it out.'],
  ['snapshot --output=json', 'snapshot has one format: leave it out.'],
  ['init -o yaml', 'init has one format: leave it out.'],
  ['completion -o json', 'completion has one format: leave it out.'],
  ['-o wide view', 'Options follow the command: see `aws-auth-sso view --help`.'],
  ['diff -w', 'It reads once; run `aws-auth-sso diff` on a schedule.'],
  ['roles --watch', 'It reads once; run `aws-auth-sso diff` on a schedule.'],
  ['view -k overlay', 'Pipe it in: kubectl kustomize DIR | aws-auth-sso view'],
  ['--kustomize overlay', 'Pipe it in: kubectl kustomize DIR | aws-auth-sso check'],
  ['roles -f f', 'roles reads no ConfigMap. A config is `-c FILE`, a snapshot `--inventory FILE`.'],
  ['completion -f f', 'completion reads no ConfigMap. A config is `-c FILE`, a snapshot `--inventory FILE`.'],
  ['--filename f', 'aws-auth-sso reads no ConfigMap. A config is `-c FILE`, a snapshot `--inventory FILE`.'],
  ['init -f f', 'Use `--from FILE`.'],
  ['access-entries -f f', 'Use `--from FILE`.'],
  ['access-entries --context prod', `${PIPE} access-entries --from -`],
  ['merge a.yaml --in-place', 'Use `--write`, which edits FILE in place.'],
  ['merge -i a.yaml', 'Use `--write`, which edits FILE in place.'],
  ['--in-place', 'Use `--write`, which edits FILE in place.'],
  ['check a.yaml --fix --inplace', 'Use `--fix --write`, which edits FILE in place.'],
  ['view -i a.yaml', 'view changes no file: leave it out.'],
  [
    'explain --user alice',
    "explain takes the caller's ARN, as --caller ARN. `aws-auth-sso who` shows what a user or group has, with --user and --group.",
  ],
  ['view --user alice', 'See `aws-auth-sso view --help`.'],
])('%s says what to do instead', async (words = '', help) => {
  const argv = words.split(' ');
  const { exitCode, stdout, stderr } = await run(argv);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: unknown option '-/);
  expect(stderr.slice(stderr.indexOf('\n'))).toBe(`\n  ${help}\n`);
});

test.each([
  ['lint aws-auth.yaml', 'Use `aws-auth-sso check`.'],
  ['Validate', 'Use `aws-auth-sso check`.'],
  ['fix', 'Use `aws-auth-sso check --fix`.'],
  ['plan', 'Use `aws-auth-sso diff`.'],
  [
    'list --all',
    '`aws-auth-sso roles` lists the permission sets in AWS, `aws-auth-sso view` the entries of an aws-auth.',
  ],
  ['get', '`aws-auth-sso view` shows the entries of an aws-auth, `aws-auth-sso who` who has access.'],
  ['describe', '`aws-auth-sso view` shows the entries of an aws-auth, `aws-auth-sso who` who has access.'],
  ['audit', 'Use `aws-auth-sso who`.'],
  [
    'whoami',
    '`aws-auth-sso explain` tells whether your current AWS identity has access, or another with --caller ARN.',
  ],
  [
    'apply -f f.yaml',
    'aws-auth-sso never talks to a cluster: merge the entries, and let kubectl write them.\n  kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso merge | kubectl replace -f -',
  ],
  ['prune', '`aws-auth-sso merge --prune` removes what no mapping wants.'],
  ['migrate', 'Use `aws-auth-sso access-entries --from FILE`.'],
  ['convert', 'Use `aws-auth-sso access-entries --from FILE`.'],
  ['export', 'Use `aws-auth-sso snapshot`.'],
  ['setup', 'Use `aws-auth-sso init`.'],
  ['help lint', 'Use `aws-auth-sso check`.'],
  ['constructor', 'See `aws-auth-sso --help`.'],
])('%s names the command that is meant', async (words = '', help) => {
  const argv = words.split(' ');
  const { exitCode, stdout, stderr } = await run(argv);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: unknown command '/);
  expect(stderr.slice(stderr.indexOf('\n'))).toBe(`\n  ${help}\n`);
});

test('what is suggested exists', async () => {
  const words = [
    'lint',
    'fix',
    'plan',
    'list',
    'get',
    'audit',
    'whoami',
    'apply',
    'rm',
    'convert',
    'dump',
    'new',
  ];
  for (const word of words) {
    const { stderr } = await run([word]);
    const named = [
      ...stderr.matchAll(/`aws-auth-sso ([\w-]+)/g),
      ...stderr.matchAll(/\| aws-auth-sso (\w+)/g),
    ];
    expect(named.length, word).toBeGreaterThan(0);
    for (const [, name] of named) expect(COMMANDS.map((one) => one.name)).toContain(name);
  }
});

test('a word that no other tool has is answered by a near command alone', async () => {
  const { stderr } = await run(['veiw']);
  expect(stderr).toBe("error: unknown command 'veiw'\n  Did you mean view?\n");
});

test('version prints what --version prints', async () => {
  const { exitCode, stdout } = await run(['version']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: (await run(['--version'])).stdout });
});

test('-n is an option of who', async () => {
  const { stderr } = await run(['who', '-n', 'payments'], { stdin: MAP });
  expect(stderr).not.toContain('unknown option');
});

test('options that a command has are none of these', async () => {
  for (const { name, load } of COMMANDS) {
    const options = (await load())(async () => {}).options.flatMap(({ long, short }) => [long, short]);
    const taken = ['--dry-run', '--context', '--watch', '--filename', '-f', '-A', '-l', '-k', '-w'];
    expect([name, options.filter((option) => option && taken.includes(option))]).toEqual([name, []]);
  }
});

describe('-f FILE', () => {
  const folder = () => scratch({ 'a.yaml': MAP, 'b.yaml': OTHER });

  test.each([['view'], ['check'], ['who', '--quiet']])('is FILE of %s', async (...argv) => {
    const cwd = await folder();
    const named = await run([...argv, 'b.yaml'], { cwd });
    expect(named.stdout + named.stderr).not.toBe('');
    for (const flags of [['-f', 'b.yaml'], ['-fb.yaml'], ['--filename', 'b.yaml'], ['--filename=b.yaml']])
      expect(await run([...argv, ...flags], { cwd })).toEqual(named);
  });

  test('may be stdin', async () => {
    expect(await run(['view', '-f', '-'], { stdin: OTHER })).toEqual(await run(['view'], { stdin: OTHER }));
  });

  test('may be several files where several are taken', async () => {
    const cwd = await folder();
    const named = await run(['who', 'a.yaml', 'b.yaml', '-o', 'json'], { cwd });
    expect(named.exitCode).toBe(0);
    const flags = ['-f', 'a.yaml', '-f', 'b.yaml', '-o', 'json'];
    expect(await run(['who', ...flags], { cwd })).toEqual(named);
  });

  test.each([
    [['diff', '-f', 'a.yaml', '-f', 'b.yaml'], '-f "a.yaml", -f "b.yaml"'],
    [['diff', '-f', 'a.yaml', 'b.yaml'], '-f "a.yaml", "b.yaml"'],
    [['who', '-f', 'a.yaml', 'b.yaml'], '-f "a.yaml", "b.yaml"'],
    [['view', '-', '-f', 'a\u001b.yaml'], '-f "a\\u{1b}.yaml", "-"'],
  ])('%j are too many', async (argv, files) => {
    expect(await run(argv, { cwd: await folder() })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `error: too many files: ${files}\n  Name them without -f, as \`aws-auth-sso ${argv[0]} --help\` shows.\n`,
    });
  });

  test('is in no help', async () => {
    expect((await run(['view', '--help'])).stdout).not.toContain('-f');
  });
});

describe('a usage error names the help', () => {
  test.each([
    [['view', '-f'], "option '-f, --filename <file>' argument missing", 'See `aws-auth-sso view --help`.'],
    [
      ['roles', '--account'],
      "option '--account <id|name|glob|self>' argument missing",
      'See `aws-auth-sso roles --help`.',
    ],
    [
      ['diff', '-o', 'yaml'],
      /^option '-o, --output <format>' argument 'yaml' is invalid\. Allowed choices are .*diff/,
      'See `aws-auth-sso diff --help`.',
    ],
    [
      ['roles', '--inventory', 'a', '--region', 'b'],
      "option '--inventory <file>' cannot be used with option '--region <region>'",
      'See `aws-auth-sso roles --help`.',
    ],
    [
      ['merge', 'a', '--account', 'prod-a', 'prod-b'],
      "too many arguments for 'merge'. Expected 1 argument but got 2.",
      "Quote globs, as in --account 'prod-*'. See `aws-auth-sso merge --help`.",
    ],
    [['roles', '--account', 'check', '--abc'], "unknown option '--abc'", 'See `aws-auth-sso roles --help`.'],
    [
      ['access-entries', 'aws-auth.yaml'],
      "too many arguments for 'access-entries'. Expected 0 arguments but got 1.",
      'Use --from FILE. See `aws-auth-sso access-entries --help`.',
    ],
    [['roles', '--abc', 'check'], "unknown option '--abc'", 'See `aws-auth-sso roles --help`.'],
    [
      ['--quiet', 'roles'],
      "unknown option '--quiet'",
      'Options follow the command: see `aws-auth-sso roles --help`.',
    ],
    [['roles', '--account', ''], '--account: "" selects no account', 'See `aws-auth-sso roles --help`.'],
    [
      ['merge', '--node-role', 'node', '--account', 'self', '--map', 'A=b'],
      '--node-role: "node" is not a role ARN (arn:aws:iam::ACCOUNT:role/NAME)',
      'See `aws-auth-sso merge --help`.',
    ],
    [['nothing', '--help'], "unknown command 'nothing'", 'See `aws-auth-sso --help`.'],
    [['help', 'nothing', '-h'], "unknown command 'nothing'", 'See `aws-auth-sso --help`.'],
    [['nothing', '--dry-run', 'merge'], "unknown command 'nothing'", 'See `aws-auth-sso --help`.'],
    [['--nothing'], "unknown option '--nothing'", 'See `aws-auth-sso --help`.'],
  ])('%j', async (argv, message, help) => {
    const { exitCode, stdout, stderr } = await run(argv, { stdin: MAP });
    expect([exitCode, stdout]).toEqual([2, '']);
    const [first = '', ...rest] = stderr.replace(/^error: /, '').split('\n');
    if (typeof message === 'string') expect(first).toBe(message);
    else expect(first).toMatch(message);
    expect(rest).toEqual([`  ${help}`, '']);
  });
});
