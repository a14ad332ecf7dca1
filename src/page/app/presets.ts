/** A question that many ask, in plain words. */
export interface Preset {
  readonly label: string;
  readonly can: string;
  /** What it means, for readers who don't know Kubernetes. */
  readonly hint: string;
}

export const PRESETS: readonly Preset[] = [
  {
    label: 'Read secrets',
    can: 'get,list,watch secrets',
    hint: 'Secrets hold passwords, keys and certificates of applications.',
  },
  {
    label: 'Run commands in pods',
    can: 'create pods/exec',
    hint: 'Pods are running applications. With kubectl exec, a person runs commands inside of one and sees its data.',
  },
  {
    label: 'Change permissions',
    can: 'create,update,patch rolebindings; create,update,patch clusterrolebindings',
    hint: 'A binding grants a role to people or groups. Nobody can grant more than they have, unless they may also “bind” or “escalate” roles.',
  },
  {
    label: 'Create pods',
    can: 'create pods',
    hint: 'Starts applications. A new pod can use secrets and service accounts of its namespace.',
  },
  {
    label: 'Delete anything',
    can: 'delete *.*',
    hint: 'Deletes objects of every kind.',
  },
  {
    label: 'Do anything',
    can: '* *.*',
    hint: 'Every action on every kind of object: an administrator of the namespace or of the cluster.',
  },
];
