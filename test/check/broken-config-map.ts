import fc from 'fast-check';
import { indentLines } from '../../src/aws-auth/block-scalar.ts';

const ROLE = 'arn:aws:iam::111122223333:role/';
const ADMIN = `${ROLE}AWSReservedSSO_Admin_0123456789abcdef`;

const arns = fc.constantFrom(
  ADMIN,
  ADMIN.toUpperCase(),
  `${ROLE}aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef`,
  `${ROLE}aws-reserved/sso.amazonaws.com/AWSReservedSSO_Dev_0123456789abcdef`,
  `${ROLE}AWSReservedSSO_Dev_fedcba9876543210`,
  `${ROLE}node`,
  `"${ROLE}quoted "`,
  `'${ROLE}path/to/quoted'`,
  `|\n    ${ROLE}literal`,
  `"\\u200b${ROLE}escaped"`,
  `&anchor ${ROLE}anchored`,
  'arn:aws:sts::111122223333:assumed-role/Admin/jane',
  'arn:aws:sso:::permissionSet/ssoins-1111222233334444/ps-1111222233334444',
  'arn:aws:iam::111122223333:user/jane',
  'jane@example.com',
  'arn:aws-cn:iam::111122223333:role/x',
  '"arn:aws:iam::*:role/x"',
  '123',
  '',
);
const mildNames = fc.constantFrom(
  'admin',
  'yes',
  '0123',
  '1.0',
  '~',
  '""',
  '"a b "',
  '"{{EC2PrivateDNSName}}"',
  'admin:{{SessionName}}',
  'x:{{SessionNme}}',
  'x:{{ .Values.name }}',
  '[a]',
  'ä\u2003',
);
/** Mistakes that make the whole key unparsable. */
const wildNames = fc.constantFrom(
  '{{SessionName}}',
  '{{SessionName}} # who',
  '{{SessionNme}}',
  '{{ .Values.name }}',
  '*none',
  '@x',
);
const names = fc.oneof({ weight: 20, arbitrary: mildNames }, { weight: 1, arbitrary: wildNames });
const arnKeys = fc.constantFrom(
  'rolearn',
  'rolearn',
  'rolearn',
  'roleARN',
  'role_arn',
  'rolename',
  '"role-arn"',
  'userarn',
);
const nameKeys = fc.constantFrom('username', 'username', 'username', 'user_name', 'Username');
const groupKeys = fc.constantFrom('groups', 'groups', 'groups', 'group', 'GROUPS');
const comments = fc.constantFrom(
  '',
  '',
  '',
  ' # aws-auth-sso: ignore field-not-string, path-in-arn',
  ' # note',
);

const groups = fc.oneof(
  fc.array(names, { maxLength: 3 }).map((items) => ` [${items.join(', ')}]`),
  fc
    .array(names, { minLength: 1, maxLength: 3 })
    .map((items) => items.map((item) => `\n  - ${item}`).join('')),
  names.map((name) => ` ${name}`),
);

const blockEntry = fc
  .tuple(arnKeys, arns, nameKeys, names, groupKeys, groups, comments, fc.boolean())
  .map(([arnKey, arn, nameKey, name, groupKey, list, comment, swallows]) =>
    [
      `- ${arnKey}: ${arn}${arn.includes('\n') ? '' : comment}`,
      `  ${nameKey}: ${name}`,
      `  ${groupKey}:${list}`,
      ...(swallows && name === 'yes' ? [`  rolearn: ${ROLE}swallowed`] : []),
    ].join('\n'),
  );
const flowEntry = fc
  .tuple(arnKeys, arns, names)
  .filter(([, arn]) => !arn.includes('\n'))
  .map(([key, arn, name]) => `- {${key}: ${arn}, username: ${name}, groups: [a]}`);
const oddLine = fc.constantFrom(
  '- <<: *anchor',
  '- ',
  '- hello',
  '- [a]',
  '---',
  '# aws-auth-sso: ignore unparsable-map',
  '',
  '- sso:\n    permissionSetName: A\n    accountID: 012345678901',
);

/** A list with many mistakes. */
export const brokenList = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: blockEntry },
      { weight: 2, arbitrary: flowEntry },
      { weight: 1, arbitrary: oddLine },
    ),
    {
      maxLength: 6,
    },
  )
  .map((items) => items.map((item) => `${item}\n`).join(''));

const accountLists = fc
  .array(fc.constantFrom('111122223333', '012345678901', '"222233334444"', '1234', 'yes', '[a]'), {
    maxLength: 3,
  })
  .map((items) => items.map((item) => `- ${item}\n`).join(''));

const HEAD =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  namespace: kube-system\ndata:\n';

/** A key with a text, in every scalar style that can hold it. */
const styles = fc.constantFrom(
  (key: string, text: string) => `  ${key}: |\n${indentLines(text, 4)}`,
  (key: string, text: string) => `  ${key}: |-\n${indentLines(text, 6)}`,
  (key: string, text: string) => `  ${key}: |2+ # list\n${indentLines(text, 4)}\n\n`,
  (key: string, text: string) => `  ${key}: ${JSON.stringify(text)}\n`,
  (key: string, text: string) => `  ${key}: '${text.replaceAll("'", "''").replaceAll('\n', '\n\n    ')}'\n`,
  (key: string, text: string) => `  ${key}: >\n${indentLines(text.replace(/\n(?=\S)/g, '\n\n'), 4)}`,
);

const keys = fc.constantFrom(
  ['mapRoles', 'mapUsers', 'mapAccounts'] as const,
  ['maproles', 'mapUsers', 'map_accounts'] as const,
  ['mapRole', 'mapuser', 'mapAccounts'] as const,
);

/** A file that is meant to be aws-auth. */
export const brokenConfigMap = fc
  .record({
    keys,
    style: styles,
    other: styles,
    roles: brokenList,
    users: brokenList,
    accounts: accountLists,
    crlf: fc.boolean(),
  })
  .map(({ keys: [roleKey, userKey, accountKey], style, other, roles, users, accounts, crlf }) => {
    const data = [
      style(roleKey, roles),
      other(userKey, users.replaceAll('role', 'user')),
      style(accountKey, accounts),
    ];
    const text = `${HEAD}${data.join('')}# end\n`;
    return crlf ? text.replaceAll('\n', '\r\n') : text;
  });
