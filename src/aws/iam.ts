import { ListRolesCommand } from '@aws-sdk/client-iam';
import type { TemporaryCredentials } from './clients.ts';
import type { Identity } from './identity.ts';
import { allItems, pages } from './service-api.ts';

/** A role as IAM lists it. Whoever keeps its strings copies them: V8 keeps a whole answer in memory for as long as a piece is in use. */
export interface ListedRole {
  /** With the path. */
  readonly arn: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

const PAGE_SIZE = 1000;

/** The roles below a path, in the account of the credentials, or of the identity's own where none are given. */
export async function listRoles(
  { profile, region, clients, retrier }: Identity,
  credentials: TemporaryCredentials | undefined,
  PathPrefix: string,
): Promise<ListedRole[]> {
  const [target, operation] = [{ service: 'iam', region, profile } as const, 'ListRoles' as const];
  const read = async (Marker: string | undefined) => {
    const command = new ListRolesCommand({ PathPrefix, MaxItems: PAGE_SIZE, Marker });
    const answer = await retrier.call(target, operation, () =>
      clients.withIam(credentials, (client) => client.send(command)),
    );
    return { items: answer.Roles, next: answer.IsTruncated === false ? undefined : answer.Marker };
  };
  const roles = await allItems(pages({ ...target, operation }, read));
  // A role can be listed twice when one is created or deleted between two pages.
  const byArn = new Map(roles.map((role) => [role.Arn, role]));
  return [...byArn.values()].map(({ Arn, CreateDate }) => ({
    arn: Arn,
    createdAt: CreateDate.toISOString(),
  }));
}
