import type { AwsFault } from './failure.ts';

/** What to do about a fault, as a sentence. */
export function nextStep(fault: Omit<AwsFault, 'detail'>): string {
  const { kind, profile } = fault;
  switch (kind) {
    case 'no-credentials':
      return 'Set AWS_PROFILE or --profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` tells whether they work.';
    case 'expired':
      return `Renew them, for example with \`aws sso login${profile === null ? '' : ` --profile ${profile}`}\`, and run again.`;
    case 'denied':
      return whenDenied(fault);
    case 'not-found':
      return 'Check that it still exists.';
    case 'throttled':
      return 'Something else uses up the limit of these calls; run again later.';
    case 'network':
      return 'Check the network, the proxy and the region (--region).';
    case 'no-organization':
      return 'Name accounts by id or `self`, which needs no organization.';
    case 'invalid':
    case 'other':
      return 'Run again with --debug to see the calls.';
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
      return `Allow identitystore:${operation}, and call from the management account or the delegated administrator of Identity Center.`;
  }
}
