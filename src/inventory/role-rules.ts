import { bug } from '../errors.ts';
import { type Account, accountText } from './model.ts';
import {
  type AccountMatcher,
  type AccountSelector,
  accountMatcher,
  anyOf,
} from './scope/account-selector.ts';

/** Organizations makes it in the accounts that it creates. */
export const DEFAULT_ROLE = 'OrganizationAccountAccessRole';
export const DEFAULT_SESSION_NAME = 'aws-auth-sso';

/** Which role is assumed in which accounts. */
export interface AssumeRoleRule {
  /** What messages call the rule. */
  readonly text: string;
  /** Null: all of them. */
  readonly accounts: readonly AccountSelector[] | null;
  /** A name, or path/name. */
  readonly name: string;
  readonly externalId?: string | undefined;
  /** Shows in CloudTrail. */
  readonly sessionName: string;
}

/** The rules of which role is assumed where: the first that matches an account counts. */
export class RoleRules {
  /** All accounts that the rules name. */
  readonly selectors: readonly AccountSelector[];
  private readonly rules: readonly { readonly rule: AssumeRoleRule; readonly matches: AccountMatcher }[];

  constructor(rules: readonly AssumeRoleRule[], callerAccountId: string) {
    this.selectors = rules.flatMap(({ accounts }) => accounts ?? []);
    this.rules = rules.map((rule) => ({ rule, matches: ruleMatcher(rule, callerAccountId) }));
  }

  /** Null where no rule matches, undefined where too little is known of the account to tell. */
  find(account: Account): AssumeRoleRule | null | undefined {
    for (const { rule, matches } of this.rules) {
      const answer = matches(account);
      if (answer !== false) return answer && rule;
    }
    return null;
  }

  /** The rule of an account that has one. */
  require(account: Account): AssumeRoleRule {
    const rule = this.find(account);
    if (rule) return rule;
    throw bug(`account ${accountText(account)} is read without a role to assume`);
  }

  /** Rules behind the one that counts that name the account too; one for all accounts does not. */
  overridden(account: Account): AssumeRoleRule[] {
    const matching = this.rules.filter(({ matches }) => matches(account));
    return matching.slice(1).flatMap(({ rule }) => (rule.accounts === null ? [] : rule));
  }

  /** Why no role is known for an account; undefined where one is. */
  problem(account: Account): { readonly detail: string; readonly help: string } | undefined {
    const rule = this.find(account);
    if (rule) return undefined;
    if (rule === null) {
      return {
        detail: 'no rule of `assumeRole` matches it',
        help: 'Add a rule for it to `assumeRole` in the config, or a last rule without `accounts`, which is for the rest.',
      };
    }
    return {
      detail: 'a rule of `assumeRole` asks for its name or organizational unit, which is not known',
      help: 'Put a rule with its id first in `assumeRole`.',
    };
  }
}

function ruleMatcher({ accounts }: AssumeRoleRule, callerAccountId: string): AccountMatcher {
  if (accounts === null) return () => true;
  return anyOf(accounts.map((selector) => knowingMatcher(selector, callerAccountId)));
}

/** As `accountMatcher`, but of an account that was not listed and may be anywhere, the name is not known. */
function knowingMatcher(selector: AccountSelector, callerAccountId: string): AccountMatcher {
  const matches = accountMatcher(selector, callerAccountId);
  if (selector.kind !== 'name' && selector.kind !== 'glob') return matches;
  return (account) => (account.name === null && account.ouIds === null ? undefined : matches(account));
}
