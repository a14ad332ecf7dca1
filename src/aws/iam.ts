import { ListRolesCommand } from '@aws-sdk/client-iam';
import type { TemporaryCredentials } from './clients.ts';
import type { Identity } from './identity.ts';
import { AwsService } from './service.ts';

/** A role as IAM lists it. Whoever keeps its strings copies them: V8 keeps a whole answer in memory for as long as a piece is in use. */
export interface ListedRole {
  /** With the path. */
  readonly arn: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

const COMMANDS = { ListRoles: ListRolesCommand };
const MaxItems = 1000;

/** Reads the roles of one account. */
export class Iam extends AwsService<typeof COMMANDS> {
  /** @param credentials of the account; undefined: it is the identity's own */
  constructor(identity: Identity, credentials: TemporaryCredentials | undefined, accountId: string) {
    const { clients, region } = identity;
    const send = (command: ListRolesCommand) =>
      clients.withIam(credentials, (client) => client.send(command));
    super(identity, { service: 'iam', region, accountId }, { send }, COMMANDS);
  }

  /**
   * The roles below a path.
   * @throws AwsFailure, a `contradiction` where roles of another account or partition come back
   */
  async roles(PathPrefix: string): Promise<ListedRole[]> {
    const input = { PathPrefix, MaxItems };
    const roles = await this.listOnce(
      'ListRoles',
      input,
      ({ Roles }) => Roles,
      ({ Arn }) => Arn,
    );
    return roles.map(({ Arn, CreateDate }) => ({ arn: Arn, createdAt: CreateDate.toISOString() }));
  }
}
