import { Command } from 'commander';
import { callerKey, overriddenUsers } from '../../authenticator/caller.ts';
import { readMapAccounts, readMapRoles, readMapUsers } from '../../authenticator/load.ts';
import {
  describeLoss,
  type LoadError,
  type LoadedEntry,
  type LoadedMap,
} from '../../authenticator/loaded.ts';
import { type AwsAuthDocument, readDocument } from '../../configmap/document.ts';
import { MAP_KEYS, type MapKey } from '../../entry.ts';
import { type Finding, formatLocation, type Location } from '../../errors.ts';
import { groupBy } from '../../group-by.ts';
import { inputName, readText } from '../../io.ts';
import { meantMapKey } from '../../lint/typo.ts';
import { quoted } from '../../text.ts';
import { renderJson } from '../format/json.ts';
import { renderTable } from '../format/table.ts';
import { addFileArgument, addShellOptions, outputOption, type ShellOptions } from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';

interface ViewOptions extends ShellOptions {
  readonly output: 'table' | 'json';
}

export function viewCommand(run: Run): Command {
  const command = addFileArgument(new Command('view')).addOption(outputOption('table', 'json'));
  return addShellOptions(command).action((file: string, options: ViewOptions) =>
    run(options, (shell) => view(file, options, shell)),
  );
}

async function view(file: string, { output }: ViewOptions, shell: Shell): Promise<Outcome> {
  const document = readDocument(await readText(shell.io, file), inputName(file));
  const loaded = loadAwsAuth(document);
  shell.report(ignoredKeys(document));
  if (output === 'json') return { stdout: renderJson(jsonOf(document, loaded)) };
  for (const key of MAP_KEYS) shell.report(loadWarnings(document, key, loaded[key].errors));
  if (MAP_KEYS.every((key) => loaded[key].entries.length === 0))
    shell.report([{ severity: 'note', code: 'no-entries', message: `${document.file}: no entries` }]);
  return { stdout: await tableOf(document, loaded) };
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

function locationOf(document: AwsAuthDocument, key: MapKey, { offset }: LoadError): Location {
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
function lineOf(
  document: AwsAuthDocument,
  key: 'mapRoles' | 'mapUsers',
  { list }: LoadedMap,
  { index, node }: LoadedEntry,
): number | null {
  return document[key]?.locationOf((list?.items[index] ?? node).start).line ?? null;
}

function jsonOf(document: AwsAuthDocument, loaded: LoadedAwsAuth) {
  const { mapRoles, mapUsers, mapAccounts, overridden } = loaded;
  const errorsOf = (key: MapKey, errors: readonly LoadError[]) =>
    errors.map((error) => `${formatLocation(locationOf(document, key, error))}: ${describeLoss(error)}`);
  const entriesOf = (key: 'mapRoles' | 'mapUsers', arnKey: string) =>
    loaded[key].entries.map((entry) => ({
      [arnKey]: entry.arn,
      username: entry.username,
      groups: entry.groups ?? [],
      shadowed: entry.shadowed || overridden.has(entry),
      ambiguous: entry.ambiguous && !overridden.has(entry),
      sso: entry.sso,
      line: lineOf(document, key, loaded[key], entry),
    }));
  return {
    mapRoles: { entries: entriesOf('mapRoles', 'rolearn'), errors: errorsOf('mapRoles', mapRoles.errors) },
    mapUsers: { entries: entriesOf('mapUsers', 'userarn'), errors: errorsOf('mapUsers', mapUsers.errors) },
    mapAccounts: { entries: mapAccounts.entries, errors: errorsOf('mapAccounts', mapAccounts.errors) },
  };
}

function tableOf(document: AwsAuthDocument, loaded: LoadedAwsAuth): Promise<string> {
  const { mapRoles, mapUsers, mapAccounts } = loaded;
  const rivals = rivalNotes(document, loaded);
  const row = (key: string) => (entry: LoadedEntry) => [
    key,
    entry.arn || `sso:${entry.sso?.permissionSetName ?? ''}`,
    entry.username || '-',
    entry.groups?.join(',') || '-',
    noteOn(entry, document, loaded) || (rivals.get(entry) ?? ''),
  ];
  return renderTable(
    ['KEY', 'ARN', 'USERNAME', 'GROUPS', 'NOTE'],
    [
      ...mapRoles.entries.map(row('mapRoles')),
      ...mapUsers.entries.map(row('mapUsers')),
      ...mapAccounts.entries.map((id) => ['mapAccounts', id, '(the ARN of the caller)', '-', '']),
    ],
  );
}

function noteOn(entry: LoadedEntry, { mapRoles }: AwsAuthDocument, { overridden }: LoadedAwsAuth): string {
  if (entry.shadowed) return 'shadowed by a later entry';
  const role = overridden.get(entry);
  if (role) return `overridden by mapRoles, line ${mapRoles?.locationOf(role.node.contentStart).line}`;
  return entry.sso ? 'inert on EKS' : '';
}

/** For each user with another that differs only in case, a note with the line of one. */
function rivalNotes(document: AwsAuthDocument, { mapUsers }: LoadedAwsAuth): Map<LoadedEntry, string> {
  const ambiguous = mapUsers.entries.filter((entry) => entry.ambiguous);
  const notes = new Map<LoadedEntry, string>();
  for (const rivals of groupBy(ambiguous, ({ arn }) => callerKey(arn)).values())
    for (const entry of rivals) {
      const other = rivals.find((one) => one !== entry);
      const line = other && lineOf(document, 'mapUsers', mapUsers, other);
      notes.set(entry, `picked at random: line ${line} differs only in case`);
    }
  return notes;
}
