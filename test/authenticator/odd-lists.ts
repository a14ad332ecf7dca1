import fc from 'fast-check';
import { MAP_ROLES } from '../change/map-roles-arbitrary.ts';
import { brokenList as brokenWithComments } from '../check/broken-config-map.ts';
import { SOUND_ROLES, SOUND_USERS } from './sound-lists.ts';

/** Texts of the maps with mistakes seen in practice. */

/** Comments that silence a rule would hide its findings. */
const brokenList = brokenWithComments.map((text) => text.replaceAll('aws-auth-sso: ignore', 'ignored:'));

const A = 'arn:aws:iam::111122223333';
const SET_ROLE = `${A}:role/AWSReservedSSO_Admin_0123456789abcdef`;

/** Items that some version of this tool loaded differently from the authenticator. */
const ITEMS = [
  `- rolearn: ${A}:role/n\n  username: yes\n  groups: [no, view]\n`,
  `- rolearn: ${A}:role/n\n  username: 123\n  groups: view\n`,
  `- rolearn: ${A}:role/n\n  username: "{{ SessionName }}"\n`,
  `- rolearn: ${A}:role/n\n  username: "{{EC2PrivateDNSName}}"\n`,
  `- rolearn: ${SET_ROLE}\n  username: "{{EC2PrivateDNSName}}"\n`,
  `- rolearn: ${A}:role/n\n  username: {{SessionName}}\n`,
  `- rolearn: ${A}:role/n\n  ? |\n   oups\n  : [a]\n`,
  `- rolearn: ${A}:role/n\n  ? |\n   groups\n  : [a]\n`,
  `- rolearn: ${A}:role/n\n  group: [a]\n`,
  `- rolearn: ${A}:role/n\n  user_name: a\n  groups: [a]\n`,
  `- rolearn: ${A}:role/n\n  groups: [a]\n  groups: [b]\n`,
  `- rolearn: ${A}:role/n\n  groups: []\n`,
  `- rolearn: ${A}:role/n\n  groups: null\n`,
  `- rolearn: ${SET_ROLE}\n  groups: [old]\n  <<: {Groups: [new]}\n`,
  `- rolearn: ${SET_ROLE}\n  <<: {Groups: [new]}\n  group: [b]\n`,
  `- &e {rolearn: ${A}:role/n}\n- *e\n`,
  `- rolearn: ${A}:role/AWSReservedSSO_AdministratorAccess\n`,
  `- rolearn: ${A}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef\n`,
  `- rolearn: ${A}:role/team/deploy\n`,
  `- rolearn: "${A}:role/n "\n`,
  `- rolearn: ${A}:role/*\n`,
  `- rolearn: arn:aw\u017f:iam::111122223333:role/n\n  username: long\n`,
  '- rolearn: arn:aws-cn:iam::111122223333:role/old\n',
  '- rolearn: arn:aws:sts::111122223333:assumed-role/n/me\n',
  `- rolearn: ${A}:user/AWSReservedSSO_x\n`,
  `- rolearn: ${A}:user/bob\n  username: role\n  groups: [view]\n`,
  '- sso:\n    permissionSetName: Admin\n    accountID: "111122223333"\n',
  ...[
    '[]\n',
    '-\n',
    '[! ]\n',
    '[]:\n',
    `[{rolearn: ${A}:role/n, x: !<,> }]\n`,
    '[ # keep me\n]\n',
    '[\ufeff]\n',
  ],
  ...['- hello\n', '---\n- rolearn: x\n', '---\nx: \u0001\n', '# note\n', '- !!binary YQ==\n'],
  `- rolearn: ${A}:role/n\n  username: !!binary 4oI=\n`,
  `- rolearn: >-\n    ${A}:role/n\n\n\n`,
  `- rolearn: ${A}:role/n\n  username: "{{ .Values.x }}"\n`,
  `- {rolearn: ${A}:role/n, username: "a", groups: ["b"]}\n`,
  `- {rolearn: ${A}:role/n, username: , groups: }\n`,
  `- "rolearn": "${A}:role/n"\n  "username": "\\u0061"\n`,
];

const ODD_ITEMS = fc
  .array(fc.constantFrom(...ITEMS), { minLength: 1, maxLength: 3 })
  .map((items) => items.join(''));
const ENDS = fc.constantFrom('', '', '', '\n', '\n\n', '  ', '\n  \n', '# c', '\u2028');

/** At a random position between items, where a person would put it. */
function inserted([list, items, at]: readonly [string, string, number]): string {
  const starts = [...list.matchAll(/^(?=- )/gm)].map(({ index }) => index);
  const place = [...starts, list.length][at % (starts.length + 1)] ?? list.length;
  return list.slice(0, place) + items + list.slice(place);
}

const MIXED = fc.tuple(SOUND_ROLES, ODD_ITEMS, fc.nat(5)).map(inserted);
const asUsers = (text: string) => text.replaceAll('rolearn', 'userarn');

export const ODD_ROLES = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: MIXED },
      { weight: 3, arbitrary: ODD_ITEMS },
      { weight: 2, arbitrary: MAP_ROLES },
      { weight: 2, arbitrary: brokenList },
    ),
    ENDS,
  )
  .map(([text, end]) => text + end);
export const ODD_USERS = fc.oneof(
  { weight: 2, arbitrary: SOUND_USERS },
  { weight: 2, arbitrary: fc.tuple(SOUND_USERS, ODD_ITEMS.map(asUsers), fc.nat(5)).map(inserted) },
  { weight: 1, arbitrary: brokenList.map((text) => text.replaceAll('role', 'user')) },
);
export const ODD_ACCOUNTS = fc.constantFrom(
  ...[
    '- 111122223333\n',
    '- 012345678901\n- 4\n',
    '[4]\n  \n',
    '""',
    '|-',
    '!',
    '- yes\n- [a]\n',
    '"" # none\n',
    '!!int ',
  ],
  ...[
    '- "111122223333"\n---\n- x\n',
    '- !!binary 77u/YQ==\n',
    'x: y\n',
    '- {a: b}\n- 1.0\n',
    '- 0x1F\n- "222233334444"\n',
  ],
);
