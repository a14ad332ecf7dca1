import { isAccountId } from '../arn.ts';
import { callerKey } from '../authenticator/caller-order.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';

import { parseProvisionedRoleArn } from '../role-name.ts';
import { printable, quoted } from '../text.ts';
import type { LintContext, ListEntry } from './context.ts';
import { diagnoseArn } from './diagnose-arn.ts';

/** What the authenticator makes of a caller with an ARN. */
export interface Resolved {
  readonly arn: string;
  /** `username "…", groups […]`; of several that differ by case alone, all that it may be; empty where access is denied. */
  readonly names: string;
}

/**
 * By ARN in lower case, what the authenticator resolves it to. It asks mapRoles first, then mapUsers (its server.go and
 * mapper/configmap); `sso:` entries are inert on EKS.
 */
export function resolve({ entries }: LintContext): ReadonlyMap<string, Resolved> {
  const byArn = new Map<string, ListEntry[]>();
  for (const one of entries) {
    const { arn, sso, shadowed } = one.entry;
    if (sso || shadowed) continue;
    const rivals = byArn.get(callerKey(arn));
    if (!rivals) byArn.set(callerKey(arn), [one]);
    else if (rivals[0]?.list === one.list) rivals.push(one);
  }
  return new Map([...byArn].map(([key, rivals]) => [key, resolved(rivals)]));
}

function resolved(rivals: readonly ListEntry[]): Resolved {
  const names = new Set(
    rivals
      .filter(({ entry }) => !isDenied(entry))
      .map(namesOf)
      .toSorted(),
  );
  return { arn: rivals[0]?.entry.arn ?? '', names: [...names].join(', or ') };
}

function namesOf({ entry: { username, groups } }: ListEntry): string {
  return `username ${quoted(username)}, groups [${(groups ?? []).map(quoted).join(', ')}]`;
}

/** What the authenticator lets in after a fix and did not before, or under other names: one sentence for each. */
export function nowEffective(before: LintContext, after: LintContext): string[] {
  const old = resolve(before);
  const own = after.options.inventory?.partition;
  const entries = [...resolve(after)]
    .filter(
      ([key, { arn, names }]) => names !== (old.get(key)?.names ?? '') && names !== '' && canCall(arn, own),
    )
    .map(([, { arn, names }]) => `now effective: ${printable(arn)}, ${names}`);
  return [...entries, ...newAccounts(before, after)];
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

type Named = Pick<LoadedEntry, 'arn' | 'username' | 'groups'>;

/** Whether no EC2 instance comes in through an entry: a role that Identity Center provisioned, or no role at all. Other roles may be anybody's. */
export function isHuman({ arn }: Pick<LoadedEntry, 'arn'>): boolean {
  const key = callerKey(arn);
  return NO_ROLE.test(key) || parseProvisionedRoleArn(key) !== undefined;
}

const NO_ROLE = /^arn:[^:]*:(?:iam::[^:]*:(?:user\/|root$)|sts::[^:]*:federated-user\/)/;

/** The name of the EC2 instance that calls. */
export const NODE_VARIABLE = '{{EC2PrivateDNSName}}';

/** Whether the authenticator denies access through an entry: it looks for an EC2 instance of the caller's name, and there is none. */
export function isDenied(entry: Named): boolean {
  const names = [entry.username, ...(entry.groups ?? [])];
  return names.some((name) => name.includes(NODE_VARIABLE)) && isHuman(entry);
}
