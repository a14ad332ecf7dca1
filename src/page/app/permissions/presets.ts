import { questionText } from '../../../rbac/request.ts';

/** Questions that many ask, in plain words, with explanations for readers who don't know Kubernetes. */
export const PRESETS: readonly { readonly label: string; readonly can: string; readonly hint: string }[] = [
  {
    label: 'Read secrets',
    can: 'get,list,watch secrets',
    hint: 'Secrets hold passwords, keys and certificates of applications. Lists have their contents, too.',
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

/**
 * A question as the end of "who can …": `read secrets`, `get,list pods`
 * @param text as the reader typed it
 * @param asked its parts
 */
export function questionWords(text: string, asked: readonly string[]): string {
  const preset = PRESETS.find(({ can }) => can === text);
  return preset ? `${preset.label.charAt(0).toLowerCase()}${preset.label.slice(1)}` : questionText(asked);
}
