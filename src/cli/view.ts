import { Command, Option } from 'commander';
import { type AwsAuthDocument, readDocument } from '../aws-auth/document/document.ts';
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
  return { stdout: tableOf(loaded) };
}

function load({ mapRoles, mapUsers, mapAccounts }: AwsAuthDocument) {
  return {
    mapRoles: readMapRoles(mapRoles?.text ?? ''),
    mapUsers: readMapUsers(mapUsers?.text ?? ''),
    mapAccounts: readMapAccounts(mapAccounts?.text ?? ''),
  };
}

type LoadedAwsAuth = ReturnType<typeof load>;

function jsonOf(document: AwsAuthDocument, { mapRoles, mapUsers, mapAccounts }: LoadedAwsAuth) {
  const errorsOf = (key: MapKey, errors: readonly LoadError[]) =>
    errors.map((error) => `${placeOfError(document, key, error)}: ${error.message}`);
  const entriesOf = (arnKey: string, { entries }: LoadedMap) =>
    entries.map(({ arn, username, groups, shadowed }) => ({
      [arnKey]: arn,
      username,
      groups: groups ?? [],
      shadowed,
    }));
  return {
    mapRoles: { entries: entriesOf('rolearn', mapRoles), errors: errorsOf('mapRoles', mapRoles.errors) },
    mapUsers: { entries: entriesOf('userarn', mapUsers), errors: errorsOf('mapUsers', mapUsers.errors) },
    mapAccounts: { entries: mapAccounts.entries, errors: errorsOf('mapAccounts', mapAccounts.errors) },
  };
}

function tableOf({ mapRoles, mapUsers, mapAccounts }: LoadedAwsAuth): string {
  const row = (key: string) => (entry: LoadedEntry) => [
    key,
    entry.arn || `sso:${entry.sso?.permissionSetName ?? ''}`,
    entry.username || '-',
    entry.groups?.join(',') || '-',
    entry.shadowed ? 'shadowed by a later entry' : entry.sso ? 'inert on EKS' : '',
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
