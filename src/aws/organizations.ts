import {
  DescribeOrganizationalUnitCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
} from '@aws-sdk/client-organizations';
import type { Answer, Operation } from './answers.ts';
import { AwsFailure } from './failure.ts';
import type { Identity } from './identity.ts';
import { allItems, type Listing, pages } from './paginate.ts';
import type { Retrier } from './retry.ts';

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

/** Reads AWS Organizations. */
export class Organizations {
  private readonly identity: Identity;
  private readonly retrier: Retrier;

  constructor(identity: Identity, retrier: Retrier) {
    this.identity = identity;
    this.retrier = retrier;
  }

  /** Every account of the organization, a page at a time. */
  accounts(): AsyncGenerator<readonly ListedAccount[]> {
    return pages(this.listing('ListAccounts'), async (NextToken) => {
      const answer = await this.call('ListAccounts', (client, options) =>
        client.send(new ListAccountsCommand({ NextToken }), options),
      );
      return { items: answer.Accounts.map(listedAccount), next: answer.NextToken };
    });
  }

  /** The accounts directly in a unit or the root. */
  accountsOf(ParentId: string): Promise<ListedAccount[]> {
    return allItems(this.listing('ListAccountsForParent'), async (NextToken) => {
      const answer = await this.call('ListAccountsForParent', (client, options) =>
        client.send(new ListAccountsForParentCommand({ ParentId, NextToken }), options),
      );
      return { items: answer.Accounts.map(listedAccount), next: answer.NextToken };
    });
  }

  /** The units directly in a unit or the root. */
  unitsOf(ParentId: string): Promise<Unit[]> {
    return allItems(this.listing('ListOrganizationalUnitsForParent'), async (NextToken) => {
      const answer = await this.call('ListOrganizationalUnitsForParent', (client, options) =>
        client.send(new ListOrganizationalUnitsForParentCommand({ ParentId, NextToken }), options),
      );
      const items = answer.OrganizationalUnits.map(({ Id, Name }) => ({ id: Id, name: Name }));
      return { items, next: answer.NextToken };
    });
  }

  async rootIds(): Promise<string[]> {
    return allItems(this.listing('ListRoots'), async (NextToken) => {
      const answer = await this.call('ListRoots', (client, options) =>
        client.send(new ListRootsCommand({ NextToken }), options),
      );
      return { items: answer.Roots.map(({ Id }) => Id), next: answer.NextToken };
    });
  }

  async unit(OrganizationalUnitId: string): Promise<Unit> {
    const { OrganizationalUnit } = await this.call('DescribeOrganizationalUnit', (client, options) =>
      client.send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId }), options),
    );
    return { id: OrganizationalUnitId, name: OrganizationalUnit.Name };
  }

  /**
   * The id of the unit or root that a unit is in.
   * @throws AwsFailure `garbled` where none comes back: every unit is somewhere
   */
  async parentOf(ChildId: string): Promise<string> {
    const listing = this.listing('ListParents');
    const [parent] = await allItems(listing, async (NextToken) => {
      const answer = await this.call('ListParents', (client, options) =>
        client.send(new ListParentsCommand({ ChildId, NextToken }), options),
      );
      return { items: answer.Parents.map(({ Id }) => Id), next: answer.NextToken };
    });
    if (parent !== undefined) return parent;
    throw new AwsFailure({ ...listing, kind: 'garbled', detail: `${ChildId} has no parent` });
  }

  private call<Name extends Operation>(
    operation: Name,
    send: (
      client: Identity['clients']['organizations'],
      options: { abortSignal: AbortSignal },
    ) => Promise<unknown>,
  ): Promise<Answer<Name>> {
    const { clients, target } = this.identity;
    return this.retrier.call(target('organizations'), operation, (options) =>
      send(clients.organizations, options),
    );
  }

  private listing(operation: Operation): Listing {
    return { ...this.identity.target('organizations'), operation };
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
