import type { Answer } from '../wire/answer.ts';
import { denied, invalid, notFound } from '../wire/aws-error.ts';
import type { Backend, Call, Operation, Operations } from '../wire/call.ts';
import { nestedText, optionalText, text } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import { pairKey } from '../world/pair.ts';
import type { WorldAssignment, WorldInstance } from '../world/world.ts';
import { principalKey } from '../world/world-index.ts';
import { isManagement, requireAdministrator } from './administrator.ts';

/** IAM Identity Center's administrative API. */
export const SSO_ADMIN: Operations = {
  ListInstances: listInstances,
  ListPermissionSets: administered(listPermissionSets),
  DescribePermissionSet: administered(describePermissionSet),
  ListPermissionSetsProvisionedToAccount: administered(listSetsOfAccount),
  ListAccountsForProvisionedPermissionSet: administered(listAccountsOfSet),
  ListAccountAssignments: administered(listAssignments),
  ListAccountAssignmentsForPrincipal: administered(listAssignmentsOfPrincipal),
};

/** Member accounts see the organization's instance too, and are refused by everything else. */
function listInstances(call: Call, backend: Backend): Answer {
  const visible = backend.world.instances.filter(
    (instance) => instance.regions.includes(call.region) && isVisible(instance, call, backend),
  );
  const { items, token } = pageOf(call, backend, visible);
  return { Instances: items.map(instanceAnswer), NextToken: token };
}

function isVisible(instance: WorldInstance, call: Call, backend: Backend): boolean {
  const { accountId } = call.caller;
  if (instance.ownerAccountId === accountId || isManagement(call, backend)) return true;
  if (backend.world.delegatedAdminId === accountId) return true;
  return instance.kind === 'organization' && backend.options.instanceVisibleToMembers !== false;
}

function instanceAnswer(instance: WorldInstance): Answer {
  return {
    InstanceArn: instance.arn,
    IdentityStoreId: instance.identityStoreId,
    OwnerAccountId: instance.ownerAccountId,
    CreatedDate: new Date('2024-01-01T00:00:00Z'),
    Status: 'ACTIVE',
    PrimaryRegion: instance.primaryRegion,
    Regions: instance.regions.map((region) => ({
      RegionName: region,
      Status: 'ACTIVE',
      IsPrimaryRegion: region === instance.primaryRegion,
    })),
  };
}

/** Permission sets live in the primary region of the organization's instance. */
function administered(operation: Operation): Operation {
  return (call, backend) => {
    requireAdministrator(call, backend);
    const arn = text(call, 'InstanceArn');
    const instance = backend.world.instances.find((candidate) => candidate.arn === arn);
    if (!instance || instance.primaryRegion !== call.region) throw notFound('Instance not found');
    if (instance.kind === 'organization') return operation(call, backend);
    throw invalid(call.service, 'The operation is not supported for this Identity Center instance');
  };
}

function listPermissionSets(call: Call, backend: Backend): Answer {
  const { items, token } = pageOf(call, backend, backend.world.permissionSets);
  return { PermissionSets: items.map((set) => set.arn), NextToken: token };
}

function describePermissionSet(call: Call, backend: Backend): Answer {
  const { name, arn } = knownSet(call, backend);
  const created = new Date('2024-02-01T00:00:00Z');
  return {
    PermissionSet: { Name: name, PermissionSetArn: arn, CreatedDate: created, SessionDuration: 'PT1H' },
  };
}

function listSetsOfAccount(call: Call, backend: Backend): Answer {
  const pairs = backend.index.provisionedByAccount.get(knownAccount(call, backend)) ?? [];
  const { items, token } = pageOf(call, backend, isOutdatedAsked(call) ? [] : pairs);
  return { PermissionSets: items.map((pair) => pair.permissionSetArn), NextToken: token };
}

function listAccountsOfSet(call: Call, backend: Backend): Answer {
  const pairs = backend.index.provisionedBySet.get(knownSet(call, backend).arn) ?? [];
  const readable = pairs.filter((pair) => mayRead(pair.accountId, call, backend));
  const { items, token } = pageOf(call, backend, isOutdatedAsked(call) ? [] : readable);
  return { AccountIds: items.map((pair) => pair.accountId), NextToken: token };
}

/** Whatever is provisioned here is up to date. */
function isOutdatedAsked(call: Call): boolean {
  return optionalText(call, 'ProvisioningStatus') === 'LATEST_PERMISSION_SET_NOT_PROVISIONED';
}

function listAssignments(call: Call, backend: Backend): Answer {
  const pair = { accountId: knownAccount(call, backend), permissionSetArn: knownSet(call, backend).arn };
  return assignmentsAnswer(call, backend, backend.index.assignmentsByPair.get(pairKey(pair)) ?? []);
}

/** For a user also what comes through groups, each with the group as its principal; nothing for the deleted. */
function listAssignmentsOfPrincipal(call: Call, backend: Backend): Answer {
  if (!isManagement(call, backend)) throw denied(call);
  const { index } = backend;
  const id = text(call, 'PrincipalId');
  const type = text(call, 'PrincipalType');
  const known = type === 'USER' ? index.usersById.has(id) : index.groupsById.has(id);
  const through = type === 'USER' ? (index.membershipsByUser.get(id) ?? []) : [];
  const keys = [
    ...(type === 'USER' ? [principalKey({ principalType: 'USER', principalId: id })] : []),
    ...(type === 'GROUP' ? [id] : through.map((membership) => membership.groupId)).map((groupId) =>
      principalKey({ principalType: 'GROUP', principalId: groupId }),
    ),
  ];
  const all = known ? keys.flatMap((key) => index.assignmentsByPrincipal.get(key) ?? []) : [];
  const only = nestedText(call.input, 'Filter', 'AccountId');
  return assignmentsAnswer(
    call,
    backend,
    all.filter((assignment) => only === undefined || assignment.accountId === only),
  );
}

function assignmentsAnswer(call: Call, backend: Backend, all: readonly WorldAssignment[]): Answer {
  const { items, token } = pageOf(call, backend, all);
  return {
    AccountAssignments: items.map((assignment) => ({
      AccountId: assignment.accountId,
      PermissionSetArn: assignment.permissionSetArn,
      PrincipalType: assignment.principalType,
      PrincipalId: assignment.principalId,
    })),
    NextToken: token,
  };
}

function knownSet(call: Call, { index }: Backend): { readonly name: string; readonly arn: string } {
  const set = index.permissionSets.get(text(call, 'PermissionSetArn'));
  if (set) return set;
  throw notFound('PermissionSet not found');
}

function knownAccount(call: Call, backend: Backend): string {
  const id = text(call, 'AccountId');
  if (!backend.index.accounts.has(id)) throw notFound('Account not found');
  if (!mayRead(id, call, backend)) throw denied(call);
  return id;
}

/** A delegated administrator does not see into the management account. */
function mayRead(accountId: string, call: Call, backend: Backend): boolean {
  return accountId !== backend.world.managementAccountId || isManagement(call, backend);
}
