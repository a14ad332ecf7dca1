import { describe, expect, it } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readDocument } from '../../src/aws-auth/document.ts';
import { draftMerge, mergeAwsAuth } from '../../src/change/merge.ts';
import { verify } from '../../src/change/verify.ts';
import { Failure } from '../../src/errors.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { applyEdits } from '../../src/yaml/edit.ts';
import { contextOf } from './role-facts-of.ts';

const ACCOUNT = '111122223333';
const SOURCE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: aws-auth
  labels: {team: &t platform, of: &o platform, by: *t}
  finalizers: [a, b]
  odd: {a: {b: c}, d: [[e], f]}
  annotations: {mapRoles: a, data: b}
data:
  other: x
  mapRoles: |
    - {rolearn: "arn:aws:iam::${ACCOUNT}:role/node", username: "system:node:{{EC2PrivateDNSName}}", groups: [system:nodes]}
    - {rolearn: "arn:aws:iam::${ACCOUNT}:role/odd", username: yes}
  mapUsers: |
    - {userarn: "arn:aws:iam::${ACCOUNT}:user/root", username: root}
  mapAccounts: |
    - "${ACCOUNT}"
`;
const ADMIN: DesiredEntry = {
  rolearn: `arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Admin_0123456789abcdef`,
  username: 'sso:{{SessionName}}',
  usernameStated: false,
  groups: ['system:masters'],
  role: { accountId: ACCOUNT, accountName: null, permissionSet: 'Admin', pathArn: '' },
};
const CONTEXT = contextOf({
  accountsRead: new Set([ACCOUNT]),
  roleArns: new Set([ADMIN.rolearn.toLowerCase()]),
  scope: new Set([ACCOUNT]),
  unresolved: [],
  prune: null,
  isFresh: true,
});

const REST = 'the manifest around mapRoles differs from the input';

/** Verifies the result of a merge that went wrong; `edits` claim that everything was intended. */
function verifyWith(spoil: (result: string) => string, isMeant = true) {
  const before = new AwsAuth(readDocument(SOURCE, 'aws-auth.yaml'));
  const draft = draftMerge(before, [ADMIN], CONTEXT, { comments: false, for: null });
  const text = spoil(applyEdits(SOURCE, draft.edits) ?? '');
  const edits = isMeant ? [{ start: 0, end: SOURCE.length, replacement: text }] : draft.edits;
  return verify(text, before, { ...draft, edits });
}

function failureOf(spoil: (result: string) => string, isMeant?: boolean): Failure {
  try {
    verifyWith(spoil, isMeant);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('the result was taken');
}

describe('a result', () => {
  it('is accepted as planned', () => {
    const { document } = verifyWith((text) => text, false);
    expect(document.mapRoles?.text).toContain(ADMIN.rolearn);
  });

  it.each([
    ['without an added entry', () => SOURCE, 'the result has 2 entries instead of 3'],
    [
      'that gives other groups',
      (text: string) => text.replace('system:masters', 'view'),
      `the entry for "${ADMIN.rolearn}" would load differently: groups ["view"] instead of ["system:masters"]`,
    ],
    [
      'that is unparsable',
      (text: string) => text.replace('system:nodes]}', 'system:nodes]'),
      "the result has 0 entries instead of 3, because mapRoles can't be parsed",
    ],
    [
      'in which a field is lost no more',
      (text: string) => text.replace('username: yes', 'username: ""'),
      'the authenticator would lose something else in the result: nothing instead of wrong-type',
    ],
    [
      'in which an item is lost',
      (text: string) => text.replace('username: yes}\n', 'username: yes}\n    - 5\n'),
      'the authenticator would lose something else in the result: wrong-type, ',
    ],
    ['with other mapAccounts', (text: string) => text.replace(`- "${ACCOUNT}"`, '- "444455556666"'), REST],
    ['with other mapUsers', (text: string) => text.replace('username: root', 'username: x'), REST],
    ['with another label', (text: string) => text.replace('platform', 'x'), REST],
    ['with a label more', (text: string) => text.replace('by:', 'a: b, by:'), REST],
    ['with labels in quotes', (text: string) => text.replace('platform,', '"platform",'), REST],
    ['with a label of another anchor', (text: string) => text.replace('*t', '*o'), REST],
    ['with a label in place of its alias', (text: string) => text.replace('*t', 'platform'), REST],
    ['with a tag', (text: string) => text.replace('[a, b]', '[!!str a, b]'), REST],
    ['with fewer of a list', (text: string) => text.replace('[a, b]', '[a]'), REST],
    ['with more of a list', (text: string) => text.replace('[a, b]', '[a, b, c]'), REST],
    [
      'with a pair moved inwards',
      (text: string) => text.replace('c}, d', 'c, d').replace('f]}', 'f]}}'),
      REST,
    ],
    ['with an item moved inwards', (text: string) => text.replace('e], f]', 'e, f]]'), REST],
    ['with another annotation', (text: string) => text.replace('mapRoles: a', 'mapRoles: x'), REST],
    ['with an annotation that is a map', (text: string) => text.replace('data: b', 'data: {b: c}'), REST],
    ['with other data', (text: string) => text.replace('other: x', 'other: y'), REST],
    ['with another kind of value', (text: string) => text.replace('[a, b]', '{a: b}'), REST],
    ['with a key of another name', (text: string) => text.replace('labels:', 'label:'), REST],
    [
      'with keys in another order',
      (text: string) => text.replace('apiVersion: v1\nkind: ConfigMap', 'kind: ConfigMap\napiVersion: v1'),
      REST,
    ],
    [
      'with a mapRoles where no data is',
      (text: string) => text.replace('  finalizers:', '  mapRoles: x\n  finalizers:'),
      REST,
    ],
    ['without mapUsers', (text: string) => text.replace(/ {2}mapUsers: [|]\n.*\n/, ''), REST],
    ['with another key', (text: string) => `${text}immutable: true\n`, REST],
    ['that is no aws-auth', () => 'a: 1\n', 'the result is no longer aws-auth'],
  ])('%s is a bug', (_, spoil, message) => {
    const failure = failureOf(spoil);
    expect(failure.exitCode).toBe(4);
    expect(failure.message).toContain(message);
    expect(failure.findings[0]?.help).toContain('Nothing was written.');
  });

  it('may be an empty list before something else, which the authenticator ignores', () => {
    const item = `{"rolearn": "${ADMIN.rolearn}"}`;
    const document = readDocument(`[${item}]\n  groups: [a]\n`, 'mapRoles');
    const context = contextOf({ ...CONTEXT, roleArns: new Set<string>(), prune: { allowLockout: true } });
    const { text } = mergeAwsAuth(new AwsAuth(document), [], context, { comments: false, for: null });
    expect(text).toBe('[]\n  groups: [a]\n');
  });

  it('that differs where nothing should change is a bug', () => {
    const failure = failureOf((text) => text.replace('apiVersion: v1', 'apiVersion: v2'), false);
    expect(failure.exitCode).toBe(4);
    expect(failure.message).toBe('the result differs from the input where nothing should change');
    expect(failureOf((text) => text.replace('apiVersion', '"piVersion'), false).message).toContain(
      'differs from the input where nothing',
    );
    expect(failureOf((text) => `${text}# more\n`, false).message).toBe(
      "the result doesn't have the planned length",
    );
  });
});
