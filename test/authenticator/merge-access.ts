import type { DesiredEntry } from '../../src/map-entry.ts';
import type { Identity, Mapping, Version } from './authenticator.ts';
import type { Complaint } from './complaint.ts';
import type { MergeCase } from './merge-cases.ts';

/** The ARN of a role that Identity Center provisions, with or without its path: account, name, permission set. */
export const PROVISIONED =
  /^arn:[^:]+:iam::([^:]*):role\/(?:.*\/)?(AWSReservedSSO_([\w+=,.@-]{1,32})_[0-9a-z]+)$/is;

/**
 * Only people in the mappings gain access, nobody who has access is locked out, and everyone in a mapping gets what
 * it specifies.
 */
export function accessComplaints(
  input: MergeCase,
  callers: readonly string[],
  before: Version,
  after: Version,
): Complaint[] {
  const wanted = new Map(input.desired.toReversed().map((entry) => [entry.rolearn.toLowerCase(), entry]));
  return callers.flatMap((arn, index) => {
    const [old, now] = [before.identities[index] ?? [], after.identities[index] ?? []];
    const entry = wanted.get(arn);
    if (entry) return wantedComplaints(input, entry, before, now);
    if (JSON.stringify(old) === JSON.stringify(now)) return [];
    const detail = `${arn}: ${JSON.stringify(old)} became ${JSON.stringify(now)}`;
    const left = identitiesOf(before.outcome.users, arn);
    if (isFollowed(input, arn)) return [];
    if (JSON.stringify(now) !== JSON.stringify(left))
      return [{ kind: 'the access of someone else changed', detail }];
    return mayGo(input, arn) ? [] : [{ kind: 'somebody is locked out', detail }];
  });
}

function identitiesOf(mappings: readonly Mapping[], arn: string): Identity[] {
  const last = new Map(
    mappings
      .filter(({ userarn = '' }) => userarn.toLowerCase() === arn)
      .map((one) => [one.userarn, { username: one.username, groups: one.groups }]),
  );
  return [...last]
    .toSorted(([one = ''], [other = '']) => (one < other ? -1 : 1))
    .map(([, identity]) => identity);
}

/** True if a role is gone and its entry may now be its successor's: nobody calls with the old ARN anymore. */
function isFollowed({ context, desired }: MergeCase, arn: string): boolean {
  const [, account = '', , set = ''] = PROVISIONED.exec(arn) ?? [];
  const isGone = context.isFresh && context.accountsRead.has(account) && !context.roleArns.has(arn);
  return (
    isGone &&
    desired.some(({ role }) => role?.accountId === account && role.permissionSet.toLowerCase() === set)
  );
}

/** True if pruning may remove a role. */
function mayGo({ context }: MergeCase, arn: string): boolean {
  const [, account = ''] = PROVISIONED.exec(arn) ?? [];
  const isKnown = context.isFresh && context.accountsRead.has(account) && context.scope.has(account);
  return isKnown && context.prune !== null;
}

function wantedComplaints(
  { context }: MergeCase,
  { rolearn, groups, username, usernameStated, role }: DesiredEntry,
  { outcome }: Version,
  now: readonly Identity[],
): Complaint[] {
  const of = (arn: string) => outcome.roles.findLast((one) => bare(one.rolearn ?? '') === arn.toLowerCase());
  const own = of(rolearn);
  if (role === null) {
    const expected = own ? { username: own.username, groups: own.groups } : { username, groups };
    return compare('a node entry', rolearn, [expected], now);
  }
  const old =
    own ??
    (context.isFresh ? predecessor(outcome.roles, role.accountId, role.permissionSet, context) : undefined);
  // A username that denies access to people may be replaced, and a reserved one that would only now take effect.
  const isNew = old?.rolearn?.toLowerCase() !== rolearn.toLowerCase();
  const isReserved = isNew && /^(?:system|eks):/.test(old?.username ?? '');
  const isDenying = old?.username?.includes('{{EC2PrivateDNSName}}');
  const isKept = !usernameStated && old !== undefined && !isDenying && !isReserved;
  const name = isKept ? old.username : username;
  const isSame = old !== undefined && (old.groups ?? []).join('\n') === groups.join('\n');
  const isDenied = name.includes('{{EC2PrivateDNSName}}');
  return compare(
    'a desired entry',
    rolearn,
    isDenied ? [] : [{ username: name, groups: isSame ? old.groups : groups }],
    now,
  );
}

/** The letters that Go's case folding reads as ASCII ones, as those. */
export function asGoReads(arn: string): string {
  return arn.replaceAll('\u0130', 'i').replaceAll('\u017f', 's').replaceAll('\u212a', 'k');
}

/** Without a path, in lower case. */
function bare(arn: string): string {
  return asGoReads(arn)
    .toLowerCase()
    .replace(/:role\/.*\//, ':role/');
}

function predecessor(
  roles: readonly Mapping[],
  account: string,
  permissionSet: string,
  { accountsRead, roleArns }: MergeCase['context'],
): Mapping | undefined {
  return roles.findLast(({ rolearn = '' }) => {
    const [, id, , set = ''] = PROVISIONED.exec(asGoReads(rolearn)) ?? [];
    const isOfSet = id === account && set.toLowerCase() === permissionSet.toLowerCase();
    return isOfSet && accountsRead.has(account) && !roleArns.has(bare(rolearn));
  });
}

function compare(
  what: string,
  arn: string,
  expected: readonly Identity[],
  now: readonly Identity[],
): Complaint[] {
  if (JSON.stringify(expected) === JSON.stringify(now)) return [];
  return [
    {
      kind: `${what} resolves otherwise`,
      detail: `${arn}: ${JSON.stringify(now)}, not ${JSON.stringify(expected)}`,
    },
  ];
}
