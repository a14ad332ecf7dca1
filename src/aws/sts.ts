import type { STSClient } from '@aws-sdk/client-sts';
import { partitionOfRegion } from '../arn.ts';
import type { Answer } from './answers.ts';
import type { Caller, CallTarget } from './caller.ts';
import { AwsFailure } from './failure.ts';
import type { ProfileClients } from './profile-clients.ts';

/** Where STS is on in every account: it cannot be switched off there. */
const ALWAYS_ON = 'us-east-1';

/**
 * Calls STS in the region of the profile and, where that refuses (STS is off for the account that is asked about, or the region is
 * one that it has not enabled), in us-east-1.
 * @throws AwsFailure the second one where it says something else
 */
export async function callSts<Name extends 'GetCallerIdentity' | 'AssumeRole'>(
  clients: ProfileClients,
  target: CallTarget,
  caller: Caller,
  operation: Name,
  send: (client: STSClient, options: { abortSignal: AbortSignal }) => Promise<unknown>,
): Promise<Answer<Name>> {
  try {
    return await caller.call(target, operation, (options) => send(clients.sts, options));
  } catch (first) {
    if (!(first instanceof AwsFailure) || !mayWorkElsewhere(first)) throw first;
    try {
      const elsewhere = clients.stsIn(ALWAYS_ON);
      return await caller.call({ ...target, region: ALWAYS_ON }, operation, (options) =>
        send(elsewhere, options),
      );
    } catch (second) {
      throw second instanceof AwsFailure && second.kind === first.kind ? first : second;
    }
  }
}

function mayWorkElsewhere({ kind, region }: AwsFailure): boolean {
  if (region === ALWAYS_ON || partitionOfRegion(region) !== 'aws') return false;
  return kind === 'region' || kind === 'not-subscribed' || kind === 'unknown-key';
}
