import { describe, expect, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument } from '../../src/check/check.ts';
import { Failure } from '../../src/errors.ts';
import { parseConfig } from '../../src/mapping/config.ts';
import { parseMapFlags } from '../../src/mapping/mapping.ts';

/** The reason why a mapping to the group is rejected; undefined if it is accepted. */
function refusalOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) return error.message;
    throw error;
  }
}

/** True if check reports an error for a non-node entry with the group. */
function hasError(group: string): boolean {
  const list = `- rolearn: arn:aws:iam::111122223333:role/AWSReservedSSO_A_0123456789abcdef\n  username: a\n  groups: [${JSON.stringify(group)}]\n`;
  return checkDocument(readWithProblems(list, 'f')).some(({ severity }) => severity === 'error');
}

const REFUSED = [
  ['system:master', 'it looks like a misspelling of the cluster admin group'],
  ['system:admins', 'it looks like a misspelling of the cluster admin group'],
  ['system:cluster-admins', 'it looks like a misspelling of the cluster admin group'],
  ['system:admin', 'it looks like a misspelling of the cluster admin group'],
  ['system:administrator', 'it looks like a misspelling of the cluster admin group'],
  ['system:administrators', 'it looks like a misspelling of the cluster admin group'],
  ['system:root', 'it looks like a misspelling of the cluster admin group'],
  ['system:superuser', 'it looks like a misspelling of the cluster admin group'],
  ['syste:mmasters', 'it looks like a misspelling of the cluster admin group'],
  ['System:Masters', 'it looks like a misspelling of the cluster admin group'],
  ['systems:masters', 'it looks like a misspelling of the cluster admin group'],
  ['system:authenticate', 'did you mean "system:authenticated"?'],
  ['system:serviceaccount', 'did you mean "system:serviceaccounts"?'],
  ['system:monitor1ng', 'did you mean "system:monitoring"?'],
  ['system:moniterin', 'did you mean "system:monitoring"?'],
  ['system:unauthenticate', 'did you mean "system:unauthenticated"?'],
  ['system:bootstrappers', 'is a group for nodes'],
  ['system:bootstrappers:a', 'is a group for nodes'],
  ['system:bootstraper', 'did you mean "system:bootstrappers"?'],
  ['system:bootstrappersx', 'did you mean "system:bootstrappers"?'],
  ['system:nodes', 'is a group for nodes'],
  ['system:node-proxier', 'is a group for nodes'],
  ['eks:kube-proxy-windows', 'is a group for nodes'],
  ['system:{{SessionName}}', 'can become "system:masters"'],
] as const;

describe.each(REFUSED)('a mapping to %s is rejected, and check reports an error for it', (group, message) => {
  test('as a flag, in a config and in check', () => {
    const flag = refusalOf(() => parseMapFlags([`X=${group}`], undefined));
    expect(flag).toContain(
      `"${group}" ${/^(is|can) /.test(message) ? message : "isn't a built-in Kubernetes group"}`,
    );
    expect(flag).toContain(message);
    const config = `mappings: [{permissionSet: X, groups: [${JSON.stringify(group)}]}]`;
    expect(refusalOf(() => parseConfig(config, 'c.yaml'))).toContain(message);
    expect(hasError(group)).toBe(true);
  });
});

test.each([
  'system:masters',
  'system:authenticated',
  'system:monitoring',
  'system:serviceaccounts:ci',
  'system:readers',
  'system:testers',
  'masters',
  'admins',
  'view',
  'ecosystem:masters',
  'ecosystem:admins',
  'system:adminsettings',
  'ecosystem:nodes',
  'system:monitors',
  'system:unauthentica',
  'ecosystem:serviceaccounts:ci',
])('a mapping to %s is accepted, and check reports no error for it', (group) => {
  expect(refusalOf(() => parseMapFlags([`X=${group}`], undefined))).toBeUndefined();
  expect(hasError(group)).toBe(false);
});
