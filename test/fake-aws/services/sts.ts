import { parseArn } from '../../../src/arn.ts';
import { TOKENS } from '../credential-services.ts';
import type { Answer } from '../wire/answer.ts';
import { AwsError, denied } from '../wire/aws-error.ts';
import type { Backend, Call, Operations } from '../wire/call.ts';
import { optionalCount, optionalText, text } from '../wire/input.ts';
import { hexId } from '../world/identifier.ts';
import type { WorldAccount } from '../world/world.ts';
import { isOpen } from '../world/world-index.ts';
import type { Device } from '../world-input.ts';

/** AWS Security Token Service. */
export const STS: Operations = {
  GetCallerIdentity: getCallerIdentity,
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
};

/** Used codes, by the world with their devices. */
const usedCodes = new WeakMap<Device, Set<string>>();

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
  if (account.assumable?.mfa) checkCode(call, account.assumable.mfa, stated);
  return sessionFor(call, backend, stated, sessionName);
}

function assumeRoleWithWebIdentity(call: Call, backend: Backend): Answer {
  const stated = text(call, 'RoleArn');
  const token = text(call, 'WebIdentityToken');
  const account = backend.index.accounts.get(parseArn(stated)?.accountId ?? '');
  if (token !== TOKENS.web)
    throw new AwsError('InvalidIdentityToken', 'No OpenIDConnect provider found in your account');
  if (!account?.assumable || !stated.endsWith(`:role/${account.assumable.name}`))
    throw new AwsError('AccessDenied', `Not authorized to perform sts:${call.operation}`, 403);
  return sessionFor(call, backend, stated, text(call, 'RoleSessionName'));
}

/** Accepts each code once, like AWS. */
function checkCode(call: Call, device: Device, resource: string): void {
  const [serial, code] = [optionalText(call, 'SerialNumber'), optionalText(call, 'TokenCode')];
  if (serial === undefined || code === undefined) throw denied(call, resource);
  const failed = 'MultiFactorAuthentication failed';
  if (serial !== device.serial) {
    const why = 'Please verify your MFA serial number is valid and associated with this user.';
    throw new AwsError('AccessDenied', `${failed}, unable to validate MFA code.  ${why}`, 403);
  }
  const used = usedCodes.get(device) ?? new Set();
  if (!device.codes.includes(code) || used.has(code))
    throw new AwsError('AccessDenied', `${failed} with invalid MFA one time pass code. `, 403);
  usedCodes.set(device, used.add(code));
}

function sessionFor(call: Call, backend: Backend, roleArn: string, sessionName: string): Answer {
  const { partition, accountId = '', resource } = parseArn(roleArn) ?? { partition: '', resource: '' };
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const sessionArn = `arn:${partition}:sts::${accountId}:assumed-role/${name}/${sessionName}`;
  const session = backend.openSession(accountId, sessionArn);
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

/** The same AccessDenied for a missing role, a role without trust, and a closed account. */
function mayAssume(call: Call, account: WorldAccount, resource: string): boolean {
  const { assumable } = account;
  if (!assumable || !isOpen(account) || resource !== `role/${assumable.name}`) return false;
  if (!assumable.trusts.includes(call.caller.accountId)) return false;
  return assumable.externalId === null || assumable.externalId === optionalText(call, 'ExternalId');
}
