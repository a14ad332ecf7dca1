import { describe, expect, test } from 'vitest';
import type { AccountSelector } from '../../src/directory/account-selector.ts';
import type { Account } from '../../src/directory/model.ts';
import {
  accountsConcerned,
  resolveQuery,
  resolveScope,
  withStatedAccounts,
} from '../../src/directory/scope.ts';
import { ALL, glob, id, named, query, SELF, unit } from './opened.ts';

function account(accountId: string, name: string | null, ou = '', state: string | null = 'ACTIVE'): Account {
  const ouIds = [
    'r-root',
    ...ou
      .split('/')
      .filter(Boolean)
      .map((part) => `ou-root-${part.toLowerCase().padEnd(8, '0')}`),
  ];
  return { id: accountId, name, state, ou, ouIds, rolesRead: false, unreadable: null };
}

const ACCOUNTS = [
  account('300000000000', 'prod-b', 'Workloads/Prod'),
  account('100000000000', 'management'),
  account('200000000000', 'prod-a', 'Workloads/Prod/EU'),
  account('400000000000', 'dev', 'Workloads/Dev'),
  account('500000000000', 'prod-old', 'Workloads/Prod', 'SUSPENDED'),
  account('600000000000', 'a+b (c)', 'WorkloadsOther'),
];

function resolve(
  selectors: AccountSelector[],
  exclude: AccountSelector[] = [],
  accounts: readonly Account[] = ACCOUNTS,
) {
  return resolveScope(selectors, exclude, { accounts, callerAccountId: '100000000000' });
}

function ids(selectors: AccountSelector[], exclude: AccountSelector[] = []): string[] {
  const { accounts, problems } = resolve(selectors, exclude);
  expect(problems).toEqual([]);
  return accounts.map((one) => one.id.slice(0, 1));
}

function problem(
  selectors: AccountSelector[],
  exclude: AccountSelector[] = [],
  accounts: readonly Account[] = ACCOUNTS,
): string {
  const { problems } = resolve(selectors, exclude, accounts);
  expect(problems).toHaveLength(1);
  return `${problems[0]?.message} | ${problems[0]?.help}`;
}

describe('accounts in the scope', () => {
  test('ids, known or not', () => expect(ids([id('999999999999'), id('300000000000')])).toEqual(['9', '3']));
  test('exact names', () => expect(ids([named('dev'), named('a+b (c)')])).toEqual(['4', '6']));
  test('a glob, ascending by ID', () => expect(ids([glob('prod-?')])).toEqual(['2', '3']));
  test('the caller', () => expect(ids([SELF])).toEqual(['1']));
  test('all that are active', () => expect(ids([ALL])).toEqual(['1', '2', '3', '4', '6']));
  test('a unit by path with all below it', () => expect(ids([unit('Workloads/Prod')])).toEqual(['2', '3']));
  test('a unit by path, slashes around it or not', () =>
    expect(ids([unit('/Workloads/')])).toEqual(['2', '3', '4']));
  test('the root by path', () => expect(ids([unit('/')])).toEqual(['1', '2', '3', '4', '6']));
  test('a unit by path, and no unit with the same name further down', () => {
    expect(ids([unit('Workloads/Prod//')])).toEqual(['2', '3']);
    expect(problem([unit('Prod')])).toContain('"Prod"');
    const nested = account('100000000000', 'x', 'Other/Workloads/Prod');
    expect(problem([unit('Workloads')], [], [nested])).toContain('"Workloads"');
  });
  test('a unit by ID', () => expect(ids([unit('ou-root-workloads')])).toEqual(['2', '3', '4']));
  test('the root by ID', () => expect(ids([unit('r-root')])).toEqual(['1', '2', '3', '4', '6']));
  test('in the order of the scope, each once', () =>
    expect(ids([named('dev'), unit('Workloads'), id('100000000000'), ALL])).toEqual([
      '4',
      '2',
      '3',
      '1',
      '6',
    ]));
  test('but not excluded ones', () =>
    expect(ids([ALL], [unit('Workloads/Prod'), named('dev'), SELF, glob('z*')])).toEqual(['6']));
  test('an exclusion overrides an exact name', () =>
    expect(ids([named('dev'), named('prod-a')], [glob('d*')])).toEqual(['2']));
});

test('exactly named accounts must resolve', () => {
  const { accounts } = resolve([ALL, named('dev'), id('200000000000'), SELF]);
  expect(accounts.filter(({ exact }) => exact).map((one) => one.id.slice(0, 1))).toEqual(['1', '2', '4']);
});

describe('suspended and closed accounts', () => {
  test('are skipped with a note', () => {
    const { findings, leftOut } = resolve([glob('prod-*')]);
    expect(leftOut.map(({ id }) => id)).toEqual(['500000000000']);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ severity: 'note', code: 'account-inactive' });
    expect(findings[0]?.message).toBe('skipped suspended account 500000000000 (prod-old)');
  });
  test('are refused by exact name', () =>
    expect(problem([named('prod-old')])).toBe(
      'account "prod-old" (500000000000) is suspended | Remove it from the scope, or specify it by ID to try it anyway.',
    ));
  test('are counted by state', () => {
    const [one, two, three] = [1, 2, 3].map((at) => account(`${at}00000000000`, `a${at}`, '', 'SUSPENDED'));
    const closed = account('900000000000', null, '', 'PENDING_CLOSURE');
    const { findings } = resolve(
      [ALL],
      [],
      [three, closed, one, two].filter((each) => each !== undefined),
    );
    expect(findings.map(({ message }) => message)).toEqual([
      'skipped suspended accounts 100000000000 (a1), 200000000000 (a2), 300000000000 (a3)',
      'skipped pending closure account 900000000000',
    ]);
  });
  test('are refused by exact name together with others', () =>
    expect(problem([named('prod-old')])).toContain('account "prod-old" (500000000000) is suspended'));
  test('stay by ID', () => expect(ids([id('500000000000')])).toEqual(['5']));
  test('stay by ID together with their name and a pattern', () => {
    expect(ids([id('500000000000'), named('prod-old'), glob('prod-o*')])).toEqual(['5']);
    expect(ids([glob('prod-o*'), named('prod-old'), id('500000000000')])).toEqual(['5']);
  });
  test.each(['PENDING_CLOSURE', 'CLOSED'])('%s counts too', (state) => {
    const { accounts } = resolve(
      [ALL],
      [],
      [account('100000000000', 'x', '', state), account('200000000000', 'y')],
    );
    expect(accounts.map((one) => one.id)).toEqual(['200000000000']);
  });
});

describe('selectors that do not resolve are refused', () => {
  test('an unknown name, with similar ones', () =>
    expect(problem([named('prod-c')])).toMatch(/no account is named "prod-c" \| .*"prod-a" or "prod-b"/));
  test('a name in another case', () => expect(problem([named('DEV')])).toContain('Did you mean "dev"?'));
  test('a glob that matches nothing', () => expect(problem([glob('stage-*')])).toContain('"stage-*"'));
  test('a glob in another case', () => expect(problem([glob('Prod-*')])).toContain('"Prod-*"'));
  test('an unknown unit, with similar ones', () =>
    expect(problem([unit('Workloads/Prd')])).toMatch(/"Workloads\/Prd" \| .*"Workloads\/Prod"/));
  test('a unit similar to a parent unit', () =>
    expect(problem([unit('Workload')])).toContain('Did you mean "Workloads"'));
  test('a unit whose name is only a prefix', () => expect(problem([unit('Work')])).toContain('"Work"'));
  test.each([
    ['SUSPENDED', 'suspended'],
    ['PENDING_CLOSURE', 'pending closure'],
  ])('two accounts with the same name, one of them %s', (state, words) => {
    const twins = [account('100000000000', 'twin'), account('200000000000', 'twin', '', state)];
    expect(problem([named('twin')], [], twins)).toContain(
      `2 accounts are named "twin": 100000000000 and 200000000000, ${words} | Specify the intended one by ID.`,
    );
  });
  test('a name if names are unknown', () =>
    expect(problem([named('dev')], [], [account('100000000000', null)])).toContain('specify accounts by ID'));
  test('self if the caller is unknown', () =>
    expect(
      resolveScope([SELF], [], { accounts: ACCOUNTS, callerAccountId: null }).problems[0]?.message,
    ).toContain('`self`'));
  test('all without any accounts', () =>
    expect(problem([ALL], [], [])).toBe('no accounts found | Select accounts by ID with --account.'));
  test('a glob if names are unknown', () =>
    expect(problem([glob('p*')], [], [account('100000000000', null)])).toBe(
      'no account name matches "p*" | Account names are unknown here; specify accounts by ID.',
    ));
  test('a name similar to none', () =>
    expect(problem([named('zzzzzzzz')])).toBe(
      'no account is named "zzzzzzzz" | Names are case-sensitive; `aws organizations list-accounts` lists them.',
    ));
  test('a unit similar to none, by path and by ID', () => {
    const help = 'Specify its ID (ou-…), or its path: the names below the root, joined by `/`.';
    expect(problem([unit('Zzzzzzzz')])).toBe(
      `no account is in an organizational unit with path "Zzzzzzzz" | ${help}`,
    );
    expect(problem([unit('ou-zzzz-zzzzzzzz')])).toBe(
      `no account is in an organizational unit with id "ou-zzzz-zzzzzzzz" | ${help}`,
    );
  });
  test('a unit if units are unknown', () => {
    const unplaced = { ...account('100000000000', 'x'), ou: null, ouIds: null };
    expect(problem([unit('Prod')], [], [unplaced])).toBe(
      'the accounts in organizational unit "Prod" are unknown here | Specify the accounts by ID, or take a snapshot with --ou or --all-accounts.',
    );
  });
  test("a unit if only one account's position is known", () => {
    const unplaced = { ...account('100000000000', 'x'), ou: null, ouIds: null };
    const accounts = [unplaced, account('200000000000', 'y', 'Prod')];
    expect(problem([unit('Prd')], [], accounts)).toMatch(/^no account is in .* "Prd" \| Did you mean "Prod"/);
  });
  test('all of them at once', () =>
    expect(resolve([named('x'), glob('y*'), unit('z')]).problems).toHaveLength(3));
});

describe('an exclusion must not fail silently', () => {
  test('an unknown name is refused', () =>
    expect(problem([ALL], [named('sandbx')])).toBe(
      'can\'t resolve the exclusion: no account is named "sandbx" | Names are case-sensitive; `aws organizations list-accounts` lists them.',
    ));
  test('an unknown unit is refused', () => expect(problem([ALL], [unit('Sandbox')])).toContain('"Sandbox"'));
  test('a glob that matches nothing is a warning', () => {
    const { findings } = resolve([id('100000000000')], [glob('sandbox-*')]);
    expect(findings).toMatchObject([{ severity: 'warning', code: 'exclusion-matches-nothing' }]);
    expect(findings[0]?.message).toBe('exclusion "sandbox-*" matches no account');
    expect(resolve([id('100000000000')], [glob('prod-*'), id('999999999999')]).findings).toEqual([]);
  });
  test('an account that might be in an excluded unit is refused', () => {
    const unplaced = { ...account('700000000000', 'x'), ou: null, ouIds: null };
    const nameless = { ...unplaced, id: '800000000000', name: null };
    expect(problem([ALL], [unit('Workloads')], [...ACCOUNTS, unplaced, nameless])).toBe(
      "can't tell whether an excluded organizational unit contains 700000000000 (x), 800000000000 | Exclude accounts by ID, or take a snapshot with organizational units (--ou or --all-accounts).",
    );
  });
  test('an account outside the organization is in no unit', () => {
    const outside = { ...account('700000000000', null), ou: null, ouIds: [] };
    expect(resolve([id('700000000000')], [unit('Workloads')], [...ACCOUNTS, outside]).problems).toEqual([]);
  });
});

describe('names with invisible characters', () => {
  const [HIDDEN, BLANK] = ['prod-\u200bx', 'prod\u00a0x'];
  const hidden = account('700000000000', HIDDEN);
  const all = [...ACCOUNTS, hidden];

  test.each([glob('prod-*'), glob('*x'), glob('prod-?x')])(
    'match no pattern (%j), and are told',
    (pattern) => {
      const { accounts, findings } = resolve([pattern, id('100000000000')], [], all);
      expect(accounts.map((one) => one.id)).not.toContain('700000000000');
      expect(findings).toContainEqual({
        severity: 'warning',
        code: 'account-name-invisible',
        help: 'Specify such accounts by ID.',
        message: expect.stringContaining('prod-\\u{200b}x'),
      });
    },
  );

  test('are found by ID, by exact name and by all', () => {
    for (const selector of [id('700000000000'), named(HIDDEN), ALL]) {
      const { accounts, problems, findings } = resolve([selector], [], all);
      expect(problems).toEqual([]);
      expect(accounts.map((one) => one.id)).toContain('700000000000');
      expect(findings.map(({ code }) => code)).not.toContain('account-name-invisible');
    }
  });

  test.each([glob('prod-*'), named('prod-x')])('bypass no exclusion (%j)', (exclusion) => {
    const { problems } = resolve([ALL], [exclusion], [...all, account('800000000000', 'prod-x')]);
    expect(problems).toEqual([
      {
        message:
          'an exclusion might apply to accounts with invisible characters in their names: 700000000000 (prod-\\u{200b}x)',
        help: expect.stringContaining('by ID'),
      },
    ]);
  });

  test('a blank other than a space counts as invisible', () => {
    const accounts = [account('700000000000', BLANK), account('800000000000', 'prod x')];
    expect(resolve([ALL], [named('prod x')], accounts).problems).toHaveLength(1);
  });

  test('are fine if they are excluded by ID, or no exclusion could apply to them', () => {
    expect(resolve([ALL], [glob('prod-*'), id('700000000000')], all).problems).toEqual([]);
    expect(resolve([ALL], [glob('dev*')], all).problems).toEqual([]);
    expect(resolve([ALL], [named('dev')], all).problems).toEqual([]);
  });
});

describe('a name that looks like a pattern', () => {
  const BOTH = [account('100000000000', 'prod1'), account('200000000000', 'prod[1]')];
  const ids = (scope: { readonly accounts: readonly { readonly id: string }[] }) =>
    scope.accounts.map((one) => one.id.slice(0, 1));

  test('selects the account with this name, and names the accounts that it does not select', () => {
    const scope = resolve([glob('prod[1]')], [], BOTH);
    expect(scope.accounts).toEqual([{ id: '200000000000', exact: true }]);
    expect(scope.findings).toEqual([
      {
        severity: 'warning',
        code: 'account-name-is-pattern',
        message:
          '"prod[1]" is the name of account 200000000000, so it isn\'t used as a pattern and doesn\'t select 100000000000 (prod1)',
        help: 'To select them too, specify them by ID.',
      },
    ]);
  });

  test('is a pattern if no account has this name, without warnings about accounts selected anyway', () => {
    expect(ids(resolve([glob('prod[1]')], [], BOTH.slice(0, 1)))).toEqual(['1']);
    expect(resolve([glob('prod[1]'), named('prod1')], [], BOTH).findings).toEqual([]);
  });

  test("excludes both, so that an account's name bypasses no exclusion", () => {
    expect(ids(resolve([ALL], [glob('prod[1]')], [...BOTH, account('300000000000', 'dev')]))).toEqual(['3']);
  });

  test('is ambiguous if two accounts have this name', () => {
    const { problems } = resolve([glob('prod[1]')], [], [...BOTH, account('300000000000', 'prod[1]')]);
    expect(problems.map(({ message }) => message)).toEqual([
      '2 accounts are named "prod[1]": 200000000000 and 300000000000',
    ]);
  });
});

describe('flags over the accounts of a config', () => {
  test('keep accounts that both select, and report everything that does not resolve', () => {
    const asked = query([unit('Workloads'), named('nobody')], { within: [glob('prod-*'), named('none')] });
    const { accounts, problems } = resolveQuery(asked, {
      accounts: ACCOUNTS,
      callerAccountId: '100000000000',
    });
    expect(accounts.map((one) => one.id.slice(0, 1))).toEqual(['2', '3']);
    expect(problems.map(({ message }) => message)).toEqual([
      'no account is named "nobody"',
      'no account is named "none"',
    ]);
  });

  test('do not add accounts that no selector names', () => {
    const asked = query([id('400000000000')], { within: [glob('prod-?')], exclude: [SELF] });
    const concerned = accountsConcerned(asked, { accounts: ACCOUNTS, callerAccountId: '100000000000' });
    expect(concerned.map((one) => one.id.slice(0, 1))).toEqual(['1', '2', '3', '4']);
  });
});

test.each([
  ['whole', true, []],
  ['in part', false, null],
])(
  'of an account that is stated and not listed, what follows from a list that is read %s is known',
  (_, isWhole, ouIds) => {
    const [listed] = ACCOUNTS;
    const accounts = listed ? [listed] : [];
    const found = withStatedAccounts(
      query([id('900000000000'), SELF, ALL]),
      { accounts, isWhole },
      '300000000000',
    );
    const unlisted = { name: null, state: null, ou: null, rolesRead: false, unreadable: null };
    expect(found).toStrictEqual([listed, { id: '900000000000', ...unlisted, ouIds }]);
  },
);
