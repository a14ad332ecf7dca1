import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { OtherEntries } from '../../src/aws-auth/other-entries.ts';
import { checkDocument } from '../../src/check/check.ts';
import { Failure } from '../../src/errors.ts';
import { parseConfig } from '../../src/mapping/config.ts';
import { parseMapFlags } from '../../src/mapping/mapping.ts';
import { runs } from '../runs.ts';

/** Values that a caller can have. Session names are parts of a reserved prefix, or anything else. */
const SESSIONS = ['system', 'eks']
  .flatMap((word) => [...word].flatMap((_, start) => [...word].map((__, end) => word.slice(start, end + 1))))
  .filter((part) => part.length >= 2)
  .concat('ann');
const VALUES: Readonly<Record<string, readonly string[]>> = {
  '{{SessionName}}': SESSIONS,
  '{{SessionNameRaw}}': SESSIONS,
  '{{AccountID}}': ['111122223333'],
  '{{AccessKeyID}}': ['ASIAIOSFODNN7EXAMPLE'],
};

/** All names with representative values. */
function namesOf(parts: readonly string[]): string[] {
  const [first = '', ...rest] = parts;
  const ends = rest.length === 0 ? [''] : namesOf(rest);
  return (VALUES[first] ?? [first]).flatMap((start) => ends.map((end) => start + end));
}

const PIECES = [
  'system:',
  'eks:',
  'system',
  'eks',
  'sys',
  'tem',
  's',
  'm:',
  'e',
  'ks',
  'k',
  's:',
  ':',
  'x',
  'nodes',
  'default',
];
const TEMPLATE = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.constantFrom(...Object.keys(VALUES))), {
    minLength: 1,
    maxLength: 6,
  })
  .filter((parts) => {
    const variables = parts.filter((part) => VALUES[part]);
    return variables.length >= 1 && variables.length <= 3;
  });

function refusalOf(read: () => unknown): string {
  try {
    read();
    return '';
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) return error.message;
    throw error;
  }
}

const ROLE = 'arn:aws:iam::111122223333:role';
const location = { file: 'c.yaml', line: 1, column: 1 };
const ANY_CI = new OtherEntries(
  [{ arn: `${ROLE}/ci-*`, username: null, groups: null, policies: null, location }],
  [],
);

test('config, flags, check and strict agree on which templates can become reserved names', () => {
  fc.assert(
    fc.property(TEMPLATE, fc.constantFrom('username', 'group'), (parts, kind) => {
      const template = parts.join('');
      const canBecome = namesOf(parts).some((name) => /^(?:system|eks):/.test(name));
      const written = JSON.stringify(template);
      const [username, group] = kind === 'username' ? [template, 'viewers'] : ['ann', template];
      const fields = kind === 'username' ? `username: ${written}, groups: [viewers]` : `groups: [${written}]`;
      const answers = [
        refusalOf(() => parseConfig(`mappings: [{permissionSet: X, ${fields}}]`, 'c.yaml')),
        refusalOf(() => parseMapFlags([`X=${group}`], kind === 'username' ? username : undefined)),
      ];
      for (const refusal of answers) {
        if (canBecome) expect(refusal).not.toBe('');
        else expect(refusal).not.toMatch(/can become|starts with/);
      }
      const entry = `- rolearn: ${ROLE}/AWSReservedSSO_A_0123456789abcdef\n  username: ${JSON.stringify(username)}\n  groups: [${JSON.stringify(group)}]\n`;
      const errors = checkDocument(readWithProblems(entry, 'f')).filter(
        ({ severity }) => severity === 'error',
      );
      if (canBecome) expect(errors).not.toEqual([]);
      else expect(errors.map(({ code }) => code)).not.toContain('session-system-name');
      // A pattern doesn't hide it.
      const listing = ANY_CI.listingOf({ arn: `${ROLE}/ci-1`, username, groups: [group] });
      if (!username.startsWith('system:node:')) expect(listing === undefined).toBe(canBecome);
    }),
    runs(2000),
  );
});

test.each(['system:kube-controller-manager', 'system:node:ip-10-0-0-1', 'eks:addon-manager', 'system:x'])(
  'the username %s is refused in a config and as a flag, and check reports an error for people who have it',
  (username) => {
    const config = `mappings: [{permissionSet: X, username: ${JSON.stringify(username)}, groups: [g]}]`;
    expect(refusalOf(() => parseConfig(config, 'c.yaml'))).toContain('which Kubernetes and EKS reserve');
    expect(refusalOf(() => parseMapFlags(['X=g'], username))).toContain('which Kubernetes and EKS reserve');
    const entry = `- rolearn: ${ROLE}/AWSReservedSSO_A_0123456789abcdef\n  username: ${JSON.stringify(username)}\n  groups: [g]\n`;
    expect(checkDocument(readWithProblems(entry, 'f'))).toContainEqual(
      expect.objectContaining({ severity: 'error', code: 'reserved-username' }),
    );
  },
);
