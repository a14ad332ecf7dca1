import {
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListRootsCommand,
  MoveAccountCommand,
  type OrganizationsClient,
} from '@aws-sdk/client-organizations';
import { type Member, UNITS } from './organization.ts';

/** The role that Organizations creates in every new account. */
export const ACCESS_ROLE = 'OrganizationAccountAccessRole';

/** Creates the organization and its units; returns their ids by path, with '' for the root. */
export async function createUnits(client: OrganizationsClient): Promise<Record<string, string>> {
  await client.send(new CreateOrganizationCommand({ FeatureSet: 'ALL' }));
  const { Roots: [root] = [] } = await client.send(new ListRootsCommand({}));
  const ids: Record<string, string> = { '': root?.Id ?? '' };
  for (const path of UNITS) {
    const slash = path.lastIndexOf('/');
    const ParentId = ids[path.slice(0, Math.max(slash, 0))];
    const command = new CreateOrganizationalUnitCommand({ ParentId, Name: path.slice(slash + 1) });
    const { OrganizationalUnit: unit } = await client.send(command);
    ids[path] = unit?.Id ?? '';
  }
  return ids;
}

/** Creates an account in its unit. */
export async function createAccount(
  client: OrganizationsClient,
  { name, unit, accessRole = ACCESS_ROLE }: Member,
  units: Readonly<Record<string, string>>,
): Promise<string> {
  const command = new CreateAccountCommand({
    AccountName: name,
    Email: 'owner@example.com',
    RoleName: accessRole,
  });
  const { CreateAccountStatus: { AccountId = '' } = {} } = await client.send(command);
  if (unit !== '') {
    const move = { AccountId, SourceParentId: units[''], DestinationParentId: units[unit] };
    await client.send(new MoveAccountCommand(move));
  }
  return AccountId;
}

export async function closeAccount(client: OrganizationsClient, AccountId: string): Promise<void> {
  await client.send(new CloseAccountCommand({ AccountId }));
}
