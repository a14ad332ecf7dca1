import fc from 'fast-check';

export const ACCOUNTS = ['111122223333', '012345678901', '444455556666'];
export const SETS = ['Admin', 'Viewer', 'Dev.Ops+1', 'Admin_ReadOnly'];
export const SUFFIXES = ['0123456789abcdef', 'aaaaaaaaaaaaaaaa', 'bbbbbbbbbbbbbbbb'];
const GROUP = fc.constantFrom('system:masters', 'viewers', 'a', 'dev ops', 'say "x"', "it's", 'a: b #c');
export const GROUPS = fc.array(GROUP, { minLength: 1, maxLength: 4 });
export const USERNAME = fc.constantFrom(
  'sso:{{SessionName}}',
  'admin',
  "o'brien",
  'a\\b',
  '{{SessionNameRaw}}',
  'x # y',
);

export function roleArn(account: string, set: string, suffix: string, path = ''): string {
  return `arn:aws:iam::${account}:role/${path}AWSReservedSSO_${set}_${suffix}`;
}

export const ROLE_ARN = fc
  .tuple(
    fc.constantFrom(...ACCOUNTS),
    fc.constantFrom(...SETS),
    fc.constantFrom(...SUFFIXES),
    fc.constantFrom(
      '',
      '',
      '',
      'aws-reserved/sso.amazonaws.com/',
      'aws-reserved/sso.amazonaws.com/eu-west-1/',
    ),
  )
  .map((parts) => roleArn(...parts));
