import fc from 'fast-check';
import { CONFIG_MAP } from '../authenticator/config-maps.ts';
import { GROUPS, ROLE_ARN, USERNAME } from './role-arbitrary.ts';

const OTHER_ARN = fc.constantFrom(
  'arn:aws:iam::111122223333:role/eks-node',
  'arn:aws:iam::111122223333:role/deploy',
);
const ARN = fc.oneof(
  { weight: 4, arbitrary: ROLE_ARN },
  { weight: 1, arbitrary: ROLE_ARN.map((arn) => arn.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam')) },
  { weight: 1, arbitrary: OTHER_ARN },
  // Letters that Go reads as ASCII: a long s, a Kelvin sign and a dotted I.
  {
    weight: 1,
    arbitrary: fc
      .tuple(ROLE_ARN, fc.constantFrom(['s', '\u017f'], ['k', '\u212a'], ['i', '\u0130']))
      .map(([arn, [letter = '', twin = '']]) => arn.replace(letter, twin)),
  },
);

/** A text as a plain, single- or double-quoted scalar; plain only where that is safe. */
function written(text: string, style: number): string {
  if (style === 0 && /^[\w:/+=.@-]+$/.test(text)) return text;
  return style === 1 ? `'${text.replaceAll("'", "''")}'` : JSON.stringify(text);
}

const STYLE = fc.nat(2);
const COMMENT = fc.constantFrom('', '', '', ' # why', '   # it is "odd": [x]');
const BETWEEN = fc.constantFrom('', '', '', '', '\n', '# between\n', '    # deeper\n', '\n# spaced\n\n');
const UNKNOWN = fc.constantFrom(
  '',
  '',
  '',
  'note: {ticket: 42}',
  'owner: "it\'s # ours"',
  'tags: [a, "b, c"]',
  'note: |\n    several\n\n    lines',
);

interface Written {
  readonly arn: string;
  readonly username: string | null;
  readonly groups: readonly string[] | null;
  readonly unknown: string;
  readonly comment: string;
  readonly between: string;
  readonly style: number;
  readonly order: number;
}
const WRITTEN: fc.Arbitrary<Written> = fc.record({
  arn: ARN,
  username: fc.option(USERNAME, { freq: 5 }),
  groups: fc.option(GROUPS, { freq: 5 }),
  unknown: UNKNOWN,
  comment: COMMENT,
  between: BETWEEN,
  style: STYLE,
  order: fc.nat(2),
});

interface Layout {
  readonly dash: number;
  readonly field: number;
  readonly groupDash: number;
  readonly flowGroups: boolean;
}
const LAYOUT: fc.Arbitrary<Layout> = fc.record({
  dash: fc.constantFrom(0, 0, 0, 2, 3),
  field: fc.constantFrom(2, 2, 2, 4),
  groupDash: fc.constantFrom(0, 2, 4),
  flowGroups: fc.boolean(),
});

function blockItem(entry: Written, layout: Layout): string {
  const { arn, username, groups, unknown, comment, style } = entry;
  const indent = ' '.repeat(layout.dash + layout.field);
  const fields = [
    `${entry.order === 1 ? 'roleARN' : 'rolearn'}: ${written(arn, style)}${comment}`,
    ...(username === null ? [] : [`username: ${written(username, style)}${comment}`]),
    ...(groups === null ? [] : [groupsField(groups, indent, layout, entry)]),
    ...(unknown === '' ? [] : [unknown.replaceAll('\n    ', `\n${indent}  `)]),
  ];
  const ordered = entry.order === 2 ? fields.toReversed() : fields;
  return `${entry.between}${' '.repeat(layout.dash)}-${' '.repeat(layout.field - 1)}${ordered.join(`\n${indent}`)}\n`;
}

function groupsField(
  groups: readonly string[],
  indent: string,
  layout: Layout,
  { style, comment }: Written,
): string {
  const items = groups.map((group) => written(group, style));
  if (layout.flowGroups) return `groups: [${items.join(', ')}]${comment}`;
  const dash = indent + ' '.repeat(layout.groupDash);
  return ['groups:', ...items.map((item, index) => `${dash}- ${item}${index === 0 ? comment : ''}`)].join(
    '\n',
  );
}

function flowItem({ arn, username, groups }: Written): Record<string, unknown> {
  return { rolearn: arn, ...(username === null ? {} : { username }), ...(groups === null ? {} : { groups }) };
}

const BLOCK_LIST = fc
  .tuple(
    fc.array(WRITTEN, { maxLength: 6 }),
    LAYOUT,
    fc.constantFrom('', '', '# the end\n', '\n# the end\n\n', '\n\n'),
  )
  .map(([entries, layout, tail]) => entries.map((entry) => blockItem(entry, layout)).join('') + tail);
const FLOW_LIST = fc
  .tuple(
    fc.array(WRITTEN, { maxLength: 5 }),
    fc.constantFrom(undefined, 2, '\t'),
    fc.constantFrom('', '\n'),
    fc.boolean(),
  )
  .map(([entries, space, end, hasPairs]) => {
    const text = JSON.stringify(entries.map(flowItem), null, space) + end;
    return hasPairs ? text.replace(/\{\s*("rolearn": ?"[^"]*")\s*\}/g, '$1') : text;
  });
/** From the generator of the second opinion: as people write it, including mistakes. */
const HOSTILE = CONFIG_MAP.map(({ mapRoles = '' }) => mapRoles.replaceAll('{{ nope }}', '{{SessionName}}'));
const EMPTY = fc.constantFrom('', '``', '[]', '[] # none\n', '# none\n', 'null\n', '\n\n', '~ # c');

/** Entries that share values: anchors on values and whole entries, aliases to them anywhere, and merge keys. */
const SHARED_ITEM = fc
  .tuple(
    ARN,
    fc.constantFrom('&g ', '&g ', '&h9 ', ''),
    fc.constantFrom('[x]', '[&x x, *x]', '[x, "y"]', '\n    - x # why\n    - y'),
    fc.constantFrom(
      '',
      '  note: &n {k: [*g]}\n',
      '  username: &u "a # b"\n',
      '  <<: {Groups: [q], username: m}\n',
    ),
    fc.constantFrom('- ', '- ', '- &e\n  ', '- &e '),
  )
  .map(
    ([arn, anchor, groups, more, dash]) => `${dash}rolearn: ${arn}\n  groups: ${anchor}${groups}\n${more}`,
  );
const ALIAS_ITEM = fc
  .tuple(
    ARN,
    fc.constantFrom(
      ...[
        '  groups: *g\n',
        '  groups: [*g]\n',
        '  <<: *e\n',
        '  <<: [*e, {username: z}]\n',
        '  username: *u\n',
      ],
      ...['  <<: *n\n', '  x: *e\n', '  groups: *h9\n', '  groups: [*x, z]\n', ''],
    ),
  )
  .map(([arn, field]) => `- rolearn: ${arn}\n${field}`);
const MERGED_ITEM = fc
  .tuple(ARN, fc.constantFrom('- <<: *e\n', '- *e\n', '- {<<: *e}\n', '- {<<: *e, rolearn: ARN, x: ! }\n'))
  .map(([arn, item]) => item.replace('ARN', arn));
const SHARING_LIST = fc
  .tuple(
    fc.array(fc.oneof(SHARED_ITEM, SHARED_ITEM, ALIAS_ITEM, MERGED_ITEM), { minLength: 1, maxLength: 6 }),
    fc.constantFrom('', '', '  last: |\n    text\n', '  last: >+\n    text\n\n', '# the end\n'),
  )
  .map(([items, tail]) => items.join('') + tail);

/** Entries that people may write and the authenticator reads completely, except for aliases without an anchor. */
export const WELL_FORMED = fc.oneof(
  { weight: 4, arbitrary: BLOCK_LIST },
  { weight: 2, arbitrary: FLOW_LIST },
  { weight: 4, arbitrary: SHARING_LIST },
  { weight: 1, arbitrary: EMPTY },
);

/** A text of mapRoles. */
export const MAP_ROLES = fc.oneof(
  { weight: 5, arbitrary: BLOCK_LIST },
  { weight: 2, arbitrary: FLOW_LIST },
  { weight: 3, arbitrary: HOSTILE },
  { weight: 2, arbitrary: SHARING_LIST },
  { weight: 1, arbitrary: EMPTY },
);
