import { describe, expect, it } from 'vitest';
import { excerptOf } from '../../src/cli/commands/check-output.ts';
import { widthMeasure } from '../../src/cli/format/table.ts';

const widthOf = await widthMeasure([['日本']]);

describe('an excerpt', () => {
  const source = `first\n  username: yes # ${'x'.repeat(200)}\n`;

  it('points at the place with a caret below it, and omits distant text', () => {
    const start = source.indexOf('yes');
    const { line, caret } = excerptOf(source, { start, end: start + 3 }, widthOf);
    expect(line).toBe(`  username: yes # ${'x'.repeat(64)}…`);
    expect(caret).toBe('            ^~~');
  });

  it('is safe for a terminal, with a caret as wide as the text', () => {
    const text = '\u001b[31m日本\t: yes';
    const start = text.indexOf('yes');
    expect(excerptOf(text, { start, end: start }, widthOf)).toEqual({
      line: '\\u{1b}[31m日本\\t: yes',
      caret: `${' '.repeat(18)}^`,
    });
  });

  it.each([20, 40, 76, 200])('fits %d columns, and the caret still points at the place', (columns) => {
    const long = `${'日本'.repeat(40)}\u001b: yes${' '.repeat(5)}${'x'.repeat(200)}`;
    const start = long.indexOf('yes');
    const { line, caret } = excerptOf(long, { start, end: start + 3 }, widthOf, columns);
    expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(widthOf(caret)).toBeLessThanOrEqual(columns);
    const before = line.slice(0, line.indexOf('yes'));
    expect(caret).toBe(`${' '.repeat(widthOf(before))}^~~`);
  });

  it.each([0, 1, 2, 3, 10])('terminates with some output on a terminal of %i columns', (columns) => {
    const { line, caret } = excerptOf('  - rolearn: x\n', { start: 4, end: 11 }, widthOf, columns);
    expect(line.length).toBeLessThanOrEqual(Math.max(columns, 3));
    expect(line).toContain('r');
    expect(caret).toContain('^');
  });
});
