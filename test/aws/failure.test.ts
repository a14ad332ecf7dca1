import { expect, test } from 'vitest';
import { type AwsCall, AwsFailure, type AwsFailureKind } from '../../src/aws/failure.ts';

/** Each kind's subject: unless it is the call alone, all accounts fail alike. */
const KINDS: Readonly<Record<AwsFailureKind, 'credentials' | 'network' | 'call'>> = {
  'no-credentials': 'credentials',
  'unknown-key': 'credentials',
  expired: 'credentials',
  'session-ended': 'call',
  'signed-out': 'credentials',
  'not-assigned': 'credentials',
  'login-expired': 'credentials',
  process: 'credentials',
  'web-identity': 'credentials',
  container: 'credentials',
  instance: 'credentials',
  mfa: 'credentials',
  'mfa-code': 'credentials',
  'role-denied': 'credentials',
  denied: 'call',
  'not-found': 'call',
  throttled: 'call',
  network: 'network',
  endpoint: 'network',
  proxy: 'network',
  'proxy-refused': 'network',
  'proxy-credentials': 'network',
  'not-aws': 'network',
  untrusted: 'network',
  'no-organization': 'call',
  region: 'call',
  'not-subscribed': 'call',
  kms: 'call',
  'invalid-response': 'call',
  contradiction: 'call',
  'invalid-request': 'call',
  'page-refused': 'call',
  other: 'call',
};

const CALL = { region: 'eu-west-1', profile: null } as const;
const CALLS: readonly AwsCall[] = [
  { ...CALL, service: 'sts', operation: 'AssumeRole' },
  { ...CALL, service: 'sts', operation: 'GetCallerIdentity' },
  { ...CALL, service: 'iam', operation: 'ListRoles' },
  { ...CALL, service: 'organizations', operation: 'ListAccounts' },
  { ...CALL, service: 'sso-admin', operation: 'ListInstances', region: 'cn-north-1' },
  { ...CALL, service: 'identitystore', operation: 'ListUsers' },
  { ...CALL, service: 'eks', operation: 'ListAccessEntries' },
  { ...CALL, service: 'eks', operation: 'ListClusters' },
  { ...CALL, service: 'iam', operation: 'ListRoles', profile: 'my own' },
  { ...CALL, service: 'iam', operation: 'ListRoles', profile: 'one', base: 'my base' },
];

const kinds = Object.keys(KINDS) as AwsFailureKind[];
const failureOf = (kind: AwsFailureKind, call: AwsCall) => new AwsFailure({ ...call, kind, detail: 'No.' });

test('every kind has its message and next step', async () => {
  const texts = kinds.map((kind) => {
    const ofKind = CALLS.map((call) => {
      const [{ message = '', help = '' } = {}] = failureOf(kind, call).findings;
      return `${message}\n  ${help}\n`;
    });
    return `# ${kind}\n${[...new Set(ofKind)].join('')}`;
  });
  await expect(texts.join('\n')).toMatchFileSnapshot('../golden/messages/aws-failures.txt');
});

test.each(kinds)('%s is about the credentials, the connection to AWS, or the call', (kind) => {
  const { isOfCredentials, isOfNetwork } = failureOf(kind, CALLS[0] as AwsCall);
  const about = isOfCredentials ? 'credentials' : isOfNetwork ? 'network' : 'call';
  expect(about).toBe(KINDS[kind]);
});
