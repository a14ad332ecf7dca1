import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ProofRow, proofSummary } from '../../src/access-entry/proof.ts';
import type { AccessEntry } from '../../src/eks.ts';
import { runs } from '../runs.ts';
import { factsOf, type Item, translated } from './translated.ts';

const ID = '111122223333';

describe('the summary', () => {
  const access = { username: 'u', groups: [], admin: false };
  const row = (before: boolean, after: boolean, same: boolean): ProofRow => ({
    arn: 'a',
    before: before ? access : null,
    after: after ? access : null,
    same,
    reason: null,
    differs: before && after && !same,
    obstacle: null,
    doubt: null,
    leftOut: false,
  });
  const [kept, differs, refused] = [row(true, true, true), row(true, true, false), row(true, false, false)];
  const [back, dead] = [row(false, true, false), row(false, false, true)];
  const blocked = [differs, back].map((one) => ({ ...one, obstacle: 'the cluster has another' }));
  const alikeBlocked = { ...kept, same: false, obstacle: 'the cluster has another' };
  const doubtful = { ...kept, same: false, doubt: 'the cluster has an old one' };

  test.each([
    [[], 'note', 'no entries to translate'],
    [[kept], 'note', 'the one principal keeps username, groups and admin'],
    [[kept, kept], 'note', 'all 2 principals keep username, groups and admin'],
    [
      [kept, dead],
      'note',
      '1 of 2 principals keeps username, groups and admin; 1 grants no access today and is refused',
    ],
    [
      [dead],
      'note',
      '0 of 1 principal keeps username, groups and admin; 1 grants no access today and is refused',
    ],
    [[kept, back, back], 'note', '1 of 3 principals keeps username, groups and admin; 2 regain access'],
    [[kept, differs], 'warning', '1 of 2 principals keeps username, groups and admin; 1 differs'],
    [
      [kept, ...blocked],
      'warning',
      '1 of 3 principals keeps username, groups and admin; 1 differs; 2 are blocked by an existing access entry',
    ],
    [
      [alikeBlocked, doubtful, { ...differs, doubt: doubtful.doubt }],
      'warning',
      '0 of 3 principals keep username, groups and admin; 1 differs; 1 is blocked by an existing access entry; 2 have an existing access entry that may be for an earlier role',
    ],
    [
      [kept, differs, differs, refused, refused, dead, dead],
      'warning',
      '1 of 7 principals keeps username, groups and admin; 2 differ; 2 grant no access today and are refused; 2 are refused',
    ],
  ])('of %j', (rows, severity, message) => {
    expect(proofSummary(rows)).toMatchObject({ severity, message });
  });

  test.each([
    [[kept], undefined],
    [[back, dead], undefined],
    [[alikeBlocked], 'Before you create these access entries, delete the existing ones they replace.'],
    [
      blocked,
      `Before you create these access entries, delete the existing ones they replace.
Before you create these access entries, check that the differences are what you want (-o json lists them). The entries override aws-auth immediately.`,
    ],
    [
      [doubtful],
      "If an access entry may be for an earlier role, compare the creation dates as the warnings describe. This output doesn't change such an entry.",
    ],
    [
      [refused],
      'Before you switch to authentication mode API, grant the refused principal access another way.',
    ],
    [
      [differs, refused, refused],
      `Before you create these access entries, check that the differences are what you want (-o json lists them). The entries override aws-auth immediately.
Before you switch to authentication mode API, grant all refused principals access another way.`,
    ],
  ])('of %j has the next steps', (rows, help) => {
    expect(proofSummary(rows).help).toBe(help);
  });

  test('always names keys that could not be loaded', () => {
    expect(proofSummary([kept], ['mapRoles'])).toMatchObject({
      severity: 'warning',
      message:
        "the one principal keeps username, groups and admin; nothing in mapRoles is translated, because the authenticator can't load it",
      help: 'Fix mapRoles first with `aws-auth-sso check`, and run this again.',
    });
    expect(proofSummary([], ['mapRoles', 'mapUsers']).message).toMatch(
      /^no entries to translate; nothing in mapRoles, mapUsers is/,
    );
  });
});

/** A caller's username and groups: an independent, small model of aws-auth and access entries. */
interface Person {
  readonly username: string;
  readonly groups: readonly string[];
}

const SESSION = 'alice@example.com';

function byAwsAuth({ rolearn, username = '', groups = [] }: Item): Person {
  const session = rolearn === undefined ? '' : SESSION;
  const fill = (text: string) =>
    text
      .split('{{AccountID}}')
      .join(ID)
      .split('{{SessionName}}')
      .join(session.replace('@', '-'))
      .split('{{SessionNameRaw}}')
      .join(session);
  return { username: fill(username), groups: groups.map(fill) };
}

function byAccessEntry({ principalArn, username, kubernetesGroups, policies }: AccessEntry): Person {
  const [kind = '', ...path] = principalArn.split(':').at(-1)?.split('/') ?? [];
  const made =
    kind === 'role' ? `arn:aws:sts::${ID}:assumed-role/${path.at(-1)}/{{SessionName}}` : principalArn;
  const admin = policies.some(({ policyArn }) => policyArn.endsWith('/AmazonEKSClusterAdminPolicy'));
  return {
    username: (username ?? made)
      .split('{{SessionName}}')
      .join(SESSION.replace('@', '-'))
      .split('{{SessionNameRaw}}')
      .join(SESSION),
    groups: [...kubernetesGroups, ...(admin ? ['system:masters'] : [])],
  };
}

/** A caller's identity in the cluster. */
function seen({ username, groups }: Person) {
  return { username, groups: [...new Set([...groups, 'system:authenticated'])].toSorted() };
}

const TEXT = fc.oneof(
  fc.constantFrom(
    ...[
      'system:masters',
      'system:authenticated',
      'system:x',
      'g',
      'h',
      '',
      'a:{{SessionName}}',
      '{{SessionName}}',
    ],
    ...['a:{{SessionNameRaw}}', '{{AccountID}}', 'a:{{AccountID}}', 'aws:x', '{{', 'a}}b', 'ü\n\u001b'],
    `arn:aws:sts::${ID}:assumed-role/deploy/{{SessionName}}`,
    `arn:aws:iam::${ID}:user/x/deploy`,
  ),
  fc.string({ maxLength: 5 }),
);
const ITEM: fc.Arbitrary<Item> = fc
  .record({ isRole: fc.boolean(), username: TEXT, groups: fc.array(TEXT, { maxLength: 3 }) })
  .map(({ isRole, username, groups }) => ({
    ...(isRole
      ? { rolearn: `arn:aws:iam::${ID}:role/deploy` }
      : { userarn: `arn:aws:iam::${ID}:user/x/deploy` }),
    username,
    groups,
  }));

test('exactly the callers reported as the same keep username and groups', () => {
  const counts = { same: 0, differs: 0, refused: 0 };
  fc.assert(
    fc.property(ITEM, (item) => {
      const facts = factsOf([`arn:aws:iam::${ID}:role/x/deploy`]);
      const maps = item.rolearn === undefined ? { mapUsers: [item] } : { mapRoles: [item] };
      const { translations, proof } = translated(maps, facts);
      const [translation, row] = [translations[0], proof[0]];
      if (!translation?.entry) {
        counts.refused += 1;
        expect(row).toMatchObject({ after: null, same: false });
        return;
      }
      const [before, after] = [seen(byAwsAuth(item)), seen(byAccessEntry(translation.entry))];
      const isSame = JSON.stringify(before) === JSON.stringify(after);
      counts[isSame ? 'same' : 'differs'] += 1;
      // A raw session name may render the same; it still counts as a difference.
      if (!item.username?.includes('SessionNameRaw')) expect(row?.same).toBe(isSame);
      else if (row?.same) expect(isSame).toBe(true);
    }),
    // Fewer runs might not cover every kind.
    { numRuns: Math.max(2000, runs(2000).numRuns) },
  );
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(50);
});
