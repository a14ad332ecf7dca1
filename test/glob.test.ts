import { describe, expect, test } from 'vitest';
import { globProblem, isGlob } from '../src/glob.ts';
import { globMatcher } from '../src/glob-matcher.ts';

describe('isGlob', () => {
  test.each(['Dev*', 'Dev?', '[ab]', '{a,b}', '*'])('%s', (text) => expect(isGlob(text)).toBe(true));
  test.each(['Admin', 'Dev.Ops+1', 'a,b=c@d', '!Admin', '(a|b)', 'CORP\\admins', 'a]', 'a}', ''])(
    '%s is an exact name',
    (text) => expect(isGlob(text)).toBe(false),
  );
});

describe('matches whole names', () => {
  test.each([
    ['*', 'a/b'],
    ['*', '.hidden'],
    ['*', '..'],
    ['a?b', 'a/b'],
    ['Dev*', 'Dev'],
    ['[ab]x', 'bx'],
    ['[a-c]x', 'bx'],
    ['[^a]', 'b'],
    ['{a,b}c', 'bc'],
    ['{a,{b,c}}d', 'cd'],
    ['{,a}b', 'b'],
    ['a\\*b', 'a*b'],
    ['ü*', 'über'],
  ])('%s matches %s', (glob, name) => expect(globMatcher(glob)(name)).toBe(true));

  test.each([
    ['Dev*', 'dev-1'],
    ['Dev*', 'MyDev'],
    ['Dev?', 'Dev'],
    ['[ab]', 'ab'],
    ['[a]', 'a/'],
    ['a*', 'ba'],
    ['a\\*b', 'axb'],
  ])("%s doesn't match %s", (glob, name) => expect(globMatcher(glob)(name)).toBe(false));
});

describe('other punctuation matches itself', () => {
  test.each([
    ['a+*', 'a+b', 'aab'],
    ['[a]+', 'a+', 'aa'],
    ['[a](b)', 'a(b)', 'ab'],
    ['(a|b)*', '(a|b)c', 'a'],
    ['!a*', '!ab', 'b'],
    ['[!a]', '!', 'b'],
    ['@(a)?', '@(a)x', 'ax'],
    ['+(a)*', '+(a)', 'aa'],
    ['{a,b}.c', 'b.c', 'bxc'],
    ['{1..3}', '{1..3}', '2'],
    ['[a]{2}', 'a{2}', 'aa'],
    ['./a*', './ab', 'ab'],
    ['"a"*', '"a"b', 'ab'],
    ['*$', 'x$', 'x'],
  ])('%s matches %s but not %s', (glob, taken, left) => {
    expect(globMatcher(glob)(taken)).toBe(true);
    expect(globMatcher(glob)(left)).toBe(false);
  });
});

test('a name that equals the glob is matched', () => {
  expect(globMatcher('Admin')('Admin')).toBe(true);
  expect(globMatcher('Admin')('Admins')).toBe(false);
  expect(globMatcher('prod[1]')('prod[1]')).toBe(true);
  expect(globMatcher('[a')('[a')).toBe(true);
  expect(globMatcher('{a')('{a')).toBe(true);
});

describe('a glob that would take too long', () => {
  const nested = (depth: number): string =>
    depth === 0 ? 'a' : `{${nested(depth - 1)},${nested(depth - 1)}}`;

  test.each([
    ['{a,b}'.repeat(10), 1024],
    [nested(10), 1024],
    [nested(12), 4096],
    [`{${'a,'.repeat(1000)}a}`, 1001],
    [`{{${'a,'.repeat(499)}a},b}{c,d}`, 1002],
    [`${'{a,b}'.repeat(9)}{a,b`, 1024],
  ])('%.40s has %d alternatives', (glob) => {
    expect(globProblem(glob)).toContain('more than 1,000 alternatives');
  });

  test.each([
    '*a*a*a*a*a*a*a',
    '{x,*a*a*a*a}*a*a*a',
    '*'.concat('?*'.repeat(6)),
    '*a*a*a,*a*a*a*a',
    '*a*a*a}*a*a*a*a',
  ])('%s has too many stars', (glob) => expect(globProblem(glob)).toContain('more than 6 stars'));

  test.each([
    '*',
    '**********',
    'prod-{eu,us}-*',
    '*a*a*a*a*a*a',
    '{a*,b*,c*,d*,e*,f*,g*,h*}',
    `{${'a,'.repeat(999)}a}`,
    '{a,b}'.repeat(9),
    '\\{a,b}'.repeat(20),
    'a,'.repeat(2000),
    '{'.repeat(2000),
    '}'.repeat(2000),
    '\\*'.repeat(20),
  ])('%.40s is fine', (glob) => expect(globProblem(glob)).toBeUndefined());
});

test('a glob that picomatch refuses is a problem first', () => {
  expect(globProblem(`${'x'.repeat(9_999)}*`)).toBeUndefined();
  expect(globProblem(`${'x'.repeat(10_000)}*`)).toBe('has more than 10,000 characters; use fewer');
});
