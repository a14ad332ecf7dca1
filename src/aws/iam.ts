import { ListRolesCommand } from '@aws-sdk/client-iam';
import * as v from 'valibot';
import type { AssumedSession, Identity } from './identity.ts';
import { AwsService } from './service.ts';

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

/** The service of account access manager, which assigns IAM roles to people of Identity Center. */
const ACCOUNT_ACCESS = 'account-access.amazonaws.com';

const oneOrMany = v.union([v.string(), v.array(v.string())]);
/** The parts of a trust policy that name services (IAM user guide, "Grammar of the IAM JSON policy language"). */
const statement = v.object({
  Effect: v.literal('Allow'),
  Principal: v.object({ Service: oneOrMany }),
});
const policy = v.object({ Statement: v.unknown() });

/**
 * True if a role's trust policy allows account access manager to assign the role to people
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/aam-prepare-roles.html); false if it can't be parsed.
 * @param document JSON, URL-encoded as IAM returns it
 */
export function trustsAccountAccess(document: unknown): boolean {
  // Encoding leaves the name as it is; most of thousands of roles don't have it.
  if (typeof document !== 'string' || !document.includes(ACCOUNT_ACCESS)) return false;
  const parsed = v.safeParse(policy, decoded(document));
  if (!parsed.success) return false;
  const { Statement: statements } = parsed.output;
  return [statements].flat().some((one) => {
    const allowed = v.safeParse(statement, one);
    return allowed.success && [allowed.output.Principal.Service].flat().includes(ACCOUNT_ACCESS);
  });
}

/** Undefined if the text is neither URL-encoded JSON nor plain JSON. */
function decoded(document: string): unknown {
  for (const textOf of [decodeURIComponent, String]) {
    try {
      return JSON.parse(textOf(document));
    } catch {
      // Tried in the other form, or unknown.
    }
  }
  return undefined;
}
