import fc from 'fast-check';
import { CONFIG_MAP } from './config-maps.ts';
import { ODD_ACCOUNTS, ODD_ROLES, ODD_USERS } from './odd-lists.ts';
import type { ConfigMapData } from './outcome.ts';
import { SOUND_ACCOUNTS, SOUND_ROLES, SOUND_USERS } from './sound-lists.ts';

/** A ConfigMap, and callers; many of them have an entry in it. */
export interface CallerCase {
  readonly data: ConfigMapData;
  /** ARNs as returned by STS, or similar. */
  readonly callers: readonly string[];
}

/** Entries with every variable, for roles of instances, people and pipelines. */
const TEMPLATES = fc.constantFrom(
  ...['{{SessionName}}', 'sso:{{SessionName}}', '{{SessionNameRaw}}', '{{AccountID}}:{{SessionName}}'],
  ...[
    'system:node:{{EC2PrivateDNSName}}',
    '{{AccessKeyID}}',
    '{{sessionname}}',
    '{{ SessionName }}',
    'plain',
    '',
  ],
);
const PARTITION = fc.constantFrom('aws', 'aws', 'aws', 'aws-cn');
const ACCOUNT = fc.constantFrom('111122223333', '012345678901', '');
const NAME = fc.constantFrom(
  'deploy',
  'Deploy',
  'AWSReservedSSO_Admin_0123456789abcdef',
  'a/b',
  'de\u017f\u212a',
  'desk',
  // In Go, the lower case of its capital I is an i, but they are not equal when folded.
  'adm\u0130n',
  'admin',
);
const ENTRY_ARN = fc
  .tuple(PARTITION, ACCOUNT, fc.constantFrom('role/', 'role/', 'user/', 'user/team/', 'ROLE/'), NAME)
  .map(([partition, account, kind, name]) => `arn:${partition}:iam::${account}:${kind}${name}`);
const SPECIAL_ARN = fc.constantFrom(
  ...['arn:aws:iam::111122223333:root', 'arn:aws:sts::111122223333:federated-user/dave'],
  ...['arn:aws:sts::111122223333:assumed-role/deploy/ci', 'arn:aws:iam::111122223333:role/'],
);

function list(field: string): fc.Arbitrary<string> {
  const item = fc.record(
    {
      [field]: fc.oneof({ weight: 6, arbitrary: ENTRY_ARN }, { weight: 1, arbitrary: SPECIAL_ARN }),
      username: TEMPLATES,
      groups: fc.array(TEMPLATES, { maxLength: 2 }),
    },
    { requiredKeys: [field] },
  );
  return fc.array(item, { maxLength: 6 }).map((items) => JSON.stringify(items));
}

const DATA: fc.Arbitrary<ConfigMapData> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record(
      { mapRoles: list('rolearn'), mapUsers: list('userarn'), mapAccounts: SOUND_ACCOUNTS },
      { requiredKeys: ['mapRoles', 'mapUsers'] },
    ),
  },
  {
    weight: 3,
    arbitrary: fc.record(
      { mapRoles: SOUND_ROLES, mapUsers: SOUND_USERS, mapAccounts: SOUND_ACCOUNTS },
      { requiredKeys: ['mapRoles'] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record(
      { mapRoles: ODD_ROLES, mapUsers: ODD_USERS, mapAccounts: ODD_ACCOUNTS },
      { requiredKeys: ['mapRoles'] },
    ),
  },
  { weight: 1, arbitrary: CONFIG_MAP },
);

const SESSION = fc.constantFrom(
  ...[
    'alice@example.com',
    'ci',
    'i-0123456789abcdef0',
    'i-01234567',
    'i-0123456',
    'i-012345678',
    'I-01234567',
  ],
  ...['i-ABCDEF01', 'x=,.@-_', 'a:b', '', '$&', 'é'],
);
const SLIP = fc.constantFrom<(arn: string) => string>(
  ...Array<(arn: string) => string>(8).fill((arn) => arn),
  (arn) => arn.toUpperCase(),
  (arn) => arn.toLowerCase(),
  (arn) => arn.replace(':aws', ':aws-moon'),
  (arn) => arn.replace(':sts:', ':s3:'),
  (arn) => arn.replace(/::/, ':eu-west-1:'),
  (arn) => arn.replace(/\d{12}/, '999999999999'),
  (arn) => arn.replace(/\/[^/]*$/, ''),
  (arn) => `${arn}x`,
  (arn) => arn.replace('user/', 'group/'),
  (arn) => arn.replace('assumed-role/', 'assumed-role/a/b/'),
  (arn) => ` ${arn}`,
  (arn) => arn.slice(0, 20),
);

/**
 * The ARN that STS returns for a caller with an entry's ARN: for a role, a session without the path; anything else is
 * unchanged.
 */
export function sessionOf(arn: string, session: string): string {
  const [, partition, account, name] =
    /^arn:([^:]*):iam:([^:]*:[^:]*):role\/(?:.*\/)?([^/]*)$/is.exec(arn) ?? [];
  return name === undefined ? arn : `arn:${partition}:sts:${account}:assumed-role/${name}/${session}`;
}

const OTHERS = [
  ...[
    'arn:aws:iam::111122223333:root',
    'arn:aws:iam::111122223333:user/bob',
    'arn:aws:iam::1:instance-profile/x',
  ],
  ...[
    'arn:aws:sts::111122223333:assumed-role/nobody/x',
    'arn:aws:sts::012345678901:federated-user/eve',
    '',
    'nobody',
  ],
  'arn:aws:sso:::permissionSet/ssoins-1/ps-1',
];

/** Four callers with entries in the texts, and one without. */
export const CALLER_CASE: fc.Arbitrary<CallerCase> = fc
  .tuple(
    DATA,
    fc.array(fc.tuple(fc.nat(), SESSION, SLIP), { minLength: 4, maxLength: 4 }),
    fc.constantFrom(...OTHERS),
  )
  .map(([data, picks, other]) => {
    const arns = Object.values(data).flatMap((text) => text?.match(/arn:[^\s"',\]}\\]+/gi) ?? []);
    const callers = picks.map(([at, session, slip]) =>
      slip(sessionOf(arns[at % arns.length] ?? OTHERS[0] ?? '', session)),
    );
    return { data, callers: [...callers, other] };
  });
