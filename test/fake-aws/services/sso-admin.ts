import type { Answer } from '../wire/answer.ts';
import { invalid, notFound } from '../wire/aws-error.ts';
import type { Backend, Call, Operation, Operations } from '../wire/call.ts';
import { text } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import { requireAdministrator } from './administrator.ts';
import { listAssignments, listAssignmentsOfPrincipal } from './assignments.ts';
import { listInstances } from './instances.ts';
import { knownSet, listAccountsOfSet, listSetsOfAccount } from './provisioning.ts';

/** IAM Identity Center's administrative API. */
export const SSO_ADMIN: Operations = {
  ListInstances: listInstances,
  ListPermissionSets: ofOrganization(listPermissionSets),
  DescribePermissionSet: ofOrganization(describePermissionSet),
  ListPermissionSetsProvisionedToAccount: ofOrganization(listSetsOfAccount),
  ListAccountsForProvisionedPermissionSet: ofOrganization(listAccountsOfSet),
  ListAccountAssignments: ofOrganization(listAssignments),
  ListAccountAssignmentsForPrincipal: ofOrganization(listAssignmentsOfPrincipal),
};

/** Permission sets are in the primary region of the organization's instance, for its administrators. */
function ofOrganization(operation: Operation): Operation {
  return (call, backend) => {
    const arn = text(call, 'InstanceArn');
    const instance = backend.world.instances.find((candidate) => candidate.arn === arn);
    const isOwn = instance?.kind === 'account' && instance.ownerAccountId === call.caller.accountId;
    if (!isOwn) requireAdministrator(call, backend);
    if (instance?.primaryRegion !== call.region) throw notFound('Instance not found');
    if (instance.kind === 'organization') return operation(call, backend);
    if (operation === listPermissionSets && backend.options.accountInstancesListNothing)
      return { PermissionSets: [] };
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
