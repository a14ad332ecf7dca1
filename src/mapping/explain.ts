import type { Problem } from '../errors.ts';
import type { Instance, Inventory, PermissionSet, Role } from '../inventory/model.ts';
import { Assignees } from '../inventory/people/assignees.ts';
import type { KnownSets } from '../inventory/session.ts';
import { didYouMean, listed, quoted } from '../text.ts';
import { createAssignmentCommand } from './aws-command.ts';
import { type Explanation, explainPrincipals } from './explain-principals.ts';

import { type PermissionSetSelector, permissionSetSelectorText } from './permission-set-selector.ts';
import type { Unresolved } from './resolve.ts';

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
  const text = permissionSetSelectorText(selector);
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

function accountsText(accounts: readonly string[]): string {
  return `${accounts.length === 1 ? 'account' : 'accounts'} ${listed(accounts)}`;
}

function provisionedText(roles: readonly Role[]): string {
  const names = [...new Set(roles.map((role) => role.permissionSet))].sort();
  return listed(names.map(quoted)) || 'none';
}
