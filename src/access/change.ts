import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { Finding } from '../errors.ts';
import { accountText, type Inventory, type Principal, principalText } from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import { listed, quoted } from '../text.ts';
import { type EntryAccess, entryAccess, liveRoleArns } from './entry-access.ts';
import { NOBODY_REASONS } from './findings.ts';

/** The entries that a change adds, removes or makes another, as they load before and after. */
export interface ChangedEntries {
  readonly before: readonly LoadedEntry[];
  readonly after: readonly LoadedEntry[];
}

/** The entries that load differently; those that a later one beats let nobody in. */
export function changedEntries(
  before: readonly LoadedEntry[],
  after: readonly LoadedEntry[],
): ChangedEntries {
  const [old, fresh] = [before, after].map((entries) => entries.filter(({ shadowed }) => !shadowed));
  const [oldKeys, freshKeys] = [old, fresh].map((entries) => new Set(entries?.map(entryKey)));
  return {
    before: old?.filter((entry) => !freshKeys?.has(entryKey(entry))) ?? [],
    after: fresh?.filter((entry) => !oldKeys?.has(entryKey(entry))) ?? [],
  };
}

/** The roles whose assignments tell who gains and who loses. */
export function rolesOfChange({ before, after }: ChangedEntries, inventory: Inventory): Set<string> {
  const access = entryAccess([...before, ...after], inventory, new Assignees(inventory));
  return liveRoleArns(access, inventory);
}

/** Who gains and who loses access through a change: a note for each permission set and account. */
export function explainChange(changed: ChangedEntries, inventory: Inventory): Finding[] {
  const assignees = new Assignees(inventory);
  const before = bySet(entryAccess(changed.before, inventory, assignees));
  const after = bySet(entryAccess(changed.after, inventory, assignees));
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  const notes = keys.map((key) => {
    const [old, fresh] = [before.get(key), after.get(key)];
    return `${placeText(fresh ?? old)}: ${differences(old, fresh).join('; ')}`;
  });
  const messages = notes.length > 0 ? notes : ['nobody gains or loses access through this change'];
  return messages.map((message) => ({ severity: 'note', code: 'access-change', message }));
}

function entryKey({ arn, username, groups }: LoadedEntry): string {
  return JSON.stringify([arn.toLowerCase(), username, [...(groups ?? [])].sort()]);
}

/** By permission set and account; of several entries, one that lets somebody in counts. */
function bySet(access: readonly EntryAccess[]): Map<string, EntryAccess> {
  const deadFirst = [...access.filter(({ nobody }) => nobody), ...access.filter(({ nobody }) => !nobody)];
  return new Map(deadFirst.map((one) => [`${one.accountId}/${one.permissionSet.toLowerCase()}`, one]));
}

function placeText(access: EntryAccess | undefined): string {
  if (!access) return '';
  const { permissionSet, accountId: id, accountName: name } = access;
  return `${permissionSet} in account ${accountText({ id, name })}`;
}

function differences(old: EntryAccess | undefined, fresh: EntryAccess | undefined): string[] {
  const unknown = [old, fresh].some((access) => access?.principals === null);
  if (unknown) return ['who gains or loses access is not known'];
  const [were, are] = [livingIn(old), livingIn(fresh)];
  const newcomers = are.filter((one) => !includes(were, one));
  const leavers = were.filter((one) => !includes(are, one));
  const stayers = are.filter((one) => includes(were, one));
  const texts = [
    ...gained(newcomers, fresh?.entry.groups ?? [], fresh?.entry.username),
    ...lost(leavers, old?.entry.groups ?? [], old?.entry.username),
    ...(old && fresh ? regrouped(stayers, old.entry, fresh.entry) : []),
  ];
  if (texts.length > 0) return texts;
  const reason = (fresh ?? old)?.nobody;
  return [`nobody gains or loses access${reason ? `, for ${NOBODY_REASONS[reason]}` : ''}`];
}

/** Those who were deleted come in no more. */
function livingIn(access: EntryAccess | undefined): readonly Principal[] {
  return (access?.principals ?? []).filter(({ name }) => name !== null);
}

function includes(principals: readonly Principal[], { id }: Principal): boolean {
  return principals.some((one) => one.id === id);
}

function gained(principals: readonly Principal[], groups: readonly string[], username = ''): string[] {
  if (principals.length === 0) return [];
  return [`${verb(principals, 'gains', 'gain')} ${groupsText(groups)}, as ${quoted(username)}`];
}

function lost(principals: readonly Principal[], groups: readonly string[], username = ''): string[] {
  if (principals.length === 0) return [];
  return [`${verb(principals, 'loses', 'lose')} ${groupsText(groups)}, as ${quoted(username)}`];
}

function regrouped(principals: readonly Principal[], old: LoadedEntry, fresh: LoadedEntry): string[] {
  if (principals.length === 0) return [];
  const [before, after] = [old.groups ?? [], fresh.groups ?? []];
  const more = after.filter((group) => !before.includes(group));
  const fewer = before.filter((group) => !after.includes(group));
  return [
    ...(more.length > 0 ? [`${verb(principals, 'gains', 'gain')} ${groupsText(more)}`] : []),
    ...(fewer.length > 0 ? [`${verb(principals, 'loses', 'lose')} ${groupsText(fewer)}`] : []),
    ...(old.username === fresh.username
      ? []
      : [
          `${verb(principals, 'becomes', 'become')} ${quoted(fresh.username)} instead of ${quoted(old.username)}`,
        ]),
  ];
}

function verb(principals: readonly Principal[], one: string, many: string): string {
  return `${listed(principals.map(principalText))} ${principals.length === 1 ? one : many}`;
}

function groupsText(groups: readonly string[]): string {
  return groups.length === 0 ? 'a username without groups' : listed(groups.map(quoted));
}
