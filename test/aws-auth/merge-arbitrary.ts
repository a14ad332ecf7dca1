import fc from 'fast-check';
import type { MergeOptions } from '../../src/aws-auth/merge.ts';
import type { MergeFacts } from '../../src/aws-auth/merge-facts.ts';
import type { DesiredEntry } from '../../src/entry.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { CONFIG_MAP } from '../authenticator/config-maps.ts';

export interface MergeInput {
  readonly source: string;
  readonly desired: readonly DesiredEntry[];
  readonly facts: MergeFacts;
  readonly options: MergeOptions;
}

const ACCOUNTS = ['111122223333', '012345678901', '444455556666'];
const SETS = ['Admin', 'Viewer', 'Dev.Ops+1', 'Admin_ReadOnly'];
const SUFFIXES = ['0123456789abcdef', 'aaaaaaaaaaaaaaaa', 'BBBBBBBBBBBBBBBB'];
const GROUP = fc.constantFrom('system:masters', 'viewers', 'a', 'dev ops', 'say "x"', "it's", 'a: b #c');
const GROUPS = fc.array(GROUP, { minLength: 1, maxLength: 4 });
const USERNAME = fc.constantFrom(
  'sso:{{SessionName}}',
  'admin',
  "o'brien",
  'a\\b',
  '{{SessionNameRaw}}',
  'x # y',
);

function roleArn(account: string, set: string, suffix: string, path = ''): string {
  return `arn:aws:iam::${account}:role/${path}AWSReservedSSO_${set}_${suffix}`;
}

const ROLE_ARN = fc
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
const OTHER_ARN = fc.constantFrom(
  'arn:aws:iam::111122223333:role/eks-node',
  'arn:aws:iam::111122223333:role/deploy',
);
const ARN = fc.oneof(
  { weight: 4, arbitrary: ROLE_ARN },
  { weight: 1, arbitrary: ROLE_ARN.map((arn) => arn.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam')) },
  { weight: 1, arbitrary: OTHER_ARN },
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
  .tuple(fc.array(WRITTEN, { maxLength: 5 }), fc.constantFrom(undefined, 2, '\t'), fc.boolean())
  .map(([entries, space, ends]) => JSON.stringify(entries.map(flowItem), null, space) + (ends ? '\n' : ''));
/** From the generator of the second opinion: as people write it, mistakes and all. */
const HOSTILE = CONFIG_MAP.map(({ mapRoles = '' }) => mapRoles.replaceAll('{{ nope }}', '{{SessionName}}'));
const EMPTY = fc.constantFrom('', '``', '[]', '[] # none\n', '# none\n', 'null\n', '\n\n', '~ # c');

const MAP_ROLES = fc.oneof(
  { weight: 5, arbitrary: BLOCK_LIST },
  { weight: 2, arbitrary: FLOW_LIST },
  { weight: 3, arbitrary: HOSTILE },
  { weight: 1, arbitrary: EMPTY },
);

function indented(text: string, columns: number): string {
  return text.replace(/^(?=[^\r\n])/gm, ' '.repeat(columns));
}

const HEAD =
  'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: aws-auth\n  resourceVersion: "7"\n  namespace: kube-system\ndata:\n';
const USERS =
  '  # people\n  mapUsers: |\n    - userarn: arn:aws:iam::111122223333:user/alice\n      username: alice\n';

/** Ways to put a text into a file; some lose a part of some texts, which makes other texts of them. */
const SHAPES: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `${HEAD}  mapRoles: |${chomping(text)}\n${indented(text, 4)}${USERS}`,
  (text) => `${HEAD}${USERS}  mapRoles: |${chomping(text)} # the map\n${indented(text, 4)}`,
  (text) => `${HEAD}  mapRoles: |2${chomping(text)}\n${indented(text, 4)}${USERS}`,
  (text) => `${HEAD}  mapRoles: >-\n${indented(text.replaceAll('\n', '\n\n'), 4)}\n${USERS}`,
  (text) => `${HEAD}  mapRoles: ${JSON.stringify(text)} # quoted\n${USERS}`,
  (text) => `${HEAD}  mapRoles: ${JSON.stringify(text).replaceAll('\\n', '\\n\\\n    \\')}\n${USERS}`,
  (text) => `${HEAD}  mapRoles: '${text.replaceAll("'", "''").replaceAll('\n', '\n\n')}'\n${USERS}`,
  (text) =>
    `${JSON.stringify({ kind: 'ConfigMap', metadata: { name: 'aws-auth', uid: 'x' }, data: { mapRoles: text } }, null, 2)}\n`,
  (text) =>
    JSON.stringify({
      kind: 'List',
      items: [{ kind: 'ConfigMap', metadata: { name: 'aws-auth' }, data: { mapRoles: text } }],
    }),
];

function chomping(text: string): string {
  if (!text.endsWith('\n')) return '-\n'.slice(0, 1);
  return text.endsWith('\n\n') ? '+' : '';
}

const SOURCE = fc
  .tuple(
    MAP_ROLES,
    fc.constantFrom(...SHAPES),
    fc.constantFrom('\n', '\n', '\r\n'),
    fc.constantFrom('', '', '', '\uFEFF'),
    fc.boolean(),
  )
  .map(([text, shape, lineBreak, mark, ends]) => {
    const source = shape(text).replaceAll('\n', lineBreak);
    return mark + (ends ? source : source.replace(/(?:\r?\n)+$/, ''));
  });

const NODE: DesiredEntry = {
  rolearn: 'arn:aws:iam::111122223333:role/eks-node',
  username: 'system:node:{{EC2PrivateDNSName}}',
  usernameStated: true,
  groups: ['system:bootstrappers', 'system:nodes'],
  role: null,
};

const DESIRED_ROLE = fc
  .record({
    account: fc.constantFrom(...ACCOUNTS),
    set: fc.constantFrom(...SETS),
    suffix: fc.constantFrom(...SUFFIXES),
    groups: GROUPS,
    username: fc.option(USERNAME),
  })
  .map(
    ({ account, set, suffix, groups, username }): DesiredEntry => ({
      rolearn: roleArn(account, set, suffix),
      username: username ?? 'sso:{{SessionName}}',
      usernameStated: username !== null,
      groups,
      role: { accountId: account, accountName: null, permissionSet: set, pathArn: '' },
    }),
  );
const DESIRED = fc
  .tuple(
    fc.uniqueArray(DESIRED_ROLE, {
      maxLength: 4,
      selector: ({ role }) => `${role?.accountId} ${role?.permissionSet}`,
    }),
    fc.boolean(),
  )
  .map(([roles, node]) => (node ? [NODE, ...roles] : roles));

const FACTS = fc.record({
  accountsRead: fc.subarray(ACCOUNTS, { minLength: 1 }),
  others: fc.array(ROLE_ARN, { maxLength: 3 }),
  prune: fc.constantFrom(null, null, { allowLockout: true }, { allowLockout: false }),
  rotate: fc.constantFrom(true, true, true, false),
});

/** A file, what is wanted in it, and what is known of AWS. */
export const MERGE_INPUT: fc.Arbitrary<MergeInput> = fc
  .record({
    source: SOURCE,
    desired: DESIRED,
    facts: FACTS,
    options: fc.record({ for: fc.constantFrom(null, 'apply', 'replace'), comments: fc.boolean() }),
  })
  .map(({ source, desired, facts, options }) => {
    const existing = [...desired.map(({ rolearn }) => rolearn), ...facts.others];
    const roleArns = existing.flatMap((arn) => parseProvisionedRoleArn(arn)?.roleArn.toLowerCase() ?? []);
    const { prune, rotate } = facts;
    const scope = new Set(prune ? facts.accountsRead : ACCOUNTS);
    const known = { accountsRead: new Set(facts.accountsRead), roleArns: new Set(roleArns), scope };
    return { source, desired, facts: { ...known, unresolved: [], prune, rotate }, options };
  });
