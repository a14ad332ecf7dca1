import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

/** Lines that people type who know kubectl, terraform, gh, aws or eksctl, and the words that the message must have. */
const GUESSES: Readonly<Record<string, string>> = {
  // kubectl
  'view -A': 'Remove it: aws-auth is always in kube-system',
  'view --all-namespaces': 'Remove it',
  'view -n kube-system': 'Remove it',
  'roles -f aws-auth.yaml': '-c FILE',
  'access-entries -f aws-auth.yaml': '--from FILE',
  'view -w': 'aws-auth-sso diff',
  'get entries': 'aws-auth-sso view',
  'describe alice': 'aws-auth-sso who',
  'apply -f aws-auth.yaml': 'aws-auth-sso merge | kubectl replace -f -',
  'delete alice': 'aws-auth-sso merge --prune',
  edit: 'aws-auth-sso merge | kubectl replace -f -',
  'diff aws-auth.yaml --dry-run=client': 'Remove it',
  'merge --dry-run': 'aws-auth-sso diff',
  'merge --diff': 'aws-auth-sso diff',
  'view aws-auth.yaml -o yaml': '`-o json`',
  'roles -o yaml': '`-o json`',
  'who -o name': '`-o json`',
  'who -o jsonpath={.items}': '`-o json`',
  'view --sort-by name': '-o json | jq',
  'roles --no-headers': '-o json | jq',
  'who --as alice': '--user alice',
  'view --as alice': 'aws-auth-sso explain FILE --user',
  'merge --context prod':
    'kubectl --context CONTEXT get configmap aws-auth -n kube-system -o yaml | aws-auth-sso merge',
  'diff --context staging --context prod': 'kubectl --context CONTEXT get configmap',
  'merge --kubeconfig k': 'kubectl --context CONTEXT get configmap',
  'view --field-selector a=b': 'Remove it',
  'view -l a=b': 'Remove it',
  'merge -k overlay': 'kubectl kustomize DIR | aws-auth-sso merge',
  'check -R clusters': 'aws-auth-sso check clusters/*/aws-auth.yaml',
  'auth can-i get pods': 'aws-auth-sso explain',
  'rollout undo': 'access-entries --rollback',
  // terraform
  plan: 'aws-auth-sso diff',
  apply: 'aws-auth-sso merge | kubectl replace -f -',
  destroy: 'aws-auth-sso merge --prune',
  import: 'access-entries -o terraform --import',
  fmt: 'aws-auth-sso check --fix',
  validate: 'aws-auth-sso check',
  'state list': 'aws-auth-sso view',
  refresh: 'aws-auth-sso snapshot',
  output: 'aws-auth-sso generate',
  'merge -auto-approve': 'Remove it',
  'merge --auto-approve': 'Remove it',
  'merge -y': 'Remove it',
  'diff -out=plan': '> FILE',
  'merge -out=plan.yaml': '> plan.yaml',
  'merge -var-file=prod.tfvars': './aws-auth-sso.yaml',
  'merge -target=prod': './aws-auth-sso.yaml',
  'init -upgrade': 'Write another config with `-c NEW.yaml`',
  'diff -detailed-exitcode': 'diff exits 1 if anything differs',
  // gh
  list: 'aws-auth-sso roles',
  'auth login': 'aws sso login --profile NAME',
  login: 'aws sso login --profile NAME',
  'who --json': '`-o json`',
  'diff aws-auth.yaml --json': '`-o json`',
  'merge --json': 'Remove it: merge has only one format',
  'diff aws-auth.yaml --format json': 'diff, json, github',
  'check aws-auth.yaml --format sarif': 'text, json, github',
  'check aws-auth.yaml -o sarif': '`-o github`',
  'who --jq .people': '-o json | jq',
  'who --web': '-o html > access.html',
  'roles --web': 'aws-auth-sso who aws-auth.yaml -o html > access.html',
  'roles --repo x': 'Remove it',
  'roles --limit 10': '| head',
  browse: '-o html > access.html',
  // aws
  'roles --query Roles': '-o json | jq',
  'roles --output text': '`-o table`',
  'roles --no-cli-pager': 'Remove it',
  'roles --role-arn arn:aws:iam::111122223333:role/x': '--assume-role NAME',
  'explain --role-arn arn:aws:iam::111122223333:role/x': '--caller ARN',
  'explain --principal-arn arn:aws:iam::111122223333:role/x': '--caller ARN',
  'who --principal-arn arn:aws:iam::111122223333:role/x': 'aws-auth-sso explain FILE --caller ARN',
  'who --cluster-name prod': '--cluster prod',
  'access-entries --cluster-name prod': '--cluster prod',
  'roles --region eu-west-1,us-east-1': '--region takes one value',
  'sso login': 'aws sso login --profile NAME',
  'roles --no-verify-ssl': 'AWS_CA_BUNDLE',
  'roles --endpoint-url http://localhost': 'AWS_ENDPOINT_URL',
  'roles --account-id 111122223333': '--account 111122223333',
  '--profile management roles': 'aws-auth-sso roles --profile management',
  '--profile management': 'aws-auth-sso generate --profile management',
  'who --all-regions': '--cluster-region REGION',
  'who --all-clusters': "--cluster '*' --all-accounts",
  // eksctl
  'create iamidentitymapping --cluster prod': 'aws-auth-sso merge | kubectl replace -f -',
  'get iamidentitymapping --cluster prod': 'aws-auth-sso view',
  'merge --arn arn:aws:iam::111122223333:role/x': "--map 'PERMISSION-SET=GROUP'",
  'generate --group devs': "--map 'PERMISSION-SET=GROUP'",
  'generate --permission-set Dev': "--map 'Dev=GROUP'",
  'access-entries --policy AmazonEKSViewPolicy': "--map 'PERMISSION-SET=policy:View'",
  'access-entries --namespace payments': "--map 'PERMISSION-SET=policy:View@payments'",
  'merge --cluster prod': 'aws-auth-sso access-entries --cluster prod',
  'generate --cluster prod': 'aws-auth-sso access-entries --cluster prod',
  'view --cluster prod': 'aws-auth-sso who --cluster prod',
  'roles --cluster prod': 'aws-auth-sso who --cluster prod',
  // git, sed, jq, shells
  'diff aws-auth.yaml --exit-code': 'diff exits 1 if anything differs',
  'check aws-auth.yaml --exit-code': 'check exits 1',
  'merge aws-auth.yaml -i': '--write',
  'check aws-auth.yaml --in-place': '--fix --write',
  'merge aws-auth.yaml --fix': '--fix is an option of check',
  'view --stdin': 'Remove it: without FILE, view reads stdin',
  'merge -v': '--debug',
  'merge --verbose': '--debug',
  'merge -vvv': '--debug',
  'completion -v bash': 'completion has no options',
  'generate --log-level=debug': '--debug',
  'merge -q': '--quiet',
  'merge --silent': '--quiet',
  'merge --backup': '> before.yaml',
  'merge --apply': 'aws-auth-sso merge | kubectl replace -f -',
  'merge --force': 'an error names the option',
  'diff --offline inventory.json': '--inventory FILE',
  'check aws-auth.yaml --strict': 'aws-auth-sso diff --strict',
  // help and version
  '-v': 'aws-auth-sso --version',
  '-version': 'aws-auth-sso --version',
  'merge -help': 'aws-auth-sso merge --help',
  'merge -?': 'aws-auth-sso merge --help',
  'merge help': 'aws-auth-sso merge --help',
  '-?': 'aws-auth-sso --help',
  '/?': 'aws-auth-sso --help',
  usage: 'aws-auth-sso --help',
  // words of the field
  rollback: "sed '/^  resourceVersion:/d' before.yaml | kubectl replace -f -",
  undo: 'access-entries --rollback',
  accounts: 'aws-auth-sso roles --all-accounts --by account',
  groups: 'aws-auth-sso roles --all-accounts --principals',
  users: 'aws-auth-sso who',
  clusters: "aws-auth-sso who --cluster '*' --all-accounts",
  bind: 'aws-auth-sso bindings',
  'grant alice': '`mappings` in aws-auth-sso.yaml',
  'add-user alice': 'Assign people to a permission set',
  'revoke alice': "End the person's assignment",
  upgrade: 'install it again',
  autocompletion: 'source <(aws-auth-sso completion bash)',
  frobnicate: 'Commands: generate, merge, diff',
  'roles list': 'roles has no subcommands',
  'access-entries create': 'access-entries has no subcommands',
  'alice@example.com': 'aws-auth-sso who FILE --user alice@example.com',
  'arn:aws:iam::111122223333:role/x': 'aws-auth-sso explain FILE --caller arn:aws:iam::111122223333:role/x',
  'aws-auth.yaml': 'aws-auth-sso view aws-auth.yaml',
  'access-entries terraform': '-o terraform',
  'access-entries --terraform': '-o terraform',
  'access-entries --apply': 'bash entries.sh',
  'bindings --apply': 'aws-auth-sso bindings | kubectl apply -f -',
  'generate --apply': 'aws-auth-sso generate | kubectl create -f -',
  'generate --write': '> FILE',
  'merge --add Dev=devs': "--map 'PERMISSION-SET=GROUP'",
  'merge --remove Dev': '--prune',
  'merge --input aws-auth.yaml': 'aws-auth-sso merge FILE',
  'diff --live': '| aws-auth-sso diff',
  'diff -u': 'Remove it: diff prints a unified diff',
  'diff --stat': 'Remove it',
  'check --rules': '--list-rules',
  'check --skip x': '--ignore RULE',
  'check --severity error': '--error RULE',
  'explain --me': '--aws',
  'who --admins': '--rbac FILE',
  'snapshot --people': '--principals',
  'snapshot prod': '--cluster prod',
  'roles --show-arns': '-o wide',
  // typos, and options of other commands
  'roles --acount prod': '--account',
  'roles --inventroy x': '--inventory',
  'merge --prun': '--prune',
  'merge --user alice': '--user is an option of who, explain',
  'view --group Developers': '--group is an option of who',
  'roles --can get': '--can is an option of who, explain',
  'view --rbac rbac.yaml': '--rbac is an option of merge, diff, check, who, explain',
  'merge --from aws-auth.yaml': '--from is an option of access-entries, init',
  'who --frobnicate': 'Options of who: --user, --group',
  'bindings -f rbac.yaml': '-c FILE',
  'bindings -n payments': '`bind` of a mapping',
  // files to write
  'merge aws-auth.yaml -o out.yaml': '> out.yaml',
  'merge aws-auth.yaml --output out.yaml': '> out.yaml',
  'roles -o out.json': '-o json > out.json',
  'who -o page.html': '-o html > page.html',
  'who -o access.csv': '-o csv > access.csv',
  'access-entries --out entries.tf': '> entries.tf',
  'access-entries -o entries.tf': '-o terraform > entries.tf',
  // formats
  'who -o md': '-o html > access.html',
  'who -o xlsx': '`-o csv`',
  'who -o text': '`-o table`',
  'explain -o table': '`-o text`',
  'diff -o text': '`-o diff`',
  'generate -o yaml': '`-o configmap`',
  'access-entries -o tf': '`-o terraform`',
  'roles -o arn': '`-o name`',
  'roles --by accounts': '"account"',
  'who --user': '--user <name>: show',
  // lists and several values
  'roles --account prod-eks,sandbox --inventory inventory.json': '--account prod-eks --account sandbox',
  'roles --ou Workloads,Other --inventory inventory.json': '--ou Workloads --ou Other',
  'who aws-auth.yaml --cluster a,b --inventory inventory.json': '--cluster a --cluster b',
  'explain aws-auth.yaml --user x --cluster a,b': '--cluster takes one cluster',
  "who aws-auth.yaml --can 'get secrets' -n a,b --rbac rbac.yaml --inventory inventory.json":
    '--namespace takes one value',
  'check aws-auth.yaml --ignore a,b': '--ignore a --ignore b',
  'roles --inventory a.json,b.json': '--inventory a.json --inventory b.json',
  'roles --account prod-eks sandbox': '--account prod-eks --account sandbox',
  'merge --account prod-eks sandbox': '--account prod-eks --account sandbox',
  'merge aws-auth.yaml --account prod-eks sandbox': '--account prod-eks --account sandbox',
  'generate --map Dev=devs Ops=ops': '--map Dev=devs --map Ops=ops',
  'generate --map Dev=devs,Ops=ops --all-accounts --inventory inventory.json': '--map Dev=devs --map Ops=ops',
  'generate Dev=devs': '--map Dev=devs',
  'explain aws-auth.yaml --user x --can get secrets': "--can 'get secrets'",
  'who aws-auth.yaml --can get secrets --rbac rbac.yaml': "--can 'get secrets'",
  'who can delete pods -n payments --cluster prod': "--can 'delete pods'",
  // something else in place of a file
  'who alice@example.com': '--user alice@example.com',
  'explain alice@example.com --cluster prod': '--user alice@example.com',
  'check alice@example.com': 'aws-auth-sso who FILE --user alice@example.com',
  'explain alice': '--user alice',
  'explain arn:aws:iam::111122223333:role/x': '--caller arn:aws:iam::111122223333:role/x',
  'who arn:aws:iam::111122223333:role/x':
    'aws-auth-sso explain FILE --caller arn:aws:iam::111122223333:role/x',
  'explain aws-auth.yaml --user arn:aws:iam::111122223333:role/x --inventory inventory.json':
    '--caller arn:aws:iam::111122223333:role/x',
  'who arn:aws:eks:eu-west-1:111122223333:cluster/prod':
    '--cluster arn:aws:eks:eu-west-1:111122223333:cluster/prod',
  'who Platform': '--group Platform',
  'who prod': '--cluster prod',
  'check prod': '--cluster prod',
  'merge prod': 'kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso merge',
  'roles prod': '--account prod',
  'roles 111122223333': '--account 111122223333',
  'access-entries prod': '--cluster prod',
  'access-entries aws-auth.yaml': '--from FILE',
  'init aws-auth.yaml': '--from FILE',
  'generate aws-auth.yaml': '-c FILE',
  'diff aws-auth.yaml live.yaml': 'diff -u',
  'diff aws-auth.yaml inventory.json': '--inventory a snapshot',
  'diff aws-auth.yaml aws-auth-sso.yaml': '-c the config',
  'merge a.yaml b.yaml': 'Loop over the files',
  'explain a.yaml b.yaml --user x': 'aws-auth-sso who',
  // one kind of file in place of another
  'merge aws-auth-sso.yaml': 'Pass a config with -c',
  'who inventory.json': 'Pass a snapshot with --inventory',
  'view rbac.yaml': 'Pass RBAC manifests with --rbac',
  'generate -c inventory.json': 'Pass a snapshot with --inventory',
  'generate -c aws-auth.yaml': 'Pass the ConfigMap as FILE',
  'generate -c rbac.yaml': 'Pass RBAC manifests with --rbac',
  'roles --inventory aws-auth.yaml': 'Pass the ConfigMap as FILE',
  'roles --inventory aws-auth-sso.yaml': 'Pass a config with -c',
  'who aws-auth.yaml --rbac inventory.json': 'Pass a snapshot with --inventory',
  // in the first hour of an engineer who had never seen the help
  'roles --profile management': 'aws sts get-caller-identity --profile management',
  'login --profile management': 'aws sso login --profile NAME',
  'init --profile management --region eu-west-1 --output aws-auth-sso.yaml': '-c aws-auth-sso.yaml',
  'roles list --account 123456789012 -o json': 'Remove it: roles has no subcommands',
  'accounts list': 'aws-auth-sso roles --all-accounts --by account',
  'who --cluster prod': '--inventory FILE',
  'view --user alice@example.com -o yaml': '`-o json`',
  'view --user alice@example.com': '--user is an option of who, explain',
  'view --group Developers --all-clusters -o wide': '--group is an option of who',
  'snapshot --profile management -o inventory.json': '> inventory.json',
  'generate -f aws-auth-sso.yaml --inventory inventory.json': '-c FILE',
  "generate --config aws-auth-sso.yaml --permission-set AdministratorAccess --groups system:masters --username 'admin:{{SessionName}}' --dry-run":
    "--map 'AdministratorAccess=GROUP'",
  'generate --groups system:masters': "--map 'PERMISSION-SET=GROUP'",
  'generate --dry-run': 'Remove it',
  'merge -f -': 'pipe in the ConfigMap',
  'merge -f aws-auth.yaml --in-place --backup': '--write',
  'merge --context prod-eks --kubeconfig ~/.kube/config --apply --auto-approve':
    'kubectl --context CONTEXT get configmap aws-auth -n kube-system -o yaml | aws-auth-sso merge',
  'diff aws-auth.yaml --snapshot inventory.json --exit-code': '--inventory FILE',
  'diff --context staging --context prod --no-color': '| aws-auth-sso diff',
  'check -f aws-auth.yaml --strict --format sarif': '--error RULE',
  'access-entries create --cluster-name prod --region us-east-1 --permission-set ReadOnlyAccess --policy AmazonEKSViewPolicy --namespace payments':
    '--cluster prod',
  'access-entries --permission-set ReadOnlyAccess': "--map 'ReadOnlyAccess=GROUP'",
  'access-entries --cluster prod --format terraform --out access_entries.tf': 'terraform-module',
  "access-entries list --cluster prod --query 'accessEntries[].principalArn' --output text": '`-o json`',
  "access-entries --query 'accessEntries[].principalArn'": '-o json | jq',
  'bindings -f rbac.yaml -n payments --role view': '-c FILE',
  'bindings --role view': '`bind` of a mapping',
  'add permission-set DeveloperAccess --group dev-team --account 123456789012': 'aws-auth-sso merge',
  'remove --user bob@example.com --cluster prod --dry-run=server': 'end the assignment',
  'rollback --context prod --to-revision 2':
    "sed '/^  resourceVersion:/d' before.yaml | kubectl replace -f -",
  'generate -v --debug --log-level=debug --offline inventory.json': '--debug',
  // in the first hour of a reader of the pages
  create: 'bash entries.sh',
  'merge aws-auth.yaml -w': '--write',
  'roles --role DeveloperAccess': '--permission-set DeveloperAccess',
  'roles -A': '`--all-accounts`',
  'get roles': '`aws-auth-sso roles`',
  'who-can get secrets': "--can 'VERB RESOURCE'",
  rotate: 'aws-auth-sso merge',
  graph: '-o html > access.html',
  install: 'aws-auth-sso init',
  'kick alice': "End the person's assignment",
  'lookup alice': 'aws-auth-sso who --user NAME',
  'merge --replace': '--prune',
  'merge --overwrite': '--write',
  'merge --server-side': '--for server-side-apply',
  'migrate --cluster prod': 'docs/leave-aws-auth.md',
  config: './aws-auth-sso.yaml',
  rbac: '--rbac FILE',
  audit: '-o html > access.html',
  'list-roles': '`aws-auth-sso roles`',
  'get-users': '`aws-auth-sso who`',
  'list-access-entries': '`aws-auth-sso who --cluster NAME`',
  'describe-access-entry --cluster-name prod': '`aws-auth-sso who --cluster NAME`',
  logs: '`aws-auth-sso who --since FILE`',
  'create rolebinding': 'aws-auth-sso bindings | kubectl apply -f -',
  'can-i list pods': "--can 'VERB RESOURCE'",
  'access-entries -o aws': '`-o aws-cli`',
  'access-entries --principal-arn x': 'policy:View',
  'diff aws-auth.yaml --prune=yes': '--prune takes no value.',
  "who aws-auth.yaml --can 'get pods' -A": 'without -n, --can asks about all namespaces',
  'who aws-auth.yaml --role edit': "--can 'VERB RESOURCE' --rbac FILE",
  'who --role arn:aws:iam::111122223333:role/x': 'aws-auth-sso explain FILE --caller ARN',
  'explain aws-auth.yaml': '--caller or --user is required',
  // nothing to read
  'explain --user alice': '--cluster NAME',
  'who --user alice': '--cluster NAME',
  merge: 'Specify FILE, or pipe in the ConfigMap: kubectl get configmap aws-auth -n kube-system -o yaml',
  'merge aws-auth.yaml --map Dev=devs': '--inventory FILE',
};

const ENV = { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' };

/** The words of a line, which may have single quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word = '']) => quoted ?? word);
}

const cwd = resolve('examples');

test.each(Object.entries(GUESSES))('%s: %s', async (line, expected) => {
  const { exitCode, stdout, stderr } = await run(wordsOf(line), { cwd, env: ENV });
  expect([exitCode === 0, stdout]).toEqual([false, '']);
  expect(stderr).toContain(expected);
  expect(stderr).not.toMatch(/See `[^`]*--help`/);
});

test.each([
  'version',
  '--version',
  '-V',
  'merge --version',
  '-h',
  '--help-all',
  'help',
  'help merge',
  'merge -h',
  'completion bash',
  'view -f aws-auth.yaml',
  'merge -f aws-auth.yaml --inventory inventory.json',
])('%s runs', async (line) => {
  expect(await run(wordsOf(line), { cwd, env: ENV })).toMatchObject({ exitCode: 0 });
});

test('a page is no snapshot', async () => {
  const access = { 'access.html': '<!doctype html>\n<title>Access</title>\n' };
  const ran = await run(['roles', '--inventory', 'access.html', '--quiet'], { cwd: await scratch(access) });
  expect(ran.stderr).toBe(
    'error: access.html: this is a page of `who -o html`, not a snapshot\n  Pass a page with --since.\n',
  );
});

test('without accounts, the message names options, and how to work without AWS', async () => {
  const world = { cwd: await scratch(), env: ENV };
  for (const argv of [['roles'], ['generate', '--map', 'Dev=devs']]) {
    const { exitCode, stderr } = await run(argv, world);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('no accounts selected');
    expect(stderr).toContain('--account ID|NAME|GLOB|self');
    expect(stderr).toContain('To work without AWS, pass a snapshot: --inventory FILE.');
  }
  const map = await readFile('examples/aws-auth.yaml', 'utf8');
  for (const argv of [['diff'], ['merge'], ['access-entries', '--cluster', 'prod']]) {
    const { stderr } = await run(argv, { ...world, stdin: map });
    expect(stderr).toContain('no accounts selected');
    expect(stderr).toContain('write one with `aws-auth-sso init`, or name the mappings with --map');
  }
  // It takes no snapshot.
  expect((await run(['snapshot'], world)).stderr).not.toContain('--inventory');
});

test('an account whose name has a comma is selected by it', async () => {
  const world = inventory([account('111122223333', 'a,b')], [role('111122223333', 'Admin')]);
  const ran = await run(['roles', '--account', 'a,b', '--inventory', 'aws.json'], {
    cwd: await scratch({ 'aws.json': snapshotText(world) }),
  });
  expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('a,b') });
});

test('a list that no option takes apart keeps its own message', async () => {
  const argv = ['roles', '--account', '{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}'];
  const { stderr } = await run(argv, { cwd, env: ENV });
  expect(stderr).not.toContain('Repeat the option');
});

test('a hint is about what was wrong, not about a name that looks like something else', async () => {
  const files = { 'a=b': await readFile('examples/aws-auth.yaml', 'utf8') };
  const world = { cwd: await scratch(files), env: ENV };
  const question = await run(['who', '--can', 'get secrets', 'a=b'], world);
  expect(question.stderr).toContain('--can requires --rbac or --cluster');
  expect(question.stderr).not.toContain('Quote it');
  const unscoped = await run(['merge', 'a=b', '--map', 'Dev=devs'], world);
  expect(unscoped.stderr).toContain('no accounts selected');
  expect(unscoped.stderr).not.toContain('Use `--map');
});

test('a terminal on stdin is told of FILE and --cluster', async () => {
  const { stderr } = await run(['who', '--user', 'alice'], { cwd, env: ENV, stdinIsTty: true });
  expect(stderr).toMatch(/^error: stdin is a terminal, and no FILE was specified\n/);
  expect(stderr).toContain("To read a cluster's access entries instead, use --cluster NAME.");
});

test('with --debug, a hint does not hide where the error arose', async () => {
  const { stderr } = await run(['who', 'prod', '--debug'], { cwd, env: ENV });
  expect(stderr).toContain('--cluster prod');
  expect(stderr).toContain('Caused by: Failure');
});

test('no hint proposes an option that writes, deletes, widens or silences more than what was typed', async () => {
  const lines: Readonly<Record<string, string>> = {
    'merge aws-auth.yaml --prune=false': 'Remove --prune=false: without --prune, it is off.',
    'merge aws-auth.yaml --no-prune': 'Remove --no-prune: without --prune, it is off.',
    'merge aws-auth.yaml --write=false': 'Remove --write=false: without --write, it is off.',
    'merge aws-auth.yaml --allow-lockout=off':
      'Remove --allow-lockout=off: without --allow-lockout, it is off.',
    'check aws-auth.yaml --fix=false': 'Remove --fix=false: without --fix, it is off.',
    'roles --all-accounts=false': 'Remove --all-accounts=false: without --all-accounts, it is off.',
    'merge aws-auth.yaml --wait': 'Options of merge:',
    'merge aws-auth.yaml --no-account': 'Options of merge:',
    'access-entries --run': 'Options of access-entries:',
    'roles --assigned': 'Options of roles:',
    'check aws-auth.yaml --rule unbound-group': 'check applies all rules',
    'init --upgrade': 'Write another config with `-c NEW.yaml`',
  };
  for (const [line, help] of Object.entries(lines)) {
    const { exitCode, stdout, stderr } = await run(wordsOf(line), { cwd, env: ENV });
    expect({ exitCode, stdout }, line).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr, line).toContain(help);
    expect(stderr, line).not.toMatch(/Did you mean|Use `--/);
  }
});

test('what is no permission set is told what to write instead', async () => {
  const selectors: Readonly<Record<string, string>> = {
    Developers: '"Developers" is a group: write "group:Developers", or map an assigned permission set: "',
    'alice@example.com': '"alice@example.com" is a user: write "user:alice@example.com"',
    AWSReservedSSO_DeveloperAccess_84d1501ba55ed4dd:
      "is a role's name; write the name of its permission set: DeveloperAccess",
    'arn:aws:iam::111122223333:role/AWSReservedSSO_DeveloperAccess_84d1501ba55ed4dd':
      "is a role's ARN; write the name of its permission set: DeveloperAccess",
  };
  for (const [selector, help] of Object.entries(selectors)) {
    const words = ['--map', `${selector}=developers`, '--account', 'prod-eks'];
    const argv = ['merge', 'examples/aws-auth.yaml', ...words, '--inventory', 'examples/inventory.json'];
    const { exitCode, stdout, stderr } = await run(argv, { env: ENV });
    expect({ exitCode, stdout }, selector).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr, selector).toContain(help);
  }
});
