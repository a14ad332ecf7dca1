import { execFileSync } from 'node:child_process';
import * as v from 'valibot';

const issuesSchema = v.array(v.object({ number: v.number(), title: v.string() }));

/** By this title, the next run finds the issue. */
const TITLE = 'Published data has changed';

/** Opens an issue with the differences, or updates the open one. Returns what gh prints. */
export function reportIssue(differences: string): string {
  const body = `What others publish differs from this repository. .github/CONTRIBUTING.md says how to update it, under
"Data that others publish".

\`\`\`text
${differences}\`\`\`
`;
  const listed = gh([
    'issue',
    'list',
    '--state',
    'open',
    '--search',
    `in:title "${TITLE}"`,
    '--json',
    'number,title',
  ]);
  const issues = v.parse(issuesSchema, JSON.parse(listed));
  const known = issues.find(({ title }) => title === TITLE);
  if (known) return gh(['issue', 'edit', String(known.number), '--body', body]);
  return gh(['issue', 'create', '--title', TITLE, '--body', body]);
}

function gh(words: readonly string[]): string {
  return execFileSync('gh', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
