import { describe, expect, it } from 'vitest';
import { excerptOf } from '../../src/cli/excerpt.ts';

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
