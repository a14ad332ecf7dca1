import { isRegion, parseArn } from './arn.ts';

// In its own file, so that parsing options loads neither the config's schema nor what matches accounts.

/** Organizations creates this role in new accounts. */
export const DEFAULT_ROLE = 'OrganizationAccountAccessRole';
export const DEFAULT_SESSION_NAME = 'aws-auth-sso';

const unless = (pattern: RegExp, problem: string) => (text: string) =>
  pattern.test(text) ? undefined : problem;

/** Problems of AWS settings in the config or flags, to continue a sentence that begins with the value. */
export const settingProblems = {
  region: (text: string): string | undefined =>
    isRegion(text) ? undefined : "isn't an AWS region, such as eu-west-1",
  /** The role to assume. */
  roleName: (text: string) =>
    parseArn(text)
      ? 'is an ARN; specify the name, or path/name, which is the same in every account'
      : unless(/^([\w+=,.@-]+\/)*[\w+=,.@-]+$/, "isn't a role name")(text),
  externalId: unless(
    /^[\w+=,.@:/-]{2,1224}$/,
    "isn't an external ID (2 to 1224 characters of A-Z a-z 0-9 _ + = , . @ : / -)",
  ),
  /** The session name of an assumed role: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
  sessionName: unless(
    /^[\w+=,.@-]{2,64}$/,
    "isn't a session name (2 to 64 characters of A-Z a-z 0-9 _ + = , . @ -)",
  ),
  profile: (text: string) =>
    text.trim() === text && text !== '' ? undefined : "isn't the name of an AWS profile",
};
