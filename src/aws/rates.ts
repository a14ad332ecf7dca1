import type { Sleep } from './abort.ts';
import type { Service } from './failure.ts';
import { Pacer, type Rate } from './pacer.ts';

// Just under what AWS documents:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/limits.html (20 per second for all of sso-admin together),
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html.
const SSO_ADMIN: Rate = { perSecond: 19.3, burst: 6 };
const IDENTITY_STORE: Rate = { perSecond: 19.3, burst: 3 };
const ORGANIZATIONS: Readonly<Record<string, Rate>> = {
  ListAccounts: { perSecond: 7.8, burst: 11 },
  ListAccountsForParent: { perSecond: 4.8, burst: 7 },
  ListOrganizationalUnitsForParent: { perSecond: 4.8, burst: 7 },
};
/** ListRoots has this limit; that of ListParents and DescribeOrganizationalUnit is not published. */
const ORGANIZATIONS_OTHER: Rate = { perSecond: 0.95, burst: 2 };

/** The pacers of a run, one per limit that AWS has; STS and IAM have none that a run could reach. */
export class Pacers {
  private readonly pacers = new Map<string, Pacer>();
  private readonly sleep: Sleep;

  constructor(sleep: Sleep) {
    this.sleep = sleep;
  }

  of(service: Service, operation: string): Pacer | undefined {
    switch (service) {
      case 'sso-admin':
        return this.pacer(service, SSO_ADMIN);
      case 'identitystore':
        return this.pacer(`${service}:${operation}`, IDENTITY_STORE);
      case 'organizations':
        return this.pacer(`${service}:${operation}`, ORGANIZATIONS[operation] ?? ORGANIZATIONS_OTHER);
      default:
        return undefined;
    }
  }

  private pacer(key: string, rate: Rate): Pacer {
    const pacer = this.pacers.get(key) ?? new Pacer(rate, undefined, this.sleep);
    this.pacers.set(key, pacer);
    return pacer;
  }
}
