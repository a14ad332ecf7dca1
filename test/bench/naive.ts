import { type AwsRun, callCount, runOnFakeAws, type Size } from './fake-organization.ts';

/** Estimated cost of the naive plan in an organization, from a smaller one. */
export interface NaiveEstimate {
  readonly size: Size;
  readonly measuredAccounts: number;
  readonly calls: number;
  readonly wallMs: number;
}

const ACCOUNTS = 50;
/** Calls whose number doesn't depend on the accounts. */
const FIXED = ['sso-admin.ListInstances', 'sso-admin.ListPermissionSets', 'sso-admin.DescribePermissionSet'];

/** Measures the naive plan on 50 accounts and extrapolates what grows with the accounts. */
export async function estimateNaivePlan(root: URL, size: Size): Promise<NaiveEstimate> {
  const program = new URL('naive-program.mjs', import.meta.url);
  const run = await runOnFakeAws(root, { ...size, accounts: ACCOUNTS }, program);
  const { found, setupMs, accountsMs } = timesOf(run);
  if (found !== ACCOUNTS * size.permissionSets) throw new Error(`the naive plan found ${found} roles`);
  const growth = size.accounts / ACCOUNTS;
  const fixed = FIXED.reduce((sum, name) => sum + callCount(run, name), 0);
  return {
    size,
    measuredAccounts: ACCOUNTS,
    calls: fixed + (callCount(run) - fixed) * growth,
    wallMs: setupMs + accountsMs * growth,
  };
}

function timesOf({ stdout }: AwsRun): { found: number; setupMs: number; accountsMs: number } {
  return JSON.parse(stdout);
}
