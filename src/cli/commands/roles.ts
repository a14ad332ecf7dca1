import { Option } from 'commander';
import { Assignees } from '../../directory/assignees.ts';
import { AccountInstances } from '../../directory/instances.ts';
import type { Inventory, Principal, Role } from '../../directory/model.ts';
import type { InventorySource, PeopleQuery } from '../../directory/query.ts';
import { ReadTime, timeText } from '../../directory/read-time.ts';
import { RoleFacts } from '../../directory/role-facts.ts';
import { type Finding, note, warning } from '../../errors.ts';
import { globMatcher } from '../../glob-matcher.ts';
import { queryOf, type Request, scopeMappings } from '../../mapping/request.ts';
import { parsePermissionSetSelector, permissionSetSelectorProblem } from '../../mapping/selector.ts';
import { memo } from '../../memo.ts';
import { compareStrings, didYouMean, listed, quoted } from '../../text.ts';
import { defineCommand, outputOption, repeated } from '../define-command.ts';
import { terminalWidth } from '../format/table.ts';
import { withSource } from '../inputs/source.ts';
import { loadListing } from '../load-request.ts';
import { type CommonOptions, checked } from '../option-values.ts';
import type { Outcome, Shell } from '../shell.ts';
import { type RoleRow, type RolesView, renderRoles } from './roles-output.ts';

interface RolesOptions extends CommonOptions, RolesView {
  readonly permissionSet?: readonly string[];
  readonly principals?: boolean;
  readonly expand?: boolean;
  readonly unassigned?: boolean;
}

export const rolesCommand = defineCommand(
  'roles',
  { config: 'accounts and AWS settings', reads: 'AWS or snapshots' },
  (command) =>
    command
      .option('--permission-set <name|glob>', 'list only this permission set; repeatable', repeated)
      .addOption(
        new Option('--by <what>', 'count by permission set or account').choices([
          'permission-set',
          'account',
        ]),
      )
      .option('--principals', 'show assigned groups and users')
      .option('--expand', 'also list group members; implies --principals')
      .option('--unassigned', 'list only roles without assignments')
      .addOption(outputOption('table', 'wide', 'name', 'json', 'csv')),
  roles,
);

async function roles(options: RolesOptions, shell: Shell): Promise<Outcome> {
  const patterns = checked('--permission-set', options.permissionSet, (text) =>
    /^(?:arn|group|user):/.test(text)
      ? 'is neither a permission set name nor a glob'
      : permissionSetSelectorProblem(text),
  );
  const { request, config, isOfSnapshot } = await loadListing(options, shell);
  const { by, output, expand = false, unassigned = false } = options;
  const withPrincipals = options.principals === true || expand;
  const everybody = { roleArns: null, named: [], onlyNamed: false, members: expand };
  const people = withPrincipals || unassigned ? everybody : null;
  const found = await withSource(
    options,
    config,
    shell,
    (source) => readRoles(request, patterns, people, source),
    // The user didn't ask for the accounts that the snapshot doesn't have.
    isOfSnapshot,
  );
  const { inventory, scoped, accounts } = found;
  shell.report(scoped.findings);
  shell.report(unmatched(patterns, found.provisioned, ReadTime.of(inventory)));
  // A snapshot may have assignments that nobody requested: the formats for programs don't depend on that.
  const isKnown = inventory.assignments !== null;
  const readTime = ReadTime.of(inventory);
  const isShown = withPrincipals || unassigned || by !== undefined || output === 'table' || output === 'wide';
  const withPeople = isKnown && isShown;
  const rows = roleRows(found.roles, inventory, expand, withPeople);
  // Deleted principals don't count.
  const isUnassigned = ({ principals }: RoleRow) => principals?.every(({ name }) => name === null) ?? false;
  const shown = unassigned ? rows.filter(isUnassigned) : rows;
  if (shown.length === 0) shell.report([note('no-roles', readTime.dated('no roles found'))]);
  const isLimited = patterns.length > 0 || unassigned;
  const listing = {
    rows: shown,
    accounts: isLimited ? [] : accounts,
    isKnown: withPeople,
    withPrincipals,
    expand,
  };
  const stdout = await renderRoles(listing, options, terminalWidth(shell.io.stdout));
  return {
    stdout,
    summary: readTime.at === null ? [] : [note('as-of', `read from AWS at ${timeText(readTime.at)}`)],
  };
}

/** Reads the roles of the scope and, if requested, the principals of those that the patterns select. */
async function readRoles(
  request: Request,
  patterns: readonly string[],
  people: PeopleQuery | null,
  source: InventorySource,
) {
  const query = { ...queryOf(request), permissionSets: 'none' } as const;
  // Without patterns, assignments are read while roles are still being read.
  const isEverybody = people !== null && patterns.length === 0;
  const inventory = await source.read(isEverybody ? { ...query, people } : query);
  const scoped = scopeMappings(request, inventory);
  const rank = new Map(scoped.accountIds.map((id, index) => [id, index]));
  const rankOf = ({ accountId }: Role) => rank.get(accountId) ?? 0;
  const inScope = inventory.roles
    .filter(({ accountId }) => rank.has(accountId))
    .sort(
      (one, other) =>
        rankOf(one) - rankOf(other) ||
        compareStrings(one.permissionSet, other.permissionSet) ||
        compareStrings(one.roleArn, other.roleArn),
    );
  const matchers = patterns.map(globMatcher);
  const isWanted = ({ permissionSet }: Role) =>
    matchers.length === 0 || matchers.some((matches) => matches(permissionSet));
  // In account order.
  const roles = inScope.filter(isWanted);
  const known = new Map(inventory.accounts.map((account) => [account.id, account]));
  const accounts = scoped.accountIds.flatMap((id) => {
    const account = known.get(id);
    return account?.rolesRead ? { accountId: id, accountName: account.name } : [];
  });
  const provisioned = new Set(inScope.map(({ permissionSet }) => permissionSet));
  const found = { scoped, accounts, provisioned, roles };
  if (people === null || isEverybody || roles.length === 0) return { ...found, inventory };
  const roleArns = new Set(roles.map(({ roleArn }) => roleArn));
  return { ...found, inventory: await source.people(inventory, { ...people, roleArns }) };
}

/** Warns of patterns that select no role. */
function unmatched(
  patterns: readonly string[],
  provisioned: ReadonlySet<string>,
  readTime: ReadTime,
): Finding[] {
  const names = [...provisioned].sort();
  const missing = patterns.filter((pattern) => !names.some(globMatcher(pattern)));
  return missing.map((pattern) => {
    const message = readTime.dated(`--permission-set: no role for ${quoted(pattern)} in these accounts`);
    const isName = parsePermissionSetSelector(pattern).kind === 'name';
    const help =
      (isName ? didYouMean(pattern, names) : undefined) ??
      `Provisioned there: ${listed(names.map(quoted)) || 'none'}.`;
    return warning('unknown-permission-set', message, { help });
  });
}

/** @param withPrincipals true if the inventory has assignments and the rows show them */
function roleRows(
  roles: readonly Role[],
  inventory: Inventory,
  expand: boolean,
  withPrincipals: boolean,
): RoleRow[] {
  const names = new Map(inventory.accounts.map(({ id, name }) => [id, name]));
  const peopleOf = withPrincipals ? peopleIn(inventory, expand) : () => NOBODY;
  return roles.map((role) => {
    const { accountId, permissionSet, roleArn, pathArn, createdAt } = role;
    const { permissionSetArn, principals } = peopleOf(role);
    const accountName = names.get(accountId) ?? null;
    return {
      accountId,
      accountName,
      permissionSet,
      permissionSetArn,
      roleArn,
      pathArn,
      createdAt,
      principals,
    };
  });
}

type RolePeople = Pick<RoleRow, 'permissionSetArn' | 'principals'>;

const NOBODY: RolePeople = { permissionSetArn: null, principals: null };

/** If a permission set has two roles in an account, the older one has no principals. */
function peopleIn(inventory: Inventory, expand: boolean): (role: Role) => RolePeople {
  const assignees = Assignees.of(inventory);
  const instances = AccountInstances.of(inventory);
  const newest = new Set(RoleFacts.of(inventory).sets.map(([role]) => role));
  const named = ({ type, id, name }: Principal) => ({ type, id, name });
  // Once per group: thousands of roles may have the same thousand members.
  const shown = memo((principal: Principal) => {
    if (!expand) return named(principal);
    return { ...named(principal), members: assignees.membersOf(principal)?.map(named) ?? null };
  });
  return (role) => {
    const { accountId, permissionSet } = role;
    const assigned = newest.has(role) ? assignees.of(accountId, permissionSet) : [];
    return {
      permissionSetArn: instances.setIn(accountId, permissionSet)?.arn ?? null,
      principals: assignees.areKnown(accountId, permissionSet) ? assigned.map(shown) : null,
    };
  };
}
