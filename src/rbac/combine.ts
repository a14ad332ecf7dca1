import { Failure, type Finding, formatLocation, note, type Problem, warning } from '../errors.ts';
import { memoAsync } from '../memo.ts';
import { listed } from '../text.ts';
import { aggregated } from './aggregate.ts';
import { Authorizer } from './authorizer.ts';
import { type DefaultManifests, defaultManifests, defaultManifestsOf } from './default-roles.ts';
import { type KubernetesMinor, NEWEST, versionText } from './kubernetes-version.ts';
import { located, manifestsFinding, RBAC_HELP, RBAC_KINDS, type RbacKind } from './manifest.ts';
import {
  type Binding,
  GET_RBAC,
  manifestId,
  manifestName,
  type RbacRole,
  type WrittenRole,
} from './model.ts';
import type { RbacFile } from './read.ts';

/**
 * Combines files of one cluster: the last definition of a role or binding in a file counts. Adds the roles and bindings
 * that every cluster has,
 * unless the files come from a cluster.
 * @returns the permissions in the cluster, and the findings about the files
 * @throws Failure (exit 2) if two files define a role or binding differently
 */
export function combineRbac(
  files: readonly RbacFile[],
  kubernetesVersion: KubernetesMinor = NEWEST,
  defaults: DefaultManifests = defaultManifests(),
): { readonly authorizer: Authorizer; readonly findings: readonly Finding[] } {
  const live = new Set(files.flatMap(liveNames));
  // The kinds for which the files have all objects of a cluster, including the default ones.
  const complete = new Set(
    RBAC_KINDS.filter((kind) => IN_EVERY_CLUSTER[kind].every((name) => live.has(`${kind} ${name}`))),
  );
  const isMissing = ({ kind }: { readonly kind: RbacKind }) => !complete.has(kind);
  const rolesOfAll = defaults.roles.filter(isMissing);
  const bindingsOfAll = defaults.bindings.filter(isMissing);
  const written = files.flatMap(({ roles }) => roles);
  const roles = lastOfEach(withKeptRules(written, rolesOfAll));
  const writtenBindings = files.flatMap((file) => file.bindings);
  const bindings = lastOfEach(writtenBindings);
  const conflicts = [...roles.replaced, ...bindings.replaced].flatMap(conflictOf);
  if (conflicts.length > 0) throw new Failure(2, conflicts.slice(0, MOST_CONFLICTS));
  const rbac = {
    roles: aggregated(withDefaults(roles.kept, rolesOfAll)),
    bindings: withDefaults(bindings.kept, bindingsOfAll),
    dataDate: defaults.date,
    defaultBindings: defaults.bindings,
  };
  const authorizer = new Authorizer(rbac, kubernetesVersion);
  const findings = [
    ...dataFindings(kubernetesVersion, defaults),
    ...files.flatMap((file) => file.findings),
    ...manifestsFinding(
      'rbac-duplicate',
      'defined again later; using the last definition',
      'Remove the others.',
      [...roles.replaced, ...bindings.replaced].map(({ item }) => located(item)),
    ),
    ...manifestsFinding(
      'rbac-unknown-fields',
      "RBAC doesn't have these fields, so they were ignored",
      'Correct misspelled fields, and remove others: `kubectl explain clusterrole --recursive` lists those of a ClusterRole.',
      [...written, ...writtenBindings]
        .filter(({ unknownFields }) => unknownFields.length > 0)
        .map((item) => located(item, listed(item.unknownFields, 3))),
    ),
    ...danglingFindings(bindings.kept, authorizer),
    ...defaultFindings(bindings.kept, authorizer, defaults),
    ...partialFindings(files, complete, bindings.kept.length > 0),
  ];
  return { authorizer, findings };
}

/** Warns if other data than that of the cluster's version is used. */
function dataFindings(kubernetesVersion: KubernetesMinor, { version, date }: DefaultManifests): Finding[] {
  const wanted = versionText(kubernetesVersion);
  if (wanted === version) return [];
  const message = `no data for Kubernetes ${wanted}: using that of ${version}, as of ${date}`;
  const help =
    kubernetesVersion > NEWEST
      ? `Roles and permissions that ${wanted} added are missing. Update aws-auth-sso if there is a newer version.`
      : 'The roles that every cluster has may differ between the two.';
  return [warning('kubernetes-data', message, { help })];
}

/** Evaluates the default roles and bindings of a cluster whose own are unknown. */
export const withoutManifests = memoAsync(async (version: KubernetesMinor) => {
  const { rbac, kubernetesVersion, awsAuth } = combineRbac(
    [],
    version,
    await defaultManifestsOf(version),
  ).authorizer;
  return new Authorizer(rbac, kubernetesVersion, awsAuth, false);
});

type Named = Pick<RbacRole | Binding, 'kind' | 'name' | 'namespace' | 'location'>;

/**
 * Like `kubectl apply`, keeps what a manifest leaves out, of an earlier one or of the role of every cluster: labels, the
 * aggregation rule, by which the controller fills in the rules again, and the rules if it states neither.
 */
function withKeptRules(
  roles: readonly WrittenRole[],
  ofEveryCluster: readonly WrittenRole[],
): readonly WrittenRole[] {
  const before = new Map(ofEveryCluster.map((role) => [manifestId(role), role]));
  return roles.map((role) => {
    const old = before.get(manifestId(role));
    const labels = new Map([...(old?.labels ?? []), ...role.labels]);
    const whole =
      !old || role.isLive
        ? role
        : role.statesRules
          ? { ...role, labels, selectors: role.selectors ?? old.selectors }
          : { ...old, labels, location: role.location };
    before.set(manifestId(role), whole);
    return whole;
  });
}

/** Objects of each kind that every cluster has: if kubectl returned them, the others are there, too. */
const IN_EVERY_CLUSTER: Readonly<Record<RbacKind, readonly string[]>> = {
  ClusterRole: ['cluster-admin'],
  ClusterRoleBinding: ['cluster-admin'],
  // From two namespaces: with -n kubectl returns only one.
  Role: ['kube-public/system:controller:bootstrap-signer', 'kube-system/system:controller:bootstrap-signer'],
  RoleBinding: [
    'kube-public/system:controller:bootstrap-signer',
    'kube-system/system:controller:bootstrap-signer',
  ],
};

/** The objects that come from a server: `ClusterRole edit`, `RoleBinding payments/devs`. */
function liveNames({ roles, bindings }: RbacFile): string[] {
  return [...roles, ...bindings].filter(({ isLive }) => isLive).map(manifestName);
}

/**
 * Keeps the last item of each name.
 * @returns also the items that a later one with the same name but different content replaces
 */
function lastOfEach<Item extends Named>(items: readonly Item[]) {
  const last = new Map(items.map((item) => [manifestId(item), item]));
  const replaced = items.flatMap((item) => {
    const by = last.get(manifestId(item));
    return by && by !== item && contentOf(by) !== contentOf(item) ? { item, by } : [];
  });
  return { kept: [...last.values()], replaced };
}

const MOST_CONFLICTS = 10;

/** Two files of one cluster differ: none of them is known to be right. */
function conflictOf({ item, by }: { readonly item: Named; readonly by: Named }): Problem[] {
  const [one, other] = [item.location, by.location];
  if (!one || !other || one.file === other.file) return [];
  const message = `${manifestName(item)} differs from the one at ${formatLocation(other)}`;
  const help =
    'Remove the wrong one. If the files belong to several clusters, say which: --rbac CLUSTER=FILE.';
  return [{ message, help, location: one }];
}

function contentOf<Item extends Named>(item: Item | undefined): string {
  const content = {
    ...item,
    location: null,
    isLive: null,
    isManaged: null,
    lacksNamespace: null,
    statesRules: null,
    unknownFields: null,
  };
  return JSON.stringify(content, (_, value) => (value instanceof Map ? [...value] : value));
}

/** Adds the default roles or bindings that are missing. */
function withDefaults<Item extends Named>(items: readonly Item[], ofAll: readonly Item[]): Item[] {
  const ids = new Set(items.map(manifestId));
  return [...ofAll.filter((item) => !ids.has(manifestId(item))), ...items];
}

function danglingFindings(bindings: readonly Binding[], authorizer: Authorizer): Finding[] {
  const dangling = bindings.filter((binding) => !authorizer.roleOf(binding));
  return manifestsFinding(
    'rbac-dangling',
    "the role of these bindings doesn't exist, so they grant no permissions",
    'Create the role or delete the binding. If the cluster has the role, also pass its manifest with --rbac.',
    dangling.map((one) => located(one, `${one.roleRef.kind} ${one.roleRef.name}`)),
  );
}

/** Notes that some permissions shown come from a Kubernetes release, not from the cluster. */
function defaultFindings(
  bindings: readonly Binding[],
  authorizer: Authorizer,
  { version, date }: DefaultManifests,
): Finding[] {
  const used = bindings.filter((binding) => authorizer.roleOf(binding)?.location === null);
  if (used.length === 0) return [];
  const names = [...new Set(used.map(({ roleRef: { kind, name } }) => `${kind} ${name}`))].sort();
  const message = `using Kubernetes ${version} defaults (data of ${date}) for roles missing from the files: ${listed(names)}`;
  return [note('rbac-default-roles', message)];
}

/** Warns if kubectl did not return the whole cluster: people would seem to have fewer permissions. */
function partialFindings(
  files: readonly RbacFile[],
  complete: ReadonlySet<RbacKind>,
  hasBindings: boolean,
): Finding[] {
  if (!hasBindings) {
    const message = `no RoleBinding or ClusterRoleBinding in ${listed(files.map(({ file }) => file))}: only system:masters has permissions`;
    return [warning('rbac-no-bindings', message, { help: RBAC_HELP })];
  }
  const live = files.filter((one) => liveNames(one).length > 0).map(({ file }) => file);
  const partial = RBAC_KINDS.filter((kind) => !complete.has(kind));
  if (live.length === 0 || partial.length === 0) return [];
  const kinds = partial.map((kind) => `${kind}s`);
  const message = `${listed(live)}: some ${listed(kinds)} of the cluster are missing, even ones that every cluster has, so people may have more permissions than shown`;
  return [warning('rbac-partial', message, { help: PARTIAL_HELP })];
}

const PARTIAL_HELP = `Get all of them from all namespaces: \`${GET_RBAC}\`, without a name, -n or -l.`;
