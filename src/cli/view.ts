import { Command, Option } from 'commander';
import { type AwsAuthDocument, readDocument } from '../aws-auth/document/document.ts';
import { overriddenUsers } from '../aws-auth/read/caller-order.ts';
import type { LoadError, LoadedEntry, LoadedMap } from '../aws-auth/read/loaded.ts';
import { readMapAccounts } from '../aws-auth/read/read-accounts.ts';
import { readMapRoles, readMapUsers } from '../aws-auth/read/read-map.ts';
import { inputName, readText } from '../io.ts';
import { addShellOptions } from './common-options.ts';
import { renderJson } from './json.ts';
import { loadWarnings, type MapKey, placeOfError } from './load-warnings.ts';
import type { Run } from './run.ts';
import type { Outcome, Shell, ShellOptions } from './shell.ts';
import { renderTable } from './table.ts';

interface ViewOptions extends ShellOptions {
  readonly output: 'table' | 'json';
}

export function viewCommand(run: Run): Command {
  const command = new Command('view')
    .description('show the entries as the authenticator loads them, not as the YAML looks')
    .argument('[file]', 'aws-auth ConfigMap, or - for stdin', '-')
    .addOption(new Option('-o, --output <format>', 'format').choices(['table', 'json']).default('table'));
  return addShellOptions(command).action((file: string, options: ViewOptions) =>
    run(options, (shell) => view(file, options, shell)),
  );
}

async function view(file: string, { output }: ViewOptions, shell: Shell): Promise<Outcome> {
  const document = readDocument(await readText(shell.io, file), inputName(file));
  const loaded = load(document);
  if (output === 'json') return { stdout: renderJson(jsonOf(document, loaded)) };
  for (const key of ['mapRoles', 'mapUsers', 'mapAccounts'] as const)
    shell.report(loadWarnings(document, key, loaded[key].errors));
  return { stdout: tableOf(document, loaded) };
}

function load(document: AwsAuthDocument) {
  const mapRoles = readMapRoles(document.mapRoles?.text ?? '');
  const mapUsers = readMapUsers(document.mapUsers?.text ?? '');
  const mapAccounts = readMapAccounts(document.mapAccounts?.text ?? '');
  const overridden = overriddenUsers({ mapRoles: mapRoles.entries, mapUsers: mapUsers.entries });
  return { mapRoles, mapUsers, mapAccounts, overridden };
}

type LoadedAwsAuth = ReturnType<typeof load>;

function jsonOf(document: AwsAuthDocument, loaded: LoadedAwsAuth) {
  const { mapRoles, mapUsers, mapAccounts, overridden } = loaded;
  const errorsOf = (key: MapKey, errors: readonly LoadError[]) =>
    errors.map((error) => `${placeOfError(document, key, error)}: ${error.message}`);
  const entriesOf = (arnKey: string, { entries }: LoadedMap) =>
    entries.map((entry) => ({
      [arnKey]: entry.arn,
      username: entry.username,
      groups: entry.groups ?? [],
      shadowed: entry.shadowed || overridden.has(entry),
    }));
  return {
    mapRoles: { entries: entriesOf('rolearn', mapRoles), errors: errorsOf('mapRoles', mapRoles.errors) },
    mapUsers: { entries: entriesOf('userarn', mapUsers), errors: errorsOf('mapUsers', mapUsers.errors) },
    mapAccounts: { entries: mapAccounts.entries, errors: errorsOf('mapAccounts', mapAccounts.errors) },
  };
}

function tableOf(document: AwsAuthDocument, loaded: LoadedAwsAuth): string {
  const { mapRoles, mapUsers, mapAccounts } = loaded;
  const row = (key: string) => (entry: LoadedEntry) => [
    key,
    entry.arn || `sso:${entry.sso?.permissionSetName ?? ''}`,
    entry.username || '-',
    entry.groups?.join(',') || '-',
    noteOn(entry, document, loaded),
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
  if (role) return `overridden by mapRoles, line ${mapRoles?.placeOf(role.node.start).line}`;
  return entry.sso ? 'inert on EKS' : '';
}
