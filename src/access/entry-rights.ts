import { templateMatcher } from '../authenticator/caller.ts';
import { type KubernetesIdentity, renderIdentity } from '../authenticator/resolve-caller.ts';
import { groupBy } from '../group-by.ts';
import type { Principal } from '../inventory/model.ts';
import { type Authorizer, MASTERS } from '../rbac/authorizer.ts';
import { type BoundRole, boundRoleText, isForEverybody } from '../rbac/model.ts';
import { RISK_TEXTS, risksOf } from '../rbac/risks.ts';
import { listed, quoted } from '../text.ts';
import type { EntryAccess } from './entry-access.ts';

/** Somebody, and the entries through which they get in before and after a change; null where they do not. */
export interface AccessChange {
  readonly principal: Principal;
  readonly old: EntryAccess | null;
  readonly fresh: EntryAccess | null;
}

/** What the bindings give through entries. */
export class EntryRights {
  private readonly authorizer: Authorizer;

  constructor(authorizer: Authorizer) {
    this.authorizer = authorizer;
  }

  /** The roles that somebody has through one entry and not through another; none where they may do anything through both. */
  beyond(principal: Principal, one: EntryAccess | null, other: EntryAccess | null): BoundRole[] {
    if (isMaster(one) && isMaster(other)) return [];
    const known = new Set(this.rolesOf(principal, other).map(boundRoleText));
    return this.rolesOf(principal, one).filter((role) => !known.has(boundRoleText(role)));
  }

  /** What somebody may do through one entry and not through another, as a clause. */
  text(principal: Principal, one: EntryAccess | null, other: EntryAccess | null, none: string): string {
    if (isMaster(one) && !isMaster(other)) return 'cluster admin';
    return this.rolesText(this.beyond(principal, one, other)) || none;
  }

  /** As `beyond`, what bindings give somebody by name, and not whoever else gets in through the entry. */
  ownBeyond(principal: Principal, one: EntryAccess | null, other: EntryAccess | null): BoundRole[] {
    const others = new Set(this.beyond({ ...principal, type: 'GROUP' }, one, other).map(boundRoleText));
    return this.beyond(principal, one, other).filter((role) => !others.has(boundRoleText(role)));
  }

  /** `ClusterRole/ops cluster-wide (cluster admin), ClusterRole/edit in payments`: those with risks first. */
  rolesText(roles: readonly BoundRole[]): string {
    const texts = [...groupBy(roles, boundRoleText)].map(([text, [role]]) => {
      const risks = role ? risksOf([role], this.authorizer).map(({ risk }) => RISK_TEXTS[risk]) : [];
      return { isRisk: risks.length > 0, text: risks.length > 0 ? `${text} (${risks.join(', ')})` : text };
    });
    const sorted = texts.toSorted((one, other) => Number(other.isRisk) - Number(one.isRisk));
    return listed(sorted.map(({ text }) => text));
  }

  /** The one of gained roles that makes somebody administrator of the cluster, who was none before. */
  adminBy(gained: readonly BoundRole[], { old, fresh }: AccessChange): BoundRole | undefined {
    if (isMaster(old) || isMaster(fresh)) return undefined;
    const [found] = risksOf(gained, this.authorizer);
    return found?.risk === 'cluster-admin' ? found.through : undefined;
  }

  groupText(group: string): string {
    const isBound = group === MASTERS || templateMatcher(group) || this.authorizer.isBound('Group', group);
    return isBound ? quoted(group) : `${quoted(group)} (no binding names it)`;
  }

  private rolesOf(principal: Principal, access: EntryAccess | null): BoundRole[] {
    const identity = access && identityOf(principal, access);
    return identity ? this.authorizer.rolesOf(identity).filter((role) => !isForEverybody(role)) : [];
  }
}

function isMaster(access: EntryAccess | null): boolean {
  return access?.entry.groups?.includes(MASTERS) ?? false;
}

/** The session of a user of Identity Center has the user's name; what a group has is what each of its members has. */
function identityOf({ type, name }: Principal, { entry, accountId }: EntryAccess): KubernetesIdentity | null {
  return renderIdentity(entry, { accountId, sessionName: type === 'USER' ? name : null });
}
