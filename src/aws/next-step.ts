import type { AwsFault } from './failure.ts';

/** What to do about a fault, as a sentence. */
export function nextStep(fault: Omit<AwsFault, 'detail'>): string {
  const { kind, profile } = fault;
  switch (kind) {
    case 'no-credentials':
      return profile === null
        ? 'Set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` tells whether they work.'
        : `Check the profile in ~/.aws/config and ~/.aws/credentials; \`aws sts get-caller-identity${withProfile(profile)}\` tells whether it works.`;
    case 'unknown-key':
      return 'Check the keys. A region that the account has not enabled, and one of another partition, refuse good keys in the same words: --region names another.';
    case 'expired':
      return `Renew them, for example with \`aws sso login${withProfile(profile)}\`, and run again.`;
    case 'signed-out':
      return `Sign in with \`aws sso login${withProfile(profile)}\`, and run again.`;
    case 'login-expired':
      return `Sign in with \`aws login${withProfile(profile)}\`, and run again.`;
    case 'mfa':
      return `Nobody is asked for a code here. Let the AWS CLI ask, and run again without the profile: \`eval "$(aws configure export-credentials${withProfile(profile)} --format env)"\`.`;
    case 'denied':
      return whenDenied(fault);
    case 'not-found':
      return 'Check that it still exists.';
    case 'throttled':
      return 'Something else uses up the limit of these calls; run again later.';
    case 'network':
      return 'Check the network, the proxy and the region (--region).';
    case 'untrusted':
      return 'If a private CA stands between here and AWS, set NODE_EXTRA_CA_CERTS to its file, the one that AWS_CA_BUNDLE names for the AWS CLI.';
    case 'no-organization':
      return 'Name accounts by id or `self`, which needs no organization.';
    case 'region':
      return whenNotInRegion(fault);
    case 'not-subscribed':
      return 'Finish signing the account up for it, or name a region where it is in use with --region.';
    case 'kms':
      return 'Identity Center is encrypted with a customer managed KMS key: allow kms:Decrypt on it to the caller, in the key policy too, and check that the key is enabled.';
    case 'garbled':
      return 'Something on the way (a proxy, AWS_ENDPOINT_URL) may answer in the place of AWS; run again, with --debug to see the calls.';
    case 'invalid':
    case 'other':
      return 'Run again with --debug to see the calls.';
  }
}

/** Quoted for a shell where it needs to be. */
function withProfile(profile: string | null): string {
  if (profile === null) return '';
  return ` --profile ${/^[\w.@/-]+$/.test(profile) ? profile : `'${profile.replaceAll("'", "'\\''")}'`}`;
}

function whenNotInRegion({ service, region }: Omit<AwsFault, 'detail'>): string {
  switch (service) {
    case 'sts':
      return `Activate STS for ${region} in that account (IAM, account settings), or name another region with --region.`;
    case 'sso-admin':
    case 'identitystore':
      return `Enable ${region} in the account, or name the home region of Identity Center with --sso-region, another region with --region.`;
    default:
      return `Enable ${region} in the account, or name another region with --region.`;
  }
}

function whenDenied({ service, operation }: Omit<AwsFault, 'detail'>): string {
  switch (service) {
    case 'sts':
      return operation === 'AssumeRole'
        ? 'The caller needs sts:AssumeRole, and the role must exist there and trust the caller (with the external id, if it asks for one); --assume-role names another role.'
        : 'Allow sts:GetCallerIdentity.';
    case 'iam':
      return 'Allow iam:ListRoles to the credentials that read the account.';
    case 'organizations':
      return `Allow organizations:${operation}, and call from the management account or a delegated administrator; accounts given by id need no Organizations call.`;
    case 'sso-admin':
      return `Allow sso:${operation}, and call from the management account or the delegated administrator of Identity Center.`;
    case 'identitystore':
      return `Allow identitystore:${operation}; any account of the organization may call it.`;
  }
}
