import fc from 'fast-check';
import type { MergeOptions } from '../../src/change/merge.ts';
import type { DesiredEntry } from '../../src/map-entry.ts';
import { parseProvisionedRoleArn } from '../../src/role-name.ts';
import { ACCOUNTS, GROUPS, ROLE_ARN, roleArn, SETS, SUFFIXES, USERNAME } from './role-arbitrary.ts';
import { contextOf, type KnownContext } from './role-facts-of.ts';
import { sourceOf } from './source-arbitrary.ts';

export interface MergeInput {
  readonly source: string;
  readonly desired: readonly DesiredEntry[];
  readonly context: KnownContext;
  readonly options: MergeOptions;
}

const NODE: DesiredEntry = {
  rolearn: 'arn:aws:iam::111122223333:role/eks-node',
  username: 'system:node:{{EC2PrivateDNSName}}',
  usernameStated: true,
  groups: ['system:bootstrappers', 'system:nodes'],
  role: null,
};

const DESIRED_ROLE = fc
  .record({
    account: fc.constantFrom(...ACCOUNTS),
    set: fc.constantFrom(...SETS),
    suffix: fc.constantFrom(...SUFFIXES),
    groups: GROUPS,
    username: fc.option(USERNAME),
  })
  .map(
    ({ account, set, suffix, groups, username }): DesiredEntry => ({
      rolearn: roleArn(account, set, suffix),
      username: username ?? 'sso:{{SessionName}}',
      usernameStated: username !== null,
      groups,
      role: { accountId: account, accountName: null, permissionSet: set, pathArn: '' },
    }),
  );
const DESIRED = fc
  .tuple(
    fc.uniqueArray(DESIRED_ROLE, {
      maxLength: 4,
      selector: ({ role }) => `${role?.accountId} ${role?.permissionSet}`,
    }),
    fc.boolean(),
  )
  .map(([roles, node]) => (node ? [NODE, ...roles] : roles));

const CONTEXT = fc.record({
  accountsRead: fc.subarray(ACCOUNTS, { minLength: 1 }),
  others: fc.array(ROLE_ARN, { maxLength: 3 }),
  prune: fc.constantFrom(null, null, { allowLockout: true }, { allowLockout: false }),
  isFresh: fc.constantFrom(true, true, true, false),
});

/** The desired entries of a file, and the known state of AWS. */
export const MERGE_WISH: fc.Arbitrary<Omit<MergeInput, 'source'>> = fc
  .record({
    desired: DESIRED,
    context: CONTEXT,
    options: fc.record({
      for: fc.constantFrom(null, 'apply', 'replace', 'server-side-apply'),
      comments: fc.boolean(),
    }),
  })
  .map(({ desired, context: wish, options }) => {
    const existing = [...desired.map(({ rolearn }) => rolearn), ...wish.others];
    const roleArns = existing.flatMap((arn) => parseProvisionedRoleArn(arn)?.roleArn.toLowerCase() ?? []);
    const { prune, isFresh } = wish;
    const scope = new Set(prune ? wish.accountsRead : ACCOUNTS);
    const known = { accountsRead: new Set(wish.accountsRead), roleArns: new Set(roleArns), scope };
    const context = contextOf({ ...known, unresolved: [], prune, isFresh }, existing);
    return { desired, context, options };
  });

/** A file, its desired entries, and the known state of AWS. */
export const mergeInputOf = (mapRoles: fc.Arbitrary<string>): fc.Arbitrary<MergeInput> =>
  fc.tuple(sourceOf(mapRoles), MERGE_WISH).map(([source, wish]) => ({ source, ...wish }));
