import { expect, it, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument, RULES } from '../../src/check/check.ts';
import { fix } from '../../src/check/fix.ts';
import { describeGolden, expectOutcome, goldenFiles } from '../golden-case.ts';
import { readCheckCase, reportOf } from './check-case.ts';

const SECTIONS = [
  'options.json',
  'inventory.json',
  'cluster.json',
  'rbac.yaml',
  'findings',
  'fixed',
  'fixed-access',
  'effective',
  'remaining',
];

describeGolden('check', SECTIONS, (golden) => {
  const { file, before, options } = readCheckCase(golden);
  if (before === null) {
    it('has the expected findings in the access entries', () => {
      expectOutcome(golden, { findings: reportOf(checkDocument(null, options)) || undefined });
    });
    return;
  }
  const run = (text: string, access: boolean) => fix(readWithProblems(text, file), { ...options, access });

  it('has the expected findings and fixes', () => {
    const findings = reportOf(checkDocument(readWithProblems(before, file), options));
    const safe = run(before, false).text;
    const { text, effective, remaining } = run(before, true);
    const left = reportOf(remaining);
    expectOutcome(golden, {
      findings: findings || undefined,
      fixed: safe === before ? undefined : safe,
      'fixed-access': text === safe ? undefined : text,
      effective: effective.map((line) => `${line}\n`).join('') || undefined,
      remaining: left === findings ? undefined : left,
    });
  });

  it.each([false, true])('changes nothing the second time (access: %s)', (access) => {
    const { text } = run(before, access);
    expect(run(text, access)).toMatchObject({ text, changed: false, fixed: [], effective: [] });
  });
});

const all = goldenFiles('check')
  .flatMap(({ golden }) => golden.cases)
  .map(({ sections }) => sections.get('findings') ?? '');

// The size has a separate test: its case would be a file of more than 1 MiB.
const shown = RULES.filter(({ name }) => name !== 'oversize');

test.each(shown)('a case has $name', ({ name, severity }) => {
  expect(all.some((findings) => findings.includes(` ${severity} ${name}`))).toBe(true);
});
