import { describe, expect, test } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { CheckContext } from '../../src/check/context.ts';
import type { Fix } from '../../src/check/rule.ts';
import { verifyFixes } from '../../src/check/verify-fix.ts';
import type { EksCluster, ExistingAccessEntry } from '../../src/directory/model.ts';
import { account, inventory } from '../directory/build-inventory.ts';

const BEFORE = `kind: ConfigMap
metadata:
  name: aws-auth
data:
  mapRoles: |
    - rolearn: arn:aws:iam::111122223333:role/a
      username: yes
      groups: [x]
    - rolearn: arn:aws:iam::111122223333:role/b
      username: b
  mapAccounts: "- 111122223333"
`;
const QUOTED = BEFORE.replace('yes', '"yes"');

const contextOf = (source: string) => new CheckContext(new AwsAuth(readWithProblems(source, 'f')), {});
const start = '- rolearn: arn:aws:iam::111122223333:role/a\n  username: '.length;
const fix: Fix = {
  kind: 'edit',
  map: 'mapRoles',
  index: 0,
  edit: { start, end: start + 3, replacement: '"yes"' },
  effect: { username: 'yes' },
};
const verify = (after: string, access = true, fixes: readonly Fix[] = [fix], before = BEFORE) =>
  verifyFixes(contextOf(before), contextOf(after), fixes, access);

test('accepts the planned change', () => {
  expect(() => verify(QUOTED)).not.toThrow();
});

test.each([
  [
    'the fix was not carried out',
    BEFORE,
    /^mapRoles in .* it is ".*username: yes.*" instead of ".*username: "yes"/,
  ],
  [
    'another entry changed',
    QUOTED.replace('role/b', 'role/c'),
    /it is ".*role\/c\\n.* instead of ".*role\/b\\n/,
  ],
  [
    'a comment was lost or came',
    QUOTED.replace('username: b', 'username: b # c'),
    /it is ".*username: b # c\\n" instead of ".*username: b\\n"/,
  ],
  [
    'another key changed',
    QUOTED.replace('- 111122223333', '- 999922223333'),
    /^mapAccounts in the result .* "- 9999/,
  ],
  [
    'the manifest changed',
    QUOTED.replace('metadata:\n', 'metadata:\n  labels: {}\n'),
    /^the manifest around the entries isn't as planned: .*labels/,
  ],
  [
    'an entry was lost',
    QUOTED.replace(/ {4}- rolearn: \S+role\/b\n.*\n/, ''),
    /^mapRoles in the result isn't as planned: at character \d+ it is/,
  ],
  [
    'a key was lost',
    QUOTED.replace(/ {2}mapAccounts.*\n/, ''),
    /^mapAccounts in the result .*: it is missing$/,
  ],
])('stops if %s, and shows the difference', (_, after, message) => {
  expect(() => verify(after)).toThrow(expect.objectContaining({ exitCode: 4 }));
  expect(() => verify(after)).toThrow(message);
});

test('stops if an entry would load differently than planned', () => {
  const other: Fix = { ...fix, effect: { username: 'no' } };
  expect(() => verify(QUOTED, false, [other])).toThrow(
    /^item 1 of mapRoles would load differently than planned: \["arn:[^"]*role\/a","yes",\["x"\],null\], previously \["arn:[^"]*","",/,
  );
});

test('stops if a safe fix would change who has access', () => {
  const path = BEFORE.indexOf('role/a') - BEFORE.indexOf('- rolearn');
  const arn: Fix = {
    ...fix,
    edit: { start: path, end: path + 6, replacement: 'role/z' },
    effect: { arn: 'arn:aws:iam::111122223333:role/z' },
  };
  const after = BEFORE.replace('role/a', 'role/z');
  expect(() => verify(after, true, [arn])).not.toThrow();
  expect(() => verify(after, false, [arn])).toThrow(
    /would resolve arn:aws:iam::111122223333:role\/a to nobody/,
  );
});

test('stops if a safe fix would grant access to someone new', () => {
  const before = BEFORE.replace(
    '- rolearn: arn:aws:iam::111122223333:role/b',
    '- role: arn:aws:iam::111122223333:role/b',
  );
  const at = before.indexOf('role: ') - before.indexOf('- rolearn') - 4 * 3;
  const key: Fix = {
    kind: 'edit',
    map: 'mapRoles',
    index: 1,
    edit: { start: at, end: at + 4, replacement: 'rolearn' },
    effect: { arn: 'arn:aws:iam::111122223333:role/b' },
  };
  expect(() => verify(BEFORE, true, [key], before)).not.toThrow();
  expect(() => verify(BEFORE, false, [key], before)).toThrow(
    /would resolve arn:aws:iam::111122223333:role\/b to username "b", groups \[\] instead of nobody/,
  );
});

test('stops if a key was added', () => {
  const without = BEFORE.replace(/ {2}mapAccounts.*\n/, '');
  expect(() => verify(QUOTED, true, [fix], without)).toThrow(
    /^mapAccounts in the result isn't as planned: it shouldn't be there$/,
  );
});

describe('an entry that an access entry replaces', () => {
  const duplicate = '    - rolearn: arn:aws:iam::111122223333:role/b\n      username: old\n';
  const before = BEFORE.replace(/(?= {4}- rolearn: \S+role\/b)/, duplicate);
  const none = BEFORE.replace(/ {4}- rolearn: \S+role\/b\n.*\n/, '');
  const both: Fix = {
    kind: 'remove',
    map: 'mapRoles',
    index: 2,
    others: [{ map: 'mapRoles', index: 1 }],
  };
  const verifyWith = (after: string, fixes: readonly Fix[], entry: Partial<ExistingAccessEntry>) => {
    const principalArn = 'arn:aws:iam::111122223333:role/x/b';
    const accessEntry = { type: 'STANDARD', username: 'b', kubernetesGroups: [], policies: [], principalArn };
    const eks: EksCluster = {
      name: 'prod',
      arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
      authenticationMode: 'API_AND_CONFIG_MAP',
      accessEntries: [{ ...accessEntry, createdAt: '2026-02-01T00:00:00Z', ...entry }],
    };
    const known = inventory([account('111122223333')], [], {
      otherRoles: [
        {
          arn: 'arn:aws:iam::111122223333:role/b',
          role: { pathArn: principalArn, createdAt: '2026-01-01T00:00:00Z' },
        },
      ],
    });
    const contextOf = (source: string) =>
      new CheckContext(new AwsAuth(readWithProblems(source, 'f')), { inventory: known, cluster: { eks } });
    verifyFixes(contextOf(before), contextOf(after), fixes, false);
  };

  test('may go with its duplicates', () => {
    expect(() => verifyWith(none, [both], {})).not.toThrow();
  });

  test.each<[string, string, Fix, Partial<ExistingAccessEntry>, RegExp]>([
    ['grants something else', none, both, { username: 'c' }, /to nobody instead of username "b"/],
    ['is dead', none, both, { createdAt: '2025-01-01T00:00:00Z' }, /to nobody instead of username "b"/],
    [
      'replaces an entry whose duplicate would take effect',
      before.replace(/ {4}- rolearn: \S+role\/b\n {6}username: b\n/, ''),
      { ...both, others: [] },
      {},
      /to username "old", groups \[\] instead of username "b"/,
    ],
  ])('stays if the access entry %s', (_, after, fix, entry, message) => {
    expect(() => verifyWith(after, [fix], entry)).toThrow(message);
  });
});

describe('a ConfigMap among others', () => {
  const indented = (map: string) => map.replace(/^(?=.)/gm, '    ').replace('    kind', '  - kind');
  const listOf = (map: string) =>
    `kind: List\nitems:\n  - kind: Secret\n    metadata: &m\n      finalizers: [a, b]\n${indented(map)}  - metadata: *m\n`;

  test('accepts the planned change', () => {
    expect(() => verify(listOf(QUOTED), true, [fix], listOf(BEFORE))).not.toThrow();
  });

  test.each([
    ['an item of a list', (list: string) => list.replace('[a, b]', '[a, c]')],
    ['the number of items', (list: string) => list.replace('[a, b]', '[a, b, c]')],
    ['the order of items', (list: string) => list.replace('[a, b]', '[b, a]')],
    ['an anchor', (list: string) => list.replace('&m', '&n').replace('*m', '*n')],
    ['what an alias was', (list: string) => list.replace('*m', '{finalizers: [a, b]}')],
    ['a key', (list: string) => list.replace('finalizers', 'labels')],
    ['the kind of another', (list: string) => list.replace('Secret', 'Role')],
    ['quotes', (list: string) => list.replace('Secret', '"Secret"')],
    ['a tag', (list: string) => list.replace('Secret', '!!str Secret')],
    ['another document', (list: string) => `${list}---\nkind: Role\n`],
    ['an empty document', (list: string) => `${list}---\n`],
  ])('stops if %s changed', (_, change) => {
    expect(() => verify(change(listOf(QUOTED)), true, [fix], listOf(BEFORE))).toThrow(
      /^the manifest around the entries isn't as planned: /,
    );
  });
});

describe('mapAccounts', () => {
  const accounts = (list: string) => BEFORE.replace('"- 111122223333"', `"${list}"`);
  const quote: Fix = {
    kind: 'edit',
    map: 'mapAccounts',
    index: 0,
    edit: { start: 2, end: 14, replacement: "'111122223333'" },
    effect: {},
  };

  test('loads as before', () => {
    expect(() => verify(accounts("- '111122223333'"), false, [quote])).not.toThrow();
    const other: Fix = { ...quote, edit: { ...quote.edit, replacement: "'999922223333'" } };
    expect(() => verify(accounts("- '999922223333'"), true, [other])).toThrow(
      /^mapAccounts as it loads isn't as planned: .*999922223333.* instead of .*111122223333/,
    );
  });

  test('may change once its key is right, and has the text of the misspelled key', () => {
    const misspelled = BEFORE.replace('mapAccounts', 'mapaccounts');
    const at = misspelled.indexOf('mapaccounts');
    const edit = { start: at, end: at + 'mapaccounts'.length, replacement: 'mapAccounts' };
    const rename: Fix = { kind: 'rename', map: 'mapAccounts', edit };
    expect(() => verify(BEFORE, true, [rename], misspelled)).not.toThrow();
    expect(() => verify(accounts('- 999922223333'), true, [rename], misspelled)).toThrow(
      /^mapAccounts in the result isn't as planned/,
    );
    expect(() => verify(misspelled, true, [rename], misspelled)).toThrow(
      /^mapAccounts in the result isn't as planned: it is missing$/,
    );
  });
});

describe('the loaded item', () => {
  const edited = (from: string, to: string, effect: Extract<Fix, { kind: 'edit' }>['effect'], index = 0) => {
    // The key's text is indented by four columns in the file.
    const lines = BEFORE.slice(BEFORE.indexOf('    - rolearn'), BEFORE.indexOf('  mapAccounts')).replace(
      /^ {4}/gm,
      '',
    );
    const at = lines.indexOf(from);
    const edit = { start: at, end: at + from.length, replacement: to };
    return () =>
      verify(BEFORE.replace(from, to), true, [{ kind: 'edit', map: 'mapRoles', index, edit, effect }]);
  };

  test('matches the planned effect', () => {
    expect(edited('[x]', '[w, z]', { groups: ['w', 'z'] })).not.toThrow();
    expect(edited('[x]', '[z]', { group: { index: 0, text: 'z' } })).not.toThrow();
    expect(edited('role/b', 'role/c', { arn: 'arn:aws:iam::111122223333:role/c' }, 1)).not.toThrow();
  });

  test.each([
    ['another ARN', edited('role/b', 'role/c', { arn: 'arn:aws:iam::111122223333:role/d' }, 1)],
    ['other groups', edited('[x]', '[w, z]', { groups: ['w'] })],
    ['another group', edited('[x]', '[z]', { group: { index: 0, text: 'y' } })],
    ['another username', edited('username: b', 'username: c', { username: 'd' }, 1)],
    ['an empty effect', edited('username: b', 'username: c', {}, 1)],
    ['no edit of that item', edited('username: b', 'username: c', { username: 'c' }, 0)],
    ['fewer mistakes than there are', edited('[x]', '[yes, no]', { groups: ['', ''] })],
    [
      'no entry although one was planned',
      edited('rolearn: arn:aws:iam::111122223333:role/b', 'role: x', { arn: 'x' }, 1),
    ],
    [
      'no entry although there was one',
      edited('rolearn: arn:aws:iam::111122223333:role/b', 'role: x', {}, 1),
    ],
  ])('stops at %s', (_, run) => {
    expect(run).toThrow(/^item \d of mapRoles would load differently than planned: /);
  });

  test('may still be dropped because of another mistake, but not if its ARN was fixed', () => {
    const dropped = BEFORE.replace(
      '- rolearn: arn:aws:iam::111122223333:role/b',
      '- role: arn:aws:iam::111122223333:role/b',
    );
    const list = dropped
      .slice(dropped.indexOf('    - rolearn'), dropped.indexOf('  mapAccounts'))
      .replace(/^ {4}/gm, '');
    const change = (from: string, to: string, effect: Extract<Fix, { kind: 'edit' }>['effect']) => {
      const at = list.lastIndexOf(from);
      const edit = { start: at, end: at + from.length, replacement: to };
      const after = dropped.replace(new RegExp(`${from}(?![\\s\\S]*${from})`), to);
      return () => verify(after, true, [{ kind: 'edit', map: 'mapRoles', index: 1, edit, effect }], dropped);
    };
    expect(change('username: b', 'username: c', { username: 'c' })).not.toThrow();
    expect(change('role: arn', 'rollearn: arn', { arn: 'arn:aws:iam::111122223333:role/b' })).toThrow(
      /^item 2 of mapRoles would load differently than planned: no entry with /,
    );
  });

  test('has the planned number of items', () => {
    const removed = BEFORE.replace(/ {4}- rolearn: \S+role\/b\n.*\n/, '');
    const twice = BEFORE.replace(/( {4}- rolearn: \S+role\/b\n.*\n)/, '$1$1');
    const fixes: Fix[] = [{ kind: 'remove', map: 'mapRoles', index: 1 }];
    expect(() => verify(BEFORE, true, fixes, twice)).not.toThrow();
    expect(() => verify(removed, true, fixes, twice)).toThrow(/^mapRoles in the result isn't as planned/);
  });

  test.each([false, true])('stays if nothing else grants its access (access: %s)', (access) => {
    const removed = BEFORE.replace(/ {4}- rolearn: \S+role\/b\n.*\n/, '');
    const fixes: Fix[] = [{ kind: 'remove', map: 'mapRoles', index: 1 }];
    expect(() => verify(removed, access, fixes)).toThrow(
      'the authenticator would resolve arn:aws:iam::111122223333:role/b to nobody instead of username "b"',
    );
  });
});
