import { expect, test } from 'vitest';
import { segmentMatcher } from '../../src/aws-auth/other-entries.ts';
import { Failure, formatLocation } from '../../src/errors.ts';
import { parseConfig } from '../../src/mapping/config.ts';

function problemsOf(text: string): string[] {
  try {
    parseConfig(text, 'c.yaml');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.findings.map(
      ({ location, message, help }) =>
        `${location ? formatLocation(location) : ''}: ${message}${help === undefined ? '' : ` | ${help}`}`,
    );
  }
  return [];
}

const ROLE = 'arn:aws:iam::111122223333:role';

test('all problems of a list are reported at once, each with its location', () => {
  const problems = problemsOf(`otherEntries:
  - {arn: "${ROLE}/team/ci"}
  - {arn: "${ROLE}/ci", account: "111122223333"}
  - {account: 1111}
  - {username: ci}
  - {arn: "${ROLE}/ci", groups: [1, {}], extra: 1}
  - {arn: "${ROLE}/CI"}
  - {arn: "${ROLE}/x", policies: [{policy: edit, namespaces: []}, {policy: View, namespace: a}]}
`);
  expect(problems).toEqual([
    `c.yaml:2:11: otherEntries[0].arn: ${ROLE}/team/ci contains the path /team/. Strip the path: ${ROLE}/ci`,
    'c.yaml:3:5: otherEntries[1]: has both arn and account, but account is for mapAccounts: split it into two items',
    'c.yaml:4:15: otherEntries[2].account: "1111" isn\'t an account ID: it must be 12 digits, in quotes',
    'c.yaml:5:5: otherEntries[3].arn is missing',
    expect.stringMatching(/^c\.yaml:6:\d+: otherEntries\[4\]\.groups\[1\]: must be a string$/),
    expect.stringMatching(/^c\.yaml:6:\d+: unknown key "extra" \| /),
    expect.stringMatching(
      /^c\.yaml:8:\d+: otherEntries\[6\]\.policies\[0\]\.policy: "edit" isn't an access policy/,
    ),
    expect.stringMatching(/^c\.yaml:8:\d+: otherEntries\[6\]\.policies\[0\]\.namespaces: is empty/),
    expect.stringMatching(/^c\.yaml:8:\d+: unknown key "namespace" \| Did you mean "namespaces"\?$/),
  ]);
});

test('duplicates are reported, in any case', () => {
  const id = '{account: "111122223333"}';
  expect(problemsOf(`otherEntries: [{arn: "${ROLE}/ci"}, ${id}, {arn: "${ROLE}/CI"}, ${id}]\n`)).toEqual([
    expect.stringMatching(/: otherEntries\[2\]: "arn:\S+CI" is already listed as otherEntries\[0\]$/),
    expect.stringMatching(/: otherEntries\[3\]: "111122223333" is already listed as otherEntries\[1\]$/),
  ]);
});

test.each([
  ['arn:aws:sts::111122223333:assumed-role/ci/session', `Write the ARN of the role: ${ROLE}/ci`],
  [
    'arn:aws:sso:::permissionSet/ssoins-6804a1b2c3d4e5f6/ps-9d696bc71c2784e1',
    'is the ARN of a permission set',
  ],
  ['arn:aws:iam::111122223333:role/AWSReservedSSO_Admin', 'lacks the suffix'],
  ['arn:aws:iam::111122223333:instance-profile/node', 'is an instance profile'],
  ['arn:aws:iam::11112222333:role/ci', 'invalid account ID of 11 digits'],
  ['arn:amazon:iam::111122223333:role/ci', 'unknown partition'],
  ['erin@example.com', 'is an e-mail address'],
  ['arn:aws:iam::111122223333:role/c?', 'contains a wildcard'],
  ['', "isn't an ARN"],
  ['*', "isn't an ARN pattern"],
  ['arn:aws:iam::*', "isn't an ARN pattern"],
  ['arn:*', "isn't an ARN pattern"],
  ['arn:aws:iam::*:*', 'matches no slash'],
  ['arn:aws:iam::*:role', 'matches no slash'],
  ['arn:aws:iam::*:group/x', 'matches neither roles nor users'],
  ['arn:aws:eks::*:role/x', 'matches neither roles nor users'],
  ['arn:aws:iam::1111:role/x*', 'invalid account ID "1111"'],
  ['arn:aws:iam:eu-west-1:*:role/x', 'has the region "eu-west-1"'],
  ['arn:aws:iam::*:role/team/ci-*', 'write arn:aws:iam::*:role/ci-*'],
  ['arn:aws:iam::*:role/AWSReservedSSO_*', 'which a pattern never covers'],
])('%j is rejected', (arn, said) => {
  const problems = problemsOf(`otherEntries: [{arn: ${JSON.stringify(arn)}}]\n`);
  expect(problems).toEqual([expect.stringMatching(/^c\.yaml:1:\d+: otherEntries\[0\]\.arn: /)]);
  expect(problems[0]).toContain(said);
});

test.each([
  `${ROLE}/ci`,
  `${ROLE}/AWSReservedSSO_Admin_0123456789abcdef`,
  'arn:aws:iam::111122223333:user/eng/alice',
  'arn:aws:iam::111122223333:root',
  'arn:aws:sts::111122223333:federated-user/bob',
  'arn:aws-cn:iam::111122223333:role/ci',
  'arn:aws:iam::*:role/eks-*-node',
  'arn:aws*:iam::1111*:*/ci-*',
  'arn:aws:iam::*:user/eng/*',
  'arn:aws:iam::*:root',
])('%j is accepted', (arn) => {
  expect(problemsOf(`otherEntries: [{arn: ${JSON.stringify(arn)}}]\n`)).toEqual([]);
});

test.each([
  ['a:b*', 'a:b', true],
  ['a:b*', 'a:bcd', true],
  ['a:*b', 'a:cb', true],
  ['a:b*b', 'a:b', false],
  ['a:b*b', 'a:bb', true],
  ['a:*x*y*', 'a:1x2y3', true],
  ['a:*x*y*', 'a:1y2x3', false],
  ['a:**', 'a:', true],
  ['a:*', 'a:b/c', false],
  ['a:*', 'a:b:c', false],
  ['a:*/c', 'a:b/c', true],
  ['a:*/c', 'a:b:c', false],
  ['a:.', 'a:b', false],
  ['a:(b|c)+*', 'a:b', false],
  ['a:[b]*', 'a:[b]x', true],
])('the pattern %j and %j: %j', (pattern, text, expected) => {
  expect(segmentMatcher(pattern)(text)).toBe(expected);
});

test('matching a pattern with many stars takes time linear in its text', () => {
  const matches = segmentMatcher(`a:${'*a'.repeat(5_000)}*b`);
  const text = `a:${'a'.repeat(20_000)}`;
  for (let count = 0; count < 50; count += 1) expect(matches(text)).toBe(false);
});
