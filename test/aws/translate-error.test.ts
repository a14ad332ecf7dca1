import { describe, expect, test } from 'vitest';
import { InvalidResponse } from '../../src/aws/answers.ts';
import { classify, translate } from '../../src/aws/translate-error.ts';

const CALL = {
  service: 'organizations',
  operation: 'ListAccounts',
  region: 'eu-west-1',
  profile: null,
} as const;

function sdkError(name: string, message: string, extra: object = {}): Error {
  return Object.assign(new Error(message), { name, ...extra });
}

describe("AWS's error names become kinds", () => {
  test.each([
    ['CredentialsProviderError', 'Could not load credentials from any providers', 'no-credentials'],
    ['CredentialsProviderError', 'The SSO session associated with this profile has expired.', 'expired'],
    ['TokenProviderError', "Token is expired. To refresh this SSO session run 'aws sso login'", 'expired'],
    ['UnrecognizedClientException', 'The security token included in the request is invalid', 'unknown-key'],
    ['InvalidClientTokenId', 'The security token included in the request is invalid', 'unknown-key'],
    [
      'RegionDisabledException',
      'STS is not activated in this region for account:222222222222. Your account administrator can activate STS in this region using the IAM Console.',
      'region',
    ],
    ['OptInRequired', 'You are not subscribed to this service', 'not-subscribed'],
    [
      'SubscriptionRequiredException',
      'The AWS Access Key Id needs a subscription for the service',
      'not-subscribed',
    ],
    ['CredentialsProviderError', 'Session expired, please re-authenticate using aws login', 'login-expired'],
    [
      'TokenProviderError',
      "Value not present for 'clientId' in SSO Token. Cannot refresh. To refresh this SSO session run 'aws sso login'",
      'signed-out',
    ],
    ['ExpiredTokenException', 'The security token included in the request is expired', 'expired'],
    ['ExpiredToken', 'The security token included in the request is expired', 'expired'],
    ['AccessDenied', 'User is not authorized', 'denied'],
    ['AccessDeniedException', 'You do not have access', 'denied'],
    ['AWSOrganizationsNotInUseException', 'Not a member', 'no-organization'],
    ['ResourceNotFoundException', 'PermissionSet not found', 'not-found'],
    ['ValidationException', 'Not supported', 'invalid-request'],
    ['TooManyRequestsException', 'Slow down', 'throttled'],
    ['ThrottlingException', 'Rate exceeded', 'throttled'],
    ['TimeoutError', 'Socket timed out', 'network'],
    ['InvalidClientTokenId', 'The security token included in the request is expired', 'expired'],
    ['SignatureDoesNotMatch', 'The request signature does not match', 'no-credentials'],
    ['SomethingNew', 'Never seen', 'other'],
  ])('%s: %s is %s', (name, message, kind) => {
    expect(translate(sdkError(name, message), CALL).kind).toBe(kind);
  });

  test.each([
    [429, 'throttled'],
    [200, 'invalid-response'],
    [299, 'invalid-response'],
    [199, 'other'],
    [300, 'other'],
    [400, 'other'],
    ['200', 'other'],
  ])('an unknown name with status %j is %s', (httpStatusCode, kind) => {
    expect(translate(sdkError('New', 'x', { $metadata: { httpStatusCode } }), CALL).kind).toBe(kind);
  });

  test.each([
    ['Unknown', 299, 'invalid-response'],
    ['Unknown', 300, 'not-aws'],
    ['SyntaxError', 403, 'not-aws'],
    ['Error', 499, 'not-aws'],
    ['Error', 500, 'other'],
  ])('an answer without an AWS error code, %s with status %i, is %s', (name, httpStatusCode, kind) => {
    expect(translate(sdkError(name, 'x', { $metadata: { httpStatusCode } }), CALL).kind).toBe(kind);
  });

  test.each(['aborted', 'socket hang up'])('"%s" is a broken connection', (message) => {
    expect(translate(new Error(message), CALL).kind).toBe('network');
    expect(translate(new Error(`${message}, they said`), CALL).kind).toBe('other');
  });

  test('a failure with a kind keeps it', () => {
    const failure = translate(sdkError('AccessDenied', 'No.'), CALL);
    expect(translate(failure, { ...CALL, operation: 'ListRoots' })).toBe(failure);
  });

  test.each([
    ['the first line of the message', sdkError('A', '  No.  \nMore.'), 'No.'],
    ['the code without a message', sdkError('A', '', { code: 'ECONNRESET' }), 'ECONNRESET'],
    ['the name without either', sdkError('SomethingNew', ' '), 'SomethingNew'],
    ['the thrown value, if it is not an error', 'just text', 'just text'],
    ['null, if that was thrown', null, 'null'],
    ['the message, with null as the cause', sdkError('A', 'No.', { cause: null, $metadata: null }), 'No.'],
    ['no reason that is not a single word', sdkError('A', 'No.', { Reason: 'a b' }), 'No.'],
    ['no prefix of the SDK', sdkError('A', '@smithy/core-x - [ERROR] No.'), 'No.'],
    ['no token', sdkError('A', 'Value eyJhbGciOi.eyJzdWIi.c2ln-_ is bad'), 'Value eyJ… is bad'],
    ['no command', sdkError('A', 'Command failed: get --token t\n\nlocked\nmore'), 'locked'],
    ['no access key', sdkError('A', 'Key AKIA0123456789ABCDEF, ASIA0123456789ABCDEF.'), 'Key AKIA…, ASIA….'],
    ['no token', sdkError('A', 'Token eyJh-bGci_Oi1.eyJz-dWI.c2ln is old.'), 'Token eyJ… is old.'],
    [
      'no part of a signed request',
      sdkError('A', 'X-Amz-Security-Token: abc, Authorization=def Signature = ghi'),
      'X-Amz-Security-Token: … Authorization=… Signature = …',
    ],
    [
      'what a command said, not the command',
      sdkError('A', 'Command failed: sso --secret x\nSign in.\nBye.'),
      'Sign in.',
    ],
    [
      'that a command failed, where it said nothing',
      sdkError('A', 'Command failed: x y'),
      'its command failed',
    ],
    [
      'the message that speaks of one',
      sdkError('A', 'It said: Command failed: x\nNo.'),
      'It said: Command failed: x',
    ],
  ])('the detail is %s', (_, error, detail) => {
    const failure = translate(error, CALL);
    expect(failure.detail).toBe(detail);
    expect(failure.message).toBe(
      `organizations:ListAccounts ${failure.kind === 'network' ? 'got no response' : 'failed'}: ${detail}`,
    );
  });

  test("a response that isn't from AWS is reported as such, without a parser's words", () => {
    const broken = sdkError('SyntaxError', 'Unexpected token', { $metadata: { httpStatusCode: 200 } });
    expect(translate(broken, CALL)).toMatchObject({
      kind: 'invalid-response',
      detail: 'it is truncated or not from AWS',
    });
    expect(translate(sdkError('InvalidResponse', 'Roles is missing'), CALL).detail).toBe('Roles is missing');
  });

  test.each([
    ['Run AWS SSO LOGIN', 'signed-out'],
    ['run aws sso login', 'signed-out'],
    ['The SSO session is gone', 'signed-out'],
    ['The sso token is gone', 'signed-out'],
    ['run AWS login', 'login-expired'],
    ['The session EXPIRED', 'expired'],
    ['unable to get local issuer certificate', 'untrusted'],
    ['unable to verify the first certificate', 'untrusted'],
    ['self-signed certificate in certificate chain', 'untrusted'],
    ['Could not load credentials', 'no-credentials'],
  ])('without credentials, "%s" means %s', (message, kind) => {
    expect(translate(sdkError('CredentialsProviderError', message), CALL).kind).toBe(kind);
  });

  test.each([
    ['InvalidClientTokenId', 'The token is EXPIRED', 'expired'],
    ['Odd', 'It is expired', 'other'],
  ])('%s with "%s" means %s', (name, message, kind) => {
    expect(translate(sdkError(name, message), { ...CALL, service: 'sts' }).kind).toBe(kind);
  });

  test.each([
    ['a code', { code: 'CERT_HAS_EXPIRED' }, 'untrusted'],
    ['the code of a cause', { cause: sdkError('E', 'x', { code: 'CERT_HAS_EXPIRED' }) }, 'untrusted'],
  ])('a certificate error on the way to credentials is recognized by %s', (_, more, kind) => {
    expect(translate(sdkError('CredentialsProviderError', 'x', more), CALL).kind).toBe(kind);
  });

  test('an error that is its own cause is handled', () => {
    const error = sdkError('Odd', 'No.');
    error.cause = error;
    expect(translate(error, CALL)).toMatchObject({ kind: 'other', detail: 'No.' });
  });

  test('--debug only shows where it was thrown', () => {
    const error = sdkError('Odd', 'No.\nSECRET');
    error.stack = 'Odd: No.\nSECRET\n    at here (file.js:1:1)';
    expect((translate(error, CALL).cause as Error).stack).toBe('Odd: No.\n    at here (file.js:1:1)');
    for (const stack of [undefined, 'Odd: No.\nSECRET']) {
      const bare = Object.assign(sdkError('Odd', 'No.\nSECRET'), { stack });
      expect((translate(bare, CALL).cause as Error).stack).toBe('Odd: No.');
    }
  });

  test('a connection error is recognized by a code anywhere in the chain of causes', () => {
    const cause = sdkError('Error', 'getaddrinfo', { code: 'ENOTFOUND' });
    expect(translate(new Error('fetch failed', { cause }), CALL).kind).toBe('network');
  });
});

describe('data that Identity Center cannot decrypt is not missing, denied or invalid', () => {
  test.each([
    ['ResourceNotFoundException', 'KMS_NotFoundException'],
    ['ValidationException', 'KMS_DisabledException'],
    ['AccessDeniedException', 'KMS_ACCESS_DENIED'],
  ])('%s with %s', (name, Reason) => {
    const failure = translate(sdkError(name, 'No.', { Reason }), CALL);
    expect(failure.kind).toBe('kms');
    expect(failure.detail).toBe(`No. (${Reason})`);
    expect(failure.findings[0]?.help).toContain('kms:Decrypt');
  });

  test('a throttled key is a throttle', () => {
    const error = sdkError('ThrottlingException', 'Rate exceeded', { Reason: 'KMS_ThrottlingException' });
    expect([translate(error, CALL).kind, classify(error).isTransient]).toEqual(['throttled', true]);
  });

  test('another reason is ignored', () => {
    const error = sdkError('ResourceNotFoundException', 'No.', { Reason: 'GONE' });
    expect(translate(error, CALL).kind).toBe('not-found');
  });
});

describe('a refusing region is named with its partition', () => {
  const TOKEN = 'The security token included in the request is invalid';

  test('for STS, the key may also be wrong', () => {
    const call = {
      service: 'sts',
      operation: 'GetCallerIdentity',
      region: 'cn-north-1',
      profile: null,
    } as const;
    const failure = translate(sdkError('InvalidClientTokenId', TOKEN), call);
    expect(failure.findings[0]?.message).toBe(
      `no usable AWS credentials in region cn-north-1 (partition aws-cn): ${TOKEN}`,
    );
    expect(failure.findings[0]?.help).toContain('--region');
  });

  test.each(['sso-admin', 'identitystore'] as const)('%s was called with a working key', (service) => {
    const call = { service, operation: 'ListX', region: 'eu-south-2', profile: null };
    const failure = translate(sdkError('UnrecognizedClientException', TOKEN), call);
    expect(failure.kind).toBe('region');
    expect(failure.findings[0]?.message).toContain('region eu-south-2 (partition aws)');
    expect(failure.findings[0]?.help).toContain('--sso-region');
  });

  test('so is the region of a service that the account is not signed up for', () => {
    const failure = translate(sdkError('OptInRequired', 'No.'), CALL);
    expect(failure.findings[0]?.message).toContain('region eu-west-1 (partition aws)');
    expect(failure.findings[0]?.help).toContain('--region');
  });
});

describe('missing credentials name the command that provides them', () => {
  const nextFor = (message: string, extra: object = {}) => {
    const error = sdkError('CredentialsProviderError', message, extra);
    return translate(error, { ...CALL, profile: 'dev' }).findings[0]?.help ?? '';
  };

  test.each([
    [
      'Failed to load a token for session x, please re-authenticate using aws login',
      '`aws login --profile dev`',
    ],
    ['The SSO session associated with this profile is invalid.', '`aws sso login --profile dev`'],
    ['request failed: self-signed certificate in certificate chain', 'NODE_EXTRA_CA_CERTS'],
    ['Could not resolve credentials using profile: [dev]', '`aws sts get-caller-identity --profile dev`'],
  ])('%s', (message, command) => expect(nextFor(message)).toContain(command));

  test('a profile name is quoted for the shell', () => {
    const error = sdkError('CredentialsProviderError', 'please re-authenticate using aws login');
    const { findings: problems } = translate(error, { ...CALL, profile: "a'b $(id)" });
    expect(problems[0]?.help).toContain("--profile 'a'\\''b $(id)'");
  });
});

test('the help for an untrusted certificate mentions the private CA', () => {
  const cause = sdkError('Error', 'unable to get local issuer certificate', {
    code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  });
  const error = new Error('request failed', { cause });
  const failure = translate(error, CALL);
  expect(failure.kind).toBe('untrusted');
  expect(failure.findings[0]?.help).toMatch(/AWS_CA_BUNDLE.*ca_bundle.*NODE_EXTRA_CA_CERTS/);
  expect(classify(error).isTransient).toBe(false);
});

test('Identity Store may be read from any account in the organization', () => {
  const call = {
    service: 'identitystore',
    operation: 'ListUsers',
    region: 'eu-west-1',
    profile: null,
  } as const;
  const next = translate(sdkError('AccessDeniedException', 'No.'), call).findings[0]?.help;
  expect(next).toBe('Grant the caller identitystore:ListUsers; any account in the organization may call it.');
});

describe('the help of a failure', () => {
  test('names the missing action', () => {
    const { findings: problems, exitCode } = translate(sdkError('AccessDeniedException', 'No.'), CALL);
    expect(exitCode).toBe(3);
    expect(problems[0]?.message).toBe('organizations:ListAccounts is denied: No.');
    expect(problems[0]?.help).toContain('Grant the caller organizations:ListAccounts');
  });

  test('names sso-admin as in IAM policies', () => {
    const call = {
      service: 'sso-admin',
      operation: 'ListPermissionSets',
      region: 'eu-west-1',
      profile: null,
    } as const;
    expect(translate(sdkError('AccessDeniedException', 'No.'), call).message).toContain(
      'sso:ListPermissionSets',
    );
  });

  test('names the profile to renew', () => {
    const failure = translate(sdkError('ExpiredToken', 'expired'), { ...CALL, profile: 'dev' });
    expect(failure.findings[0]?.message).toContain('for profile dev');
    expect(failure.findings[0]?.help).toContain('aws sso login --profile dev');
  });
});

describe('no secret leaks', () => {
  const message = [
    'The request signature we calculated does not match the signature you provided.',
    '',
    'The Canonical String for this request should have been',
    "'POST / host:sts.amazonaws.com x-amz-security-token:SECRETTOKEN'",
  ].join('\n');

  test('the signed request after the first line is dropped, also from the stack', () => {
    const failure = translate(
      sdkError('SignatureDoesNotMatch', message, { $response: { token: 'SECRETTOKEN' } }),
      CALL,
    );
    expect(failure.detail).toBe(
      'The request signature we calculated does not match the signature you provided.',
    );
    expect(String(failure.stack)).not.toContain('SECRETTOKEN');
    expect(failure.cause).toBeInstanceOf(Error);
    expect(JSON.stringify(failure.cause, Object.getOwnPropertyNames(failure.cause))).not.toContain(
      'SECRETTOKEN',
    );
  });

  test('access keys and tokens in it are shortened', () => {
    const text = 'Key ASIAABCDEFGHIJKLMNOP with x-amz-security-token: SECRETTOKEN is bad';
    expect(translate(sdkError('Odd', text), CALL).detail).toBe(
      'Key ASIA… with x-amz-security-token: … is bad',
    );
  });
});

describe('errors worth a retry', () => {
  test.each([
    ['a 500', sdkError('InternalFailure', 'oops', { $metadata: { httpStatusCode: 500 } })],
    ['a 503', sdkError('ServiceUnavailable', 'oops', { $metadata: { httpStatusCode: 503 } })],
    ['a throttle', sdkError('Throttling', 'Rate exceeded', { $metadata: { httpStatusCode: 400 } })],
    ['no name server', sdkError('Error', 'getaddrinfo EAI_AGAIN', { code: 'EAI_AGAIN' })],
    ['an answer without what it must hold', new InvalidResponse('Roles is missing')],
    ['a page of HTML', sdkError('SyntaxError', 'Unexpected token <', { $response: { statusCode: 204 } })],
    ['a reset', sdkError('TimeoutError', 'read ECONNRESET', { code: 'ECONNRESET' })],
    ['an answer cut off', sdkError('SyntaxError', 'Unexpected end', { $response: { statusCode: 200 } })],
    [
      'a clock that was corrected',
      sdkError('RequestExpired', 'late', { $metadata: { clockSkewCorrected: true } }),
    ],
  ])('%s', (_, error) => expect(classify(error).isTransient).toBe(true));

  test.each([
    ['a denial', sdkError('AccessDenied', 'No.', { $metadata: { httpStatusCode: 403 } })],
    ['expired credentials', sdkError('ExpiredToken', 'expired', { $metadata: { httpStatusCode: 403 } })],
    ['no credentials', sdkError('CredentialsProviderError', 'none')],
    ['a bug of ours', new TypeError('undefined is not a function')],
  ])('not %s', (_, error) => expect(classify(error).isTransient).toBe(false));
});
