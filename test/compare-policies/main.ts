import { readFileSync } from 'node:fs';
import { groupBy } from '../../src/group-by.ts';
import type { PolicyRule } from '../../src/rbac/model.ts';
import { POLICY_RULES_DATE, policyRules } from '../../src/rbac/policy-rules.ts';
import { type PolicyTable, readTable } from './table.ts';

const USAGE = `npm run compare:policies -- FILE
  FILE  https://docs.aws.amazon.com/eks/latest/userguide/access-policy-permissions.html, saved as HTML or Markdown, or
        {"policies": {"AmazonEKSViewPolicy": {"rules": [{"apiGroups": [], "resources": [], "verbs": []}]}}}
`;

/**
 * Compares the rules of access policies in the program with a newer table.
 * @returns the differences, and 1 if there are any; 2 if the file can't be read
 */
export function main(argv: readonly string[]): { readonly text: string; readonly exitCode: 0 | 1 | 2 } {
  const [file, ...others] = argv;
  if (file === undefined || others.length > 0) return { text: USAGE, exitCode: 2 };
  try {
    const differences = compareTables(policyRules(), readTable(readFileSync(file, 'utf8')));
    const same = `the rules of ${POLICY_RULES_DATE} in src/rbac/policy-rules.ts are still those of ${file}`;
    return { text: `${differences.join('\n') || same}\n`, exitCode: differences.length > 0 ? 1 : 0 };
  } catch (error) {
    return { text: `${file}: ${error instanceof Error ? error.message : error}\n`, exitCode: 2 };
  }
}

/** Lines for each policy that differs: `+` is new, `-` is gone. How rules are grouped makes no difference. */
export function compareTables(old: PolicyTable, now: PolicyTable): string[] {
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.flatMap((name) => {
    const [before, after] = [permissionsOf(old.get(name)), permissionsOf(now.get(name))];
    const lines = [...linesOf('+', without(after, before)), ...linesOf('-', without(before, after))];
    if (!old.has(name)) return [`${name}: new, the program doesn't know its rules`, ...lines];
    if (!now.has(name)) return [`${name}: not in the table`];
    return lines.length > 0 ? [`${name}: changed`, ...lines] : [];
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
    .map(([target, same]) => `  ${sign} ${same.map(([verb]) => verb).join(',')} ${target}`)
    .sort();
}
