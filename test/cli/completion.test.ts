import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Option } from 'commander';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { parseLine, quoteForBash } from '../../src/cli/completion/answer.ts';
import type { Principal } from '../../src/inventory/model.ts';
import { RULES } from '../../src/lint/lint.ts';
import { account, inventory, role, snapshotText } from '../inventory/build-inventory.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const PROD = '111122223333';
const DEV = '222233334444';
const PEOPLE: Principal[] = [
  { type: 'GROUP', id: 'g', name: 'Platform Team', members: null },
  { type: 'USER', id: 'u', name: 'erin@example.com', members: null },
];
const SNAPSHOT = snapshotText(
  inventory(
    [
      account(PROD, 'prod-eks', { ou: 'Workloads/Prod EU' }),
      account(DEV, 'Dev EKS', { ou: 'Workloads' }),
      account('333344445555', null, { ou: '' }),
    ],
    [role(PROD, 'Admin'), role(PROD, 'AdminRead'), role(DEV, 'a=b')],
    {
      principals: PEOPLE,
      permissionSets: ['Unused', 'Admin'].map((name) => ({
        arn: `arn:aws:sso:::permissionSet/s/${name}`,
        name,
      })),
      clusters: [
        {
          name: 'prod',
          arn: `arn:aws:eks:eu-west-1:${PROD}:cluster/prod`,
          authenticationMode: 'API',
          accessEntries: [],
        },
      ],
    },
  ),
);

interface Answer {
  readonly values: readonly string[];
  readonly directive: string | undefined;
}

/** Completions at the end of a line, whose words may have `_` for a space. */
async function answer(line: string, cwd: string, env: Record<string, string> = {}): Promise<Answer> {
  const words = line.split(' ').map((word) => word.replaceAll('_', ' '));
  const { exitCode, stdout, stderr } = await run(['__complete', 'zsh', ...words], { cwd, env });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  const lines = stdout.split('\n').slice(0, -1);
  return { values: lines.slice(0, -1).map((one) => one.split('\t')[0] ?? ''), directive: lines.at(-1) };
}

const names = (values: readonly string[]): Answer => ({ values, directive: ':4' });
const NOTHING = names([]);
const FILES: Answer = { values: [], directive: ':0' };

describe('offers', () => {
  test('the clusters of a snapshot', async () => {
    const cwd = await scratch({ 'new.json': SNAPSHOT });
    expect(await answer('access-entries --cluster ', cwd)).toEqual(names(['prod']));
    expect(await answer('who --cluster-region ', cwd)).toEqual(names(['eu-west-1']));
  });

  test('commands, and the words after help', async () => {
    const cwd = await scratch();
    const commands = COMMANDS.map(({ name }) => name);
    expect(await answer('', cwd)).toEqual(names([...commands, 'help']));
    expect(await answer('help ', cwd)).toEqual(names([...commands, 'help']));
    expect(await answer('ro', cwd)).toEqual(names(['roles']));
    expect(await answer('--', cwd)).toEqual(names(['--version', '--help']));
    expect(await answer('help merge ', cwd)).toEqual(NOTHING);
    expect(await answer('nosuch --', cwd)).toEqual(NOTHING);
  });

  test('the options of a command, except for given and conflicting ones', async () => {
    const cwd = await scratch();
    const offered = async (line: string) => (await answer(line, cwd)).values;
    expect(await offered('merge --pr')).toEqual(['--prune', '--profile', '--progress']);
    expect(await offered('merge --prune --pr')).toEqual(['--profile', '--progress']);
    expect(await offered('merge --profile a --pr')).toEqual(['--prune', '--profile', '--progress']);
    expect(await offered('merge --account a --ac')).toEqual(['--account']);
    expect(await offered('merge --config=a -')).not.toContain('-c');
    expect(await offered('merge --profile a --inv')).toEqual([]);
    expect(await offered('merge --inventory a --inv')).toEqual(['--inventory']);
    expect(await offered('merge --inventory a --profile')).toEqual([]);
    expect(await offered('merge --quiet --inventory a --profile')).toEqual([]);
    expect(await offered('merge -c')).toEqual(['-c']);
    expect(await offered('merge -- --pr')).toEqual([]);
    expect(await offered('merge --username --pr')).toEqual([]);
  });

  test('the choices of options, in every notation', async () => {
    const cwd = await scratch();
    expect(await answer('generate -o ', cwd)).toEqual(names(['configmap', 'maproles', 'json']));
    expect(await answer('generate --output=j', cwd)).toEqual(names(['--output=json']));
    expect(await answer('generate -oj', cwd)).toEqual(names(['-ojson']));
    expect(await answer('merge --for s', cwd)).toEqual(names(['server-side-apply']));
    expect(await answer('completion ', cwd)).toEqual(names(['bash', 'zsh', 'fish']));
    expect(await answer('completion zsh ', cwd)).toEqual(names(['--help', '-h']));
    expect(await answer('who a.yaml b', cwd)).toEqual(FILES);
    expect(await answer('view a.yaml b', cwd)).toEqual(FILES);
    expect(await answer('merge a.yaml b', cwd)).toEqual(NOTHING);
  });

  test('values by their meaning', async () => {
    const cwd = await scratch({ 'new.json': SNAPSHOT, 'aws-auth-sso.yaml': 'accounts: [sandbox]\n' });
    const lines = async (...words: string[]) =>
      (await run(['__complete', 'zsh', ...words], { cwd })).stdout.split('\n').slice(0, -2);
    expect(await lines('')).toEqual([
      ...COMMANDS.map(({ name, summary }) => `${name}\t${summary}`),
      'help\tdisplay help for command',
    ]);
    expect(await lines('-')).toEqual([
      '--version\toutput the version number',
      '--help\tdisplay help for command',
    ]);
    expect(await lines('roles', '--account', 'self')).toEqual(["self\tthe caller's account"]);
    expect(await lines('roles', '--account', 'prod')).toEqual([`prod-eks\t${PROD}`]);
    expect(await lines('roles', '--ou', 'Workloads/')).toEqual(['Workloads/Prod EU\torganizational unit']);
    expect(await lines('merge', '--map', 'Un')).toEqual(['Unused=\tpermission set']);
    expect(await lines('who', '--user', '')).toEqual(['erin@example.com\tuser']);
    expect(await lines('who', '--group', '')).toEqual(['Platform Team\tgroup']);
    expect(await lines('roles', '--permission-set', 'Un')).toEqual(['Unused\tpermission set']);
    expect(await lines('roles', '--by', '')).toEqual(['permission-set', 'account']);
    const rule = RULES.find(({ name }) => name === 'path-in-arn');
    expect(await lines('check', '--ignore', 'path-')).toEqual([`path-in-arn\t${rule?.summary}`]);
    expect(await lines('generate', '-o', 'j')).toEqual(['json']);
    expect(await lines('explain', '--caller', '')).toEqual(['-\toutput of aws sts get-caller-identity']);
    expect(await lines('who', '--can', 'get')).toEqual(['get secrets\tread secrets']);
    expect(await lines('who', '--can=bind')).toEqual(['--can=bind clusterroles\tbind any role']);
    expect(await lines('who', '--kubernetes-group', 'system:m')).toEqual(['system:masters\tcluster admins']);
    expect(await lines('merge', '--assume-role', '')).toEqual(['OrganizationAccountAccessRole\tthe default']);
    expect(await lines('merge', '--username', '')).toEqual(['sso:{{SessionName}}\tthe default']);
    expect(await lines('access-entries', '--username', 'd')).toEqual(['default\tlet EKS set it']);
    expect(await lines('check', '--max-age', '')).toEqual(['24h', '7d', '30d']);
    expect(await lines('diff', '--output', '')).toEqual(['diff', 'json', 'github']);
    expect(await lines('roles', '-o', '')).toEqual(['table', 'wide', 'name', 'json', 'csv']);
  });

  test('replacements for the end of the word, in bash', async () => {
    const cwd = await scratch({ 'new.json': SNAPSHOT });
    const lines = async (line: string) =>
      (await run(['__complete', 'bash', line, ' =:<>'], { cwd })).stdout.split('\n').slice(0, -1);
    expect(await lines('x merge --map=Adm')).toEqual(['Admin=', 'AdminRead=', ':6']);
    expect(await lines('x roles --account De')).toEqual([String.raw`Dev\ EKS`, ':4']);
    expect(await lines('x view >o')).toEqual([':0']);
  });

  test('files for file arguments', async () => {
    const cwd = await scratch({ 'inventory.json': SNAPSHOT });
    for (const line of [
      'merge ',
      'view m',
      'view -f ',
      'explain ',
      'explain --aws a',
      'explain --caller - a',
      'check a b',
      'who a b',
      'who --rbac ',
      'explain --rbac=a',
      'merge -c ',
      'roles --inventory=',
      'check --rbac ',
      'merge --rbac=',
      'init --from x',
      'merge -- -',
      'merge -- --account=p',
      'merge --nosuch ',
    ])
      expect(await answer(line, cwd), line).toEqual(FILES);
  });

  test('nothing after the last argument, whatever it looks like', async () => {
    const cwd = await scratch({ 'inventory.json': SNAPSHOT });
    for (const line of [
      'merge a b',
      'merge a-b c',
      'generate a',
      'merge -- --account ',
      'merge -- --account=a ',
      'merge -- -x ',
      'merge -- - ',
    ])
      expect(await answer(line, cwd), line).toEqual(NOTHING);
    expect((await answer('merge - ', cwd)).values).toContain('--account');
  });

  test('descriptions, in shells that show them', async () => {
    const cwd = await scratch({ 'inventory.json': SNAPSHOT });
    const { stdout } = await run(['__complete', 'zsh', 'roles', '--exclude-account', ''], { cwd });
    expect(stdout.split('\n').slice(0, 2)).toEqual([`${PROD}\tprod-eks`, `prod-eks\t${PROD}`]);
    expect(stdout).toContain('\n333344445555\n');
  });

  test('options where nothing else fits', async () => {
    const { values } = await answer('generate ', await scratch());
    expect(values).toEqual(expect.arrayContaining(['--map', '-o', '--help']));
  });

  test('rules that are not on the line yet', async () => {
    const cwd = await scratch();
    const all = RULES.map(({ name }) => name);
    expect(await answer('check --ignore ', cwd)).toEqual(names(all));
    const others = all.filter((name) => name !== 'path-in-arn');
    expect(await answer('check --ignore path-in-arn --ignore ', cwd)).toEqual(names(others));
    const two = 'path-in-arn,not-a-role-or-user';
    const joined = await answer(`check --ignore ${two},unparsable-`, cwd);
    expect(joined).toEqual(names([`${two},unparsable-map`]));
    const attached = await answer(`check --ignore=${two},path-`, cwd);
    expect(attached).toEqual(NOTHING);
    expect(await answer('check --ignore=path-', cwd)).toEqual(names(['--ignore=path-in-arn']));
  });

  test('AWS profiles', async () => {
    const cwd = await scratch({
      config:
        '[default]\n[profile prod]\nregion = x\n[profile "two words"]\n[sso-session corp]\n[my services]\n\t[\tprofile\ttabs\t]\n[open\n',
      credentials: '[prod]\n[old]\n',
    });
    const env = {
      AWS_CONFIG_FILE: join(cwd, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(cwd, 'credentials'),
    };
    expect(await answer('roles --profile ', cwd, env)).toEqual(
      names(['default', 'prod', 'two words', 'my services', 'tabs', 'old']),
    );
  });

  test('AWS profiles of the home directory, if it has any', async () => {
    const cwd = await scratch();
    await mkdir(join(cwd, '.aws'));
    const offered = () => answer('roles --profile=', cwd, { HOME: cwd });
    expect(await offered()).toEqual(NOTHING);
    await writeFile(join(cwd, '.aws', 'config'), '[profile one]\n[services s]\n[plugins]');
    expect(await offered()).toEqual(names(['--profile=one']));
    await writeFile(join(cwd, '.aws', 'credentials'), '[two]\n');
    expect(await offered()).toEqual(names(['--profile=one', '--profile=two']));
  });
});

describe('knows the names', () => {
  const ACCOUNTS = [PROD, 'prod-eks', DEV, 'Dev EKS', '333344445555'];

  test('of the newest snapshot in the working directory', async () => {
    const old = snapshotText(inventory([account(DEV, 'old')], []));
    const cwd = await scratch({
      'new.json': SNAPSHOT,
      'old.json': old,
      'other.json': '{"version": 1, "a": 2}',
      'later.txt': old,
    });
    await utimes(join(cwd, 'old.json'), 1, 1);
    await utimes(join(cwd, 'new.json'), 2, 2);
    for (const large of ['a.json', 'z.json']) {
      await writeFile(join(cwd, large), old);
      await truncate(join(cwd, large), 64_000_001);
    }
    await symlink('missing', join(cwd, 'dangling.json'));
    await mkdir(join(cwd, 'folder.json'));
    execFileSync('mkfifo', [join(cwd, 'pipe.json')]);
    expect(await answer('roles --account ', cwd)).toEqual(names(['self', ...ACCOUNTS]));
    expect(await answer('roles --exclude-account ', cwd)).toEqual(names(ACCOUNTS));
    expect(await answer('roles --account=Dev\\_', cwd)).toEqual(names(['--account=Dev EKS']));
    expect(await answer('roles --ou ', cwd)).toEqual(names(['Workloads', 'Workloads/Prod EU']));
    expect(await answer('merge --map ', cwd)).toEqual({
      values: ['Unused=', 'Admin=', 'AdminRead=', 'a=b='],
      directive: ':6',
    });
    expect(await answer('merge --map=Admin', cwd)).toMatchObject({
      values: ['--map=Admin=', '--map=AdminRead='],
    });
    expect(await answer('merge --map group:', cwd)).toMatchObject({ values: ['group:Platform Team='] });
    expect(await answer('merge --map=user:', cwd)).toMatchObject({
      values: ['--map=user:erin@example.com='],
    });
    expect(await answer('who --user ', cwd)).toEqual(names(['erin@example.com']));
    expect(await answer('who --group=', cwd)).toEqual(names(['--group=Platform Team']));
    expect(await answer('roles --skip-unreadable ', cwd)).toEqual(names(ACCOUNTS));
    expect(await answer('roles --account=s', cwd)).toEqual(names(['--account=self']));
    expect(await answer('merge --map Admin=sys', cwd)).toMatchObject({ values: [] });
    expect(await answer('merge --map Admin=policy:', cwd)).toMatchObject({ values: [] });
    expect(await answer('access-entries --map Admin=viewers,policy:E', cwd)).toMatchObject({
      values: ['Admin=viewers,policy:Edit'],
    });
    expect(await answer('access-entries --map=Admin=pol', cwd)).toMatchObject({
      values: expect.arrayContaining(['--map=Admin=policy:SecretReader']),
      directive: ':6',
    });
    expect(await answer('access-entries --map Adm', cwd)).toMatchObject({ values: ['Admin=', 'AdminRead='] });
  });

  test('of an account that looks like a glob, if it selects only this account', async () => {
    const accounts = [account(PROD, 'prod1'), account(DEV, 'prod[1]')];
    const cwd = await scratch({ 'a.json': snapshotText(inventory(accounts, [])) });
    expect(await answer('roles --account p', cwd)).toEqual(names(['prod1', 'prod[1]']));
    // It would exclude prod1 too.
    expect(await answer('roles --exclude-account p', cwd)).toEqual(names(['prod1']));
  });

  test.each([
    ['a.json', 'b.json'],
    ['b.json', 'a.json'],
  ])('of the newer one of two, whatever their names: %s', async (newest, oldest) => {
    const of = (name: string) => snapshotText(inventory([account(DEV, name)], []));
    const cwd = await scratch({ [newest]: of('new'), [oldest]: of('old') });
    await utimes(join(cwd, oldest), 1, 1);
    await utimes(join(cwd, newest), 2, 2);
    expect(await answer('roles --exclude-account ', cwd)).toEqual(names([DEV, 'new']));
  });

  test('only of the snapshots on the line', async () => {
    const other = snapshotText(inventory([account(DEV, 'mine')], []));
    const cwd = await scratch({ 'new.json': SNAPSHOT, 'mine.json': other, 'broken.json': '{"version": 1,' });
    expect(await answer('roles --inventory mine.json --account m', cwd)).toEqual(names(['mine']));
    const both = 'roles --inventory=mine.json --inventory new.json --account ';
    expect((await answer(both, cwd)).values).toEqual(expect.arrayContaining(['mine', 'prod-eks']));
    for (const file of ['broken.json', 'missing.json', '.'])
      expect((await answer(`roles --inventory ${file} --account p`, cwd)).values).toEqual([]);
  });

  test('of the config, if there is no snapshot', async () => {
    const config = `accounts: ["${PROD}", my account, self, "ou:Work loads"]
excludeAccounts: [sandbox]
mappings:
  - { permissionSet: Power, groups: [a], accounts: [other] }
`;
    const cwd = await scratch({ 'aws-auth-sso.yaml': config, 'mine.yaml': config.replace('Power', 'Mine') });
    expect(await answer('roles --account ', cwd)).toEqual(
      names(['self', PROD, 'my account', 'sandbox', 'other']),
    );
    expect(await answer('roles --ou ', cwd)).toEqual(names(['Work loads']));
    expect(await answer('merge --map ', cwd)).toMatchObject({ values: ['Power='] });
    expect(await answer('merge -c mine.yaml --map ', cwd)).toMatchObject({ values: ['Mine='] });
    const twice = 'merge -c aws-auth-sso.yaml -c mine.yaml --map ';
    expect(await answer(twice, cwd)).toMatchObject({ values: ['Mine='] });
    await writeFile(join(cwd, 'aws-auth-sso.yaml'), 'accounts: [');
    expect(await answer('roles --exclude-account ', cwd)).toEqual(NOTHING);
    expect(await answer('roles --account ', cwd)).toEqual(names(['self']));
  });

  test('of a damaged snapshot, as far as possible', async () => {
    const snapshot = {
      version: 1,
      capturedAt: 'today',
      accounts: [null, { id: 5 }, { id: '', name: 'x' }, { id: DEV, name: 7, ou: 3 }],
      roles: { permissionSet: 'None' },
      principals: [{ type: 'USER', name: '' }, 'erin'],
    };
    const cwd = await scratch({ 'odd.json': JSON.stringify(snapshot) });
    expect(await answer('roles --exclude-account ', cwd)).toEqual(names([DEV]));
    for (const line of ['roles --ou ', 'who --user ', 'who --group '])
      expect(await answer(line, cwd)).toEqual(NOTHING);
    expect(await answer('merge --map ', cwd)).toMatchObject({ values: [] });
  });

  test('without waiting for a pipe', async () => {
    const cwd = await scratch();
    execFileSync('mkfifo', [join(cwd, 'aws-auth-sso.yaml')]);
    expect(await answer('roles --exclude-account ', cwd)).toEqual(NOTHING);
  });

  test('and offers only unambiguous account names', async () => {
    const odd = ['twin', 'twin', 'a\nb', 'esc\u001b[2J', 'a\u202eb', 'dev*', 'self', 'ou:x', ' padded', DEV];
    const accounts = odd.map((name, index) => account(`11112222333${index}`, name));
    const cwd = await scratch({ 'new.json': snapshotText(inventory(accounts, [])) });
    expect(await answer('roles --exclude-account ', cwd)).toEqual(names(accounts.map(({ id }) => id)));
  });
});

test('covers every option with a value, or lists it as unknown', async () => {
  const cwd = await scratch({ 'inventory.json': SNAPSHOT });
  const free = new Set<string>();
  for (const { name, load } of COMMANDS) {
    const command = (await load())(async () => {});
    for (const { long, required } of command.options as Option[]) {
      if (!required || !long) continue;
      const { values, directive } = await answer(`${name} ${long} `, cwd, { HOME: cwd });
      if (values.length === 0 && directive === ':4') free.add(long);
    }
  }
  const unknown = [
    '--external-id',
    '--kubernetes-version',
    '--namespace',
    '--node-role',
    '--region',
    '--role-arn',
    '--sso-region',
    '--tag',
  ];
  expect([...free].filter((long) => !long.endsWith('profile')).sort()).toEqual(unknown);
});

test('completion without a supported shell lists the supported ones', async () => {
  for (const argv of [['completion'], ['completion', 'tcsh']]) {
    const { exitCode, stdout, stderr } = await run(argv);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error: .*(\n.*)?bash, zsh, fish/);
  }
});

describe('for bash', () => {
  const NAME = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...' \t\'"`$\\!(){}[]<>|&;*?~#=:%^-/,'),
      fc.constantFrom('a', 'é', '語', '😀'),
    ),
    minLength: 1,
  });
  const QUOTES = ['', '"', "'"] as const;

  test('quotes any name so that bash reads it unchanged', () => {
    const property = fc.property(fc.array(NAME, { minLength: 60, maxLength: 60 }), (list) => {
      for (const quote of QUOTES) {
        const words = list.map((name) => `${quote}${quoteForBash(name, quote)}${quote}`).join(' ');
        const commands = `printf '%s\\0' ${words}`;
        const printed = execFileSync('bash', ['--norc', '-c', commands], {
          env: { LC_ALL: 'C.UTF-8' },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        expect(printed.toString().split('\0').slice(0, -1)).toEqual(list);
      }
    });
    fc.assert(property, runs(5));
  });

  test('leaves safe characters unquoted', () => {
    expect(quoteForBash('Aé9_@%+=:,./-z', '')).toBe('Aé9_@%+=:,./-z');
    expect(quoteForBash('a!b!', '"')).toBe(String.raw`a"\!"b"\!"`);
  });

  test('parses a line like bash', () => {
    const property = fc.property(
      fc.array(NAME, { minLength: 1 }),
      fc.constantFrom(...QUOTES),
      (list, quote) => {
        const typed = list.map((name) => `${quote}${quoteForBash(name, quote)}`);
        const { words, current, quote: open } = parseLine(`x ${typed.join(`${quote} `)}`, ' =:');
        expect([...words, current]).toEqual(list);
        expect(open).toBe(quote);
      },
    );
    fc.assert(property, runs(200));
  });

  test.each([
    'x view 2>/dev/null f',
    'x view >out 2>> log f',
    'x 2>a view <b f',
    'x 12>a view f',
    'x\tview <b\nf',
  ])('ignores redirections: %s', (line) => {
    expect(parseLine(line, ' =:<>')).toMatchObject({ words: ['view'], current: 'f', redirected: false });
  });

  test.each([
    ['x view out2>f g', ['view', 'out2'], 'g', 0],
    ['x view 2a>f g', ['view', '2a'], 'g', 0],
    ["x view 'a b' c", ['view', 'a b'], 'c', 0],
    [String.raw`x "\' a" c`, [String.raw`\' a`], 'c', 0],
    [String.raw`x "\\" \\a "\a" c`, ['\\\\'.slice(1), '\\a', '\\a'], 'c', 0],
    ['x --map=Ad', [], '--map=Ad', 6],
    ['x a:b cd', ['a:b'], 'cd', 0],
    ['x pre"a b', [], 'prea b', 3],
  ])('determines the part of the word that bash keeps: %s', (line, words, current, kept) => {
    expect(parseLine(line, ' =:')).toMatchObject({ words, current, kept });
  });
});
