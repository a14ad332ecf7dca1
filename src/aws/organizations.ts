import {
  DescribeOrganizationalUnitCommand,
  ListAccountsCommand,
  ListAccountsForParentCommand,
  ListOrganizationalUnitsForParentCommand,
  ListParentsCommand,
  ListRootsCommand,
  type Account as SdkAccount,
} from '@aws-sdk/client-organizations';
import type { Caller } from './caller.ts';
import type { Identity } from './identity.ts';
import { allItems, pages } from './pages.ts';

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
  private readonly caller: Caller;

  constructor(identity: Identity, caller: Caller) {
    this.identity = identity;
    this.caller = caller;
  }

  /** Every account of the organization, a page at a time. */
  accounts(): AsyncGenerator<readonly ListedAccount[]> {
    return pages(async (NextToken) => {
      const answer = await this.call('ListAccounts', (client, options) =>
        client.send(new ListAccountsCommand({ NextToken }), options),
      );
      return { items: (answer.Accounts ?? []).flatMap(listedAccount), next: answer.NextToken };
    });
  }

  /** The accounts directly in a unit or the root. */
  accountsOf(ParentId: string): Promise<ListedAccount[]> {
    return allItems(async (NextToken) => {
      const answer = await this.call('ListAccountsForParent', (client, options) =>
        client.send(new ListAccountsForParentCommand({ ParentId, NextToken }), options),
      );
      return { items: (answer.Accounts ?? []).flatMap(listedAccount), next: answer.NextToken };
    });
  }

  /** The units directly in a unit or the root. */
  unitsOf(ParentId: string): Promise<Unit[]> {
    return allItems(async (NextToken) => {
      const answer = await this.call('ListOrganizationalUnitsForParent', (client, options) =>
        client.send(new ListOrganizationalUnitsForParentCommand({ ParentId, NextToken }), options),
      );
      const items = (answer.OrganizationalUnits ?? []).flatMap(({ Id, Name }) =>
        Id && Name ? { id: Id, name: Name } : [],
      );
      return { items, next: answer.NextToken };
    });
  }

  async rootIds(): Promise<string[]> {
    return allItems(async (NextToken) => {
      const answer = await this.call('ListRoots', (client, options) =>
        client.send(new ListRootsCommand({ NextToken }), options),
      );
      return { items: (answer.Roots ?? []).flatMap(({ Id }) => Id ?? []), next: answer.NextToken };
    });
  }

  async unit(OrganizationalUnitId: string): Promise<Unit> {
    const answer = await this.call('DescribeOrganizationalUnit', (client, options) =>
      client.send(new DescribeOrganizationalUnitCommand({ OrganizationalUnitId }), options),
    );
    return { id: OrganizationalUnitId, name: answer.OrganizationalUnit?.Name ?? '' };
  }

  /** The id of the unit or root that a unit is in. */
  async parentOf(ChildId: string): Promise<string | undefined> {
    const answer = await this.call('ListParents', (client, options) =>
      client.send(new ListParentsCommand({ ChildId }), options),
    );
    return answer.Parents?.[0]?.Id;
  }

  private call<T>(
    operation: string,
    send: (client: Identity['clients']['organizations'], options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const { clients, target } = this.identity;
    return this.caller.call(target('organizations'), operation, (options) =>
      send(clients.organizations, options),
    );
  }
}

/** `State` replaces `Status`, which AWS retired in September 2026. */
function listedAccount({ Id, Name, State, Status, Paths }: SdkAccount): ListedAccount[] {
  if (!Id) return [];
  const [path] = Paths ?? [];
  const unitIds = path?.split('/').filter((part) => /^(r|ou)-/.test(part)) ?? null;
  return [{ id: Id, name: Name ?? '', state: State ?? Status ?? 'ACTIVE', unitIds }];
}
