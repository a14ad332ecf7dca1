export type Service = 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore' | 'eks';

/** A service's names for concepts that all services share. */
interface Dialect {
  readonly protocol: 'json' | 'query' | 'rest';
  /** The prefix of its IAM actions. */
  readonly actionPrefix: string;
  readonly xmlNamespace: string;
  readonly denied: string;
  readonly throttled: string;
  readonly throttledMessage: string;
  readonly internal: string;
  readonly invalid: string;
  /** The request's and answer's paging members. */
  readonly paging: { readonly token: string; readonly size: string };
  /** Items per page: the maximum, and the default. */
  readonly maxPage: number;
  readonly defaultPage: number;
}

const JSON_DIALECT = {
  protocol: 'json',
  xmlNamespace: '',
  denied: 'AccessDeniedException',
  throttled: 'ThrottlingException',
  throttledMessage: 'Rate exceeded',
  internal: 'InternalServerException',
  invalid: 'ValidationException',
  paging: { token: 'NextToken', size: 'MaxResults' },
  maxPage: 100,
  // Undocumented. Below the maximum, so that a program that doesn't request full pages pays for it in calls.
  defaultPage: 50,
} as const;

const QUERY_DIALECT = {
  protocol: 'query',
  denied: 'AccessDenied',
  throttled: 'Throttling',
  throttledMessage: 'Rate exceeded',
  internal: 'InternalFailure',
  invalid: 'ValidationError',
  paging: { token: 'Marker', size: 'MaxItems' },
  maxPage: 1000,
  defaultPage: 100,
} as const;

export const DIALECTS: Readonly<Record<Service, Dialect>> = {
  sts: { ...QUERY_DIALECT, actionPrefix: 'sts', xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  iam: {
    ...QUERY_DIALECT,
    actionPrefix: 'iam',
    xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    internal: 'ServiceFailure',
  },
  organizations: {
    ...JSON_DIALECT,
    actionPrefix: 'organizations',
    throttled: 'TooManyRequestsException',
    throttledMessage: 'You have sent too many requests in too short a period of time. Try again later.',
    internal: 'ServiceException',
    invalid: 'InvalidInputException',
    maxPage: 20,
    defaultPage: 20,
  },
  'sso-admin': { ...JSON_DIALECT, actionPrefix: 'sso' },
  identitystore: { ...JSON_DIALECT, actionPrefix: 'identitystore' },
  eks: {
    ...JSON_DIALECT,
    protocol: 'rest',
    actionPrefix: 'eks',
    throttled: 'TooManyRequestsException',
    throttledMessage: 'Too Many Requests',
    internal: 'ServerException',
    invalid: 'InvalidParameterException',
    paging: { token: 'nextToken', size: 'maxResults' },
    defaultPage: 100,
  },
};

/** The service behind an `x-amz-target` prefix. */
export const SERVICE_BY_TARGET: ReadonlyMap<string, Service> = new Map([
  ['SWBExternalService', 'sso-admin'],
  ['AWSOrganizationsV20161128', 'organizations'],
  ['AWSIdentityStore', 'identitystore'],
]);
