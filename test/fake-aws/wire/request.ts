import type { IncomingHttpHeaders } from 'node:http';
import { AwsError } from './aws-error.ts';
import { isRecord } from './input.ts';
import { type RestRequest, restCall } from './rest.ts';
import { SERVICE_BY_TARGET, type Service } from './service.ts';

/** One HTTP request, parsed according to its protocol; the caller is still unknown. */
export interface AwsRequest {
  readonly service: Service;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly region: string;
  readonly accessKeyId: string;
  readonly token: string | undefined;
}

/** Reads AWS JSON 1.1 (`x-amz-target`), the query protocol and EKS's paths; throws an AwsError for anything else. */
export function parseRequest(headers: IncomingHttpHeaders, request: RestRequest): AwsRequest {
  const { body } = request;
  const unsigned = unsignedCall(headers, body);
  if (unsigned) return unsigned;
  const scope = credentialScope(headers.authorization);
  const token = headerText(headers['x-amz-security-token']);
  const target = headerText(headers['x-amz-target']);
  if (target !== undefined) return { ...scope, token, ...jsonCall(target, body) };
  if (scope.signedFor === 'eks') return { ...scope, token, service: 'eks', ...restCall(request) };
  return { ...scope, token, ...queryCall(scope.signedFor, body) };
}

/** The one call without a key: the request doesn't contain its region. */
function unsignedCall({ authorization }: IncomingHttpHeaders, body: string): AwsRequest | undefined {
  if (authorization !== undefined || !body.includes('Action=AssumeRoleWithWebIdentity')) return undefined;
  return { accessKeyId: '', token: undefined, region: '', ...queryCall('sts', body) };
}

/** Parses `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`, without checking the signature. */
function credentialScope(authorization: string | undefined) {
  const credential = authorization?.split('Credential=')[1]?.split(',')[0] ?? '';
  const [accessKeyId, , region, signedFor] = credential.split('/');
  if (accessKeyId && region && signedFor) return { accessKeyId, region, signedFor };
  throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
}

function jsonCall(target: string, body: string) {
  const [prefix = '', operation = ''] = target.split('.');
  const service = SERVICE_BY_TARGET.get(prefix);
  if (!service) throw new AwsError('UnknownOperationException', `Unknown target ${target}`);
  const input: unknown = JSON.parse(body || '{}');
  if (!isRecord(input)) throw new AwsError('SerializationException', 'The request is not an object');
  return { service, operation, input };
}

function queryCall(signedFor: string, body: string) {
  if (signedFor !== 'sts' && signedFor !== 'iam') {
    throw new AwsError('InvalidAction', `No query protocol for ${signedFor}`);
  }
  const { Action: operation = '', Version: _, ...input } = Object.fromEntries(new URLSearchParams(body));
  return { service: signedFor, operation, input } as const;
}

function headerText(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
