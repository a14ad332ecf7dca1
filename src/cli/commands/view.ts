import { Command } from 'commander';
import { readMapAccounts } from '../../authenticator/accounts.ts';
import { effectiveEntries, overriddenUsers } from '../../authenticator/caller.ts';
import { denialFindings, denialOf } from '../../authenticator/gets-in.ts';
import { identity, readMapRoles, readMapUsers } from '../../authenticator/load.ts';
import {
  describeLoss,
  type LoadError,
  type LoadedEntry,
  type LoadedMap,
} from '../../authenticator/loaded.ts';
import type { AwsAuthDocument } from '../../configmap/document.ts';
import { MAP_KEYS, type MapKey, meantMapKey } from '../../entry.ts';
import { type Finding, formatLocation, type Location } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { callerKey } from '../../same-arn.ts';
import { quoted } from '../../text.ts';
import type { YamlNode } from '../../yaml/node.ts';
import { renderJson } from '../format/json.ts';
import { type Column, renderTable, terminalWidth } from '../format/table.ts';
import type { ClusterFile } from '../inputs/clusters.ts';
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import { addFilesArgument, addShellOptions, outputOption, type ShellOptions } from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';

const ARN_MAPS = ['mapRoles', 'mapUsers'] as const;
type ArnMap = (typeof ARN_MAPS)[number];

interface ViewOptions extends ShellOptions {
  readonly output: 'table' | 'wide' | 'json';
}

export function viewCommand(run: Run): Command {
  const command = addFilesArgument(new Command('view')).addOption(outputOption('table', 'wide', 'json'));
  return addShellOptions(command).action((files: readonly string[], options: ViewOptions) =>
    run(options, (shell) =>
      withInputs(distinctFiles(files, shell), options, shell, (inputs) =>
        view(inputs, files.length === 1, options, shell),
      ),
    ),
  );
}

/** @param isOne whether one file was given, whatever came of it: programs rely on the shape that they asked for */
async function view(
  { files, failure }: Inputs,
  isOne: boolean,
  { output }: ViewOptions,
  shell: Shell,
): Promise<Outcome> {
  const loaded = files.map((file): LoadedFile => ({ ...file, loaded: loadAwsAuth(file.document) }));
  for (const { document } of loaded) shell.report(ignoredKeys(document));
  if (output === 'json') {
    const [first] = loaded;
    return { stdout: renderJson(isOne && first ? jsonOf(first) : loaded.map(namedJsonOf)) };
  }
  for (const { document, loaded: maps } of loaded) {
    // A wide table has them at their places.
    if (output === 'table') {
      for (const key of MAP_KEYS) shell.report(loadWarnings(document, key, maps[key].errors));
      shell.report(denialFindings(effectiveOf(document, maps), '`aws-auth-sso check` says how to fix it.'));
    }
    if (MAP_KEYS.every((key) => maps[key].entries.length === 0))
      shell.report([{ severity: 'note', code: 'no-entries', message: `${document.file}: no entries` }]);
  }
  const isWide = output === 'wide';
  const columns: readonly Column<Row>[] = [
    { header: 'PLACE', cell: ({ place }) => place, shown: isWide },
    { header: 'CLUSTER', cell: ({ cluster }) => cluster, shown: !isWide && !isOne },
    { header: 'KEY', cell: ({ key }) => key },
    { header: 'ARN', cell: ({ arn }) => arn },
    { header: 'USERNAME', cell: ({ username }) => username },
    { header: 'GROUPS', cell: ({ groups }) => groups },
    { header: 'NOTE', cell: ({ note }) => note },
  ];
  const width = terminalWidth(failure ? shell.io.stderr : shell.io.stdout);
  const fit = { width, shrink: ['USERNAME', 'NOTE', 'GROUPS', 'ARN'], roomiest: 'ARN' };
  return {
    stdout: await renderTable(columns, loaded.flatMap(isWide ? wideRows : rowsOf), isWide ? {} : fit),
  };
}

/** An aws-auth ConfigMap as the authenticator loads it, and the users that mapRoles overrides. */
export function loadAwsAuth(document: AwsAuthDocument) {
  const mapRoles = readMapRoles(document.mapRoles?.text ?? '');
  const mapUsers = readMapUsers(document.mapUsers?.text ?? '');
  const mapAccounts = readMapAccounts(document.mapAccounts?.text ?? '');
  const overridden = overriddenUsers({ mapRoles: mapRoles.entries, mapUsers: mapUsers.entries });
  return { mapRoles, mapUsers, mapAccounts, overridden };
}

type LoadedAwsAuth = ReturnType<typeof loadAwsAuth>;

/** The entries that no other one overrides, with their places. */
function effectiveOf(document: AwsAuthDocument, { mapRoles, mapUsers }: LoadedAwsAuth) {
  const entries = effectiveEntries({ mapRoles: mapRoles.entries, mapUsers: mapUsers.entries });
  const users = new Set(mapUsers.entries);
  return entries.map((entry) => {
    const [key, map] = users.has(entry)
      ? (['mapUsers', mapUsers] as const)
      : (['mapRoles', mapRoles] as const);
    return { entry, location: locationOf(document, key, { offset: itemOf(map, entry).start }) };
  });
}

interface LoadedFile extends ClusterFile {
  readonly loaded: LoadedAwsAuth;
}

const LOSSES = {
  unparsable: 'the authenticator ignores the whole key with all its entries',
  dropped: 'the authenticator drops this item',
  field: 'the authenticator reads this field as empty',
} as const;

/** More than any real file has. */
const MAX_WARNINGS = 1000;

/** What the authenticator cannot load of a key, as warnings: the first thousand, then a count. */
export function loadWarnings(
  document: AwsAuthDocument,
  key: MapKey,
  errors: readonly LoadError[],
): Finding[] {
  const warnings = errors.slice(0, MAX_WARNINGS).map(
    (error): Finding => ({
      severity: 'warning',
      code: error.code,
      message: `${key}: ${error.message}; ${LOSSES[error.loss]}`,
      location: locationOf(document, key, error),
    }),
  );
  const rest = errors.length - MAX_WARNINGS;
  if (rest > 0)
    warnings.push({
      severity: 'warning',
      code: 'more-problems',
      message: `${key}: ${rest} more problems like these`,
      location: { file: document.file },
      help: '`aws-auth-sso view -o json` lists all.',
    });
  return warnings;
}

function locationOf(document: AwsAuthDocument, key: MapKey, { offset }: Pick<LoadError, 'offset'>): Location {
  return document[key]?.locationOf(Math.max(offset, 0)) ?? { file: document.file };
}

/** Unknown keys of `data` that look like one of the authenticator's. */
function ignoredKeys({ data, locationOf }: AwsAuthDocument): Finding[] {
  return data.flatMap(({ key }) => {
    if (key.kind !== 'scalar' || MAP_KEYS.some((known) => known === key.text)) return [];
    const meant = meantMapKey(key.text);
    const message = `unknown key ${quoted(key.text)} is ignored; did you mean ${meant}?`;
    const location = locationOf(key.start);
    return meant ? [{ severity: 'warning', code: 'misspelled-key', message, location }] : [];
  });
}

/** Line of an entry in the file; null if unknown. */
function lineOf(document: AwsAuthDocument, key: ArnMap, map: LoadedMap, entry: LoadedEntry): number | null {
  return document[key]?.locationOf(itemOf(map, entry).start).line ?? null;
}

/** The item of the list that an entry is; an alias where it stands for one. */
function itemOf({ list }: LoadedMap, { index, node }: LoadedEntry): YamlNode {
  return list?.items[index] ?? node;
}

/** One of several. */
function namedJsonOf(file: LoadedFile) {
  return { file: file.document.file, cluster: file.cluster, ...jsonOf(file) };
}

function jsonOf({ document, loaded }: LoadedFile) {
  const { mapRoles, mapUsers, mapAccounts, overridden } = loaded;
  const errorsOf = (key: MapKey, errors: readonly LoadError[]) =>
    errors.map((error) => `${formatLocation(locationOf(document, key, error))}: ${describeLoss(error)}`);
  const entriesOf = (key: ArnMap, arnKey: string) =>
    loaded[key].entries.map((entry) => ({
      [arnKey]: entry.arn,
      username: entry.username,
      groups: entry.groups ?? [],
      shadowed: entry.shadowed || overridden.has(entry),
      ambiguous: entry.ambiguous && !overridden.has(entry),
      sso: entry.sso,
      neverMatches: denialOf(entry)?.what ?? null,
      line: lineOf(document, key, loaded[key], entry),
    }));
  return {
    mapRoles: { entries: entriesOf('mapRoles', 'rolearn'), errors: errorsOf('mapRoles', mapRoles.errors) },
    mapUsers: { entries: entriesOf('mapUsers', 'userarn'), errors: errorsOf('mapUsers', mapUsers.errors) },
    mapAccounts: { entries: mapAccounts.entries, errors: errorsOf('mapAccounts', mapAccounts.errors) },
  };
}

/** A row of the table; null where there is nothing to show. */
interface Row {
  readonly place: string | null;
  readonly cluster: string | null;
  readonly key: MapKey;
  readonly arn: string | null;
  readonly username: string | null;
  readonly groups: string | null;
  readonly note: string;
}

function rowsOf({ document, loaded, cluster }: LoadedFile): Row[] {
  const rivals = rivalNotes(document, loaded);
  const shared = { place: null, cluster };
  const rows = ARN_MAPS.flatMap((key) =>
    loaded[key].entries.map((entry) => {
      const note = noteOn(entry, document, loaded) || (rivals.get(entry) ?? '');
      return { ...shared, ...entryValues(key, entry), note };
    }),
  );
  return [...rows, ...loaded.mapAccounts.entries.map((id) => ({ ...shared, ...accountValues(id) }))];
}

function entryValues(key: MapKey, { arn, sso, username, groups }: LoadedEntry) {
  return {
    key,
    arn: arn || `sso:${sso?.permissionSetName ?? ''}`,
    username: username || null,
    groups: groups?.join(',') || null,
  };
}

function accountValues(id: string) {
  return {
    key: 'mapAccounts' as const,
    arn: id,
    username: '(the ARN of the caller)',
    groups: null,
    note: '',
  };
}

/** With the place of each entry, what overrides it or is overridden by it, and what is lost at its place among them. */
function wideRows({ document, loaded, cluster }: LoadedFile): Row[] {
  return MAP_KEYS.flatMap((key) => {
    const entries = key === 'mapAccounts' ? accountRows(loaded) : entryRows(key, document, loaded);
    const errors = loaded[key].errors.map(({ offset, message, loss }) => {
      const note = `error: ${message}; ${LOSSES[loss]}`;
      return { offset, key, arn: null, username: null, groups: null, note };
    });
    return [...entries, ...errors]
      .sort((one, other) => one.offset - other.offset)
      .map(({ offset, ...row }) => {
        return { place: formatLocation(locationOf(document, key, { offset })), cluster, ...row };
      });
  });
}

/** A row, and its offset into the text of the key. */
type PlacedRow = Omit<Row, 'place' | 'cluster'> & Pick<LoadError, 'offset'>;

function accountRows({ mapAccounts: { entries, errors, list } }: LoadedAwsAuth): PlacedRow[] {
  const dropped = new Set(errors.map(({ index }) => index));
  const items = list?.items.filter((_, index) => !dropped.has(index)) ?? [];
  return entries.map((id, index) => ({ offset: items[index]?.start ?? 0, ...accountValues(id) }));
}

function entryRows(key: ArnMap, document: AwsAuthDocument, loaded: LoadedAwsAuth): PlacedRow[] {
  const overrides = overrideNotes(key, document, loaded);
  const rivals = rivalNotes(document, loaded);
  return loaded[key].entries.map((entry) => {
    const rival = rivals.get(entry);
    const denial = entry.sso ? INERT : denialOf(entry)?.what;
    const notes = [...(overrides.get(entry) ?? []), ...(rival ? [rival] : []), ...(denial ? [denial] : [])];
    const offset = itemOf(loaded[key], entry).start;
    return { offset, ...entryValues(key, entry), note: notes.join('; ') };
  });
}

/** For each entry that another one overrides, or that overrides others, which these are. */
function overrideNotes(
  key: ArnMap,
  document: AwsAuthDocument,
  loaded: LoadedAwsAuth,
): Map<LoadedEntry, string[]> {
  const notes = new Map<LoadedEntry, string[]>();
  const note = (entry: LoadedEntry, text: string) => notes.set(entry, [...(notes.get(entry) ?? []), text]);
  const linesOf = (of: ArnMap, entries: readonly LoadedEntry[]) =>
    `${entries.length === 1 ? 'line' : 'lines'} ${entries.map((one) => lineOf(document, of, loaded[of], one)).join(', ')}`;
  const arnField = key === 'mapRoles' ? 'rolearn' : 'userarn';
  for (const same of groupBy(loaded[key].entries, (entry) => identity(entry, arnField)).values()) {
    const winner = same.pop();
    if (!winner || same.length === 0) continue;
    for (const entry of same) note(entry, `overridden by ${linesOf(key, [winner])}`);
    note(winner, `overrides ${linesOf(key, same)}`);
  }
  for (const [role, users] of groupBy(loaded.overridden.keys(), (user) => loaded.overridden.get(user))) {
    if (!role) continue;
    if (key === 'mapRoles') note(role, `overrides mapUsers, ${linesOf('mapUsers', users)}`);
    else for (const user of users) note(user, `overridden by mapRoles, ${linesOf('mapRoles', [role])}`);
  }
  return notes;
}

const INERT = 'inert on EKS';

function noteOn(entry: LoadedEntry, { mapRoles }: AwsAuthDocument, { overridden }: LoadedAwsAuth): string {
  if (entry.shadowed) return 'shadowed by a later entry';
  const role = overridden.get(entry);
  if (role) return `overridden by mapRoles, line ${mapRoles?.locationOf(role.node.contentStart).line}`;
  return denialNote(entry);
}

/** Why nobody gets in through an entry, in two words; empty where somebody may. */
function denialNote(entry: LoadedEntry): string {
  const denial = denialOf(entry);
  if (entry.sso) return INERT;
  return denial ? (denial.reason === 'for-instances' ? 'denies people' : 'never matches') : '';
}

/** For each entry with another of its map that differs only in case, a note with the line of one. */
function rivalNotes(document: AwsAuthDocument, loaded: LoadedAwsAuth): Map<LoadedEntry, string> {
  const notes = new Map<LoadedEntry, string>();
  for (const key of ARN_MAPS) {
    const ambiguous = loaded[key].entries.filter((entry) => entry.ambiguous);
    for (const rivals of groupBy(ambiguous, ({ arn }) => callerKey(arn)).values())
      for (const entry of rivals) {
        const other = rivals.find((one) => one !== entry);
        const line = other && lineOf(document, key, loaded[key], other);
        notes.set(entry, `picked at random: line ${line} differs only in case`);
      }
  }
  return notes;
}
