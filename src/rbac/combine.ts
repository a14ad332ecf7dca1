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
  manifestId,
  type RbacRole,
  type WrittenBinding,
  type WrittenRole,
} from './model.ts';
import type { RbacFile } from './read.ts';

/**
 * Puts files together as if all of them had been applied, in their order. The roles and bindings that every cluster has are added,
 * as far as no file comes from a cluster.
 * @returns what they say about the rights in a cluster, and what is odd about them
 */
export function combineRbac(
  files: readonly RbacFile[],
  kubernetesVersion: KubernetesMinor = NEWEST,
): { readonly authorizer: Authorizer; readonly findings: readonly Finding[] } {
  const complete = completeKinds(files);
  const isMissing = ({ kind }: Named) => !complete.has(kind);
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
      'Delete the binding and create it again to bind another role.',
      refused,
    ),
    ...manifestsFinding(
      'rbac-duplicate',
      'defined again further on, and the last definition is used',
      'Remove the others; of several clusters, give the files of one at a time.',
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
 * Roles as they are once they are applied: what a manifest leaves out stays as it was in the cluster, unless kubectl apply wrote it there
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

/** Sets bindings aside that would give one that is there another role: the API server refuses to change a roleRef. */
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
    else refused.push(located(binding, `its roleRef is ${kind} ${name} already, and can't change`));
    if (!known.has(manifestId(binding))) known.set(manifestId(binding), binding.roleRef);
  }
  return { allowed, refused };
}

/** Some that every cluster has of a kind: where kubectl has got them, the others are there, too. */
const IN_EVERY_CLUSTER: Readonly<Record<RbacKind, readonly string[]>> = {
  ClusterRole: ['cluster-admin'],
  ClusterRoleBinding: ['cluster-admin'],
  // Of two namespaces: with -n there is only one.
  Role: ['kube-public/system:controller:bootstrap-signer', 'kube-system/system:controller:bootstrap-signer'],
  RoleBinding: [
    'kube-public/system:controller:bootstrap-signer',
    'kube-system/system:controller:bootstrap-signer',
  ],
};

/** The kinds of which the files have all of a cluster, those included that every cluster has. */
function completeKinds(files: readonly RbacFile[]): ReadonlySet<RbacKind> {
  const isLive = (id: string) => files.some(({ live }) => live.has(id));
  return new Set(
    RBAC_KINDS.filter((kind) => IN_EVERY_CLUSTER[kind].every((name) => isLive(`${kind} ${name}`))),
  );
}

/**
 * The last of each name.
 * @returns also those that a later one of the same name, but with another content, takes the place of
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

/** With those of the roles or bindings that every cluster has and that are not among them. */
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
      'the role of these bindings does not exist, so they grant nothing',
      'Create the role or delete the binding; if the cluster has the role, give its manifest with --rbac, too.',
      dangling.filter((binding) => !bindsRoleEverywhere(binding)).map(locatedRef),
    ),
    ...manifestsFinding(
      'rbac-role-everywhere',
      'a ClusterRoleBinding takes no Role, so these grant nothing',
      'Bind the Role in its namespace with a RoleBinding, or make it a ClusterRole.',
      dangling.filter(bindsRoleEverywhere).map(locatedRef),
    ),
  ];
}

/** That rights which people have here are those of a release, not of their cluster. */
function defaultFindings(bindings: readonly Binding[], authorizer: Authorizer): Finding[] {
  const used = bindings.filter((binding) => authorizer.roleOf(binding)?.location === null);
  if (used.length === 0) return [];
  const names = [...new Set(used.map(({ roleRef: { kind, name } }) => `${kind} ${name}`))].sort();
  const message = `roles that the files do not have are those of Kubernetes ${versionText(NEWEST)}: ${listed(names)}`;
  return [note('rbac-default-roles', message)];
}

function noBindings(files: readonly RbacFile[]): Finding {
  const message = `no RoleBinding or ClusterRoleBinding in ${listed(files.map(({ file }) => file))}: nobody but system:masters has rights`;
  return warning('rbac-no-bindings', message, { help: RBAC_HELP });
}

/** That what kubectl got is not the whole cluster: it looks as if people had fewer rights. */
function partialFindings(files: readonly RbacFile[], complete: ReadonlySet<RbacKind>): Finding[] {
  const live = files.filter((one) => one.live.size > 0).map(({ file }) => file);
  const partial = RBAC_KINDS.filter((kind) => !complete.has(kind));
  if (live.length === 0 || partial.length === 0) return [];
  const kinds = partial.map((kind) => `${kind}s`);
  const message = `${listed(live)}: not all ${listed(kinds)} of the cluster, not even those that every cluster has, so people may have more rights than are shown`;
  return [warning('rbac-partial', message, { help: PARTIAL_HELP })];
}

const PARTIAL_HELP =
  'Get all of them from all namespaces: `kubectl get clusterroles,clusterrolebindings,roles,rolebindings -A -o yaml`, without a name, -n or -l.';
