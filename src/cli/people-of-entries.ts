import { entryAccess, liveRoleArns } from '../access/entry-access.ts';
import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { Inventory } from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import type { PeopleQuery } from '../inventory/query.ts';
import { resolveQuery } from '../inventory/scope/resolve-scope.ts';
import { parseProvisionedRoleArn } from '../role-name.ts';
import type { InventoryOptions, MappingOptions } from './common-options.ts';
import { fileQuestion } from './file-question.ts';
import { openInventorySource } from './inventory-source.ts';
import { loadConfig } from './request.ts';
import type { Shell } from './shell.ts';

/** The people behind the entries of a file, and which of these are in the scope. */
export interface PeopleOfEntries {
  readonly inventory: Inventory;
  readonly isInScope: (entry: LoadedEntry) => boolean;
}

/**
 * Reads the accounts of the provisioned-role ARNs in a file, within the scope flags, and who is assigned these roles; null
 * where there is no such ARN.
 * @throws Failure (exit 2 or 3)
 */
export async function readPeopleOf(
  entries: readonly LoadedEntry[],
  people: Pick<PeopleQuery, 'named' | 'members'>,
  options: InventoryOptions & MappingOptions,
  shell: Shell,
): Promise<PeopleOfEntries | null> {
  const question = fileQuestion(accountIdsOf(entries), options);
  if (question.scope.length === 0) return null;
  const { config = {} } = (await loadConfig(options, shell)) ?? {};
  const source = await openInventorySource(options, config, shell);
  try {
    const read = await source.read(question);
    const scope = resolveQuery(question, read.accounts, read.callerAccountId);
    const ids = new Set(scope.accounts.map(({ id }) => id));
    const isInScope = ({ arn }: LoadedEntry) => ids.has(parseProvisionedRoleArn(arn)?.accountId ?? '');
    const access = entryAccess(entries.filter(isInScope), read, new Assignees(read));
    const roleArns = liveRoleArns(access, read);
    if (roleArns.size + people.named.length === 0) return { inventory: read, isInScope };
    const inventory = await source.people(read, { ...people, roleArns, onlyNamed: false });
    return { inventory, isInScope };
  } finally {
    source.close();
  }
}

function accountIdsOf(entries: readonly LoadedEntry[]): string[] {
  const live = entries.filter(({ shadowed }) => !shadowed);
  return live.flatMap(({ arn }) => parseProvisionedRoleArn(arn)?.accountId ?? []);
}
