import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { AliasBudget } from '../../src/aws-auth/decode.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import type { YamlNode } from '../../src/yaml/node.ts';
import { runs } from '../runs.ts';

const ARN = 'arn:aws:iam::111122223333:role/a';

function losses(text: string) {
  return readMapRoles(text).errors.map(({ code, loss, index, offset }) => [
    code,
    loss,
    index,
    text.slice(offset, offset + 4),
  ]);
}

function written(text: string, node: YamlNode | undefined): string | undefined {
  if (node?.kind === 'alias') return text.slice(node.contentStart, node.end);
  return node?.kind === 'scalar' ? text.slice(node.contentStart, node.contentEnd) : node?.kind;
}

describe('a byte order mark inside a scalar', () => {
  const text = (before: number) =>
    ` - rolearn: ${ARN}\n   username: ${'x'.repeat(before)}\uFEFFy\n   groups: ["g"]\n\n   note: 1\n`;
  const start = text(0).indexOf('\uFEFF');

  test('voids the map if it ends a chunk of 512 bytes, and the first character of a later line matters', () => {
    expect(losses(text(509 - start)).map(([, loss]) => loss)).toEqual(['unparsable']);
  });

  test.each([508, 510, 511])('is an ordinary character before byte %i', (before) => {
    expect(losses(text(before - start))).toEqual([]);
  });
});

describe('an entry', () => {
  test('has its item and the nodes that it came from', () => {
    const text = `# first\n- hello\n- rolearn: ${ARN}\n  username: "a"\n  groups: [g]\n`;
    const [entry] = readMapRoles(text).entries;
    expect(entry).toMatchObject({
      arn: ARN,
      username: 'a',
      groups: ['g'],
      sso: null,
      index: 1,
      shadowed: false,
    });
    expect(text.slice(entry?.node.contentStart)).toMatch(/^rolearn/);
    expect(written(text, entry?.fields.arn)).toBe(ARN);
    expect(written(text, entry?.fields.username)).toBe('a');
    expect(entry?.fields.groups?.kind).toBe('sequence');
  });

  test('takes each field from the key that wins, whatever its case', () => {
    const text = `- username: lower\n  Username: upper\n  rolearn: x\n  rolearn: ${ARN}\n`;
    const [entry] = readMapRoles(text).entries;
    expect([written(text, entry?.fields.username), written(text, entry?.fields.arn)]).toEqual(['lower', ARN]);
    expect(entry?.fields).not.toHaveProperty('groups');
  });

  test('has the node of a field without a value', () => {
    const text = `- rolearn: ${ARN}\n  username: yes\n  groups: a,b\n`;
    const [entry] = readMapRoles(text).entries;
    expect(entry).toMatchObject({ username: '', groups: null });
    expect([written(text, entry?.fields.username), written(text, entry?.fields.groups)]).toEqual([
      'yes',
      'a,b',
    ]);
  });

  test('is overridden by a later one of the same ARN, ignoring case', () => {
    const text = `- rolearn: ${ARN}\n- rolearn: b\n- rolearn: ${ARN.toUpperCase()}\n`;
    expect(readMapRoles(text).entries.map(({ shadowed }) => shadowed)).toEqual([true, false, false]);
  });

  test('from an alias is the mapping that the alias refers to', () => {
    const text = `- &x\n  rolearn: &arn ${ARN}\n  username: *arn\n- *x\n`;
    const { entries } = readMapRoles(text);
    expect(entries.map(({ index, node }) => [index, node.contentStart])).toEqual([
      [0, entries[0]?.node.contentStart],
      [1, entries[0]?.node.contentStart],
    ]);
    expect(entries[0]?.fields.username?.kind).toBe('alias');
  });

  test('with an sso matcher has no ARN', () => {
    const [entry] = readMapRoles('- sso: {permissionSetName: Admin, accountID: "111122223333"}\n').entries;
    expect(entry).toMatchObject({
      arn: '',
      sso: { permissionSetName: 'Admin', accountID: '111122223333', partition: '' },
    });
  });

  test.each(['a+b=c,d.e@f-g_h', 'a'.repeat(32)])('can have the sso matcher of %s', (name) => {
    const sso = { permissionSetName: name, accountID: '111122223333', partition: 'aws-cn' };
    expect(readMapRoles(`- sso: ${JSON.stringify(sso)}\n`).entries).toMatchObject([{ arn: '', sso }]);
  });

  test('with an sso matcher is overridden by a later one, ignoring case', () => {
    const item = (name: string) => `- sso: {permissionSetName: ${name}, accountID: "111122223333"}\n`;
    expect(readMapRoles(item('Admin') + item('View') + item('admin')).entries).toMatchObject([
      { shadowed: true },
      { shadowed: false },
      { shadowed: false },
    ]);
  });

  test('keeps its value and node if a later key of the same name has no value', () => {
    const text = `- {rolearn: ${ARN}, Username: u, username: yes, Groups: [g], groups: 5}\n`;
    const [entry] = readMapRoles(text).entries;
    expect(entry).toMatchObject({ username: 'u', groups: ['g'] });
    expect([written(text, entry?.fields.username), entry?.fields.groups?.kind]).toEqual(['u', 'sequence']);
  });

  test('of mapUsers is for the same caller as all ARNs whose letters Go treats as equal', () => {
    const text = '- userarn: a\u017f\u017f\u212a\u212a\n- userarn: aSskK\n- userarn: asskl\n';
    expect(readMapUsers(text).entries.map(({ ambiguous }) => ambiguous)).toEqual([true, true, false]);
  });

  test('of mapUsers has its userarn', () => {
    expect(readMapUsers('- userarn: u\n- rolearn: r\n').entries.map(({ arn }) => arn)).toEqual(['u']);
  });
});

describe('a loss', () => {
  test('of a field, an item or the whole key has its place', () => {
    expect(losses(`- rolearn: ${ARN}\n  username: yes\n  groups: [a, 5]\n`)).toEqual([
      ['wrong-type', 'field', 0, 'yes\n'],
      ['wrong-type', 'field', 0, '5]\n'],
    ]);
    expect(losses('- hello\n- rolename: x\n- sso: 5\n')).toEqual([
      ['not-a-map', 'dropped', 0, 'hell'],
      ['no-arn', 'dropped', 1, 'role'],
      ['wrong-type', 'field', 2, '5\n'],
      ['invalid-sso', 'dropped', 2, 'sso:'],
    ]);
    expect(losses(`- rolearn: ${ARN}\n  note: .inf\n`)).toEqual([
      ['not-a-number', 'unparsable', null, '.inf'],
    ]);
  });

  test.each([
    ['syntax', '- rolearn: "a\n', '"a\n'],
    ['invalid-key', '- username: {{SessionName}}\n', '{Ses'],
    ['not-a-list', 'rolearn: a\n', 'role'],
    ['not-a-list', '\n{"rolearn": "a"}', '{"ro'],
    ['not-a-list', ' {"rolearn": {', '{"ro'],
    ['not-a-number', '- a: !!float .inf\n', '!!fl'],
    ['unknown-anchor', '- rolearn: *x\n', '*x\n'],
    ['recursive-anchor', '- &x [*x]\n', '*x]\n'],
    ['merge-not-a-map', '- <<: x\n', 'x\n'],
    ['invalid-key', '- {a: b}: c\n', '{a: '],
    ['invalid-key', '- ~: c\n', '~: c'],
    ['tag-mismatch', '- username: !!int x\n', '!!in'],
  ])('%s makes the key unparsable: %j', (code, text, at) => {
    expect(losses(text)).toEqual([[code, 'unparsable', null, at]]);
    expect(readMapRoles(text)).toMatchObject({ entries: [], list: null });
  });

  test.each([
    ['- &x [*x]\n', 'the anchor x contains itself'],
    ['- <<: x\n', 'the merge key << needs a map'],
    ['- {a: b}: c\n', "a map can't be a key"],
    ['- ~: c\n', 'a key is null, or a number that is too large'],
    ['- 18446744073709551615: c\n', 'a key is null, or a number that is too large'],
    ['- x: .inf\n  y: .nan\n', ".inf isn't a number in JSON"],
    ['- [.inf, .nan]\n', ".inf isn't a number in JSON"],
    ['18446744073709551615', 'the value is the number "18446744073709551615", not a list'],
  ])('of the whole key is explained by its cause: %j', (text, message) => {
    expect(readMapRoles(text).errors.map((error) => error.message)).toEqual([message]);
  });

  test.each([
    ['sso: 5', ['sso is the number "5", not a map', 'sso.accountID "" isn\'t an account ID']],
    [
      'sso: {accountID: 111122223333, permissionSetName: A}',
      ['sso.accountID is the number "111122223333", not a string', 'sso.accountID "" isn\'t an account ID'],
    ],
    ['sso: {accountID: "111122223333"}', ['sso.permissionSetName "" isn\'t a permission set name']],
    [
      `sso: {accountID: "111122223333", permissionSetName: ${'a'.repeat(33)}}`,
      [`sso.permissionSetName "${'a'.repeat(33)}" isn't a permission set name`],
    ],
    [
      'sso: {accountID: "111122223333", permissionSetName: A, partition: x}',
      ['sso.partition "x" isn\'t an AWS partition'],
    ],
  ])('of an sso matcher is explained by its field: %s', (item, messages) => {
    const { entries, errors } = readMapRoles(`- {${item}}\n`);
    expect([entries, errors.map(({ message }) => message)]).toEqual([[], messages]);
  });

  test('too much from aliases makes the key unparsable', () => {
    const levels = Array.from(
      { length: 8 },
      (_, level) => `- &a${level + 1} [${Array(9).fill(`*a${level}`).join()}]\n`,
    );
    expect(losses(`- &a0 x\n${levels.join('')}`)[0]?.slice(0, 2)).toEqual([
      'excessive-aliasing',
      'unparsable',
    ]);
  });

  test('a smaller share of a large list may come from aliases', () => {
    const groups = Array.from({ length: 500 }, () => 'a').join();
    // An item has 8 written nodes, and 500 more from its alias: 98%.
    const item = '- {rolearn: x, username: u, userid: w, groups: *g}\n';
    const text = (items: number) => `- {rolearn: x, groups: &g [${groups}]}\n${item.repeat(items)}`;
    expect(losses(text(780))).toEqual([]);
    expect(losses(text(900))[0]?.slice(0, 2)).toEqual(['excessive-aliasing', 'unparsable']);
  });

  test('too much text from aliases makes mapAccounts unparsable', () => {
    const text = (aliases: number) => `- &a ${'x'.repeat(1024 * 1024)}\n${'- *a\n'.repeat(aliases)}`;
    const summary = (aliases: number) => {
      const { entries, errors } = readMapAccounts(text(aliases));
      return [entries.length, errors.map(({ code, loss }) => `${code} ${loss}`)];
    };
    expect(summary(16)).toEqual([17, []]);
    expect(summary(17)).toEqual([17, ['excessive-aliasing unparsable']]);
  });

  test('too much text from aliases makes mapRoles unparsable', () => {
    const text = (aliases: number) =>
      `- &a {rolearn: ${ARN}, groups: [${'x'.repeat(1024 * 1024 - ARN.length)}]}\n${'- *a\n'.repeat(aliases)}`;
    expect(losses(text(15))).toEqual([]);
    expect(losses(text(16)).map(([code, loss]) => [code, loss])).toEqual([
      ['excessive-aliasing', 'unparsable'],
    ]);
  });

  test.each([
    ['a username in base64', '!!binary YQ==', 'a'],
    ['bytes that are no UTF-8', '!!binary "w6nDYfCfmID/4oKs"', 'é\uFFFDa😀\uFFFD€'],
    ['a tag written out', '!<tag:yaml.org,2002:binary> YQ==', 'a'],
    ['a tag with an escape', '!<tag:yaml.org,2002:b%69nary> YQ==', 'a'],
    ['a date', '!!timestamp 2024-02-29', '2024-02-29'],
    ['a date with a time', '!!timestamp 2024-12-31T23:59:59Z', '2024-12-31T23:59:59Z'],
    ['base64 over several lines', '!!binary "YT5i\\nfn4+"', 'a>b~~>'],
    [
      'the ends of what one, two and three bytes can say',
      '!!binary "f8KA37/goIDvv78="',
      '\x7f\x80\u07ff\u0800\uffff',
    ],
    ['half a character at the end', '!!binary "YeA="', 'a\uFFFD'],
  ])('does not occur in %s', (_, username, text) => {
    const { errors, entries } = readMapRoles(`- {rolearn: ${ARN}, username: ${username}}\n`);
    expect([errors, entries[0]?.username]).toEqual([[], text]);
  });

  test.each([
    '2024-1-2',
    '2000-02-29',
    '2024-12-30',
    '2024-01-02 10:20:30',
    '2024-01-02 1:2:3.5',
    '2024-01-02 1:2:3,25',
    '2024-01-02 10:20:30-01:00',
    '2024-01-02t10:20:30Z',
    '2024-01-02T1:2:3.25+01:00',
    '2024-01-02T10:20:30-07:00',
  ])('does not occur in the date %s', (date) => {
    expect(losses(`- {rolearn: ${ARN}, username: !!timestamp "${date}"}\n`)).toEqual([]);
  });

  test.each([
    [
      'a number',
      ['0x1F', '0X1f', '0b101', '0B1', '-0b11', '0o17', '0O7', '017', '08', '+5', '-1.5', '+1.5', '1.', '9'],
    ],
    [
      'a fraction',
      ['-.25', '+.5', '-.5e+1', '.12', '.1_23', '.1_2_3', '.5E1', '.5E+10', '.5e-12', '.5e1_2_1'],
    ],
    ['an exponent', ['1e3', '1E30', '1e+30', '1e-12']],
    ['underscores', ['1_000.5', '1__0', '1_', '0_7']],
  ])('a plain name that is a number is lost: %s', (_, values) => {
    const lost = values.filter((value) => losses(`- {rolearn: ${ARN}, username: ${value}}\n`).length > 0);
    expect(lost).toEqual(values);
  });

  test.each([
    ['almost a number', ['0b', '0b2', '0b12', '0x', '0o', '0o8', '1.5x', '1.5e', '1e', '1-2', '1e400']],
    ['almost a fraction', ['.', '-.', '._5', '.5_', '.5e', '.5x', '.5_x', '.5e1x', '.5e400']],
    ['a sign', ['+', '-', '_1']],
  ])('a plain name that is not a number is kept: %s', (_, values) => {
    const kept = values.map((value) => readMapRoles(`- {rolearn: ${ARN}, username: ${value}}\n`).entries[0]);
    expect(kept.map((entry) => entry?.username)).toEqual(values);
  });

  test.each([
    [
      'an integer',
      '!!int',
      ['0', '-1', '+1', '017', '0x10', '0b1', '0o7', '1_0', '-9223372036854775808', '18446744073709551615'],
    ],
    ['a number', '!!float', ['1', '1.5', '.5', '1e3']],
    ['a boolean', '!!bool', ['yes', 'False', 'ON', 'n']],
  ])('a field with the tag of %s is lost, not the map', (_, tag, values) => {
    for (const value of values)
      expect(losses(`- {rolearn: ${ARN}, username: ${tag} ${value}}\n`)[0]?.slice(0, 2)).toEqual([
        'wrong-type',
        'field',
      ]);
  });

  test.each([
    [
      'an integer',
      '!!int',
      [
        '1.5',
        'x',
        '~',
        'yes',
        '-9223372036854775809',
        '18446744073709551616',
        '+9223372036854775808',
        '.inf',
        '0x',
      ],
    ],
    ['a number', '!!float', ['x', '~', 'yes', '2024-01-01']],
    ['a boolean', '!!bool', ['1', '~', 'x', 'yEs']],
    ['a null', '!!null', ['0', 'x', 'no']],
    [
      'a date',
      '!!timestamp',
      [
        '2024-13-01',
        '2023-02-29',
        '2024-04-31',
        '2024-01-00',
        '2024-00-01',
        '2024-01-01T24:00:00Z',
        '2024-01-01T00:60:00Z',
        '2024-01-01T00:00:60Z',
        '24-01-01',
        '12024-01-01',
        '1900-02-29',
        '2024-01-02T10:20:30',
        '2024-01-02T10:20:30ZZ',
        '2024-01-02T10:20:30Zx',
        '2024-01-02T10:20:30.Z',
        '2024-01-02 10:20:30Z',
        '2024-01-02 10:20:30+01:00',
        'x',
      ],
    ],
    ['base64', '!!binary', ['YQ', 'Y===', 'YQ=a', '*']],
  ])("a value that doesn't match its tag makes the key unparsable: %s", (_, tag, values) => {
    for (const value of values)
      expect(losses(`- {rolearn: ${ARN}, username: ${tag} "${value}"}\n`)).toEqual([
        ['tag-mismatch', 'unparsable', null, tag.slice(0, 4)],
      ]);
  });

  test('after the first document does not count, but has its position', () => {
    expect(readMapRoles(`- rolearn: ${ARN}\n---\n- rolearn: [\n`)).toMatchObject({
      errors: [],
      ignoredFrom: ARN.length + 12,
    });
    expect(readMapRoles(`- rolearn: ${ARN}\n---\n`).ignoredFrom).toBe(null);
  });
});

test.each(['', ' \n', '``', '""', "''\n", '[]', '~', '# nothing', '---\n'])(
  '%j is empty without an error',
  (text) => {
    expect(readMapRoles(text)).toMatchObject({ entries: [], errors: [] });
    expect(readMapAccounts(text)).toMatchObject({ entries: [], errors: [] });
  },
);

test('an unquoted account ID keeps its zero, and anything but text is dropped', () => {
  expect(readMapAccounts('- 012345678901\n- [x]\n- "5"\n')).toMatchObject({
    entries: ['012345678901', '5'],
    errors: [{ code: 'not-a-string', loss: 'dropped', index: 1, offset: 17 }],
  });
});

test('each kind of problem in mapAccounts has its message', () => {
  const errorsOf = (text: string) => readMapAccounts(text).errors.map(({ code, message }) => [code, message]);
  expect(errorsOf('- {a: b}\n- [a]\n')).toEqual([
    ['not-a-string', 'the item is a map, not an account ID'],
    ['not-a-string', 'the item is a list, not an account ID'],
  ]);
  expect(errorsOf('!!int abc')).toEqual([['tag-mismatch', '"abc" doesn\'t match its tag !!int']]);
  expect(errorsOf('"x"')).toEqual([['not-a-list', "the value isn't a list"]]);
});

test.each(['<<', '! <<', '!!merge <<', '!<tag:yaml.org,2002:merge> <<', '!!merge "<<"'])(
  'the key %s merges the fields of another map',
  (key) => {
    const text = `- &a {rolearn: a, username: u}\n- {${key}: *a, groups: [g]}\n`;
    expect(readMapRoles(text).entries[1]).toMatchObject({ arn: 'a', username: 'u', groups: ['g'] });
  },
);

test('the map that a merge key names may be read again through an alias of the item', () => {
  const text = '- &a {rolearn: a, username: u}\n- &b {<<: *a, rolearn: b}\n- *b\n- {<<: *b, rolearn: c}\n';
  const { entries, errors } = readMapRoles(text);
  expect(errors).toEqual([]);
  expect(entries.map(({ arn, username }) => [arn, username])).toEqual([
    ['a', 'u'],
    ['b', 'u'],
    ['b', 'u'],
    ['c', 'u'],
  ]);
});

test.each(['"<<"', '!!str <<', '!local <<'])('the key %s merges nothing', (key) => {
  const text = `- &a {rolearn: a}\n- {${key}: *a, rolearn: b}\n`;
  expect(readMapRoles(text).entries.map(({ arn }) => arn)).toEqual(['a', 'b']);
});

test('an alias in mapAccounts to anything but text is dropped like its target', () => {
  expect(readMapAccounts('- &a [x]\n- *a\n- &b "1"\n- *b\n')).toMatchObject({
    entries: ['1', '1'],
    errors: [
      { code: 'not-a-string', index: 0 },
      { code: 'not-a-string', index: 1 },
    ],
  });
});

test('no text makes the reading fail', () => {
  const fragment = fc.constantFrom(
    ...[
      '- ',
      '\n',
      '  ',
      'rolearn: ',
      'groups: ',
      'a',
      '5',
      '~',
      ': ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '&x ',
      '*x',
      '<<: ',
      '!!int ',
      '\t',
    ],
    ...['"', "'", '|\n', '---\n', '.inf', '\0', '\uFEFF', '\ud800', '? '],
  );
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 40 }), (fragments) => {
      const text = fragments.join('');
      for (const read of [readMapRoles, readMapUsers, readMapAccounts]) {
        const { errors } = read(text);
        expect(errors.every(({ offset }) => offset >= 0 && offset <= text.length)).toBe(true);
      }
    }),
    runs(3000),
  );
});

test.each([
  [1, 999],
  [20, 1980],
  [5000, 403999],
  [3_700_000, 411111],
])('after %i nodes, %i of aliases are within the budget of go-yaml', (plain, most) => {
  const budget = new AliasBudget();
  for (let count = 0; count < plain; count += 1) budget.take(false);
  let aliased = 0;
  while (budget.take(true)) aliased += 1;
  expect(aliased).toBe(most);
});

test('entries are effective if no later one and no role of mapRoles overrides them', () => {
  const roles = '- {rolearn: a, username: lost}\n- {rolearn: A, username: used}\n';
  const users = '- {userarn: a, username: lost}\n- {userarn: b, username: used too}\n';
  const data = { mapRoles: roles, mapUsers: users };
  const manifest = { kind: 'ConfigMap', metadata: { name: 'aws-auth' }, data };
  const { effective } = new AwsAuth(readDocument(JSON.stringify(manifest), 'f'));
  expect(effective.map(({ username }) => username)).toEqual(['used', 'used too']);
});

test('consecutive entries are not nested', () => {
  const { entries, errors } = readMapRoles('- {rolearn: a, groups: [g]}\n'.repeat(10_001));
  expect([entries.length, errors]).toEqual([10_001, []]);
});

test('aliases cannot nest so deeply that the reading fails', () => {
  const nest = (inner: string) => '['.repeat(900) + inner + ']'.repeat(900);
  const items = Array.from({ length: 20 }, (_, level) => `- &a${level + 1} ${nest(`*a${level}`)}\n`);
  expect(readMapRoles(`- &a0 x\n${items.join('')}`).errors).toMatchObject([{ loss: 'unparsable' }]);
});
