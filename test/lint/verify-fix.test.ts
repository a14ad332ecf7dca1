import { expect, test } from 'vitest';
import { readWithProblems } from '../../src/configmap/document.ts';
import { LintContext } from '../../src/lint/context.ts';
import type { Fix } from '../../src/lint/rule.ts';
import { verifyFixes } from '../../src/lint/verify-fix.ts';

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

const contextOf = (source: string) => new LintContext(readWithProblems(source, 'f'), {});
const start = '- rolearn: arn:aws:iam::111122223333:role/a\n  username: '.length;
const fix: Fix = {
  kind: 'edit',
  map: 'mapRoles',
  index: 0,
  edit: { start, end: start + 3, replacement: '"yes"' },
  effect: { username: 'yes' },
};
const verify = (after: string, access = true, fixes: readonly Fix[] = [fix]) =>
  verifyFixes(contextOf(BEFORE), contextOf(after), fixes, access);

test('takes what was planned', () => {
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
    /^the manifest around the entries is not as planned: .*labels/,
  ],
  [
    'an entry was lost',
    QUOTED.replace(/ {4}- rolearn: \S+role\/b\n.*\n/, ''),
    /^mapRoles in the result is not as planned: at character \d+ it is/,
  ],
  [
    'a key was lost',
    QUOTED.replace(/ {2}mapAccounts.*\n/, ''),
    /^mapAccounts in the result .*: it is missing$/,
  ],
])('stops where %s, and says what differs', (_, after, message) => {
  expect(() => verify(after)).toThrow(expect.objectContaining({ exitCode: 4 }));
  expect(() => verify(after)).toThrow(message);
});

test('stops where an entry would load otherwise than planned', () => {
  const other: Fix = { ...fix, effect: { username: 'no' } };
  expect(() => verify(QUOTED, false, [other])).toThrow(
    /^item 1 of mapRoles would load differently than planned: \["arn:[^"]*role\/a","yes",\["x"\],null\], and was \["arn:[^"]*","",/,
  );
});

test('stops where something safe would let somebody in', () => {
  const path = BEFORE.indexOf('role/a') - BEFORE.indexOf('- rolearn');
  const arn: Fix = {
    ...fix,
    edit: { start: path, end: path + 6, replacement: 'role/z' },
    effect: { arn: 'arn:aws:iam::111122223333:role/z' },
  };
  const after = BEFORE.replace('role/a', 'role/z');
  expect(() => verify(after, true, [arn])).not.toThrow();
  expect(() => verify(after, false, [arn])).toThrow(
    /would take arn:aws:iam::111122223333:role\/a for nobody/,
  );
});
