import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readWithProblems } from '../../src/configmap/document.ts';
import { parseSnapshot } from '../../src/inventory/snapshot.ts';
import { lint, RULES } from '../../src/lint/lint.ts';
import type { FixKind, LintFinding, Rule } from '../../src/lint/rule.ts';
import { GOLDEN, type GoldenCase, goldenFiles } from '../golden-case.ts';
import { authorizerOf } from './check-case.ts';

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

function findingsOf(example: GoldenCase, section: 'bad.yaml' | 'good.yaml'): LintFinding[] {
  const document = readWithProblems(sectionOf(example, section), section);
  const rbac = example.sections.get('rbac.yaml');
  return lint(document, {
    ...(example.sections.has('options.json') && { inventory: INVENTORY }),
    ...(rbac !== undefined && { rbac: authorizerOf(rbac) }),
  });
}

function sectionOf({ name, sections }: GoldenCase, section: string): string {
  const text = sections.get(section);
  if (text === undefined) throw new Error(`the example of ${name} lacks ${section}`);
  return text;
}

function sentence(text: string): string {
  const start = text.startsWith('kubectl') ? 'k' : text.charAt(0).toUpperCase();
  return `${start}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

function sectionFor({ name, severity, fix, summary, consequence, help }: Rule): string {
  const example = EXAMPLES.get(name);
  const block = (title: string, section: string) =>
    example ? `${title}\n\n\`\`\`yaml\n${sectionOf(example, section)}\`\`\`\n\n` : '';
  return [
    `## ${name}\n\n`,
    `${severity}, ${FIXES[fix]}\n\n`,
    `**What:** ${sentence(summary)}\n\n`,
    `**Why:** ${sentence(consequence)}\n\n`,
    example?.sections.has('rbac.yaml') ? block('**With these bindings:**', 'rbac.yaml') : '',
    block('**Bad:**', 'bad.yaml'),
    block('**Good:**', 'good.yaml'),
    `**How to fix:** ${sentence(help)}\n`,
  ].join('');
}

const HEAD = `# Rules

What \`aws-auth-sso check\` finds, rule by rule. \`--ignore RULE\` silences a rule for a run, a comment \`# aws-auth-sso: ignore RULE\` at an
entry silences it there. This page is written by \`npx vitest run test/lint/rules-page.test.ts -u\`, from the rules and from
\`test/golden/rules/rules.txtar\`, whose examples are held to what \`check\` says of them.
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

describe.each([...EXAMPLES])('the example of %s', (name, example) => {
  test('has the mistake where it is bad', () => {
    expect(findingsOf(example, 'bad.yaml').map(({ code }) => code)).toContain(name);
  });

  test('has neither it nor an error where it is good', () => {
    const wrong = findingsOf(example, 'good.yaml').filter(
      ({ code, severity }) => code === name || severity === 'error',
    );
    expect(wrong).toEqual([]);
  });
});
