import { expect, it } from 'vitest';
import { Failure, type Finding, formatLocation, type Problem } from '../../src/errors.ts';
import { describeGolden, expectOutcome } from '../golden-case.ts';
import { type MergeCase, readMergeCase, runMergeCase } from './merge-case.ts';

describeGolden('merge', ['merge.json', 'after', 'findings', 'error'], (golden) => {
  const given = readMergeCase(golden);

  it('gives the expected bytes and findings, or error', () => {
    expectOutcome(golden, outcomeOf(given));
  });

  if (!golden.sections.has('findings')) return;
  it('changes nothing the second time', () => {
    const { text } = runMergeCase(given, given.before);
    expect(runMergeCase(given, text).text).toBe(text);
  });
});

type Outcome = Record<'after' | 'findings' | 'error', string | undefined>;

function outcomeOf(given: MergeCase): Outcome {
  try {
    const { changed, text, summary, findings } = runMergeCase(given, given.before);
    if (!changed) expect(text).toBe(given.before);
    return {
      after: changed ? text : undefined,
      findings: `${summary}\n${findings.map(findingText).join('')}`,
      error: undefined,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const problems = error.findings.map(problemText).join('');
    return { after: undefined, findings: undefined, error: `exit ${error.exitCode}\n${problems}` };
  }
}

function findingText({ severity, code, message, location: place, help: next }: Finding): string {
  const said = `${severity} ${code}\n  ${place ? `${formatLocation(place)}: ` : ''}${message}\n`;
  return next === undefined ? said : `${said}    ${next}\n`;
}

function problemText({ message, location: place, help: next }: Problem): string {
  return `${place ? formatLocation(place) : '-'}: ${message}\n  ${next}\n`;
}
