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
import { printable } from '../text.ts';
import type { Answer } from './answers.ts';
import type { Identity } from './identity.ts';
import { AwsService, byKey, type ListPage, readAhead } from './service.ts';

/** An account as Organizations lists it. */
export interface ListedAccount {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Ids of the root and the units above the account, from the root down; null if AWS doesn't say. */
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
export class Organizations extends AwsService<typeof COMMANDS> {
  private readonly callerAccountId: string;

  constructor(identity: Identity) {
    const { region, clients, accountId } = identity;
    const client = clients.of(OrganizationsClient, region);
    super(identity, { service: 'organizations', region }, client, COMMANDS);
    this.callerAccountId = accountId;
  }

  /**
   * All accounts of the organization, page by page.
   * @throws AwsFailure `contradiction` if an account is listed in two ways, or the caller's account isn't listed
   */
  accounts(): AsyncGenerator<ListPage<ListedAccount>> {
    const listed = this.pages('ListAccounts', {}, ({ Accounts }) => Accounts.map(listedAccount));
    return readAhead(this.withCaller(this.alike('ListAccounts', listed)));
  }

  /** Any account in the organization may make this call. */
  async managementAccountId(): Promise<string> {
    return (await this.call('DescribeOrganization', {})).Organization.MasterAccountId;
  }

  /** The accounts directly in a unit or the root, page by page. */
  accountsOf(ParentId: string): AsyncGenerator<ListPage<ListedAccount>> {
    const operation = 'ListAccountsForParent';
    const listed = this.pages(operation, { ParentId }, ({ Accounts }) => Accounts.map(listedAccount));
    return readAhead(this.alike(operation, listed));
  }

  /** The units directly in a unit or the root. */
  unitsOf(ParentId: string): Promise<Unit[]> {
    return this.listOnce(
      'ListOrganizationalUnitsForParent',
      { ParentId },
      ({ OrganizationalUnits }) => OrganizationalUnits.map(({ Id, Name }) => ({ id: Id, name: Name })),
      ({ id }) => id,
    );
  }

  /** @throws AwsFailure `contradiction` for an organization without a root */
  async rootIds(): Promise<string[]> {
    const ids = await this.list('ListRoots', {}, ({ Roots }) => Roots.map(({ Id }) => Id));
    if (ids.length > 0) return ids;
    throw this.contradiction('ListRoots', `the organization of account ${this.callerAccountId} has no root`);
  }

  async unit(OrganizationalUnitId: string): Promise<Unit> {
    const { OrganizationalUnit } = await this.call('DescribeOrganizationalUnit', {
      OrganizationalUnitId,
    });
    return { id: OrganizationalUnitId, name: OrganizationalUnit.Name };
  }

  /**
   * The id of a unit's parent, a unit or the root.
   * @throws AwsFailure `contradiction` unless there is exactly one
   */
  async parentOf(ChildId: string): Promise<string> {
    const parents = await this.list('ListParents', { ChildId }, ({ Parents }) => Parents.map(({ Id }) => Id));
    const [parent, ...others] = new Set(parents);
    if (parent !== undefined && others.length === 0) return parent;
    const which =
      parent === undefined ? 'no parent' : `several parents: ${printable([parent, ...others].join(', '))}`;
    throw this.contradiction('ListParents', `unit ${ChildId} has ${which}`);
  }

  /** Throws a `contradiction` if an account is listed in two ways. */
  private async *alike(
    operation: 'ListAccounts' | 'ListAccountsForParent',
    listed: AsyncGenerator<ListPage<ListedAccount>>,
  ): AsyncGenerator<ListPage<ListedAccount>> {
    const known = new Map<string, ListedAccount>();
    for await (const page of listed) {
      byKey({ ...this.target, operation }, page.items, ({ id }) => id, known);
      yield page;
    }
  }

  private async *withCaller(
    listed: AsyncGenerator<ListPage<ListedAccount>>,
  ): AsyncGenerator<ListPage<ListedAccount>> {
    let isThere = false;
    for await (const page of listed) {
      isThere ||= page.items.some(({ id }) => id === this.callerAccountId);
      yield page;
    }
    if (isThere) return;
    const detail = `the list is missing the caller's account ${this.callerAccountId}`;
    throw this.contradiction('ListAccounts', detail);
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
