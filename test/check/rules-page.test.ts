import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument, RULES } from '../../src/check/check.ts';
import type { CheckFinding, FixKind, Rule } from '../../src/check/rule.ts';
import { accessEntryRules } from '../../src/check/rules/access-entries.ts';
import { adminRules } from '../../src/check/rules/admin.ts';
import { arnRules } from '../../src/check/rules/arns.ts';
import { duplicateRules } from '../../src/check/rules/duplicates.ts';
import { accountRules, entryRules } from '../../src/check/rules/entries.ts';
import { inventoryRules } from '../../src/check/rules/inventory.ts';
import { keyRules } from '../../src/check/rules/keys.ts';
import { manifestRules } from '../../src/check/rules/manifest.ts';
import { configMapIgnored } from '../../src/check/rules/mode.ts';
import { nameRules } from '../../src/check/rules/names.ts';
import { unboundRules } from '../../src/check/rules/unbound.ts';
import { unparsableRules } from '../../src/check/rules/unparsable.ts';
import { parseSnapshot } from '../../src/directory/snapshot.ts';
import { GOLDEN, type GoldenCase, goldenFiles } from '../golden-case.ts';
import { authorizerOf, clusterOf } from './check-case.ts';

const EXAMPLES = new Map(
  goldenFiles('rules').flatMap(({ golden }) => golden.cases.map((one) => [one.name, one] as const)),
);
const INVENTORY = parseSnapshot(
  readFileSync(join(GOLDEN, 'rules', 'inventory.json'), 'utf8'),
  'inventory.json',
);

/** An example of more than 1 MiB wouldn't help, and no entry shows callers without credentials. */
const WITHOUT_EXAMPLE = ['oversize', 'anonymous-admin'];

const FIXES: Readonly<Record<FixKind, string>> = {
  none: 'fixed by hand',
  safe: 'fixed by `--fix`',
  access: 'fixed by `--fix-access`',
};

function findingsOf({ sections }: GoldenCase, side: 'bad' | 'good'): CheckFinding[] {
  const file = sections.get(`${side}.yaml`);
  const cluster = sections.get(`${side}.json`) ?? sections.get('cluster.json');
  const rbac = sections.get('rbac.yaml');
  return checkDocument(file === undefined ? null : readWithProblems(file, `${side}.yaml`), {
    ...(sections.has('options.json') && { inventory: INVENTORY }),
    cluster: {
      eks: cluster === undefined ? undefined : clusterOf(cluster),
      rbac: rbac === undefined ? undefined : authorizerOf(rbac),
    },
  });
}

function sentence(text: string): string {
  const start = /^(?:kubectl|mapRoles)/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase();
  return `${start}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

const WIDTH = 110;
/** Limit for lines that can't wrap: rows of tables, and examples. */
const MAX_WIDTH = 160;

/** Words that Markdown would read as a mark at the start of a line. */
const MARK = /^(?:[-+*]|#{1,6}|[>|].*|=+|-+|\d+[.)])$/;

/** Wraps a paragraph, but not inside inline code. */
function wrapped(paragraph: string): string {
  const lines: string[] = [];
  let line = '';
  for (const [word] of paragraph.matchAll(/(?:`[^`]*`|[^\s`])+/g)) {
    const isFull = line.length + 1 + word.length > WIDTH && !MARK.test(word);
    if (isFull) lines.push(line);
    line = line === '' || isFull ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
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
    `${wrapped(`**What:** ${sentence(summary)}`)}\n\n`,
    `${wrapped(`**Why:** ${sentence(consequence)}`)}\n\n`,
    block('**With these bindings:**', 'rbac.yaml'),
    block('**With this cluster**, as in a snapshot:', 'cluster.json'),
    block('**Bad:**', 'bad.yaml', 'bad.json'),
    block('**Good:**', 'good.yaml', 'good.json'),
    `${wrapped(`**How to fix:** ${sentence(help)}`)}\n`,
  ].join('');
}

const HEAD = `
# Rules

\`aws-auth-sso check\` reports these findings. To skip a rule, use \`--ignore RULE\`, or the comment
\`# aws-auth-sso: ignore RULE\` at an entry. \`--error RULE\` turns a rule's findings into errors, so the run exits with 1.

In the tables, fix \`safe\` means that \`--fix\` fixes the finding without changing anyone's access. Fix \`access\` means that
\`--fix-access\` fixes it, and an entry that granted no access takes effect. With \`none\`, fix it by hand.

\`--cluster NAME\` also checks the access entries of an EKS cluster, with or without FILE. With it,
\`--authentication-mode API\` shows who would be locked out before you change the mode.

In all examples, the role of permission set Dev was re-created on 2026-06-01 as \`AWSReservedSSO_Dev_fedcba9876543210\`,
and nobody is assigned Audit. Examples in JSON are clusters as a snapshot stores them.

This page is generated from the rules and from \`test/golden/rules/rules.txtar\`, whose examples are tested:
\`npx vitest run test/check/rules-page.test.ts -u\`.
`;

/** All rules by theme, in the order of `RULES`. */
const THEMES: readonly (readonly [title: string, rules: readonly Rule[]])[] = [
  ['The manifest', manifestRules],
  ["Keys that can't be parsed", unparsableRules],
  ['Keys and fields', keyRules],
  ['Entries', entryRules],
  ['Usernames and groups', nameRules],
  ['ARNs', arnRules],
  ['Duplicates', duplicateRules],
  ['mapAccounts', accountRules],
  ['Roles and assignments in AWS', inventoryRules],
  ['Roles and bindings in Kubernetes', [...unboundRules, ...adminRules]],
  ['Clusters and access entries', [configMapIgnored, ...accessEntryRules]],
];

/** The table shows the first sentence of a summary. */
function tableOf([title, rules]: (typeof THEMES)[number]): string {
  const rows = rules.map(({ name, severity, fix, summary }) => {
    const [first = ''] = summary.split('. ');
    return `| [${name}](#${name}) | ${severity} | ${fix} | ${first.replaceAll('|', '\\|')} |`;
  });
  return [
    `**${title}**\n`,
    '| rule | severity | fix | finds |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

const HEADED = HEAD.trim()
  .split('\n\n')
  .map((one) => (one.startsWith('#') ? one : wrapped(one)))
  .join('\n\n');
const PAGE = `${HEADED}\n\n${THEMES.map(tableOf).join('\n')}\n${RULES.map(sectionFor).join('\n')}`;

test('docs/rules.md is up to date (npx vitest run test/check/rules-page.test.ts -u writes it)', async () => {
  await expect(PAGE).toMatchFileSnapshot('../../docs/rules.md');
});

test('the tables have every rule', () => {
  expect(THEMES.flatMap(([, rules]) => rules)).toEqual(RULES);
});

test('no line of the page is too long', () => {
  expect(PAGE.split('\n').filter((line) => line.length > MAX_WIDTH)).toEqual([]);
});

test('every rule has an example, and every example a rule', () => {
  const names = RULES.map(({ name }) => name).filter((name) => !WITHOUT_EXAMPLE.includes(name));
  expect([...EXAMPLES.keys()].sort()).toEqual(names.sort());
});

test.each([...EXAMPLES])('the example of %s has a bad and a good file', (_, { sections }) => {
  for (const side of ['bad', 'good'])
    expect(sections.has(`${side}.yaml`) || sections.has(`${side}.json`)).toBe(true);
});

describe.each([...EXAMPLES])('the example of %s', (name, example) => {
  test('has the mistake in the bad example', () => {
    expect(findingsOf(example, 'bad').map(({ code }) => code)).toContain(name);
  });

  test('has neither the mistake nor an error in the good example', () => {
    const wrong = findingsOf(example, 'good').filter(
      ({ code, severity }) => code === name || severity === 'error',
    );
    expect(wrong).toEqual([]);
  });
});
