import { isAccountId } from '../arn.ts';
import { callerKey, describeGrant } from '../authenticator/caller.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import { NODE_VARIABLE } from '../entry.ts';
import { groupBy } from '../group-by.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable } from '../text.ts';
import type { LintContext } from './context.ts';
import { diagnoseArn } from './diagnose-arn.ts';

/** What the authenticator makes of a caller with an ARN. */
interface Resolved {
  readonly arn: string;
  /** `username "…", groups […]`; of several that differ by case alone, all that it may be; empty where access is denied. */
  readonly names: string;
}

/**
 * By ARN in lower case, what the authenticator resolves it to. It asks mapRoles first, then mapUsers (its server.go and
 * mapper/configmap); `sso:` entries are inert on EKS.
 */
export function resolve({ entries }: LintContext): ReadonlyMap<string, Resolved> {
  const effective = entries.filter(({ entry }) => !entry.sso && !entry.shadowed);
  return new Map(
    [...groupBy(effective, ({ entry }) => callerKey(entry.arn))].map(([key, all]) => {
      const rivals = all.filter(({ list }) => list === all[0]?.list).map(({ entry }) => entry);
      const names = rivals.filter((entry) => !isDenied(entry)).map((entry) => describeGrant(entry));
      return [key, { arn: rivals[0]?.arn ?? '', names: [...new Set(names.toSorted())].join(', or ') }];
    }),
  );
}

/** Whether two entries give the same; no groups and an empty list of them are one. */
export function grantSame(one: LoadedEntry, other: LoadedEntry): boolean {
  const [first, second] = [one.groups ?? [], other.groups ?? []];
  return (
    one.username === other.username &&
    first.length === second.length &&
    first.every((group, index) => group === second[index])
  );
}

/** What the authenticator lets in after a fix and did not before, or under other names: one sentence for each. */
export function nowEffective(before: LintContext, after: LintContext): string[] {
  const old = resolve(before);
  const own = after.options.inventory?.partition;
  const entries = [...resolve(after)].filter(
    ([key, { arn, names }]) => names !== (old.get(key)?.names ?? '') && names !== '' && canCall(arn, own),
  );
  return [
    ...entries.map(([, { arn, names }]) => `now effective: ${printable(arn)}, ${names}`),
    ...newAccounts(before, after),
  ];
}

/** @param own partition of the cluster; undefined where it is not known */
function canCall(arn: string, own: string | undefined): boolean {
  return diagnoseArn(arn) === null && (own === undefined || callerKey(arn).split(':', 2)[1] === own);
}

function newAccounts(before: LintContext, after: LintContext): string[] {
  const old = new Set(before.accounts?.loaded.entries);
  const isNew = (account: string) => isAccountId(account) && !old.has(account);
  const accounts = new Set(after.accounts?.loaded.entries.filter(isNew));
  return [...accounts].map((account) => `now effective: everyone in account ${printable(account)}`);
}

/** Whether no EC2 instance has an ARN: it is of a role that Identity Center provisioned, or of no role at all. Other roles may be anybody's. */
export function cannotBeNode({ arn }: Pick<LoadedEntry, 'arn'>): boolean {
  const key = callerKey(arn);
  return NO_ROLE.test(key) || parseProvisionedRoleArn(key) !== undefined;
}

const NO_ROLE = /^arn:[^:]*:(?:iam::[^:]*:(?:user\/|root$)|sts::[^:]*:federated-user\/)/;

/** Whether the authenticator denies access through an entry: it looks for an EC2 instance of the caller's name, and there is none. */
export function isDenied(entry: Pick<LoadedEntry, 'arn' | 'username' | 'groups'>): boolean {
  const names = [entry.username, ...(entry.groups ?? [])];
  return names.some((name) => name.includes(NODE_VARIABLE)) && cannotBeNode(entry);
}
