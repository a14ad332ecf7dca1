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

test('an unquoted account id without a leading zero is text', () => {
  expect(parseConfig('accounts: [111122223333]', 'c.yaml').config.accounts).toEqual(['111122223333']);
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
    'c.yaml:2:12: account id 012345678901 is not quoted, and other YAML parsers drop its leading zero; write "012345678901" | ',
    'c.yaml:2:26: accounts[1]: "" selects no account | ',
    'c.yaml:3:12: ssoRegion: must be a string | ',
    'c.yaml:5:5: mappings[0].groups is missing | ',
    expect.stringMatching(/^c\.yaml:6:5: unknown key "group" \| Did you mean "groups"/),
    expect.stringMatching(
      /^c\.yaml:7:20: mappings\[1\]\.permissionSet: "no good" is not a permission set name/,
    ),
    expect.stringMatching(/^c\.yaml:8:15: .*unknown variable \{\{Session\}\}; the authenticator knows/),
    expect.stringMatching(/^c\.yaml:9:14: .*group of nodes/),
    expect.stringMatching(/^c\.yaml:9:29: .*not printable ASCII/),
    expect.stringMatching(/^c\.yaml:9:34: .*is empty/),
    'c.yaml:10:15: mappings[1].optional: must be true or false | ',
  ]);
});

test.each([
  ['a syntax error', 'accounts: [prod\nmappings: []\n', /^c\.yaml:2:\d+: invalid YAML/],
  ['an empty file', '# nothing\n', /^c\.yaml:1:1: the config is empty/],
  ['two documents', 'accounts: [a]\n---\naccounts: [b]\n', /several YAML documents/],
  ['a list', '- a\n', /^c\.yaml:1:1: the config must be a mapping/],
  ['a duplicate key', 'accounts: [a]\naccounts: [b]\n', /^c\.yaml:2:1: duplicate key "accounts"/],
  ['an alias', 'accounts: &a [a]\nexcludeAccounts: *a\n', /^c\.yaml:2:18: alias \*a/],
  ['eleven digits', 'accounts: [11122223333]\n', /^c\.yaml:1:12: .*11 digits/],
  [
    'no groups',
    'mappings: [{permissionSet: A, groups: []}]',
    /^c\.yaml:1:39: mappings\[0\]\.groups: is empty: name at least one/,
  ],
  [
    'a person as username',
    'mappings: [{permissionSet: A, groups: [a], username: "arn:aws:identitystore:::user/1"}]',
    /Identity Center user or group cannot be mapped/,
  ],
  [
    'a role of people as node role',
    'nodeRoles: ["arn:aws:iam::111122223333:role/AWSReservedSSO_A_0123456789abcdef"]',
    /by Identity Center for people/,
  ],
  ['an ARN as role to assume', 'assumeRole: { name: "arn:aws:iam::111122223333:role/x" }', /is an ARN/],
])('%s', (_, text, expected) => {
  const problems = problemsOf(text);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(expected);
});
