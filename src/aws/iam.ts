import { ListRolesCommand } from '@aws-sdk/client-iam';
import type { AssumedSession, Identity } from './identity.ts';
import { AwsService } from './service.ts';
import { trustsAccountAccess } from './trust-policy.ts';

/**
 * A role as IAM lists it. Copy its strings to keep them: while one is in use, V8 keeps the whole response in memory.
 */
export interface ListedRole {
  /** With the path. */
  readonly arn: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** True if account access manager can assign the role to people. */
  readonly accountAccess: boolean;
}

const COMMANDS = { ListRoles: ListRolesCommand };
const MaxItems = 1000;

/** Reads the roles of one account. */
export class Iam extends AwsService<typeof COMMANDS> {
  /** @param session of a role in the account; undefined for the identity's own account */
  constructor(identity: Identity, session: AssumedSession | undefined, accountId: string) {
    const { clients, region } = identity;
    const send = (command: ListRolesCommand) =>
      clients.withIam(session?.credentials, (client) => client.send(command));
    super(identity, { service: 'iam', region, accountId }, { send }, COMMANDS, session);
  }

  /**
   * The roles under a path.
   * @throws AwsFailure `contradiction` for roles of another account or partition
   */
  async roles(PathPrefix: string): Promise<ListedRole[]> {
    const input = { PathPrefix, MaxItems };
    const roles = await this.listOnce(
      'ListRoles',
      input,
      ({ Roles }) => Roles,
      ({ Arn }) => Arn,
    );
    return roles.map(({ Arn, CreateDate, AssumeRolePolicyDocument }) => ({
      arn: Arn,
      createdAt: CreateDate.toISOString(),
      accountAccess: trustsAccountAccess(AssumeRolePolicyDocument),
    }));
  }
}
