import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readWithProblems } from '../../src/aws-auth/document.ts';
import { checkDocument, RULES } from '../../src/check/check.ts';
import { fix } from '../../src/check/fix.ts';
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
import { run } from '../cli/run.ts';
import { GOLDEN, type GoldenCase, goldenFiles } from '../golden-case.ts';
import { ROOT } from '../pages.ts';
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

/** Rules whose mistake is in AWS, not in the file. */
const NOTHING_TO_WRITE = ['unreadable-account'];

const FIXES: Readonly<Record<FixKind, string>> = {
  none: 'fixed by hand',
  safe: 'fixed by `--fix`',
  access: 'fixed by `--fix-access`',
};

function stateOf({ sections }: GoldenCase, side: 'bad' | 'good') {
  const file = sections.get(`${side}.yaml`);
  const cluster = sections.get(`${side}.json`) ?? sections.get('cluster.json');
  const rbac = sections.get(`${side}-rbac.yaml`) ?? sections.get('rbac.yaml');
  return {
    document: file === undefined ? null : readWithProblems(file, `${side}.yaml`),
    options: {
      inventory: INVENTORY,
      account: '111122223333',
      cluster: {
        eks: cluster === undefined ? undefined : clusterOf(cluster),
        rbac: rbac === undefined ? undefined : authorizerOf(rbac),
      },
    },
  };
}

function findingsOf(example: GoldenCase, side: 'bad' | 'good'): CheckFinding[] {
  const { document, options } = stateOf(example, side);
  return checkDocument(document, options);
}

/** The names of IAM roles and users in a state, without suffix. */
function namesIn({ sections }: GoldenCase, side: 'bad' | 'good'): string[] {
  const text = ['.yaml', '.json'].map((suffix) => sections.get(`${side}${suffix}`) ?? '').join('');
  return [...text.matchAll(/:iam::\d+:(?:role|user)\/\S*?(\w+?)(?:_[\da-f]{16}|_\*)?["\s]/g)].map(
    ([, name = '']) => name.replace('AWSReservedSSO_', ''),
  );
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
    block('**Bad:**', 'bad.yaml', 'bad.json', 'bad-rbac.yaml'),
    block('**Good:**', 'good.yaml', 'good.json', 'good-rbac.yaml'),
    `${wrapped(`**How to fix:** ${sentence(help)}`)}\n`,
  ].join('');
}

const ARGS =
  'check examples/broken.yaml --inventory examples/inventory.json --account prod-eks --fix-access --diff';
const SHOWN = await run([...ARGS.split(' ')], { cwd: ROOT });

const HEAD = `
# Rules

\`check\` finds mistakes in an \`aws-auth\` ConfigMap, and fixes those with only one right answer.

\`\`\`console
$ aws-auth-sso ${ARGS} 2> findings.txt
${SHOWN.stdout}\`\`\`

| option | effect |
| --- | --- |
| (none) | reports findings, and exits with 1 if one is an error |
| \`--fix\` | fixes what changes nobody's access: the rules with fix \`safe\` |
| \`--fix-access\` | also fixes entries that grant no access, or other access than intended: fix \`access\` |
| \`--diff\` | shows fixes without making them |
| \`--write\` | edits the file and keeps no copy; without it, stdout has the fixed ConfigMap |
| \`--aws\`, \`--inventory FILE\` | also finds roles and assignments that don't exist |
| \`--account ID\` | finds the role of a permission set ARN in this account |
| \`--rbac FILE\` | also finds groups and users without bindings, and cluster admins |
| \`--cluster NAME\` | also checks the access entries of an EKS cluster, with or without a ConfigMap |
| \`--authentication-mode API\` | with \`--cluster\`, shows who would be locked out by that mode |
| \`--ignore RULE\` | skips a rule; at one entry, write the comment \`# aws-auth-sso: ignore RULE\` |
| \`--error RULE\` | turns the findings of a rule into errors |
| \`--list-rules\` | lists the rules |

Check a live cluster with \`kubectl get configmap aws-auth -n kube-system -o yaml | aws-auth-sso check --aws\`. To undo
\`--write\`, restore the file from Git.

\`--fix-access\` prints \`now effective: …\` for each entry that starts to grant access. Where only a person can decide, a rule
has fix \`none\`, or leaves some findings unfixed.

In all examples, permission set Dev has the role \`AWSReservedSSO_Dev_fedcba9876543210\`, re-created on 2026-06-01. Nobody
is assigned Audit, and Identity Center didn't create the role of Ops. Account 444455556666 can't be read, and 999988887777
isn't in the organization. JSON shows clusters as a snapshot stores them. Where a rule has a fix, Good is what it writes.

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
  .map((one) => (/^(?:[#|]|```)/.test(one) ? one : wrapped(one)))
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

test.each([...EXAMPLES])(
  'the example of %s has a bad state, and a good one to write',
  (name, { sections }) => {
    const sides = [...sections.keys()].map((section) => /^(?:bad|good)/.exec(section)?.[0]);
    expect({ bad: sides.includes('bad'), good: sides.includes('good') }).toEqual({
      bad: true,
      good: !NOTHING_TO_WRITE.includes(name),
    });
  },
);

const GOOD = [...EXAMPLES].filter(([name]) => !NOTHING_TO_WRITE.includes(name));

test.each([...EXAMPLES])('the example of %s has the mistake in the bad example', (name, example) => {
  expect(findingsOf(example, 'bad').map(({ code }) => code)).toContain(name);
});

describe.each(GOOD)('the good example of %s', (name, example) => {
  test('has neither the mistake nor an error', () => {
    const wrong = findingsOf(example, 'good').filter(
      ({ code, severity }) => code === name || severity === 'error',
    );
    expect(wrong).toEqual([]);
  });

  test('is what the fix writes', () => {
    const kind = RULES.find((rule) => rule.name === name)?.fix ?? 'none';
    const { document, options } = stateOf(example, 'bad');
    const fixed = document && fix(document, { ...options, access: kind !== 'safe' });
    expect(fixed?.changed ? fixed.text : null).toBe(
      kind === 'none' ? null : (example.sections.get('good.yaml') ?? null),
    );
  });

  test('is about the same roles and users, unless the help says to add or remove one', () => {
    const [bad, good] = [namesIn(example, 'bad'), namesIn(example, 'good')];
    const { help = '', fix = 'none' } = RULES.find((rule) => rule.name === name) ?? {};
    const text = example.sections.get('bad.yaml') ?? '';
    const added = good.filter((one) => !bad.includes(one) && !text.includes(one));
    const removed = bad.filter((one) => !good.includes(one));
    if (fix === 'none' && !/^Add |map its role/.test(help)) expect(added).toEqual([]);
    if (!/\b(?:remove|delete)\b/i.test(help)) expect(removed).toEqual([]);
  });
});
