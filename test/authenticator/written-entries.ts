import fc from 'fast-check';
import { ARN, DOUBLE_QUOTED, GROUPS, SCALAR, SINGLE_QUOTED } from './written-values.ts';

/** One of `usual`, mostly the first, or sometimes one of `odd`. */
function mostly(usual: string, ...odd: string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

const COLON = mostly(': ', ':', ' : ', ':\t', ':  ', ':\n      ', ':\n  ', ' ', '= ');
const COMMENT = mostly('', ' # note', '# note', '  ', '\t', '\t# note');
const GAP = mostly('\n', '\n\n', '\n# note\n', '\n  # note\n', '\n\t\n', '\n  \n', '\n\t# note\n');

function field(keys: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...keys), COLON, value, COMMENT)
    .map(([key, colon, text, comment]) => `${key}${text.startsWith('\n') ? ':' : colon}${text}${comment}`);
}

const ARN_KEYS = [
  ...['rolearn', 'rolearn', 'rolearn', 'roleARN', 'RoleArn', 'role_arn', 'userarn'],
  ...['"rolearn"', "'rolearn'", '? rolearn\n  '],
];
const OTHER_KEYS = [
  ...['userid', 'note', 'yes', '5', '~', '18446744073709551615', '1.5', '.inf', '!!binary YQ=='],
  ...['[a]', '{a: b}', '"a b"', '', '!!str username'],
];
/** A YAML key has at most 1024 characters, even if they come from two places in a text. */
const LONG_KEYS = [1019, 1020, 1021, 1022, 1023].flatMap((length) =>
  ['', '😀'].map((last) => `"${'k'.repeat(length)}${last}"`),
);
/** go-yaml and encoding/json accept 10,000 levels. */
const NESTED = fc
  .constantFrom(10, 1001, 9996, 9997, 9998, 9999, 10_000)
  .map((depth) => '['.repeat(depth) + ']'.repeat(depth));
const MERGES = [
  '<<: *id',
  '<<: [*id, {username: m}]',
  '<<: {groups: [m]}',
  '<<: x',
  '"<<": *id',
  '<<:',
  '*id : x',
];
const SSO = fc
  .tuple(
    fc.constantFrom('sso', 'SSO'),
    fc.constantFrom('Admin', 'a b', '5', ''),
    fc.constantFrom('"111122223333"', '111122223333', 'x'),
    fc.constantFrom('', '\n    partition: aws-cn', '\n    partition: x'),
  )
  .map(
    ([key, name, account, partition]) =>
      `${key}:\n    permissionSetName: ${name}\n    accountID: ${account}${partition}`,
  );

const FIELD = fc.oneof(
  { weight: 120, arbitrary: field(ARN_KEYS, ARN) },
  { weight: 120, arbitrary: field(['userarn', 'userarn', 'userARN'], ARN) },
  { weight: 20, arbitrary: field(ARN_KEYS, SCALAR) },
  {
    weight: 120,
    arbitrary: field(['username', 'username', 'userName', 'USERNAME', '"username"', 'u\u017Fername'], SCALAR),
  },
  { weight: 120, arbitrary: field(['groups', 'groups', 'groups', 'Groups', 'GROUPS'], GROUPS) },
  { weight: 20, arbitrary: field(OTHER_KEYS, SCALAR) },
  { weight: 2, arbitrary: field(LONG_KEYS, SCALAR) },
  { weight: 1, arbitrary: field(['note'], NESTED) },
  { weight: 20, arbitrary: fc.constantFrom(...MERGES, 'sso: 5', 'sso:') },
  { weight: 20, arbitrary: SSO },
);

/** A valid item. */
export const CLEAN_ITEM = fc
  .tuple(fc.constantFrom('rolearn', 'userarn'), ARN, DOUBLE_QUOTED, fc.array(SINGLE_QUOTED, { maxLength: 2 }))
  .map(
    ([key, arn, username, groups]) =>
      `- ${key}: ${arn}\n  username: ${username}\n  groups: [${groups.join(', ')}]\n`,
  );

const ITEM_START = mostly(
  '- ',
  '-',
  '  ',
  '- &id\n  ',
  '- &id ',
  '-   ',
  '-\t',
  '- - ',
  '-\n  ',
  '- !!map\n  ',
);
const WRITTEN_ITEM = fc
  .tuple(ITEM_START, fc.array(fc.tuple(FIELD, GAP), { minLength: 1, maxLength: 5 }))
  .map(([start, fields]) => {
    const lines = fields.map(([text, gap], index) => `${index > 0 ? '  ' : ''}${text}${gap}`);
    return start + lines.join('');
  });

const OTHER_ITEM = fc.constantFrom(
  ...['-\n', '- hello\n', '- 5\n', '- - a\n', '- *id\n', '- ~\n', '- []\n', '- {}\n', '- .inf\n', '-- a\n'],
  ...['# c\n', '\n', 'x: y\n', '- "a\n  b"\n', '- |\n  a\n', '- [a, b: c, ? d]\n', '- {rolearn: "a"\n'],
  ...['- {rolearn: a, username: b, groups: [c]}\n', '- {"rolearn":"a","username":"b"}\n'],
);

/** An item as people write it, including mistakes. */
export const ITEM = fc.oneof(
  { weight: 6, arbitrary: CLEAN_ITEM },
  { weight: 3, arbitrary: WRITTEN_ITEM },
  { weight: 1, arbitrary: OTHER_ITEM },
);
