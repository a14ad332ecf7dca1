import { AwsAuth } from '../../aws-auth/aws-auth.ts';
import { denialFindings, denialOf } from '../../aws-auth/denied-entries.ts';
import type { AwsAuthDocument } from '../../aws-auth/document.ts';
import { identity } from '../../aws-auth/load.ts';
import { HOW_TO_FIX, loadWarnings, lossEffect } from '../../aws-auth/load-findings.ts';
import {
  ANY_CALLER,
  describeLoss,
  type ListKey,
  type LoadError,
  type LoadedEntry,
} from '../../aws-auth/loaded.ts';
import type { Column } from '../../column.ts';
import { type Finding, formatLocation, note, warning } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { MAP_KEYS, type MapKey, meantMapKey } from '../../map-entry.ts';
import { callerKey } from '../../same-arn.ts';
import { quoted } from '../../text.ts';

import { defineCommand, outputOption } from '../define-command.ts';
import { renderJson } from '../format/json.ts';
import { renderTable, terminalWidth } from '../format/table.ts';
import type { ClusterFile } from '../inputs/clusters.ts';
import { distinctFiles, type Inputs, withInputs } from '../inputs/inputs.ts';
import type { ShellOptions } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';

interface ViewOptions extends ShellOptions {
  readonly output: 'table' | 'wide' | 'json';
}

export const viewCommand = defineCommand(
  'view',
  { file: 'several' },
  (command) => command.addOption(outputOption('table', 'wide', 'json')),
  (options: ViewOptions, shell, files: readonly string[]) =>
    withInputs(options, shell, async (inputs) => {
      await inputs.read(distinctFiles(files, shell));
      return view(inputs, files.length === 1, options, shell);
    }),
);

/** @param isOne true if one file was given, even an invalid one: the shape of JSON depends only on the command line */
async function view(
  { files, failures }: Inputs,
  isOne: boolean,
  { output }: ViewOptions,
  shell: Shell,
): Promise<Outcome> {
  const loaded = files.map((file): LoadedFile => ({ ...file, awsAuth: new AwsAuth(file.document) }));
  for (const { document } of loaded) shell.report(ignoredKeys(document));
  if (output === 'json') {
    const [first] = loaded;
    const named = (file: LoadedFile) => {
      return { file: file.document.file, cluster: file.cluster, ...awsAuthJson(file) };
    };
    return { stdout: renderJson(isOne && first ? awsAuthJson(first) : loaded.map(named)) };
  }
  for (const { awsAuth } of loaded) {
    // A wide table shows them in place.
    if (output === 'table') {
      for (const key of MAP_KEYS) shell.report(loadWarnings(awsAuth, key));
      const locationOf = (entry: LoadedEntry) => awsAuth.itemLocation(entry);
      shell.report(denialFindings(awsAuth.effective, locationOf, HOW_TO_FIX));
    }
    if (MAP_KEYS.every((key) => awsAuth[key].entries.length === 0))
      shell.report([note('no-entries', `${awsAuth.file}: no entries`)]);
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
  const width = terminalWidth(failures.length > 0 ? shell.io.stderr : shell.io.stdout);
  const fit = { width, shrink: ['USERNAME', 'NOTE', 'GROUPS', 'ARN'], roomiest: 'ARN' };
  return {
    stdout: await renderTable(
      columns,
      loaded.flatMap((file) => rowsOf(file, isWide)),
      isWide ? {} : fit,
    ),
  };
}

interface LoadedFile extends ClusterFile {
  readonly awsAuth: AwsAuth;
}

/** Warns about unknown keys of `data` that look like one of the authenticator's. */
function ignoredKeys({ data, locationOf }: AwsAuthDocument): Finding[] {
  return data.flatMap(({ key }) => {
    if (key.kind !== 'scalar' || MAP_KEYS.some((known) => known === key.text)) return [];
    const meant = meantMapKey(key.text);
    const message = `unknown key ${quoted(key.text)} is ignored; did you mean ${meant}?`;
    const location = locationOf(key.start);
    return meant ? [warning('misspelled-key', message, { location })] : [];
  });
}

/** Line of an entry in the file; null if unknown. */
function lineOf(awsAuth: AwsAuth, entry: LoadedEntry): number | null {
  return awsAuth.itemLocation(entry).line ?? null;
}

function awsAuthJson({ awsAuth }: LoadedFile) {
  const { overridden } = awsAuth;
  const errorsOf = (key: MapKey) =>
    awsAuth[key].errors.map(
      (error) => `${formatLocation(awsAuth.locate(key, error.offset))}: ${describeLoss(error)}`,
    );
  const entriesOf = (key: ListKey, arnKey: string) =>
    awsAuth[key].entries.map((entry) => ({
      [arnKey]: entry.arn,
      username: entry.username,
      groups: entry.groups ?? [],
      shadowed: entry.shadowed || overridden.has(entry),
      ambiguous: entry.ambiguous && !overridden.has(entry),
      sso: entry.sso,
      neverMatches: denialOf(entry)?.what ?? null,
      line: lineOf(awsAuth, entry),
    }));
  return {
    mapRoles: { entries: entriesOf('mapRoles', 'rolearn'), errors: errorsOf('mapRoles') },
    mapUsers: { entries: entriesOf('mapUsers', 'userarn'), errors: errorsOf('mapUsers') },
    mapAccounts: { entries: awsAuth.mapAccounts.entries, errors: errorsOf('mapAccounts') },
  };
}

/** A row of the table; null shows nothing. */
interface Row {
  readonly place: string | null;
  readonly cluster: string | null;
  readonly key: MapKey;
  readonly arn: string | null;
  readonly username: string | null;
  readonly groups: string | null;
  readonly note: string;
}

/** A row without what it shares with others, and its offset into the text of the key. */
type PlacedRow = Omit<Row, 'place' | 'cluster'> & Pick<LoadError, 'offset'>;

/** The entries in the order of the file; in a wide table with their places, and with errors among them. */
function rowsOf({ awsAuth, cluster }: LoadedFile, isWide: boolean): Row[] {
  return MAP_KEYS.flatMap((key) => {
    const entries = key === 'mapAccounts' ? accountRows(awsAuth) : entryRows(key, awsAuth, isWide);
    const errors = awsAuth[key].errors.map(({ offset, message, loss }): PlacedRow => {
      const note = `error: ${message}; ${lossEffect(key, loss)}`;
      return { offset, key, arn: null, username: null, groups: null, note };
    });
    const rows = isWide ? [...entries, ...errors] : entries;
    return rows
      .sort((one, other) => one.offset - other.offset)
      .map(({ offset, ...row }) => {
        const place = isWide ? formatLocation(awsAuth.locate(key, offset)) : null;
        return { place, cluster, ...row };
      });
  });
}

function accountRows({ mapAccounts: { entries, errors, list } }: AwsAuth): PlacedRow[] {
  const dropped = new Set(errors.map(({ index }) => index));
  const items = list?.items.filter((_, index) => !dropped.has(index)) ?? [];
  return entries.map((arn, index) => {
    const offset = items[index]?.start ?? 0;
    return { offset, key: 'mapAccounts', arn, username: ANY_CALLER, groups: null, note: '' };
  });
}

function entryRows(key: ListKey, awsAuth: AwsAuth, isWide: boolean): PlacedRow[] {
  const overrides = overrideNotes(key, awsAuth);
  const rivals = rivalNotes(key, awsAuth);
  return awsAuth[key].entries.map((entry) => {
    const { arn, sso, username, groups } = entry;
    const denial = denialOf(entry);
    // Two words: the warnings beside a narrow table say more.
    const brief = denial && (denial.reason === 'for-instances' ? 'denies people' : 'never matches');
    const why = sso ? 'inert on EKS' : isWide ? denial?.what : brief;
    const notes = [overrides.get(entry) ?? [], rivals.get(entry) ?? [], why ?? []].flat();
    return {
      offset: awsAuth.itemStart(entry),
      key,
      arn: arn || `sso:${sso?.permissionSetName ?? ''}`,
      username: username || null,
      groups: groups?.join(',') || null,
      note: notes.join('; '),
    };
  });
}

/** For each entry that overrides others or is overridden, notes with their lines. */
function overrideNotes(key: ListKey, awsAuth: AwsAuth): Map<LoadedEntry, string[]> {
  const notes = new Map<LoadedEntry, string[]>();
  const add = (entry: LoadedEntry, text: string) => notes.set(entry, [...(notes.get(entry) ?? []), text]);
  const linesOf = (entries: readonly LoadedEntry[]) =>
    `${entries.length === 1 ? 'line' : 'lines'} ${entries.map((one) => lineOf(awsAuth, one)).join(', ')}`;
  for (const same of groupBy(awsAuth[key].entries, (entry) => identity(entry, key)).values()) {
    const winner = same.pop();
    if (!winner || same.length === 0) continue;
    for (const entry of same) add(entry, `overridden by ${linesOf([winner])}`);
    add(winner, `overrides ${linesOf(same)}`);
  }
  for (const [role, users] of groupBy(awsAuth.overridden.keys(), (user) => awsAuth.overridden.get(user))) {
    if (!role) continue;
    if (key === 'mapRoles') add(role, `overrides mapUsers, ${linesOf(users)}`);
    else for (const user of users) add(user, `overridden by mapRoles, ${linesOf([role])}`);
  }
  return notes;
}

/** For each entry whose ARN differs from another one of its map only in case, a note with the other line. */
function rivalNotes(key: ListKey, awsAuth: AwsAuth): Map<LoadedEntry, string> {
  const ambiguous = awsAuth[key].entries.filter((entry) => entry.ambiguous);
  const rivals = [...groupBy(ambiguous, ({ arn }) => callerKey(arn)).values()];
  return new Map(
    rivals.flatMap((same) =>
      same.map((entry) => {
        const other = same.find((one) => one !== entry);
        const line = other && lineOf(awsAuth, other);
        return [entry, `picked at random: line ${line} differs only in case`] as const;
      }),
    ),
  );
}
