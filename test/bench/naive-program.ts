import { IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { OrganizationsClient, paginateListAccounts } from '@aws-sdk/client-organizations';
import {
  DescribePermissionSetCommand,
  ListInstancesCommand,
  paginateListAccountAssignments,
  paginateListPermissionSets,
  SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers';

/**
 * Finds the provisioned roles of an organization naively: one thing after the other, each
 * permission set in each account, with SDK defaults. Prints the milliseconds spent before the first account and after.
 */
const start = performance.now();
const [organizations, ssoAdmin] = [new OrganizationsClient(), new SSOAdminClient()];

const accountIds: string[] = [];
for await (const page of paginateListAccounts({ client: organizations }, {})) {
  for (const { Id } of page.Accounts ?? []) if (Id !== undefined) accountIds.push(Id);
}

const { Instances } = await ssoAdmin.send(new ListInstancesCommand());
const InstanceArn = Instances?.[0]?.InstanceArn;
const names = new Map<string, string>();
for await (const page of paginateListPermissionSets({ client: ssoAdmin }, { InstanceArn })) {
  for (const PermissionSetArn of page.PermissionSets ?? []) {
    const { PermissionSet } = await ssoAdmin.send(
      new DescribePermissionSetCommand({ InstanceArn, PermissionSetArn }),
    );
    names.set(PermissionSetArn, PermissionSet?.Name ?? '');
  }
}

const firstAccount = performance.now();
let found = 0;
for (const [index, AccountId] of accountIds.entries()) {
  const assigned = new Set<string>();
  for (const [PermissionSetArn, name] of names) {
    const pair = { InstanceArn, AccountId, PermissionSetArn };
    for await (const page of paginateListAccountAssignments({ client: ssoAdmin }, pair)) {
      if (page.AccountAssignments?.length) assigned.add(name);
    }
  }
  for await (const page of paginateListRoles({ client: iamClient(AccountId, index === 0) }, {})) {
    for (const { RoleName } of page.Roles ?? []) {
      const name = /^AWSReservedSSO_(.+)_[0-9a-f]{16}$/.exec(RoleName ?? '')?.[1];
      if (name !== undefined && assigned.has(name)) found += 1;
    }
  }
}
const end = performance.now();
process.stdout.write(
  JSON.stringify({ found, setupMs: firstAccount - start, accountsMs: end - firstAccount }),
);

/** The management account comes first in the list, and is the caller's own. */
function iamClient(accountId: string, isOwn: boolean): IAMClient {
  if (isOwn) return new IAMClient();
  const RoleArn = `arn:aws:iam::${accountId}:role/OrganizationAccountAccessRole`;
  return new IAMClient({ credentials: fromTemporaryCredentials({ params: { RoleArn } }) });
}
