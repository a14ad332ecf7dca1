import type { Answer } from '../wire/answer.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Backend, Call, Operation, Operations } from '../wire/call.ts';
import { text } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import { requireAdministrator } from './administrator.ts';
import { accountAnswer, organizationArn, unitAnswer } from './organizations-answer.ts';

/** AWS Organizations. */
export const ORGANIZATIONS: Operations = {
  DescribeOrganization: inUse(describeOrganization),
  ListRoots: administered(listRoots),
  ListAccounts: administered(listAccounts),
  ListAccountsForParent: administered(listAccountsForParent),
  ListOrganizationalUnitsForParent: administered(listUnitsForParent),
  ListParents: administered(listParents),
  DescribeOrganizationalUnit: administered(describeUnit),
  DescribeAccount: administered(describeAccount),
};

function inUse(operation: Operation): Operation {
  return (call, backend) => {
    if (backend.world.organization) return operation(call, backend);
    throw new AwsError(
      'AWSOrganizationsNotInUseException',
      'Your account is not a member of an organization.',
    );
  };
}

function administered(operation: Operation): Operation {
  return inUse((call, backend) => {
    requireAdministrator(call, backend);
    return operation(call, backend);
  });
}

function describeOrganization(_: Call, { world }: Backend): Answer {
  return {
    Organization: {
      Id: world.organization?.id,
      Arn: organizationArn(world, 'organization'),
      FeatureSet: 'ALL',
      MasterAccountArn: organizationArn(world, 'account', world.managementAccountId),
      MasterAccountId: world.managementAccountId,
      MasterAccountEmail: `${world.managementAccountId}@example.com`,
    },
  };
}

function listRoots(call: Call, backend: Backend): Answer {
  const rootId = backend.world.organization?.rootId ?? '';
  const { items, token } = pageOf(call, backend, [rootId]);
  const arn = organizationArn(backend.world, 'root', rootId);
  return {
    Roots: items.map((id) => ({ Id: id, Arn: arn, Name: 'Root', PolicyTypes: [] })),
    NextToken: token,
  };
}

function listAccounts(call: Call, backend: Backend): Answer {
  const { items, token } = pageOf(call, backend, backend.world.accounts);
  return { Accounts: items.map((account) => accountAnswer(account, backend)), NextToken: token };
}

function listAccountsForParent(call: Call, backend: Backend): Answer {
  const parentId = knownParent(call, backend);
  const { items, token } = pageOf(call, backend, backend.index.accountsByParent.get(parentId) ?? []);
  return { Accounts: items.map((account) => accountAnswer(account, backend)), NextToken: token };
}

function listUnitsForParent(call: Call, backend: Backend): Answer {
  const parentId = knownParent(call, backend);
  const { items, token } = pageOf(call, backend, backend.index.unitsByParent.get(parentId) ?? []);
  return { OrganizationalUnits: items.map((unit) => unitAnswer(unit, backend)), NextToken: token };
}

function knownParent(call: Call, { world, index }: Backend): string {
  const parentId = text(call, 'ParentId');
  if (parentId === world.organization?.rootId || index.units.has(parentId)) return parentId;
  throw new AwsError('ParentNotFoundException', "You specified a parent that doesn't exist.");
}

function listParents(call: Call, { world, index }: Backend): Answer {
  const childId = text(call, 'ChildId');
  const parentId = (index.accounts.get(childId) ?? index.units.get(childId))?.parentId;
  if (!parentId) throw new AwsError('ChildNotFoundException', "You specified a child that doesn't exist.");
  const type = parentId === world.organization?.rootId ? 'ROOT' : 'ORGANIZATIONAL_UNIT';
  return { Parents: [{ Id: parentId, Type: type }] };
}

function describeUnit(call: Call, backend: Backend): Answer {
  const unit = backend.index.units.get(text(call, 'OrganizationalUnitId'));
  if (unit) return { OrganizationalUnit: unitAnswer(unit, backend) };
  throw new AwsError(
    'OrganizationalUnitNotFoundException',
    "You specified an organizational unit that doesn't exist.",
  );
}

function describeAccount(call: Call, backend: Backend): Answer {
  const account = backend.index.accounts.get(text(call, 'AccountId'));
  if (account) return { Account: accountAnswer(account, backend) };
  throw new AwsError('AccountNotFoundException', "You specified an account that doesn't exist.");
}
