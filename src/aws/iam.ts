import { type IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { allItems } from './paginate.ts';
import type { CallTarget, Retrier } from './retry.ts';

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
  retrier: Retrier,
  PathPrefix: string,
): Promise<ListedRole[]> {
  const roles = await allItems({ ...target, operation: 'ListRoles' }, async (token) => {
    const command = new ListRolesCommand({ PathPrefix, MaxItems: PAGE_SIZE, Marker: token });
    const answer = await retrier.call(target, 'ListRoles', (options) => client.send(command, options));
    return { items: answer.Roles, next: answer.IsTruncated === false ? undefined : answer.Marker };
  });
  // A role can be listed twice when one is created or deleted between two pages.
  const byArn = new Map(roles.map((role) => [role.Arn, role]));
  return [...byArn.values()].map(({ RoleName, Arn, CreateDate }) => ({
    name: RoleName,
    arn: Arn,
    createdAt: CreateDate.toISOString(),
  }));
}
