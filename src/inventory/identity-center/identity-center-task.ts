import type { DiscoverySession } from '../discovery-session.ts';
import type { Role } from '../model.ts';
import type { InventoryQuery } from '../query.ts';
import { homeRegionIn } from './home-region.ts';
import type { IdentityCenterAnswer } from './identity-center.ts';

/**
 * Asks Identity Center while accounts are still being read: in the region that is stated or, failing that, in the one that the first
 * roles name. Only when all roles are known is it certain; should the newest name another region, or the early answer be a
 * failure, it is asked again there.
 */
export class IdentityCenterTask {
  private readonly session: DiscoverySession;
  private readonly question: InventoryQuery;
  private readonly onCount: (permissionSets: number) => void;
  private early:
    | { readonly region: string; readonly answer: Promise<IdentityCenterAnswer | undefined> }
    | undefined;

  constructor(
    session: DiscoverySession,
    question: InventoryQuery,
    onCount: (permissionSets: number) => void,
  ) {
    this.session = session;
    this.question = question;
    this.onCount = onCount;
    if (session.options.ssoRegion !== undefined) this.start(session.options.ssoRegion);
  }

  /** Hears of roles as they are read. */
  hear(roles: readonly Role[]): void {
    const region = this.early ? undefined : homeRegionIn(roles);
    if (region !== undefined) this.start(region);
  }

  /** @throws Failure (exit 3) */
  async finish(roles: readonly Role[]): Promise<IdentityCenterAnswer> {
    const { identityCenter } = this.session;
    const region = this.session.homeRegion(roles);
    const early = this.early?.region === region.asked ? await this.early.answer : undefined;
    return early ?? identityCenter.read(this.question, region, this.onCount);
  }

  private start(region: string): void {
    const { identityCenter } = this.session;
    if (identityCenter.knows(this.question)) return;
    const answer = identityCenter.read(this.question, { asked: region, seen: undefined }, this.onCount);
    this.early = { region, answer: answer.catch(() => undefined) };
  }
}
