import { type IAMClient, ListRolesCommand, type Role as SdkRole } from '@aws-sdk/client-iam';
import type { Caller, CallTarget } from './caller.ts';
import { allItems } from './pages.ts';

/** A role as IAM lists it. Whoever keeps its texts copies them: V8 keeps a whole answer in memory for as long as a piece is in use. */
export interface ListedRole {
  readonly name: string;
  /** With the path. */
  readonly arn: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

const PAGE_SIZE = 1000;

/** The roles below a path, in the account that the client's credentials are of. */
export async function listRoles(
  client: IAMClient,
  target: CallTarget,
  caller: Caller,
  PathPrefix: string,
): Promise<ListedRole[]> {
  const roles = await allItems(async (token) => {
    const command = new ListRolesCommand({ PathPrefix, MaxItems: PAGE_SIZE, Marker: token });
    const answer = await caller.call(target, 'ListRoles', (options) => client.send(command, options));
    return { items: answer.Roles ?? [], next: answer.IsTruncated ? answer.Marker : undefined };
  });
  // A role can be listed twice when one is created or deleted between two pages.
  const byArn = new Map(roles.map((role) => [role.Arn, role]));
  return [...byArn.values()].flatMap(listedRole);
}

function listedRole({ RoleName, Arn, CreateDate }: SdkRole): ListedRole[] {
  if (!RoleName || !Arn || !CreateDate) return [];
  return [{ name: RoleName, arn: Arn, createdAt: CreateDate.toISOString() }];
}
