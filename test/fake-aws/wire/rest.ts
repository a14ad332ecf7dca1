import { AwsError } from './aws-error.ts';
import { isRecord } from './input.ts';

/** An HTTP request to a service whose operations are identified by method and path. */
export interface RestRequest {
  readonly method: string;
  /** The path and the query string. */
  readonly url: string;
  readonly body: string;
}

const ENTRIES = '/clusters/{clusterName}/access-entries';
const ENTRY = `${ENTRIES}/{principalArn}`;
const POLICIES = `${ENTRY}/access-policies`;

/** EKS's operations: https://docs.aws.amazon.com/eks/latest/APIReference/API_Operations.html. */
const ROUTES: Readonly<Record<string, readonly [method: string, path: string]>> = {
  ListClusters: ['GET', '/clusters'],
  DescribeCluster: ['GET', '/clusters/{name}'],
  UpdateClusterConfig: ['POST', '/clusters/{name}/update-config'],
  ListIdentityProviderConfigs: ['GET', '/clusters/{clusterName}/identity-provider-configs'],
  DescribeIdentityProviderConfig: ['POST', '/clusters/{clusterName}/identity-provider-configs/describe'],
  ListCapabilities: ['GET', '/clusters/{clusterName}/capabilities'],
  DescribeCapability: ['GET', '/clusters/{clusterName}/capabilities/{capabilityName}'],
  ListAccessEntries: ['GET', ENTRIES],
  CreateAccessEntry: ['POST', ENTRIES],
  DescribeAccessEntry: ['GET', ENTRY],
  UpdateAccessEntry: ['POST', ENTRY],
  DeleteAccessEntry: ['DELETE', ENTRY],
  ListAssociatedAccessPolicies: ['GET', POLICIES],
  AssociateAccessPolicy: ['POST', POLICIES],
  DisassociateAccessPolicy: ['DELETE', `${POLICIES}/{policyArn}`],
};

/** The input's members come from the path, the query string and the body. */
export function restCall({ method, url, body }: RestRequest) {
  const [path = '', query = ''] = url.split('?', 2);
  for (const [operation, [verb, pattern]] of Object.entries(ROUTES)) {
    const inPath = verb === method ? membersIn(path, pattern) : undefined;
    if (!inPath) continue;
    const inBody: unknown = JSON.parse(body || '{}');
    if (!isRecord(inBody)) throw new AwsError('SerializationException', 'The request is not an object');
    return { operation, input: { ...inBody, ...Object.fromEntries(new URLSearchParams(query)), ...inPath } };
  }
  throw new AwsError('UnknownOperationException', `The fake does not know ${method} ${path}`, 404);
}

function membersIn(path: string, pattern: string): Record<string, string> | undefined {
  const [parts, wanted] = [path.split('/'), pattern.split('/')];
  if (parts.length !== wanted.length) return undefined;
  const members: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const [, member] = /^\{(\w+)\}$/.exec(wanted[index] ?? '') ?? [];
    if (member !== undefined) members[member] = decodeURIComponent(part);
    else if (part !== wanted[index]) return undefined;
  }
  return members;
}
