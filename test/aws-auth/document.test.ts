import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readDocument, readWithProblems, requireRoleList } from '../../src/aws-auth/document.ts';
import { Failure } from '../../src/errors.ts';
import { readFirstDocument } from '../../src/yaml/parser.ts';

const HEAD = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n';

/** The same two lines in every style, with the word "here" at the start of the second. */
const STYLES = {
  literal: `${HEAD}  mapRoles: |\n    one\n    here\n`,
  'literal with CRLF': `${HEAD}  mapRoles: |\n    one\n    here\n`.replaceAll('\n', '\r\n'),
  'indented literal': `${HEAD}  mapRoles: |1- # why\n   one\n   here\n`,
  folded: `${HEAD}  mapRoles: >\n    one\n\n    here\n`,
  'single-quoted': `${HEAD}  mapRoles: 'it''s one\n\n    here'\n`,
  'double-quoted': `${HEAD}  mapRoles: "\\u006fne\\nhere\\n"\n`,
  'double-quoted over lines': `${HEAD}  mapRoles: "one\\n\\\n    here"\n`,
  'double-quoted with an astral escape': `${HEAD}  mapRoles: "\\U0001F600\\U00000041\\x41\\u0041\\nhere\\n"\n`,
  'double-quoted over line separators': `${HEAD}  mapRoles: "one\u2028\u2028here"\n`,
  'double-quoted over paragraph separators': `${HEAD}  mapRoles: "one\u2029\u2029here"\n`,
  'double-quoted with an astral character': `${HEAD}  mapRoles: "😀 here"\n`,
  plain: `${HEAD}  mapRoles: one\n\n    here\n`,
  JSON: JSON.stringify({
    kind: 'ConfigMap',
    metadata: { name: 'aws-auth' },
    data: { mapRoles: '"one"\nhere' },
  }),
  'JSON with a line separator between blanks': JSON.stringify({
    metadata: { name: 'aws-auth' },
    data: { mapRoles: 'one \u2028 here' },
  }),
  'bare list': '- one\n- here: {rolearn: x}\n',
};

describe('the file location of a place in mapRoles', () => {
  it.each(Object.entries(STYLES))('is found: %s', (_, source) => {
    const document = readDocument(source, 'aws-auth.yaml');
    const text = document.mapRoles?.text ?? '';
    const place = document.mapRoles?.locationOf(text.indexOf('here'));
    const lines = source.split(/\r?\n/);
    const line = lines.findIndex((content) => content.includes('here'));
    expect(place).toEqual({
      file: 'aws-auth.yaml',
      line: line + 1,
      column: (lines[line] ?? '').indexOf('here') + 1,
    });
  });

  const BREAKS = ['\n', '\r\n', '\r', '\x85', '\u2028', '\u2029'];
  const FOLDING = [
    ['plain', '', ''],
    ['single-quoted', "'", "'"],
    ['double-quoted', '"', '"'],
    ['folded', '>-\n    ', ''],
    ['literal', '|-\n    ', ''],
  ] as const;
  test.each(FOLDING)('is found after every line break: %s', (_, open, close) => {
    for (const one of BREAKS)
      for (const count of [1, 2, 3]) {
        const source = `${HEAD}  mapRoles: ${open}a ${`${one}    `.repeat(count)}here${close}\n  other: b\n`;
        const { text = '', offsets } = readDocument(source, 'f').mapRoles ?? {};
        const start = text.indexOf('here');
        expect([start, text.length]).not.toContain(-1);
        expect(source.slice(offsets?.startOf(start), offsets?.endOf(start + 4))).toBe('here');
        expect(offsets?.endOf(text.length)).toBe(source.indexOf('here') + 4);
        expect(offsets?.endOf(1)).toBe(source.indexOf(`${open}a `) + open.length + 1);
      }
  });

  it('is found if the first line is indented further', () => {
    const source = `${HEAD}  mapRoles: >1-\n     a\n   here\n`;
    const { text = '', offsets } = readDocument(source, 'f').mapRoles ?? {};
    expect(['a', 'here'].map((word) => offsets?.startOf(text.indexOf(word)))).toEqual([
      source.indexOf('a\n   here'),
      source.indexOf('here'),
    ]);
  });

  test.each([
    '\\\n\n    ',
    '\\\n\n\n    ',
    '\\U0000FFFF',
    '\\U00010000',
    '\\x41',
    '\\\n    \\\n    ',
    '\\\r\n',
  ])('is found after an escape: %j', (written) => {
    const source = `${HEAD}  mapRoles: "a${written}here\\t"\n`;
    const { text = '', offsets } = readDocument(source, 'f').mapRoles ?? {};
    const start = text.indexOf('here');
    expect(source.slice(offsets?.startOf(start), offsets?.endOf(start + 4))).toBe('here');
    expect([offsets?.endOf(1), offsets?.startOf(1)]).toEqual(
      [0, start === 1 ? written.length : 0].map((length) => source.indexOf('"a') + 2 + length),
    );
  });

  it('is found for every character, in every style that can hold the text', () => {
    const characters = fc.constantFrom('a', 'b', ' ', '\n', '\t', "'", '"', '\\', '#', ': ', '- ', 'é', '😀');
    const texts = fc.array(characters, { maxLength: 30 }).map((parts) => `x${parts.join('')}x`);
    fc.assert(
      fc.property(texts, fc.constantFrom('\n', '\r\n'), (text, lineBreak) => {
        for (const source of sourcesOf(text)) expectPlaces(source.replaceAll('\n', lineBreak));
      }),
      { numRuns: 500 },
    );
  });
});

function sourcesOf(text: string): string[] {
  const lines = (separator: string) => text.split('\n').join(`${separator}    `);
  return [
    `${HEAD}  mapRoles: |\n    ${lines('\n')}\n`,
    `${HEAD}  mapRoles: >-\n    ${lines('\n\n')}\n`,
    `${HEAD}  mapRoles: '${text.replaceAll("'", "''").replaceAll('\n', '\n\n')}'\n`,
    `${HEAD}  mapRoles: ${JSON.stringify(text)}\n`,
  ];
}

/** Checks that each literal character is found at its place in the source. */
function expectPlaces(source: string): void {
  const { mapRoles } = readDocument(source, 'aws-auth.yaml');
  if (!mapRoles) throw new Error('mapRoles is lost');
  const { text, offsets } = mapRoles;
  let end = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const [from, to] = [offsets.startOf(offset), offsets.endOf(offset + 1)];
    if (!/[\wé#]/.test(text[offset] ?? '')) continue;
    expect(source.slice(from, to)).toBe(text[offset]);
    expect(from).toBeGreaterThanOrEqual(end);
    end = to;
  }
}

describe('kubectl output without a ConfigMap', () => {
  const CREATE = /aws-auth-sso generate --node-role ARN … \| kubectl create -f -` /;
  const LOGGER = 'E1125 10:44:01.123456   12345 memcache.go:265] "Unhandled Error" err="…"\n';

  test.each([
    ['nothing', '', CREATE],
    ['blanks', '\uFEFF \n', CREATE],
    ['a missing ConfigMap', 'Error from server (NotFound): configmaps "aws-auth" not found\n', CREATE],
    ['an empty list', 'No resources found in kube-system namespace.\n', CREATE],
    [
      'another namespace',
      'Error from server (NotFound): namespaces "kube-sytem" not found\n',
      /current-context/,
    ],
    ['no login', 'error: You must be logged in to the server (Unauthorized)\n', /aws sso login/],
    [
      'no login, after log lines',
      `${LOGGER}${LOGGER}error: You must be logged in to the server (the server has asked for the client to provide credentials)\r\n`,
      /aws sso login/,
    ],
    [
      'no permission',
      'Error from server (Forbidden): configmaps "aws-auth" is forbidden: User "x" cannot get resource\n',
      /auth can-i/,
    ],
    ['no login, alone', 'error: You must be logged in to the server\n', /aws sso login/],
    [
      'no login, because a program failed',
      'I1125 10:44:01.1 1 a.go:1]\nUnable to connect to the server: getting credentials: exec: executable aws failed with exit code 255\n',
      /aws sso login/,
    ],
    [
      'no login, in short',
      'F1125 10:44:01.1 1 a.go:1] b\nW1125 10:44:01.1 1 a.go:1] c\nerror: Unauthorized\n',
      /aws sso login/,
    ],
    ['an unknown kind', 'error: unable to decode "x": no match for kind: y\n', /until it prints/],
    ['no server', 'Unable to connect to the server: dial tcp: lookup x: no such host\n', /until it prints/],
    [
      'a refused connection',
      'The connection to the server localhost:8080 was refused - did you specify the right host or port?\n',
      /until it prints/,
    ],
  ])('has help: %s', (_, source, next) => {
    const { exitCode, findings: problems } = failureOf(source);
    expect(exitCode).toBe(2);
    expect(problems).toMatchObject([{ location: { file: '<stdin>' }, help: expect.stringMatching(next) }]);
    expect(problems[0]?.message).toMatch(/^(the input is empty|this is a kubectl error)/);
  });

  test('has help if kubectl found no match for a selector', () => {
    const source = 'apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: ""\n';
    const { findings: problems } = failureOf(source);
    expect(problems).toMatchObject([{ message: 'the List is empty', help: expect.stringMatching(CREATE) }]);
  });

  test.each([
    'Error from server (NotFound): configmaps "aws-auth" not found',
    'error: You must be logged in',
  ])('also stops check: %s', (source) => {
    expect(() => readWithProblems(source, '<stdin>')).toThrow('this is a kubectl error');
  });

  test('is not confused with a manifest that has a key named error', () => {
    const source = 'error: none\nkind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: ""\n';
    expect(readDocument(source, '<stdin>').mapRoles?.text).toBe('');
    const json = 'error: the cluster is slow\n{\n  "kind": "ConfigMap", "data": {"mapRoles": ""}\n}\n';
    expect(() => readDocument(json, '<stdin>')).toThrow('invalid YAML');
  });

  function failureOf(source: string): Failure {
    try {
      readDocument(source, '<stdin>');
    } catch (error) {
      if (error instanceof Failure) return error;
    }
    throw new Error('was not refused');
  }
});

test.each(['aws-auth', 'mapRoles', 'map_users', 'roleARN', 'role_arn'])(
  'a file with invalid YAML passes check if it mentions %s',
  (name) => {
    const source = `a: [${name}\n`;
    expect(readWithProblems(source, 'f').problems).toMatchObject([{ rule: 'invalid-yaml' }]);
    expect(() => readDocument(source, 'f')).toThrow('invalid YAML');
  },
);

describe('a bare list', () => {
  const LIST = '- rolearn: arn:aws:iam::111122223333:role/dev\n  username: dev\n';

  test.each([
    ['a map', `${LIST}---\na: 1\n`],
    ['a map, though it is not of roles alone', `${LIST}- a: 1\n---\na: 1\n`],
    ['invalid YAML, though it is not of roles alone', `${LIST}- a: 1\n---\na: b: [\n`],
    ['invalid YAML', `${LIST}---\na: b: [\n`],
  ])('is read up to the end of its first document, whatever follows: %s', (_, source) => {
    expect(readDocument(source, 'f')).toMatchObject({ configMap: null, problems: [] });
    expect(readWithProblems(source, 'f')).toMatchObject({ configMap: null, problems: [] });
  });

  test.each([
    ['a manifest', `${LIST}---\nkind: ConfigMap\nmetadata: {name: aws-auth\n`],
    ['what names its kind alone', `${LIST}---\nkind: [\n`],
    ['what names its metadata alone', `${LIST}---\n  metadata: [\n`],
    ['a manifest after a list with a directive', `%YAML 1.1\n---\n${LIST}---\nkind: [\n`],
    ['a map after a list without roles', '- rolearn\n---\na: b: [\n'],
  ])('does not hide invalid YAML after it: %s', (_, source) => {
    const { mapRoles, problems } = readWithProblems(source, 'f');
    expect(mapRoles?.text).toBe(source);
    expect(problems).toMatchObject([{ rule: null, message: expect.stringContaining('invalid YAML') }]);
    expect(() => readDocument(source, 'f')).toThrow('invalid YAML');
  });

  test.each(['kind', 'metadata'])('may name %s in a value', (key) => {
    const source = `${LIST}  "a ${key}:": b\n---\na: b: [\n`;
    expect(readWithProblems(source, 'f')).toMatchObject({ configMap: null, problems: [] });
  });

  test.each(['', '---\n', '--- ', '---\t', '---\r\n', '---\r', '# a\n--- # b\n'])(
    'is not assumed if the file starts with a map that is invalid YAML: %j',
    (start) => {
      const { mapRoles, problems } = readWithProblems(`${start}{kind: ConfigMap, a: [aws-auth\n`, 'f');
      expect(mapRoles).toBeNull();
      expect(problems.map(({ rule, start, end }) => [rule, end - start])).toEqual([['invalid-yaml', 0]]);
    },
  );

  test('is not assumed if the file is invalid YAML without any aws-auth keyword', () => {
    expect(() => readWithProblems('- a: b: c\n', 'f')).toThrow('invalid YAML');
  });

  test('without roles is ignored next to a manifest', () => {
    const source = `- a\n---\n${HEAD}  mapRoles: ""\n`;
    expect(readDocument(source, 'f').configMap).not.toBeNull();
    expect(readDocument(`${LIST}---\nmetadata: {name: aws-auth}\n`, 'f').configMap).not.toBeNull();
    expect(() => readDocument(`${LIST}---\nkind: ConfigMap\n`, 'f')).toThrow('no aws-auth ConfigMap');
  });

  test.each([
    ['rolearn: 5', true],
    ['rolearns: 5', false],
    ['a_rolearn: 5', false],
    ['SSO: {}', true],
    ['<<: {}', true],
    ['*x', true],
    ['role: arn:aws:iam::111122223333:role/x', true],
    ['Arn: arn:aws:s3:::x', true],
    ['"- arn": ARN:aws:s3:::x', true],
    ['principalArn: arn:aws:iam::111122223333:user/x', true],
    ['theArn: arn:aws:iam::111122223333:role/x', true],
    ['theArn: arn:aws:iam::111122223333:user/x', false],
    ['theArn: ARN:AWS:IAM::111122223333:ROLE/x', true],
    ['arns: arn:aws:s3:::x', false],
    ['role: my arn:aws:s3:::x', false],
    ['[arn]: arn:aws:iam::111122223333:role/x', false],
    ['arn: {arn: x}', false],
    ['UserArn: arn:aws:iam::111122223333:role/x', false],
    ['userArn: arn:aws:iam::111122223333:role/x', false],
    ['role: x', false],
    ['name: arn:aws:iam::111122223333:role/x', false],
    ['arns: [arn:aws:iam::111122223333:role/x]', false],
  ])('is recognized by an item that names a role: %s', (item, isRoles) => {
    const read = () => readWithProblems(`- a: b\n- ${item}\n---\na: 1\n`, 'f').configMap;
    if (isRoles) expect(read()).toBeNull();
    else expect(read).toThrow('no aws-auth ConfigMap');
  });

  test.each([
    '- rolearn: [arn\n',
    '---\n- role_arn: "arn\n',
    '# roles\n--- # of all\n\n  - role_arn: "arn\n',
    '\uFEFF- rolearn: [arn\n',
    '\uFEFF---\n[{rolearn: arn\n',
    '[{rolearn: "arn\n',
    '[{rolearn: "\uFEFF\n',
  ])('with invalid YAML passes check, but not other commands: %j', (source) => {
    expect(readWithProblems(source, 'f').mapRoles?.text).toBe(source);
    expect(() => readDocument(source, 'f')).toThrow('invalid YAML');
  });
});

test.each([
  ['text', 'aws-auth\n', 'no aws-auth ConfigMap found in this file'],
  ['an empty List', 'kind: List\nitems: []\n', 'the List is empty'],
  [
    'a List that holds another',
    'kind: List\nitems:\n- {kind: ConfigMap, metadata: {name: coredns, namespace: kube-system}}\n',
    'the ConfigMap is "kube-system/coredns", not kube-system/aws-auth',
  ],
])('%s is not aws-auth', (_, source, message) => {
  expect(() => readDocument(source, 'f')).toThrow(message);
});

test.each(['', ' ', ' # note', '\t\r'])('JSON is read once, whatever follows on its line: %j', (rest) => {
  const json = '{"metadata": {"name": "aws-auth"}, "data": {"mapRoles": "[]"}}';
  const { mapRoles, others, problems } = readWithProblems(`${json}${rest}\n---\nmetadata: {name: a}\n`, 'f');
  expect([mapRoles?.text, others, problems]).toEqual(['[]', ['ConfigMap a'], []]);
});

test('a kubectl error after other text is ignored', () => {
  expect(() => readDocument('a: b\nerror: c\n', 'f')).toThrow('no aws-auth ConfigMap found');
});

test('other manifests are named with their kind and namespace', () => {
  const others =
    'kind: Secret\nmetadata: {name: a, namespace: b}\n---\nmetadata: {name: c}\n---\nkind: List\n---\n';
  const { others: names } = readDocument(`${others}metadata: {name: aws-auth}\n`, 'f');
  expect(names).toEqual(['Secret b/a', 'ConfigMap c']);
});

test.each([
  ['- a\n- rolearn: b\n', true],
  ['[]', true],
  ['- a\n- b: c\n', false],
])('a list of roles has at least one role, or is empty: %j', (source, isOne) => {
  const list = readFirstDocument(source).root;
  const required = () => list?.kind === 'sequence' && requireRoleList(list, () => ({ file: 'f' }));
  if (isOne) expect(required).not.toThrow();
  else expect(required).toThrow('no item has a rolearn');
});

test.each([
  ['aws-auth-0123456789', 'Kustomize appended a hash to the name'],
  ['aws-auth-0123456789a', 'aws-auth is the ConfigMap aws-auth in namespace kube-system'],
  ['my-aws-auth-0123456789', 'aws-auth is the ConfigMap aws-auth in namespace kube-system'],
])('a ConfigMap with another name gets help: %s', (name, help) => {
  expect(() => readDocument(`kind: ConfigMap\nmetadata: {name: ${name}}\n`, 'f')).toThrow(
    expect.objectContaining({ findings: [expect.objectContaining({ help: expect.stringContaining(help) })] }),
  );
});

test('a non-object in a List is skipped', () => {
  const items = '- a\n- [b]\n- kind: ConfigMap\n  metadata: {name: aws-auth}\n- metadata: {}\n';
  expect(readDocument(`kind: List\nitems:\n${items}`, 'f')).toMatchObject({ others: [], problems: [] });
});

test('a list with one role among other items is a list of roles', () => {
  expect(readWithProblems('- a\n- rolearn: b\n', 'f').mapRoles).not.toBeNull();
  expect(() => readWithProblems('- a\n- b: c\n', 'f')).toThrow('no item has a rolearn');
});

test('the last of two items keys counts', () => {
  const item = (name: string) => `items:\n- kind: ConfigMap\n  metadata: {name: ${name}}\n`;
  expect(readDocument(`kind: List\n${item('other')}${item('aws-auth')}`, 'f').configMap).not.toBeNull();
  expect(() => readDocument(`kind: List\n${item('aws-auth')}${item('other')}`, 'f')).toThrow('"other"');
});

describe('a problem of the manifest', () => {
  const ALIAS = 'Replace the alias with the string.';

  test.each([
    ['duplicate key data', 'duplicate-key', 'data: {}\n', 6],
    ["merge keys aren't supported in the ConfigMap itself", null, '  <<: {a: b}\n', 6],
    ['mapRoles is the number "1", expected a string', 'value-not-string', '  mapRoles: 1\n', 6],
    ['mapUsers is a YAML list, expected a string', 'list-not-string', '  mapUsers: []\n', 6],
    ['mapRoles is of the type !local, expected a string', 'value-not-string', '  mapRoles: !local a\n', 6],
    [
      'mapRoles is of the type !!binary, expected a string',
      'value-not-string',
      '  mapRoles: !!binary YQ==\n',
      6,
    ],
    ['mapRoles is a YAML map, expected a string', 'list-not-string', '  mapRoles: {}\n', 6],
    ['data is an alias, expected a map of strings', 'value-not-string', 'data: *a\n', 6],
    ['mapUsers is a YAML list, expected a string', 'list-not-string', '  "mapUsers": []\n', 6],
    [
      'mapRoles is a YAML alias, which can be checked but not changed',
      null,
      '  a: &a ""\n  mapRoles: *a\n',
      7,
    ],
    ['the alias *a has no anchor before it', 'value-not-string', '  mapUsers: *a\n', 6],
  ])('has a rule and location, and stops commands other than check: %s', (message, rule, rest, line) => {
    const { problems, locationOf } = readWithProblems(HEAD + rest, 'f');
    const problem = problems.find((one) => one.message === message);
    expect(problem?.rule).toBe(rule);
    expect(locationOf(problem?.start ?? 0).line).toBe(line);
    const place = (HEAD + rest).slice(problem?.start, problem?.end);
    expect(place.replaceAll('"', '')).toBe(/\*a|data|map\w+/.exec(message)?.[0] ?? '<<');
    expect(() => readDocument(HEAD + rest, 'f')).toThrow(problems[0]?.message);
  });

  test.each([
    ['data: {}\n', 'Put everything under one key.'],
    ['  <<: {a: b}\n', 'Write the keys out.'],
    ['  mapRoles: 1\n', 'Add `|` after "mapRoles:", and put the list below it.'],
    ['  mapRoles: []\n', 'Add `|` after "mapRoles:".'],
    ['  a: &a ""\n  mapRoles: *a\n', ALIAS],
    ['  mapUsers: *a\n', ALIAS, ALIAS],
    [
      'data: *a\n',
      'Put everything under one key.',
      'Put the keys mapRoles, mapUsers and mapAccounts under data:.',
    ],
  ])('has help: %j', (rest, ...helps) => {
    expect(readWithProblems(HEAD + rest, 'f').problems.map(({ help }) => help)).toEqual(helps);
  });

  test.each(['', 'data:\n', 'data:\n  a: b\n'])('is a merge key in the manifest, with %j', (data) => {
    const source = `metadata: {name: aws-auth}\n${data}<<: {a: b}\n`;
    expect(readWithProblems(source, 'f').problems).toMatchObject([
      { message: "merge keys aren't supported in the ConfigMap itself" },
    ]);
  });

  test('does not affect other keys', () => {
    const source = `${HEAD}  mapRoles: []\n  mapUsers: "[]"\n  mapAccounts: &a "[]"\n`;
    const { mapRoles, mapUsers, mapAccounts } = readWithProblems(source, 'f');
    expect([mapRoles, mapUsers?.text, mapAccounts?.text]).toEqual([null, '[]', '[]']);
  });
});
