import {
  DescribeOrganizationalUnitCommand,
  DescribeOrganizationCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  OrganizationsClient,
} from '@aws-sdk/client-organizations';
import type { Answer } from './answers.ts';
import { AwsFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import { type Page, readAhead, ServiceApi } from './service-api.ts';

/** An account as Organizations lists it. */
export interface ListedAccount {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** The ids of the root and the units above it, from the root down; null where AWS does not say. */
  readonly unitIds: readonly string[] | null;
}

export interface Unit {
  readonly id: string;
  readonly name: string;
}

const COMMANDS = {
  DescribeOrganization: DescribeOrganizationCommand,
  DescribeOrganizationalUnit: DescribeOrganizationalUnitCommand,
  ListAccounts: ListAccountsCommand,
  ListAccountsForParent: ListAccountsForParentCommand,
  ListOrganizationalUnitsForParent: ListOrganizationalUnitsForParentCommand,
  ListParents: ListParentsCommand,
  ListRoots: ListRootsCommand,
};

/** Reads AWS Organizations. */
export class Organizations {
  private readonly api: ServiceApi<typeof COMMANDS>;

  constructor(identity: Identity) {
    const { region, clients } = identity;
    this.api = new ServiceApi(
      identity,
      'organizations',
      region,
      clients.organizations(OrganizationsClient),
      COMMANDS,
    );
  }

  /** Every account of the organization, a page at a time. */
  accounts(): AsyncGenerator<Page<ListedAccount>> {
    return readAhead(this.api.pages('ListAccounts', {}, ({ Accounts }) => Accounts.map(listedAccount)));
  }

  /** Any account of the organization may ask. */
  async managementAccountId(): Promise<string> {
    return (await this.api.call('DescribeOrganization', {})).Organization.MasterAccountId;
  }

  /** The accounts directly in a unit or the root, a page at a time. */
  accountsOf(ParentId: string): AsyncGenerator<Page<ListedAccount>> {
    return readAhead(
      this.api.pages('ListAccountsForParent', { ParentId }, ({ Accounts }) => Accounts.map(listedAccount)),
    );
  }

  /** The units directly in a unit or the root. */
  unitsOf(ParentId: string): Promise<Unit[]> {
    return this.api.list('ListOrganizationalUnitsForParent', { ParentId }, ({ OrganizationalUnits }) =>
      OrganizationalUnits.map(({ Id, Name }) => ({ id: Id, name: Name })),
    );
  }

  rootIds(): Promise<string[]> {
    return this.api.list('ListRoots', {}, ({ Roots }) => Roots.map(({ Id }) => Id));
  }

  async unit(OrganizationalUnitId: string): Promise<Unit> {
    const { OrganizationalUnit } = await this.api.call('DescribeOrganizationalUnit', {
      OrganizationalUnitId,
    });
    return { id: OrganizationalUnitId, name: OrganizationalUnit.Name };
  }

  /**
   * The id of the unit or root that a unit is in.
   * @throws AwsFailure `invalid-response` where none comes back: every unit is somewhere
   */
  async parentOf(ChildId: string): Promise<string> {
    const [parent] = await this.api.list('ListParents', { ChildId }, ({ Parents }) =>
      Parents.map(({ Id }) => Id),
    );
    if (parent !== undefined) return parent;
    const detail = `${ChildId} has no parent`;
    throw new AwsFailure({ ...this.api.target, operation: 'ListParents', kind: 'invalid-response', detail });
  }
}

/** `State` replaces `Status`, which AWS retired in September 2026. */
function listedAccount({
  Id,
  Name,
  State,
  Status,
  Paths,
}: Answer<'ListAccounts'>['Accounts'][number]): ListedAccount {
  const [path] = Paths ?? [];
  const unitIds = path?.split('/').filter((part) => /^(r|ou)-/.test(part)) ?? null;
  return { id: Id, name: Name, state: State ?? Status ?? 'ACTIVE', unitIds };
}
