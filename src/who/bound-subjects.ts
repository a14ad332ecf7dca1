import type { Cluster } from '../access-entry/cluster.ts';
import { parseArn } from '../arn.ts';
import { AUTHENTICATED, canBecome, isNodeGroup } from '../aws-auth/groups.ts';
import { hasVariable } from '../aws-auth/templates.ts';
import type { Assignees } from '../directory/assignees.ts';
import { groupsPrefix, type Principal, usernamePrefix } from '../directory/model.ts';
import { memo } from '../memo.ts';
import { type Authorizer, type SubjectKind, userOrGroup } from '../rbac/authorizer.ts';
import { ACCOUNTS, accountOf, type Binding, manifestId } from '../rbac/model.ts';
import { compareStrings, printable } from '../text.ts';
import type { AccessQuestion, ClusterAccess } from './cluster-access.ts';
import { type HeldEntry, identityOf, type NobodyReason, type SubjectWay } from './way.ts';

/**
 * Adds the subjects that bindings name and that no AWS principal accounts for, such as service accounts and groups of an
 * OIDC provider. Subjects of the bindings that every cluster has are only counted.
 * @param assignees null if AWS wasn't read
 */
export function withSubjects(
  access: ClusterAccess,
  assignees: Assignees | null,
  { isAboutPeople, kubernetesGroups }: Pick<AccessQuestion, 'isAboutPeople' | 'kubernetesGroups'>,
): ClusterAccess {
  const { authorizer } = access.rights ?? {};
  if (!authorizer?.knowsBindings || isAboutPeople) return access;
  const { own, ofEveryCluster } = boundNames(authorizer);
  const fromAws = namesFromAws(access, assignees, authorizer);
  const subjects = own
    .filter(([kind, name]) => !fromAws[kind].has(name))
    .map(([kind, name]) => subjectWay(kind, name, access.cluster))
    .filter(({ entry }) => kubernetesGroups?.some((group) => entry.groups.includes(group)) ?? true);
  return {
    ...access,
    subjects: subjects.sort(({ principal: one }, { principal: other }) =>
      compareStrings(`${one?.type} ${one?.id}`, `${other?.type} ${other?.id}`),
    ),
    defaultSubjects: ofEveryCluster,
  };
}

type BoundName = readonly [kind: SubjectKind, name: string];

/** The users and groups that bindings name, and how many more only the bindings of every cluster name. */
function boundNames(authorizer: Authorizer): {
  readonly own: readonly BoundName[];
  readonly ofEveryCluster: number;
} {
  const { bindings, defaultBindings = [] } = authorizer.rbac;
  const defaults = new Map(defaultBindings.map((binding) => [manifestId(binding), binding]));
  const [own, all] = [new Map<string, BoundName>(), new Set<string>()];
  for (const binding of bindings) {
    const made = defaults.get(manifestId(binding));
    const isSame = made !== undefined && roleRefText(made) === roleRefText(binding);
    const ofMade = new Set(isSame ? namesIn(made).map(keyOf) : []);
    for (const bound of namesIn(binding)) {
      const [kind, name] = bound;
      all.add(keyOf(bound));
      // EKS binds users of the control plane and the group of Windows nodes in every cluster.
      const isOfEks =
        binding.name.startsWith('eks:') && name.startsWith('eks:') && (kind === 'User' || isNodeGroup(name));
      if (!ofMade.has(keyOf(bound)) && !isOfEks) own.set(keyOf(bound), bound);
    }
  }
  return { own: [...own.values()], ofEveryCluster: all.size - own.size };
}

/** Without the group that every row has, and accounts that can't exist. */
function namesIn(binding: Binding): BoundName[] {
  return binding.subjects.flatMap((subject): BoundName[] => {
    const [kind, name] = userOrGroup(subject, binding);
    const isNamed = kind === 'User' || (kind === 'Group' && name !== AUTHENTICATED);
    return isNamed ? [[kind, name]] : [];
  });
}

function keyOf([kind, name]: BoundName): string {
  return `${kind} ${name}`;
}

function roleRefText({ roleRef: { kind, name } }: Binding): string {
  return `${kind} ${name}`;
}

/** The bound names that callers from AWS have, or may have as far as is known. */
function namesFromAws(
  { cluster, ways, hidden }: ClusterAccess,
  assignees: Assignees | null,
  authorizer: Authorizer,
): Readonly<Record<SubjectKind, ReadonlySet<string>>> {
  const found = new FoundNames(authorizer, assignees);
  const known = [...ways, ...hidden];
  const shown = new Set<HeldEntry['entry']>(known.map(({ entry }) => entry));
  for (const way of known) found.addWay(way);
  // People of these entries weren't asked for.
  for (const entry of cluster.entries.filter((one) => !shown.has(one))) {
    const accountId = parseArn(entry.arn)?.accountId ?? entry.id;
    const account = { type: 'ACCOUNT', id: entry.id, name: entry.id } as const;
    const principal = entry.map === 'mapAccounts' ? account : null;
    found.addWay({ entry, principal, accountId, status: 'unknown', nobody: null, isNode: false });
  }
  return found;
}

/** Collects the bound names of callers. Thousands of entries render the same names for the same people: each once. */
class FoundNames {
  readonly User = new Set<string>();
  readonly Group = new Set<string>();
  private readonly authorizer: Authorizer;
  private readonly assignees: Assignees | null;
  private readonly done = new Set<HeldEntry['entry'] | string>();
  private readonly matching = memo((kind: SubjectKind) =>
    memo((template: string) => {
      const bound = this.authorizer.boundNames(kind);
      if (!hasVariable(template)) return bound.has(template) ? [template] : [];
      return [...bound].filter((name) => canBecome(template, name));
    }),
  );
  /** True if the names depend on the person, and bindings have such names. */
  private readonly isPersonal = memo(({ username, groups }: HeldEntry['entry']) => {
    const isBound = (kind: SubjectKind, name: string) =>
      hasVariable(name) && this.matching(kind)(name).length > 0;
    return isBound('User', username) || groups.some((group) => isBound('Group', group));
  });

  constructor(authorizer: Authorizer, assignees: Assignees | null) {
    this.authorizer = authorizer;
    this.assignees = assignees;
  }

  addWay(way: HeldEntry & { readonly nobody: NobodyReason | null }): void {
    const { entry, principal, status, nobody, accountId } = way;
    const isPersonal = this.isPersonal(entry);
    if (this.done.has(entry) && !isPersonal) return;
    this.done.add(entry);
    if (status === 'none') {
      // AWS still decides who has its names once somebody has the role.
      if (WITHOUT_PEOPLE.includes(nobody)) this.addFixed(entry);
      return;
    }
    const members = isPersonal && principal?.type === 'GROUP' ? this.assignees?.membersOf(principal) : null;
    if (members) this.addMembers(way, members);
    else this.addRendered(way, principal);
    // Any ARN of the account may call.
    if (principal?.type === 'ACCOUNT')
      for (const name of this.authorizer.boundNames('User'))
        if (parseArn(name)?.accountId === accountId) this.User.add(name);
  }

  private addMembers(
    way: Pick<HeldEntry, 'entry' | 'accountId' | 'principal'>,
    members: readonly Principal[],
  ) {
    const { entry, principal, accountId } = way;
    this.addFixed(entry);
    const templates = [entry.username, ...entry.groups].filter(hasVariable).join('\n');
    const rendered = `${principal?.id} ${templates.includes('{{AccountID}}') ? accountId : ''} ${templates}`;
    if (this.done.has(rendered)) return;
    this.done.add(rendered);
    for (const member of members) if (member.name !== null) this.addRendered(way, member);
  }

  private addRendered(
    way: Pick<HeldEntry, 'entry' | 'accountId' | 'principal'>,
    principal: HeldEntry['principal'],
  ): void {
    const { username = '', groups = [] } = identityOf(way, principal) ?? {};
    this.add('User', username);
    for (const group of groups) this.add('Group', group);
  }

  private addFixed({ username, groups }: HeldEntry['entry']): void {
    if (!hasVariable(username)) this.add('User', username);
    for (const group of groups) if (!hasVariable(group)) this.add('Group', group);
  }

  private add(kind: SubjectKind, template: string): void {
    for (const name of this.matching(kind)(template)) this[kind].add(name);
  }
}

/** Why nobody has access through an entry that the cluster heeds. */
const WITHOUT_PEOPLE: readonly (NobodyReason | null)[] = [
  null,
  'unassigned',
  'all-deleted',
  'groups-empty',
  'role-gone',
  'role-superseded',
  'dead-access-entry',
];

function subjectWay(kind: SubjectKind, name: string, { eks, lacksAwsAuth }: Cluster): SubjectWay {
  const [isUser, account] = [kind === 'User', kind === 'User' ? accountOf(name) : undefined];
  const type = account ? 'SERVICE_ACCOUNT' : isUser ? 'KUBERNETES_USER' : 'KUBERNETES_GROUP';
  const id = account ? `${account.namespace}/${account.name}` : name;
  const ofAccount = account ? [ACCOUNTS, `${ACCOUNTS}:${account.namespace}`] : [];
  const provider = eks?.signIns?.oidcProviders.find((one) => {
    const prefix = isUser ? usernamePrefix(one) : groupsPrefix(one);
    return prefix !== '' && name.startsWith(prefix);
  });
  const inAwsAuth = lacksAwsAuth && !account ? "holders unknown: its aws-auth wasn't given" : null;
  return {
    entry: {
      source: 'binding',
      arn: '',
      id: '',
      username: isUser ? name : '',
      groups: isUser ? ofAccount : [name],
      holders: provider ? `OIDC provider ${printable(provider.name)}` : inAwsAuth,
    },
    principal: { type, id, name: id },
    accountId: '',
    accountName: null,
    permissionSet: null,
    via: null,
    status: 'granted',
    nobody: null,
    successor: null,
    isNode: false,
    hasAccountAccess: false,
  };
}
