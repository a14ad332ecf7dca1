import type { EksCluster } from '../../src/directory/model.ts';
import { awsAuthOf, type Item } from '../access-entry/aws-auth-of.ts';
import type { Draw } from '../draw.ts';
import { binding, type Names, role as rbacRole } from '../rbac/manifests.ts';
import type { Arns } from './world-inventory.ts';
import { numbers, type WorldNames } from './world-names.ts';

/** Files of clusters that have a distinct name, and sometimes one of none. */
export function awsAuthPaths(
  clusters: readonly EksCluster[],
  draw: Draw,
  { folder, cluster }: WorldNames,
): string[] {
  const all = clusters.map(({ name }) => name);
  const distinct = all.filter((name) => all.indexOf(name) === all.lastIndexOf(name));
  const known = draw.some(distinct, 80);
  return [...known, ...(draw.percent(25) ? [cluster(9)] : [])].map((name) => `${folder}/${name}.yaml`);
}

/** An aws-auth with typos, paths, shadowed entries, nodes, users and accounts. */
export function mapText(
  ids: readonly string[],
  { roles, others }: Arns,
  draw: Draw,
  names: WorldNames,
): string {
  const groups = () => {
    const own = draw.some(numbers(5).map(names.kubernetesGroup), 30);
    return draw.percent(15) ? [...own, 'system:masters'] : own;
  };
  const item = (rolearn: string): Item => {
    return { rolearn, username: names.username(draw.below(6)), groups: groups() };
  };
  const own = draw
    .some(roles, 65)
    .map(({ roleArn, pathArn }) =>
      item(
        draw.pick(
          ...([roleArn, roleArn, roleArn, roleArn, roleArn] as const),
          pathArn,
          roleArn.toUpperCase().replace('ARN:AWS:IAM', 'arn:aws:iam').replace(':ROLE', ':role'),
          roleArn.replace(/_[^_]+$/, ''),
          roleArn.replace(/.$/, 'e'),
        ),
      ),
    );
  const rest = draw.some(others, 40).map(({ arn }): Item => {
    const node = {
      username: 'system:node:{{EC2PrivateDNSName}}',
      groups: ['system:bootstrappers', 'system:nodes'],
    };
    return arn.endsWith(':role/node') ? { rolearn: arn, ...node } : item(arn);
  });
  const again = draw.some(own, 10).map(({ rolearn }) => item(rolearn));
  const users = draw.some(['bob', 'break-glass'], 40).map((name) => {
    return { userarn: `arn:aws:iam::${ids[0]}:user/${name}`, username: name, groups: groups() };
  });
  return awsAuthOf([...own, ...rest, ...again], {
    ...(users.length > 0 && { mapUsers: JSON.stringify(users) }),
    ...(draw.percent(25) && { mapAccounts: JSON.stringify([ids[0]]) }),
  });
}

const VERBS: readonly (readonly string[])[] = [
  ['get', 'list'],
  ['*'],
  ['create'],
  ['bind', 'escalate'],
  ['impersonate'],
];
const BUILT_IN = ['cluster-admin', 'admin', 'edit', 'view'];

/** Roles and bindings; some roles are missing, and some bindings open a route to cluster admin. */
export function rbacText(draw: Draw, names: WorldNames): string {
  const rules = (): Names[] =>
    numbers(draw.between(1, 2)).map(() => ({
      verbs: draw.pick(['get'], ...VERBS),
      apiGroups: draw.pick([''], ['rbac.authorization.k8s.io'], ['*']),
      resources: [names.resource(draw.below(6))],
    }));
  const roles = numbers(4).map((index) =>
    rbacRole(names.role(index), rules(), index % 2 === 0 ? undefined : names.namespace(index)),
  );
  const subject = () => {
    const group = `Group ${names.kubernetesGroup(draw.below(5))}`;
    return draw.pick(
      group,
      group,
      group,
      'User sso:ada-example.com',
      'User admin',
      'Group system:authenticated',
    );
  };
  const bindings = numbers(draw.between(1, 7)).map((index) => {
    const namespace = draw.percent(60) ? names.namespace(draw.below(4)) : undefined;
    const own = names.role(draw.below(5));
    const roleRef = draw.pick(`ClusterRole/${draw.pick('view', ...BUILT_IN)}`, `ClusterRole/${own}`);
    return binding(names.binding(index), roleRef, [subject(), subject()], namespace);
  });
  return [...roles, ...bindings].join('\n---\n');
}
