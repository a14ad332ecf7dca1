import type { IncomingHttpHeaders } from 'node:http';
import type { Session } from './sessions.ts';
import type { Reply } from './wire/reply.ts';
import type { World } from './world/world.ts';

/** Tokens that the fake accepts as proof of identity. No output of the program may contain one. */
export const TOKENS = {
  /** Token of a signed-in access portal session. */
  portal: 'fake-portal-token',
  portalRefresh: 'fake-portal-refresh-token',
  /** Refresh token of `aws login`. */
  loginRefresh: 'fake-login-refresh-token',
  /** Token of an identity provider, such as Kubernetes or GitHub. */
  web: 'fake-web-identity-token',
  /** Token of a container, such as a pod. */
  container: 'fake-container-token',
} as const;

const METADATA_TOKEN = 'fake-metadata-token';
const METADATA_ROLE = 'instance-role';
const METADATA_PATH = '/latest/meta-data/iam/security-credentials/';

/** A request for credentials to a service other than STS: by path, and unsigned. */
export interface PathRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Vault {
  readonly world: World;
  readonly openSession: (accountId: string, arn: string) => Session;
}

type Answer = (request: PathRequest, query: URLSearchParams, vault: Vault) => Reply;

const ANSWERS: Readonly<Record<string, Answer>> = {
  'GET /federation/credentials': roleCredentials,
  'POST /token': portalToken,
  'POST /v1/token': loginToken,
  'GET /container': containerCredentials,
  'PUT /latest/api/token': () => ({ status: 200, headers: {}, body: METADATA_TOKEN }),
  [`GET ${METADATA_PATH}`]: metadata(() => METADATA_ROLE),
  [`GET ${METADATA_PATH}${METADATA_ROLE}`]: metadata((vault) =>
    JSON.stringify({ Code: 'Success', ...plainCredentials(sessionIn(vault, METADATA_ROLE)) }),
  ),
};

/** The call's name for counting; undefined for a call to a service with AWS's own protocols. */
export function pathCallName({ method, url }: PathRequest): string | undefined {
  const name = `${method} ${url.split('?', 1)[0]}`;
  return name in ANSWERS ? name : undefined;
}

export function answerPath(request: PathRequest, vault: Vault): Reply {
  const query = new URLSearchParams(request.url.split('?')[1]);
  const answer = ANSWERS[pathCallName(request) ?? ''];
  return answer ? answer(request, query, vault) : json(404, {});
}

/** Identity Center's portal: GetRoleCredentials, for any permission set provisioned in the account. */
function roleCredentials({ headers }: PathRequest, query: URLSearchParams, vault: Vault): Reply {
  const [accountId = '', roleName = ''] = [query.get('account_id') ?? '', query.get('role_name') ?? ''];
  if (headers['x-amz-sso_bearer_token'] !== TOKENS.portal)
    return error(401, 'UnauthorizedException', 'Session token not found or invalid');
  const { world } = vault;
  const arn = world.permissionSets.find(({ name }) => name === roleName)?.arn;
  if (!world.provisioned.some((pair) => pair.accountId === accountId && pair.permissionSetArn === arn))
    return error(403, 'ForbiddenException', 'No access');
  const session = sessionIn(vault, `AWSReservedSSO_${roleName}_0123456789abcdef`, accountId);
  const { accessKeyId, secretAccessKey, token } = session;
  const expiration = Date.now() + 3_600_000;
  return json(200, { roleCredentials: { accessKeyId, secretAccessKey, sessionToken: token, expiration } });
}

/** SSO OIDC: CreateToken with a refresh token. */
function portalToken({ body }: PathRequest): Reply {
  const { refreshToken } = JSON.parse(body);
  if (refreshToken !== TOKENS.portalRefresh)
    return error(400, 'InvalidGrantException', 'Invalid refresh token provided');
  return json(200, { accessToken: TOKENS.portal, expiresIn: 28_800, tokenType: 'Bearer', refreshToken });
}

/** AWS Sign-In: CreateOAuth2Token, for a user of the management account who proves possession of the key. */
function loginToken({ body, headers }: PathRequest, _query: URLSearchParams, vault: Vault): Reply {
  const { refreshToken } = JSON.parse(body);
  if (refreshToken !== TOKENS.loginRefresh || headers.dpop === undefined) {
    const members = { error: 'TOKEN_EXPIRED', message: 'The refresh token has expired' };
    return { ...error(400, 'AccessDeniedException', ''), body: JSON.stringify(members) };
  }
  const { accessKeyId, secretAccessKey, token } = sessionIn(vault, 'Login');
  const accessToken = { accessKeyId, secretAccessKey, sessionToken: token };
  return json(200, {
    accessToken,
    tokenType: 'urn:aws:params:oauth:token-type',
    expiresIn: 900,
    refreshToken,
  });
}

function containerCredentials({ headers }: PathRequest, _query: URLSearchParams, vault: Vault): Reply {
  if (headers.authorization !== TOKENS.container) return json(401, { Message: 'Unauthorized' });
  return json(200, plainCredentials(sessionIn(vault, 'pod-role')));
}

/** IMDSv2: a token is required. */
function metadata(bodyOf: (vault: Vault) => string): Answer {
  return ({ headers }, _query, vault) =>
    headers['x-aws-ec2-metadata-token'] === METADATA_TOKEN
      ? { status: 200, headers: {}, body: bodyOf(vault) }
      : { status: 401, headers: {}, body: '' };
}

function sessionIn(
  { world, openSession }: Vault,
  role: string,
  account = world.managementAccountId,
): Session {
  return openSession(account, `arn:${world.partition}:sts::${account}:assumed-role/${role}/alice`);
}

function plainCredentials({ accessKeyId, secretAccessKey, token }: Session) {
  const expiration = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  return { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: token, Expiration: expiration };
}

function json(status: number, members: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(members) };
}

function error(status: number, code: string, message: string): Reply {
  const reply = json(status, { message, error_description: message });
  return { ...reply, headers: { ...reply.headers, 'x-amzn-errortype': code } };
}
