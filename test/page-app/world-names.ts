/** Names of the things in a world, by number: those of a kind differ. */
export interface WorldNames {
  readonly user: (index: number) => string;
  readonly group: (index: number) => string;
  readonly account: (index: number) => string;
  readonly permissionSet: (index: number) => string;
  /** Names of clusters, and so of files, have few characters. */
  readonly cluster: (index: number) => string;
  readonly kubernetesGroup: (index: number) => string;
  /** Usernames of entries: `sso:{{SessionName}}` */
  readonly username: (index: number) => string;
  readonly role: (index: number) => string;
  readonly binding: (index: number) => string;
  readonly namespace: (index: number) => string;
  readonly resource: (index: number) => string;
  /** Words of AWS about what couldn't be read. */
  readonly detail: (index: number) => string;
  /** Folder of the aws-auth files. */
  readonly folder: string;
}

/** The numbers below a count. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

const named =
  (...texts: readonly string[]) =>
  (index: number): string =>
    `${texts[index % texts.length]}${index < texts.length ? '' : `-${Math.floor(index / texts.length)}`}`;

/** As organizations have them, with some that are special to terminals, CSV and addresses. */
export const PLAIN_NAMES: WorldNames = {
  user: named('ada@example.com', 'bob', '=é|`,', 'Grace Hopper', 'o"hara@example.com', 'a&b=c#d'),
  group: named('Platform', 'Developers', 'o"ps; all', 'Sécurité', '+leads'),
  account: named('prod', 'dev, test', 'prod "EU"', 'sandbox'),
  permissionSet: named('ClusterAdmin', 'Admin', 'Admin_ReadOnly', 'Dev.Ops+1', 'View', 'a@b,c=d'),
  cluster: named('prod', 'dev', 'stage_1', 'payments-eu'),
  kubernetesGroup: named('viewers', 'developers', 'dev ops', 'ops:all', 'team-a'),
  username: named(
    'sso:{{SessionName}}',
    '{{AccountID}}:{{SessionName}}',
    'admin',
    'ops:{{SessionNameRaw}}',
    'dev',
  ),
  role: named('deployer', 'secret-reader', 'escalator', 'node-viewer', 'custom:admin'),
  binding: named('devs', 'ops', 'readers', 'admins', 'all'),
  namespace: named('payments', 'dev', 'kube-system', 'team-1'),
  resource: named('pods', 'secrets', 'deployments', '*', 'roles', 'pods/exec'),
  detail: named('User: x is not authorized', 'timeout'),
  folder: 'maps',
};
