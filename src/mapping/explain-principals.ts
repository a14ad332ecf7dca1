import {
  type Instance,
  type Inventory,
  type PermissionSet,
  principalTypeText,
  shortName,
} from '../inventory/model.ts';
import type { Assignees } from '../inventory/people/assignees.ts';

import type { KnownSets } from '../inventory/session.ts';
import { didYouMean, listed, quoted } from '../text.ts';

import { createAssignmentCommand, provisionCommand } from './aws-command.ts';

import type { Mapping } from './mapping.ts';
import { nameMatcher, type PrincipalSelector } from './permission-set-selector.ts';
import { isAssigned, principalSelectorsOf, principalTypeOf } from './principal-selector.ts';

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

function accountsText(accounts: readonly string[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts)}`;
}
