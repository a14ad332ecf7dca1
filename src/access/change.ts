import type { LoadedEntry } from '../authenticator/loaded.ts';
import type { Finding } from '../errors.ts';
import { accountText, type Inventory, type Principal, principalText } from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import { setKey } from '../role-name.ts';
import { listed, quoted } from '../text.ts';
import { type EntryAccess, entryAccess, liveRoleArns } from './entry-access.ts';
import { NOBODY_REASONS } from './findings.ts';

/** The entries that a change adds, removes or makes another, as they load before and after. */
export interface ChangedEntries {
  readonly before: readonly LoadedEntry[];
  readonly after: readonly LoadedEntry[];
}

/** Of effective entries, those that load differently. */
export function changedEntries(
  before: readonly LoadedEntry[],
  after: readonly LoadedEntry[],
): ChangedEntries {
  const [old, fresh] = [new Set(before.map(entryKey)), new Set(after.map(entryKey))];
  return {
    before: before.filter((entry) => !fresh.has(entryKey(entry))),
    after: after.filter((entry) => !old.has(entryKey(entry))),
  };
}

function entryKey({ arn, username, groups }: LoadedEntry): string {
  return JSON.stringify([arn.toLowerCase(), username, [...(groups ?? [])].sort()]);
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
  const notes = [...new Map([...before, ...after])].map(([key, access]) => {
    const { permissionSet, accountId: id, accountName: name } = access;
    const texts = differences(before.get(key), after.get(key));
    return `${permissionSet} in account ${accountText({ id, name })}: ${texts.join('; ')}`;
  });
  const messages = notes.length > 0 ? notes : ['nobody gains or loses access through this change'];
  return messages.map((message) => ({ severity: 'note', code: 'access-change', message }));
}

/** By permission set and account; of several entries, one that lets somebody in counts. */
function bySet(access: readonly EntryAccess[]): Map<string, EntryAccess> {
  const live = access.filter(({ nobody }) => !nobody);
  return new Map([...access, ...live].map((one) => [setKey(one), one]));
}

function differences(old: EntryAccess | undefined, fresh: EntryAccess | undefined): string[] {
  if (old?.principals === null || fresh?.principals === null)
    return ['who gains or loses access is not known'];
  const [were, are] = [livingIn(old), livingIn(fresh)];
  const [wereIds, areIds] = [were, are].map((principals) => new Set(principals.map(({ id }) => id)));
  const newcomers = are.filter(({ id }) => !wereIds?.has(id));
  const leavers = were.filter(({ id }) => !areIds?.has(id));
  const stayers = are.filter(({ id }) => wereIds?.has(id));
  const texts = [
    ...(fresh ? clause(newcomers, GAIN, accessText(fresh.entry)) : []),
    ...(old ? clause(leavers, LOSE, accessText(old.entry)) : []),
    ...(old && fresh ? changesFor(stayers, old.entry, fresh.entry) : []),
  ];
  if (texts.length > 0) return texts;
  const reason = (fresh ?? old)?.nobody;
  return [`nobody gains or loses access${reason ? `: ${NOBODY_REASONS[reason]}` : ''}`];
}

/** Those who were deleted do not get in any more. */
function livingIn(access: EntryAccess | undefined): readonly Principal[] {
  return (access?.principals ?? []).filter(({ name }) => name !== null);
}

function changesFor(principals: readonly Principal[], old: LoadedEntry, fresh: LoadedEntry): string[] {
  const [before, after] = [old.groups ?? [], fresh.groups ?? []];
  const more = after.filter((group) => !before.includes(group));
  const fewer = before.filter((group) => !after.includes(group));
  const renamed = `${quoted(fresh.username)} instead of ${quoted(old.username)}`;
  return [
    ...(more.length > 0 ? clause(principals, GAIN, groupsText(more)) : []),
    ...(fewer.length > 0 ? clause(principals, LOSE, groupsText(fewer)) : []),
    ...(old.username === fresh.username ? [] : clause(principals, ['becomes', 'become'], renamed)),
  ];
}

const GAIN = ['gains', 'gain'] as const;
const LOSE = ['loses', 'lose'] as const;

/** `user "ada" gains "view"`; nothing of nobody. */
function clause(
  principals: readonly Principal[],
  [one, many]: readonly [string, string],
  what: string,
): string[] {
  if (principals.length === 0) return [];
  return [`${listed(principals.map(principalText))} ${principals.length === 1 ? one : many} ${what}`];
}

function accessText({ groups, username }: LoadedEntry): string {
  return `${groupsText(groups ?? [])}, as ${quoted(username)}`;
}

function groupsText(groups: readonly string[]): string {
  return groups.length === 0 ? 'a username without groups' : listed(groups.map(quoted));
}
