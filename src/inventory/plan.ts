/** One kind of call of the plan; `calls` is null where the number is known only on the way. */
export interface PlannedCalls {
  readonly service: 'sts' | 'iam' | 'organizations' | 'sso-admin' | 'identitystore';
  readonly operation: string;
  readonly calls: number | null;
  readonly why: string;
}

/** The cheapest set of calls that answers a question, as data. */
export interface DiscoveryPlan {
  /** How accounts are found: none needed, the whole list, or only the organizational units of the scope. */
  readonly listing: 'none' | 'whole' | 'units';
  readonly calls: readonly PlannedCalls[];
}
