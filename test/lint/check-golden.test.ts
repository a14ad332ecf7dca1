import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { fix } from '../../src/lint/fix.ts';
import { lint } from '../../src/lint/lint.ts';
import { readLintDocument } from '../../src/lint/lint-document.ts';
import { RULES } from '../../src/lint/rules/index.ts';
import { CHECK_CASES, readCheckCase, reportOf } from './check-case.ts';

describe.each(readdirSync(CHECK_CASES))('check %s', (name) => {
  const golden = readCheckCase(join(CHECK_CASES, name));
  const read = (text: string) => readLintDocument(text, golden.file);
  const run = (text: string, access: boolean) => fix(read(text), { ...golden.options, access });

  it('finds what is expected', () => {
    expect(reportOf(lint(read(golden.before), golden.options))).toBe(golden.findings);
  });

  it('mends what is safe', () => {
    expect(run(golden.before, false).text).toBe(golden.fixed);
  });

  it('mends what gives access, and says to whom', () => {
    const { text, effective, remaining } = run(golden.before, true);
    expect(text).toBe(golden.fixedAccess);
    expect(effective.map((line) => `${line}\n`).join('')).toBe(golden.effective);
    expect(reportOf(remaining)).toBe(golden.remaining);
  });

  it.each([false, true])('changes nothing the second time (access: %s)', (access) => {
    const { text } = run(golden.before, access);
    expect(run(text, access)).toMatchObject({ text, changed: false, mended: [], effective: [] });
  });
});

const all = readdirSync(CHECK_CASES).map((name) => readCheckCase(join(CHECK_CASES, name)).findings);

// The size has a test of its own: its case would be a file of more than 1 MiB.
const golden = RULES.filter(({ name }) => name !== 'oversize');

test.each(golden)('some case shows $name', ({ name, severity }) => {
  expect(all.some((findings) => findings.includes(` ${severity} ${name}`))).toBe(true);
});
