import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { isAccountId, parseArn, partitionOfRegion } from '../arn.ts';
import { orAbort } from './abort.ts';
import type { Caller, CallTarget } from './caller.ts';
import { AwsFailure, type Service } from './failure.ts';
import { type ClientOptions, ProfileClients } from './profile-clients.ts';
import { translate } from './translate.ts';

/** Who calls AWS with a profile's credentials. */
export interface Identity {
  readonly accountId: string;
  readonly partition: string;
  readonly clients: ProfileClients;
  /** Where this identity's calls to a service go; the region is the profile's unless another is given. */
  readonly target: (service: Service, region?: string) => CallTarget;
}

/**
 * Finds out whose credentials these are: from themselves where they say so, else from STS.
 * @throws AwsFailure `no-credentials`, `expired` and the like
 */
export async function identify(options: ClientOptions, caller: Caller): Promise<Identity> {
  const clients = new ProfileClients(options);
  const target = (service: Service, region = options.region): CallTarget => ({
    service,
    region,
    profile: options.profile,
  });
  const stated = await statedAccount(clients, target('sts'), caller);
  const { accountId, partition } = stated
    ? { accountId: stated, partition: partitionOfRegion(options.region) }
    : await askedAccount(clients, target('sts'), caller);
  return { accountId, partition, clients, target };
}

async function statedAccount(
  clients: ProfileClients,
  target: CallTarget,
  caller: Caller,
): Promise<string | undefined> {
  try {
    const { accountId } = await orAbort(clients.sts.config.credentials(), caller.signal);
    return accountId && isAccountId(accountId) ? accountId : undefined;
  } catch (error) {
    if (caller.signal.aborted) throw error;
    throw withoutCredentials(translate(error, { ...target, operation: 'GetCallerIdentity' }));
  }
}

/** Finding credentials can fail in other services (a denied sign-in, say); what matters here is that there are none. */
function withoutCredentials(failure: AwsFailure): AwsFailure {
  if (failure.kind === 'expired' || failure.kind === 'network') return failure;
  const { service, operation, profile, detail } = failure;
  return new AwsFailure({ kind: 'no-credentials', service, operation, profile, detail }, failure.cause);
}

async function askedAccount(clients: ProfileClients, target: CallTarget, caller: Caller) {
  const { Account, Arn } = await caller.call(target, 'GetCallerIdentity', (options) =>
    clients.sts.send(new GetCallerIdentityCommand({}), options),
  );
  if (Account) {
    return {
      accountId: Account,
      partition: parseArn(Arn ?? '')?.partition ?? partitionOfRegion(target.region),
    };
  }
  throw new AwsFailure({
    ...target,
    kind: 'invalid',
    operation: 'GetCallerIdentity',
    detail: 'no account came back',
  });
}
