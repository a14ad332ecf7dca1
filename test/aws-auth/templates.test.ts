import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TemplateNames, templateMatcher } from '../../src/aws-auth/templates.ts';

const VARIABLES = ['{{SessionName}}', '{{AccountID}}', '{{Unknown}}'];

test('finds the same names for a template as testing each name', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', ':', '😀', '\ud83d'), maxLength: 5 });
  const template = fc
    .array(fc.oneof(text, fc.constantFrom(...VARIABLES)), { maxLength: 4 })
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(template, fc.array(fc.oneof(text, template), { maxLength: 20 }), (one, names) => {
      const matches = templateMatcher(one);
      const found = matches && [...names.keys()].filter((index) => matches(names[index] ?? ''));
      expect(new TemplateNames(names).matching(one)).toEqual(found);
    }),
    { numRuns: 1000 },
  );
});

describe('the names that a template can become', () => {
  test.each<[string, string, boolean]>([
    ['sso:{{SessionName}}', 'sso:alice-example.com', true],
    ['sso:{{SessionName}}', 'sso:a_b+c=d,e', true],
    ['sso:{{SessionName}}', 'sso:alice@example.com', false],
    ['sso:{{SessionNameRaw}}', 'sso:alice@example.com', true],
    ['sso:{{SessionName}}', 'SSO:alice', false],
    ['sso:{{SessionName}}', 'xsso:alice', false],
    ['sso:{{SessionName}}', 'sso:team:alice', false],
    ['{{SessionName}}', 'alice', true],
    ['{{SessionName}}', 'system:admin', false],
    ['{{SessionName}}:x', 'alice:x', true],
    ['{{SessionName}}:x', 'alice:x:x', false],
    ['{{AccountID}}:{{SessionName}}', '111122223333:alice', true],
    ['{{AccountID}}:{{SessionName}}', 'prod:alice', false],
    ['{{AccountID}}-{{SessionName}}-x', '111122223333-2-x-x', true],
    ['{{AccountID}}-{{SessionName}}-x', '1-2-x', false],
    ['{{SessionName}}{{AccountID}}', 'ab111122223333', true],
    ['{{SessionName}}{{AccountID}}', 'a1', false],
    ['{{SessionName}}a{{SessionName}}', 'bbabb', true],
    ['{{SessionName}}a{{SessionName}}', 'bbab', false],
    ['{{SessionName}}a{{SessionName}}', 'bbcbb', false],
    ['s:{{SessionNameRaw}}', 's:', false],
    ['s:{{SessionNameRaw}}', 's:a', false],
    ['s:{{SessionNameRaw}}', 's:@b', true],
    ['{{SessionName}}a{{AccountID}}', 'aaa111122223333', true],
    ['{{SessionName}}a{{AccountID}}', 'aab111122223333', false],
    ['key-{{AccessKeyID}}', 'key-ASIA567890123456', true],
    ['key-{{AccessKeyID}}', 'key-ASIA.67890123456', false],
    ['system:node:{{EC2PrivateDNSName}}', 'system:node:ip-10-0-0-1.ec2.internal', true],
    ['system:node:{{EC2PrivateDNSName}}', 'system:node:a=b', false],
    ['a.b{{SessionName}}', 'axbc', false],
    ['x{{SessionName}}x', 'x', false],
    ['[{{SessionName}}]*', '[alice]*', true],
  ])('%s: %s', (template, name, expected) => {
    expect(templateMatcher(template)?.(name)).toBe(expected);
  });

  test.each(['alice', '', '{{Unknown}}', '{{ SessionName }}', '{{sessionname}}'])(
    '%j has no variables',
    (name) => {
      expect(templateMatcher(name)).toBeUndefined();
    },
  );

  test("a name that is too long for any value doesn't match", () => {
    const matches = templateMatcher('a{{SessionName}}b');
    expect(matches?.(`a${'x'.repeat(64)}b`)).toBe(true);
    expect(matches?.(`a${'x'.repeat(65)}b`)).toBe(false);
    expect(matches?.(`a${'x'.repeat(10_000)}b`)).toBe(false);
  });
});
