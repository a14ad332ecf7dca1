import type { Role } from '../../src/directory/model.ts';
import { wellFormed } from '../../src/page/selection.ts';
import { accessEntry, policy } from '../access-entry/eks-cluster.ts';
import { account, inventory, role, snapshotText } from '../directory/build-inventory.ts';

/** Options for `who`, and the files that it reads. */
interface HostileWorld {
  readonly files: Readonly<Record<string, string>>;
  readonly argv: readonly string[];
}

const REGION = 'eu-west-1';
/** Names of permission sets and clusters have few characters, and these are the worst. */
const SETS = ['__proto__', 'constructor', 'toString', '=1+1', '@SUM', '-1', '+cmd', 'a,b'];
const CLUSTERS = ['constructor', 'toString', '0'];
const PLAIN_SETS = ['set-1', 'set-2', 'set-3', 'set-4', 'set-5', 'set-6', 'set-7', 'set-8'];
const PLAIN_CLUSTERS = ['cluster-one', 'cluster-2', '3'];
/** EKS refuses control characters, and some prefixes and templates. */
const ALLOWED = /^(?!(?:system|eks|aws|amazon|iam):)(?!.*\{\{)\P{Cc}+$/u;

/**
 * An organization in which each name is that of a user, a group, an account, Kubernetes groups and users, a role, a
 * binding and a namespace, and in words of AWS.
 * @param isHarmless true for permission sets, clusters and files with ordinary names
 */
export function hostileWorld(names: readonly string[], isHarmless: boolean): HostileWorld {
  const ids = names.map((_, index) => String(222_222_222_000 + index));
  const sets = isHarmless ? PLAIN_SETS : SETS;
  const clusterNames = isHarmless ? PLAIN_CLUSTERS : CLUSTERS;
  const setOf = (index: number) => sets[index % sets.length] ?? '';
  const roles = ids.map((id, index) => role(id, setOf(index)));
  const arnOf = (set: string) =>
    `arn:aws:sso:::permissionSet/ssoins-0011223344556677/ps-${String(sets.indexOf(set)).padStart(16, '0')}`;
  const people = names.flatMap((name, index) => [
    { type: 'GROUP' as const, id: `g-${index}`, name, members: [`u-${index}`] },
    { type: 'USER' as const, id: `u-${index}`, name, members: null },
  ]);
  const assignments = roles.map(({ accountId, permissionSet }, index) => ({
    accountId,
    permissionSetArn: arnOf(permissionSet),
    principalType: 'GROUP' as const,
    principalId: `g-${index}`,
  }));
  const accessEntries = roles.map(({ pathArn }, index) => {
    const name = names[index] ?? '';
    const allowed = ALLOWED.test(name) || isHarmless;
    return accessEntry(pathArn, {
      username: allowed ? `sso:${name.slice(0, 1_000)}` : 'sso:other',
      kubernetesGroups: [allowed ? name : 'other'],
      policies: [policy('AmazonEKSViewPolicy', { namespaces: ['dev-*'] })],
    });
  });
  const known = inventory(
    ids.map((id, index) => account(id, names[index] ?? null, { assignmentsRead: true })),
    roles,
    {
      permissionSets: sets.map((name) => ({ name, arn: arnOf(name) })),
      principals: people,
      assignments,
      clusters: clusterNames.map((name, index) => ({
        name,
        arn: `arn:aws:eks:${REGION}:${ids[0]}:cluster/${name}`,
        authenticationMode: index === 0 ? ('CONFIG_MAP' as const) : ('API' as const),
        accessEntries: index === 1 ? accessEntries : [],
      })),
      unreadClusters: ids.slice(0, 3).map((accountId, index) => ({
        accountId,
        accountName: names[index] ?? null,
        region: REGION,
        name: null,
        cause: names[index] || 'denied',
        detail: names[index] ?? '',
      })),
    },
  );
  const map = `${isHarmless ? 'plain' : "<b>&'#%"}/${clusterNames[0]}.yaml`;
  // In a folder without an aws-auth, so that it is for all clusters.
  const rbac = `rbac/${isHarmless ? 'plain' : '<i>"`$(x)`'}.yaml`;
  return {
    files: { 'aws.json': snapshotText(known), [map]: mapText(roles, names), [rbac]: rbacText(names) },
    argv: [
      map,
      '--cluster',
      '*',
      '--inventory',
      'aws.json',
      '--skip-unreadable',
      '*',
      '--rbac',
      `*=${rbac}`,
      '--expand',
    ],
  };
}

/** In a ConfigMap, names may be as long as it has room for. */
function mapText(roles: readonly Role[], names: readonly string[]): string {
  const items = roles.map(({ roleArn }, index) => {
    const name = wellFormed(names[index] ?? '');
    const long = index === 0 ? [name.repeat(Math.ceil(10_000 / name.length))] : [];
    return { rolearn: roleArn, username: `${name}:{{SessionName}}`, groups: [name, ...long] };
  });
  const metadata = { name: 'aws-auth', namespace: 'kube-system' };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    data: { mapRoles: asciiJson(items) },
  });
}

function rbacText(names: readonly string[]): string {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  return names
    .map(wellFormed)
    .flatMap((name, index) => [
      {
        apiVersion,
        kind: 'ClusterRole',
        metadata: { name },
        rules: [{ verbs: [name, 'bind'], apiGroups: [name, '*'], resources: [name, '*'] }],
      },
      {
        apiVersion,
        kind: index % 2 === 0 ? 'ClusterRoleBinding' : 'RoleBinding',
        metadata: index % 2 === 0 ? { name } : { name, namespace: name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ kind: 'Group', name }],
      },
    ])
    .map(asciiJson)
    .join('\n---\n');
}

/** JSON that is YAML, too, which has no control characters. */
function asciiJson(value: unknown): string {
  const hex = (character: string) => character.charCodeAt(0).toString(16).padStart(4, '0');
  return JSON.stringify(value).replace(/[^ -~\u{10000}-\u{10ffff}]/gu, (character) => `\\u${hex(character)}`);
}
