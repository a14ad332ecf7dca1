import { type StatedPolicy, shortPolicyName } from '../access-policy.ts';
import { arnKind, parseArn } from '../arn.ts';
import { Assignees } from '../directory/assignees.ts';
import { AccountInstances } from '../directory/instances.ts';
import {
  type Account,
  accountText,
  type Inventory,
  type Principal,
  principalText,
  type Role,
} from '../directory/model.ts';
import type { InventorySource, PeopleQuery, PrincipalName } from '../directory/query.ts';
import { ReadTime } from '../directory/read-time.ts';
import { RoleFacts } from '../directory/role-facts.ts';
import { accountLookup, type ScopeAccount } from '../directory/scope.ts';
import { Failure, type Finding, note, type Problem, warning } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import type { DesiredEntry } from '../map-entry.ts';
import { listed, quoted } from '../text.ts';
import { nodeEntries, roleEntries } from './desired-entries.ts';
import { HOW_TO_KNOW_INSTANCE, reportUnresolved } from './explain-unresolved.ts';
import { type Mapping, mappingProblem } from './mapping.ts';
import {
  queryOf,
  type Request,
  requireMappings,
  type ScopedMapping,
  type ScopedRequest,
  scopeMappings,
} from './request.ts';
import { isAssigned, principalSelectorsOf, principalTypeOf, selectorText, setMatcher } from './selector.ts';

/** The desired entries, and everything they are based on. */
export interface Desired {
  readonly entries: readonly DesiredEntry[];
  readonly findings: readonly Finding[];
  readonly request: Request;
  readonly scoped: ScopedRequest;
  readonly inventory: Inventory;
  readonly unresolved: readonly Unresolved[];
}

/** The mappings that concern accounts in scope. */
export function mappingsOf({ scoped }: Pick<Desired, 'scoped'>): readonly Mapping[] {
  return scoped.mappings.map(({ mapping }) => mapping);
}

/** Options that relax resolution. */
interface ResolveOptions {
  readonly allowUnresolved?: boolean;
  readonly allSets?: boolean;
  readonly allowShared?: boolean;
  /** True if Terraform finds the roles by name: it refuses several of one permission set. */
  readonly lookup?: boolean;
}

/**
 * Resolves a request to desired entries, using AWS or snapshots.
 * @throws Failure if something does not resolve (exit 2) or cannot be read (exit 3)
 */
export async function resolveRequest(
  request: Request,
  source: InventorySource,
  options: ResolveOptions,
): Promise<Desired> {
  const accountsRead = await source.read(queryOf(request));
  checkPartitions(request, accountsRead.partition);
  const scoped = scopeMappings(request, accountsRead);
  requireMappings(request, scoped, accountsRead);
  const people = peopleQueryOf(scoped.mappings, accountsRead);
  const inventory = people ? await source.people(accountsRead, people) : accountsRead;
  const resolution = resolve(scoped, inventory, options);
  const { entries, undecided } = resolution;
  const skipped = await reportUnresolved(
    resolution.unresolved,
    options.allowUnresolved ?? false,
    source,
    inventory,
  );
  const findings = [...scoped.findings, ...resolution.findings, ...skipped];
  const isOpen = ({ mapping, lookedAt }: Unresolved) =>
    !mapping.optional || !isEmpty(mapping, lookedAt, inventory);
  const unresolved = [...resolution.unresolved.filter(isOpen), ...undecided];
  return { entries, findings, request, scoped, inventory, unresolved };
}

/**
 * @throws Failure (exit 2) if the ARN of a permission set, access policy, node role or other entry is in another
 *   partition than the accounts
 */
export function checkPartitions({ mappings, nodeRoles, otherEntries }: Request, partition: string): void {
  const problemsOf = (text: string, mapping?: Mapping): Problem[] => {
    const arn = parseArn(text);
    if (!arn || arn.partition === partition) return [];
    const what = arnKind(arn) === 'permission-set' ? 'permission set' : 'node role';
    const message = `${what} ${text} is in partition ${arn.partition}, but the accounts are in ${partition}`;
    const help = `Use the ARN in partition ${partition}.`;
    return [mapping ? mappingProblem(mapping, message, help) : { message, help }];
  };
  const problems = [
    ...mappings.flatMap((one) => (one.selector.kind === 'arn' ? problemsOf(one.selector.arn, one) : [])),
    ...mappings.flatMap((one) =>
      policiesElsewhere(one.policies, partition).map(([message, help]) => mappingProblem(one, message, help)),
    ),
    ...otherEntries.items.flatMap(({ policies, location }) =>
      policiesElsewhere(policies ?? [], partition).map(([message, help]) => ({ message, help, location })),
    ),
    ...[...nodeRoles.config, ...nodeRoles.flags].flatMap((text) => problemsOf(text)),
    ...otherEntries.items.flatMap(({ arn, location }): Problem[] => {
      const own = parseArn(arn)?.partition ?? partition;
      if (own === partition || own.includes('*')) return [];
      const message = `otherEntries: ${arn} is in partition ${own}, but the accounts are in ${partition}`;
      return [{ message, location, help: `Use the ARN in partition ${partition}.` }];
    }),
  ];
  if (problems.length > 0) throw new Failure(2, problems);
}

/** Message and next step for each policy whose ARN is in another partition. */
function policiesElsewhere(policies: readonly StatedPolicy[], partition: string): [string, string][] {
  return policies.flatMap(({ policy, partition: own }) =>
    own === null || own === partition
      ? []
      : [
          [
            `access policy ${policy} is in partition ${own}, but the accounts are in ${partition}`,
            `Use ${shortPolicyName(policy)}, or the ARN in partition ${partition}.`,
          ],
        ],
  );
}

/**
 * Resolves mappings to desired entries: nodes first, then people, in the order of the accounts.
 * @throws Failure (exit 2) if two mappings set different usernames for one role, or one that names a group or user
 *   matches more than that
 */
function resolve(
  { mappings, accountIds, nodeRoles }: ScopedRequest,
  inventory: Inventory,
  options: ResolveOptions,
): Pick<Desired, 'entries' | 'findings' | 'unresolved'> & { readonly undecided: readonly Unresolved[] } {
  const assignees = Assignees.of(inventory);
  const instances = AccountInstances.of(inventory);
  const readTime = ReadTime.of(inventory);
  // The newest comes first, and is used.
  const candidates = RoleFacts.of(inventory).sets;
  const newest = candidates.flatMap(([role]) => role ?? []);
  const resolveMapping = mappingResolver(inventory, newest, assignees, instances);
  const resolved = mappings.map((scoped) => resolveMapping(scoped));
  checkSharing(resolved, options, inventory.accounts, assignees);
  const mappingsByRole = new Map<Role, Mapping[]>();
  for (const { mapping, roles } of resolved)
    for (const role of roles) mappingsByRole.set(role, [...(mappingsByRole.get(role) ?? []), mapping]);
  const people = roleEntries(mappingsByRole, accountIds, inventory.accounts);
  const isUsed = ([newest]: readonly Role[]) => newest !== undefined && mappingsByRole.has(newest);
  return {
    entries: [...nodeEntries(nodeRoles), ...people],
    findings: [
      ...candidates.filter(isUsed).flatMap((roles) => severalRoles(roles, options.lookup)),
      ...resolved.flatMap((one) => [...severalInstances(one, instances), ...otherInstances(one)]),
    ].map((finding) => ({ ...finding, message: readTime.dated(finding.message) })),
    unresolved: resolved.flatMap(({ unresolved }) => unresolved ?? []),
    undecided: resolved.flatMap(({ mapping, namesakes }) => {
      const open = namesakes.flatMap(({ id, instance }) => (instance === undefined ? id : []));
      return open.length === 0 ? [] : [{ mapping, exact: open, lookedAt: open }];
    }),
  };
}

/**
 * True if a mapping that matched no role certainly matches none: the accounts were read, and it names roles alone. Groups
 * and users might have been renamed, and an ARN's permission set might be unknown.
 */
function isEmpty(mapping: Mapping, accountIds: readonly string[], { accounts }: Inventory): boolean {
  const read = new Set(accounts.filter(({ rolesRead }) => rolesRead).map(({ id }) => id));
  const namesRoles = mapping.selector.kind !== 'arn' && principalSelectorsOf(mapping).length === 0;
  return namesRoles && accountIds.every((id) => read.has(id));
}

type Unresolved = Parameters<typeof reportUnresolved>[0][number];

interface ResolvedMapping {
  readonly mapping: Mapping;
  readonly roles: readonly Role[];
  readonly unresolved: Unresolved | null;
  /** Accounts with a role that has the name of an ARN's permission set, but isn't known to be its role. */
  readonly namesakes: readonly { readonly id: string; readonly instance: string | undefined }[];
}

/**
 * An exact selector must match a role in each account that was named exactly; any other selector must match one
 * somewhere. An unread account is unknown, and nothing is concluded from it. A management account that was not
 * requested explicitly counts as having no roles.
 * @param roles one for each permission set and account
 */
function mappingResolver(
  inventory: Inventory,
  roles: readonly Role[],
  assignees: Assignees,
  instances: AccountInstances,
): (scoped: ScopedMapping) => ResolvedMapping {
  const { accounts } = inventory;
  const setNames = new Map(inventory.permissionSets?.map(({ arn, name }) => [arn, name]));
  const rolesByAccount = new Map<string, Role[]>(
    accounts.filter(({ rolesRead }) => rolesRead).map(({ id }) => [id, []]),
  );
  for (const role of roles) rolesByAccount.get(role.accountId)?.push(role);
  const isManagement = new Map(accounts.map((account) => [account.id, account.isManagement ?? false]));
  return ({ mapping, accounts: scope }) => {
    const { selector } = mapping;
    const isSelected = setMatcher(selector, instances);
    const principals = principalSelectorsOf(mapping);
    const matches = (role: Role) =>
      isSelected(role) &&
      principals.every((one) => isAssigned(one, role.accountId, role.permissionSet, assignees));
    const nameOfSet = selector.kind === 'arn' ? setNames.get(selector.arn) : undefined;
    const hasNamesake = ({ id }: ScopeAccount) =>
      rolesByAccount.get(id)?.some((role) => role.permissionSet === nameOfSet && !isSelected(role));
    const read = scope.flatMap((account) => {
      const known = rolesByAccount.get(account.id);
      return known ? [{ ...account, roles: known.filter(matches) }] : [];
    });
    const missed = read.filter((account) => account.roles.length === 0);
    const isUnknown = ({ id }: { readonly id: string }) =>
      principals.length > 0 && !assignees.hasAssignments(id);
    const required =
      selector.kind === 'glob'
        ? read.filter(isUnknown)
        : missed.filter((account) => account.exact || isUnknown(account));
    const known = scope.filter(({ id, exact }) => rolesByAccount.has(id) || exact || !isManagement.get(id));
    const exact = required.map(({ id }) => id);
    const lookedAt = exact.length > 0 ? exact : known.map(({ id }) => id);
    const isUnresolved = exact.length > 0 || missed.length === known.length;
    const unresolved = isUnresolved ? { mapping, exact, lookedAt } : null;
    const namesakes = unresolved
      ? []
      : missed.filter(hasNamesake).map(({ id }) => ({ id, instance: instances.instanceOf(id) }));
    return { mapping, roles: read.flatMap((account) => account.roles), unresolved, namesakes };
  };
}

/** Roles of the same name as an ARN's permission set that it doesn't match. */
function otherInstances({ mapping, namesakes }: ResolvedMapping): Finding[] {
  const { origin } = mapping;
  const selector = quoted(selectorText(mapping.selector));
  const unknown = namesakes.filter(({ instance }) => instance === undefined).map(({ id }) => id);
  const others = namesakes.flatMap(({ id, instance }) => (instance ? [`${id} (${instance})`] : []));
  const where = origin.location ? { location: origin.location } : {};
  return [
    ...(unknown.length === 0
      ? []
      : [
          warning(
            'instance-unknown',
            `skipped ${selector} in ${listed(unknown)}: can't tell which Identity Center instance their roles are from`,
            { help: HOW_TO_KNOW_INSTANCE, ...where },
          ),
        ]),
    ...(others.length === 0
      ? []
      : [
          note(
            'other-instance',
            `${selector} doesn't match the roles of the same name in other Identity Center instances: ${listed(others)}`,
            where,
          ),
        ]),
  ];
}

/** A name can mean different permission sets. */
function severalInstances({ mapping, roles }: ResolvedMapping, instances: AccountInstances): Finding[] {
  const { selector, origin } = mapping;
  const byInstance = groupBy(roles, ({ accountId }) => instances.instanceOf(accountId));
  byInstance.delete(undefined);
  if (byInstance.size < 2) return [];
  const where = [...byInstance].map(
    ([arn, own]) => `${arn} (${listed([...new Set(own.map(({ accountId }) => accountId))])})`,
  );
  return [
    {
      severity: 'warning',
      code: 'several-instances',
      message: `${quoted(selectorText(selector))} matches in several Identity Center instances: ${where.join(', ')}`,
      help: 'If one of them is meant, use the ARN of its permission set, or limit the accounts.',
      ...(origin.location ? { location: origin.location } : {}),
    },
  ];
}

function severalRoles([newest, ...older]: readonly Role[], isLookup = false): Finding[] {
  if (!newest || older.length === 0) return [];
  const textOf = (role: Role) => `${role.roleArn} (${role.createdAt})`;
  const [first, others] = [textOf(newest), older.map(textOf).join(', ')];
  const used = isLookup
    ? `\`terraform plan\` fails until one is left: ${first}, ${others}`
    : `using the newest, ${first}, and ignoring ${others}`;
  return [
    warning(
      'several-roles-of-one-set',
      `permission set ${quoted(newest.permissionSet)} has several roles in account ${newest.accountId}; ${used}`,
    ),
  ];
}

/**
 * Other principals who have access when a mapping names principals: everyone who is assigned a permission set can use
 * its role.
 */
function othersOn(
  mapping: Mapping,
  accountId: string,
  permissionSet: string,
  assignees: Assignees,
): Principal[] {
  const selectors = principalSelectorsOf(mapping);
  const isNamed = ({ type, name }: Principal) =>
    selectors.some((selector) => principalTypeOf(selector) === type && selector.name === name);
  return assignees.of(accountId, permissionSet).filter((one) => one.name !== null && !isNamed(one));
}

/** The roles that one mapping resolves to. */
interface RolesOfMapping {
  readonly mapping: Mapping;
  readonly roles: readonly Role[];
}

/**
 * Requires mappings that name principals to match exactly one permission set in each account, which nobody else is
 * assigned.
 * @param options.allSets permits several permission sets in one account
 * @param options.allowShared permits a permission set that others are assigned, too
 * @throws Failure (exit 2) with all problems
 */
function checkSharing(
  resolved: readonly RolesOfMapping[],
  { allSets, allowShared }: { readonly allSets?: boolean; readonly allowShared?: boolean },
  accounts: readonly Account[],
  assignees: Assignees,
): void {
  const accountOf = accountLookup(accounts);
  const textOf = (accountId: string) => accountText(accountOf(accountId));
  const ofPrincipals = resolved.filter(({ mapping }) => principalSelectorsOf(mapping).length > 0);
  const problems = ofPrincipals.flatMap((one) => [
    ...(allSets ? [] : severalSets(one, textOf)),
    ...(allowShared ? [] : sharedSets(one, textOf, assignees)),
  ]);
  if (problems.length > 0) throw new Failure(2, problems);
}

function severalSets({ mapping, roles }: RolesOfMapping, textOf: (accountId: string) => string): Problem[] {
  const several = [...groupBy(roles, ({ accountId }) => accountId)].filter(([, own]) => own.length > 1);
  if (several.length === 0) return [];
  const where = several.map(([id, own]) => {
    const sets = own.map(({ permissionSet }) => permissionSet).sort();
    return `${listed(sets.map(quoted))} in account ${textOf(id)}`;
  });
  return [
    mappingProblem(
      mapping,
      `${mapping.origin.text} matches several permission sets: ${listed(where)}`,
      'Map the intended one by name, or pass --all-sets to map all of them.',
    ),
  ];
}

function sharedSets(
  { mapping, roles }: RolesOfMapping,
  textOf: (accountId: string) => string,
  assignees: Assignees,
): Problem[] {
  const shared = roles.flatMap(({ accountId, permissionSet }) => {
    const others = othersOn(mapping, accountId, permissionSet, assignees);
    const names = listed(others.map(principalText));
    const where = `${quoted(permissionSet)} in account ${textOf(accountId)}`;
    return others.length === 0 ? [] : [`${where} is also assigned to ${names}`];
  });
  if (shared.length === 0) return [];
  return [
    mappingProblem(
      mapping,
      `${mapping.origin.text} would also grant access to others: ${listed(shared)}`,
      'Everyone assigned a permission set can use its role. Give the intended users their own permission set, or pass --allow-shared to grant the others access, too.',
    ),
  ];
}

/** The query for the groups and users that mappings name; null if no mapping names any. */
function peopleQueryOf(scoped: readonly ScopedMapping[], inventory: Inventory): PeopleQuery | null {
  const ofPrincipals = scoped.filter(({ mapping }) => principalSelectorsOf(mapping).length > 0);
  if (ofPrincipals.length === 0) return null;
  const instances = AccountInstances.of(inventory);
  const roleArns = ofPrincipals.flatMap(({ mapping, accounts }) => {
    const ids = new Set(accounts.map(({ id }) => id));
    const matches = setMatcher(mapping.selector, instances);
    const wanted = inventory.roles.filter((role) => ids.has(role.accountId) && matches(role));
    return wanted.map(({ roleArn }) => roleArn);
  });
  const selectors = ofPrincipals.flatMap(({ mapping }) => principalSelectorsOf(mapping));
  const named = new Map(
    selectors.map((selector): [string, PrincipalName] => {
      const [type, { name }] = [principalTypeOf(selector), selector];
      return [`${type} ${name}`, { type, name }];
    }),
  );
  return { roleArns: new Set(roleArns), named: [...named.values()], onlyNamed: true, members: false };
}
