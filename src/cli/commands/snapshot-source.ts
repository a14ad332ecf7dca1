import { Failure } from '../../errors.ts';
import { mergeInventories } from '../../inventory/merge-inventories.ts';
import type { Inventory } from '../../inventory/model.ts';
import type { InventoryQuery } from '../../inventory/query.ts';
import { resolveQuery, unlistedAccount } from '../../inventory/scope/resolve-scope.ts';

import type { AccountName, InventorySource, KnownSets } from '../../inventory/session.ts';
import { parseSnapshot } from '../../inventory/snapshot.ts';
import { type AccountFailure, requireReadable } from '../../inventory/unreadable-accounts.ts';

import { readText } from '../../io.ts';

import type { Shell } from '../shell.ts';
import { checkPeople } from './snapshot-people.ts';

/** Bytes that a snapshot may have: twice what 5,000 accounts take with 30 permission sets each and two principals for each of these. */
const MAX_BYTES = 250_000_000;

/**
 * An inventory source over snapshot files.
 * @throws Failure (exit 2) where one is broken, or two overlap
 */
export async function openSnapshots(
  files: readonly [string, ...string[]],
  maySkip: (account: AccountName) => boolean,
  shell: Shell,
): Promise<InventorySource> {
  const [first, ...others] = files;
  const read = async (file: string) => parseSnapshot(await readText(shell.io, file, MAX_BYTES), file);
  const inventory = mergeInventories([await read(first), ...(await Promise.all(others.map(read)))]);
  return {
    isLive: false,
    read: async (question) => {
      const unread = unreadAccounts(question, inventory);
      shell.report(requireReadable(unread, maySkip));
      if (question.people) {
        const scope = resolveQuery(question, inventory.accounts, inventory.callerAccountId);
        const ids = new Set(scope.accounts.map(({ id }) => id));
        shell.report(checkPeople(inventory, question.people, ids));
      }
      return inventory;
    },
    people: async (_, question) => {
      const { roleArns } = question;
      const roles = inventory.roles.filter(({ roleArn }) => roleArns?.has(roleArn) ?? true);
      const ids = new Set(roles.map(({ accountId }) => accountId));
      shell.report(checkPeople(inventory, question, ids));
      return inventory;
    },
    knownSets: async () => knownSetsOf(inventory),
    close: () => {},
  };
}

/** The accounts of the question's scope whose roles the snapshots do not hold. */
function unreadAccounts(question: InventoryQuery, inventory: Inventory): AccountFailure[] {
  const scope = resolveQuery(question, inventory.accounts, inventory.callerAccountId);
  if (scope.problems.length > 0) throw new Failure(2, scope.problems);
  const known = new Map(inventory.accounts.map((account) => [account.id, account]));
  return scope.accounts.flatMap(({ id }) => {
    const account = known.get(id) ?? unlistedAccount(id);
    if (account.rolesRead) return [];
    const detail =
      account.unreadable ?? (known.has(id) ? 'nobody asked for its roles' : 'it is not in the snapshot');
    const help = 'Take a snapshot that reads them, or leave them out with --exclude-account.';
    return [{ account, cause: 'not read when the snapshot was taken', detail, help }];
  });
}

function knownSetsOf({ permissionSets, instance }: Inventory): KnownSets {
  if (permissionSets) return { kind: 'known', sets: permissionSets, instance };
  return { kind: 'unknown', reason: 'the snapshot does not hold the permission sets' };
}
