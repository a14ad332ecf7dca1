import type { Answer } from '../wire/answer.ts';
import { denied, notFound } from '../wire/aws-error.ts';
import type { Backend, Call } from '../wire/call.ts';
import { optionalText, text } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import type { WorldPermissionSet } from '../world/world.ts';
import { isManagement } from './administrator.ts';

export function listSetsOfAccount(call: Call, backend: Backend): Answer {
  const pairs = backend.index.provisionedByAccount.get(readableAccount(call, backend)) ?? [];
  const { items, token } = pageOf(call, backend, isOutdatedAsked(call) ? [] : pairs);
  return { PermissionSets: items.map((pair) => pair.permissionSetArn), NextToken: token };
}

export function listAccountsOfSet(call: Call, backend: Backend): Answer {
  const pairs = backend.index.provisionedBySet.get(knownSet(call, backend).arn) ?? [];
  const readable = pairs.filter((pair) => mayRead(pair.accountId, call, backend));
  const { items, token } = pageOf(call, backend, isOutdatedAsked(call) ? [] : readable);
  return { AccountIds: items.map((pair) => pair.accountId), NextToken: token };
}

/** The permission set in the request, or ResourceNotFoundException. */
export function knownSet(call: Call, { index }: Backend): WorldPermissionSet {
  const set = index.permissionSets.get(text(call, 'PermissionSetArn'));
  if (set) return set;
  throw notFound('PermissionSet not found');
}

/** The account in the request, or ResourceNotFoundException, or AccessDeniedException. */
export function readableAccount(call: Call, backend: Backend): string {
  const id = text(call, 'AccountId');
  if (!backend.index.accounts.has(id)) throw notFound('Account not found');
  if (!mayRead(id, call, backend)) throw denied(call);
  return id;
}

/** A delegated administrator has no access to the management account. */
function mayRead(accountId: string, call: Call, backend: Backend): boolean {
  return accountId !== backend.world.managementAccountId || isManagement(call, backend);
}

/** Everything provisioned in this world is up to date. */
function isOutdatedAsked(call: Call): boolean {
  return optionalText(call, 'ProvisioningStatus') === 'LATEST_PERMISSION_SET_NOT_PROVISIONED';
}
