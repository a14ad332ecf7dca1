import { Failure, type Finding } from '../errors.ts';
import type { Inventory } from '../inventory/model.ts';
import type { AccountName } from '../inventory/session.ts';
import { listed } from '../printable.ts';

/**
 * Makes sure that every account of the scope was read; says which were not, where that was allowed.
 * @throws Failure (exit 3) naming every account that was not read and may not be skipped
 */
export function requireRead(
  accountIds: readonly string[],
  inventory: Inventory,
  maySkip: (account: AccountName) => boolean,
): Finding[] {
  const known = new Map(inventory.accounts.map((account) => [account.id, account]));
  const unread = accountIds.flatMap((id) => {
    const account = known.get(id) ?? {
      id,
      name: null,
      rolesRead: false,
      unreadable: 'it is not in the snapshot',
    };
    return account.rolesRead ? [] : [account];
  });
  const refused = unread.filter((account) => !maySkip(account));
  if (refused.length > 0) {
    const texts = refused.map(
      ({ id, unreadable }) =>
        `${id} (${unreadable ?? 'its roles were not read when the snapshot was taken'})`,
    );
    throw new Failure(3, [
      {
        message: `the roles of ${refused.length} ${refused.length === 1 ? 'account are' : 'accounts are'} not known: ${listed(texts)}`,
        next: 'Take a snapshot that reads them, leave them out with --exclude-account, or go on without them with --skip-unreadable.',
      },
    ]);
  }
  if (unread.length === 0) return [];
  const message = `not read, and left as they are: ${listed(unread.map(({ id }) => id))}`;
  return [{ severity: 'warning', code: 'account-unreadable', message }];
}
