import fc from 'fast-check';
import { GROUPS, ROLE_ARN, USERNAME } from '../change/role-arbitrary.ts';

/** Valid texts of mapRoles and mapUsers, in every YAML notation. */

const A = 'arn:aws:iam::111122223333';
const STRANGER_ROLES = [
  ...[
    `${A}:role/eks-node`,
    `${A}:role/deploy`,
    `${A}:role/Deploy`,
    'arn:aws-cn:iam::111122223333:role/deploy',
  ],
  ...[`${A}:user/bob`, `${A}:root`],
];
const STRANGER_USERS = [
  ...[`${A}:user/alice`, `${A}:user/bob`, `${A}:user/Bob`, `${A}:user/team/carol`, `${A}:root`],
  ...['arn:aws:sts::111122223333:federated-user/dave', `${A}:role/deploy`],
];
const anyCase = (arns: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 9, arbitrary: arns }, { weight: 1, arbitrary: arns.map((arn) => arn.toUpperCase()) });
const ROLE_ARNS = anyCase(
  fc.oneof({ weight: 3, arbitrary: ROLE_ARN }, { weight: 2, arbitrary: fc.constantFrom(...STRANGER_ROLES) }),
);
const USER_ARNS = anyCase(
  fc.oneof({ weight: 1, arbitrary: ROLE_ARN }, { weight: 3, arbitrary: fc.constantFrom(...STRANGER_USERS) }),
);

/** The style of one scalar. */
type Style = (text: string, indent: string) => string;
const quoted: Style = (text) => JSON.stringify(text);
const single: Style = (text) => `'${text.replaceAll("'", "''")}'`;
const plain: Style = (text, indent) => (/^[\w:/+=.@-]{3,}$/.test(text) ? text : single(text, indent));
const INLINE_STYLES: readonly Style[] = [
  ...[plain, plain, plain, quoted, quoted, single],
  (text) => `!!str ${JSON.stringify(text)}`,
  (text) => `"\\x${text.charCodeAt(0).toString(16).padStart(2, '0')}${JSON.stringify(text).slice(2)}`,
];
/** Styles that need separate lines. */
const LINE_STYLES: readonly Style[] = [
  ...INLINE_STYLES,
  (text, indent) => `|-\n${indent}  ${text}`,
  (text, indent) => `>-\n${indent}   ${text}`,
  (text, indent) => `>- # folded\n${indent} ${text}\n`,
  (text, indent) => `\n${indent}  ${JSON.stringify(text)}`,
  (text, indent) => `"${JSON.stringify(text).slice(1, 4)}\\\n${indent}  ${JSON.stringify(text).slice(4)}`,
];
const isEscape = (text: string) => /[\\"]/.test(text.slice(0, 4));

function write(text: string, style: number, styles: readonly Style[], indent: string): string {
  const chosen = isEscape(text) ? quoted : (styles[style % styles.length] ?? quoted);
  return chosen(text, indent);
}

interface Entry {
  readonly arn: string;
  readonly username: string | null;
  readonly groups: readonly string[] | null;
  /** The styles of ARN, username and groups, as indices. */
  readonly styles: readonly [number, number, number];
  /** True if the groups get an anchor, or come from the last entry with an anchor; likewise the whole entry. */
  readonly share: 'none' | 'anchor' | 'alias' | 'anchor-entry' | 'merge' | 'merge-groups';
  readonly keys: number;
  readonly reversed: boolean;
  readonly unknown: string;
  readonly comment: string;
  readonly between: string;
}

function entries(arns: fc.Arbitrary<string>): fc.Arbitrary<Entry> {
  return fc.record({
    arn: arns,
    username: fc.option(USERNAME, { freq: 6 }),
    groups: fc.option(fc.oneof({ weight: 9, arbitrary: GROUPS }, fc.constant([])), { freq: 6 }),
    styles: fc.tuple(fc.nat(60), fc.nat(60), fc.nat(60)),
    share: fc.constantFrom(
      ...(['none', 'none', 'none', 'none', 'none', 'none', 'anchor', 'alias'] as const),
      ...(['anchor-entry', 'merge', 'merge-groups'] as const),
    ),
    keys: fc.nat(11),
    reversed: fc.constantFrom(false, false, true),
    unknown: fc.constantFrom(
      ...['', '', '', 'note: {ticket: 42}', 'owner: "it\'s # ours"', 'tags: [a, "b, c"]'],
      ...['note: "{{ Ticket }}"', 'since: 2026-01-01', '5: ~'],
    ),
    comment: fc.constantFrom('', '', '', '', ' # why', '   # it is "odd": [x]'),
    between: fc.constantFrom('', '', '', '', '\n', '# between\n', '    # deeper\n', '\n# spaced\n\n'),
  });
}

interface Layout {
  readonly arnField: 'rolearn' | 'userarn';
  readonly dash: number;
  readonly field: number;
  readonly groupDash: number;
  readonly flowGroups: boolean;
}

/** Anchors of previous entries. */
interface Anchors {
  groups: string | null;
  entry: string | null;
  count: number;
}

const KEYS: readonly ((name: string, indent: string) => string)[] = [
  ...Array<(name: string) => string>(7).fill((name) => `${name}: `),
  (name) => `${name.replace(/^./, (first) => first.toUpperCase())}: `,
  (name) => `"${name}": `,
  (name) => `${name} :  `,
  (name, indent) => `? ${name}\n${indent}: `,
  (name, indent) => `? |-\n${indent}   ${name}\n${indent}: `,
];

function blockItem(entry: Entry, layout: Layout, anchors: Anchors): string {
  const { arn, username, groups, styles, comment, unknown, share } = entry;
  const indent = ' '.repeat(layout.dash + layout.field);
  const key = (name: string) => (KEYS[entry.keys] ?? KEYS[0])?.(name, indent) ?? '';
  const fields = [
    `${key(layout.arnField)}${withComment(write(arn, styles[0], LINE_STYLES, indent), comment)}`,
    ...(username === null
      ? []
      : [`${key('username')}${withComment(write(username, styles[1], LINE_STYLES, indent), comment)}`]),
    ...groupsField(groups, entry, layout, anchors, key('groups')),
    ...(unknown === '' ? [] : [unknown]),
  ];
  const ordered = entry.reversed ? fields.toReversed() : fields;
  const merged = mergeField(share, anchors);
  const start = `${entry.between}${' '.repeat(layout.dash)}-${' '.repeat(layout.field - 1)}`;
  const anchor = share === 'anchor-entry' ? `&e${++anchors.count}\n${indent}` : '';
  if (share === 'anchor-entry') anchors.entry = `e${anchors.count}`;
  return `${start}${anchor}${[...merged, ...ordered].join(`\n${indent}`)}\n`;
}

function withComment(value: string, comment: string): string {
  return value.includes('\n') || value.startsWith('|') ? value.trimEnd() : value + comment;
}

function mergeField(share: Entry['share'], anchors: Anchors): string[] {
  if (share === 'merge' && anchors.entry !== null) return [`<<: *${anchors.entry}`];
  return share === 'merge-groups' ? ['<<: {Groups: [merged, view]}'] : [];
}

function groupsField(
  groups: readonly string[] | null,
  { share, styles, comment }: Entry,
  layout: Layout,
  anchors: Anchors,
  key: string,
): string[] {
  if (share === 'alias' && anchors.groups !== null) return [`${key}*${anchors.groups}${comment}`];
  if (groups === null) return [];
  const anchor = share === 'anchor' ? `&g${++anchors.count} ` : '';
  if (share === 'anchor') anchors.groups = `g${anchors.count}`;
  if (layout.flowGroups || groups.length === 0)
    return [`${key}${anchor}${flowGroups(groups, styles[2], comment)}`];
  const indent = ' '.repeat(layout.dash + layout.field + layout.groupDash);
  const items = groups.map(
    (group, index) =>
      `\n${indent}- ${write(group, styles[2] + index, INLINE_STYLES, indent)}${index === 0 ? comment : ''}`,
  );
  return [`${key.trimEnd()}${anchor && ` ${anchor.trimEnd()}`}${items.join('')}`];
}

function flowGroups(groups: readonly string[], style: number, comment: string): string {
  const items = groups.map((group, index) => write(group, style + index, INLINE_STYLES, ''));
  return `[${items.join(style % 2 === 0 ? ', ' : ',')}]${comment}`;
}

function flowItem({ arn, username, groups, styles }: Entry, { arnField }: Layout): string {
  const fields = [
    `${arnField}: ${write(arn, styles[0], INLINE_STYLES, '')}`,
    ...(username === null ? [] : [`username: ${write(username, styles[1], INLINE_STYLES, '')}`]),
    ...(groups === null ? [] : [`groups: ${flowGroups(groups, styles[2], '')}`]),
  ];
  return `{${fields.join(', ')}}`;
}

function jsonItem({ arn, username, groups }: Entry, { arnField }: Layout): Record<string, unknown> {
  return {
    [arnField]: arn,
    ...(username === null ? {} : { username }),
    ...(groups === null ? {} : { groups }),
  };
}

const LAYOUT = fc.record({
  dash: fc.constantFrom(0, 0, 0, 2, 3),
  field: fc.constantFrom(2, 2, 2, 4),
  groupDash: fc.constantFrom(0, 2, 4),
  flowGroups: fc.boolean(),
});
type Form = 'block' | 'flow' | 'flow-items' | 'json' | 'pretty-json';

function written(items: readonly Entry[], form: Form, layout: Layout, tail: string): string {
  const anchors: Anchors = { groups: null, entry: null, count: 0 };
  switch (form) {
    case 'block':
      return items.map((entry) => blockItem(entry, layout, anchors)).join('') + tail;
    case 'flow-items':
      return items.map((entry) => `- ${flowItem(entry, layout)}\n`).join('') + tail;
    case 'flow':
      return `[${items.map((entry) => flowItem(entry, layout)).join(',\n  ')}]\n${tail}`;
    case 'json':
      return JSON.stringify(items.map((entry) => jsonItem(entry, layout)));
    case 'pretty-json':
      return `${JSON.stringify(
        items.map((entry) => jsonItem(entry, layout)),
        null,
        2,
      )}\n${tail}`;
  }
}

const EMPTY = fc.constantFrom(
  ...[
    '',
    '``',
    "''",
    '[]',
    '[ # none\n]\n',
    '[]\n# none\n',
    '# none\n',
    'null\n',
    '\n\n',
    '~ # c',
    '---\n[]\n...\n',
  ],
);

function soundList(arnField: Layout['arnField'], arns: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const list = fc
    .tuple(
      fc.array(entries(arns), { minLength: 1, maxLength: 5 }),
      fc.constantFrom<Form>('block', 'block', 'block', 'block', 'flow', 'flow-items', 'json', 'pretty-json'),
      LAYOUT,
      fc.constantFrom('', '', '# the end\n', '\n# the end\n\n', '\n\n', '...\n'),
    )
    .map(([items, form, layout, tail]) => written(items, form, { ...layout, arnField }, tail));
  return fc.oneof({ weight: 12, arbitrary: list }, { weight: 1, arbitrary: EMPTY });
}

export const SOUND_ROLES = soundList('rolearn', ROLE_ARNS);
export const SOUND_USERS = soundList('userarn', USER_ARNS);
export const SOUND_ACCOUNTS = fc.constantFrom(
  ...[
    '- "111122223333"\n',
    '["012345678901", "444455556666"]\n',
    '',
    '[]',
    '- 111122223333 # one\n- "222233334444"\n',
  ],
);
