import { Failure, type Finding } from '../errors.ts';
import { groupBy } from '../group-by.ts';
import {
  type Account,
  accountText,
  type Instance,
  type Inventory,
  type PermissionSet,
  type Principal,
  principalTypeText,
  type Role,
  shortName,
} from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import type { InventorySource, KnownSets, PrincipalName } from '../inventory/query.ts';
import { accountLookup } from '../inventory/scope/resolve-scope.ts';
import { didYouMean, listed, quoted } from '../text.ts';
import { type Mapping, mappingProblem } from './mapping.ts';
import { isAssigned, principalSelectorsOf, principalTypeOf } from './principals.ts';
import { nameMatcher, type PermissionSetSelector, type PrincipalSelector, selectorText } from './selector.ts';

/** A mapping that led to no role: in one account, or (null) in none of those that were looked at. */
export interface Unresolved {
  readonly mapping: Mapping;
  readonly accountId: string | null;
  /** Ids. */
  readonly lookedAt: readonly string[];
}

/** Where a mapping led to no role. */
interface Missing {
  /** Ids of the accounts that must have one; empty: any would do. */
  readonly exact: readonly string[];
  /** Ids. */
  readonly lookedAt: readonly string[];
}

/**
 * Says which mappings are skipped, because they are optional or all may stay unresolved.
 * @throws Failure (exit 2) that explains every other one
 */
export async function reportUnresolved(
  unresolved: readonly Unresolved[],
  allowUnresolved: boolean,
  source: InventorySource,
  inventory: Inventory,
): Promise<Finding[]> {
  const missingByMapping = [...groupBy(unresolved, ({ mapping }) => mapping)].map(([mapping, all]) => {
    const missing: Missing = {
      exact: all.flatMap(({ accountId }) => accountId ?? []),
      lookedAt: all.flatMap(({ lookedAt }) => lookedAt),
    };
    return [mapping, missing] as const;
  });
  const required = missingByMapping.filter(([{ optional }]) => !optional && !allowUnresolved);
  if (required.length > 0) {
    const known = await knownSets(required, source, inventory);
    const knowledge = {
      known,
      inventory,
      assignees: Assignees.of(inventory),
      isSnapshot: !source.isLive,
    };
    throw new Failure(
      2,
      required.map(([mapping, missing]) => {
        const { message, help } = explain(mapping, missing, knowledge);
        const origin = mapping.origin.location ? '' : `${mapping.origin.text}: `;
        return mappingProblem(mapping, `${origin}${message}`, `${help}\n${HOW_TO_CONTINUE}`);
      }),
    );
  }
  const accountOf = accountLookup(inventory.accounts);
  return missingByMapping.map(([{ optional, origin }, missing]) => ({
    severity: optional ? 'note' : 'warning',
    code: 'unresolved',
    message: `skipped ${origin.text}: no role in ${placeText(missing, accountOf)}`,
  }));
}

const HOW_TO_CONTINUE =
  'To continue without it, set `optional: true` in the config or pass --allow-unresolved.';

/** Permission sets are listed only where one is named: that takes a call for each. */
async function knownSets(
  unresolved: readonly (readonly [Mapping, Missing])[],
  source: InventorySource,
  inventory: Inventory,
): Promise<KnownSets> {
  const isNamed = unresolved.some(([{ selector }]) => selector.kind === 'name' || selector.kind === 'arn');
  return isNamed ? source.knownSets(inventory) : { kind: 'unknown', reason: 'no permission set is named' };
}

interface Explanation {
  readonly message: string;
  readonly help: string;
}

/** What an explanation may rest on. */
interface Knowledge {
  readonly known: KnownSets;
  readonly inventory: Inventory;
  readonly assignees: Assignees;
  /** A snapshot need not know everybody. */
  readonly isSnapshot: boolean;
}

/** Why a mapping led to no role. */
function explain(mapping: Mapping, missing: Missing, knowledge: Knowledge): Explanation {
  return explainPrincipals(mapping, missing, knowledge) ?? explainSet(mapping.selector, missing, knowledge);
}

/** The permission set does not exist, is not provisioned, or it is unknown which. */
function explainSet(
  selector: PermissionSetSelector,
  missing: Missing,
  { known, inventory }: Knowledge,
): Explanation {
  const text = quoted(selectorText(selector));
  const where = placeText(missing, accountLookup(inventory.accounts));
  const there = inventory.roles.filter(({ accountId }) => missing.lookedAt.includes(accountId));
  const names = setNames(there);
  const provisioned = `Provisioned there: ${listed(names.map(quoted)) || 'none'}.`;
  if (selector.kind === 'glob')
    return { message: `no permission set matching ${text} is provisioned in ${where}`, help: provisioned };
  if (known.kind === 'unknown') {
    return {
      message: `permission set ${text} has no role in ${where}; cannot tell whether it exists: ${known.reason}`,
      help: didYouMean(selectorText(selector), setNames(inventory.roles)) ?? provisioned,
    };
  }
  const set = setOf(selector, known.sets);
  if (!set) {
    const existing = known.sets.map(({ name }) => name);
    const help = `Existing permission sets: ${listed(existing.map(quoted)) || 'none'}.`;
    return {
      message: `permission set ${text} does not exist`,
      help: didYouMean(selectorText(selector), existing) ?? help,
    };
  }
  const target = { instance: known.instance, permissionSetArn: set.arn, accountId: targetOf(missing) };
  return {
    message: `permission set ${quoted(set.name)} exists but is not provisioned in ${where}`,
    help: `Assign someone, and the role is created:\n${createAssignmentCommand(target)}`,
  };
}

function setNames(roles: readonly Role[]): string[] {
  return [...new Set(roles.map(({ permissionSet }) => permissionSet))].sort();
}

/** Why a mapping that names a group or user led to no role; undefined where the reason is another. */
function explainPrincipals(
  mapping: Mapping,
  missing: Missing,
  { known, inventory, assignees, isSnapshot }: Knowledge,
): Explanation | undefined {
  const { selector } = mapping;
  const selectors = principalSelectorsOf(mapping);
  const [first] = selectors;
  if (!first) return undefined;
  const unknown = selectors.find((one) => principalsNamed(one, assignees).length === 0);
  if (unknown)
    return unknownPrincipal({ type: principalTypeOf(unknown), name: unknown.name }, assignees, isSnapshot);
  const sets = known.kind === 'known' ? known.sets : (inventory.permissionSets ?? []);
  const isOfSet = selector.kind === 'name' || selector.kind === 'arn';
  // A name or ARN that is no permission set at all is the reason then.
  if (known.kind === 'known' && isOfSet && !setOf(selector, sets)) return undefined;
  const unread = missing.exact.filter((id) => !assignees.hasAssignments(id));
  if (unread.length > 0) {
    return {
      message: `cannot tell whether ${principalText(first)} is assigned anything in ${accountsText(unread)}: Identity Center does not list the assignments there`,
      help: 'Use credentials of the management account; a delegated administrator cannot list its assignments.',
    };
  }
  return (
    withoutRole(mapping, missing.exact, sets, inventory.instance, assignees) ??
    notAssigned(mapping, missing, sets, inventory, principalsNamed(first, assignees)[0])
  );
}

/** Says that nobody has a name, with similar names. */
export function unknownPrincipal(
  { type, name: wanted }: PrincipalName,
  assignees: Assignees,
  isSnapshot: boolean,
): Explanation {
  const [word, name] = [principalTypeText(type), quoted(shortName(wanted))];
  const near = didYouMean(wanted, assignees.namesOf(type).map(shortName));
  if (isSnapshot) {
    return {
      message: `the snapshot has no ${word} named ${name}`,
      help:
        near ??
        'A snapshot holds only those who are assigned something in its accounts; ask AWS, or take a new one.',
    };
  }
  const exact =
    type === 'GROUP'
      ? 'The display name must match exactly, including case.'
      : 'The user name (often an e-mail address) must match exactly, including case.';
  return { message: `no ${word} is named ${name}`, help: near ?? exact };
}

/** Assigned, but nobody has created the role yet, or somebody removed it. */
function withoutRole(
  mapping: Mapping,
  accounts: readonly string[],
  sets: readonly PermissionSet[],
  instance: Instance | null,
  assignees: Assignees,
): Explanation | undefined {
  const selectors = principalSelectorsOf(mapping);
  const matches = nameMatcher(mapping.selector, sets);
  for (const accountId of accounts) {
    const name = assignees
      .setsIn(accountId)
      .find((set) => matches(set) && selectors.every((one) => isAssigned(one, accountId, set, assignees)));
    if (name === undefined) continue;
    const target = { instance, permissionSetArn: sets.find((set) => set.name === name)?.arn, accountId };
    return {
      message: `${selectors.map(principalText).join(' with ')} is assigned permission set ${quoted(name)} in account ${accountId}, but its role does not exist`,
      help: `Let Identity Center create it:\n${ssoAdminCommand('provision-permission-set', target)}`,
    };
  }
  return undefined;
}

function notAssigned(
  mapping: Mapping,
  missing: Missing,
  sets: readonly PermissionSet[],
  { accounts, instance }: Inventory,
  principal: Principal | undefined,
): Explanation {
  const { selector } = mapping;
  const set = setOf(selector, sets);
  const what = set
    ? `permission set ${quoted(set.name)}`
    : selector.kind === 'glob'
      ? `a permission set matching ${quoted(selector.glob)}`
      : 'a permission set';
  const target = { instance, permissionSetArn: set?.arn, accountId: targetOf(missing) };
  const where = placeText(missing, accountLookup(accounts));
  return {
    message: `${principalSelectorsOf(mapping).map(principalText).join(' with ')} is not assigned ${what} in ${where}`,
    help: `Assign it, and the role is created:\n${createAssignmentCommand(target, principal)}`,
  };
}

function setOf(selector: PermissionSetSelector, sets: readonly PermissionSet[]): PermissionSet | undefined {
  return sets.find(({ arn, name }) =>
    selector.kind === 'arn' ? arn === selector.arn : selector.kind === 'name' && name === selector.name,
  );
}

function principalsNamed(selector: PrincipalSelector, assignees: Assignees): readonly Principal[] {
  return assignees.named(principalTypeOf(selector), selector.name);
}

function principalText({ kind, name }: PrincipalSelector): string {
  return `${kind} ${quoted(shortName(name))}`;
}

/** The accounts that must have a role, or all that were looked at for one. */
function placeText({ exact, lookedAt }: Missing, accountOf: (id: string) => Account): string {
  if (exact.length > 0) return accountsText(exact);
  return `any account of the scope: ${listed(lookedAt.map((id) => accountText(accountOf(id))))}`;
}

/** The one account that a command can be for. */
function targetOf({ exact, lookedAt }: Missing): string | undefined {
  return exact[0] ?? (lookedAt.length === 1 ? lookedAt[0] : undefined);
}

function accountsText(accounts: readonly string[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts)}`;
}

/** What a command is about, as far as it is known. */
interface CommandTarget {
  readonly instance: Instance | null;
  readonly permissionSetArn: string | undefined;
  readonly accountId: string | undefined;
}

function createAssignmentCommand(target: CommandTarget, principal?: Principal): string {
  const { type, id } = principal ?? { type: 'GROUP', id: 'GROUP_ID' };
  return ssoAdminCommand('create-account-assignment', target, [
    `--principal-type ${type} --principal-id ${id}`,
  ]);
}

/** A command of the AWS CLI; capitals stand in for what is not known. */
function ssoAdminCommand(
  verb: string,
  { instance, permissionSetArn, accountId }: CommandTarget,
  more: readonly string[] = [],
): string {
  return [
    `aws sso-admin ${verb}`,
    `--instance-arn ${instance?.arn ?? 'INSTANCE_ARN'}`,
    `--permission-set-arn ${permissionSetArn ?? 'PERMISSION_SET_ARN'}`,
    `--target-type AWS_ACCOUNT --target-id ${accountId ?? 'ACCOUNT_ID'}`,
    ...more,
    ...(instance ? [`--region ${instance.region}`] : []),
  ].join(' ');
}
