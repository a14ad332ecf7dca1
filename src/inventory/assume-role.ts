import type { AccountSelector } from './scope/account-selector.ts';

/** Organizations creates this role in new accounts. */
export const DEFAULT_ROLE = 'OrganizationAccountAccessRole';
export const DEFAULT_SESSION_NAME = 'aws-auth-sso';

/** The role to assume in some accounts. */
export interface AssumeRoleRule {
  /** The rule's name in messages. */
  readonly text: string;
  /** Null for all accounts. */
  readonly accounts: readonly AccountSelector[] | null;
  /** A name, or path/name. */
  readonly name: string;
  readonly externalId?: string | undefined;
  /** Shows in CloudTrail. */
  readonly sessionName: string;
}
