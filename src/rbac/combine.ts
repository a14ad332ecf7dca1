import { type Finding, locatedList } from '../errors.ts';
import { listed, printable } from '../text.ts';
import { aggregated } from './aggregate.ts';
import { Authorizer } from './authorizer.ts';
import { defaultBindings, defaultRoles } from './default-roles.ts';
import type { Binding, RbacRole } from './model.ts';
import { RBAC_HELP, type RbacFile } from './read.ts';

/** What files together say about the rights in a cluster, and what is odd about them. */
export interface CombinedRbac {
  readonly authorizer: Authorizer;
  readonly findings: readonly Finding[];
}

/**
 * Puts files together as if all of them had been applied, in their order. Roles that every cluster has are added where no file comes
 * from a cluster.
 */
export function combineRbac(files: readonly RbacFile[]): CombinedRbac {
  const roles = lastOfEach(files.flatMap((file) => file.roles));
  const bindings = lastOfEach(files.flatMap((file) => file.bindings));
  const isLive = files.some((file) => file.isLive);
  const known = aggregated(roles.kept);
  const authorizer = new Authorizer({
    roles: isLive ? known : [...missingOf(defaultRoles(), known), ...known],
    bindings: isLive ? bindings.kept : [...missingOf(defaultBindings(), bindings.kept), ...bindings.kept],
  });
  const findings = [
    ...files.flatMap((file) => file.findings),
    ...replacedFindings([...roles.replaced, ...bindings.replaced]),
    ...danglingFindings(bindings.kept, authorizer),
    ...(bindings.kept.length === 0 ? [noBindings(files)] : []),
  ];
  return { authorizer, findings };
}

type Named = Pick<RbacRole | Binding, 'kind' | 'name' | 'namespace' | 'location'>;

interface Distinct<Item> {
  readonly kept: readonly Item[];
  /** Those that a later one of the same name, but with another content, takes the place of. */
  readonly replaced: readonly Item[];
}

function lastOfEach<Item extends Named>(items: readonly Item[]): Distinct<Item> {
  const last = new Map(items.map((item) => [idOf(item), item]));
  const replaced = items.filter((item) => contentOf(item) !== contentOf(last.get(idOf(item))));
  return { kept: [...last.values()], replaced };
}

function contentOf<Item extends Named>(item: Item | undefined): string {
  return JSON.stringify({ ...item, location: null });
}

function missingOf<Item extends Named>(defaults: readonly Item[], known: readonly Item[]): Item[] {
  const ids = new Set(known.map(idOf));
  return defaults.filter((item) => !ids.has(idOf(item)));
}

function idOf({ kind, name, namespace }: Named): string {
  return `${kind} ${namespace ?? ''} ${name}`;
}

/** `RoleBinding payments/devs` */
function nameOf({ kind, name, namespace }: Named): string {
  return printable(`${kind} ${namespace === null ? name : `${namespace}/${name}`}`);
}

function replacedFindings(replaced: readonly Named[]): Finding[] {
  return listFinding(
    'rbac-duplicate',
    'defined again further on, and the last definition is used',
    replaced.map((item) => ({ item, text: nameOf(item) })),
  );
}

function danglingFindings(bindings: readonly Binding[], authorizer: Authorizer): Finding[] {
  const dangling = bindings.filter((binding) => !authorizer.roleOf(binding));
  return listFinding(
    'rbac-dangling',
    'the role of these bindings does not exist, so they grant nothing',
    dangling.map((item) => {
      const { kind, name } = item.roleRef;
      return { item, text: `${nameOf(item)} (${printable(`${kind} ${name}`)})` };
    }),
  );
}

function listFinding(
  code: string,
  message: string,
  items: readonly { readonly item: Named; readonly text: string }[],
): Finding[] {
  const located = locatedList(
    items.flatMap(({ item: { location }, text }) => (location ? { text, location } : [])),
  );
  if (!located) return [];
  const { list, location } = located;
  return [{ severity: 'warning', code, message: `${message}: ${list}`, location }];
}

function noBindings(files: readonly RbacFile[]): Finding {
  const message = `no RoleBinding or ClusterRoleBinding in ${listed(files.map(({ file }) => file))}: nobody but system:masters has rights`;
  return { severity: 'warning', code: 'rbac-no-bindings', message, help: RBAC_HELP };
}
