import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { readListOrDocument } from '../../src/aws-auth/document.ts';
import { requireParsable } from '../../src/aws-auth/load-findings.ts';
import type { Inventory } from '../../src/directory/model.ts';
import { RoleFacts } from '../../src/directory/role-facts.ts';
import { Failure } from '../../src/errors.ts';
import { parseConfig } from '../../src/mapping/config.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { callerKey } from '../../src/same-arn.ts';
import { WELL_FORMED } from '../change/map-roles-arbitrary.ts';
import { ACCOUNTS, roleArn, SETS, SUFFIXES, USERNAME } from '../change/role-arbitrary.ts';
import { sourceOf } from '../change/source-arbitrary.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';
import { runs } from '../runs.ts';
import { scratch } from '../scratch.ts';
import { run } from './run.ts';

const ROLE = fc.record({
  accountId: fc.constantFrom(...ACCOUNTS),
  permissionSet: fc.constantFrom(...SETS),
  suffix: fc.constantFrom(...SUFFIXES),
});
type RoleParts = typeof ROLE extends fc.Arbitrary<infer Parts> ? Parts : never;

const PATH = 'aws-reserved/sso.amazonaws.com/eu-west-1/';

/** With one account and permission set, the role with the later suffix is newer. */
function roleOf({ accountId, permissionSet, suffix }: RoleParts) {
  return {
    ...role(accountId, permissionSet),
    roleArn: roleArn(accountId, permissionSet, suffix),
    pathArn: roleArn(accountId, permissionSet, suffix, PATH),
    createdAt: `2026-01-1${SUFFIXES.indexOf(suffix)}T00:00:00.000Z`,
  };
}

/** An inventory of the accounts in the maps, except for those that were not read or listed. */
const INVENTORY = fc
  .record({
    existing: fc.uniqueArray(ROLE, { minLength: 8, maxLength: 24, selector: (one) => roleOf(one).roleArn }),
    unread: fc.subarray(ACCOUNTS, { maxLength: 1 }),
    listed: fc.subarray(ACCOUNTS, { minLength: 2 }),
  })
  .map(({ existing, unread, listed }): Inventory => {
    const isRead = (id: string) => listed.includes(id) && !unread.includes(id);
    const accounts = listed.map((id) => account(id, `name of ${id}`, { rolesRead: isRead(id) }));
    const roles = existing.map(roleOf).filter(({ accountId }) => isRead(accountId));
    return { ...inventory(accounts, roles), capturedAt: new Date().toISOString() };
  });

const GROUPS_OF_FEW = fc.uniqueArray(fc.constantFrom('system:masters', 'viewers', 'dev ops', 'a: b #c'), {
  minLength: 1,
  maxLength: 2,
});
const ENTRY = fc
  .tuple(
    ROLE,
    fc.constantFrom('', '', '', '', PATH),
    fc.oneof(USERNAME, fc.constantFrom('', 'x{{Nope}}')),
    GROUPS_OF_FEW,
  )
  .map(([{ accountId, permissionSet, suffix }, path, username, groups]) => ({
    rolearn: roleArn(accountId, permissionSet, suffix, path),
    username,
    groups,
  }));
const MAP_ROLES = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.array(ENTRY, { minLength: 1, maxLength: 8 }).map((list) => JSON.stringify(list, null, 1)),
  },
  { weight: 1, arbitrary: WELL_FORMED },
);

interface Row {
  readonly rolearn: string;
  readonly username: string;
  readonly groups: readonly string[];
  readonly before?: Row;
}

/** Output of `diff -o json`. */
type Difference = Readonly<Record<'added' | 'rotated' | 'updated' | 'removed', readonly Row[]>>;

it('with a map and an inventory, a merge afterwards follows re-created roles and changes nothing else', async () => {
  const cwd = await scratch();
  const property = fc.asyncProperty(sourceOf(MAP_ROLES), INVENTORY, async (source, known) => {
    // A merge corrects letters that Go reads as ASCII.
    fc.pre(isParsable(source) && !/[\u0130\u017f\u212a]/.test(source));
    await writeFile(join(cwd, 'map.yaml'), source);
    await writeFile(join(cwd, 'inventory.json'), snapshotText(known));
    const given = ['--inventory', 'inventory.json', '-c', 'config.yaml'];
    const init = await run(['init', '--force', '--from', 'map.yaml', ...given], { cwd });
    expect(init, init.stderr).toMatchObject({ exitCode: 0, stdout: '' });
    const { exitCode, stdout, stderr } = await run(['diff', 'map.yaml', '-o', 'json', ...given], { cwd });
    fc.pre(!/the config has no mappings|no accounts selected/.test(stderr));
    expect(exitCode, stderr).toBeLessThanOrEqual(1);
    expectOnlyRecreated(JSON.parse(stdout), known);
    const strict = await run(['diff', 'map.yaml', '--strict', '-o', 'json', ...given], { cwd });
    expect(strict.exitCode, strict.stderr).toBeLessThanOrEqual(1);
    expectNothingUnlisted(JSON.parse(strict.stdout));
  });
  await fc.assert(property, runs(20));
});

/** False if putting a text into its shape broke it. */
function isParsable(source: string): boolean {
  try {
    requireParsable(new AwsAuth(readListOrDocument(source, 'map.yaml')));
    return true;
  } catch (error) {
    if (error instanceof Failure) return false;
    throw error;
  }
}

function expectOnlyRecreated(difference: Difference, known: Inventory): void {
  const { added, rotated, updated, removed } = difference;
  expect([...added, ...updated, ...removed]).toEqual([]);
  const facts = RoleFacts.of(known);
  const exists = new Set(known.roles.map(({ roleArn }) => callerKey(roleArn)));
  const newestOf = (arn: string) => {
    const parsed = parseProvisionedRoleArn(arn);
    return parsed && facts.newestOf(parsed)?.roleArn;
  };
  for (const { rolearn, username, groups, before } of rotated) {
    expect({ username, groups }).toEqual({ username: before?.username, groups: before?.groups });
    expect(exists.has(before?.rolearn.toLowerCase() ?? '')).toBe(false);
    expect(newestOf(before?.rolearn ?? '')).toBe(rolearn);
  }
}

/** Additional output of `diff --strict`. */
type StrictDifference = Readonly<
  Record<'unlisted' | 'altered' | 'unmapped', readonly { readonly reason: string; readonly arn: string }[]>
>;

/** The proposal of init names everything that grants access, so any remaining difference is a real one. */
function expectNothingUnlisted({ unlisted, altered, unmapped }: StrictDifference): void {
  expect(unlisted).toEqual([]);
  for (const { reason } of altered) expect(reason).toBe('arn-case');
  for (const { reason } of unmapped) expect(reason).not.toBe('unmapped');
}

const NAME = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\n',
      '\r',
      '\u0085',
      '\u2028',
      '\ufeff',
      '\uffff',
      '\ud800',
      '#',
      ':',
      '-',
      '"',
      ' ',
      '\t',
      'a',
      '[',
      '\0',
    ),
  }),
);

it('the config contains account IDs and nothing else, whatever the names', async () => {
  const property = fc.asyncProperty(fc.tuple(NAME, NAME), async (names) => {
    const accounts = names.map((name, index) => account(`11112222333${index}`, name));
    const known = inventory(
      accounts,
      accounts.map(({ id }) => role(id, 'Admin')),
    );
    const cwd = await scratch({ 'inventory.json': snapshotText(known) });
    const { exitCode, stdout, stderr } = await run(['init', '-c', '-', '--inventory', 'inventory.json'], {
      cwd,
    });
    expect(exitCode, stderr).toBe(0);
    const ids = { accounts: ['111122223330', '111122223331'] };
    expect(parseConfig(stdout, 'config.yaml').config).toEqual(ids);
    expect(load(stdout)).toEqual(ids);
  });
  await fc.assert(property, runs(60));
});
