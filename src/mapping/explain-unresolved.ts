import type { Problem } from '../errors.ts';
import {
  type Instance,
  type Inventory,
  type PermissionSet,
  type PrincipalType,
  principalTypeText,
  type Role,
  shortName,
} from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import type { KnownSets } from '../inventory/query.ts';

import { didYouMean, listed, quoted } from '../text.ts';
import type { Mapping } from './mapping.ts';
import { isAssigned, principalSelectorsOf, principalTypeOf } from './principals.ts';
import type { Unresolved } from './resolve.ts';
import { nameMatcher, type PermissionSetSelector, type PrincipalSelector, selectorText } from './selector.ts';

/**
 * Says of each mapping that led nowhere whether its permission set does not exist, is not provisioned, or cannot be told.
 * @param isSnapshot whether the inventory comes from a file, which need not know everybody
 */
export function explainUnresolved(
  unresolved: readonly Unresolved[],
  known: KnownSets,
  inventory: Inventory,
  isSnapshot: boolean,
): Problem[] {
  const assignees = new Assignees(inventory);
  const mappings = [...new Set(unresolved.map(({ mapping }) => mapping))];
  return mappings.map((mapping) => {
    const misses = unresolved.filter((miss) => miss.mapping === mapping);
    const accounts = misses.flatMap(({ accountId }) => accountId ?? []);
    const { place } = mapping.origin;
    const origin = place ? '' : `${mapping.origin.text}: `;
    const { message, help } =
      explainPrincipals(mapping, accounts, { known, inventory, assignees, isSnapshot }) ??
      explain(mapping.selector, accounts, known, inventory.roles);
    return {
      message: `${origin}${message}`,
      help: `${help}\n${GO_ON}`,
      ...(place ? { location: place } : {}),
    };
  });
}

const GO_ON = 'To go on without it, set `optional: true` in the config or pass --allow-unresolved.';

function explain(
  selector: PermissionSetSelector,
  accounts: readonly string[],
  known: KnownSets,
  roles: readonly Role[],
): Explanation {
  const text = selectorText(selector);
  const where = accounts.length === 0 ? 'any account of the scope' : accountsText(accounts);
  if (selector.kind === 'glob') {
    return {
      message: `no permission set that matches ${quoted(text)} is provisioned in ${where}`,
      help: `Provisioned there: ${provisionedText(roles)}.`,
    };
  }
  if (known.kind === 'unknown') {
    const message = `permission set ${quoted(text)} has no role in ${where}; whether it exists cannot be told: ${known.reason}`;
    return {
      message,
      help:
        didYouMean(
          text,
          roles.map((role) => role.permissionSet),
        ) ?? `Provisioned there: ${provisionedText(roles)}.`,
    };
  }
  const set = known.sets.find(({ arn, name }) => (selector.kind === 'arn' ? arn === text : name === text));
  return set ? notProvisioned(set, accounts, where, known.instance) : notExisting(text, known.sets);
}

function notExisting(text: string, sets: readonly PermissionSet[]): Explanation {
  const names = sets.map(({ name }) => name);
  return {
    message: `permission set ${quoted(text)} does not exist`,
    help: didYouMean(text, names) ?? `There are: ${listed(names.map(quoted)) || 'none'}.`,
  };
}

function notProvisioned(
  set: PermissionSet,
  accounts: readonly string[],
  where: string,
  instance: Instance | null,
): Explanation {
  const command = createAssignmentCommand({
    instance,
    permissionSetArn: set.arn,
    accountId: accounts[0] ?? null,
    principal: null,
  });
  return {
    message: `permission set ${quoted(set.name)} exists but is not provisioned in ${where}`,
    help: `Assign someone, and the role appears:\n${command}`,
  };
}

function provisionedText(roles: readonly Role[]): string {
  const names = [...new Set(roles.map((role) => role.permissionSet))].sort();
  return listed(names.map(quoted)) || 'none';
}

export interface Explanation {
  readonly message: string;
  readonly help: string;
}

/** What an explanation may rest on. */
export interface Knowledge {
  readonly known: KnownSets;
  readonly inventory: Inventory;
  readonly assignees: Assignees;
  /** A snapshot need not know everybody. */
  readonly isSnapshot: boolean;
}

/**
 * Why a mapping that names a group or user led to no role; undefined where the reason is another.
 * @param accounts where it led nowhere; empty: in none of the accounts of its scope
 */
export function explainPrincipals(
  mapping: Mapping,
  accounts: readonly string[],
  { known, inventory, assignees, isSnapshot }: Knowledge,
): Explanation | undefined {
  const selectors = principalSelectorsOf(mapping);
  const [first] = selectors;
  if (!first) return undefined;
  const stranger = selectors.find(
    ({ name, ...one }) => assignees.named(principalTypeOf({ name, ...one }), name).length === 0,
  );
  if (stranger) return unknownPrincipal(stranger, assignees, isSnapshot);
  const sets = known.kind === 'known' ? known.sets : (inventory.permissionSets ?? []);
  if (known.kind === 'known' && !isKnownSet(mapping, sets)) return undefined;
  const untold = accounts.filter((id) => !assignees.hasAssignments(id));
  if (untold.length > 0) return untoldIn(untold, first);
  const instance = (known.kind === 'known' ? known.instance : null) ?? inventory.instance;
  const place = { mapping, selectors, accounts, sets, instance, assignees };
  return withoutRole(place) ?? notAssigned(place);
}

interface Place {
  readonly mapping: Mapping;
  readonly selectors: readonly PrincipalSelector[];
  readonly accounts: readonly string[];
  readonly sets: readonly PermissionSet[];
  readonly instance: Instance | null;
  readonly assignees: Assignees;
}

function unknownPrincipal(
  selector: PrincipalSelector,
  assignees: Assignees,
  isSnapshot: boolean,
): Explanation {
  const type = principalTypeOf(selector);
  const name = quoted(shortName(selector.name));
  const near = didYouMean(selector.name, assignees.namesOf(type).map(shortName));
  if (isSnapshot) {
    return {
      message: `the snapshot knows no ${principalTypeText(type)} named ${name}`,
      help: near ?? 'It holds those who are assigned something in its accounts; ask AWS, or take it again.',
    };
  }
  const otherwise =
    type === 'GROUP'
      ? 'The display name counts, with case and every character.'
      : 'The user name counts (often an e-mail address), with case and every character.';
  return { message: `no ${principalTypeText(type)} is named ${name}`, help: near ?? otherwise };
}

/** False for a name or ARN that is no permission set at all; then that is the reason. */
function isKnownSet({ selector }: Mapping, sets: readonly PermissionSet[]): boolean {
  if (selector.kind === 'name') return sets.some(({ name }) => name === selector.name);
  return selector.kind !== 'arn' || sets.some(({ arn }) => arn === selector.arn);
}

function untoldIn(accounts: readonly string[], selector: PrincipalSelector): Explanation {
  return {
    message: `whether ${textOf(selector)} is assigned anything in ${accountsText(accounts)} cannot be told: Identity Center does not say who is assigned what there`,
    help: 'Ask with credentials of the management account; a delegated administrator is not told of that account.',
  };
}

/** Assigned, but nobody has made the role yet, or somebody removed it. */
function withoutRole({
  mapping,
  selectors,
  accounts,
  sets,
  instance,
  assignees,
}: Place): Explanation | undefined {
  const matches = nameMatcher(mapping.selector, new Map(sets.map(({ arn, name }) => [arn, name])));
  for (const accountId of accounts) {
    const name = assignees
      .setsIn(accountId)
      .find((set) => matches(set) && selectors.every((one) => isAssigned(one, accountId, set, assignees)));
    if (name === undefined) continue;
    const arn = sets.find((set) => set.name === name)?.arn ?? null;
    return {
      message: `${namesText(selectors)} is assigned permission set ${quoted(name)} in account ${accountId}, but there is no role of it`,
      help: `Have Identity Center make it:\n${provisionCommand(instance, arn, accountId)}`,
    };
  }
  return undefined;
}

function notAssigned({ mapping, selectors, accounts, sets, instance, assignees }: Place): Explanation {
  const { selector } = mapping;
  const set = sets.find(({ arn, name }) =>
    selector.kind === 'arn' ? arn === selector.arn : selector.kind === 'name' && name === selector.name,
  );
  const [first] = selectors;
  const [principal] = first ? assignees.named(principalTypeOf(first), first.name) : [];
  const what = set
    ? `permission set ${quoted(set.name)}`
    : selector.kind === 'glob'
      ? `a permission set that matches ${quoted(selector.glob)}`
      : 'a permission set';
  const where = accounts.length === 0 ? 'any account of the scope' : accountsText(accounts);
  const command = createAssignmentCommand({
    instance,
    permissionSetArn: set?.arn ?? null,
    accountId: accounts[0] ?? null,
    principal: principal ?? null,
  });
  return {
    message: `${namesText(selectors)} is not assigned ${what} in ${where}`,
    help: `Assign it, and the role appears:\n${command}`,
  };
}

function textOf(selector: PrincipalSelector): string {
  return `${selector.kind} ${quoted(shortName(selector.name))}`;
}

function namesText(selectors: readonly PrincipalSelector[]): string {
  return selectors.map(textOf).join(' with ');
}

/** An assignment that would help; capitals stand in for what is not known. */
export interface MissingAssignment {
  readonly instance: Instance | null;
  readonly permissionSetArn: string | null;
  readonly accountId: string | null;
  readonly principal: { readonly type: PrincipalType; readonly id: string } | null;
}

/** The AWS CLI's command that makes an assignment. */
export function createAssignmentCommand(missing: MissingAssignment): string {
  const { instance, permissionSetArn, accountId, principal } = missing;
  return [
    'aws sso-admin create-account-assignment',
    `--instance-arn ${instance?.arn ?? 'INSTANCE_ARN'}`,
    `--permission-set-arn ${permissionSetArn ?? 'PERMISSION_SET_ARN'}`,
    `--target-type AWS_ACCOUNT --target-id ${accountId ?? 'ACCOUNT_ID'}`,
    `--principal-type ${principal?.type ?? 'GROUP'} --principal-id ${principal?.id ?? 'GROUP_ID'}`,
    ...(instance ? [`--region ${instance.region}`] : []),
  ].join(' ');
}

/** The AWS CLI's command that makes the role of a permission set, or makes it anew. */
export function provisionCommand(
  instance: Instance | null,
  permissionSetArn: string | null,
  accountId: string,
): string {
  return [
    'aws sso-admin provision-permission-set',
    `--instance-arn ${instance?.arn ?? 'INSTANCE_ARN'}`,
    `--permission-set-arn ${permissionSetArn ?? 'PERMISSION_SET_ARN'}`,
    `--target-type AWS_ACCOUNT --target-id ${accountId}`,
    ...(instance ? [`--region ${instance.region}`] : []),
  ].join(' ');
}

function accountsText(accounts: readonly string[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts)}`;
}
