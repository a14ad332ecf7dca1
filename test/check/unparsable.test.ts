import { describe, expect, test } from 'vitest';
import { indentLines } from '../../src/aws-auth/block-scalar.ts';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument, RULES } from '../../src/check/check.ts';
import { fix } from '../../src/check/fix.ts';
import type { MapKey } from '../../src/map-entry.ts';

const HEAD = 'metadata: {name: aws-auth}\ndata:\n';
const ABOUT_TEXTS = ['unparsable-map', 'not-a-list', 'unquoted-template', 'helm-template'];
const IGNORE = RULES.map(({ name }) => name).filter((name) => !ABOUT_TEXTS.includes(name));

function documentOf(text: string, key: MapKey) {
  return readWithProblems(`${HEAD}  ${key}: |1\n${indentLines(text, 3)}`, 'f');
}

/** Each finding as its place in the key's text, its rule and its help. */
function findingsOf(text: string, key: MapKey = 'mapRoles'): string[] {
  return checkDocument(documentOf(text, key), { ignore: IGNORE }).map(
    ({ location: { line = 0, column = 0 }, code, help }) => `${line - 3}:${column - 3} ${code}: ${help}`,
  );
}

function fixed(text: string): string {
  const result = fix(documentOf(text, 'mapRoles'), { ignore: IGNORE, access: true });
  return result.text.slice(result.text.indexOf('|1\n') + 3).replace(/^ {3}/gm, '');
}

const TAB = "Replace the tab with spaces: YAML doesn't allow tabs for indentation.";
const SPECIAL = (character: string) =>
  `Put the value in double quotes: a leading "${character}" has a special meaning in YAML.`;
const ANYTHING = "Fix the YAML. Align an entry's fields two columns to the right of its dash.";

const BOMB = Array.from(
  { length: 8 },
  (_, level) => `- &a${level + 1} [${Array(9).fill(`*a${level}`).join()}]\n`,
).join('');

test.each([
  ['- rolearn: a\n\tusername: b\n', '2:1', TAB],
  ['- rolearn: a\n  \tusername: b\n', '2:3', TAB],
  ['- rolearn: @x\n', '1:12', SPECIAL('@')],
  ['- rolearn: *x\n', '1:12', SPECIAL('*')],
  ["- rolearn: 'x\n", '1:12', ANYTHING],
  ['- rolearn: a\n  user-name:b\n', '2:3', ANYTHING],
  [`- &a0 x\n${BOMB}`, '3:3', ANYTHING],
  ['- username: !!int x\n', '1:13', ANYTHING],
  ['- <<: x\n', '1:7', ANYTHING],
  ['- rolearn: a\nusername: b\n', '2:1', ANYTHING],
  ['- rolearn: a\n  username: b: c\n', '2:14', ANYTHING],
  ['- rolearn: a\n  groups: [a\n', '3:-2', ANYTHING],
])('an unparsable text has one finding, with its place: %j', (text, place, help) => {
  expect(findingsOf(text)).toEqual([`${place} unparsable-map: ${help}`]);
});

test.each([
  ['|\n- rolearn: a\n', '1:1'],
  ['\n  |\n  - a\n', '2:3'],
  ['{rolearn: a}', '1:1'],
  ['-rolearn: a\n', '1:1'],
  ['mapRoles:\n- rolearn: a\n', '1:1'],
  ['"{{x}}"', '1:1'],
])('a text that is not a list has one finding, with its place: %j', (text, place) => {
  const help = 'Write a list: each entry starts with "- " before its first field.';
  expect(findingsOf(text)).toEqual([`${place} not-a-list: ${help}`]);
});

describe('a template without quotes', () => {
  const quotes = (value: string) => `unquoted-template: Put it in double quotes: "${value}"`;
  const byHand = 'unquoted-template: Put the whole value in double quotes.';

  test.each([
    ['- rolearn: r\n  groups: [{{SessionName}}, a]\n', '2:12'],
    ['- rolearn: r\n  groups: [  {{SessionName}}, a]\n', '2:14'],
    ['- rolearn: r\n  groups: [a, {{SessionName}}]\n', '2:15'],
    ['- rolearn: r\n  groups: [a,{{SessionName}}]\n', '2:14'],
    ['- {rolearn: r, username: {{SessionName}}}\n', '1:26'],
    ['- {rolearn: r, username:  {{SessionName}}}\n', '1:27'],
    ['- rolearn: r\n  groups:\n  - {{ SessionName }}\n', '3:5'],
    ['- rolearn: r\n  username: {{  SessionName  }}\n', '2:13'],
  ])('is found at the start of any value: %j', (text, place) => {
    expect(findingsOf(text)).toEqual([`${place} ${byHand}`]);
    expect(fixed(text)).toBe(text);
  });

  test.each([
    ['- rolearn: r\n  groups:\n  -   {{SessionName}}\n', '3:7', '{{SessionName}}'],
    ['- rolearn: r\n  username:  {{SessionName}}-x # hi\n', '2:14', '{{SessionName}}-x'],
    ['- rolearn: r\n  username: {{SessionName}}@{{AccountID}}\n', '2:13', '{{SessionName}}@{{AccountID}}'],
  ])('is quoted if it is a whole value: %j', (text, place, value) => {
    expect(findingsOf(text)).toEqual([`${place} ${quotes(value)}`]);
    expect(fixed(text)).toBe(text.replace(value, `"${value}"`));
  });

  test('is not quoted while another mistake remains', () => {
    const text =
      '- rolearn: a\n  username: {{SessionName}}\n- rolearn: b\n  groups:\n  - x\n  username: {{AccountID}}\n   x: y\n';
    expect(findingsOf(text)).toHaveLength(1);
    expect(fixed(text)).toBe(text);
  });

  test.each(['{{}}', 'b: {{SessionName}}'])('is not %s', (value) => {
    expect(findingsOf(`- rolearn: r\n  username: ${value}\n`)).toEqual([`2:14 unparsable-map: ${ANYTHING}`]);
  });

  test('is also found in mapUsers, with other mistakes in mapUsers and mapAccounts', () => {
    expect(findingsOf('- username: {{SessionName}}\n  userarn: u\n', 'mapUsers')).toEqual([
      `1:13 ${quotes('{{SessionName}}')}`,
    ]);
    expect(findingsOf('- userarn: a\n  username: b: c\n', 'mapUsers')).toEqual([
      `2:14 unparsable-map: ${ANYTHING}`,
    ]);
    expect(findingsOf('- {{AccountID}}: {{AccountID}}\n- a: b: c\n', 'mapAccounts')).toEqual([
      `2:7 unparsable-map: ${ANYTHING}`,
    ]);
  });
});

describe('a Helm template', () => {
  test.each([
    ['{{ .Values.x }}', '1:1'],
    ['- rolearn: r\n  username: {{ .Values.x }}\n# {{ a }}\n', '2:13'],
    ['# {{ .Values.a }}\n- rolearn: {{ .Values.x }}\n', '2:12'],
    ['# a\n# {{ .Values.a }} {{ .Values.b }}\n- {{ .Values.x }}: {{ .Values.y }}: z\n', '3:3'],
  ])('makes the text unparsable: %j', (text, place) => {
    expect(findingsOf(text)).toEqual([
      expect.stringMatching(`^${place} helm-template: Render the file first`),
    ]);
  });

  test('is ignored in a comment', () => {
    expect(findingsOf('- rolearn: r\n  username: b: c # {{ .Values.x }}\n')).toEqual([
      `2:14 unparsable-map: ${ANYTHING}`,
    ]);
  });
});
