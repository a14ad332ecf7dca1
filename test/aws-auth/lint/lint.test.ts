import { describe, expect, it, test } from 'vitest';
import { excerptOf } from '../../../src/aws-auth/lint/excerpt.ts';
import { fix } from '../../../src/aws-auth/lint/fix.ts';
import { lint } from '../../../src/aws-auth/lint/lint.ts';
import { readLintDocument } from '../../../src/aws-auth/lint/lint-document.ts';
import { provisionedRoleAccounts } from '../../../src/aws-auth/lint/role-accounts.ts';
import { RULES } from '../../../src/aws-auth/lint/rules.ts';
import { indentLines } from '../../../src/aws-auth/render.ts';
import { Failure } from '../../../src/errors.ts';

const HEAD = 'kind: ConfigMap\nmetadata:\n  name: aws-auth\ndata:\n  mapRoles: |\n';

function document(list: string) {
  return readLintDocument(HEAD + indentLines(list, 4), 'aws-auth.yaml');
}

test('every rule has a name of its own, in kebab-case, and says what it leads to and how to mend it', () => {
  expect(new Set(RULES.map(({ name }) => name)).size).toBe(RULES.length);
  for (const { name, summary, consequence, cure } of RULES) {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(`${summary}${consequence}`).not.toMatch(/[.\n]$/);
    expect(summary).toMatch(/^\S.*[^.]$/);
    expect(cure).toMatch(/^[A-Z`].*\.$/);
  }
});

describe('the size of a ConfigMap', () => {
  const entry = (index: number) =>
    `- rolearn: arn:aws:iam::111122223333:role/r${index}\n  username: system:node:x\n  groups: [${'g'.repeat(400)}]\n`;
  const rulesOf = (count: number) =>
    lint(document(Array.from({ length: count }, (_, index) => entry(index)).join(''))).map(
      ({ severity, rule }) => `${severity} ${rule}`,
    );

  it('is no matter up to 256 KiB, a warning above and an error above 1 MiB', () => {
    expect(rulesOf(520)).toEqual([]);
    expect(rulesOf(540)).toEqual(['warning oversize']);
    expect(rulesOf(2200)).toEqual(['error oversize']);
  });
});

describe('what is no aws-auth at all', () => {
  it.each([
    '',
    '# nothing\n',
    'kind: ConfigMap\nmetadata: {name: other}\n',
    '- a\n- b\n',
    '- role: Admin\n',
    'x: [\n',
  ])('is refused: %j', (source) => {
    expect(() => readLintDocument(source, 'f')).toThrow(Failure);
  });

  it.each(['- role_arn: arn:aws:iam::111122223333:role/a\n', '# aws-auth\nx: [\n', '- rolearn: [\n'])(
    'is not what only is broken: %j',
    (source) => {
      expect(lint(readLintDocument(source, 'f'))).not.toEqual([]);
    },
  );
});

describe('an excerpt', () => {
  const source = `first\n  username: yes # ${'x'.repeat(200)}\n`;

  it('points at the place with a caret below it, and leaves out what is far away', () => {
    const start = source.indexOf('yes');
    const { line, caret } = excerptOf(source, { start, end: start + 3 });
    expect(line).toBe(`  username: yes # ${'x'.repeat(64)}…`);
    expect(caret).toBe('            ^~~');
  });

  it('is fit for a terminal, and as wide as what it shows', () => {
    const text = '\u001b[31m日本\t: yes';
    const start = text.indexOf('yes');
    expect(excerptOf(text, { start, end: start })).toEqual({
      line: '\\u{1b}[31m日本\\t: yes',
      caret: `${' '.repeat(18)}^`,
    });
  });
});

test('names the accounts of provisioned roles, whatever is wrong around them', () => {
  const list = [
    '- rolearn: arn:aws:iam::222233334444:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef',
    '  username: {{SessionName}}',
    '- role_arn: arn:aws:iam::111122223333:role/AWSReservedSSO_B_0123456789abcdef',
    '- rolearn: arn:aws:iam::333344445555:role/other',
  ];
  expect(provisionedRoleAccounts(document(list.join('\n')))).toEqual(['111122223333', '222233334444']);
});

test('the text of a fix is the same string where nothing changes', () => {
  const before = document('- rolearn: arn:aws:iam::111122223333:role/a\n  username: system:node:x\n');
  expect(fix(before, { access: true })).toEqual({
    text: before.source,
    changed: false,
    mended: [],
    effective: [],
    remaining: [],
  });
});
