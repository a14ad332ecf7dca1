import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Failure, type Problem } from '../../src/errors.ts';
import type { MergeResult } from '../../src/merge/merge.ts';
import { type MergeCase, readMergeCase, runMergeCase } from './merge-case.ts';

const FOLDER = join(import.meta.dirname, '../golden/merge');

describe.each(readdirSync(FOLDER))('merge %s', (name) => {
  const golden = readMergeCase(join(FOLDER, name));
  if (golden.error !== null) {
    it('is refused', () => {
      expect(failureOf(golden)).toBe(golden.error);
    });
    return;
  }

  it('gives the expected bytes and findings', () => {
    const result = runMergeCase(golden, golden.before);
    expect(result.text).toBe(golden.after ?? golden.before);
    expect(reportOf(result)).toBe(golden.findings);
    expect(result.changed).toBe(golden.after !== null);
  });

  it('changes nothing the second time', () => {
    const { text } = runMergeCase(golden, golden.before);
    expect(runMergeCase(golden, text).text).toBe(text);
  });
});

function reportOf({ summary, findings }: MergeResult): string {
  return [summary, ...findings.map(({ severity, code }) => `${severity} ${code}`)]
    .map((line) => `${line}\n`)
    .join('');
}

function failureOf(golden: MergeCase): string {
  try {
    runMergeCase(golden, golden.before);
  } catch (error) {
    if (error instanceof Failure)
      return `exit ${error.exitCode}\n${error.findings.map(problemText).join('')}`;
    throw error;
  }
  return 'no failure';
}

function problemText({ message, location: place, help: next }: Problem): string {
  const where = place
    ? [place.file, place.line, place.column].filter((part) => part !== undefined).join(':')
    : '-';
  return `${where}: ${message}\n  ${next}\n`;
}
