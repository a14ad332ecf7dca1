import { readFileSync } from 'node:fs';
import { isKnownPolicy, policyData } from '../../src/access-policy.ts';
import { groupBy } from '../../src/group-by.ts';
import { policyRules } from '../../src/rbac/access-policies.ts';
import type { PolicyRule } from '../../src/rbac/model.ts';
import { type PolicyTable, type Published, readPublished } from './table.ts';

const DATA = 'src/rbac/data/access-policies.json';

const USAGE = `npm run compare:policies -- FILE...
  FILE  https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, saved as HTML or Markdown; the
        output of "aws eks list-access-policies --output json"; or
        {"policies": {"AmazonEKSViewPolicy": {"rules": [{"apiGroups": [], "resources": [], "verbs": []}]}}}

Prints a line for each difference from ${DATA}. Exits with 1 if there is one, with 2 if a file can't be read.
`;

/**
 * Compares the program's data on access policies with what AWS publishes.
 * @returns the differences, and 1 if there are any; 2 if a file can't be read
 */
export function main(argv: readonly string[]): { readonly text: string; readonly exitCode: 0 | 1 | 2 } {
  if (argv.length === 0) return { text: USAGE, exitCode: 2 };
  const differences: string[] = [];
  for (const file of argv)
    try {
      differences.push(...differencesOf(readPublished(readFileSync(file, 'utf8'))));
    } catch (error) {
      return { text: `${file}: ${error instanceof Error ? error.message : error}\n`, exitCode: 2 };
    }
  const { date, namesDate } = policyData();
  const same = `${DATA} (rules of ${date}, names of ${namesDate}) is still right`;
  const lines = [...new Set(differences)];
  return { text: `${lines.join('\n') || same}\n`, exitCode: lines.length > 0 ? 1 : 0 };
}

function differencesOf({ names, table }: Published): string[] {
  const added = names.filter((name) => !isKnownPolicy(name)).map((name) => `${name}: new`);
  if (table) return [...added, ...rulesThatDiffer(policyRules(), table)];
  const missing = Object.entries(policyData().policies).flatMap(([name, { source }]) =>
    source !== undefined || names.includes(name) ? [] : `${name}: not in the list`,
  );
  return [...added, ...missing];
}

/** `+` is new, `-` is gone. How rules are grouped makes no difference. */
function rulesThatDiffer(old: PolicyTable, now: PolicyTable): string[] {
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((name) => {
    if (!now.has(name))
      return policyData().policies[name]?.rulesSource === undefined ? `${name}: not in the table` : [];
    const [before, after] = [permissionsOf(old.get(name)), permissionsOf(now.get(name))];
    const lines = [...linesOf('+', without(after, before)), ...linesOf('-', without(before, after))];
    return lines.map((line) => `${name}: ${line}`);
  });
}

/** A verb, and what it is allowed on: `apps/deployments`, or a path. */
type Permission = readonly [verb: string, target: string];

/** By a key that is equal for the same permission. */
function permissionsOf(rules: readonly PolicyRule[] = []): ReadonlyMap<string, Permission> {
  const all = rules.flatMap(({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }) => {
    const named = resourceNames.length > 0 ? ` named ${resourceNames.join(',')}` : '';
    const ofResources = apiGroups.flatMap((group) =>
      resources.map((resource) => `${group || 'core'} ${resource}${named}`),
    );
    const targets = [...ofResources, ...nonResourceURLs.map((url) => `URL ${url}`)];
    return verbs.flatMap((verb) => targets.map((target): Permission => [verb, target]));
  });
  return new Map(all.map((permission) => [permission.join(' '), permission]));
}

function without(
  some: ReadonlyMap<string, Permission>,
  others: ReadonlyMap<string, Permission>,
): Permission[] {
  return [...some].flatMap(([key, permission]) => (others.has(key) ? [] : [permission]));
}

/** One line for each target, with its verbs. */
function linesOf(sign: '+' | '-', permissions: readonly Permission[]): string[] {
  return [...groupBy(permissions, ([, target]) => target)]
    .map(([target, same]) => `${sign} ${same.map(([verb]) => verb).join(',')} ${target}`)
    .sort();
}
