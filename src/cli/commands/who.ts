import { Command } from 'commander';
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
import type { LoadedEntry } from '../../authenticator/loaded.ts';
import { type AwsAuthDocument, readDocument } from '../../configmap/document.ts';
import { type Finding, refusal } from '../../errors.ts';
import { type Principal, principalText } from '../../inventory/model.ts';
import { Assignees } from '../../inventory/people/assignees.ts';
import type { PrincipalName } from '../../inventory/query.ts';
import { inputName, readText } from '../../io.ts';
import { unknownPrincipal } from '../../mapping/explain-unresolved.ts';
import { listed } from '../../text.ts';
import { readPeopleOf } from '../file-inventory.ts';
import { scopeFlags } from '../load-request.ts';
import {
  addConfigOption,
  addFileArgument,
  addInventoryOptions,
  addShellOptions,
  type CommonOptions,
  outputOption,
} from '../options.ts';
import type { Outcome, Run, Shell } from '../shell.ts';
import { loadAwsAuth, loadWarnings } from './view.ts';
import { renderWho, type WhoFormat } from './who-output.ts';

interface WhoOptions extends CommonOptions {
  readonly output: WhoFormat;
  readonly user?: string;
  readonly group?: string;
  readonly expand?: boolean;
}

export function whoCommand(run: Run): Command {
  const command = addFileArgument(new Command('who'))
    .addOption(outputOption('table', 'json', 'csv', 'mermaid'))
    .option('--user <name>', 'only what this user gets, and through which groups')
    .option('--group <name>', 'only what this group gets')
    .option('--expand', 'also list the members of groups');
  return addShellOptions(addInventoryOptions(addConfigOption(command))).action(
    (file: string, options: WhoOptions) => run(options, (shell) => who(file, options, shell)),
  );
}

async function who(file: string, options: WhoOptions, shell: Shell): Promise<Outcome> {
  const document = readDocument(await readText(shell.io, file), inputName(file));
  const named = namedIn(options);
  const isNarrowed = named.length > 0 || scopeFlags(options).length > 0;
  const { entries, admins } = loadEntries(document, !isNarrowed, shell);
  const { expand = false, output } = options;
  const people = await readPeopleOf(entries, { named, members: expand }, options, shell);
  if (!people) {
    const message = `${document.file} has no entry of a provisioned role`;
    shell.report([{ severity: 'note', code: 'no-entries', message }]);
    return { stdout: await renderWho({ grants: [], nobody: [], admins }, output) };
  }
  const { inventory, isInScope } = people;
  const assignees = new Assignees(inventory);
  const isSnapshot = options.inventory !== undefined;
  const principals = named.flatMap((one) => requirePrincipal(one, assignees, isSnapshot));
  const access = entryAccess(entries.filter(isInScope), inventory, assignees);
  const filter = { users: idsOf(principals, 'USER'), groups: idsOf(principals, 'GROUP'), expand };
  const grants = grantsOf(access, assignees, filter);
  reportAccess(access, grants, named, document, shell);
  const shown = new Set(grants.map((grant) => grant.access));
  const nobody = named.length > 0 ? [] : access.filter((one) => !shown.has(one));
  return { stdout: await renderWho({ grants, nobody, admins }, output) };
}

/** The entries of mapRoles and, where all are shown, cluster administrators that Identity Center does not manage. */
function loadEntries(
  document: AwsAuthDocument,
  withAdmins: boolean,
  shell: Shell,
): { readonly entries: readonly LoadedEntry[]; readonly admins: readonly DirectAdmin[] } {
  const { mapRoles, mapUsers, mapAccounts, overridden } = loadAwsAuth(document);
  shell.report(loadWarnings(document, 'mapRoles', mapRoles.errors));
  shell.report(loadWarnings(document, 'mapUsers', mapUsers.errors));
  shell.report(overriddenFindings(document, overridden));
  const users = mapUsers.entries.filter((user) => !overridden.has(user));
  const admins = withAdmins ? directAdmins(mapRoles.entries, users) : [];
  const shown = new Set(admins.map(({ entry }) => entry));
  shell.report(otherEntries(mapRoles.entries, users, mapAccounts.entries, shown));
  return { entries: mapRoles.entries, admins };
}

function overriddenFindings(
  { mapRoles, mapUsers }: AwsAuthDocument,
  overridden: ReadonlyMap<LoadedEntry, LoadedEntry>,
): Finding[] {
  if (overridden.size === 0) return [];
  const texts = [...overridden].map(([user, role]) => {
    const [one, other] = [
      mapUsers?.locationOf(user.node.contentStart).line,
      mapRoles?.locationOf(role.node.contentStart).line,
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

/** Null if no principal of that type was named: no filter. */
function idsOf(principals: readonly Principal[], wanted: Principal['type']): ReadonlySet<string> | null {
  const ids = principals.flatMap(({ type, id }) => (type === wanted ? id : []));
  return ids.length === 0 ? null : new Set(ids);
}

function reportAccess(
  access: readonly EntryAccess[],
  grants: readonly Grant[],
  named: readonly PrincipalName[],
  document: AwsAuthDocument,
  shell: Shell,
): void {
  const locationOf = ({ node }: LoadedEntry) =>
    document.mapRoles?.locationOf(node.contentStart) ?? { file: document.file };
  if (named.length === 0) shell.report(nobodyFindings(access, locationOf));
  shell.report(unknownFindings(access, locationOf));
  shell.report(clusterAdminFindings(grants));
  if (named.length === 0 || grants.length > 0) return;
  const who = named.map((one) => principalText({ ...one, id: '' })).join(' and ');
  const message = `${who} ${named.length === 1 ? 'gets' : 'get'} nothing through ${document.file}`;
  shell.report([{ severity: 'note', code: 'no-access', message }]);
}

/**
 * The principals with a name: one, unless snapshots of several identity stores are merged.
 * @throws Failure (exit 2) where there is none
 */
function requirePrincipal(
  name: PrincipalName,
  assignees: Assignees,
  isSnapshot: boolean,
): readonly Principal[] {
  const found = assignees.named(name.type, name.name);
  if (found.length === 0) throw refusal(unknownPrincipal(name, assignees, isSnapshot));
  return found;
}
