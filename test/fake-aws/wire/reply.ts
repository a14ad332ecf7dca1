import { type Answer, type AnswerValue, isList } from './answer.ts';
import type { AwsError } from './aws-error.ts';
import { DIALECTS, type Service } from './service.ts';
import { xmlElement, xmlMembers } from './xml.ts';

/** The HTTP response. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function answerReply(service: Service, operation: string, answer: Answer, requestId: string): Reply {
  const { protocol, xmlNamespace } = DIALECTS[service];
  if (protocol !== 'query') return jsonReply(200, jsonMembers(answer), requestId);
  const result = xmlElement(`${operation}Result`, xmlMembers(answer));
  const metadata = xmlElement('ResponseMetadata', xmlMembers({ RequestId: requestId }));
  return xmlReply(200, xmlElement(`${operation}Response`, result + metadata, xmlNamespace), requestId);
}

/**
 * JSON services name the error in `__type` and a header, REST services only in the header, query services in an
 * ErrorResponse.
 */
export function errorReply(service: Service, error: AwsError, requestId: string): Reply {
  const { protocol, xmlNamespace } = DIALECTS[service];
  if (protocol !== 'query') {
    const type = protocol === 'rest' ? {} : { __type: error.code, Message: error.message };
    const members = { ...type, message: error.message, ...error.members };
    const reply = jsonReply(error.status, members, requestId);
    return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': error.code } };
  }
  const type = error.status >= 500 ? 'Receiver' : 'Sender';
  const detail = xmlElement('Error', xmlMembers({ Type: type, Code: error.code, Message: error.message }));
  const id = xmlMembers({ RequestId: requestId });
  const reply = xmlReply(error.status, xmlElement('ErrorResponse', detail + id, xmlNamespace), requestId);
  const { RetryAfterSeconds } = error.members;
  if (RetryAfterSeconds === undefined) return reply;
  return { ...reply, headers: { ...reply.headers, 'retry-after': String(RetryAfterSeconds) } };
}

function jsonReply(status: number, members: unknown, requestId: string): Reply {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId };
  return { status, headers, body: JSON.stringify(members) };
}

function xmlReply(status: number, body: string, requestId: string): Reply {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, body };
}

/** AWS JSON writes a timestamp as seconds since 1970. */
function jsonMembers(answer: Answer): Record<string, unknown> {
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, jsonValue(value)]));
}

function jsonValue(value: AnswerValue): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (isList(value)) return value.map(jsonValue);
  return typeof value === 'object' ? jsonMembers(value) : value;
}
