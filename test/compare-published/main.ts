import { compareWith } from './compare.ts';
import { fetchPublished } from './fetch.ts';
import { reportIssue } from './issue.ts';

const USAGE = `npm run compare:published -- [--fetch | --issue] DIRECTORY
  DIRECTORY  copies of what Kubernetes, AWS and aws-iam-authenticator publish
  --fetch    download the copies; needs Go
  --issue    open or update an issue with the differences; needs gh

Prints a line for each difference from this repository. Exits with 1 if there is one, with 2 if a copy is missing or
can't be read.
`;

interface Result {
  readonly text: string;
  readonly exitCode: 0 | 1 | 2;
}

/** Compares the data in this repository that others publish with copies of what is published now. */
export async function main(argv: readonly string[]): Promise<Result> {
  const [directory, ...others] = argv.filter((word) => !word.startsWith('--'));
  const [mode, ...modes] = argv.filter((word) => word.startsWith('--'));
  const isKnown = mode === undefined || mode === '--fetch' || mode === '--issue';
  if (directory === undefined || !isKnown || [...others, ...modes].length > 0)
    return { text: USAGE, exitCode: 2 };
  try {
    if (mode === '--fetch') return { text: await fetchPublished(directory), exitCode: 0 };
    const differences = compareWith(directory);
    const text = differences.map((line) => `${line}\n`).join('');
    if (mode === '--issue' && text) return { text: `${text}${reportIssue(text)}`, exitCode: 0 };
    return text ? { text, exitCode: 1 } : { text: 'no difference\n', exitCode: 0 };
  } catch (error) {
    return { text: `${error instanceof Error ? error.message : error}\n`, exitCode: 2 };
  }
}
