import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Location } from '../../src/errors.ts';
import { parseSnapshot } from '../../src/inventory/snapshot.ts';
import type { LintOptions } from '../../src/lint/context.ts';
import type { LintFinding } from '../../src/lint/rule.ts';
import type { Authorizer } from '../../src/rbac/authorizer.ts';
import { combineRbac } from '../../src/rbac/combine.ts';
import { readRbacFile } from '../../src/rbac/read.ts';
import { GOLDEN, type GoldenCase, inputFileOf } from '../golden-case.ts';

/** `options.json` of a golden case. */
const optionsSchema = v.strictObject({
  /** A snapshot in test/golden/check, for cases without an `inventory.json` of their own. */
  inventory: v.optional(v.string()),
  account: v.optional(v.string()),
  accounts: v.optional(v.array(v.string())),
  ignore: v.optional(v.array(v.string())),
  rotate: v.optional(v.boolean()),
  live: v.optional(v.boolean()),
});

/** What a golden case gives to the linter: the file, `options.json`, `inventory.json`, a snapshot, and `rbac.yaml`, roles and bindings. */
export interface CheckCase {
  readonly file: string;
  readonly before: string;
  readonly options: LintOptions;
}

export function readCheckCase({ sections }: GoldenCase): CheckCase {
  const file = inputFileOf(sections);
  const { inventory, account, accounts, ignore, rotate, live } = v.parse(
    optionsSchema,
    JSON.parse(sections.get('options.json') ?? '{}'),
  );
  const shared = inventory && readFileSync(join(GOLDEN, 'check', inventory), 'utf8');
  const snapshot = sections.get('inventory.json') ?? shared;
  const rbac = sections.get('rbac.yaml');
  const options: LintOptions = {
    ...(snapshot !== undefined && { inventory: parseSnapshot(snapshot, 'inventory.json') }),
    ...(rbac !== undefined && { rbac: authorizerOf(rbac) }),
    ...(account !== undefined && { account }),
    ...(accounts && { accounts: new Set(accounts) }),
    ...(ignore && { ignore }),
    ...(rotate !== undefined && { rotate }),
    ...(live !== undefined && { live }),
  };
  return { file, before: sections.get(file) ?? '', options };
}

/** What RBAC manifests allow, as `check --rbac rbac.yaml` reads them. */
export function authorizerOf(manifests: string): Authorizer {
  return combineRbac([readRbacFile(manifests, 'rbac.yaml')]).authorizer;
}

/** Each finding as a line with its place, up to the column where it ends, severity, rule and fix, and two more with what it says. */
export function reportOf(findings: readonly LintFinding[]): string {
  return findings
    .map(({ location, severity, code, fixKind, message, help }) => {
      const fixable = fixKind === 'none' ? '' : ` (${fixKind})`;
      return `${placeOf(location)} ${severity} ${code}${fixable}\n    ${message}\n    ${help}\n`;
    })
    .join('');
}

function placeOf({ line, column, endLine, endColumn }: Location): string {
  const start = `${line}:${column}`;
  if (endLine !== line) return `${start}-${endLine}:${endColumn}`;
  return endColumn === column ? start : `${start}-${endColumn}`;
}
