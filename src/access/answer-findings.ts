import { policyName, policyText, unknownRules } from '../access-entry.ts';
import { hasPublishedRules } from '../access-policy-names.ts';
import { groupsText, MASTERS } from '../authenticator/groups.ts';
import { policiesOf } from '../cluster/entry.ts';
import { type Finding, note, warning } from '../errors.ts';
import { GET_RBAC } from '../rbac/model.ts';
import { questionText } from '../rbac/request.ts';
import { listed, printable, quoted } from '../text.ts';
import { allowedAccess, type ClusterAccess, openPolicies, openReason, waysIn } from './cluster-access.ts';
import { wayText } from './way.ts';

/** The cluster that a finding is about, if there are several. */
export type Place = Pick<Finding, 'location'>;

/**
 * How to include what bindings grant.
 * @param severalClusters true if a file alone belongs to none
 */
export function addRbac(severalClusters = false): string {
  return `${GET_RBAC} > rbac.yaml\nThen add --rbac ${severalClusters ? 'CLUSTER=' : ''}rbac.yaml.`;
}

/** Number of unknown rows that a warning names; each row also has its own note. */
const MOST_UNKNOWN = 3;

/** Warns about principals without an answer, because the rules of their access policies are unknown. */
export function unpublished(access: ClusterAccess, place: Place): Finding[] {
  const open = waysIn(access).flatMap((way) => {
    const policies = openPolicies(way, access.rights);
    return policies.length === 0 ? [] : { way, policies };
  });
  if (open.length === 0) return [];
  const texts = open.map(
    ({ way, policies }) =>
      `${wayText(way)} through ${policies.map((policy) => policyText(policy)).join(', ')}`,
  );
  const message = `${unknownRules(open.flatMap(({ policies }) => policies))}, and they might also allow it: ${listed([...new Set(texts)], MOST_UNKNOWN)}`;
  const help = 'To check, run as one of them: kubectl auth can-i VERB RESOURCE';
  return [warning('access-policies', message, { help, ...place })];
}

/** One warning for all clusters whose bindings are unknown, with the groups that might be bound. */
export function unknownBindings(shown: readonly ClusterAccess[]): Finding[] {
  const blind = shown.filter(({ rights }) => !rights?.knowsBindings);
  if (blind.length === 0) return [];
  const open = blind.flatMap((access) =>
    access.ways.filter((way) => openReason(way, access.rights) === 'bindings-unknown'),
  );
  const groups = [...new Set(open.flatMap(({ entry }) => entry.groups))];
  const to = [...(groups.length === 0 ? [] : [groupsText(groups)]), 'users by name, or to everyone'].join(
    ', to ',
  );
  const clusters = listed(blind.map(({ cluster }) => cluster.name ?? cluster.file));
  const message = `no RBAC manifests for ${clusters}: bindings might also allow it to ${to}`;
  return [warning('bindings-unknown', message, { help: addRbac(shown.length > 1) })];
}

/**
 * Without a question, one note each on groups whose bindings and policies whose rules are unknown: nobody should take
 * the permissions of access policies for all there are.
 */
export function unknownPermissions(shown: readonly ClusterAccess[]): Finding[] {
  const evaluated = shown.filter(({ rights }) => rights !== null);
  const entriesOf = (access: ClusterAccess) =>
    waysIn(access).flatMap(({ entry, isNode }) => (isNode ? [] : entry));
  const blind = evaluated.filter(({ rights }) => !rights?.knowsBindings);
  const groups = blind.flatMap(entriesOf).flatMap((entry) => entry.groups);
  const bindable = [...new Set(groups)].filter((group) => group !== MASTERS);
  const policies = evaluated.flatMap(entriesOf).flatMap(policiesOf);
  const unpublished = policies.filter((policy) => !hasPublishedRules(policyName(policy)));
  const texts = [...new Set(unpublished.map((policy) => policyText(policy)))];
  return [
    ...(bindable.length === 0
      ? []
      : [
          note(
            'bindings-unknown',
            `no RBAC manifests: what bindings grant to ${groupsText(bindable)} is unknown`,
            { help: addRbac(shown.length > 1) },
          ),
        ]),
    ...(texts.length === 0
      ? []
      : [
          note(
            'access-policies',
            `${unknownRules(unpublished)}, so what they allow is unknown: ${listed(texts)}`,
          ),
        ]),
  ];
}

/** Warns about entries that may grant the permissions in question to unknown people. */
export function unknownAnswers(access: ClusterAccess, place: Place): Finding[] {
  const ways = allowedAccess(access).ways.filter(({ status }) => status === 'unknown');
  const unknown = [...new Set(ways.map(wayText))];
  if (unknown.length === 0) return [];
  const message = `can't tell who these are: ${listed(unknown, MOST_UNKNOWN)}`;
  return [warning('access-unknown', message, place)];
}

/** Notes on principals that have the permissions only for objects with certain names. */
export function certainNames(access: ClusterAccess, asked: readonly string[], place: Place): Finding[] {
  const { rights } = access;
  if (!rights) return [];
  const isOne = asked.length === 1;
  const texts = waysIn(access).flatMap((way) =>
    rights.of(way).forNames.map(({ text, names, through }) => {
      const what = isOne ? 'for' : `can ${printable(text)}`;
      return `${wayText(way)} ${what} ${listed(names.map(quoted))} through ${printable(through)}`;
    }),
  );
  if (texts.length === 0) return [];
  return [
    note('certain-names', `only for objects with certain names: ${listed([...new Set(texts)])}`, place),
  ];
}

/** Notes on principals that can't read secrets, as asked, but make requests whose response contains them. */
export function returnedSecrets(access: ClusterAccess, place: Place): Finding[] {
  const { rights } = access;
  if (!rights) return [];
  const texts = waysIn(access).flatMap((way) =>
    rights.of(way).returning.map(([verbs, through]) => {
      return `${wayText(way)} can ${listed(verbs)} secrets through ${printable(through)}`;
    }),
  );
  if (texts.length === 0) return [];
  const message = `requests to patch or delete secrets return them, even in a dry run: ${listed([...new Set(texts)])}`;
  return [note('returned-secrets', message, place)];
}

/** Notes on the files through which nobody has the permissions in question. */
export function nobodyCanFindings(
  shown: readonly ClusterAccess[],
  asked: readonly string[],
  namespace: string | undefined,
): Finding[] {
  // With unknown bindings or access entries, there may be someone.
  const closed = shown.filter(
    (one) =>
      !one.isUnpaired &&
      hasKnownSource(one) &&
      one.ways.length + one.subjects.length + one.unknown.length === 0,
  );
  const what = `${printable(questionText(asked))}${namespace === undefined ? '' : ` in namespace ${quoted(namespace)}`}`;
  return [true, false].flatMap((knowsBindings): Finding[] => {
    const those = closed.filter(({ rights }) => (rights?.knowsBindings ?? false) === knowsBindings);
    if (those.length === 0) return [];
    const files = listed(those.map(({ cluster }) => cluster.sourceText));
    const message = knowsBindings
      ? `no matching principal can ${what} through ${files}`
      : `no access policy lets a matching principal ${what} through ${files}`;
    return [note('nobody-can', message)];
  });
}

/** False if only aws-auth grants access to a cluster, and it wasn't given: then nobody is known to have no access. */
export function hasKnownSource({ cluster }: ClusterAccess): boolean {
  return !cluster.lacksAwsAuth || cluster.eks?.authenticationMode !== 'CONFIG_MAP';
}
