import type { Finding } from '../../errors.ts';
import { listed } from '../../text.ts';

import { type Account, accountText } from '../model.ts';
import { type AccountSelector, lookalikeMatcher } from './account-selector.ts';

/** Accounts that the selectors seem to name, and do not, for their names hold characters that nobody sees. */
export function lookalikeFinding(
  selectors: readonly AccountSelector[],
  known: readonly Account[],
  callerAccountId: string | null,
  inScope: ReadonlySet<string>,
): Finding[] {
  const looksSelected = lookalikeMatcher(selectors, callerAccountId);
  const missed = known.filter((account) => !inScope.has(account.id) && looksSelected(account));
  if (missed.length === 0) return [];
  return [
    {
      severity: 'warning',
      code: 'account-name-invisible',
      message: `left out, for a name with invisible characters matches no pattern: ${listed(missed.map(accountText))}; name such accounts by id`,
    },
  ];
}
