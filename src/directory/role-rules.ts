import { bug } from '../errors.ts';
import { type AccountMatcher, knowingMatcher } from './account-matcher.ts';
import type { AccountSelector } from './account-selector.ts';
import { type Account, accountText } from './model.ts';

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

/** The `assumeRole` rules: the first that matches an account applies. */
export class RoleRules {
  /** All accounts that the rules name. */
  readonly selectors: readonly AccountSelector[];
  private readonly rules: readonly { readonly rule: AssumeRoleRule; readonly matches: AccountMatcher }[];

  constructor(rules: readonly AssumeRoleRule[], callerAccountId: string) {
    this.selectors = rules.flatMap(({ accounts }) => accounts ?? []);
    this.rules = rules.map((rule) => ({
      rule,
      matches: rule.accounts === null ? () => true : knowingMatcher(rule.accounts, callerAccountId),
    }));
  }

  /** Null if no rule matches, undefined if too little is known about the account. */
  find(account: Account): AssumeRoleRule | null | undefined {
    for (const { rule, matches } of this.rules) {
      const answer = matches(account);
      if (answer !== false) return answer && rule;
    }
    return null;
  }

  /** The account's rule, which must exist. */
  require(account: Account): AssumeRoleRule {
    const rule = this.find(account);
    if (rule) return rule;
    throw bug(`account ${accountText(account)} is read without a role to assume`);
  }

  /** Later rules that also name the account, except those for all accounts. */
  overridden(account: Account): AssumeRoleRule[] {
    const matching = this.rules.filter(({ matches }) => matches(account));
    return matching.slice(1).flatMap(({ rule }) => (rule.accounts === null ? [] : rule));
  }

  /** The reason why an account has no role to assume; undefined if it has one. */
  problem(account: Account): { readonly detail: string; readonly help: string } | undefined {
    const rule = this.find(account);
    if (rule) return undefined;
    if (rule === null) {
      return {
        detail: 'no `assumeRole` rule matches it',
        help: 'Add a rule for it to `assumeRole` in the config, or a last rule without `accounts`, which covers the rest.',
      };
    }
    return {
      detail:
        'an `assumeRole` rule matches by name or organizational unit, and this is unknown for the account',
      help: 'Add a rule with its ID at the top of `assumeRole`.',
    };
  }
}
