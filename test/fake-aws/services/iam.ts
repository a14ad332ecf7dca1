import type { Answer } from '../wire/answer.ts';
import type { Backend, Call, Operations } from '../wire/call.ts';
import { optionalText } from '../wire/input.ts';
import { pageOf } from '../wire/page.ts';
import { pathArnOf } from '../world/build-clusters.ts';
import { hexId } from '../world/identifier.ts';
import type { WorldRole } from '../world/world.ts';

/** AWS Identity and Access Management. */
export const IAM: Operations = { ListRoles: listRoles };

function listRoles(call: Call, backend: Backend): Answer {
  const prefix = optionalText(call, 'PathPrefix') ?? '/';
  const all = backend.index.rolesByAccount.get(call.caller.accountId) ?? [];
  const { items, token } = pageOf(
    call,
    backend,
    all.filter((role) => role.path.startsWith(prefix)),
  );
  return {
    IsTruncated: token !== undefined,
    Roles: items.map((role) => roleAnswer(role, backend.world.partition)),
    Marker: token,
  };
}

function roleAnswer(role: WorldRole, partition: string): Answer {
  const { accountId, path, name, createdAt } = role;
  return {
    Path: path,
    RoleName: name,
    RoleId: `AROA${hexId(17, accountId, path, name).toUpperCase()}`,
    Arn: pathArnOf(partition, role),
    CreateDate: new Date(createdAt),
    AssumeRolePolicyDocument: encodeURIComponent(trustPolicy(role, partition)),
    MaxSessionDuration: 43200,
  };
}

function trustPolicy({ accountId, path, accountAccess }: WorldRole, partition: string): string {
  const provider = `arn:${partition}:iam::${accountId}:saml-provider/AWSSSO_${hexId(16, accountId)}_DO_NOT_DELETE`;
  const principal = path.startsWith('/aws-reserved/')
    ? { Federated: provider }
    : {
        Service: accountAccess ? ['account-access.amazonaws.com', 'sso.amazonaws.com'] : 'sso.amazonaws.com',
      };
  const statement = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}
