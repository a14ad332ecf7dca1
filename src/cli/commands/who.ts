import { Command, Option } from 'commander';
import {
  type DirectAdmin,
  directAdmins,
  type EntryAccess,
  entryAccess,
  type Grant,
  grantsOf,
} from '../../access/entry-access.ts';
import {
  clusterAdminFindings,
  nobodyFindings,
  otherEntries,
  unknownFindings,
} from '../../access/findings.ts';
import { overriddenUsers } from '../../authenticator/caller-order.ts';
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { readMapAccounts } from '../../authenticator/read-accounts.ts';
import { readMapRoles, readMapUsers } from '../../authenticator/read-map.ts';
import { type AwsAuthDocument, readDocument } from '../../configmap/document.ts';
import type { Finding } from '../../errors.ts';
import { type Principal, principalText } from '../../inventory/model.ts';
import { Assignees } from '../../inventory/people/assignees.ts';
import type { PrincipalName } from '../../inventory/query.ts';
import { inputName, readText } from '../../io.ts';
import { listed } from '../../text.ts';
import {
  addConfigOption,
  addInventoryOptions,
  addScopeOptions,
  addShellOptions,
  type InventoryOptions,
  type MappingOptions,
} from '../common-options.ts';
import { loadWarnings } from '../load-warnings.ts';
import { readPeopleOf } from '../people-of-entries.ts';
import { scopeFlags } from '../request.ts';
import { requirePrincipal } from '../require-principal.ts';
import type { Run } from '../run.ts';
import type { Outcome, Shell, ShellOptions } from '../shell.ts';
import { renderWho, type WhoFormat } from './who-output.ts';

interface WhoOptions extends MappingOptions, InventoryOptions, ShellOptions {
  readonly output: WhoFormat;
  readonly user?: string;
  readonly group?: string;
  readonly expand?: boolean;
}

export function whoCommand(run: Run): Command {
  const command = new Command('who')
    .description('show which groups and users get which Kubernetes groups through a ConfigMap')
    .argument('[file]', 'aws-auth ConfigMap, or - for stdin', '-')
    .addOption(
      new Option('-o, --output <format>', 'format')
        .choices(['table', 'json', 'csv', 'mermaid'])
        .default('table'),
    )
    .option('--user <name>', 'only what this user gets, and through what')
    .option('--group <name>', 'only what this group gets')
    .option('--expand', 'list the members of groups as well');
  for (const add of [addConfigOption, addScopeOptions, addInventoryOptions, addShellOptions]) add(command);
  return command.action((file: string, options: WhoOptions) =>
    run(options, (shell) => who(file, options, shell)),
  );
}

async function who(file: string, options: WhoOptions, shell: Shell): Promise<Outcome> {
  const document = readDocument(await readText(shell.io, file), inputName(file));
  const named = namedIn(options);
  const isNarrowed = named.length > 0 || scopeFlags(options).length > 0;
  const { entries, masters } = loadEntries(document, !isNarrowed, shell);
  const { expand = false } = options;
  const question = { named, members: expand };
  const people = await readPeopleOf(entries, question, options, shell);
  if (!people) return nothingOf(document, masters, options, shell);
  const { inventory, isInScope } = people;
  const assignees = new Assignees(inventory);
  const principals = named.flatMap((one) =>
    requirePrincipal(one, assignees, options.inventory !== undefined),
  );
  const access = entryAccess(entries.filter(isInScope), inventory, assignees);
  const filter = { users: idsOf(principals, 'USER'), groups: idsOf(principals, 'GROUP'), expand };
  const grants = grantsOf(access, assignees, filter);
  tell(access, grants, named, document, shell);
  const shown = new Set(grants.map((grant) => grant.access));
  const withoutRow = access.filter(
    (one) => !shown.has(one) && (one.nobody !== null || one.principals === null),
  );
  const nobody = named.length > 0 ? [] : withoutRow;
  return { stdout: renderWho({ grants, nobody, masters }, options.output) };
}

function nothingOf(
  { file }: AwsAuthDocument,
  masters: readonly DirectAdmin[],
  { output }: WhoOptions,
  shell: Shell,
): Outcome {
  const message = `${file} has no entry of a role that Identity Center provisioned`;
  shell.report([{ severity: 'note', code: 'no-entries', message }]);
  return { stdout: renderWho({ grants: [], nobody: [], masters }, output) };
}

/** The entries of mapRoles and, where all are shown, whoever is administrator without Identity Center. */
function loadEntries(
  document: AwsAuthDocument,
  withMasters: boolean,
  shell: Shell,
): { readonly entries: readonly LoadedEntry[]; readonly masters: readonly DirectAdmin[] } {
  const roles = readMapRoles(document.mapRoles?.text ?? '');
  const users = readMapUsers(document.mapUsers?.text ?? '');
  const accounts = readMapAccounts(document.mapAccounts?.text ?? '');
  shell.report(loadWarnings(document, 'mapRoles', roles.errors));
  shell.report(loadWarnings(document, 'mapUsers', users.errors));
  const overridden = overriddenUsers({ mapRoles: roles.entries, mapUsers: users.entries });
  shell.report(overriddenFindings(document, overridden));
  const asked = users.entries.filter((user) => !overridden.has(user));
  const masters = withMasters ? directAdmins(roles.entries, asked) : [];
  const shown = new Set(masters.map(({ entry }) => entry));
  shell.report(otherEntries(roles.entries, asked, accounts.entries, shown));
  return { entries: roles.entries, masters };
}

function overriddenFindings(
  { mapRoles, mapUsers }: AwsAuthDocument,
  overridden: ReadonlyMap<LoadedEntry, LoadedEntry>,
): Finding[] {
  if (overridden.size === 0) return [];
  const texts = [...overridden].map(([user, role]) => {
    const [one, other] = [
      mapUsers?.locationOf(user.node.start).line,
      mapRoles?.locationOf(role.node.start).line,
    ];
    return `${user.arn} (mapUsers line ${one}, overridden by mapRoles line ${other})`;
  });
  const message = `mapRoles overrides mapUsers, so these entries have no effect: ${listed(texts)}`;
  return [{ severity: 'warning', code: 'overridden-user', message }];
}

function namedIn({ user, group }: WhoOptions): PrincipalName[] {
  return [
    ...(user === undefined ? [] : [{ type: 'USER' as const, name: user }]),
    ...(group === undefined ? [] : [{ type: 'GROUP' as const, name: group }]),
  ];
}

/** Null where nobody of that type was named, so that nobody is kept out. */
function idsOf(principals: readonly Principal[], wanted: Principal['type']): ReadonlySet<string> | null {
  const ids = principals.flatMap(({ type, id }) => (type === wanted ? id : []));
  return ids.length === 0 ? null : new Set(ids);
}

function tell(
  access: readonly EntryAccess[],
  grants: readonly Grant[],
  named: readonly PrincipalName[],
  document: AwsAuthDocument,
  shell: Shell,
): void {
  const locationOf = ({ node }: LoadedEntry) =>
    document.mapRoles?.locationOf(node.start) ?? { file: document.file };
  if (named.length === 0) shell.report(nobodyFindings(access, locationOf));
  shell.report(unknownFindings(access, locationOf));
  shell.report(clusterAdminFindings(grants));
  if (named.length === 0 || grants.length > 0) return;
  const who = named.map((one) => principalText({ ...one, id: '' })).join(' and ');
  const message = `${who} gets nothing through ${document.file}`;
  shell.report([{ severity: 'note', code: 'no-access', message }]);
}
