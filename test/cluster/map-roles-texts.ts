const ROLE = 'arn:aws:iam::111122223333:role';
const NODE = `- rolearn: ${ROLE}/node
  username: system:node:{{EC2PrivateDNSName}}
  groups:
  - system:bootstrappers
  - system:nodes
`;
/** The entry that the merge should change: its role is gone and has a successor. */
const ADMIN = `- rolearn: ${ROLE}/AWSReservedSSO_Admin_0000000000000001
  username: "admin:{{SessionName}}"
  groups:
  - system:masters
`;
const CI = `- rolearn: ${ROLE}/ci
  username: ci
  groups: [deployers]
`;
const BLOCK = NODE + ADMIN + CI;

const ENTRIES = [
  {
    rolearn: `${ROLE}/node`,
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['system:bootstrappers', 'system:nodes'],
  },
  {
    rolearn: `${ROLE}/AWSReservedSSO_Admin_0000000000000001`,
    username: 'admin:{{SessionName}}',
    groups: ['system:masters'],
  },
  { rolearn: `${ROLE}/ci`, username: 'ci', groups: ['deployers'] },
];
const JSON_LINE = JSON.stringify(ENTRIES);
const NODE_JSON = JSON.stringify(ENTRIES[0]);

const indented = (text: string, by: number) => text.replace(/^(?=.)/gm, ' '.repeat(by));
const MANY = Array.from(
  { length: 300 },
  (_, index) => `- {rolearn: "${ROLE}/r${index}", username: u${index}}\n`,
);

/** kubectl's YAML replaces the line break U+0085 with a space, so the first entry becomes part of the comment. */
export const NEXT_LINE_TEXT = `# a\u0085${BLOCK}`;

/** Texts that the authenticator can read, as people and programs write them; null for no mapRoles. */
export const MAP_ROLES_TEXTS: Readonly<Record<string, string | null>> = {
  'a block list': BLOCK,
  'a list in the style of AWS documentation': indented(BLOCK, 2),
  CRLF: BLOCK.replaceAll('\n', '\r\n'),
  'CRLF without a final line break': BLOCK.replaceAll('\n', '\r\n').trimEnd(),
  'a single CRLF': BLOCK.replace('\n', '\r\n'),
  'a carriage return in a comment': `# old\rmore: no\n${BLOCK}`.replace('more: no', '# more'),
  'trailing blanks': BLOCK.replaceAll('\n', '  \n'),
  'trailing blanks on the last line': `${BLOCK.trimEnd()}   `,
  'tabs behind values': BLOCK.replaceAll('\n', '\t\n'),
  'tabs in front of comments': BLOCK.replaceAll('\n', '\t# why\n'),
  'no final line break': BLOCK.trimEnd(),
  'several final line breaks': `${BLOCK}\n\n\n`,
  'a blank line in front': `\n${BLOCK}`,
  'blank lines between entries': `${NODE}\n${ADMIN}\n${CI}`,
  'lines of blanks': `${NODE}   \n${ADMIN}      \n${CI}`,
  'comments everywhere': `# top\n${NODE}# between\n${ADMIN.replace('\n', '  # behind\n')}    # deep\n${CI}# end\n`,
  emoji: `# 🚀 nodes\n${BLOCK.replace('username: ci', 'username: "ci-🤖"')}`,
  'emoji and CRLF': `# 🚀\n${BLOCK}`.replaceAll('\n', '\r\n'),
  'other scripts': `# نودز узлы 节点\n${BLOCK}`,
  'a no-break space and a soft hyphen': `# a\u00a0b\u00adc\n${BLOCK}`,
  'line and paragraph separators': `# a\u2028# b\u2029# c\n${BLOCK}`,
  'a byte order mark': `\ufeff${BLOCK}`,
  'a zero-width space in a comment': `# a\u200bb\n${BLOCK}`,
  'escapes in double quotes': BLOCK.replace('username: ci', 'username: "c\\x69\\u0020\\"\\\\"'),
  'single quotes': BLOCK.replace('username: ci', "username: 'it''s'"),
  'a long comment': `# ${'why '.repeat(1000)}\n${BLOCK}`,
  'a long plain value over lines': BLOCK.replace('username: ci', `username: ${'ci '.repeat(100)}\n    end`),
  'a long group': BLOCK.replace('[deployers]', `[${'g'.repeat(5000)}]`),
  JSON: JSON_LINE,
  'JSON over lines': JSON.stringify(ENTRIES, null, 2),
  'JSON with a final line break': `${JSON.stringify(ENTRIES, null, 4)}\n`,
  'entries in JSON in a block list': ENTRIES.map((entry) => `- ${JSON.stringify(entry)}\n`).join(''),
  'a flow list over lines': `[\n  ${ENTRIES.map((entry) => JSON.stringify(entry)).join(',\n  ')},\n]\n`,
  'one flow entry': `[${NODE_JSON}]\n`,
  'no mapRoles': null,
  empty: '',
  'a line break alone': '\n',
  'blanks alone': '   \n  ',
  'an empty list': '[]',
  'an empty list with a comment': '[] # none yet\n',
  'comments alone': '# nothing\n# here\n',
  null: '~\n',
  'a start of the document': `---\n${BLOCK}`,
  'a directive': `%YAML 1.1\n---\n${BLOCK}`,
  'an end of the document': `${BLOCK}...\n`,
  'a second document': `${BLOCK}---\n${CI}`,
  'folded and literal values': BLOCK.replace('username: ci', 'username: >-\n    c\n    i').replace(
    '[deployers]',
    '\n  - |-\n    deployers',
  ),
  'an anchor and an alias': `${NODE}${ADMIN}${CI.replace('[deployers]', '&g [deployers]')}- rolearn: ${ROLE}/cd\n  username: cd\n  groups: *g\n`,
  tags: BLOCK.replace('username: ci', 'username: !!str 12'),
  'unknown fields': BLOCK.replace('  username: ci', '  note: kept\n  username: ci'),
  'the ARN last': `- groups:\n  - deployers\n  username: ci\n  rolearn: ${ROLE}/ci\n${NODE}`,
  'a dash on its own line': BLOCK.replaceAll('- rolearn', '-\n  rolearn'),
  'explicit keys': `${NODE}- ? rolearn\n  : ${ROLE}/ci\n  ? username\n  : ci\n`,
  duplicates: `${BLOCK}${CI.replace('deployers', 'others')}`,
  'Fargate and Windows nodes': `${BLOCK}- rolearn: ${ROLE}/fargate\n  username: system:node:{{SessionName}}\n  groups: ['system:bootstrappers', 'system:nodes', 'system:node-proxier']\n- rolearn: ${ROLE}/windows\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: ['system:nodes', 'eks:kube-proxy-windows']\n`,
  '300 entries': NODE + MANY.join(''),
};
