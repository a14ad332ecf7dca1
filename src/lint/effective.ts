import { isAccountId } from '../arn.ts';
import { callerKey } from '../authenticator/caller-order.ts';
import { printable } from '../text.ts';
import { arnFault } from './arn-fault.ts';
import { resolve } from './resolution.ts';
import type { LintSubject } from './subject.ts';

/** What the authenticator lets in after a fix and did not before, or under other names: one sentence for each. */
export function nowEffective(before: LintSubject, after: LintSubject): string[] {
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
  return arnFault(arn) === null && (own === undefined || callerKey(arn).split(':', 2)[1] === own);
}

function newAccounts(before: LintSubject, after: LintSubject): string[] {
  const old = new Set(before.accounts?.loaded.entries);
  const isNew = (account: string) => isAccountId(account) && !old.has(account);
  const accounts = new Set(after.accounts?.loaded.entries.filter(isNew));
  return [...accounts].map((account) => `now effective: everyone in account ${printable(account)}`);
}
