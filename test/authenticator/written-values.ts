import fc from 'fast-check';

/** Values that people write into aws-auth, valid or not. */

export const ACCOUNT = fc.constantFrom('111122223333', '012345678901', '444455556666');
const ROLE = fc.constantFrom('node', 'AWSReservedSSO_Admin_0123456789abcdef', 'Dev.Ops+1', 'a/b', 'ÄÖ', 'x*');
export const ARN = fc
  .tuple(
    fc.constantFrom('aws', 'aws', 'aws-cn', 'aws-us-gov'),
    ACCOUNT,
    fc.constantFrom('role', 'user', 'ROLE'),
    ROLE,
  )
  .map(([partition, account, kind, name]) => `arn:${partition}:iam::${account}:${kind}/${name}`);

const TEMPLATE = fc.constantFrom('{{SessionName}}', '{{EC2PrivateDNSName}}', '{{AccountID}}', '{{ nope }}');
const PREFIX = fc.constantFrom('admin:', 'system:node:', 'x-', '@', '%', '#', '- ');
const NAME = fc.oneof(
  fc.constantFrom('system:masters', 'system:nodes', 'admin', 'sso:{{SessionName}}'),
  fc.constantFrom('a - b', 'a: b', "it's", 'say "x"'),
  TEMPLATE,
  fc.tuple(PREFIX, TEMPLATE).map((parts) => parts.join('')),
);

const YAML_1_1_WORDS = 'yes No on OFF y N True ~ null Null NULL .inf -.INF .NaN = <<'.split(' ');
const NUMBERS = [
  '0o7 0o9 0755 08 0b11 0b12 0x1F 0x -0b1 +5 -5 1_000 _1 1__0 1.0 .5 .5_5 1. 1e3 1E+3 .e5 1e999 190:20:30',
  '2026-01-01 2026-01-01T10:00:00Z 9223372036854775808 18446744073709551616 -0x8000000000000000',
].flatMap((line) => line.split(' '));
const INDICATORS = [
  '- ? : -- --- ... ! !! & * % @ ` | > [] {} [a] {a} {a:b} , # "" \'\' a#b a:b :a ?a -a a:'.split(' '),
  [
    'a #b',
    'a: b',
    '- a',
    '? a',
    '"a',
    "'a",
    'a"b"',
    '[a',
    '{a: b',
    '""x',
    "'a''b'",
    '*a',
    '*id',
    '&id',
    '&id x',
  ],
].flat();
const TAGGED = [
  [
    '!!str 5',
    '!!str',
    '!!int x',
    '!!int 5',
    '!!bool yes',
    '!!float 5',
    '!!null x',
    '!!null',
    '!!binary YQ==',
  ],
  [
    '!!binary 4oI=',
    '!!binary 77u/YQ==',
    '!!binary YeKCrP/wn5iAgA==',
    '!<x%C0%80> 5',
    '!<x%80> 5',
    '!!null ""',
  ],
  ['!!binary Y', '!local 5', '! 5', '! "5"', '!!foo 5', '!!timestamp 2026-01-01', '!e!str 5'],
  ['!<tag:yaml.org,2002:int> 5', '!!int "5"', '!!merge x', '!!timestamp 5', '!%41 5'],
].flat();
const ESCAPED = ['"a\\x41"', '"\\u00e9"', '"\\/"', '"\\q"', '"a\\\n    b"', '"\\ud800"', '"\\U0001F600"'];
const UNICODE = [
  ['a\tb', 'a\t', '\ta', 'a  ', 'é', '日本', '😀', '“a”', 'a\u0085b', 'a\u2028b', '\u00a0a', 'a\u200b'],
  ['\ufeffa', '\u0007'],
].flat();
/** Plain scalars that YAML 1.1, YAML 1.2 and people read differently, and text that starts like another construct. */
const ODD_SCALAR = fc.constantFrom(...[YAML_1_1_WORDS, NUMBERS, INDICATORS, TAGGED, ESCAPED, UNICODE].flat());

export const SINGLE_QUOTED = NAME.map((text) => `'${text.replaceAll("'", "''")}'`);
export const DOUBLE_QUOTED = NAME.map((text) => JSON.stringify(text));
const HEADER = fc.constantFrom(
  '|',
  '>',
  '|-',
  '>-',
  '|+',
  '>+',
  '|2',
  '>1',
  '|-2',
  '| # c',
  '|#',
  '|0',
  '>x',
);
const BLOCK_SCALAR = fc
  .tuple(HEADER, NAME, fc.constantFrom('      ', '    ', '   ', '  ', '\t', ''))
  .map(([header, text, indent]) => `${header}\n${indent}${text}\n${indent}more`);
const TWO_LINES = fc
  .tuple(NAME, fc.constantFrom('\n    ', '\n      ', '\n  ', '\n\n    '), NAME)
  .map((parts) => parts.join(''));

export const SCALAR = fc.oneof(
  { weight: 5, arbitrary: NAME },
  { weight: 3, arbitrary: SINGLE_QUOTED },
  { weight: 3, arbitrary: DOUBLE_QUOTED },
  { weight: 2, arbitrary: ODD_SCALAR },
  { weight: 1, arbitrary: BLOCK_SCALAR },
  { weight: 1, arbitrary: TWO_LINES },
);

const COMMA = fc.constantFrom(', ', ',', ' , ', ',\n      ', ',\n', ', # c\n    ');
const FLOW_END = fc.constantFrom(']', ' ]', ',]', '\n    ]', '\n]', '\n  ]', '');
const FLOW_LIST = fc
  .tuple(fc.array(SCALAR, { maxLength: 3 }), COMMA, FLOW_END)
  .map(([items, comma, end]) => `[${items.join(comma)}${end}`);
const INDENT = fc.constantFrom('  ', '    ', '      ', ' ', '\t');
const DASH = fc.constantFrom('- ', '- ', '-   ', '-', '-\t', '* ');
const BLOCK_LIST = fc
  .tuple(fc.array(SCALAR, { minLength: 1, maxLength: 3 }), INDENT, DASH)
  .map(([items, indent, dash]) => items.map((item) => `\n${indent}${dash}${item}`).join(''));
export const GROUPS = fc.oneof(
  { weight: 4, arbitrary: BLOCK_LIST },
  { weight: 3, arbitrary: FLOW_LIST },
  { weight: 1, arbitrary: SCALAR },
);
