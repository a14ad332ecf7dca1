import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AwsAuth } from '../../src/aws-auth/aws-auth.ts';
import { type AwsAuthDocument, readDocument, readListOrDocument } from '../../src/aws-auth/document.ts';
import { readMapRoles } from '../../src/aws-auth/load.ts';
import type { LoadedMap } from '../../src/aws-auth/loaded.ts';
import { type MergeResult, mergeAwsAuth } from '../../src/change/merge.ts';
import { Failure } from '../../src/errors.ts';
import { asciiTwin } from '../../src/go-strings.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { callerKey } from '../../src/same-arn.ts';
import { applyDiff } from '../aws-auth/apply-diff.ts';
import { unifiedDiff } from '../aws-auth/unified-diff.ts';
import { runs } from '../runs.ts';
import { MAP_ROLES, WELL_FORMED } from './map-roles-arbitrary.ts';
import { type MergeInput, mergeInputOf } from './merge-arbitrary.ts';
import { ACCOUNTS, roleArn, SUFFIXES } from './role-arbitrary.ts';
import { contextOf } from './role-facts-of.ts';

/** Thousands more are compared with the authenticator itself, in test/authenticator. */
const RUNS = runs(1500);
// Fewer runs might happen to merge less than half.
const WELL_FORMED_RUNS = { numRuns: Math.max(750, runs(750).numRuns) };

it('merges what it accepts, and refuses the rest as bad input', () => {
  let merged = 0;
  fc.assert(
    fc.property(mergeInputOf(MAP_ROLES), (input) => {
      const result = resultOf(input, input.source);
      if (result === null) return;
      merged += 1;
      expectSameElsewhere(input.source, result);
      expectLoaded(input, result);
      expect(resultOf(input, result.text)?.text).toBe(result.text);
      expect(applyDiff(input.source, unifiedDiff(input.source, result.edits, 'a', 'b'))).toBe(result.text);
      expect(result.changed).toBe(result.text !== input.source);
    }),
    RUNS,
  );
  expect(merged).toBeGreaterThan(RUNS.numRuns / 3);
});

it('refuses a well-formed map only because of --prune', () => {
  let merged = 0;
  fc.assert(
    fc.property(mergeInputOf(WELL_FORMED), ({ source, desired, context, options }) => {
      const document = wellFormed(source);
      if (!document) return;
      mergeAwsAuth(new AwsAuth(document), desired, { ...context, prune: null }, options);
      merged += 1;
    }),
    WELL_FORMED_RUNS,
  );
  expect(merged).toBeGreaterThan(WELL_FORMED_RUNS.numRuns / 2);
});

/** The same few roles again and again, spelled in several ways, with usernames that people may not have. */
const CROWDED = fc
  .array(
    fc.record({
      arn: fc
        .tuple(
          fc.constantFrom(...SUFFIXES),
          fc.constantFrom('', '', 'aws-reserved/sso.amazonaws.com/'),
          fc.constantFrom(['', ''], ['', ''], ['s', '\u017f'], ['i', '\u0130'], ['k', '\u212a']),
        )
        .map(([suffix, path, [letter = '', twin = '']]) =>
          roleArn(ACCOUNTS[0] ?? '', 'Desk', suffix, path).replace(letter, twin),
        ),
      username: fc.constantFrom('ann', 'system:kube-scheduler', 'sys{{SessionName}}:x', 'eks:addon-manager'),
      groups: fc.constantFrom(['viewers'], ['developers']),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((entries) =>
    entries.map(({ arn, ...rest }) => `- ${JSON.stringify({ rolearn: arn, ...rest })}\n`).join(''),
  );

it('is done after one merge, and brings no reserved username into effect', () => {
  const [accountId = ''] = ACCOUNTS;
  fc.assert(
    fc.property(CROWDED, fc.constantFrom(...SUFFIXES), fc.boolean(), (list, suffix, isPruned) => {
      const rolearn = roleArn(accountId, 'Desk', suffix);
      const role = { accountId, accountName: null, permissionSet: 'Desk', pathArn: '' };
      const username = 'sso:{{SessionName}}';
      const known = { accountsRead: new Set([accountId]), roleArns: new Set([rolearn.toLowerCase()]) };
      const rest = { scope: new Set([accountId]), unresolved: [], isFresh: true };
      const prune = isPruned ? { allowLockout: true } : null;
      const input: MergeInput = {
        source: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles: |\n${list.replace(/^/gm, '    ').trimEnd()}\n`,
        desired: [{ rolearn, username, usernameStated: false, groups: ['viewers'], role }],
        context: contextOf({ ...known, ...rest, prune }, [rolearn]),
        options: { for: null, comments: false },
      };
      const result = resultOf(input, input.source);
      expect(resultOf(input, result?.text ?? '')?.text).toBe(result?.text);
      const usernames = (text: string) =>
        loadedOf(text).entries.flatMap((entry) =>
          !entry.shadowed && callerKey(entry.arn) === callerKey(rolearn) ? entry.username : [],
        );
      const before = usernames(input.source);
      for (const one of usernames(result?.text ?? '')) expect([...before, username, 'ann']).toContain(one);
    }),
    runs(1500),
  );
});

/** Null if its form in the file changed the text, or an alias has no anchor. */
function wellFormed(source: string): AwsAuthDocument | null {
  try {
    const document = readListOrDocument(source, 'aws-auth.yaml');
    const { errors, ignoredFrom } = readMapRoles(document.mapRoles?.text ?? '');
    return ignoredFrom === null && errors.every(({ loss }) => loss !== 'unparsable') ? document : null;
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

function resultOf({ desired, context, options }: MergeInput, source: string): MergeResult | null {
  try {
    return mergeAwsAuth(new AwsAuth(readDocument(source, 'aws-auth.yaml')), desired, context, options);
  } catch (error) {
    if (error instanceof Failure && error.exitCode === 2) return null;
    throw error;
  }
}

/** The text between the edits is in the result, in order and with nothing added. */
function expectSameElsewhere(source: string, { text, edits }: MergeResult): void {
  let [position, rest] = [0, text];
  for (const { start, end, replacement } of edits) {
    const kept = source.slice(position, start);
    expect(rest.slice(0, kept.length + replacement.length)).toBe(kept + replacement);
    rest = rest.slice(kept.length + replacement.length);
    position = end;
  }
  expect(rest).toBe(source.slice(position));
}

function expectLoaded({ source, desired, context }: MergeInput, { text }: MergeResult): void {
  const [before, after] = [loadedOf(source), loadedOf(text)];
  const foreign = ({ entries }: LoadedMap) =>
    entries
      .filter(({ arn }) => !roleIn(arn))
      .map(({ arn, username, groups, sso }) => ({ arn, username, groups, sso }));
  const isNew = desired.filter(
    ({ role, rolearn }) => role === null && !before.entries.some(({ arn }) => arn.toLowerCase() === rolearn),
  );
  const nodes = isNew.map(({ rolearn, username, groups }) => ({ arn: rolearn, username, groups, sso: null }));
  expect(foreign(after)).toEqual([...foreign(before), ...nodes]);
  for (const { rolearn, groups, username, usernameStated } of desired.filter(({ role }) => role !== null)) {
    const winner = after.entries.findLast(({ arn }) => arn.toLowerCase() === rolearn.toLowerCase());
    expect(winner?.groups).toEqual(groups);
    if (usernameStated) expect(winner?.username).toBe(username);
  }
  const isInScope = (arn: string) => context.scope.has(roleIn(arn)?.accountId ?? '');
  const outside = ({ entries }: LoadedMap) =>
    entries.filter(({ arn }) => !isInScope(arn) && roleIn(arn)).map(({ arn }) => arn);
  const isDesired = (arn: string) => desired.some(({ rolearn }) => rolearn === roleIn(arn)?.roleArn);
  expect(outside(after).filter((arn) => !isDesired(arn)).length).toBeLessThanOrEqual(outside(before).length);
}

function loadedOf(source: string): LoadedMap {
  return readMapRoles(readDocument(source, 'aws-auth.yaml').mapRoles?.text ?? '');
}

/** Merge also finds roles that are written with letters that Go reads as ASCII. */
function roleIn(arn: string) {
  return parseProvisionedRoleArn(asciiTwin(arn));
}
