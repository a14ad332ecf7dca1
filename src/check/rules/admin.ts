import {
  AUTHENTICATED,
  administratorBy,
  isClusterAdmin,
  MASTERS,
  reservedNameOf,
} from '../../aws-auth/groups.ts';
import type { KubernetesIdentity } from '../../aws-auth/resolve-caller.ts';
import { templateMatcher } from '../../aws-auth/templates.ts';
import type { ExistingAccessEntry } from '../../directory/model.ts';
import { entryTemplates, isClusterAdminPolicy, isForPeople, policyText } from '../../eks.ts';
import { groupBy } from '../../group-by.ts';
import { memo, once } from '../../memo.ts';
import { boundPolicy } from '../../rbac/access-policies.ts';
import { type Authorizer, bySubject, distinctCallers, withoutRbac } from '../../rbac/authorizer.ts';
import { kubernetesMinor } from '../../rbac/kubernetes-version.ts';
import { awsAuthState, bindingText, boundRoleText, isPolicy } from '../../rbac/model.ts';
import { type FoundRisk, risksOf, risksText, risksTogether, throughText } from '../../rbac/risks.ts';
import { subjectText } from '../../rbac/unbound.ts';
import { listed, printable, quoted } from '../../text.ts';
import type { CheckContext, NamedEntry } from '../context.ts';
import {
  atArn,
  atGroup,
  atUsername,
  type Detection,
  type PlacedDetection,
  type Rule,
  rule,
  WHOLE_FILE,
} from '../rule.ts';

/** The consequence of a finding about such permissions. */
const CAN_TAKE_OVER = 'anyone who uses this entry can take over the cluster';

function adminPermissions(risks: string): string {
  return `admin-equivalent permissions (${risks})`;
}

/** Each risk with the bindings that grant it; empty without risks. */
function risksThrough(risks: readonly FoundRisk[]): string {
  return risks
    .map((found) => `${found.text} through ${throughText(found, ({ binding }) => bindingText(binding))}`)
    .join(', ');
}

/** Risks that a user's groups, policies and username have only in combination, for each possible session. */
function combinedRisks(user: KubernetesIdentity, authorizer: Authorizer): FoundRisk[] {
  const { own, everybody, callers } = authorizer.rightsOf(user);
  // Names of different sessions belong to different people, so they don't add up.
  const sessions = distinctCallers(callers());
  const found = [[], ...sessions.map(({ roles }) => roles)].flatMap((ofSession) => {
    const all = [...own, ...ofSession, ...everybody];
    const byName = groupBy(all, ({ subject, binding }) =>
      subject.kind === 'AccessEntry' ? binding : JSON.stringify(subject),
    );
    const alone = [...byName.values()].flatMap((roles) => risksOf(roles, authorizer));
    // A role allows the same in a namespace through any binding.
    const byRole = [...groupBy(all, boundRoleText).values()].flatMap(([first]) => first ?? []);
    return risksTogether(byRole, alone, authorizer);
  });
  return [...groupBy(found, ({ text }) => text).values()].flatMap(([first]) => first ?? []);
}

/** Memoized lookups shared by the rules. */
const lookupIn = memo((authorizer: Authorizer) => ({
  everybody: once(() => {
    const risks = risksThrough(risksOf(authorizer.everybody, authorizer));
    return risks === '' ? '' : `everyone has ${adminPermissions(risks)}`;
  }),
  /**
   * `the group "ops" has admin-equivalent permissions (cluster admin through ClusterRoleBinding ops)`; empty without
   * risks.
   */
  ofName: bySubject((kind, name) => {
    // If variables were replaced, the resulting name precedes its risks.
    const texts = [...authorizer.ofName(kind, name).roles].flatMap(([one, roles]) => {
      const text = risksThrough(risksOf(roles, authorizer));
      return text === '' ? [] : `${one === name ? '' : `as ${quoted(one)}, `}${text}`;
    });
    return texts.length === 0 ? '' : `${subjectText(kind, name)} has ${adminPermissions(listed(texts))}`;
  }),
  /** Computed once per set of names that matter. */
  together: memo(
    (user: KubernetesIdentity) => risksThrough(combinedRisks(user, authorizer)),
    (user) => JSON.stringify(authorizer.effective(user)),
  ),
}));
/** True if permissions of everyone are reported for the cluster, because no aws-auth applies to it. */
function isReportedForCluster({ awsAuth, isFileIgnored, eks }: CheckContext): boolean {
  return eks !== undefined && (awsAuth === null || isFileIgnored);
}

const anonymousAdmin = rule({
  name: 'anonymous-admin',
  severity: 'warning',
  summary: 'A binding grants admin-equivalent permissions to callers without credentials. Needs --rbac.',
  consequence: 'anyone who can reach the API server can take over the cluster',
  help: 'Remove system:unauthenticated and system:anonymous from the subjects of the binding. A cluster needs them only in the binding system:public-info-viewer.',
  // Callers without credentials don't depend on aws-auth.
  isAboutMode: true,
  *detect(context) {
    const what = isReportedForCluster(context) ? '' : anybodyText(context);
    const [first] = context.entries;
    if (what === '') return;
    if (first) yield atArn(first, what);
    else if (context.awsAuth) yield { range: WHOLE_FILE, what };
  },
  *detectInCluster(context) {
    const what = isReportedForCluster(context) ? anybodyText(context) : '';
    if (what !== '') yield { what };
  },
});

/** Empty if callers need credentials to become cluster admin. */
function anybodyText({ rbac }: CheckContext): string {
  const risks = rbac ? risksThrough(risksOf(rbac.anybody, rbac)) : '';
  return risks === '' ? '' : `anyone without credentials has ${adminPermissions(risks)}`;
}

const adminByBinding = rule({
  name: 'admin-by-binding',
  severity: 'warning',
  summary:
    "A binding makes an entry's callers cluster admin without system:masters. It grants cluster admin directly, or permissions that are one step away from it. Needs --rbac.",
  consequence: CAN_TAKE_OVER,
  help: 'Remove the subject from the binding, unless intentional.',
  *detect(context) {
    const lookup = context.rbac && lookupIn(context.rbac);
    if (!lookup) return;
    const people = context.namedEntries.filter(({ entry }) => !isClusterAdmin(entry));
    const [first] = people;
    const everybody = lookup.everybody();
    if (everybody !== '' && first) yield atArn(first.entry, everybody);
    for (const named of people)
      for (const group of new Set(named.groups)) {
        // Reported once for everyone above; the other two are cluster admin by definition or have their own rule.
        if (group === MASTERS || group === AUTHENTICATED || reservedNameOf('group', group) !== undefined)
          continue;
        const what = lookup.ofName('Group', group);
        if (what !== '') yield atGroup(named.entry, named.groups.indexOf(group), what);
      }
    yield* adminUsers(people, lookup);
    for (const named of people) {
      const together = lookup.together(named);
      const what = `the user and groups of this entry together have ${adminPermissions(together)}`;
      if (together !== '') yield atArn(named.entry, what);
    }
  },
  *detectInCluster(context) {
    const lookup = context.rbac && lookupIn(context.rbac);
    if (!lookup) return;
    const everybody = isReportedForCluster(context) ? lookup.everybody() : '';
    if (everybody !== '') yield { what: everybody };
    for (const entry of context.livingEntries) {
      if (entry.type !== 'STANDARD' || entry.policies.some(isClusterAdminPolicy)) continue;
      const { username, groups } = entryTemplates(entry);
      const entryText = `access entry ${printable(entry.principalArn)}`;
      const user = lookup.ofName('User', username);
      if (user !== '') yield { what: `${entryText}: ${user}`, ...ownUsername(username) };
      for (const group of new Set(groups)) {
        const what = group === AUTHENTICATED ? '' : lookup.ofName('Group', group);
        if (what !== '') yield { what: `${entryText}: ${what}` };
      }
      const together = lookup.together({ username, groups });
      if (together !== '')
        yield {
          what: `${entryText}: its user and groups together have ${adminPermissions(together)}`,
        };
    }
  },
});

/** Help for a username that is, or can become, reserved by Kubernetes or EKS: the entry is wrong, not the binding. */
function ownUsername(username: string): Pick<Detection, 'help'> {
  if (administratorBy({ username, groups: [] }) === null) return {};
  return {
    help: 'Keep the binding: Kubernetes and EKS manage bindings for users with this prefix. Write another username in the entry, such as "sso:{{SessionName}}".',
  };
}

/** A username with variables is reported once, at the first entry that has it. */
function* adminUsers(
  entries: readonly NamedEntry[],
  lookup: ReturnType<typeof lookupIn>,
): Generator<PlacedDetection> {
  for (const [username, sharing] of groupBy(entries, (named) => named.username)) {
    const what = lookup.ofName('User', username);
    if (what === '') continue;
    const [first, ...others] = sharing;
    const help = ownUsername(username);
    if (!templateMatcher(username)) yield* sharing.map(({ entry }) => atUsername(entry, what, help));
    else if (first)
      yield atUsername(first.entry, others.length > 0 ? `${what}, in ${sharing.length} entries` : what, {
        ...help,
        consequence: 'that user can take over the cluster',
      });
  }
}

/** Silent about policies whose rules are unknown: the command warns about those that are newer than its data. */
export const adminByPolicy = rule({
  name: 'admin-by-policy',
  severity: 'warning',
  summary:
    "An access policy makes an access entry's callers cluster admin without AmazonEKSClusterAdminPolicy. It grants permissions that are one step away from cluster admin, such as reading the secrets of kube-system. With --rbac, also considers powerful service accounts in other namespaces, and policies and bindings together. Needs --cluster.",
  consequence: CAN_TAKE_OVER,
  help: 'Limit the access policy to namespaces without powerful service accounts (kube-system has many), or associate another one, unless intentional.',
  *detectInCluster(context) {
    const state = awsAuthState(context.awsAuth !== null, context.mode);
    const version = kubernetesMinor(context.eks?.version);
    const authorizer = context.rbac ?? withoutRbac(version).withAwsAuth(state);
    for (const entry of context.livingEntries) {
      if (!isForPeople(entry) || entry.policies.some(isClusterAdminPolicy)) continue;
      for (const policy of entry.policies) {
        const risks = risksText(boundPolicy(policy), authorizer);
        const what = `access entry ${entry.principalArn}: ${policyText(policy)} grants ${adminPermissions(risks)}`;
        if (risks !== '') yield { what: printable(what) };
      }
      yield* adminTogether(entry, authorizer);
    }
  },
});

/** Risks of an entry's policies with each other, or with the bindings of its names. */
function* adminTogether(entry: ExistingAccessEntry, authorizer: Authorizer): Generator<Detection> {
  if (entry.policies.length === 0) return;
  const user = { ...entryTemplates(entry), policies: entry.policies };
  const alone = entry.policies.flatMap((policy) => risksOf(boundPolicy(policy), authorizer));
  const known = new Set(alone.map(({ text }) => text));
  const found = combinedRisks(user, authorizer).filter(
    ({ text, through, others }) => !known.has(text) && [through, ...others].some(isPolicy),
  );
  if (found.length === 0) return;
  const name = `access entry ${printable(entry.principalArn)}`;
  yield {
    what: `${name}: its policies and groups together have ${adminPermissions(risksThrough(found))}`,
    help: 'Limit an access policy to fewer namespaces, or remove one of them or a binding, unless intentional.',
  };
}

export const adminRules: readonly Rule[] = [anonymousAdmin, adminByBinding];
