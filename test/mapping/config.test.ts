import { expect, test } from 'vitest';
import { Failure, formatLocation } from '../../src/errors.ts';
import { parseConfig } from '../../src/mapping/config.ts';

/** `line:column message | next` of every problem. */
function problemsOf(text: string): string[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.exitCode).toBe(2);
    return error.findings.map(
      ({ location: place, message, help: next }) =>
        `${place ? formatLocation(place) : '?'}: ${message} | ${next ?? ''}`,
    );
  }
  return [];
}

test('reads every field', () => {
  const { config, mappings } = parseConfig(
    `
accounts: ["111122223333", prod-eks, "ou:Workloads/Prod", "dev-*", self]
excludeAccounts: [sandbox-*]
ssoRegion: eu-west-1
assumeRole: { name: path/EksAuthReader, externalId: abc }
nodeRoles: ["arn:aws:iam::111122223333:role/eks-node"]
mappings:
  - permissionSet: ClusterAdmin
    accounts: [prod-eks]
    assignedTo: "group:Platform"
    username: "admin:{{SessionName}}"
    groups: [system:masters]
    optional: true
  - { permissionSet: Dev*, groups: [a] }
`,
    'c.yaml',
  );
  expect(config.assumeRole).toEqual({ name: 'path/EksAuthReader', externalId: 'abc' });
  expect(mappings).toMatchObject([
    {
      selector: { kind: 'name', name: 'ClusterAdmin' },
      accounts: [{ kind: 'name', name: 'prod-eks' }],
      assignedTo: { kind: 'group', name: 'Platform' },
      username: 'admin:{{SessionName}}',
      groups: ['system:masters'],
      optional: true,
      origin: { text: 'c.yaml:8' },
    },
    { selector: { kind: 'glob', glob: 'Dev*' }, accounts: null, username: null, optional: false },
  ]);
});

test('an unquoted account ID without a leading zero is text', () => {
  expect(parseConfig('accounts: [111122223333]', 'c.yaml').config.accounts).toEqual(['111122223333']);
});

test.each([
  [
    'alone',
    '  - permissionSet: A\n    username: {{SessionName}}\n    groups: [g]\n',
    'c.yaml:3:15: YAML reads a value that starts with {{ as a map; quote it: "{{SessionName}}"',
  ],
  [
    'in a list',
    '  - { permissionSet: A, groups: [{{AccountID}}, b] }\n',
    'c.yaml:2:34: YAML reads a value that starts with {{ as a map; quote it: "{{AccountID}}"',
  ],
  [
    'with more behind it',
    '  - permissionSet: A\n    username: {{SessionName}}:admin\n    groups: [g]\n',
    'c.yaml:3:15: YAML reads a value that starts with {{ as a map; quote it: "{{SessionName}}:admin"',
  ],
  [
    'with more behind it in braces',
    '  - { permissionSet: A, username: {{SessionName}}-x, groups: [g] }\n',
    'c.yaml:2:35: YAML reads a value that starts with {{ as a map; quote it: "{{SessionName}}-x"',
  ],
  [
    'in an item with more behind it',
    '  - permissionSet: A\n    groups:\n      - {{AccountID}}:dev # x\n',
    'c.yaml:4:9: YAML reads a value that starts with {{ as a map; quote it: "{{AccountID}}:dev"',
  ],
])('an unquoted variable, %s, must be quoted', (_, text, message) => {
  expect(problemsOf(`mappings:\n${text}`)).toEqual([`${message} | `]);
});

test.each(['{{}}', '{{a: b}}', '{{a, b}}', '{{[a]}}'])(
  '%s names no variable, and is no text either',
  (value) => {
    expect(problemsOf(`mappings:\n  - permissionSet: A\n    username: ${value}\n    groups: [g]\n`)).toEqual([
      'c.yaml:3:15: mappings[0].username: must be a string | ',
      'c.yaml:3:16: a key must be a string | ',
    ]);
  },
);

test.each([
  ['a manifest', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth}\ndata: {}\n'],
  ['JSON', '{"apiVersion": "v1", "kind": "ConfigMap", "data": {"mapRoles": "[]"}}'],
  ['a list of manifests', 'kind: List\nitems: []\n'],
  ['a bare list of entries', '- rolearn: arn:aws:iam::111122223333:role/a\n  groups: [g]\n'],
])('an aws-auth ConfigMap is not a config: %s', (_, text) => {
  expect(problemsOf(text)).toEqual([
    'c.yaml:1:1: this is an aws-auth ConfigMap, not a config | Pass the ConfigMap as FILE. `aws-auth-sso init --from FILE` proposes a config from it.',
  ]);
});

test('an exclusion may be empty', () => {
  expect(problemsOf('excludeAccounts: []')).toEqual([]);
});

test('reports every problem at once, in the order of the file', () => {
  const text = `acounts: [prod]
accounts: [012345678901, ""]
ssoRegion: [eu-west-1]
mappings:
  - permissionSet: Admin
    group: [a]
  - permissionSet: "no good"
    username: "{{Session}}"
    groups: [system:node-x, "ä", ""]
    optional: maybe
`;
  expect(problemsOf(text)).toEqual([
    'c.yaml:1:1: unknown key "acounts" | Did you mean "accounts"?',
    'c.yaml:2:12: account ID 012345678901 isn\'t quoted, and other YAML parsers drop its leading zero; write "012345678901" | ',
    'c.yaml:2:26: accounts[1]: "" selects no account | ',
    'c.yaml:3:12: ssoRegion: must be a string | ',
    'c.yaml:5:5: mappings[0]: has neither groups nor policies: add groups, or policies for access entries | ',
    expect.stringMatching(/^c\.yaml:6:5: unknown key "group" \| Did you mean "groups"/),
    expect.stringMatching(
      /^c\.yaml:7:20: mappings\[1\]\.permissionSet: "no good" isn't a permission set name/,
    ),
    expect.stringMatching(/^c\.yaml:8:15: .*unknown variable \{\{Session\}\}; the authenticator knows/),
    expect.stringMatching(/^c\.yaml:9:14: .*group for nodes/),
    expect.stringMatching(/^c\.yaml:9:29: .*n't printable ASCII/),
    expect.stringMatching(/^c\.yaml:9:34: .*is empty/),
    'c.yaml:10:15: mappings[1].optional: must be true or false | ',
  ]);
});

test('reports problems of one line from left to right', () => {
  expect(problemsOf('{ ssoRegion: [], accounts: 3 }')).toEqual([
    'c.yaml:1:14: ssoRegion: must be a string | ',
    'c.yaml:1:28: accounts: must be a list of accounts | ',
  ]);
});

test('words that only start or end like a keyword are strings', () => {
  const text = 'mappings: [{permissionSet: A, groups: [untrue, falsehood, nullable, annul, x~]}]';
  expect(parseConfig(text, 'c.yaml').mappings[0]?.groups).toEqual([
    'untrue',
    'falsehood',
    'nullable',
    'annul',
    'x~',
  ]);
});

test('the longest values that AWS allows, and other notations, are accepted', () => {
  const { config, mappings } = parseConfig(
    `assumeRole: { externalId: ${'a'.repeat(1224)} }
nodeRoles: ["arn:aws:iam::111122223333:role/a/b/${'c'.repeat(64)}"]
ssoRegion: us-gov-west-1
mappings:
  - { permissionSet: ${'A'.repeat(32)}, groups: ["true", 'null'], optional: FALSE }
  - permissionSet: |-
      Dev.Ops+1
    groups: [a]
    optional: True
`,
    'c.yaml',
  );
  expect(config.assumeRole).toMatchObject({ externalId: expect.stringMatching(/^a{1224}$/) });
  expect(mappings).toMatchObject([
    { groups: ['true', 'null'], optional: false, origin: { location: { line: 5, column: 5 } } },
    { selector: { name: 'Dev.Ops+1' }, optional: true, origin: { location: { line: 6, column: 5 } } },
  ]);
});

test('accepts one role, or rules by account', () => {
  const roleIn = (text: string) => parseConfig(text, 'c.yaml').config.assumeRole;
  expect(roleIn(`assumeRole: { sessionName: ${'a'.repeat(64)} }`)).toEqual({ sessionName: 'a'.repeat(64) });
  expect(roleIn('assumeRole: { sessionName: "a=" }')).toEqual({ sessionName: 'a=' });
  const rules = `assumeRole:
  - { accounts: ["111122223333", prod-*, "ou:Workloads"], name: a/Reader, externalId: abc, sessionName: nightly }
  - { name: Other }
`;
  expect(roleIn(rules)).toEqual([
    {
      accounts: ['111122223333', 'prod-*', 'ou:Workloads'],
      name: 'a/Reader',
      externalId: 'abc',
      sessionName: 'nightly',
    },
    { name: 'Other' },
  ]);
  expect(roleIn('assumeRole: [{ name: Other }]')).toEqual([{ name: 'Other' }]);
});

test.each([
  ['a syntax error', 'accounts: [prod\nmappings: []\n', /^c\.yaml:2:\d+: invalid YAML/],
  [
    'an empty file',
    '# nothing\n',
    /^c\.yaml:1:1: the config is empty \| `aws-auth-sso init` proposes one\.$/,
  ],
  [
    'two documents',
    'accounts: [a]\n---\naccounts: [b]\n',
    /^c\.yaml:1:1: the config contains several YAML documents \| Keep one file per cluster\.$/,
  ],
  ['a second document that is empty', 'accounts: [a]\n---\n', /several YAML documents/],
  [
    'a value that is missing',
    'ssoRegion: eu-west-1\nexcludeAccounts:\n',
    /^c\.yaml:2:1: excludeAccounts: must be/,
  ],
  [
    'a null in capitals',
    'mappings: [{permissionSet: A, groups: [a], username: NULL}]',
    /username: must be a string/,
  ],
  ['a list', '- a\n', /^c\.yaml:1:1: the config must be a mapping/],
  ['a duplicate key', 'accounts: [a]\naccounts: [b]\n', /^c\.yaml:2:1: duplicate key "accounts"/],
  ['an alias', 'accounts: &a [a]\nexcludeAccounts: *a\n', /^c\.yaml:2:18: alias \*a/],
  ['eleven digits', 'accounts: [11122223333]\n', /^c\.yaml:1:12: .*11 digits/],
  [
    'no groups',
    'mappings: [{permissionSet: A, groups: []}]',
    /^c\.yaml:1:39: mappings\[0\]\.groups: is empty: list at least one/,
  ],
  [
    'a person as username',
    'mappings: [{permissionSet: A, groups: [a], username: "arn:aws:identitystore:::user/1"}]',
    /you can't map an Identity Center user or group/,
  ],
  [
    'a group of people as group',
    'mappings: [{permissionSet: A, groups: ["arn:aws:identitystore:::group/1"]}]',
    /you can't map an Identity Center user or group/,
  ],
  [
    'an IAM user as permission set',
    'mappings: [{permissionSet: "arn:aws:iam::111122223333:user/ada", groups: [a]}]',
    /add other roles and IAM users to aws-auth manually/,
  ],
  ['an ARN in capitals', 'mappings: [{permissionSet: A, groups: ["ARN:a"]}]', /is an ARN/],
  ['a space at the end', 'mappings: [{permissionSet: A, groups: ["a "]}]', /starts or ends with a space/],
  [
    'an unknown variable',
    'mappings: [{permissionSet: A, groups: [a], username: "{{User}}"}]',
    /knows \{\{AccountID\}\} \{\{SessionName\}\} \{\{SessionNameRaw\}\} \{\{AccessKeyID\}\} \|/,
  ],
  ['empty braces', 'mappings: [{permissionSet: A, groups: ["a{{}}"]}]', /unknown variable \{\{\}\};/],
  ['a group of blanks alone', 'mappings: [{permissionSet: A, groups: ["  "]}]', /" {2}" is empty/],
  ['open braces', 'mappings: [{permissionSet: A, groups: ["a{{"]}]', /unknown variable \{\{;/],
  ['closing braces', 'mappings: [{permissionSet: A, groups: ["a}}"]}]', /unknown variable \}\};/],
  [
    'a role of people as node role',
    'nodeRoles: ["arn:aws:iam::111122223333:role/AWSReservedSSO_A_0123456789abcdef"]',
    /by Identity Center for people/,
  ],
  ['an ARN as role to assume', 'assumeRole: { name: "arn:aws:iam::111122223333:role/x" }', /is an ARN/],
  [
    'a role name with a space',
    'assumeRole: { name: "a b" }',
    /^c\.yaml:1:21: assumeRole\.name: .*isn't a role name/,
  ],
  ['a path without a name', 'assumeRole: { name: path/ }', /n't a role name/],
  ['an external ID of one character', 'assumeRole: { externalId: a }', /assumeRole\.externalId: .*2 to 1224/],
  ['an external ID that is too long', `assumeRole: { externalId: ${'a'.repeat(1225)} }`, /2 to 1224/],
  [
    'a session name of one character',
    'assumeRole: { sessionName: a }',
    /^c\.yaml:1:28: assumeRole\.sessionName: "a" isn't a session name \(2 to 64 characters of/,
  ],
  ['a session name that is too long', `assumeRole: { sessionName: ${'a'.repeat(65)} }`, /2 to 64/],
  ['a session name with a slash', 'assumeRole: { sessionName: a/b }', /2 to 64/],
  [
    'no account by default',
    'accounts: []\nmappings: [{ permissionSet: A, groups: [g], accounts: [a] }]',
    /^c\.yaml:1:11: accounts: is empty: list at least one account, or omit it/,
  ],
  [
    'no account of a mapping',
    'accounts: [a]\nmappings:\n  - permissionSet: A\n    accounts: []\n    groups: [g]\n',
    /^c\.yaml:4:15: mappings\[0\]\.accounts: is empty: list at least one account, or omit it for the default scope/,
  ],
  [
    'accounts of the one role',
    'assumeRole: { name: A, accounts: [prod] }',
    /^c\.yaml:1:24: unknown key "accounts" \| Write a list of rules: assumeRole: \[\{ accounts: \[…\], name: … \}\]$/,
  ],
  [
    'a role as text',
    'assumeRole: Reader',
    /^c\.yaml:1:13: assumeRole: must be a mapping with name, externalId and sessionName, or a list of rules \|/,
  ],
  ['no rule', 'assumeRole: []', /^c\.yaml:1:13: assumeRole: is empty: list at least one role/],
  [
    'a rule as text',
    'assumeRole: [Reader]',
    /^c\.yaml:1:14: assumeRole\[0\]: must be a rule with accounts and name/,
  ],
  [
    'a rule without a name',
    'assumeRole: [{ accounts: [a] }]',
    /^c\.yaml:1:14: assumeRole\[0\]\.name is missing/,
  ],
  [
    'a rule without an account',
    'assumeRole: [{ accounts: [], name: A }]',
    /^c\.yaml:1:26: assumeRole\[0\]\.accounts: is empty: .*omit it in the last rule/,
  ],
  [
    'a rule with a broken id',
    'assumeRole: [{ accounts: [11122223333], name: A }]',
    /^c\.yaml:1:27: assumeRole\[0\]\.accounts\[0\]: .*11 digits/,
  ],
  [
    'a rule with an ARN',
    'assumeRole: [{ name: "arn:aws:iam::111122223333:role/x" }]',
    /^c\.yaml:1:22: assumeRole\[0\]\.name: .*is an ARN/,
  ],
  [
    'a rule with an unknown key',
    'assumeRole: [{ nam: A, name: B }]',
    /^c\.yaml:1:16: unknown key "nam" \| Did you mean "name"/,
  ],
  [
    'a rule for all that is not the last',
    'assumeRole:\n  - accounts: [a]\n    name: A\n  - name: B\n  - accounts: [c]\n    name: C\n',
    /^c\.yaml:4:5: assumeRole\[1\]: applies to all accounts, so no rule after it is ever used/,
  ],
  [
    'a profile without a name',
    'organizationsProfile: ""',
    /^c\.yaml:1:23: organizationsProfile: "" isn't the name of an AWS profile/,
  ],
  [
    'a profile with a space at the end',
    'ssoProfile: "a "',
    /^c\.yaml:1:13: ssoProfile: "a " isn't the name of an AWS profile/,
  ],
  ['a region that is none', 'ssoRegion: Ireland', /^c\.yaml:1:12: ssoRegion: "Ireland" isn't an AWS region/],
  ['a region without a number', 'ssoRegion: eu-west', /isn't an AWS region/],
  ['a value that is missing', 'accounts:\nssoRegion: eu-west-1\n', /^c\.yaml:1:1: accounts: must be a list/],
  ['a value that is null', 'mappings: ~', /^c\.yaml:1:11: mappings: is empty: .*`mappings: \[\]` if nobody/],
  ['a list where a key has to be', '? [a]\n: b\n', /^c\.yaml:1:3: a key must be a string/],
  ['a null', 'mappings: [{permissionSet: A, groups: [a], username: ~}]', /username: must be a string/],
  ['an empty value', 'mappings: [{permissionSet: A, groups: [a], username: }]', /username: must be a string/],
  ['a boolean', 'mappings: [{permissionSet: A, groups: [True]}]', /groups\[0\]: must be a string/],
  ['thirteen digits', 'accounts: [0123456789012]', /^c\.yaml:1:12: .*13 digits/],
  [
    'an empty list in brackets',
    'mappings: [{permissionSet: A, groups: [a], accounts: {}}]',
    /^c\.yaml:1:54: mappings\[0\]\.accounts: must be a list/,
  ],
  ['a string in single quotes', "ssoRegion: 'x'", /^c\.yaml:1:12: ssoRegion: "x" isn't/],
  [
    'a quoted boolean',
    'mappings: [{permissionSet: A, groups: [a], optional: "true"}]',
    /^c\.yaml:1:54: .*true or false/,
  ],
  [
    'a key of a role to assume that is nearly one',
    'assumeRole: { nam: x }',
    /^c\.yaml:1:15: unknown key "nam" \| Did you mean "name"\?$/,
  ],
  [
    'a key of a role to assume that is none',
    'assumeRole: { sessionLength: 1 }',
    /unknown key "sessionLength" \| Known keys: name, externalId, sessionName\.$/,
  ],
  [
    'a mapping that is a string',
    'mappings:\n  - Admin\n',
    /^c\.yaml:2:5: mappings\[0\]: must be a mapping with/,
  ],
  [
    'a block list as value',
    'mappings:\n  - permissionSet:\n      - A\n    groups: [a]\n',
    /^c\.yaml:2:5: mappings\[0\]\.permissionSet: must be a string/,
  ],
  [
    'a group with a space around it',
    'mappings: [{permissionSet: A, groups: [" a"]}]',
    /starts or ends with a space/,
  ],
  [
    'an account with a space around it',
    'accounts: ["prod "]',
    /^c\.yaml:1:12: accounts\[0\]: "prod " selects no account/,
  ],
  ['no unit', 'accounts: ["ou:"]', /"ou:" selects no account/],
  [
    'somebody who is neither group nor user',
    'mappings: [{permissionSet: A, groups: [a], assignedTo: ada}]',
    /assignedTo: "ada" must be group:NAME or user:NAME/,
  ],
  [
    'a group without a name',
    'mappings: [{permissionSet: "group:", groups: [a]}]',
    /has no name after the colon/,
  ],
  [
    'a node role that is a user',
    'nodeRoles: ["arn:aws:iam::111122223333:user/a"]',
    /^c\.yaml:1:13: nodeRoles\[0\]: .*isn't a role ARN/,
  ],
  ['a node role by name', 'nodeRoles: [eks-node]', /isn't a role ARN/],
  [
    'a node role with a region',
    'nodeRoles: ["arn:aws:iam:eu-west-1:111122223333:role/a"]',
    /isn't a role ARN/,
  ],
  ['a node role of no account', 'nodeRoles: ["arn:aws:iam::1111:role/a"]', /isn't a role ARN/],
  [
    'a node role with a space',
    'nodeRoles: ["arn:aws:iam::111122223333:role/a b"]',
    /has an invalid role name/,
  ],
  [
    'a node role that is too long',
    `nodeRoles: ["arn:aws:iam::111122223333:role/${'a'.repeat(65)}"]`,
    /has an invalid role name/,
  ],
])('%s', (_, text, expected) => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(expected);
});
