import { ListRolesCommand } from '@aws-sdk/client-iam';
import type { TemporaryCredentials } from './clients.ts';
import type { Identity } from './identity.ts';
import { allItems, onePerKey, pages } from './service-api.ts';

/** A role as IAM lists it. Whoever keeps its strings copies them: V8 keeps a whole answer in memory for as long as a piece is in use. */
export interface ListedRole {
  /** With the path. */
  readonly arn: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

const PAGE_SIZE = 1000;

/**
 * The roles below a path in an account.
 * @param credentials of the account; undefined: it is the identity's own
 * @throws AwsFailure, a `contradiction` where roles of another account or partition come back
 */
export async function listRoles(
  { profile, region, partition, clients, retrier }: Identity,
  credentials: TemporaryCredentials | undefined,
  accountId: string,
  PathPrefix: string,
): Promise<ListedRole[]> {
  const [target, operation] = [{ service: 'iam', region, profile } as const, 'ListRoles' as const];
  const read = async (Marker: string | undefined) => {
    const input = { PathPrefix, MaxItems: PAGE_SIZE, Marker };
    const command = new ListRolesCommand(input);
    const send = () => clients.withIam(credentials, (client) => client.send(command));
    const answer = await retrier.call(target, operation, send, { input, region, partition, accountId });
    return { items: answer.Roles, next: answer.Marker };
  };
  const roles = await allItems(pages({ ...target, operation }, read));
  return onePerKey({ ...target, operation }, roles, ({ Arn }) => Arn).map(({ Arn, CreateDate }) => ({
    arn: Arn,
    createdAt: CreateDate.toISOString(),
  }));
}
