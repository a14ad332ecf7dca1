import type { Finding } from '../../errors.ts';
import type { DiscoverySession } from '../discovery-session.ts';
import { homeRegionIn } from '../identity-center/home-region.ts';
import type { HomeRegion, OrganizationInstance } from '../identity-center/instance.ts';
import { SetSearch } from '../identity-center/set-search.ts';
import type { Assignment, Role } from '../model.ts';
import type { PeopleQuery } from '../query.ts';
import type { AssignmentFacts } from './assignment-plan.ts';
import { AssignmentReader } from './assignment-reader.ts';
import type { AssignmentSources } from './assignment-reading.ts';
import { Directory } from './directory.ts';
import { NOBODY, type PeopleAnswer, readPeople } from './people-reading.ts';
import { RolePairs } from './role-pairs.ts';

/**
 * Reads who is assigned what, beside the reading of the roles. As with `IdentityCenterTask`, the first roles tell the region to begin
 * in, and all of them whether that was right.
 */
export class PeopleTask {
  private readonly session: DiscoverySession;
  private readonly question: PeopleQuery;
  private readonly onChoice: (facts: AssignmentFacts) => void;
  private readonly pairs = new RolePairs();
  private readonly accountIds: Promise<ReadonlySet<string>>;
  private resolveAccounts: (ids: ReadonlySet<string>) => void = () => {};
  private early: { readonly region: string; readonly answer: Promise<PeopleAnswer | undefined> } | undefined;

  /** @param onChoice hears what the way of reading was chosen by */
  constructor(
    session: DiscoverySession,
    question: PeopleQuery,
    onChoice: (facts: AssignmentFacts) => void = () => {},
  ) {
    this.session = session;
    this.question = question;
    this.onChoice = onChoice;
    this.accountIds = new Promise((resolve) => {
      this.resolveAccounts = resolve;
    });
  }

  /** Hears of roles as they are read. */
  hear(roles: readonly Role[]): void {
    const wanted = roles.filter(({ roleArn }) => this.question.roleArns?.has(roleArn) ?? true);
    this.pairs.add(wanted);
    const region = this.session.options.ssoRegion ?? homeRegionIn(roles);
    if (this.early || region === undefined || wanted.length === 0) return;
    const answer = this.read({ asked: region, seen: undefined });
    this.early = { region, answer: answer.catch(() => undefined) };
  }

  /**
   * @param roles all that were read
   * @param accountIds the accounts whose roles were read
   * @throws Failure (exit 3)
   */
  async finish(roles: readonly Role[], accountIds: ReadonlySet<string>): Promise<PeopleAnswer> {
    this.pairs.complete();
    this.resolveAccounts(accountIds);
    const region = this.session.homeRegion(roles);
    const early = this.early?.region === region.asked ? await this.early.answer : undefined;
    if (early) return early;
    if (this.pairs.counts.pairs === 0 && this.question.named.length === 0) return NOBODY;
    return this.read(region);
  }

  private async read(region: HomeRegion): Promise<PeopleAnswer> {
    const place = await this.session.identityCenter.organization(region);
    return readPeople(this.question, this.sourcesIn(place), place);
  }

  private sourcesIn(place: OrganizationInstance): AssignmentSources {
    const { connection, identityCenter, meter, options, callerAccountId } = this.session;
    const directory = new Directory(connection.identityStore(place.instance));
    const onFinding = (finding: Finding) => options.onFinding?.(finding);
    const reader = new AssignmentReader(connection.accountAssignments(place.instance), {
      onFinding,
      onProgress: (done, total) => meter.update({ assignments: { done, total } }),
      onAssignments: (assignments) => this.foresee(assignments, directory),
    });
    const { pairs, accountIds, onChoice } = this;
    const sets = new SetSearch(identityCenter, place, pairs);
    const isManagement = place.ownerAccountId === callerAccountId;
    return { isManagement, reader, directory, sets, pairs, accountIds, onFinding, onChoice };
  }

  /** Members have a limit of their own, so they are asked for while assignments are still coming. */
  private foresee(assignments: readonly Assignment[], directory: Directory): void {
    if (!this.question.members) return;
    for (const { principalType, principalId, accountId } of assignments) {
      if (principalType !== 'GROUP' || !this.pairs.hasAccount(accountId)) continue;
      directory.membersOf(principalId).catch(() => {});
    }
  }
}
