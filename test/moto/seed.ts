import { DescribeAccountCommand } from '@aws-sdk/client-organizations';
import {
  CreatePermissionSetCommand,
  ListInstancesCommand,
  type SSOAdminClient,
} from '@aws-sdk/client-sso-admin';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { assume, type Clients, clientsOf, MANAGEMENT_CREDENTIALS } from './clients.ts';
import { MANAGEMENT_SETS, MEMBERS, type Member, PERMISSION_SETS } from './organization.ts';
import { ACCESS_ROLE, closeAccount, createAccount, createUnits } from './seed-organization.ts';
import { seedPeople } from './seed-people.ts';
import { createRoles } from './seed-roles.ts';
import type { TrueAccount, TruePermissionSet, Truth } from './truth.ts';

/** Fills an empty moto with the organization. */
export async function seed(url: string): Promise<Truth> {
  const clients = clientsOf(url, MANAGEMENT_CREDENTIALS);
  const units = await createUnits(clients.organizations);
  const accounts = [await seedManagement(clients)];
  for (const member of MEMBERS) accounts.push(await seedMember(url, clients, member, units));
  const permissionSets = await createPermissionSets(clients.ssoAdmin);
  const people = await seedPeople(clients, accounts, permissionSets);
  return { managementAccountId: accounts[0]?.id ?? '', units, permissionSets, accounts, ...people };
}

/** The clients' account; its name comes from moto. */
async function seedManagement({ iam, organizations, sts }: Clients): Promise<TrueAccount> {
  const { Account: id = '' } = await sts.send(new GetCallerIdentityCommand({}));
  const { Account: account } = await organizations.send(new DescribeAccountCommand({ AccountId: id }));
  const roles = await createRoles(iam, { sets: MANAGEMENT_SETS }, id);
  return { id, name: account?.Name ?? '', unit: '', closed: false, accessRole: ACCESS_ROLE, roles };
}

async function seedMember(
  url: string,
  clients: Clients,
  member: Member,
  units: Readonly<Record<string, string>>,
): Promise<TrueAccount> {
  const { name, unit, closed = false, accessRole = ACCESS_ROLE } = member;
  const id = await createAccount(clients.organizations, member, units);
  const { iam } = clientsOf(url, await assume(clients, id, accessRole));
  const roles = await createRoles(iam, member, id);
  if (closed) await closeAccount(clients.organizations, id);
  return { id, name, unit, closed, accessRole, roles };
}

async function createPermissionSets(client: SSOAdminClient): Promise<TruePermissionSet[]> {
  const { Instances: [instance] = [] } = await client.send(new ListInstancesCommand({}));
  const created: TruePermissionSet[] = [];
  for (const name of PERMISSION_SETS) {
    const command = new CreatePermissionSetCommand({ InstanceArn: instance?.InstanceArn, Name: name });
    const { PermissionSet } = await client.send(command);
    created.push({ name, arn: PermissionSet?.PermissionSetArn ?? '' });
  }
  return created;
}
