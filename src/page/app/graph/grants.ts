import { canBecome, isByMasters, MASTERS } from '../../../aws-auth/groups.ts';
import { isClusterAdminPolicy, policyName, policyText, wholePolicyText } from '../../../eks.ts';
import { groupBy } from '../../../group-by.ts';
import { boundPolicy } from '../../../rbac/access-policies.ts';
import type { Authorizer } from '../../../rbac/authorizer.ts';
import { type BoundRole, boundRoleText, isPolicy, placesText, roleText } from '../../../rbac/model.ts';
import { risksOf } from '../../../rbac/risks.ts';
import type { Rights } from '../../../who/cluster-rights.ts';
import type { PageRows } from '../../decode.ts';
import { throughValue } from '../../facets.ts';
import { firstState, type GraphNodes, leadsOn, type Node, type State, type Tail } from './model.ts';

/** The grants of entries: their Kubernetes groups and access policies, and the roles bound to them. */
export class EntryGrants {
  private readonly rows: PageRows;
  private readonly nodes: GraphNodes;

  constructor(rows: PageRows, nodes: GraphNodes) {
    this.rows = rows;
    this.nodes = nodes;
  }

  /** Boxes for the groups and policies of an entry, and for roles that no group brings. */
  of(tails: readonly Tail[]): { readonly to: readonly Node[]; readonly state: State } {
    const granting = tails.filter(({ isOpen }) => isOpen);
    const [first] = granting;
    if (!first) return { to: [], state: 'none' };
    const state = firstState(granting.map((tail) => tail.state));
    const entry = this.rows.entry(first.entry);
    const all = this.rightsOf(granting);
    const context = this.contextOf(first.entry, all, state);
    const byGroup = groupBy(
      // Each role once: thousands of people share most of theirs.
      [...new Set(all.flatMap(({ roles }) => roles))].filter((bound) => !isPersonal(bound, entry.groups)),
      ({ subject }) => subject.name,
    );
    const mastersText = granting
      .flatMap(({ grant }) => this.rows.routes(grant))
      .find(({ through }) => isByMasters(through))?.text;
    const groups = [...new Set(entry.groups)].map((group) => {
      const risk = mastersText !== undefined && canBecome(group, MASTERS) ? mastersText : '';
      return this.group(group, byGroup.get(group) ?? [], risk, context);
    });
    const policies = entry.policies.map((policy) => {
      const { authorizer } = context;
      const [known] = authorizer ? boundPolicy(policy).flatMap((one) => risksOf([one], authorizer)) : [];
      const risk = known?.text ?? (isClusterAdminPolicy(policy) ? 'cluster admin' : '');
      const scope = policyText(policy).slice(policyName(policy).length + 1);
      const item = {
        key: `policy ${wholePolicyText(policy)}`,
        title: policyName(policy),
        detail: risk === '' ? `access policy ${scope}` : `${risk}, ${scope}`,
        filters: { policy: [policyName(policy)] },
      };
      return this.nodes.node('group', item, state, { risk });
    });
    const personal = granting.filter(({ isOfUsers }) => !isOfUsers).flatMap((tail) => this.personal(tail));
    return { to: [...new Set([...groups, ...policies, ...personal])], state };
  }

  /** Boxes of the roles that bindings give to the username, or to a group that is rendered for the caller. */
  personal({ entry, grant, state, isOpen }: Tail): readonly Node[] {
    const rights = isOpen ? this.rows.rightsOfGrant(grant) : null;
    if (!rights) return [];
    const { groups } = this.rows.entry(entry);
    const bound = rights.roles.filter((one) => !isPolicy(one) && isPersonal(one, groups));
    return bound.length === 0 ? [] : this.roles(bound, this.contextOf(entry, [rights], state));
  }

  /** Boxes for routes to cluster admin that no box of `from` shows: those that take several roles, or lost ones. */
  otherRoutes({ grant, state }: Tail, from: readonly Node[]): Node[] {
    if (!leadsOn(state) || from.some(hasRisk)) return [];
    return this.rows.routes(grant).map((route) => {
      const item = {
        key: `route ${throughValue(route)}`,
        title: route.text,
        detail: `through ${route.through}`,
        filters: { through: [throughValue(route)] },
      };
      return this.nodes.node('role', item, state, { risk: route.text });
    });
  }

  /** The groups that everyone is a member of, with their roles. No edge leads to them: everyone's would. */
  ofEverybody(tails: readonly Tail[]): void {
    const byCluster = groupBy(
      tails.filter(({ state }) => state === 'granted'),
      ({ entry }) => this.rows.entry(entry).clusterIndex,
    );
    for (const own of byCluster.values()) {
      const all = this.rightsOf(own);
      const context = this.contextOf(own[0]?.entry ?? 0, all, 'granted');
      const shared = [...new Set(all.flatMap(({ rolesOfEverybody }) => rolesOfEverybody))];
      for (const [group, bound] of groupBy(shared, ({ subject }) => subject.name))
        this.group(group, bound, '', context);
    }
  }

  private group(group: string, bound: readonly BoundRole[], risk: string, context: Context): Node {
    const roles = this.roles(bound, context);
    const everybody = EVERYBODY.get(group);
    const isAsked = this.rows.data.asked !== null;
    const none = isAsked ? 'no role that allows it' : context.isKnown ? 'no roles bound' : 'roles unknown';
    // The roles that Kubernetes itself binds aren't in the rows.
    const isKubernetes = group.startsWith('system:');
    const plain = isKubernetes
      ? 'built-in Kubernetes group'
      : roles.length === 0
        ? `group, ${none}`
        : 'group';
    const item = {
      key: `group ${group}`,
      title: everybody ?? group,
      detail: everybody === undefined ? risk || plain : group,
      filters: everybody === undefined ? { group: [group] } : {},
    };
    const to = roles.map((role) => [role, context.state] as const);
    return this.nodes.node('group', item, context.state, { to, risk });
  }

  /** One box for each role, with the namespaces where it is bound. */
  private roles(bound: readonly BoundRole[], { named, authorizer, state }: Context): Node[] {
    const risks = riskTexts(bound, named, authorizer);
    return [...groupBy(bound, ({ role }) => roleText(role)).values()].map((same) => {
      const [{ role }] = same as [BoundRole];
      const risk = [...new Set(same.flatMap((one) => [...(risks.get(one) ?? [])]))].join(', ');
      const places = `${role.kind} ${placesText(same)}`;
      const values = [...new Set(same.map(boundRoleText))].sort();
      const item = {
        key: `role ${values.join('\n')}`,
        title: role.name,
        detail: risk === '' ? places : `${risk}, ${places}`,
        filters: { role: values },
      };
      return this.nodes.node('role', item, state, { risk });
    });
  }

  private rightsOf(tails: readonly Tail[]): Rights[] {
    const all = new Set(tails.map(({ grant }) => this.rows.rightsOfGrant(grant)));
    return [...all].filter((rights) => rights !== null);
  }

  private contextOf(entry: number, all: readonly Rights[], state: State): Context {
    const { clusterIndex, knowsBindings } = this.rows.entry(entry);
    const rbac = clusterIndex === null ? null : (this.rows.data.clusters[clusterIndex]?.rbac ?? null);
    const named = all.flatMap(({ risks, risksOfEverybody }) => [...risks, ...risksOfEverybody]);
    const distinct = new Map(named.map((one) => [`${one.text} ${one.through}`, one]));
    const authorizer = rbac === null ? null : this.rows.authorizer(rbac);
    return { named: [...distinct.values()], authorizer, state, isKnown: knowsBindings };
  }
}

/** Where roles were found. */
interface Context {
  /** The routes to cluster admin that they may be part of. */
  readonly named: Rights['risks'];
  /** Null if the roles of the cluster aren't known. */
  readonly authorizer: Authorizer | null;
  readonly state: State;
  /** True if the bindings of the cluster are known. */
  readonly isKnown: boolean;
}

/** Groups of every caller, in words. */
const EVERYBODY: ReadonlyMap<string, string> = new Map([
  ['system:authenticated', 'Everyone with access'],
  ['system:unauthenticated', 'Anyone, without credentials'],
]);

/** True if this box, or one on its right, is a way to cluster admin. */
function hasRisk({ risk, to }: Node): boolean {
  return risk !== '' || [...to.keys()].some(hasRisk);
}

/** True for a role that isn't bound to a group as the entry names it. */
function isPersonal({ subject }: BoundRole, groups: readonly string[]): boolean {
  return subject.kind !== 'AccessEntry' && !(subject.kind === 'Group' && groups.includes(subject.name));
}

/** How roles lead to cluster admin: alone, together, or as part of a route that the rows name. */
function riskTexts(
  bound: readonly BoundRole[],
  named: Context['named'],
  authorizer: Authorizer | null,
): ReadonlyMap<BoundRole, ReadonlySet<string>> {
  const texts = new Map(bound.map((one) => [one, new Set<string>()]));
  for (const { text, through, others } of authorizer ? risksOf(bound, authorizer) : [])
    for (const one of [through, ...others]) texts.get(one)?.add(text);
  for (const [one, own] of texts)
    for (const { text, through } of named)
      if (` and ${through} and `.includes(` and ${boundRoleText(one)} and `)) own.add(text);
  return texts;
}
