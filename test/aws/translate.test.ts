import { describe, expect, test } from 'vitest';
import { isTransient, translate } from '../../src/aws/translate.ts';

const CALL = { service: 'organizations', operation: 'ListAccounts', profile: null } as const;

function sdkError(name: string, message: string, extra: object = {}): Error {
  return Object.assign(new Error(message), { name, ...extra });
}

describe('what AWS says becomes a kind', () => {
  test.each([
    ['CredentialsProviderError', 'Could not load credentials from any providers', 'no-credentials'],
    ['CredentialsProviderError', 'The SSO session associated with this profile has expired.', 'expired'],
    ['TokenProviderError', "Token is expired. To refresh this SSO session run 'aws sso login'", 'expired'],
    [
      'UnrecognizedClientException',
      'The security token included in the request is invalid',
      'no-credentials',
    ],
    ['ExpiredTokenException', 'The security token included in the request is expired', 'expired'],
    ['ExpiredToken', 'The security token included in the request is expired', 'expired'],
    ['AccessDenied', 'User is not authorized', 'denied'],
    ['AccessDeniedException', 'You do not have access', 'denied'],
    ['AWSOrganizationsNotInUseException', 'Not a member', 'no-organization'],
    ['ResourceNotFoundException', 'PermissionSet not found', 'not-found'],
    ['ValidationException', 'Not supported', 'invalid'],
    ['TooManyRequestsException', 'Slow down', 'throttled'],
    ['ThrottlingException', 'Rate exceeded', 'throttled'],
    ['TimeoutError', 'Socket timed out', 'network'],
    ['SomethingNew', 'Never seen', 'other'],
  ])('%s: %s is %s', (name, message, kind) => {
    expect(translate(sdkError(name, message), CALL).kind).toBe(kind);
  });

  test('a connection error is one wherever its code stands', () => {
    const cause = sdkError('Error', 'getaddrinfo', { code: 'ENOTFOUND' });
    expect(translate(new Error('fetch failed', { cause }), CALL).kind).toBe('network');
  });
});

describe('a failure says what to do', () => {
  test('names the action that is missing', () => {
    const { problems, exitCode } = translate(sdkError('AccessDeniedException', 'No.'), CALL);
    expect(exitCode).toBe(3);
    expect(problems[0]?.message).toBe('organizations:ListAccounts is denied: No.');
    expect(problems[0]?.next).toContain('Allow organizations:ListAccounts');
  });

  test('calls sso-admin as IAM policies do', () => {
    const call = { service: 'sso-admin', operation: 'ListPermissionSets', profile: null } as const;
    expect(translate(sdkError('AccessDeniedException', 'No.'), call).message).toContain(
      'sso:ListPermissionSets',
    );
  });

  test('tells which profile to renew', () => {
    const failure = translate(sdkError('ExpiredToken', 'expired'), { ...CALL, profile: 'dev' });
    expect(failure.problems[0]?.message).toContain('of profile dev');
    expect(failure.problems[0]?.next).toContain('aws sso login --profile dev');
  });
});

describe('no secret gets out', () => {
  const message = [
    'The request signature we calculated does not match the signature you provided.',
    '',
    'The Canonical String for this request should have been',
    "'POST / host:sts.amazonaws.com x-amz-security-token:SECRETTOKEN'",
  ].join('\n');

  test('the signed request behind the first line is dropped, in the stack too', () => {
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

  test('access keys and tokens within it are cut', () => {
    const text = 'Key ASIAABCDEFGHIJKLMNOP with x-amz-security-token: SECRETTOKEN is bad';
    expect(translate(sdkError('Odd', text), CALL).detail).toBe(
      'Key ASIA… with x-amz-security-token: … is bad',
    );
  });
});

describe('what is worth another try', () => {
  test.each([
    ['a 500', sdkError('InternalFailure', 'oops', { $metadata: { httpStatusCode: 500 } })],
    ['a 503', sdkError('ServiceUnavailable', 'oops', { $metadata: { httpStatusCode: 503 } })],
    ['a throttle', sdkError('Throttling', 'Rate exceeded', { $metadata: { httpStatusCode: 400 } })],
    ['a reset', sdkError('TimeoutError', 'read ECONNRESET', { code: 'ECONNRESET' })],
    ['an answer cut off', sdkError('SyntaxError', 'Unexpected end', { $response: { statusCode: 200 } })],
    [
      'a clock that was corrected',
      sdkError('RequestExpired', 'late', { $metadata: { clockSkewCorrected: true } }),
    ],
  ])('%s', (_, error) => expect(isTransient(error)).toBe(true));

  test.each([
    ['a denial', sdkError('AccessDenied', 'No.', { $metadata: { httpStatusCode: 403 } })],
    ['expired credentials', sdkError('ExpiredToken', 'expired', { $metadata: { httpStatusCode: 403 } })],
    ['no credentials', sdkError('CredentialsProviderError', 'none')],
    ['a bug of ours', new TypeError('undefined is not a function')],
  ])('not %s', (_, error) => expect(isTransient(error)).toBe(false));
});
