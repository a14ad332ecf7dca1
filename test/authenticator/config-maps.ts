import fc from 'fast-check';
import type { ConfigMapData } from './outcome.ts';
import { CLEAN_ITEM, ITEM } from './written-entries.ts';
import { ACCOUNT, GROUPS, SCALAR } from './written-values.ts';

const HEADS = [
  ...['\ufeff', '---\n', '--- \n', '--- ', '--- # c\n', '# c\n', '...\n', '\n\n', '  ', '\t'],
  ...['%YAML 1.1\n---\n', '%YAML 1.2\n---\n', '%TAG !e! tag:yaml.org,2002:\n---\n', '%FOO\n---\n'],
  ...[
    '%YAML 1.1\n\t\n---\n',
    '%TAG !e! x%C3%A9%C0%80\n---\n',
    '%TAG !e! x%Fa\n---\n',
    '%TAG !e! x%A9\n---\n',
  ],
  // libyaml reads 512 bytes at a time: moves what it has trouble with to an edge.
  ...[380, 420, 440, 450, 460, 470, 480, 490, 500].map((length) => `#${'p'.repeat(length)}\n`),
  ...[120, 200, 230, 240, 250].map((length) => `#${'é'.repeat(length)}\n`),
];
const TAILS = [
  ...['---\n', '---\n- rolearn: b\n', '...\n', '...\nx: [\n', '---\n"broken', '--- x: [', 'trailing\n'],
  ...['  ', '\t', '# c', '%', '- &', ']\n', '}', '\n\n# c\n', '\0'],
];

function sometimes(texts: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom(...texts) },
  );
}

const LINE_END = fc.constantFrom('\n', '\n', '\n', '\n', '\r\n', '\r\n', '\r', '\u2028');
const LIST = fc
  .tuple(sometimes(HEADS), fc.array(ITEM, { maxLength: 4 }), sometimes(TAILS), LINE_END, fc.boolean())
  .map(([head, items, tail, lineEnd, ends]) => {
    const text = `${head}${items.join('')}${tail}`;
    return (ends ? text : text.replace(/\n$/, '')).replaceAll('\n', lineEnd);
  });

interface Slip {
  readonly at: number;
  readonly take: number;
  readonly put: string;
}

/** An insertion, removal or replacement, as by a person or an editor. */
const SLIP: fc.Arbitrary<Slip> = fc.record({
  at: fc.nat(1000),
  take: fc.constantFrom(0, 0, 0, 1, 2, 5),
  put: fc.constantFrom(
    ...[
      '\n',
      ' ',
      '  ',
      '\t',
      '-',
      '- ',
      ':',
      ': ',
      '#',
      ' #',
      '"',
      "'",
      '[',
      ']',
      '{',
      '}',
      ',',
      '&a ',
      '*a',
    ],
    ...[
      '!',
      '!!str ',
      '|',
      '>',
      '%',
      '@',
      '`',
      '?',
      '? ',
      '\\',
      '\r',
      '---\n',
      '...',
      '\ufeff',
      '\u0085',
      '<<: ',
    ],
    ...['', '', '', '', '', '', ''],
  ),
});

function withSlips([text, slips]: readonly [string, readonly Slip[]]): string {
  const slipped = slips.reduce((before, { at, take, put }) => {
    const place = before.length === 0 ? 0 : at % before.length;
    return `${before.slice(0, place)}${put}${before.slice(place + take)}`;
  }, text);
  // Two byte order marks make libyaml swallow characters at random.
  return slipped.replace(/^\ufeff+/, '\ufeff');
}

const CLEAN_LIST = fc.array(CLEAN_ITEM, { minLength: 1, maxLength: 3 }).map((items) => items.join(''));
const SLIPS = fc.array(SLIP, { minLength: 1, maxLength: 3 });
const MAP = fc.oneof(
  { weight: 2, arbitrary: LIST },
  { weight: 2, arbitrary: fc.tuple(LIST, SLIPS).map(withSlips) },
  { weight: 2, arbitrary: fc.tuple(CLEAN_LIST, SLIPS).map(withSlips) },
);

/** A text that is empty, or looks empty. */
const NO_ACCOUNTS = fc.constantFrom(
  ...[
    '|-',
    '>+\n\n',
    '"" # none\n',
    "'' # none\n",
    '!',
    '!!int ',
    '!!str ',
    '!!null ""',
    '! ~',
    '~ # none\n',
  ],
);

const ACCOUNT_LIST = fc
  .array(
    fc.tuple(
      fc.constantFrom('- ', '- ', '-', '  - '),
      fc.oneof(ACCOUNT, SCALAR, GROUPS),
      fc.constantFrom('\n', '\n', ' # c\n'),
    ),
    { maxLength: 4 },
  )
  .map((lines) => lines.map((parts) => parts.join('')).join(''));
const ACCOUNTS = fc.oneof({ weight: 9, arbitrary: ACCOUNT_LIST }, { weight: 1, arbitrary: NO_ACCOUNTS });

/** A ConfigMap's `data`, usually with common mistakes. */
export const CONFIG_MAP: fc.Arbitrary<ConfigMapData> = fc.record(
  { mapRoles: MAP, mapUsers: MAP, mapAccounts: ACCOUNTS },
  { requiredKeys: ['mapRoles'] },
);
