import { canBecome, isByMasters, MASTERS } from '../../../aws-auth/groups.ts';
import { isClusterAdminPolicy, policyName, policyText, wholePolicyText } from '../../../eks.ts';
import { groupBy } from '../../../group-by.ts';
import { memo } from '../../../memo.ts';
import { boundPolicy } from '../../../rbac/access-policies.ts';
import type { Authorizer } from '../../../rbac/authorizer.ts';
import { type BoundRole, boundRoleText, isPolicy, placesText, roleText } from '../../../rbac/model.ts';
import { risksOf } from '../../../rbac/risks.ts';
import type { Rights } from '../../../who/cluster-rights.ts';
import type { PageRows } from '../../decode.ts';
import { firstState, type GraphNodes, leadsOn, type Node, type State, type Tail } from './model.ts';

/** The grants of entries: their Kubernetes groups and access policies, and the roles bound to them. */
export class EntryGrants {
  private readonly rows: PageRows;
  private readonly nodes: GraphNodes;
  private readonly admins = new Set<Node>();
  /** The results of `personal`: a person may have the same roles through dozens of entries. */
  private readonly personalNodes = new Map<string, readonly Node[]>();

  constructor(rows: PageRows, nodes: GraphNodes) {
    this.rows = rows;
    this.nodes = nodes;
  }

  /** Nodes for the groups and policies of an entry, and for roles that no group brings. */
  of(tails: readonly Tail[]): { readonly to: readonly Node[]; readonly state: State } {
    const granting = tails.filter(({ isOpen }) => isOpen);
    const [first] = granting;
    if (!first) return { to: [], state: 'none' };
    const state = granting.map((tail) => tail.state).reduce(firstState);
    const entry = this.rows.entry(first.entry);
    const authorizer = this.authorizerOf(first.entry);
    const all = this.rightsOf(granting);
    const named = namedRisks(all);
    const byGroup = groupBy(
      // Each role once: thousands of people share most of theirs.
      [...new Set(all.flatMap(({ roles }) => roles))].filter((bound) => !isPersonal(bound, entry.groups)),
      ({ subject }) => subject.name,
    );
    const mastersText = granting
      .flatMap(({ grant }) => this.rows.routes(grant))
      .find(({ through }) => isByMasters(through))?.text;
    const groups = [...new Set(entry.groups)].map((group) => {
      const bound = byGroup.get(group) ?? [];
      const risk = mastersText !== undefined && canBecome(group, MASTERS) ? mastersText : '';
      return this.group({ group, bound, risk }, { named, authorizer, state, isKnown: entry.knowsBindings });
    });
    const policies = entry.policies.map((policy) => {
      const [found] = authorizer ? boundPolicy(policy).flatMap((one) => risksOf([one], authorizer)) : [];
      const risk = found?.text ?? (isClusterAdminPolicy(policy) ? 'cluster admin' : '');
      const detail = policyText(policy).slice(policyName(policy).length + 1);
      const item = {
        key: wholePolicyText(policy),
        title: policyName(policy),
        detail: risk === '' ? `access policy ${detail}` : `${risk}, ${detail}`,
        filters: { policy: [policyName(policy)] },
      };
      return this.nodes.pass(
        this.nodes.node({ layer: 'group', kind: 'access policy', risk }, item, []),
        state,
      );
    });
    const personal = granting.filter(({ isOfUsers }) => !isOfUsers).flatMap((tail) => this.personal(tail));
    return { to: [...new Set([...groups, ...policies, ...personal])], state };
  }

  /** Nodes of the roles that bindings give to the username, or to a group that is rendered for the caller. */
  personal({ entry, grant, state, isOpen }: Tail): readonly Node[] {
    if (!isOpen) return [];
    const key = `${grant} ${state} ${this.similarEntry(entry)}`;
    const known = this.personalNodes.get(key);
    if (known) return known;
    const found = this.findPersonal({ entry, grant, state });
    this.personalNodes.set(key, found);
    return found;
  }

  private findPersonal({ entry, grant, state }: Pick<Tail, 'entry' | 'grant' | 'state'>): Node[] {
    const rights = this.rows.rightsOfGrant(grant);
    const { groups } = this.rows.entry(entry);
    const bound = rights?.roles.filter((one) => !isPolicy(one) && isPersonal(one, groups)) ?? [];
    return this.roles(bound, {
      named: namedRisks(rights ? [rights] : []),
      authorizer: this.authorizerOf(entry),
      state,
    });
  }

  /** Nodes for routes to cluster admin that no other node shows: those that take several roles, or lost ones. */
  otherRoutes({ grant, state }: Tail, from: readonly Node[]): Node[] {
    if (!leadsOn(state) || this.rows.routes(grant).length === 0) return [];
    if (from.some((node) => this.isAdmin(node))) return [];
    return this.rows.routes(grant).map(({ text, through }) => {
      const item = { key: `${text} ${through}`, title: text, detail: `through ${through}`, filters: {} };
      return this.nodes.pass(
        this.nodes.node({ layer: 'role', kind: 'route to cluster admin', risk: text }, item, []),
        state,
      );
    });
  }

  /** True if a node leads to cluster admin, by what is known so far: more rows only make it more certain. */
  private isAdmin(node: Node): boolean {
    if (this.admins.has(node)) return true;
    const isAdmin =
      (node.risk !== '' && leadsOn(node.state)) ||
      [...node.to].some(([next, state]) => leadsOn(state) && this.isAdmin(next));
    if (isAdmin) this.admins.add(node);
    return isAdmin;
  }

  /** The groups that everyone is a member of, with their roles. No edge leads to them: everyone's would. */
  ofEverybody(tails: readonly Tail[]): void {
    const byCluster = groupBy(
      tails.filter(({ state }) => state === 'granted'),
      ({ entry }) => this.rows.entry(entry).clusterIndex,
    );
    for (const own of byCluster.values()) {
      const all = this.rightsOf(own);
      const shared = [...new Set(all.flatMap(({ rolesOfEverybody }) => rolesOfEverybody))];
      const authorizer = own[0] ? this.authorizerOf(own[0].entry) : null;
      const named = namedRisks(all);
      for (const [group, bound] of groupBy(shared, ({ subject }) => subject.name))
        this.group({ group, bound, risk: '' }, { named, authorizer, state: 'granted', isKnown: true });
    }
  }

  private group(
    {
      group,
      bound,
      risk,
    }: { readonly group: string; readonly bound: readonly BoundRole[]; readonly risk: string },
    context: Context & { readonly isKnown: boolean },
  ): Node {
    const roles = this.roles(bound, context);
    const everybody = EVERYBODY[group];
    const isAsked = this.rows.data.asked !== null;
    const none = isAsked ? 'no role that allows it' : context.isKnown ? 'no roles bound' : 'roles unknown';
    // The roles that Kubernetes itself binds aren't in the rows.
    const own = group.startsWith('system:')
      ? 'group of Kubernetes'
      : roles.length === 0
        ? `group, ${none}`
        : 'group';
    const item = {
      key: group,
      title: everybody ?? group,
      detail: everybody === undefined ? risk || own : group,
      filters: everybody === undefined ? { group: [group] } : {},
    };
    const made = this.nodes.node({ layer: 'group', kind: 'Kubernetes group', risk }, item, roles);
    for (const role of roles) this.nodes.link(made, role, context.state);
    return this.nodes.pass(made, context.state);
  }

  /** One node for each role, with the namespaces where it is bound. */
  private roles(bound: readonly BoundRole[], { named, authorizer, state }: Context): Node[] {
    const risks = riskTexts(bound, named, authorizer);
    return [...groupBy(bound, ({ role }) => roleText(role)).values()].map((same) => {
      const [{ role }] = same as [BoundRole];
      const risk = [...new Set(same.flatMap((one) => risks.get(one) ?? []))].join(', ');
      const places = placesText(same);
      const values = [...new Set(same.map(boundRoleText))].sort();
      const item = {
        key: values.join('\n'),
        title: roleText(role),
        detail: risk === '' ? places : `${risk}, ${places}`,
        filters: { role: values },
      };
      return this.nodes.pass(this.nodes.node({ layer: 'role', kind: role.kind, risk }, item, []), state);
    });
  }

  private rightsOf(tails: readonly Tail[]): Rights[] {
    const all = new Set(tails.map(({ grant }) => this.rows.rightsOfGrant(grant)));
    return [...all].filter((rights) => rights !== null);
  }

  /** Equal for entries with the same groups, of clusters with the same roles. */
  private readonly similarEntry = memo((entry: number): string => {
    const { groups, clusterIndex } = this.rows.entry(entry);
    const rbac = clusterIndex === null ? null : (this.rows.data.clusters[clusterIndex]?.rbac ?? null);
    return JSON.stringify([rbac, groups]);
  });

  private readonly authorizerOf = memo((entry: number): Authorizer | null => {
    const { clusterIndex } = this.rows.entry(entry);
    const rbac = clusterIndex === null ? null : (this.rows.data.clusters[clusterIndex]?.rbac ?? null);
    return rbac === null ? null : this.rows.authorizer(rbac);
  });
}

type NamedRisk = Rights['risks'][number];

/** The routes that roles may be part of, where they were found. */
interface Context {
  readonly named: readonly NamedRisk[];
  /** Null if the roles of the cluster aren't known. */
  readonly authorizer: Authorizer | null;
  readonly state: State;
}

/** Groups of every caller, in words. */
const EVERYBODY: Readonly<Record<string, string>> = {
  'system:authenticated': 'Everyone with access',
  'system:unauthenticated': 'Anyone, without credentials',
};

/** True for a role that isn't bound to a group as the entry names it. */
function isPersonal({ subject }: BoundRole, groups: readonly string[]): boolean {
  return subject.kind !== 'AccessEntry' && !(subject.kind === 'Group' && groups.includes(subject.name));
}

/** The routes that the rows name, each once. */
function namedRisks(all: readonly Rights[]): NamedRisk[] {
  const found = new Map<string, NamedRisk>();
  for (const { risks, risksOfEverybody } of all)
    for (const own of [risks, risksOfEverybody])
      for (const one of own) found.set(`${one.text} ${one.through}`, one);
  return [...found.values()];
}

/** How roles lead to cluster admin: alone, together, or as part of a route that the rows name. */
function riskTexts(
  bound: readonly BoundRole[],
  named: readonly NamedRisk[],
  authorizer: Authorizer | null,
): ReadonlyMap<BoundRole, readonly string[]> {
  const texts = new Map<BoundRole, string[]>();
  const add = (one: BoundRole, text: string) => texts.set(one, [...(texts.get(one) ?? []), text]);
  for (const { text, through, others } of authorizer ? risksOf(bound, authorizer) : [])
    for (const one of [through, ...others]) add(one, text);
  for (const one of bound)
    for (const { text, through } of named)
      if (
        ` and ${through} and `.includes(` and ${boundRoleText(one)} and `) &&
        !texts.get(one)?.includes(text)
      )
        add(one, text);
  return texts;
}
