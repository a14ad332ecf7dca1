import { type Finding, note, warning } from '../errors.ts';
import { listed } from '../text.ts';
import { aggregated } from './aggregate.ts';
import { Authorizer } from './authorizer.ts';
import { defaultBindings, defaultRoles } from './default-roles.ts';
import { type KubernetesMinor, NEWEST, versionText } from './kubernetes-version.ts';
import {
  type Located,
  located,
  manifestsFinding,
  RBAC_HELP,
  RBAC_KINDS,
  type RbacKind,
  REFUSED,
} from './manifest.ts';
import {
  type Binding,
  bindsRoleEverywhere,
  GET_RBAC,
  manifestId,
  type RbacRole,
  type WrittenBinding,
  type WrittenRole,
} from './model.ts';
import type { RbacFile } from './read.ts';

/**
 * Combines files as if all of them had been applied in order. Adds the roles and bindings that every cluster has,
 * unless the files come from a cluster.
 * @returns the permissions in the cluster, and the findings about the files
 */
export function combineRbac(
  files: readonly RbacFile[],
  kubernetesVersion: KubernetesMinor = NEWEST,
): { readonly authorizer: Authorizer; readonly findings: readonly Finding[] } {
  const complete = completeKinds(files);
  const isMissing = ({ kind }: { readonly kind: RbacKind }) => !complete.has(kind);
  const rolesOfAll = defaultRoles().filter(isMissing);
  const bindingsOfAll = defaultBindings().filter(isMissing);
  const written = files.flatMap(({ roles }) => roles);
  const roles = lastOfEach(applied(written, rolesOfAll));
  const { allowed, refused } = withoutOtherRoles(
    files.flatMap((file) => file.bindings),
    bindingsOfAll,
  );
  const bindings = lastOfEach(allowed);
  const replaced = roles.replaced.filter(({ isLive }) => isLive);
  const rbac = {
    roles: aggregated(withDefaults(roles.kept, rolesOfAll), complete.has('ClusterRole'), replaced),
    bindings: withDefaults<Binding>(bindings.kept, bindingsOfAll),
  };
  const authorizer = new Authorizer(rbac, kubernetesVersion);
  const findings = [
    ...files.flatMap((file) => file.findings),
    ...manifestsFinding(
      'rbac-refused',
      REFUSED,
      'Delete the binding and re-create it to bind another role.',
      refused,
    ),
    ...manifestsFinding(
      'rbac-duplicate',
      'defined again later; using the last definition',
      'Remove the others. If the files come from several clusters, pass those of one cluster at a time.',
      [...roles.replaced, ...bindings.replaced].map((item) => located(item)),
    ),
    ...danglingFindings(bindings.kept, authorizer),
    ...defaultFindings(bindings.kept, authorizer),
    ...(bindings.kept.length === 0 ? [noBindings(files)] : partialFindings(files, complete)),
  ];
  return { authorizer, findings };
}

type Named = Pick<RbacRole | Binding, 'kind' | 'name' | 'namespace' | 'location'>;

/**
 * Roles after they are applied: fields missing from a manifest stay as they were in the cluster, unless kubectl apply
 * wrote them
 * (https://kubernetes.io/docs/tasks/manage-kubernetes-objects/declarative-config/#how-apply-calculates-differences-and-merges-changes).
 */
function applied(roles: readonly WrittenRole[], ofEveryCluster: readonly WrittenRole[]): WrittenRole[] {
  const before = new Map(ofEveryCluster.map((role) => [manifestId(role), role]));
  return roles.map((role) => {
    const old = before.get(manifestId(role));
    const merged = old && !role.isLive ? mergedRole(old, role) : role;
    before.set(manifestId(role), merged);
    return merged;
  });
}

function mergedRole(old: WrittenRole, role: WrittenRole): WrittenRole {
  const stays = (field: 'rules' | 'aggregationRule') => !role.applied[field] && !old.applied[field];
  const labels = [...old.labels].filter(([name]) => !old.applied.labels.has(name));
  return {
    ...role,
    labels: new Map([...labels, ...role.labels]),
    rules: stays('rules') ? old.rules : role.rules,
    selectors: stays('aggregationRule') ? old.selectors : role.selectors,
  };
}

/** Separates bindings that would change the role of an existing one: the API server rejects changes of a roleRef. */
function withoutOtherRoles(
  bindings: readonly WrittenBinding[],
  ofEveryCluster: readonly Binding[],
): { readonly allowed: readonly WrittenBinding[]; readonly refused: readonly Located[] } {
  const inCluster = [...ofEveryCluster, ...bindings.filter(({ isLive }) => isLive)];
  const known = new Map(inCluster.map((one) => [manifestId(one), one.roleRef]));
  const allowed: WrittenBinding[] = [];
  const refused: Located[] = [];
  for (const binding of bindings) {
    const { kind, name } = known.get(manifestId(binding)) ?? binding.roleRef;
    const isSame = kind === binding.roleRef.kind && name === binding.roleRef.name;
    if (isSame || binding.isLive) allowed.push(binding);
    else refused.push(located(binding, `its roleRef is already ${kind} ${name} and can't be changed`));
    if (!known.has(manifestId(binding))) known.set(manifestId(binding), binding.roleRef);
  }
  return { allowed, refused };
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

/** The kinds for which the files have all objects of a cluster, including the default ones. */
function completeKinds(files: readonly RbacFile[]): ReadonlySet<RbacKind> {
  const isLive = (id: string) => files.some(({ live }) => live.has(id));
  return new Set(
    RBAC_KINDS.filter((kind) => IN_EVERY_CLUSTER[kind].every((name) => isLive(`${kind} ${name}`))),
  );
}

/**
 * Keeps the last item of each name.
 * @returns also the items that a later one with the same name but different content replaces
 */
function lastOfEach<Item extends Named>(items: readonly Item[]) {
  const last = new Map(items.map((item) => [manifestId(item), item]));
  const replaced = items.filter((item) => {
    const other = last.get(manifestId(item));
    return other !== item && contentOf(other) !== contentOf(item);
  });
  return { kept: [...last.values()], replaced };
}

function contentOf<Item extends Named>(item: Item | undefined): string {
  const content = { ...item, location: null, isLive: null, applied: null };
  return JSON.stringify(content, (_, value) => (value instanceof Map ? [...value] : value));
}

/** Adds the default roles or bindings that are missing. */
function withDefaults<Item extends Named>(items: readonly Item[], ofAll: readonly Item[]): Item[] {
  const ids = new Set(items.map(manifestId));
  return [...ofAll.filter((item) => !ids.has(manifestId(item))), ...items];
}

function danglingFindings(bindings: readonly Binding[], authorizer: Authorizer): Finding[] {
  const dangling = bindings.filter((binding) => !authorizer.roleOf(binding));
  const locatedRef = (one: Binding) => located(one, `${one.roleRef.kind} ${one.roleRef.name}`);
  return [
    ...manifestsFinding(
      'rbac-dangling',
      "the role of these bindings doesn't exist, so they grant no permissions",
      'Create the role or delete the binding. If the cluster has the role, also pass its manifest with --rbac.',
      dangling.filter((binding) => !bindsRoleEverywhere(binding)).map(locatedRef),
    ),
    ...manifestsFinding(
      'rbac-role-everywhere',
      "a ClusterRoleBinding can't refer to a Role, so these grant no permissions",
      'Bind the Role in its namespace with a RoleBinding, or make it a ClusterRole.',
      dangling.filter(bindsRoleEverywhere).map(locatedRef),
    ),
  ];
}

/** Notes that some permissions shown come from a Kubernetes release, not from the cluster. */
function defaultFindings(bindings: readonly Binding[], authorizer: Authorizer): Finding[] {
  const used = bindings.filter((binding) => authorizer.roleOf(binding)?.location === null);
  if (used.length === 0) return [];
  const names = [...new Set(used.map(({ roleRef: { kind, name } }) => `${kind} ${name}`))].sort();
  const message = `using Kubernetes ${versionText(NEWEST)} defaults for roles missing from the files: ${listed(names)}`;
  return [note('rbac-default-roles', message)];
}

function noBindings(files: readonly RbacFile[]): Finding {
  const message = `no RoleBinding or ClusterRoleBinding in ${listed(files.map(({ file }) => file))}: only system:masters has permissions`;
  return warning('rbac-no-bindings', message, { help: RBAC_HELP });
}

/** Warns if kubectl did not return the whole cluster: people would seem to have fewer permissions. */
function partialFindings(files: readonly RbacFile[], complete: ReadonlySet<RbacKind>): Finding[] {
  const live = files.filter((one) => one.live.size > 0).map(({ file }) => file);
  const partial = RBAC_KINDS.filter((kind) => !complete.has(kind));
  if (live.length === 0 || partial.length === 0) return [];
  const kinds = partial.map((kind) => `${kind}s`);
  const message = `${listed(live)}: some ${listed(kinds)} of the cluster are missing, even ones that every cluster has, so people may have more permissions than shown`;
  return [warning('rbac-partial', message, { help: PARTIAL_HELP })];
}

const PARTIAL_HELP = `Get all of them from all namespaces: \`${GET_RBAC}\`, without a name, -n or -l.`;
