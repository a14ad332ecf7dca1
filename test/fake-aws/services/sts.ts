import { parseArn } from '../../../src/arn.ts';
import type { Answer } from '../wire/answer.ts';
import { denied } from '../wire/aws-error.ts';
import type { Backend, Call, Operations } from '../wire/call.ts';
import { optionalCount, optionalText, text } from '../wire/input.ts';
import { hexId } from '../world/identifier.ts';
import type { WorldAccount } from '../world/world.ts';
import { isOpen } from '../world/world-index.ts';

/** AWS Security Token Service. */
export const STS: Operations = { GetCallerIdentity: getCallerIdentity, AssumeRole: assumeRole };

function getCallerIdentity({ caller }: Call): Answer {
  const { arn, accountId, accessKeyId } = caller;
  return { Arn: arn, UserId: `AIDA${hexId(16, accessKeyId).toUpperCase()}`, Account: accountId };
}

function assumeRole(call: Call, backend: Backend): Answer {
  const stated = text(call, 'RoleArn');
  const sessionName = text(call, 'RoleSessionName');
  const arn = parseArn(stated);
  const account = backend.index.accounts.get(arn?.accountId ?? '');
  const mine = arn?.partition === backend.world.partition && arn.service === 'iam';
  if (!mine || !account || !mayAssume(call, account, arn.resource)) throw denied(call, stated);
  const name = arn.resource.slice(arn.resource.lastIndexOf('/') + 1);
  const sessionArn = `arn:${arn.partition}:sts::${account.id}:assumed-role/${name}/${sessionName}`;
  const session = backend.openSession(account.id, sessionArn);
  const seconds = optionalCount(call, 'DurationSeconds') ?? 3600;
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.token,
      Expiration: new Date(Date.now() + seconds * 1000),
    },
    AssumedRoleUser: {
      AssumedRoleId: `AROA${hexId(16, name).toUpperCase()}:${sessionName}`,
      Arn: sessionArn,
    },
  };
}

/** One AccessDenied stands for a role that is absent, one that does not trust, and an account that is closed. */
function mayAssume(call: Call, account: WorldAccount, resource: string): boolean {
  const { assumable } = account;
  if (!assumable || !isOpen(account) || resource !== `role/${assumable.name}`) return false;
  if (!assumable.trusts.includes(call.caller.accountId)) return false;
  return assumable.externalId === null || assumable.externalId === optionalText(call, 'ExternalId');
}
