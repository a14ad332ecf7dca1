import type { FaultKind } from './fault.ts';
import { type Answer, type AnswerValue, isList } from './wire/answer.ts';
import { AwsError } from './wire/aws-error.ts';
import type { Call } from './wire/call.ts';
import type { Delivery } from './wire/deliver.ts';
import type { Reply } from './wire/reply.ts';
import { DIALECTS } from './wire/service.ts';

const MEMBERS: Readonly<Record<string, RegExp>> = {
  'no-id': /^(Id|AccountId|Account|UserId|GroupId|PrincipalId|IdentityStoreId|AccessKeyId)$/,
  'no-arn': /Arn$|^arn$/,
  'no-date': /Date$|^createdAt$/,
  'no-name': /^(Name|RoleName|name)$/,
};

/** The answer with the fault's changes; `serial` counts the calls. */
export function brokenAnswer(
  answer: Answer,
  fault: FaultKind | undefined,
  call: Call,
  serial: number,
): Answer {
  const { token } = DIALECTS[call.service].paging;
  const leadingTo = (next: string): Answer => ({
    ...answer,
    ...(token === 'Marker' ? { IsTruncated: true } : {}),
    [token]: next,
  });
  switch (fault) {
    case 'empty-object':
      return {};
    case 'empty-list':
      return Object.fromEntries(
        Object.entries(answer).map(([name, value]) => [name, isList(value) ? [] : value]),
      );
    case 'no-list':
      return without(answer, (_, value) => isList(value));
    case 'truncated-without-marker':
      return { ...answer, IsTruncated: true, Marker: undefined };
    case 'cycling-tokens':
      return leadingTo(`cycle-${serial % 2}`);
    case 'endless-tokens':
      return leadingTo(`endless-${serial}`);
    default: {
      const members = MEMBERS[fault ?? ''];
      return members ? without(answer, (name) => members.test(name)) : answer;
    }
  }
}

/** True for faults in tokens: then the request's tokens are ignored. */
export function isOfTokens(fault: FaultKind | undefined): boolean {
  return fault === 'cycling-tokens' || fault === 'endless-tokens';
}

/** The reply as a middlebox between AWS and the caller would send it. */
export function brokenReply(reply: Reply, fault: FaultKind | undefined): Reply {
  switch (fault) {
    case '204':
      return { ...reply, status: 204, body: '' };
    case 'empty-body':
      return { ...reply, body: '' };
    case 'html':
      return {
        ...reply,
        headers: { 'content-type': 'text/html' },
        body: '<html><body>Sign in</body></html>',
      };
    default:
      return reply;
  }
}

/** The refusals among the faults. */
export function refusalOf(fault: FaultKind | undefined, call: Call): AwsError | undefined {
  if (fault === 'region-disabled') {
    return new AwsError(
      'RegionDisabledException',
      `Not activated in this region for account:${call.caller.accountId}`,
      403,
    );
  }
  if (fault !== 'kms') return undefined;
  return new AwsError('ResourceNotFoundException', 'KMS key not found', 400, {
    Reason: 'KMS_NotFoundException',
  });
}

export function deliveryOf(fault: FaultKind | undefined): Delivery {
  if (fault === 'reset' || fault === 'truncate' || fault === 'half-body' || fault === 'hang') return fault;
  return fault === 'drip' ? fault : 'whole';
}

/** The answer without the matching members, at any depth. */
function without(answer: Answer, isMeant: (name: string, value: AnswerValue) => boolean): Answer {
  const kept = Object.entries(answer).filter(([name, value]) => !isMeant(name, value));
  return Object.fromEntries(kept.map(([name, value]) => [name, insideOf(value, isMeant)]));
}

function insideOf(value: AnswerValue, isMeant: (name: string, value: AnswerValue) => boolean): AnswerValue {
  if (isList(value)) return value.map((item) => (typeof item === 'object' ? without(item, isMeant) : item));
  if (typeof value !== 'object' || value instanceof Date) return value;
  return without(value, isMeant);
}
