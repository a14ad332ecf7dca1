import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseSnapshot } from '../../src/inventory/snapshot/snapshot.ts';
import type { LintFinding } from '../../src/lint/rule.ts';
import type { LintOptions } from '../../src/lint/subject.ts';

const optionsSchema = v.strictObject({
  account: v.optional(v.string()),
  accounts: v.optional(v.array(v.string())),
  ignore: v.optional(v.array(v.string())),
  rotate: v.optional(v.boolean()),
  live: v.optional(v.boolean()),
});

/**
 * A folder with `before.*`, `findings.txt` and, where they apply, `inventory.json` (a snapshot) and `options.json`; with `fixed.*`
 * where `--fix` changes something, `fixed-access.*` where `--fix-access` changes more, `effective.txt` with what it then says, and
 * `remaining.txt` with the findings that are left by it.
 */
export interface CheckCase {
  readonly file: string;
  readonly before: string;
  readonly options: LintOptions;
  readonly findings: string;
  readonly fixed: string;
  readonly fixedAccess: string;
  readonly effective: string;
  readonly remaining: string;
}

export const CHECK_CASES = join(import.meta.dirname, '../golden/check');

export function readCheckCase(folder: string): CheckCase {
  const file = readdirSync(folder).find((name) => name.startsWith('before.')) ?? 'before.yaml';
  const read = (name: string) =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined;
  const before = read(file) ?? '';
  const fixed = read(file.replace('before', 'fixed')) ?? before;
  const findings = read('findings.txt') ?? 'missing';
  return {
    file,
    before,
    options: optionsOf(read('inventory.json'), read('options.json')),
    findings,
    fixed,
    fixedAccess: read(file.replace('before', 'fixed-access')) ?? fixed,
    effective: read('effective.txt') ?? '',
    remaining: read('remaining.txt') ?? findings,
  };
}

function optionsOf(inventory: string | undefined, options: string | undefined): LintOptions {
  const { account, accounts, ignore, rotate, live } = v.parse(optionsSchema, JSON.parse(options ?? '{}'));
  return {
    ...(inventory !== undefined && { inventory: parseSnapshot(inventory, 'inventory.json') }),
    ...(account !== undefined && { account }),
    ...(accounts && { accounts: new Set(accounts) }),
    ...(ignore && { ignore }),
    ...(rotate !== undefined && { rotate }),
    ...(live !== undefined && { live }),
  };
}

/** Each finding as a line with its place, severity, rule and fix, and two more with what it says. */
export function reportOf(findings: readonly LintFinding[]): string {
  return findings
    .map(({ line, column, severity, rule, fix, message, help }) => {
      const mendable = fix === 'none' ? '' : ` (${fix})`;
      return `${line}:${column} ${severity} ${rule}${mendable}\n    ${message}\n    ${help}\n`;
    })
    .join('');
}
