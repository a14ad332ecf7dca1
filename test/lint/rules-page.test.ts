import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readWithProblems } from '../../src/configmap/document.ts';
import { parseSnapshot } from '../../src/inventory/snapshot.ts';
import { lint, RULES } from '../../src/lint/lint.ts';
import type { FixKind, LintFinding, Rule } from '../../src/lint/rule.ts';
import { GOLDEN, type GoldenCase, goldenFiles } from '../golden-case.ts';
import { authorizerOf, clusterOf } from './check-case.ts';

const EXAMPLES = new Map(
  goldenFiles('rules').flatMap(({ golden }) => golden.cases.map((one) => [one.name, one] as const)),
);
const INVENTORY = parseSnapshot(
  readFileSync(join(GOLDEN, 'rules', 'inventory.json'), 'utf8'),
  'inventory.json',
);

/** An example of more than 1 MiB would help nobody, and who is let in without credentials is no matter of any entry. */
const WITHOUT_EXAMPLE = ['oversize', 'anonymous-admin'];

const FIXES: Readonly<Record<FixKind, string>> = {
  none: 'fixed by hand',
  safe: 'fixed by `--fix`',
  access: 'fixed by `--fix-access`',
};

function findingsOf({ sections }: GoldenCase, side: 'bad' | 'good'): LintFinding[] {
  const file = sections.get(`${side}.yaml`);
  const cluster = sections.get(`${side}.json`) ?? sections.get('cluster.json');
  const rbac = sections.get('rbac.yaml');
  return lint(file === undefined ? null : readWithProblems(file, `${side}.yaml`), {
    ...(sections.has('options.json') && { inventory: INVENTORY }),
    cluster: {
      eks: cluster === undefined ? undefined : clusterOf(cluster),
      rbac: rbac === undefined ? undefined : authorizerOf(rbac),
    },
  });
}

function sentence(text: string): string {
  const start = text.startsWith('kubectl') ? 'k' : text.charAt(0).toUpperCase();
  return `${start}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

function sectionFor({ name, severity, fix, summary, consequence, help }: Rule): string {
  const example = EXAMPLES.get(name);
  const block = (title: string, ...names: readonly string[]) => {
    const blocks = names.flatMap((section) => {
      const text = example?.sections.get(section);
      return text === undefined ? [] : `\`\`\`${section.split('.').at(-1)}\n${text}\`\`\`\n\n`;
    });
    return blocks.length > 0 ? `${title}\n\n${blocks.join('')}` : '';
  };
  return [
    `## ${name}\n\n`,
    `${severity}, ${FIXES[fix]}\n\n`,
    `**What:** ${sentence(summary)}\n\n`,
    `**Why:** ${sentence(consequence)}\n\n`,
    block('**With these bindings:**', 'rbac.yaml'),
    block('**With this cluster**, as in a snapshot:', 'cluster.json'),
    block('**Bad:**', 'bad.yaml', 'bad.json'),
    block('**Good:**', 'good.yaml', 'good.json'),
    `**How to fix:** ${sentence(help)}\n`,
  ].join('');
}

const HEAD = `# Rules

What \`aws-auth-sso check\` finds, rule by rule. \`--ignore RULE\` silences a rule for a run, a comment \`# aws-auth-sso: ignore RULE\` at an
entry silences it there. \`--error RULE\` raises the findings of a rule to errors, so that the run ends with exit 1. This page is written by \`npx vitest run test/lint/rules-page.test.ts -u\`, from the rules and from
\`test/golden/rules/rules.txtar\`, whose examples are held to what \`check\` says of them.

\`--cluster NAME\` counts in the access entries of an EKS cluster, of which no FILE is needed; \`--authentication-mode API\` says before the
mode is changed who would be locked out, or, without AWS and \`--cluster\`, that aws-auth is ignored. Examples in JSON are clusters
as a snapshot holds them. In all of them, the role of the permission set Dev was re-created on 2026-06-01 as
\`AWSReservedSSO_Dev_fedcba9876543210\`, and nobody is assigned Audit.
`;

test('docs/rules.md describes the rules as they are (npx vitest run test/lint/rules-page.test.ts -u writes it)', async () => {
  const rows = RULES.map(
    ({ name, severity, fix, summary }) =>
      `| [${name}](#${name}) | ${severity} | ${fix} | ${summary.replaceAll('|', '\\|')} |`,
  );
  const table = ['| rule | severity | fix | what it finds |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
  const page = `${HEAD}\n${table}\n\n${RULES.map(sectionFor).join('\n')}`;
  await expect(page).toMatchFileSnapshot('../../docs/rules.md');
});

test('every rule has an example, and every example a rule', () => {
  const names = RULES.map(({ name }) => name).filter((name) => !WITHOUT_EXAMPLE.includes(name));
  expect([...EXAMPLES.keys()].sort()).toEqual(names.sort());
});

test.each([...EXAMPLES])('the example of %s has a bad and a good side', (_, { sections }) => {
  for (const side of ['bad', 'good'])
    expect(sections.has(`${side}.yaml`) || sections.has(`${side}.json`)).toBe(true);
});

describe.each([...EXAMPLES])('the example of %s', (name, example) => {
  test('has the mistake where it is bad', () => {
    expect(findingsOf(example, 'bad').map(({ code }) => code)).toContain(name);
  });

  test('has neither it nor an error where it is good', () => {
    const wrong = findingsOf(example, 'good').filter(
      ({ code, severity }) => code === name || severity === 'error',
    );
    expect(wrong).toEqual([]);
  });
});
