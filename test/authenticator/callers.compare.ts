import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../src/aws-auth/load.ts';
import { type Caller, parseCaller, resolveCaller } from '../../src/aws-auth/resolve-caller.ts';
import { review } from './authenticator.ts';
import { CALLER_CASE, type CallerCase } from './caller-cases.ts';

const SEED = 20261213;
const BATCHES = 5;
const BATCH = 850;

test(`callers of ${BATCHES * BATCH} ConfigMaps have the access that the authenticator's server grants`, () => {
  const counts = { pairs: 0, in: 0, denied: 0, chance: 0 };
  const failed = [];
  for (let batch = 0; batch < BATCHES; batch++) {
    const cases = fc.sample(CALLER_CASE, { seed: SEED + batch, numRuns: BATCH });
    const answers = review(cases.map(({ data, callers }) => ({ data: [data], reviews: callers })));
    for (const [at, { data, callers }] of cases.entries())
      for (const [index, caller] of callers.entries()) {
        const theirs = plain(answers[at]?.[index] ?? []);
        const ours = plain(outcomesOf(parseCaller(caller), data));
        const byRole = plain(outcomesOf(knownByRole(caller), data));
        counts.pairs += 1;
        counts[theirs.length > 1 ? 'chance' : theirs[0] === DENIED ? 'denied' : 'in'] += 1;
        if ([ours, byRole].some((one) => one.join() !== theirs.join()))
          failed.push({ caller, data, theirs, ours, byRole });
      }
  }
  console.log(`seeds ${SEED} to ${SEED + BATCHES - 1};`, counts);
  expect(failed.slice(0, 5)).toEqual([]);
  expect(counts.pairs).toBeGreaterThanOrEqual(20_000);
  expect(counts.in).toBeGreaterThan(counts.pairs / 4);
  expect(counts.chance).toBeGreaterThan(20);
});

type Outcome = { readonly username: string; readonly groups: readonly string[] | null } | null;

const DENIED = 'null';

/** Missing groups and an empty list are equal. */
function plain(outcomes: readonly Outcome[]): string[] {
  const texts = outcomes.map((one) => JSON.stringify(one && [one.username, one.groups ?? []]));
  return [...new Set(texts)].toSorted();
}

/** A session that the user specifies by its role's ARN, with a path that STS omits. */
function knownByRole(arn: string): Caller | undefined {
  const caller = parseCaller(arn);
  const [, partition, account, name] =
    /^arn:([^:]*):sts::([^:]*):assumed-role\/([^/]+)\/[^/]*$/.exec(arn) ?? [];
  const role =
    name === undefined ? undefined : parseCaller(`arn:${partition}:iam::${account}:role/some/path/${name}`);
  return role && caller ? { ...role, sessionName: caller.sessionName } : caller;
}

function outcomesOf(
  caller: Caller | undefined,
  { mapRoles = '', mapUsers = '', mapAccounts = '' }: CallerCase['data'],
): Outcome[] {
  if (!caller) return [null];
  const maps = { mapRoles: readMapRoles(mapRoles), mapUsers: readMapUsers(mapUsers) };
  const matches = resolveCaller(caller, maps, readMapAccounts(mapAccounts));
  if (matches.length === 0) return [null];
  // Values known only to the server: it gets one from EC2, and the other is in the token.
  const filled = (text: string) =>
    text
      .replaceAll('{{EC2PrivateDNSName}}', `${caller.sessionName}.internal`)
      .replaceAll('{{AccessKeyID}}', 'ASIAEXAMPLE');
  return matches.map(
    ({ identity }) =>
      identity && { username: filled(identity.username), groups: identity.groups.map(filled) },
  );
}
